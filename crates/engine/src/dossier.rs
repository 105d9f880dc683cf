//! One dossier as the use-cases see it: stored rows together with unit and forms.

use chrono::NaiveDate;

use hoso_contract::Code;
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::entry::path;
use hoso_domain::form::{Form, stranger};
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_domain::voucher::Voucher;
use hoso_store::attachments::{self, Attachment};
use hoso_store::dossiers::{self, Current};
use hoso_store::revisions::Summary;
use hoso_store::{Connection as Db, Store, units};

use crate::error::Error;

/// A dossier with its current revision, its unit and its drawers.
pub struct Loaded {
    pub current: Current,
    pub unit: Unit,
    pub attachments: Vec<Attachment>,
}

/// Reads everything about `id` in one view of the database.
pub fn load(store: &Store, id: DossierId) -> Result<Loaded, Error> {
    Ok(store.read(|db: &Db| {
        let current = dossiers::current(db, id)?;
        let unit = units::get(db, current.dossier.unit)?;
        let attachments = attachments::all(db, id)?;
        Ok(Loaded {
            current,
            unit,
            attachments,
        })
    })?)
}

impl Loaded {
    pub fn vouchers(&self) -> &[Voucher] {
        &self.current.revision.vouchers
    }

    /// The forms of the vouchers, in their order.
    pub fn forms(&self) -> Result<Vec<&'static Form>, Error> {
        self.vouchers()
            .iter()
            .map(|v| crate::open::form(&v.form))
            .collect()
    }

    /// The forms for reading alone: one that is not known here shows the values by their names.
    /// The second: whether all are known.
    pub fn forms_to_read(&self) -> (Vec<Form>, bool) {
        let known: Vec<Option<&'static Form>> = self
            .vouchers()
            .iter()
            .map(|v| hoso_domain::form::find(&v.form))
            .collect();
        let all = known.iter().all(Option::is_some);
        let forms = known.into_iter().zip(self.vouchers());
        let forms = forms.map(|(form, v)| form.cloned().unwrap_or_else(|| stranger(v)));
        (forms.collect(), all)
    }

    /// What is signed and sent, with `vouchers` as they are now.
    pub fn data(&self) -> DossierData {
        data(&self.current, &self.unit, self.vouchers().to_vec())
    }

    /// One voucher with its form.
    pub fn voucher(&self, index: u32) -> Result<(&'static Form, &Voucher), Error> {
        let voucher = usize::try_from(index)
            .ok()
            .and_then(|i| self.vouchers().get(i))
            .ok_or(Code::NotFound)?;
        Ok((crate::open::form(&voucher.form)?, voucher))
    }
}

/// The data file of a revision.
pub fn data(current: &Current, unit: &Unit, vouchers: Vec<Voucher>) -> DossierData {
    DossierData {
        format: DATA_FORMAT,
        dossier: current.dossier.id,
        revision: current.revision.number,
        unit: DossierUnit {
            code: unit.code.clone(),
            name: unit.name.clone(),
            address: unit.address.clone(),
            chapter: unit.chapter.clone(),
        },
        treasury: unit.treasury.clone(),
        procedure: current.dossier.procedure.clone(),
        budget_year: current.books_year(),
        vouchers,
    }
}

/// What lists show: of the first voucher, with the totals of all.
pub fn summary(forms: &[&Form], vouchers: &[Voucher]) -> Summary {
    let Some((form, voucher)) = forms.first().zip(vouchers.first()) else {
        return Summary::default();
    };
    let about = &form.summary;
    let lines: Vec<&str> = form
        .grids()
        .flat_map(|g| voucher.rows(&g.id))
        .flat_map(|row| row.cells.values().map(String::as_str))
        .collect();
    Summary {
        number: voucher.field(&about.number).to_owned(),
        form: form.number.clone(),
        // a form without a content of its own is known by its name
        title: match about.content.as_str() {
            "" => form.name.clone(),
            content => voucher.field(content).to_owned(),
        },
        payee: voucher.field(&about.payee).to_owned(),
        total: total(form, voucher),
        day: voucher.field("voucher_date").parse::<NaiveDate>().ok(),
        search: lines.join(" "),
    }
}

/// The voucher's total, zero while it cannot be read.
pub fn total(form: &Form, voucher: &Voucher) -> Dong {
    Dong::parse(voucher.field(&form.summary.total)).unwrap_or(Dong::ZERO)
}

/// The account a voucher draws on; empty for forms without one.
pub fn account(voucher: &Voucher) -> &str {
    voucher.field("account")
}

/// The container path of voucher `index`, which is of form `number`.
pub fn pdf_path(index: usize, number: &str) -> String {
    path::voucher(index, number)
}
