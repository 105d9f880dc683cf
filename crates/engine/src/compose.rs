//! Vouchers put together from what is known, not typed: an instalment, a pay table, a reconciliation.

use chrono::Datelike as _;

use hoso_contract::{Code, Fact};
use hoso_domain::form::{self, Form, compute_with, latest};
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::party::Unit;
use hoso_domain::voucher::{Row, Voucher};
use hoso_domain::words::ZeroTens;
use hoso_store::books;
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::numbers::{self, Series};

use crate::clock;
use crate::dossier;
use crate::engine::Engine;
use crate::error::Error;
use crate::handle::fresh;
use crate::open::Open;

/// The current edition of a form of Decree 347/2025.
pub fn current(number: &str) -> Result<&'static Form, Error> {
    latest("nd347-2025", number).ok_or_else(|| Code::NotFound.into())
}

/// Several vouchers of one dossier, each with the unit's own data filled in.
pub struct Draft<'a> {
    open: &'a Open,
    unit: Unit,
    forms: Vec<&'static Form>,
    vouchers: Vec<Voucher>,
    numbers: u64,
}

impl<'a> Draft<'a> {
    pub fn new(open: &'a Open) -> Result<Self, Error> {
        Ok(Self {
            unit: open.unit()?,
            open,
            forms: Vec::new(),
            vouchers: Vec::new(),
            numbers: 0,
        })
    }

    /// Adds a voucher with fields and lines; `own_number`: it takes the next Số chứng từ.
    pub fn add(
        &mut self,
        form: &'static Form,
        own_number: OwnNumber,
        fields: &[(&str, String)],
        block: &str,
        rows: Vec<Row>,
    ) -> Result<(), Error> {
        let parent = self.forms.first().copied().zip(self.vouchers.first());
        let mut voucher = fresh(self.open, form, &self.unit, parent, self.numbers)?;
        for (id, value) in fields {
            if value.is_empty() {
                voucher.fields.remove(*id);
            } else {
                voucher.fields.insert((*id).to_owned(), value.clone());
            }
        }
        if !block.is_empty() {
            voucher.grids.insert(block.to_owned(), rows);
        }
        form::canonicalise(form, &mut voucher);
        if own_number == OwnNumber::Yes {
            self.numbers = self.numbers.saturating_add(1);
        }
        self.forms.push(form);
        self.vouchers.push(voucher);
        Ok(())
    }

    /// Keeps it as one draft; `contract`: the contract it belongs to.
    pub fn keep(mut self, engine: &Engine, contract: &str) -> Result<DossierId, Error> {
        let id = DossierId(clock::new_id());
        let tens = ZeroTens::from_setting(&self.open.settings()?.zero_tens);
        for (form, voucher) in self.forms.iter().zip(&mut self.vouchers) {
            compute_with(form, voucher, tens);
        }
        let year = clock::day(clock::now()).year();
        let new = NewDossier {
            id,
            unit: self.unit.id,
            procedure: self
                .forms
                .first()
                .map(|f| f.procedure.clone())
                .unwrap_or_default(),
            budget_year: year,
            summary: dossier::summary(&self.forms, &self.vouchers),
            vouchers: self.vouchers,
        };
        let (by, count, contract) = (self.open.by(), self.numbers, contract.to_owned());
        self.open.store.write(move |tx| {
            for _ in 0..count {
                numbers::take(tx, own_series(new.unit, year))?;
            }
            dossiers::create(tx, &new, by)?;
            if !contract.is_empty() {
                books::tie(tx, new.unit, new.id, &contract)?;
            }
            Ok(())
        })?;
        engine.tell(Fact::DossierChanged { id });
        Ok(id)
    }
}

/// The series the program numbers vouchers in.
pub fn own_series(unit: UnitId, year: i32) -> Series<'static> {
    let name = "";
    Series { unit, year, name }
}

/// Số chứng từ as it stands on a voucher; empty where this PC has none left.
pub fn number_text(number: Option<u64>) -> String {
    number.map_or_else(String::new, |n| format!("{n:05}"))
}

/// Whether a voucher has a number of its own; a list bears that of its voucher.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OwnNumber {
    Yes,
    No,
}

/// A line of cells.
pub fn line(group: &str, cells: &[(&str, String)]) -> Row {
    Row {
        group: group.to_owned(),
        cells: cells
            .iter()
            .filter(|(_, v)| !v.is_empty())
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect(),
    }
}
