//! Kết quả: what the treasury said, with its documents; readable without a link.

use std::path::Path;

use hoso_contract::Code;
use hoso_contract::Fact;
use hoso_contract::command::{AskWithdrawal, ExportResult, GetResults, MarkRead, Raw, ResultPage};
use hoso_contract::view::{
    AwaitedDocument, ReceiptView, Remark, ResultDocument, ResultRow, ResultsPage, SignatureView,
    TimestampView, WithdrawalView,
};
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_proof::Container;
use hoso_store::dossiers::{self, Current};
use hoso_store::signatures::{self, Signature};
use hoso_store::withdrawals::{self, Outcome, Withdrawal};
use hoso_store::{Connection as Db, StoreError, evidence, life, receipts, results};
use hoso_sync::api::connection::Connection;

use super::paper::write_out;
use crate::answer;
use crate::courier::{Order, awaited, result_pdf};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

impl Handle<GetResults> for Engine {
    fn act(&self, command: GetResults) -> Result<ResultsPage, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        let limit = command.limit.clamp(1, 500);
        let connected = open.connected();
        let connection = connected.connection.as_ref();
        Ok(open.store.read(|db| {
            let (mut found, after) = dossiers::answered(db, unit, command.after.as_deref(), limit)?;
            let wanted = command
                .with
                .filter(|id| found.iter().all(|c| c.dossier.id != *id));
            if let Some(id) = wanted {
                // thrown away meanwhile, perhaps
                found.extend(dossiers::current(db, id).ok());
            }
            let rows = found
                .into_iter()
                .map(|current| row(db, current, connection));
            Ok(ResultsPage {
                rows: rows.collect::<Result<_, StoreError>>()?,
                after,
            })
        })?)
    }
}

fn row(
    db: &Db,
    current: Current,
    connection: Option<&Connection>,
) -> Result<ResultRow, StoreError> {
    let id = current.dossier.id;
    let mut receipt = None;
    // the newest revision that was sent: a new one may be in the making
    for number in (1..=current.revision.number).rev() {
        receipt = receipts::of_revision(db, id, number)?;
        if receipt.is_some() {
            break;
        }
    }
    let signatures = match &receipt {
        Some(receipt) => signatures(db, id, receipt.revision, connection)?,
        None => Vec::new(),
    };
    let documents = results::of_dossier(db, id)?
        .into_iter()
        .map(|d| ResultDocument {
            id: d.id,
            name: d.name,
            size: d.size,
            verified: d.verified,
            pages: d.pages,
        })
        .collect();
    let awaited = awaited(db, current.dossier.unit, id)?
        .into_iter()
        .map(|d| AwaitedDocument {
            name: d.name,
            size: d.size,
        })
        .collect();
    let treasury = life::word_shown(db, &current)?;
    // the revision that answers it is with the treasury
    let is_answered = treasury != current.dossier.treasury;
    let asked = treasury.needs_unit();
    let remarks = life::remarks(db, id)?
        .into_iter()
        .filter(|_| asked)
        .map(|r| Remark {
            place: r.place,
            text: r.text,
            at: r.at,
            by_portal: false,
        })
        .collect();
    let withdrawal = withdrawals::of_dossier(db, id)?;
    let answer_due = answer::due(&current, receipt.as_ref());
    let may_mend = asked && life::handed_in(&current.revision.state);
    let may_withdraw = may_withdraw(&current, &treasury, withdrawal.as_ref());
    let summary = current.revision.summary;
    Ok(ResultRow {
        id,
        number: summary.number,
        treasury_number: current.dossier.treasury_number,
        form: summary.form,
        title: summary.title,
        total: summary.total,
        treasury,
        at: current
            .dossier
            .treasury_at
            .filter(|_| !is_answered)
            .unwrap_or(current.dossier.changed_at),
        appointment: current.dossier.appointment,
        answer_due,
        text: match is_answered {
            true => String::new(),
            false => current.dossier.treasury_text,
        },
        remarks,
        documents,
        awaited,
        receipt: receipt.map(|r| ReceiptView {
            received_at: r.received_at,
            seq: r.seq,
            digest: r.digest,
            signer: r.signer,
        }),
        signatures,
        withdrawal: withdrawal.map(shown),
        may_mend,
        may_withdraw,
        unread: current.dossier.unread,
    })
}

