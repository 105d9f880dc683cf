//! A clock that was ahead once, and is right again.

use chrono::TimeDelta;
use hoso_contract::command::*;
use hoso_engine::Handle;
use hoso_store::revisions::{self, Summary};
use hoso_store::{By, Store, Vault};

use crate::desk::{Desk, PIN, now};

#[test]
fn a_clock_put_right_after_it_was_ahead_is_doubted_only_until_the_portal_confirms_it() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let view = desk.view(id);
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let folder = desk.home.join("store");
    {
        let mut vault = Vault::open(&folder).unwrap();
        let keys = vault.unlock(person, PIN, now()).ok().unwrap();
        let store = Store::open(&folder, &keys).unwrap();
        let by = By {
            person,
            at: now() + TimeDelta::days(365),
        };
        let summary = Summary {
            title: "Tiền điện".to_owned(),
            ..Summary::default()
        };
        let (vouchers, version) = (view.vouchers, view.version);
        store
            .write(move |tx| revisions::save_draft(tx, id, version, &vouchers, &summary, by))
            .unwrap();
    }
    let session = desk.unlock().unwrap();
    assert!(session.clock_behind.is_some(), "nobody else told the time");
    let portal = desk.portal_up();
    desk.send_now();
    let session = desk.until("the portal's time", || {
        let session = desk.engine.handle(GetSession {}).unwrap();
        session.clock_behind.is_none().then_some(session)
    });
    assert_eq!(session.clock_off, None);
    desk.down(portal);
}
