//! Signers who change while dossiers are under way: what was signed by someone who may not sign any
//! more is void, and the dossier is signed anew as a new revision.

use chrono::{DateTime, Days, NaiveDate, Utc};
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_domain::party::Unit;
use hoso_engine::Handle;
use hoso_store::{Store, Vault, units};
use hoso_testkit::ca::{Usage, Validity};
use hoso_testkit::world::World;
use uuid::Uuid;

use crate::bench::{Bench, CHIEF, OWNER};
use crate::desk::PIN;

const NEW_PIN: &str = "97531864";

#[allow(
    clippy::disallowed_methods,
    reason = "the engine under test reads the same clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn today() -> NaiveDate {
    (now() + chrono::Duration::hours(7)).date_naive()
}

/// Another chief accountant's token, of whom the register does not know yet.
fn successor(world: &World) -> Digest {
    let (usage, validity) = (Usage::Signing, Validity::Current);
    let issued = world
        .ca
        .issue("Giàng A Páo", "Kế toán trưởng", "Xã", usage, validity)
        .unwrap();
    let made = world
        .hsm
        .add_token("Giang A Pao", NEW_PIN, "87654321", &issued);
    made.unwrap();
    issued.digest
}

/// The treasury has another register of the unit's signers: the store as it has come.
fn register(bench: &Bench, change: impl FnOnce(&mut Unit)) {
    let session = bench.desk.engine.handle(GetSession {}).unwrap();
    bench.desk.engine.handle(Lock {}).unwrap();
    let folder = bench.desk.home.join("store");
    {
        let mut vault = Vault::open(&folder).unwrap();
        let person = session.person.person;
        let keys = vault.unlock(person, PIN, now()).ok().unwrap();
        let store = Store::open(&folder, &keys).unwrap();
        let mut unit = store.read(|db| units::get(db, session.unit)).unwrap();
        change(&mut unit);
        store.write(move |tx| units::put(tx, &unit, now())).unwrap();
    }
    bench.desk.unlock().unwrap();
}

/// The chief accountant's appointment ended yesterday; the successor's begins today.
fn replace(bench: &Bench, certificate: Digest) {
    register(bench, |unit| {
        let chief = unit.signers.iter_mut().find(|s| s.role == CHIEF).unwrap();
        chief.valid_to = today().pred_opt();
        let mut next = chief.clone();
        next.person = PersonId(Uuid::now_v7());
        next.name = "Giàng A Páo".to_owned();
        next.valid_from = today();
        next.valid_to = None;
        next.certificates = vec![certificate];
        unit.signers.push(next);
    });
}

fn signs(bench: &Bench, id: DossierId, certificate: Digest, pin: &str) -> SignReport {
    let command = Sign {
        items: vec![id],
        certificate,
        pin: Secret(pin.to_owned()),
    };
    bench.desk.engine.handle(command).unwrap()
}

fn refusal(report: &SignReport) -> Option<Code> {
    assert_eq!(report.stopped, None);
    report.items[0].error.as_ref().map(|e| e.code)
}

#[test]
fn a_signer_replaced_midway_voids_the_first_signature_and_a_new_revision_is_signed_from_the_start()
{
    let mut certificate = None;
    let bench = Bench::with(|w| certificate = Some(successor(w.world)));
    let certificate = certificate.unwrap();
    let id = bench.submitted(1)[0];
    assert_eq!(bench.sign(&[id], CHIEF).stopped, None);
    let before = bench.desk.view(id);
    assert_eq!(before.local, LocalState::Awaiting { step: 2 });
    replace(&bench, certificate);

    // the owner's signature would stand on one that does not: refused before a PIN is sent
    let sent = bench.logins().len();
    let report = bench.sign(&[id], OWNER);
    assert_eq!(refusal(&report), Some(Code::SignerReplaced));
    let error = report.items[0].error.as_ref().unwrap();
    assert_eq!(error.params["name"], bench.desk.world.chief.name);
    assert_eq!(bench.logins().len(), sent);
    // nor does the successor's fit in as the second one
    let report = signs(&bench, id, certificate, NEW_PIN);
    assert_eq!(refusal(&report), Some(Code::NotTheSigner));
    assert_eq!(bench.desk.local(id), LocalState::Awaiting { step: 2 });

    // taken back, it is another revision with nothing signed
    bench.desk.engine.handle(Mend { id }).unwrap();
    let draft = bench.desk.view(id);
    assert_eq!(draft.local, LocalState::Draft);
    assert_eq!(draft.revision, before.revision + 1);
    assert_eq!(draft.vouchers, before.vouchers, "what was typed is kept");
    bench.desk.submit(id);
    let queue = bench.desk.engine.handle(SigningQueue {}).unwrap();
    assert_eq!(queue[0].certificates, [certificate]);
    // the one who was replaced cannot sign it
    let report = bench.sign(&[id], CHIEF);
    assert_eq!(refusal(&report), Some(Code::NotTheSigner));
    assert_eq!(refusal(&signs(&bench, id, certificate, NEW_PIN)), None);
    assert_eq!(refusal(&bench.sign(&[id], OWNER)), None);
    assert_eq!(bench.desk.local(id), LocalState::Queued);

    // what leaves carries the two who may sign, and neither the void signature nor its bytes
    let file = bench.desk.path("ky-lai.asice");
    let path = file.to_string_lossy().into_owned();
    bench
        .desk
        .engine
        .handle(ExportContainer { id, path })
        .unwrap();
    let container = hoso_proof::Container::from_zip(std::fs::read(file).unwrap()).unwrap();
    assert_eq!(container.signatures.len(), 2);
    let ca = bench.desk.world.ca.pem().unwrap();
    let trust = hoso_proof::Trust::from_pem(&[ca.as_str()]).unwrap();
    let verified = hoso_proof::verify(&container, &trust);
    assert!(verified.ok());
    let signers: Vec<Digest> = verified
        .steps
        .iter()
        .filter_map(|s| Some(Digest::of(&s.signer.as_ref()?.certificate)))
        .collect();
    let owner = bench.desk.world.owner.certificate();
    assert_eq!(signers, [certificate, owner]);
}

#[test]
fn a_signer_who_is_replaced_before_anybody_signed_changes_nothing_but_who_signs() {
    let mut certificate = None;
    let bench = Bench::with(|w| certificate = Some(successor(w.world)));
    let certificate = certificate.unwrap();
    let id = bench.submitted(1)[0];
    let revision = bench.desk.view(id).revision;
    replace(&bench, certificate);
    assert_eq!(refusal(&signs(&bench, id, certificate, NEW_PIN)), None);
    assert_eq!(refusal(&bench.sign(&[id], OWNER)), None);
    assert_eq!(bench.desk.view(id).revision, revision);
    assert_eq!(bench.desk.local(id), LocalState::Queued);
}

#[test]
fn appointments_about_to_lapse_stand_on_the_first_screen_from_the_sixtieth_day_before() {
    let day = |days: u64| today().checked_add_days(Days::new(days));
    let bench = Bench::with(|w| {
        for signer in &mut w.unit.signers {
            let days = if signer.role == CHIEF { 60 } else { 61 };
            signer.valid_to = day(days);
        }
    });
    let view = bench.desk.engine.handle(GetToday {}).unwrap();
    let told: Vec<_> = view
        .deadlines
        .into_iter()
        .filter(|d| d.code == "appointment-ends")
        .map(|d| (d.params["name"].clone(), Some(d.day), d.lawful))
        .collect();
    let chief = bench.desk.world.chief.name.to_owned();
    assert_eq!(told, [(chief, day(60), false)]);
}
