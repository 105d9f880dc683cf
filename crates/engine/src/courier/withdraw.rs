//! Bringing the unit's wishes for dossiers back to the portal. The wish stands in the store before;
//! saying it twice is harmless, so an answer that was lost needs no question.

use hoso_contract::Fact;
use hoso_store::withdrawals::{self, Outcome, Withdrawal};
use hoso_sync::{Disposition, Failure};

use super::lane::{Lane, Stop};
use crate::error::Error;

impl Lane {
    /// Wishes of this unit the portal has not heard of.
    pub(super) fn withdrawals(&self) -> Result<Vec<Withdrawal>, Error> {
        let unit = self.unit.id;
        Ok(self
            .shared
            .store
            .read(|db| withdrawals::waiting(db, unit))?)
    }

    /// Says each; one the portal fails over delays no other and is said again with the next look.
    pub(super) async fn bring_withdrawals(&self) -> Result<(), Stop> {
        for wish in self.withdrawals()? {
            match self.portal.withdraw(wish.dossier, &wish.reason).await {
                Ok(()) => self.settle(&wish, Outcome::Delivered, "")?,
                Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
                Err(failure) if failure.disposition() == Disposition::Park => {
                    self.settle(&wish, Outcome::Refused, said(&failure))?;
                }
                Err(failure) => tracing::warn!(%failure, "a withdrawal could not be asked for"),
            }
        }
        Ok(())
    }

    fn settle(&self, wish: &Withdrawal, outcome: Outcome, why: &str) -> Result<(), Error> {
        let (id, why, by) = (wish.dossier, why.to_owned(), self.by());
        self.shared
            .store
            .write(move |tx| withdrawals::settle(tx, id, outcome, &why, by))?;
        (self.shared.tell)(Fact::ResultsChanged);
        Ok(())
    }
}

/// The portal's own words for it.
fn said(failure: &Failure) -> &str {
    failure.problem().map_or("", |p| p.title_vi.as_str())
}