fn signatures(
    db: &Db,
    id: DossierId,
    revision: u32,
    connection: Option<&Connection>,
) -> Result<Vec<SignatureView>, StoreError> {
    let expected = connection.is_some_and(|c| c.timestamp.is_some());
    let added = evidence::newest(db, id, revision)?;
    let made = signatures::of_revision(db, id, revision)?;
    let view = |s: Signature| {
        let newest = added.iter().find(|v| v.place.step == s.step);
        let stamp = newest.and_then(|v| v.stamped.clone());
        SignatureView {
            role: s.role,
            holder: s.holder,
            signed_at: s.signed_at,
            awaits_timestamp: expected && stamp.is_none(),
            timestamp: stamp.map(|s| TimestampView {
                at: s.at,
                authority: s.authority,
            }),
        }
    };
    Ok(made.into_iter().map(view).collect())
}

/// After the receipt and before the treasury decided; a wish the portal refused may be said again.
fn may_withdraw(current: &Current, treasury: &TreasuryState, earlier: Option<&Withdrawal>) -> bool {
    current.revision.state == LocalState::Sent
        && treasury.may_be_withdrawn()
        && earlier.is_none_or(|w| w.outcome == Outcome::Refused)
}

fn shown(wish: Withdrawal) -> WithdrawalView {
    WithdrawalView {
        reason: wish.reason,
        asked: wish.asked_at,
        delivered: wish.outcome == Outcome::Delivered,
        refused: (wish.outcome == Outcome::Refused).then_some(wish.why),
    }
}

impl Handle<AskWithdrawal> for Engine {
    /// Durable when it answers; the courier brings it to the portal.
    fn act(&self, command: AskWithdrawal) -> Result<(), Error> {
        let open = self.writable()?;
        let (id, by) = (command.id, open.by());
        let reason = command.reason.trim().to_owned();
        let (current, treasury, earlier) = open.store.read(|db| {
            let current = dossiers::current(db, id)?;
            let treasury = life::word_shown(db, &current)?;
            Ok((current, treasury, withdrawals::of_dossier(db, id)?))
        })?;
        if reason.is_empty() || !may_withdraw(&current, &treasury, earlier.as_ref()) {
            return Err(Code::WrongState.into());
        }
        open.store
            .write(move |tx| withdrawals::ask(tx, id, &reason, by))?;
        self.tell(Fact::ResultsChanged);
        open.connected().courier.order(Order::Look);
        Ok(())
    }
}

impl Handle<MarkRead> for Engine {
    fn act(&self, command: MarkRead) -> Result<(), Error> {
        let open = self.open()?;
        // looking at an answer must not fail where nothing can be noted
        if open.store.is_read_only() {
            return Ok(());
        }
        open.store
            .write(move |tx| dossiers::mark_read(tx, command.id))?;
        self.tell(Fact::ResultsChanged);
        Ok(())
    }
}

fn container(open: &Open, id: ResultId) -> Result<Vec<u8>, Error> {
    let document = open.store.read(|db| results::get(db, id))?;
    Ok(open.store.files().get(&document.sha256)?)
}

impl Handle<ResultPage> for Engine {
    fn act(&self, command: ResultPage) -> Result<Raw, Error> {
        let open = self.open()?;
        let container = Container::from_zip(container(&open, command.document)?)?;
        let pdf = result_pdf(&container).ok_or(Code::NotFound)?;
        Ok(Raw(hoso_print::page_png(
            pdf,
            command.page,
            command.width.clamp(100, 4000),
        )?))
    }
}

impl Handle<ExportResult> for Engine {
    fn act(&self, command: ExportResult) -> Result<(), Error> {
        let open = self.open()?;
        write_out(
            Path::new(&command.path),
            &container(&open, command.document)?,
        )
    }
}
