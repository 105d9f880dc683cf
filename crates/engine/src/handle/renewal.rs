//! Báo Kho bạc chứng thư số mới: what a signer got after a renewal.

use hoso_contract::command::AnnounceCertificate;
use hoso_contract::view::TokensView;
use hoso_contract::{Code, Fact};
use hoso_proof::certificate::describe;

use super::tokens::usable;
use crate::clock;
use crate::courier::Order;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::renewal::{self, Renewal, Standing};
use crate::tokens::{TokenDesk, look};

impl Handle<AnnounceCertificate> for Engine {
    /// Durable when it answers; the courier brings it to the portal. Refuses what could not sign
    /// once it was registered.
    fn act(&self, command: AnnounceCertificate) -> Result<TokensView, Error> {
        let open = self.writable()?;
        let id = command.certificate;
        let mut desk = self.desk();
        let found = desk
            .find(&TokenDesk::modules(&open.settings()?.module), id)?
            .ok_or(Code::NoToken)?;
        let issuers = usable(&open, &found)?;
        let unit = open.unit()?;
        let holder = describe(&found.certificate.der)?.subject;
        let signer = renewal::of_whom(&unit, &holder, clock::day(clock::now()))
            .filter(|_| unit.signers.iter().all(|s| !s.certificates.contains(&id)))
            .ok_or(Code::WrongState)?;
        let kept = Renewal {
            person: signer.person,
            issuers,
            der: found.certificate.der,
            standing: Standing::Waiting,
        };
        let by = open.by();
        open.store
            .write(move |tx| renewal::announce(tx, unit.id, id, kept, by))?;
        let (view, new) = look(&mut desk, &open)?;
        drop(desk);
        if new {
            self.tell(Fact::TokensChanged);
        }
        open.connected().courier.order(Order::Look);
        Ok(view)
    }
}
