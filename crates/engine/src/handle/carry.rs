//! Chuyển tay: what the browser portal asks, in the form's order, and what it answered, typed in by a
//! person. Never a receipt: nothing here is signed by anyone.

use hoso_contract::book::{CarryField, CarrySheet, CarryVoucher};
use hoso_contract::command::{GetCarrySheet, RecordCarried};
use hoso_contract::{Code, Fact};
use hoso_domain::form::{Block, FieldKind, Form, value};
use hoso_domain::id::ResultId;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::voucher::Voucher;
use hoso_store::audit::{self, Act, Params};
use hoso_store::dossiers;
use hoso_store::life::{self, Word};
use hoso_store::results::{self, ResultDocument};

use crate::clock;
use crate::dossier::load;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<GetCarrySheet> for Engine {
    fn act(&self, command: GetCarrySheet) -> Result<CarrySheet, Error> {
        let open = self.open()?;
        let loaded = load(&open.store, command.id)?;
        let forms = loaded.forms()?;
        let vouchers = forms.into_iter().zip(loaded.vouchers());
        Ok(CarrySheet {
            id: command.id,
            number: loaded.current.revision.summary.number.clone(),
            vouchers: vouchers.map(|(form, v)| sheet(form, v)).collect(),
        })
    }
}

/// A voucher's values in printed order: chosen ticks by their label, amounts without dots, days as
/// dd/mm/yyyy, as a person types them there. Blank ones are left out.
pub(super) fn sheet(form: &Form, voucher: &Voucher) -> CarryVoucher {
    let mut fields = Vec::new();
    let mut lines = Vec::new();
    let mut put = |label: String, value: String| {
        if !value.is_empty() {
            fields.push(CarryField { label, value });
        }
    };
    for block in &form.blocks {
        if let Block::Ticks { label, options, .. } = block {
            let chosen: Vec<&str> = options
                .iter()
                .filter(|o| voucher.ticked(&o.id))
                .map(|o| o.label.as_str())
                .collect();
            put(label.clone(), chosen.join(", "));
        }
        for field in block.fields() {
            put(
                field.full_label(),
                typed(field.kind, voucher.field(&field.id)),
            );
        }
        let Some(grid) = block.grid() else { continue };
        for row in voucher.rows(&grid.id).iter().filter(|r| !r.is_blank()) {
            let cells = grid.own_columns().map(|column| CarryField {
                label: column.full_label(),
                value: typed(column.kind, row.cell(&column.id)),
            });
            lines.push(cells.filter(|c| !c.value.is_empty()).collect());
        }
    }
    CarryVoucher {
        form: form.number.clone(),
        title: form.name.clone(),
        fields,
        lines,
    }
}

/// A portal's own field takes digits for an amount.
fn typed(kind: FieldKind, stored: &str) -> String {
    match kind {
        FieldKind::Money => stored.to_owned(),
        other => value::display(other, stored),
    }
}

impl Handle<RecordCarried> for Engine {
    /// The treasury's word as a person read it elsewhere; its document is kept and not verified.
    fn act(&self, command: RecordCarried) -> Result<(), Error> {
        let open = self.writable()?;
        let id = command.id;
        let state = match command.status.as_str() {
            "received" => TreasuryState::Received,
            "supplement-asked" => TreasuryState::SupplementAsked,
            "completed" => TreasuryState::Completed,
            "refused" => TreasuryState::Refused,
            "money-returned" => TreasuryState::MoneyReturned,
            _ => return Err(Code::NotFound.into()),
        };
        let current = open.store.read(|db| dossiers::current(db, id))?;
        if current.revision.state != LocalState::Carried {
            return Err(Code::WrongState.into());
        }
        let (by, now) = (open.by(), clock::now());
        let document = match command.document.as_deref().filter(|p| !p.is_empty()) {
            Some(path) => Some(super::files::read_document(path)?),
            None => None,
        };
        let kept = match &document {
            Some((name, bytes)) => Some(ResultDocument {
                id: ResultId(clock::new_id()),
                dossier: id,
                name: name.clone(),
                sha256: open.store.files().put_bytes(bytes)?,
                size: bytes.len() as u64,
                verified: false,
                pages: hoso_print::pages(bytes).unwrap_or(0),
                received_at: now,
            }),
            None => None,
        };
        let word = Word {
            dossier: id,
            version: None,
            state,
            text: command.text,
            number: Some(command.treasury_number).filter(|n| !n.is_empty()),
            appointment: None,
            said_at: now,
            remarks: Vec::new(),
        };
        open.store.write(move |tx| {
            life::hear(tx, &word, by)?;
            let mut params = Params::from([("status".to_owned(), command.status)]);
            if let Some(document) = &kept {
                results::add(tx, document)?;
                params.insert("name".to_owned(), document.name.clone());
            }
            let act = Act {
                unit: Some(current.dossier.unit),
                act: "result-typed",
                dossier: Some(id),
                params,
            };
            audit::append(tx, &act, by)?;
            dossiers::mark_read(tx, id)
        })?;
        self.tell(Fact::DossierChanged { id });
        self.tell(Fact::ResultsChanged);
        Ok(())
    }
}
