//! The main job without a window: real store, real soft tokens, real portal over TLS on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod desk;

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::{FindingCode, Place as At};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::party::Role;
use hoso_engine::Handle;
use hoso_testkit::world::ACCOUNTANT;

use desk::{Desk, PIN, errors, line};

/// The first run with a wrong fingerprint and a mistyped code on the way.
fn first_run(desk: &Desk) -> Session {
    let preview = desk.preview();
    assert!(preview.training);
    let refused = desk
        .engine
        .handle(CreateStore {
            connection: desk.connection.to_string_lossy().into_owned(),
            fingerprint: "0000 0000 0000 0000 0000 0000 0000 0000".to_owned(),
            person_name: ACCOUNTANT.to_owned(),
            pin: Secret(PIN.to_owned()),
        })
        .unwrap_err();
    assert_eq!(refused.code, Code::FingerprintMismatch);
    let code = desk.create_store();
    let mistyped = desk
        .engine
        .handle(ConfirmRecovery {
            code: Secret("0000".to_owned()),
        })
        .unwrap_err();
    assert_eq!(mistyped.code, Code::WrongRecoveryCode);
    desk.engine
        .handle(ConfirmRecovery {
            code: Secret(code.code),
        })
        .unwrap()
}

#[test]
fn a_dossier_is_drafted_signed_and_sent_exactly_once() {
    let desk = Desk::new();
    let session = first_run(&desk);
    assert_eq!(session.person.name, ACCOUNTANT);

    // draft, with a deliberate mistake at one field
    let id = desk
        .engine
        .handle(CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        })
        .unwrap();
    let mut view = desk.view(id);
    let fields = [
        ("content", "Mua văn phòng phẩm quý IV"),
        ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
        ("payee_tax_code", "0100047516"),
        ("payee_account", "1500205112345"),
    ];
    for (field, value) in fields {
        view.vouchers[0]
            .fields
            .insert(field.to_owned(), value.to_owned());
    }
    view.vouchers[0].grids.insert(
        "lines".to_owned(),
        vec![
            line("Giấy in A4", "6551", "6.450.000"),
            line("Tủ hồ sơ", "6552", "3.200.000"),
            line("Sách pháp luật", "6608", "850.000"),
        ],
    );
    let saved = desk.save(&view);
    let bank = At::Field {
        voucher: 0,
        field: "payee_bank".to_owned(),
    };
    assert_eq!(
        errors(&saved.findings),
        [(FindingCode::PayeeAccountMissing, bank)]
    );
    let blocked = desk
        .engine
        .handle(SubmitForSigning {
            id,
            version: saved.version,
        })
        .unwrap_err();
    assert_eq!(blocked.code, Code::BlockedByFindings);

    // a stale window overwrites nothing
    let stale = desk
        .engine
        .handle(SaveDraft {
            id,
            version: view.version,
            vouchers: view.vouchers.clone(),
        })
        .unwrap_err();
    assert_eq!(stale.code, Code::Stale);

    view.version = saved.version;
    view.vouchers[0]
        .fields
        .insert("payee_bank".to_owned(), "Agribank Điện Biên".to_owned());
    let saved = desk.save(&view);
    assert_eq!(errors(&saved.findings), []);
    let kept = desk.view(id);
    assert_eq!(kept.vouchers[0].field("total"), "10500000");
    assert_eq!(
        kept.vouchers[0].field("total_words"),
        "Mười triệu năm trăm nghìn đồng."
    );

    // a file in each drawer
    let file = desk.path("quyet-dinh.pdf");
    std::fs::write(&file, b"%PDF-1.4 quyet dinh giao du toan").unwrap();
    for drawer in [Drawer::Treasury, Drawer::Unit] {
        let path = file.to_string_lossy().into_owned();
        desk.engine.handle(Attach { id, drawer, path }).unwrap();
    }

    let version = desk.view(id).version;
    desk.engine
        .handle(SubmitForSigning { id, version })
        .unwrap();
    assert_eq!(desk.view(id).local, LocalState::Awaiting { step: 1 });
    assert!(desk.engine.handle(CountPages { id, voucher: 0 }).unwrap() >= 1);

    // the owner cannot sign before the chief; a wrong PIN costs one try and stops there
    let tokens = desk.engine.handle(FindTokens {}).unwrap();
    let roles: Vec<Role> = tokens
        .tokens
        .iter()
        .flat_map(|t| &t.certificates)
        .flat_map(|c| c.roles.clone())
        .collect();
    assert_eq!(roles.len(), 2, "{tokens:?}");
    let early = desk.sign(id, Role::AccountOwner);
    assert_eq!(
        early.items[0].error.as_ref().unwrap().code,
        Code::NotTheSigner
    );
    let chief = desk.world.chief.certificate();
    let wrong = desk
        .engine
        .handle(Sign {
            items: vec![id],
            certificate: chief,
            pin: Secret("999999".to_owned()),
        })
        .unwrap();
    let stopped = wrong.stopped.unwrap();
    assert_eq!(stopped.code, Code::TokenWrongPin);
    assert_eq!(stopped.params["wrong"], "1");

    let report = desk.sign(id, Role::ChiefAccountant);
    assert_eq!(report.stopped, None);
    assert_eq!(report.items[0].error, None);
    assert_eq!(desk.view(id).local, LocalState::Awaiting { step: 2 });
    assert_eq!(desk.sign(id, Role::AccountOwner).items[0].error, None);

    // the portal is down: the row waits and says why
    let row = desk.until("the reason of waiting", || {
        let rows = desk.engine.handle(GetOutbox {}).unwrap();
        rows.into_iter().find(|r| r.why.is_some())
    });
    assert_eq!(row.why.unwrap().code, Code::PortalUnreachable);

    // evidence leaves the store and holds for anyone
    let out = desk.path("ho-so.asice");
    let path = out.to_string_lossy().into_owned();
    desk.engine.handle(ExportContainer { id, path }).unwrap();
    let verdict = hoso_engine::evidence::verify_file(&out, &desk.world.dir.join("ca.pem")).unwrap();
    assert!(verdict.ok, "{verdict:?}");
    assert_eq!(verdict.signatures.len(), 2);

    // the portal comes up: sent, and the receipt is verified
    let portal = desk.portal_up();
    desk.engine.handle(SendNow { id: None }).unwrap();
    desk.until("sending", || {
        (desk.view(id).local == LocalState::Sent).then_some(())
    });
    let results = desk.results();
    assert_eq!(results.len(), 1);
    assert!(results[0].receipt.is_some());
    assert_eq!(results[0].treasury, TreasuryState::None);
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());

    // locked, and opened again by the same person
    let Boot::Locked { people } = desk.engine.handle(Lock {}).unwrap() else {
        panic!("not locked")
    };
    assert_eq!(people[0].name, ACCOUNTANT);
    let unlock = Unlock {
        person: people[0].person,
        pin: Secret(PIN.to_owned()),
    };
    desk.engine.handle(unlock).unwrap();
    assert_eq!(desk.view(id).local, LocalState::Sent);
    desk.runtime.block_on(portal.shutdown());
}
