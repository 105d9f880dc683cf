//! Withdrawal (rút hồ sơ): the unit asks, an officer accepts or declines
//! ([`crate::moves::Move`]).
//!
//! It refuses to take back what the treasury has decided on.

use hoso_domain::id::{DossierId, UnitId};
use hoso_portal_api::feed::status;
use hoso_portal_api::problem::Kind;

use crate::fault::Fault;
use crate::moves;
use crate::portal::Portal;
use crate::standing::{Standing, Step, advance, standing};

/// The word in the history.
pub(crate) const ASKED: &str = "ask-withdrawal";

/// Asks for a dossier back. Asked before: nothing changes. `true`: it is new.
pub(crate) async fn ask(
    portal: &Portal,
    unit: UnitId,
    id: DossierId,
    reason: String,
) -> Result<bool, Fault> {
    if reason.trim().is_empty() {
        return Err(Fault::new(Kind::Malformed, "a withdrawal needs a reason"));
    }
    moves::short(&reason)?;
    let (now, kept) = (portal.now(), portal.0.config.limits.feed_kept());
    let new = portal
        .0
        .db
        .call(move |tx| {
            let at = standing(tx, id)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
            if at.unit != unit {
                return Err(Fault::new(Kind::Forbidden, ""));
            }
            match at.status.as_str() {
                status::WITHDRAWAL_ASKED | status::WITHDRAWN => return Ok(false),
                // A repeated question must not ask anew what was declined.
                _ if !at.before_withdrawal.is_empty() => {
                    return Err(Fault::new(Kind::WrongState, "declined before"));
                }
                status::SUBMITTED | status::RECEIVED | status::CHECKING | status::SUPPLEMENT => {}
                over => {
                    let what = format!("the treasury decided: {over}");
                    return Err(Fault::new(Kind::WrongState, what));
                }
            }
            let next = Standing {
                status: status::WITHDRAWAL_ASKED.to_owned(),
                before_withdrawal: at.status.clone(),
                ..at.clone()
            };
            let step = Step {
                who: String::new(),
                act: ASKED,
                text: reason.trim().to_owned(),
                remarks: Vec::new(),
                documents: Vec::new(),
                at: now,
                kept,
            };
            advance(tx, id, &at, next, step)?;
            Ok(true)
        })
        .await?;
    if new {
        portal.announce();
    }
    Ok(new)
}
