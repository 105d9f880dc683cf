//! Several vouchers in one dossier, and dossiers made from a template. Refuses to mix procedures:
//! what belongs to another goes into a dossier of its own.

use chrono::Datelike as _;

use hoso_contract::Code;
use hoso_contract::Fact;
use hoso_contract::command::{AddVoucher, CreateFromTemplate, RemoveVoucher};
use hoso_domain::form::{Form, compute_with, latest};
use hoso_domain::id::DossierId;
use hoso_domain::template;
use hoso_domain::voucher::{Row, Voucher};
use hoso_domain::words::ZeroTens;
use hoso_store::{numbers, revisions};

use super::create::{fresh, make};
use crate::clock;
use crate::compose::own_series;
use crate::dossier::{self, Loaded, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

/// Whether a new voucher of the form takes a number of the unit's own series.
pub(super) fn takes_number(form: &Form) -> bool {
    form.fields().any(|f| f.fill == "number")
}

impl Handle<AddVoucher> for Engine {
    /// A further voucher of the dossier's procedure, filled like a new one; a list of payees names
    /// the first voucher.
    fn act(&self, command: AddVoucher) -> Result<(), Error> {
        let open = self.writable()?;
        let loaded = load(&open.store, command.id)?;
        let (first_form, first) = loaded.voucher(0)?;
        let form = latest(&first_form.basis, &command.form)
            .filter(|f| f.offered && f.procedure == loaded.current.dossier.procedure)
            .ok_or(Code::NotFound)?;
        let added = fresh(&open, form, &loaded.unit, Some((first_form, first)), 0)?;
        let mut vouchers = loaded.vouchers().to_vec();
        vouchers.push(added);
        keep(
            self,
            &open,
            &loaded,
            command.version,
            vouchers,
            takes_number(form),
        )
    }
}

impl Handle<RemoveVoucher> for Engine {
    /// Any but the first, which the dossier is about.
    fn act(&self, command: RemoveVoucher) -> Result<(), Error> {
        let open = self.writable()?;
        let loaded = load(&open.store, command.id)?;
        let mut vouchers = loaded.vouchers().to_vec();
        let index = usize::try_from(command.voucher).map_err(|_| Code::NotFound)?;
        if index == 0 || index >= vouchers.len() {
            return Err(Code::NotFound.into());
        }
        vouchers.remove(index);
        keep(self, &open, &loaded, command.version, vouchers, false)
    }
}

/// Saves a draft with other vouchers than it had.
fn keep(
    engine: &Engine,
    open: &Open,
    loaded: &Loaded,
    version: u64,
    mut vouchers: Vec<Voucher>,
    takes_number: bool,
) -> Result<(), Error> {
    let tens = ZeroTens::from_setting(&open.settings()?.zero_tens);
    let mut forms = Vec::new();
    for voucher in &mut vouchers {
        let form = crate::open::form(&voucher.form)?;
        compute_with(form, voucher, tens);
        forms.push(form);
    }
    let summary = dossier::summary(&forms, &vouchers);
    let (id, unit, by) = (loaded.current.dossier.id, loaded.unit.id, open.by());
    let year = clock::day(clock::now()).year();
    open.store.write(move |tx| {
        revisions::save_draft(tx, id, version, &vouchers, &summary, by)?;
        if takes_number {
            numbers::take(tx, own_series(unit, year))?;
        }
        Ok(())
    })?;
    engine.tell(Fact::DossierChanged { id });
    Ok(())
}

impl Handle<CreateFromTemplate> for Engine {
    /// A dossier of every voucher the template names, holding what it says beside the unit's own
    /// data.
    fn act(&self, command: CreateFromTemplate) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let template = template::find(&command.template).ok_or(Code::NotFound)?;
        let unit = open.unit()?;
        let mut forms: Vec<&'static Form> = Vec::new();
        let mut vouchers: Vec<Voucher> = Vec::new();
        for part in &template.vouchers {
            let form = latest(&template.basis, &part.form)
                .filter(|form| form.offered)
                .ok_or(Code::NotFound)?;
            let parent = forms.first().copied().zip(vouchers.first());
            let ahead = forms.iter().filter(|f| takes_number(f)).count() as u64;
            let mut voucher = fresh(&open, form, &unit, parent, ahead)?;
            template::apply(form, part, &mut voucher);
            forms.push(form);
            vouchers.push(voucher);
        }
        make(self, &open, &unit, vouchers)
    }
}

/// A copy of a voucher: content is kept; numbers and dates of papers are cleared, and what a new
/// voucher is filled with is filled anew.
pub(super) fn copied(form: &Form, old: &Voucher, new: &Voucher) -> Voucher {
    let mut copy = old.clone();
    copy.form = form.reference();
    let anew = [
        "number",
        "today",
        "budget-year",
        "parent.number",
        "parent.date",
        "person.name",
    ];
    for field in form.fields() {
        if anew.contains(&field.fill.as_str()) {
            copy.fields.remove(&field.id);
            if let Some(value) = new.fields.get(&field.id) {
                copy.fields.insert(field.id.clone(), value.clone());
            }
        } else if PAPERS.contains(&field.id.as_str()) {
            copy.fields.remove(&field.id);
        }
    }
    for row in copy.grids.values_mut().flatten() {
        clear(row);
    }
    copy
}

/// Fields about a paper that belongs to one payment alone.
const PAPERS: [&str; 9] = [
    "acceptance_no",
    "acceptance_date",
    "acceptance_total",
    "advance_balance_date",
    "payee_list_date",
    "conclusion_no",
    "conclusion_date",
    "tax_declaration",
    "transaction_code",
];

/// Cells about such papers.
fn clear(row: &mut Row) {
    for column in [
        "invoice_no",
        "invoice_date",
        "document_no",
        "document_date",
        "declaration_no",
        "voucher_no",
        "booked_date",
        "advance_balance",
    ] {
        row.cells.remove(column);
    }
}
