//! Enrolment by the account owner's signature. It stands in the store before; the same key again gives
//! the same device, so a lost answer costs nothing.

use std::sync::PoisonError;

use hoso_contract::{AppError, Fact};
use hoso_sync::api::device::Enrolled;
use hoso_sync::api::problem::Kind;
use hoso_sync::plan::Enrolment;
use hoso_sync::{Disposition, Failure};

use super::lane::{Lane, Stop, key_lost};
use crate::enrolment::{kept, refusal, refuse};
use crate::error::{Error, with_detail};

impl Lane {
    /// Somebody signed for this PC: what the portal said of it before does not count any more.
    pub(super) fn heed_signature(&mut self) {
        let unit = self.unit.id;
        let signed = self.shared.signed.lock();
        let new = signed.unwrap_or_else(PoisonError::into_inner).remove(&unit);
        if !new || self.link.device == Enrolment::Done {
            return;
        }
        self.link.device = Enrolment::Ready;
        self.link.next_try = None;
        let unknown = self.shared.unknown.lock();
        unknown
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&unit);
    }

    /// Makes this PC known by a signature that is kept. `None`: there is none, or it is good for nothing,
    /// which is noted.
    pub(super) async fn enrol_signed(&self) -> Result<Option<Enrolled>, Stop> {
        let unit = self.unit.id;
        let kept = self.shared.store.read(|db| kept(db, unit))?;
        let Some(kept) = kept.filter(|kept| kept.refused.is_none()) else {
            return Ok(None);
        };
        let asked = &kept.asked;
        let own_key = self.key.public_key().map_err(key_lost)?;
        if asked.public_key != own_key || asked.portal != self.shared.connection.portal_url {
            self.signature_refused(refusal("other"))?;
            return Ok(None);
        }
        let enrolled = self
            .portal
            .enrol_signed(&asked.unit_code, &own_key, &asked.name, &kept.p7s)
            .await;
        match enrolled {
            Ok(enrolled) => Ok(Some(enrolled)),
            Err(failure) if decided(&failure) => {
                tracing::warn!(%failure, "the account owner's signature was refused");
                self.signature_refused(worded(&failure))?;
                Ok(None)
            }
            Err(failure) => Err(Stop::Link(failure)),
        }
    }

    fn signature_refused(&self, why: AppError) -> Result<(), Error> {
        let unit = self.unit.id;
        self.shared.store.write(move |tx| refuse(tx, unit, why))?;
        (self.shared.tell)(Fact::DevicesChanged);
        Ok(())
    }
}

/// Whether the portal would say the same again.
fn decided(failure: &Failure) -> bool {
    match failure.disposition() {
        Disposition::Park | Disposition::Fatal => true,
        Disposition::Retry { .. } => false,
    }
}

fn worded(failure: &Failure) -> AppError {
    let Some(problem) = failure.problem() else {
        return refusal("");
    };
    let why = match problem.kind {
        Kind::SignerRefused => "signer",
        _ => "",
    };
    with_detail(refusal(why), problem)
}
