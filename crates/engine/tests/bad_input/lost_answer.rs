//! The portal accepted, and its answer never arrived: asked for, never sent a second time.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use chrono::DateTime;
use hoso_contract::command::*;
use hoso_domain::life::{LocalState, ParkReason};
use hoso_engine::Handle;
use hoso_portal_api::problem::Kind;
use hoso_testkit::link::{Canned, Effect, Rule, Way as Line};

use crate::desk::Desk;
use crate::desk::officer::Officer;

const GIVING_UP: LocalState = LocalState::Parked {
    reason: ParkReason::GivingUp,
};

/// What the way does with an answer once the portal has accepted something.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Keeps the answer for ever: the client still waits when it is killed.
    Holding,
    /// Breaks the connection instead.
    Breaking,
}

/// A way to the portal that carries every byte until the portal has a dossier.
///
/// It looks into the portal before it passes an answer on, and the portal accepts before it
/// answers: so the lost answer is always the one to the commit.
struct Road {
    address: String,
    way: Mutex<Way>,
    lost: Mutex<bool>,
    more: Condvar,
}

impl Road {
    fn to(listener: TcpListener, way: Way) -> Arc<Self> {
        Arc::new(Self {
            address: listener.local_addr().unwrap().to_string(),
            way: Mutex::new(way),
            lost: Mutex::new(false),
            more: Condvar::new(),
        })
    }

    /// Carries connections from now on; needs the portal's address and an officer to look.
    fn carry(self: &Arc<Self>, listener: TcpListener, desk: &Desk, officer: Officer) {
        let (road, target) = (Arc::clone(self), desk.address.clone());
        let officer = Arc::new(Mutex::new(officer));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(portal) = TcpStream::connect(&target) else {
                    continue;
                };
                let up = (client.try_clone().unwrap(), portal.try_clone().unwrap());
                std::thread::spawn(move || pass(up.0, up.1, || true));
                let (road, officer) = (Arc::clone(&road), Arc::clone(&officer));
                std::thread::spawn(move || pass(portal, client, || road.answer(&officer)));
            }
        });
    }

    /// Whether an answer goes through.
    fn answer(&self, officer: &Mutex<Officer>) -> bool {
        if *self.way.lock().unwrap() == Way::Open || officer.lock().unwrap().dossiers().is_empty() {
            return true;
        }
        *self.lost.lock().unwrap() = true;
        self.more.notify_all();
        let way = self.way.lock().unwrap();
        let way = self.more.wait_while(way, |way| *way == Way::Holding);
        // what was held is stale by now
        drop(way);
        false
    }

    fn until_lost(&self) {
        let lost = self.lost.lock().unwrap();
        drop(self.more.wait_while(lost, |lost| !*lost).unwrap());
    }

    fn open(&self) {
        *self.way.lock().unwrap() = Way::Open;
        self.more.notify_all();
    }
}

