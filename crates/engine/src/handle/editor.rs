//! The editor: open, save, freeze, mend.

use hoso_contract::command::{DeleteDraft, Mend, OpenDossier, SaveDraft, SubmitForSigning};
use hoso_contract::view::{AttachmentView, DossierView, HistoryRow, Remark, Saved};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::check::{Facts, check};
use hoso_domain::dossier::Drawer;
use hoso_domain::entry::{Entry, path};
use hoso_domain::finding::{Finding, Severity};
use hoso_domain::form::{self, Form, canonicalise, compute_with};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::voucher::Voucher;
use hoso_domain::words::ZeroTens;
use hoso_proof::container::entry;
use hoso_store::dossiers;
use hoso_store::memory::{self, Payee};
use hoso_store::{Connection as Db, StoreError, audit, life, people, revisions};

use crate::clock;
use crate::dossier::{self, Loaded, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::facts;
use crate::open::Open;

/// A picture of the findings with everything known now.
pub(super) fn findings(open: &Open, loaded: &Loaded) -> Result<Vec<Finding>, Error> {
    Ok(judge(open, loaded)?.0)
}

/// As [`findings`], with what they were judged by.
pub(super) fn judge(open: &Open, loaded: &Loaded) -> Result<(Vec<Finding>, Facts), Error> {
    let today = clock::day(clock::now());
    let known = open.store.read(|db| facts::gather(db, loaded, today))?;
    let findings = check(&loaded.data(), &form::find, &known, today);
    Ok((findings, known))
}

impl Handle<OpenDossier> for Engine {
    fn act(&self, command: OpenDossier) -> Result<DossierView, Error> {
        let open = self.open()?;
        let loaded = load(&open.store, command.id)?;
        let (forms, known) = loaded.forms_to_read();
        let findings = match loaded.current.revision.state {
            // parked for what the checks found: they are to be seen before it is taken back
            LocalState::Draft
            | LocalState::Parked {
                reason: ParkReason::Findings,
            } if known => findings(&open, &loaded)?,
            _ => Vec::new(),
        };
        let id = command.id;
        let (history, remarks, balances, returned, treasury) = open.store.read(|db| {
            let returned = match &loaded.current.revision.returned {
                Some(r) => Some((name(db, r.by)?, r.reason.clone())),
                None => None,
            };
            let treasury = life::word_shown(db, &loaded.current)?;
            Ok((
                history(db, id)?,
                remarks(db, &loaded.current, &treasury)?,
                facts::balances(db, loaded.current.dossier.unit, Some(id))?,
                returned,
                treasury,
            ))
        })?;
        let Loaded {
            current,
            attachments,
            ..
        } = loaded;
        let of_treasury = attachments.iter().filter(|a| a.drawer == Drawer::Treasury);
        let seconds = open
            .connected()
            .courier
            .seconds(of_treasury.map(|a| a.size).sum());
        Ok(DossierView {
            id,
            revision: current.revision.number,
            version: current.revision.version,
            forms,
            forms_known: known,
            vouchers: current.revision.vouchers,
            local: current.revision.state,
            treasury,
            treasury_number: current.dossier.treasury_number,
            findings,
            attachments: attachments.into_iter().map(attachment_view).collect(),
            seconds,
            history,
            remarks,
            balances,
            saved: current.revision.saved_at,
            returned,
        })
    }
}

/// The words at fields that still ask for something: the treasury's, and the portal's as long as what
/// it refused is not mended and handed in.
fn remarks(
    db: &Db,
    current: &dossiers::Current,
    treasury: &TreasuryState,
) -> Result<Vec<Remark>, StoreError> {
    let id = current.dossier.id;
    let mut all = Vec::new();
    if treasury.needs_unit() {
        all.extend(life::remarks(db, id)?.into_iter().map(|r| Remark {
            place: r.place,
            text: r.text,
            at: r.at,
            by_portal: false,
        }));
    }
    if matches!(
        current.revision.state,
        LocalState::Draft | LocalState::Parked { .. }
    ) {
        all.extend(refusal(db, id)?);
    }
    Ok(all)
}

/// What the portal said at fields when it refused the dossier.
pub(super) fn refusal(db: &Db, id: DossierId) -> Result<Vec<Remark>, StoreError> {
    let said = life::refusal(db, id)?.into_iter().map(|r| Remark {
        place: r.place,
        text: r.text,
        at: r.at,
        by_portal: true,
    });
    Ok(said.collect())
}

pub(super) fn attachment_view(a: hoso_store::attachments::Attachment) -> AttachmentView {
    AttachmentView {
        id: a.id,
        drawer: a.drawer,
        name: a.name,
        size: a.size,
        sha256: a.sha256,
        original: None,
    }
}

fn name(db: &Db, person: hoso_domain::id::PersonId) -> Result<String, StoreError> {
    match people::get(db, person) {
        Ok(person) => Ok(person.name),
        Err(StoreError::NotFound { .. }) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn history(db: &Db, id: DossierId) -> Result<Vec<HistoryRow>, StoreError> {
    let mut rows = Vec::new();
    for row in audit::of_dossier(db, id)?.into_iter().rev() {
        let who = name(db, row.person)?;
        rows.push(HistoryRow {
            at: row.at,
            who,
            act: row.act,
            params: row.params,
        });
    }
    Ok(rows)
}

impl Handle<SaveDraft> for Engine {
    fn act(&self, command: SaveDraft) -> Result<Saved, Error> {
        let open = self.writable()?;
        let tens = ZeroTens::from_setting(&open.settings()?.zero_tens);
        let mut vouchers = command.vouchers;
        let mut forms = Vec::new();
        for voucher in &mut vouchers {
            let form = crate::open::form(&voucher.form)?;
            canonicalise(form, voucher);
            compute_with(form, voucher, tens);
            forms.push(form);
        }
        let summary = dossier::summary(&forms, &vouchers);
        let (id, version, by) = (command.id, command.version, open.by());
        let version = open
            .store
            .write(move |tx| revisions::save_draft(tx, id, version, &vouchers, &summary, by))?;
        // saved is saved: a check that cannot be made must not look like a failed save
        let findings = load(&open.store, id)
            .and_then(|loaded| findings(&open, &loaded))
            .unwrap_or_default();
        Ok(Saved {
            version,
            at: by.at,
            findings,
        })
    }
}

impl Handle<DeleteDraft> for Engine {
    fn act(&self, command: DeleteDraft) -> Result<(), Error> {
        let open = self.writable()?;
        let (id, by) = (command.id, open.by());
        open.store
            .write(move |tx| dossiers::delete_draft(tx, id, by))?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}

impl Handle<SubmitForSigning> for Engine {
    fn act(&self, command: SubmitForSigning) -> Result<(), Error> {
        let open = self.writable()?;
        let loaded = load(&open.store, command.id)?;
        // a paper into the budget is printed and carried to the bank, never sent
        if loaded.current.dossier.procedure.is_empty() {
            return Err(Code::WrongState.into());
        }
        let findings = findings(&open, &loaded)?;
        let errors = findings
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .count();
        if errors > 0 {
            return Err(AppError::new(Code::BlockedByFindings)
                .with("count", errors)
                .into());
        }
        let entries = entries(&open, &loaded)?;
        let payees: Vec<Payee> = loaded
            .vouchers()
            .iter()
            .zip(loaded.forms()?)
            .filter_map(|(v, form)| payee(form, v))
            .collect();
        let codes = codes_used(&loaded)?;
        let (id, unit, by) = (command.id, loaded.current.dossier.unit, open.by());
        open.store.write(move |tx| {
            revisions::freeze(tx, id, command.version, &entries, by)?;
            for payee in &payees {
                memory::payee_used(tx, unit, payee, by.at)?;
            }
            for (catalogue, code) in &codes {
                memory::code_used(tx, unit, catalogue, code, by.at)?;
            }
            Ok(())
        })?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}

/// What will be signed: data file, printed vouchers, files for the treasury; all stored already.
fn entries(open: &Open, loaded: &Loaded) -> Result<Vec<Entry>, Error> {
    let files = open.store.files();
    let data = loaded.data();
    let mut entries = Vec::new();
    let bytes = data.to_bytes();
    files.put_bytes(&bytes)?;
    entries.push(entry(path::DATA, &bytes));
    for (index, (form, voucher)) in loaded
        .forms()?
        .into_iter()
        .zip(loaded.vouchers())
        .enumerate()
    {
        let pdf = hoso_print::render(form, voucher, &data)?;
        files.put_bytes(&pdf)?;
        entries.push(entry(dossier::pdf_path(index, &form.number), &pdf));
    }
    for attachment in loaded
        .attachments
        .iter()
        .filter(|a| a.drawer == Drawer::Treasury)
    {
        files.verify(&attachment.sha256)?;
        entries.push(Entry {
            path: path::file(&attachment.name),
            sha256: attachment.sha256,
            size: attachment.size,
        });
    }
    Ok(entries)
}

/// Whom a voucher pays, to be found again; none for a form that pays into no account.
fn payee(form: &Form, voucher: &Voucher) -> Option<Payee> {
    form.field("payee_account")?;
    let name = voucher.field(&form.summary.payee);
    let fills = [
        "payee_name",
        "payee_tax_code",
        "payee_account",
        "payee_bank",
    ]
    .into_iter()
    .map(|id| (id.to_owned(), voucher.field(id).to_owned()))
    .filter(|(_, value)| !value.is_empty())
    .collect();
    (!name.is_empty()).then(|| Payee {
        name: name.to_owned(),
        account: voucher.field("payee_account").to_owned(),
        fills,
    })
}

/// Catalogue and code of every coded cell, so that pickers show the unit's own first.
fn codes_used(loaded: &Loaded) -> Result<Vec<(String, String)>, Error> {
    let mut used = Vec::new();
    for (form, voucher) in loaded.forms()?.into_iter().zip(loaded.vouchers()) {
        for grid in form.grids() {
            for column in grid.columns.iter().filter(|c| !c.catalogue.is_empty()) {
                for row in voucher.rows(&grid.id) {
                    let code = row.cell(&column.id);
                    if !code.is_empty() {
                        used.push((column.catalogue.clone(), code.to_owned()));
                    }
                }
            }
        }
    }
    used.sort();
    used.dedup();
    Ok(used)
}

impl Handle<Mend> for Engine {
    /// Before it was handed in: taken back, and what may still arrive is given up first. After: only
    /// when the treasury asked about this revision or refused it: one made for what it said of an
    /// earlier one could be paid beside it.
    fn act(&self, command: Mend) -> Result<(), Error> {
        let open = self.writable()?;
        open.connected().courier.call_off(command.id);
        if super::outbox::gives_up_first(self, &open, command.id)? {
            return Ok(());
        }
        let (current, word) = open.store.read(|db| {
            let current = dossiers::current(db, command.id)?;
            let word = life::word_of(db, &current.dossier)?;
            Ok((current, word))
        })?;
        let allowed = match &current.revision.state {
            LocalState::Awaiting { .. }
            | LocalState::Queued
            | LocalState::Held
            | LocalState::Parked { .. } => true,
            LocalState::Sent | LocalState::Carried => word.needs_unit(),
            _ => false,
        };
        if !allowed {
            return Err(Code::WrongState.into());
        }
        let (id, expected, by) = (command.id, current.revision.state, open.by());
        open.store
            .write(move |tx| revisions::mend(tx, id, &expected, by).map(|_| ()))?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}
