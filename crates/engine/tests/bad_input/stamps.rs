//! Timestamps that come after the receipt: from the portal's own authority and from another, late, never,
//! and with the program killed between the steps.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;
use hoso_engine::Handle;
use hoso_engine::evidence::verify_file;
use hoso_portal_api::commit::EvidenceVersion;
use hoso_proof::timestamp::Authority;

use crate::desk::Desk;
use crate::desk::officer::Officer;

/// How an authority elsewhere behaves.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Good,
    /// Takes the question and says nothing while this lasts.
    Holding,
    /// A page of HTML with status 200.
    Nonsense,
}

/// The portal's authority at an address of its own, over plain HTTP as authorities are.
struct Elsewhere {
    url: String,
    mood: Mutex<Mood>,
    changed: Condvar,
    asked: Mutex<u32>,
}

impl Elsewhere {
    /// For the desk's connection file, before anybody takes it over.
    fn of(desk: &Desk, mood: Mood) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Arc::new(Self {
            url: format!("http://{}/tsa", listener.local_addr().unwrap()),
            mood: Mutex::new(mood),
            changed: Condvar::new(),
            asked: Mutex::new(0),
        });
        let read = |name: &str| std::fs::read_to_string(desk.path("portal").join(name)).unwrap();
        let ca = read("timestamp-ca.pem");
        let (certificate, key) = (read("timestamp-cert.pem"), read("timestamp-key.pem"));
        let authority = Authority::new(&certificate, &[&ca], &key).unwrap();
        let served = Arc::clone(&place);
        std::thread::spawn(move || {
            for (serial, stream) in (1..).zip(listener.incoming().flatten()) {
                served.answer(stream, &authority, serial);
            }
        });
        let mut file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&desk.connection).unwrap()).unwrap();
        file["timestamp"]["url"] = place.url.clone().into();
        std::fs::write(&desk.connection, serde_json::to_vec(&file).unwrap()).unwrap();
        place
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the test plays an authority with a right clock"
    )]
    fn answer(&self, stream: TcpStream, authority: &Authority, serial: u8) {
        let Some(query) = question(&stream) else {
            return;
        };
        *self.asked.lock().unwrap() += 1;
        self.changed.notify_all();
        let mood = self.mood.lock().unwrap();
        let mood = *self
            .changed
            .wait_while(mood, |mood| *mood == Mood::Holding)
            .unwrap();
        let (kind, body) = match mood {
            Mood::Nonsense => ("text/html", b"<html>Hello</html>".to_vec()),
            _ => {
                let now = chrono::Utc::now();
                let answer = authority.answer(&query, [serial; 16], now).unwrap();
                ("application/timestamp-reply", answer)
            }
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        // who asked may be dead by now
        let _ = (&stream).write_all(&[head.as_bytes(), &body].concat());
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
        self.changed.notify_all();
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    fn until_asked(&self, times: u32) {
        let asked = self.asked.lock().unwrap();
        drop(self.changed.wait_while(asked, |n| *n < times).unwrap());
    }
}

/// The body of a request.
fn question(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn stamps(desk: &Desk, id: DossierId) -> Vec<Option<TimestampView>> {
    let row = desk.results().into_iter().find(|r| r.id == id).unwrap();
    row.signatures.into_iter().map(|s| s.timestamp).collect()
}

/// Waits until the portal has both signatures with their timestamps.
fn until_at_portal(desk: &Desk, officer: &Officer, id: DossierId) -> Vec<EvidenceVersion> {
    desk.until("the portal's evidence", || {
        let versions = officer.file(id).revisions[0].evidence.clone();
        (versions.len() >= 2).then_some(versions)
    })
}

fn acts(desk: &Desk, id: DossierId) -> Vec<String> {
    let history = desk.view(id).history.into_iter().rev();
    history.map(|h| h.act).collect()
}

fn count(acts: &[String], act: &str) -> usize {
    acts.iter().filter(|a| *a == act).count()
}

/// Exports the container and verifies it under the signers' and the timestamps' authorities.
fn exported(desk: &Desk, id: DossierId) -> hoso_engine::evidence::Verdict {
    let out = desk.path("ho-so.asice");
    let path = out.to_string_lossy().into_owned();
    desk.engine.handle(ExportContainer { id, path }).unwrap();
    let authorities = desk.path("authorities");
    std::fs::create_dir_all(&authorities).unwrap();
    let copy = |from: &Path, name: &str| std::fs::copy(from, authorities.join(name)).unwrap();
    copy(&desk.world.dir.join("ca.pem"), "ca.pem");
    copy(&desk.path("portal").join("timestamp-ca.pem"), "stamps.pem");
    verify_file(&out, &authorities).unwrap()
}

#[test]
fn signed_offline_a_dossier_gets_its_receipt_then_its_timestamps_then_the_portal_has_them() {
    let desk = Desk::ready();
    let id = desk.queued("Tiền điện", "1.000.000");
    let before = exported(&desk, id);
    assert!(before.ok && before.signatures.iter().all(|s| s.timestamp.is_none()));
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    let versions = until_at_portal(&desk, &officer, id);
    let mut steps: Vec<u8> = versions.iter().map(|v| v.step).collect();
    steps.sort_unstable();
    assert_eq!(steps, [1, 2], "each once");

    for stamp in stamps(&desk, id) {
        assert_eq!(stamp.unwrap().authority, "Cổng tập huấn - Timestamps");
    }
    let verdict = exported(&desk, id);
    assert!(verdict.ok, "{verdict:?}");
    for signature in &verdict.signatures {
        let said = signature.timestamp.clone().unwrap();
        assert!(said.known);
        assert!(said.at >= signature.signed_at.unwrap() - chrono::TimeDelta::seconds(1));
    }
    // what was committed is what it was, and what was added is what the portal got
    assert_eq!(verdict.commit, before.commit);
    let acts = acts(&desk, id);
    assert_eq!(count(&acts, "evidence-added"), 2, "{acts:?}");
    let at = |act: &str| acts.iter().position(|a| a == act).unwrap();
    assert!(at("receipt") < at("evidence-added"), "{acts:?}");
    assert_eq!(count(&acts, "evidence-late"), 0, "{acts:?}");
    desk.down(portal);
}

#[test]
fn an_authority_that_answers_nonsense_leaves_the_dossier_sent_and_is_asked_again_quietly() {
    let desk = Desk::new();
    let authority = Elsewhere::of(&desk, Mood::Nonsense);
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    desk.until("the line in the trail", || {
        (count(&acts(&desk, id), "evidence-late") > 0).then_some(())
    });
    assert_eq!(desk.local(id), LocalState::Sent);
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());
    let session = desk.engine.handle(GetSession {}).unwrap();
    assert!(
        !matches!(session.link, LinkView::Offline { why: Some(_), .. }),
        "{:?}",
        session.link
    );
    assert_eq!(stamps(&desk, id), [None, None]);
    let row = desk.results().into_iter().find(|r| r.id == id).unwrap();
    assert!(row.signatures.iter().all(|s| s.awaits_timestamp));
    assert!(exported(&desk, id).ok);
    // the next dossier goes as ever
    let other = desk.queued("Tiền nước", "2.000.000");
    desk.send_now();
    desk.until_sent(other);

    authority.set(Mood::Good);
    let officer = Officer::new(&desk);
    for id in [id, other] {
        desk.send_now();
        until_at_portal(&desk, &officer, id);
    }
    let acts = acts(&desk, id);
    assert!(count(&acts, "evidence-late") <= 2, "{acts:?}");
    desk.down(portal);
}

#[test]
fn killed_while_the_authority_answers_it_asks_again() {
    let mut desk = Desk::new();
    let authority = Elsewhere::of(&desk, Mood::Holding);
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    authority.until_asked(1);
    desk.restart();
    authority.set(Mood::Good);
    desk.unlock().unwrap();
    let officer = Officer::new(&desk);
    assert_eq!(until_at_portal(&desk, &officer, id).len(), 2);
    assert!(stamps(&desk, id).iter().all(Option::is_some));
    desk.down(portal);
}

#[test]
fn killed_before_the_portal_heard_of_it_the_kept_timestamp_is_brought_and_no_other_asked_for() {
    let mut desk = Desk::new();
    let authority = Elsewhere::of(&desk, Mood::Holding);
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    authority.until_asked(1);
    // the receipt is here, the portal is gone, and the authority answers
    desk.down(portal);
    authority.set(Mood::Good);
    desk.until("the kept timestamp", || {
        stamps(&desk, id).iter().any(Option::is_some).then_some(())
    });
    desk.restart();
    let portal = desk.portal_up();
    desk.unlock().unwrap();
    let officer = Officer::new(&desk);
    let versions = until_at_portal(&desk, &officer, id);
    assert_eq!(versions.len(), 2);
    assert_eq!(authority.asked(), 2, "once for each signature");
    let acts = acts(&desk, id);
    assert_eq!(count(&acts, "evidence-added"), 2, "{acts:?}");
    desk.down(portal);
}

/// The list of the signers' authority, issued now, which revokes these.
#[allow(
    clippy::disallowed_methods,
    reason = "the test plays an authority with a right clock"
)]
fn desk_with_list(revoked: &[Role]) -> Desk {
    let world = &crate::desk::tokens().world;
    let revoked: Vec<_> = revoked.iter().map(|r| &world.signer(*r).issued).collect();
    let list = world.ca.revocation_list(&revoked, chrono::Utc::now());
    let list = list.unwrap();
    let desk = Desk::with(|wish| wish.lists = vec![list]);
    desk.first_run();
    desk
}

