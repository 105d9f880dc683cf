//! New dossiers: of a form, for practice, as a copy of another.

use std::collections::BTreeMap;

use chrono::Datelike as _;

use hoso_contract::command::{CreateDossier, CreatePractice, DuplicateDossier};
use hoso_contract::{Code, Fact};
use hoso_domain::check::AccountParts;
use hoso_domain::form::{Form, blank, compute_with, latest};
use hoso_domain::id::DossierId;
use hoso_domain::party::{Role, Unit};
use hoso_domain::voucher::{Row, Voucher};
use hoso_domain::words::ZeroTens;
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::numbers;

use super::vouchers::{copied, takes_number};
use crate::clock;
use crate::compose::{number_text, own_series};
use crate::dossier::{self, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

impl Handle<CreateDossier> for Engine {
    fn act(&self, command: CreateDossier) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let form = latest(&command.basis, &command.form)
            .filter(|form| form.offered)
            .ok_or(Code::NotFound)?;
        let unit = open.unit()?;
        let voucher = fresh(&open, form, &unit, None, 0)?;
        make(self, &open, &unit, vec![voucher])
    }
}

/// What the practice dossier holds beside the unit's own data: forms/nd347-2025/13.practice.toml.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Practice {
    fields: BTreeMap<String, String>,
    grids: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

impl Handle<CreatePractice> for Engine {
    fn act(&self, _: CreatePractice) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let connected = open.connected();
        if !connected.connection.as_ref().is_some_and(|c| c.training) {
            return Err(Code::WrongState.into());
        }
        let form = latest("nd347-2025", "13").ok_or(Code::NotFound)?;
        let text = include_str!("../../../../forms/nd347-2025/13.practice.toml");
        let practice: Practice = toml::from_str(text).expect("a test reads the practice dossier");
        let unit = open.unit()?;
        let mut voucher = fresh(&open, form, &unit, None, 0)?;
        voucher.fields.extend(practice.fields);
        for (grid, rows) in practice.grids {
            let rows = rows.into_iter().map(|cells| Row {
                cells,
                ..Row::default()
            });
            voucher.grids.insert(grid, rows.collect());
        }
        make(self, &open, &unit, vec![voucher])
    }
}

/// The account a form draws on: the first estimate account, or the first deposit for 17, 18.
fn account<'a>(unit: &'a Unit, form: &Form) -> &'a str {
    let wanted = match form.number.as_str() {
        "17" | "18" => '3',
        _ => '9',
    };
    let accounts = &unit.accounts;
    let fitting = accounts.iter().find(|a| a.number.starts_with(wanted));
    fitting
        .or(accounts.first())
        .map_or("", |a| a.number.as_str())
}

/// An empty voucher of the unit: its names, the account its form draws on, today, the next number;
/// and beside the first voucher of its dossier, number and day of that one. `ahead` numbers go to
/// vouchers made in the same breath.
pub fn fresh(
    open: &Open,
    form: &Form,
    unit: &Unit,
    parent: Option<(&Form, &Voucher)>,
    ahead: u64,
) -> Result<Voucher, Error> {
    let today = clock::day(clock::now());
    let number = open
        .store
        .read(|db| numbers::next(db, own_series(unit.id, today.year()), ahead))?;
    let account = account(unit, form);
    let signer = |role: Role| {
        let mut named = unit.signers.iter();
        let holder = named.find(|s| s.role == role && !s.delegate && s.valid_on(today));
        holder.map_or_else(String::new, |s| s.name.clone())
    };
    let of_parent =
        |id: fn(&Form) -> &str| parent.map_or_else(String::new, |(f, v)| v.field(id(f)).to_owned());
    let fills: BTreeMap<String, String> = [
        ("unit.name", unit.name.clone()),
        ("unit.chapter", unit.chapter.clone()),
        ("unit.address", unit.address.clone()),
        ("unit.code", unit.code.clone()),
        ("account", account.to_owned()),
        (
            "unit.budget-level",
            AccountParts::read(account).map_or_else(String::new, |a| a.level.to_owned()),
        ),
        ("signer.account-owner", signer(Role::AccountOwner)),
        ("signer.chief-accountant", signer(Role::ChiefAccountant)),
        ("treasury.name", unit.treasury.name.clone()),
        ("budget-year", today.year().to_string()),
        ("today", today.to_string()),
        ("number", number_text(number)),
        ("parent.number", of_parent(|f| &f.summary.number)),
        ("parent.date", of_parent(|_| "voucher_date")),
        ("person.name", open.person.name.clone()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    Ok(blank(form, &fills))
}

pub(super) fn make(
    engine: &Engine,
    open: &Open,
    unit: &Unit,
    mut vouchers: Vec<Voucher>,
) -> Result<DossierId, Error> {
    let id = DossierId(clock::new_id());
    let tens = ZeroTens::from_setting(&open.settings()?.zero_tens);
    let mut forms: Vec<&'static Form> = Vec::new();
    for voucher in &mut vouchers {
        let form = crate::open::form(&voucher.form)?;
        compute_with(form, voucher, tens);
        forms.push(form);
    }
    let form = forms.first().ok_or(Code::NotFound)?;
    let numbered = forms.iter().filter(|f| takes_number(f)).count();
    let year = clock::day(clock::now()).year();
    let new = NewDossier {
        id,
        unit: unit.id,
        procedure: form.procedure.clone(),
        budget_year: year,
        summary: dossier::summary(&forms, &vouchers),
        vouchers,
    };
    let by = open.by();
    open.store.write(move |tx| {
        for _ in 0..numbered {
            numbers::take(tx, own_series(new.unit, year))?;
        }
        dossiers::create(tx, &new, by)
    })?;
    engine.tell(Fact::DossierChanged { id });
    Ok(id)
}

impl Handle<DuplicateDossier> for Engine {
    /// Nhân bản: content is kept, numbers and dates of invoices and documents are cleared.
    fn act(&self, command: DuplicateDossier) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let loaded = load(&open.store, command.id)?;
        let unit = open.unit()?;
        let mut copies: Vec<Voucher> = Vec::new();
        let mut first: Option<&'static Form> = None;
        let mut ahead = 0;
        for (form, old) in loaded.forms()?.into_iter().zip(loaded.vouchers()) {
            let new = fresh(&open, form, &unit, first.zip(copies.first()), ahead)?;
            ahead += u64::from(takes_number(form));
            copies.push(copied(form, old, &new));
            first = first.or(Some(form));
        }
        make(self, &open, &unit, copies)
    }
}
