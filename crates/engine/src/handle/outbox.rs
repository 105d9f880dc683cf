//! Chờ gửi: why each row waits, and what a person may do about it.

use hoso_contract::command::{GetOutbox, HandedInOtherwise, Hold, Release, SendNow};
use hoso_contract::view::OutboxRow;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};
use hoso_store::audit::Params;
use hoso_store::life::{self, Move};
use hoso_store::{dossiers, outbox};

use super::editor::refusal;
use crate::clock;
use crate::courier::{self, Order};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

const GIVING_UP: LocalState = LocalState::Parked {
    reason: ParkReason::GivingUp,
};

/// What may still arrive at the portal is given up there before it is mended or handed in by another
/// way. `true`: it is being given up; the row says when the portal has answered.
pub(super) fn gives_up_first(engine: &Engine, open: &Open, id: DossierId) -> Result<bool, Error> {
    let by = open.by();
    let asks = open.store.write(move |tx| {
        let state = dossiers::current(tx, id)?.revision.state;
        if state == GIVING_UP {
            return Ok(true);
        }
        let gives_up = state.may_become(&GIVING_UP) && life::may_arrive(tx, id)?;
        if gives_up {
            life::give_up(tx, id, state, by)?;
        }
        Ok(gives_up)
    })?;
    if asks {
        engine.tell(Fact::DossierChanged { id });
        open.connected().courier.order(Order::Look);
    }
    Ok(asks)
}

impl Handle<GetOutbox> for Engine {
    fn act(&self, _: GetOutbox) -> Result<Vec<OutboxRow>, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        let rows = open.store.read(|db| {
            let mut rows = Vec::new();
            for row in outbox::all(db)?.into_iter().filter(|r| r.unit == unit) {
                let current = dossiers::current(db, row.dossier)?;
                let remarks = match current.revision.state {
                    LocalState::Parked { .. } => refusal(db, row.dossier)?,
                    _ => Vec::new(),
                };
                rows.push((row, current, remarks));
            }
            Ok(rows)
        })?;
        let connected = open.connected();
        let courier = &connected.courier;
        let (trouble, still) = (courier.trouble(), courier.stands_still());
        let (settings, now) = (open.settings()?, clock::now());
        Ok(rows
            .into_iter()
            .map(|(row, current, remarks)| {
                let own: Option<AppError> = serde_json::from_str(&row.why).ok();
                let waits = matches!(
                    current.revision.state,
                    LocalState::Queued | LocalState::Unknown | GIVING_UP
                );
                let withheld = match current.revision.state {
                    LocalState::Queued if row.priority == 0 => courier::withheld(
                        &settings,
                        row.bytes.saturating_sub(row.acknowledged),
                        now,
                    ),
                    _ => None,
                };
                let summary = current.revision.summary;
                OutboxRow {
                    id: row.dossier,
                    number: summary.number,
                    form: summary.form,
                    title: summary.title,
                    total: summary.total,
                    local: current.revision.state,
                    // the link's trouble holds up every row alike
                    why: match waits {
                        true => withheld.or_else(|| trouble.clone()).or(own),
                        false => own,
                    },
                    next_try: row
                        .next_try
                        .filter(|_| !still)
                        .or_else(|| courier.next_try().filter(|_| waits)),
                    attempts: row.attempts,
                    bytes: row.bytes,
                    acknowledged: row.acknowledged,
                    seconds: courier.seconds(row.bytes.saturating_sub(row.acknowledged)),
                    due: None,
                    remarks,
                }
            })
            .collect())
    }
}

/// How many dossiers stand in the outbox, over all units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waiting {
    /// They go by themselves, as far as the link lets them.
    pub going: usize,
    /// Held back or refused: they stand until somebody sees to them.
    pub standing: usize,
}

impl Engine {
    /// What waits, for the console, which sends for every unit and not for a chosen one.
    pub fn waiting(&self) -> Result<Waiting, AppError> {
        let count = || -> Result<Waiting, Error> {
            let open = self.open()?;
            Ok(open.store.read(|db| {
                let mut waiting = Waiting::default();
                for row in outbox::all(db)? {
                    let state = dossiers::current(db, row.dossier)?.revision.state;
                    let of = match goes(&state) {
                        true => &mut waiting.going,
                        false => &mut waiting.standing,
                    };
                    *of = of.saturating_add(1);
                }
                Ok(waiting)
            })?)
        };
        count().map_err(Error::told)
    }
}