#[test]
fn a_sent_signature_keeps_the_list_that_did_not_name_its_signer() {
    let desk = desk_with_list(&[]);
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    until_at_portal(&desk, &officer, id);
    let verdict = exported(&desk, id);
    assert!(verdict.ok, "{verdict:?}");
    for signature in &verdict.signatures {
        assert!(signature.timestamp.as_ref().unwrap().known);
        assert_eq!(signature.listed.as_ref().unwrap().revoked_at, None);
    }
    let acts = acts(&desk, id);
    assert_eq!(count(&acts, "signer-revoked"), 0, "{acts:?}");
    desk.down(portal);
}

#[test]
fn a_revoked_signer_is_told_of_before_sending_and_shown_as_unable_to_sign() {
    let desk = desk_with_list(&[Role::ChiefAccountant]);
    let obstacles = || {
        let _turn = crate::desk::turn();
        let tokens = desk.engine.handle(FindTokens {}).unwrap().tokens;
        let all = tokens.into_iter().flat_map(|t| t.certificates);
        let chief = desk.world.chief.certificate();
        all.filter(|c| c.id == chief)
            .flat_map(|c| c.obstacles)
            .collect::<Vec<_>>()
    };
    assert!(obstacles().is_empty(), "offline nobody knows");
    let id = desk.queued("Tiền điện", "1.000.000");
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    let history = desk.view(id).history;
    let told: Vec<&HistoryRow> = history
        .iter()
        .filter(|h| h.act == "signer-revoked")
        .collect();
    assert_eq!(told.len(), 1, "{history:?}");
    assert_eq!(told[0].params["name"], desk.world.chief.name);
    let acts = acts(&desk, id);
    let at = |act: &str| acts.iter().position(|a| a == act).unwrap();
    assert!(at("signer-revoked") < at("sending"), "{acts:?}");
    assert_eq!(obstacles(), ["revoked"]);
    desk.down(portal);
}
