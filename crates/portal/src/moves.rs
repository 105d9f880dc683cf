//! The officer's moves. Each is one transaction: state, history, result document and feed row.
//!
//! A move that the dossier's state does not allow is refused, and so is one made on an older
//! version than the dossier has.

use hoso_domain::id::{DossierId, ResultId};
use hoso_portal_api::feed::{Document, Remark, status};
use hoso_portal_api::officer::Act;
use hoso_portal_api::problem::Kind;
use hoso_print::Notice;
use rusqlite::Transaction;

use crate::fault::Fault;
use crate::paper::{self, Paper, Subject};
use crate::portal::Portal;
use crate::standing::{Standing, Step, advance, standing};
use crate::{clock, db, keep};

/// Longest text of an officer, in characters.
const MAX_TEXT: usize = 4000;
/// Most field remarks of one move.
const MAX_REMARKS: usize = 100;
/// How often a move takes another number and prints again; each time somebody gets the one taken.
const TRIES: u32 = 20;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    Receive,
    Check,
    Supplement,
    Refuse,
    Complete,
    MoneyReturned,
    AcceptWithdrawal,
    DeclineWithdrawal,
}

impl Move {
    pub(crate) const ALL: [Move; 8] = [
        Move::Receive,
        Move::Check,
        Move::Supplement,
        Move::Refuse,
        Move::Complete,
        Move::MoneyReturned,
        Move::AcceptWithdrawal,
        Move::DeclineWithdrawal,
    ];

    /// The word in the path and in the history.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Move::Receive => "receive",
            Move::Check => "check",
            Move::Supplement => "supplement",
            Move::Refuse => "refuse",
            Move::Complete => "complete",
            Move::MoneyReturned => "money-returned",
            Move::AcceptWithdrawal => "accept-withdrawal",
            Move::DeclineWithdrawal => "decline-withdrawal",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    fn status(self, at: &Standing) -> &str {
        match self {
            Move::Receive => status::RECEIVED,
            Move::Check => status::CHECKING,
            Move::Supplement => status::SUPPLEMENT,
            Move::Refuse => status::REFUSED,
            Move::Complete => status::COMPLETED,
            Move::MoneyReturned => status::MONEY_RETURNED,
            Move::AcceptWithdrawal => status::WITHDRAWN,
            Move::DeclineWithdrawal => &at.before_withdrawal,
        }
    }

    /// Whether the unit must be told why.
    pub(crate) fn needs_text(self) -> bool {
        matches!(
            self,
            Move::Supplement | Move::Refuse | Move::MoneyReturned | Move::DeclineWithdrawal
        )
    }

    /// Whether a dossier without Mã số hồ sơ gets one.
    fn gives_number(self) -> bool {
        !matches!(self, Move::AcceptWithdrawal | Move::DeclineWithdrawal)
    }

    /// Whether a dossier in this state may make this move.
    pub(crate) fn allowed(self, at: &Standing) -> bool {
        // A revision of a dossier that was received before needs no second reception.
        let open = matches!(at.status.as_str(), status::RECEIVED | status::CHECKING)
            || (at.status == status::SUBMITTED && !at.treasury_number.is_empty());
        match self {
            Move::Receive => at.status == status::SUBMITTED,
            Move::Check => open && at.status != status::CHECKING,
            // Decree 347/2025 art. 3: at most one request per dossier.
            Move::Supplement => open && !at.supplement_asked,
            Move::Refuse => open || at.status == status::SUBMITTED,
            Move::Complete => open,
            Move::MoneyReturned => at.status == status::COMPLETED,
            Move::AcceptWithdrawal | Move::DeclineWithdrawal => {
                at.status == status::WITHDRAWAL_ASKED
            }
        }
    }
}

/// Makes a move in the name of `officer`.
pub(crate) async fn make(
    portal: &Portal,
    officer: &str,
    id: DossierId,
    made: Move,
    act: Act,
) -> Result<(), Fault> {
    worded(made, &act)?;
    for _ in 0..TRIES {
        if attempt(portal, officer, id, made, &act).await? {
            portal.announce();
            return Ok(());
        }
    }
    let busy = Fault::new(Kind::Busy, "its number was given to others each time");
    Err(busy.with(|p| p.retry_after = Some(1)))
}

