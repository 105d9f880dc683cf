//! Something else answers at the portal's address: a login page, another portal.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::LinkView;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_portal_api::problem::Kind;
use hoso_testkit::link::{Canned, Effect, Rule};
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};

use crate::desk::officer::Officer;
use crate::desk::{Desk, now, prepare};

/// Answers everything with a friendly page and status 200, under the portal's own certificate.
struct LoginPage {
    address: String,
    stop: Arc<AtomicBool>,
    served: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

const PAGE: &str = "<!DOCTYPE html><html><body>Đăng nhập Wi-Fi</body></html>";

impl LoginPage {
    fn at(desk: &Desk) -> Self {
        let mut tls = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        let data = desk.path("portal");
        tls.set_certificate_chain_file(data.join("tls-cert.pem"))
            .unwrap();
        tls.set_private_key_file(data.join("tls-key.pem"), SslFiletype::PEM)
            .unwrap();
        let tls = tls.build();
        let listener = TcpListener::bind(&desk.address).unwrap();
        let (stop, served) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&served));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(5)))
                    .unwrap();
                let Ok(mut stream) = tls.accept(stream) else {
                    continue;
                };
                let mut head = [0u8; 4096];
                if stream.read(&mut head).is_ok_and(|n| n > 0) {
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n\
                         content-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
                        PAGE.len()
                    );
                    // counted before anybody can have read it
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(answer.as_bytes());
                    let _ = stream.shutdown();
                }
            }
        });
        Self {
            address: desk.address.clone(),
            stop,
            served,
            thread: Some(thread),
        }
    }
}

impl Drop for LoginPage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

#[test]
fn a_login_page_is_not_the_portal_and_nothing_is_called_sent() {
    let desk = Desk::ready();
    // before this PC was ever known to the portal
    let page = LoginPage::at(&desk);
    let first = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_waits_for(first, Code::PortalNotAPortal);
    assert_eq!(desk.local(first), LocalState::Queued);
    drop(page);

    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(first);
    desk.down(portal);

    // and afterwards, in the middle of a working day
    let page = LoginPage::at(&desk);
    let second = desk.queued("Tiền nước", "2.000.000");
    desk.send_now();
    desk.until_waits_for(second, Code::PortalNotAPortal);
    assert!(page.served.load(Ordering::SeqCst) > 0);
    assert_eq!(desk.local(second), LocalState::Queued);
    assert_eq!(
        desk.local(first),
        LocalState::Sent,
        "what was sent stays sent"
    );
    drop(page);

    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(second);
    assert_eq!(Officer::new(&desk).dossiers().len(), 2);
    desk.down(portal);
}

#[test]
fn another_portal_at_the_same_address_gets_nothing() {
    let desk = Desk::ready();
    let data = desk.path("another");
    prepare(&data, &desk.address, desk.world.unit.clone(), true);
    let stranger = desk.listen(&data);
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_waits_for(id, Code::PortalTls);
    assert_eq!(desk.local(id), LocalState::Queued);
    desk.down(stranger);
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    desk.down(portal);
}

fn until_online(desk: &Desk) {
    desk.until("a link", || {
        let link = desk.engine.handle(GetSession {}).unwrap().link;
        matches!(link, LinkView::Online { .. }).then_some(())
    });
}

