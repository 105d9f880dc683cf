//! Telling the portal of signers' new certificates. The announcement stands in the store before;
//! saying it twice is harmless.

use hoso_contract::Fact;
use hoso_domain::digest::Digest;
use hoso_sync::Disposition;
use hoso_sync::api::certificate::CertificateState;

use super::lane::{Lane, Stop};
use crate::error::Error;
use crate::renewal::{self, Renewal, Standing};

impl Lane {
    /// Announcements of this unit the portal has not heard of.
    pub(super) fn renewals(&self) -> Result<Vec<(Digest, Renewal)>, Error> {
        let unit = self.unit.id;
        let all = self.shared.store.read(|db| renewal::all(db, unit))?;
        let waits = |(_, r): &(Digest, Renewal)| r.standing == Standing::Waiting;
        Ok(all.into_iter().filter(waits).collect())
    }

    /// Says each; what the portal decided of one that it knew comes by the feed.
    pub(super) async fn bring_renewals(&self) -> Result<(), Stop> {
        for (id, kept) in self.renewals()? {
            let (person, der) = (kept.person, kept.der.as_slice());
            let standing = match self.portal.announce(person, der, &kept.issuers).await {
                // told before, and declined
                Ok(known) if known.state == CertificateState::Declined => {
                    Standing::Declined(known.text)
                }
                Ok(_) => Standing::Announced,
                Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
                Err(failure) if failure.disposition() == Disposition::Park => {
                    let said = failure.problem().map(|p| p.title_vi.clone());
                    Standing::Declined(said.unwrap_or_default())
                }
                Err(failure) => {
                    tracing::warn!(%failure, "a certificate could not be announced");
                    continue;
                }
            };
            let (unit, by) = (self.unit.id, self.by());
            self.shared
                .store
                .write(move |tx| renewal::settle(tx, unit, id, &standing, by))?;
            (self.shared.tell)(Fact::TokensChanged);
        }
        Ok(())
    }
}