/// Whether the courier takes it up without a person.
fn goes(state: &LocalState) -> bool {
    matches!(
        state,
        LocalState::Queued | LocalState::Sending | LocalState::Unknown
    ) || *state == GIVING_UP
}

impl Handle<SendNow> for Engine {
    fn act(&self, command: SendNow) -> Result<(), Error> {
        let open = self.writable()?;
        let id = command.id;
        if let Some(id) = id {
            let current = open.store.read(|db| dossiers::current(db, id))?;
            let state = &current.revision.state;
            if matches!(state, LocalState::Parked { .. }) && *state != GIVING_UP {
                if !state.may_become(&LocalState::Queued) {
                    return Err(Code::WrongState.into());
                }
                // a person says that what stood in the way is gone
                step(
                    self,
                    &open,
                    id,
                    current.revision.state,
                    LocalState::Queued,
                    "queued",
                )?;
            }
        }
        open.store.write(move |tx| outbox::clear_waiting(tx, id))?;
        let all = id.is_none();
        open.connected().courier.order(Order::SendNow { all });
        Ok(())
    }
}

impl Handle<Hold> for Engine {
    fn act(&self, command: Hold) -> Result<(), Error> {
        let open = self.writable()?;
        let id = command.id;
        open.connected().courier.call_off(id);
        let current = open.store.read(|db| dossiers::current(db, id))?;
        if current.revision.state == LocalState::Held {
            return Ok(());
        }
        step(
            self,
            &open,
            id,
            LocalState::Queued,
            LocalState::Held,
            "held",
        )
    }
}

impl Handle<Release> for Engine {
    fn act(&self, command: Release) -> Result<(), Error> {
        let open = self.writable()?;
        step(
            self,
            &open,
            command.id,
            LocalState::Held,
            LocalState::Queued,
            "released",
        )?;
        open.connected().courier.order(Order::Look);
        Ok(())
    }
}

fn step(
    engine: &Engine,
    open: &Open,
    id: DossierId,
    expected: LocalState,
    next: LocalState,
    act: &'static str,
) -> Result<(), Error> {
    let by = open.by();
    open.store.write(move |tx| {
        let step = Move {
            dossier: id,
            expected,
            next,
            act,
            params: Params::new(),
        };
        life::advance(tx, &step, by)
    })?;
    engine.tell(Fact::DossierChanged { id });
    Ok(())
}

/// Why a revision cannot be called handed in otherwise.
fn no_paper(state: &LocalState) -> Code {
    match state {
        LocalState::Parked {
            reason: ParkReason::Conflict,
        } => Code::PortalConflict,
        LocalState::Parked {
            reason: ParkReason::Overtaken,
        } => Code::PortalOvertaken,
        _ => Code::WrongState,
    }
}

impl Handle<HandedInOtherwise> for Engine {
    /// From now on it can never be sent as well. What may still arrive is given up first, and then
    /// it takes a person's word once more.
    fn act(&self, command: HandedInOtherwise) -> Result<(), Error> {
        let open = self.writable()?;
        let id = command.id;
        open.connected().courier.call_off(id);
        if gives_up_first(self, &open, id)? {
            return Ok(());
        }
        let (current, held) = open.store.read(|db| {
            let current = dossiers::current(db, id)?;
            let held = life::treasury_holds(db, &current.dossier)?;
            Ok((current, held))
        })?;
        let expected = current.revision.state;
        if !expected.may_become(&LocalState::Carried) {
            return Err(no_paper(&expected).into());
        }
        if held {
            return Err(Code::PortalConflict.into());
        }
        let by = open.by();
        let params = Params::from([("how".to_owned(), command.how)]);
        open.store.write(move |tx| {
            let step = Move {
                dossier: id,
                expected,
                next: LocalState::Carried,
                act: "handed-in-otherwise",
                params,
            };
            life::advance(tx, &step, by)?;
            outbox::remove(tx, id)
        })?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}