#[test]
fn a_row_brought_forward_is_tried_once_and_then_waits_as_long_as_the_portal_asked() {
    let (mut desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    desk.first_run();
    until_online(&desk);
    let busy = Canned::problem(Kind::Busy, Some(900), DateTime::UNIX_EPOCH);
    let tried = link.when(Rule::on("", "/v1/"), Effect::Answer(busy));
    let pressed = desk.queued("Tiền điện", "1.000.000");
    desk.until_waits_for(pressed, Code::PortalBusy);

    let before = tried.times();
    let press = SendNow { id: Some(pressed) };
    desk.engine.handle(press).unwrap();
    desk.until("a try", || (tried.times() > before).then_some(()));
    // time enough for whoever does not rest
    let other = desk.queued("Tiền nước", "2.000.000");
    desk.until_waits_for(pressed, Code::PortalBusy);
    let tries = tried.times() - before;
    assert!(tries <= 3, "{tries} tries for one press");
    let rows = desk.engine.handle(GetOutbox {}).unwrap();
    let next = rows.iter().find(|r| r.id == pressed).unwrap().next_try;
    assert!(next.unwrap() > now() + TimeDelta::minutes(5), "{next:?}");

    // nor does the next start find a reason to hurry
    let before = tried.times();
    desk.restart();
    desk.unlock().unwrap();
    desk.until_waits_for(pressed, Code::PortalBusy);
    let third = desk.queued("Tiền điện thoại", "3.000.000");
    let tries = tried.times() - before;
    assert!(tries <= 3, "{tries} tries for one start");

    link.heal();
    desk.send_now();
    for id in [pressed, other, third] {
        desk.until_sent(id);
    }
    desk.down(portal);
}

#[test]
fn a_feed_that_fails_holds_up_nothing_that_is_to_be_sent() {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    let failing = Canned::problem(Kind::Internal, None, DateTime::UNIX_EPOCH);
    let later = Canned {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: br#"{"items":[{"seq":"first"}]}"#.to_vec(),
    };
    let feed = || Rule::on("GET", "/v1/changes");
    let online = || match desk.engine.handle(GetSession {}).unwrap().link {
        LinkView::Online { unread, .. } => Some(unread.map(|why| why.code)),
        _ => None,
    };

    link.when(feed(), Effect::Answer(failing));
    desk.first_run();
    let first = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(first);
    desk.until("a word on the feed", || {
        (online() == Some(Some(Code::PortalBusy))).then_some(())
    });

    link.heal();
    let unread = link.when(feed(), Effect::Answer(later));
    desk.send_now();
    desk.until("another word on the feed", || {
        (online() == Some(Some(Code::FeedUnreadable))).then_some(())
    });
    let second = desk.queued("Tiền nước", "2.000.000");
    desk.until_sent(second);
    // it rests by itself meanwhile
    let tries = unread.times();
    assert!(tries <= 20, "{tries} tries");

    link.heal();
    desk.send_now();
    desk.until("the feed", || (online() == Some(None)).then_some(()));
    desk.down(portal);
}

/// When the status bar and the row say that it is tried again.
fn promised(desk: &Desk, id: DossierId) -> [Option<DateTime<Utc>>; 2] {
    let link = match desk.engine.handle(GetSession {}).unwrap().link {
        LinkView::Offline { next_try, .. } => next_try,
        other => panic!("{other:?}"),
    };
    let rows = desk.engine.handle(GetOutbox {}).unwrap();
    [link, rows.iter().find(|r| r.id == id).unwrap().next_try]
}

#[test]
fn a_portal_that_does_not_take_this_pc_is_asked_again_at_a_persons_word_and_none_that_revoked_it() {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    desk.first_run();
    until_online(&desk);
    let refuse = |kind| {
        let answer = Canned::problem(kind, None, DateTime::UNIX_EPOCH);
        link.when(Rule::on("", "/v1/"), Effect::Answer(answer));
    };

    refuse(Kind::ProofInvalid);
    let first = desk.queued("Tiền điện", "1.000.000");
    desk.until_waits_for(first, Code::DeviceUnknown);
    assert_eq!(promised(&desk, first), [None, None]);
    link.heal();
    desk.send_now();
    desk.until_sent(first);
    until_online(&desk);

    refuse(Kind::DeviceRevoked);
    let second = desk.queued("Tiền nước", "2.000.000");
    desk.until_waits_for(second, Code::DeviceRevoked);
    assert_eq!(promised(&desk, second), [None, None]);
    link.heal();
    link.count_anew();
    desk.send_now();
    // time enough for whoever asks all the same
    let third = desk.queued("Tiền điện thoại", "3.000.000");
    assert_eq!(link.exchanges().len(), 0);
    assert_eq!(promised(&desk, third), [None, None]);
    desk.down(portal);
}