/// `false`: the number on the paper was given to another dossier while it was printed.
async fn attempt(
    portal: &Portal,
    officer: &str,
    id: DossierId,
    made: Move,
    act: &Act,
) -> Result<bool, Fault> {
    let now = portal.now();
    let prefix = format!(
        "{}-{}",
        portal.0.config.treasury.code,
        clock::day(now).format("%y%m%d")
    );
    let (at, number) = portal
        .0
        .db
        .call(move |tx| {
            let unknown = || Fault::new(Kind::DossierUnknown, "");
            let at = standing(tx, id)?.ok_or_else(unknown)?;
            let number = match at.treasury_number.is_empty() && made.gives_number() {
                true => next_number(tx, &prefix)?,
                false => at.treasury_number.clone(),
            };
            Ok((at, number))
        })
        .await?;
    if act.version.is_some_and(|v| v != at.version) {
        return Err(Fault::new(
            Kind::Overtaken,
            format!("the dossier is at {}", at.version),
        ));
    }
    if !made.allowed(&at) {
        let what = match made == Move::Supplement && at.supplement_asked {
            true => "a supplement was asked before".to_owned(),
            false => format!("{} is not possible while {}", made.name(), at.status),
        };
        return Err(Fault::new(Kind::WrongState, what));
    }

    let paper = write_paper(portal, officer, made, act, &at, &number, now).await?;
    let (officer, act) = (officer.to_owned(), act.clone());
    let kept = portal.0.config.limits.feed_kept();
    portal
        .0
        .db
        .call(move |tx| {
            if is_of_another(tx, &number, id)? {
                return Ok(false);
            }
            let next = Standing {
                status: made.status(&at).to_owned(),
                treasury_number: number,
                supplement_asked: at.supplement_asked || made == Move::Supplement,
                appointment: match act.appointment {
                    Some(day) => db::stamp(day),
                    None => at.appointment.clone(),
                },
                ..at.clone()
            };
            let step = Step {
                who: officer,
                act: made.name(),
                text: act.text,
                remarks: act.remarks,
                documents: paper.into_iter().collect(),
                at: now,
                kept,
            };
            advance(tx, id, &at, next, step)?;
            Ok(true)
        })
        .await
}

fn worded(made: Move, act: &Act) -> Result<(), Fault> {
    let malformed = |what: &str| Err(Fault::new(Kind::Malformed, what));
    if made.needs_text() && act.text.trim().is_empty() {
        return malformed("this move needs a text for the unit");
    }
    short(&act.text)?;
    for remark in &act.remarks {
        short(&remark.text)?;
    }
    if act.remarks.len() > MAX_REMARKS {
        return malformed("too many remarks");
    }
    Ok(())
}

/// Whether a text is of a length a person writes and reads.
pub(crate) fn short(text: &str) -> Result<(), Fault> {
    match text.chars().count() <= MAX_TEXT {
        true => Ok(()),
        false => Err(Fault::new(Kind::Malformed, "a text is too long")),
    }
}

/// Mã số hồ sơ: office, day, number of the day.
fn next_number(tx: &Transaction<'_>, prefix: &str) -> Result<String, Fault> {
    let given: u64 = tx.query_row(
        "SELECT COUNT(*) FROM dossier WHERE treasury_number LIKE ?1",
        [format!("{prefix}-%")],
        |r| r.get(0),
    )?;
    Ok(format!("{prefix}-{:04}", given + 1))
}

/// Whether another dossier has this Mã số hồ sơ.
fn is_of_another(tx: &Transaction<'_>, number: &str, id: DossierId) -> Result<bool, Fault> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM dossier
                        WHERE treasury_number = ?1 AND treasury_number <> '' AND dossier_id <> ?2)",
        (number, id.to_string()),
        |r| r.get(0),
    )?)
}

/// The result document of a move, stored before the transaction that names it.
async fn write_paper(
    portal: &Portal,
    officer: &str,
    made: Move,
    act: &Act,
    at: &Standing,
    number: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<Document>, Fault> {
    if !matches!(made, Move::Complete | Move::Refuse) {
        return Ok(None);
    }
    let (portal, act, at) = (portal.clone(), act.clone(), at.clone());
    let (officer, number) = (officer.to_owned(), number.to_owned());
    let work = move || -> Result<Option<Document>, Fault> {
        let says = (made.name(), &at.summary, &act);
        let press = |paper: &Notice| portal.printed(&says, paper);
        let subject = Subject {
            config: &portal.0.config,
            summary: &at.summary,
            number: &number,
            received: at.received_at,
            officer: &officer,
            at: now,
            press: &press,
        };
        let Paper { name, container } = match made {
            Move::Refuse => {
                let remarks: Vec<String> = act.remarks.iter().map(remark_line).collect();
                paper::refusal(&subject, &portal.0.seal, &act.text, &remarks)?
            }
            _ => paper::debit_advice(&subject, &portal.0.seal, &act.text)?,
        };
        let sha256 = portal.0.blobs.put(&container)?;
        let id = ResultId(keep::new_id());
        Ok(Some(Document {
            id,
            name,
            sha256,
            size: container.len() as u64,
        }))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::internal("a printing task failed", e))?
}

fn remark_line(remark: &Remark) -> String {
    remark.text.clone()
}