/// Carries bytes one way while `may` says so.
fn pass(mut from: TcpStream, mut to: TcpStream, mut may: impl FnMut() -> bool) {
    let mut piece = [0u8; 16 * 1024];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        if !may() || to.write_all(&piece[..n]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// A desk whose portal is up behind a road of this kind.
fn desk_behind(way: Way) -> (Desk, Arc<Road>, hoso_portal::Handle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let road = Road::to(listener.try_clone().unwrap(), way);
    let desk = Desk::with(|wish| wish.reached_at = Some(road.address.clone()));
    let portal = desk.portal_up();
    road.carry(listener, &desk, Officer::new(&desk));
    desk.first_run();
    (desk, road, portal)
}

#[test]
fn killed_between_commit_and_answer_it_asks_and_nothing_is_sent_twice() {
    let (mut desk, road, portal) = desk_behind(Way::Holding);
    let id = desk.queued("Tiền điện", "1.000.000");
    road.until_lost();
    let officer = Officer::new(&desk);
    assert_eq!(officer.dossiers().len(), 1, "the portal has it");
    assert_eq!(
        desk.local(id),
        LocalState::Sending,
        "the client cannot know"
    );
    desk.restart();
    road.open();
    desk.unlock().unwrap();
    desk.until_sent(id);
    let results = desk.results();
    let receipt = results[0].receipt.as_ref().unwrap();
    let file = officer.file(id);
    assert_eq!(officer.dossiers().len(), 1);
    assert_eq!(file.revisions.len(), 1);
    assert_eq!(file.revisions[0].digest, receipt.digest);
    assert_eq!(file.history.len(), 1, "{:?}", file.history);
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());
    // asked, and not queued once more
    let acts: Vec<String> = desk.view(id).history.into_iter().map(|h| h.act).collect();
    assert!(acts.iter().any(|a| a == "unknown"), "{acts:?}");
    assert_eq!(acts.iter().filter(|a| *a == "sending").count(), 1);
    desk.down(portal);
}

#[test]
fn what_is_unknown_when_a_newer_connection_file_is_taken_is_asked_for_at_the_new_address() {
    let (desk, road, portal) = desk_behind(Way::Breaking);
    let id = desk.queued("Tiền điện", "1.000.000");
    road.until_lost();
    desk.until("the doubt", || {
        (desk.local(id) == LocalState::Unknown).then_some(())
    });
    // the old way stays broken: the portal says that it is reached straight
    let file = desk.issue(&hoso_portal::Further {
        url: Some(format!("https://{}", desk.address)),
        ..Default::default()
    });
    desk.renew(&file);
    desk.until_sent(id);
    let file = Officer::new(&desk).file(id);
    assert_eq!(file.revisions.len(), 1);
    assert_eq!(file.history.len(), 1);
    let acts: Vec<String> = desk.view(id).history.into_iter().map(|h| h.act).collect();
    assert_eq!(acts.iter().filter(|a| *a == "sending").count(), 1);
    desk.down(portal);
}

#[test]
fn a_broken_connection_after_the_commit_is_asked_about_without_a_restart() {
    let (desk, road, portal) = desk_behind(Way::Breaking);
    let id = desk.queued("Tiền điện", "1.000.000");
    road.until_lost();
    desk.until("the doubt", || {
        (desk.local(id) == LocalState::Unknown).then_some(())
    });
    // in doubt it is neither mended nor called handed in otherwise before the portal was asked
    desk.engine.handle(Mend { id }).unwrap();
    let how = "Mang giấy ra quầy".to_owned();
    desk.engine.handle(HandedInOtherwise { id, how }).unwrap();
    assert_eq!(desk.local(id), GIVING_UP);
    assert_eq!(desk.view(id).revision, 1);
    road.open();
    desk.send_now();
    // the portal has it: nothing is left to be given up
    desk.until_sent(id);
    let file = Officer::new(&desk).file(id);
    assert_eq!(file.revisions.len(), 1);
    assert_eq!(file.history.len(), 1);
    desk.down(portal);
}

#[test]
fn what_may_still_arrive_is_mended_once_the_portal_has_promised_to_refuse_it() {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    // half a commit, and every question about it: the client cannot know that nothing came
    let place = "/v1/dossiers/";
    let cut = link.when(Rule::on("PUT", place).nth(1), Effect::CutRequest(10));
    link.when(Rule::on("GET", place), Effect::LoseAnswer);
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until("the doubt", || {
        (desk.local(id) == LocalState::Unknown).then_some(())
    });
    assert_eq!(cut.times(), 1);

    link.set_way(Line::Refused);
    desk.engine.handle(Mend { id }).unwrap();
    desk.engine.handle(SendNow { id: Some(id) }).unwrap();
    let view = desk.view(id);
    assert_eq!((view.revision, &view.local), (1, &GIVING_UP), "a wish");

    link.heal();
    let given_up = LocalState::Parked {
        reason: ParkReason::GivenUp,
    };
    desk.until("the portal's promise", || {
        desk.send_now();
        (desk.local(id) == given_up).then_some(())
    });
    let sent = desk.engine.handle(SendNow { id: Some(id) }).unwrap_err();
    assert_eq!(sent.code, hoso_contract::Code::WrongState);
    desk.engine.handle(Mend { id }).unwrap();
    let view = desk.view(id);
    assert_eq!((view.revision, &view.local), (2, &LocalState::Draft));
    desk.finish(id);
    desk.until_sent(id);
    let file = Officer::new(&desk).file(id);
    let revisions: Vec<u32> = file.revisions.iter().map(|r| r.revision).collect();
    assert_eq!(revisions, [2]);
    desk.down(portal);
}

#[test]
fn a_question_the_portal_fails_at_counts_each_time_and_so_rests_ever_longer() {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let place = "/v1/dossiers/";
    link.when(Rule::on("PUT", place).nth(1), Effect::LoseAnswer);
    let failing = Canned::problem(Kind::Internal, None, DateTime::UNIX_EPOCH);
    let asked = link.when(Rule::on("GET", place), Effect::Answer(failing));
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until("a question", || {
        desk.send_now();
        (asked.times() > 0).then_some(())
    });
    // the rest is drawn from a span that doubles with every count
    desk.until("five counts", || {
        desk.send_now();
        let rows = desk.engine.handle(GetOutbox {}).unwrap();
        let row = rows.into_iter().find(|row| row.id == id)?;
        (row.attempts >= 5).then_some(())
    });
    assert_eq!(desk.local(id), LocalState::Unknown);

    link.heal();
    desk.send_now();
    desk.until_sent(id);
    let acts: Vec<String> = desk.view(id).history.into_iter().map(|h| h.act).collect();
    assert_eq!(acts.iter().filter(|a| *a == "sending").count(), 1);
    desk.down(portal);
}
