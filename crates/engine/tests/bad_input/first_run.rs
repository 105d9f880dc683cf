//! Foreign connection files, and a first run that was cut off.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_domain::finding::{Place as At, Severity};
use hoso_engine::Handle;
use serde_json::Value;

use crate::desk::{Desk, PIN};

/// What the window gets for a connection file of these bytes.
fn refused(desk: &Desk, bytes: &[u8]) -> hoso_contract::AppError {
    let path = desk.path("khac.hoso");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_string_lossy().into_owned();
    let create = CreateStore {
        connection: path.clone(),
        fingerprint: String::new(),
        person_name: "Giàng Thị Mai".to_owned(),
        pin: Secret(PIN.to_owned()),
    };
    let shown = desk.engine.handle(PreviewConnection { path }).unwrap_err();
    let made = desk.engine.handle(create).unwrap_err();
    assert_eq!(shown.code, made.code, "shown and taken over alike");
    assert_eq!(desk.engine.handle(BootUp {}).unwrap(), Boot::FirstRun);
    assert!(!desk.home.exists(), "nothing is made for a refused file");
    shown
}

#[test]
fn a_foreign_connection_file_is_refused_and_nothing_is_made() {
    let desk = Desk::new();
    let good = std::fs::read(&desk.connection).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&good).unwrap();
        change(&mut value);
        serde_json::to_vec(&value).unwrap()
    };
    let malformed = [
        Vec::new(),
        b"{\"name\": \"package\", \"version\": \"1.0\"}".to_vec(),
        b"<!DOCTYPE html><html></html>".to_vec(),
        good[..good.len() / 2].to_vec(),
        vec![b' '; 2 * 1024 * 1024],
        changed(&|v| v["format"] = 99.into()),
    ];
    for bytes in malformed {
        assert_eq!(refused(&desk, &bytes).code, Code::ConnectionMalformed);
    }
    let expired = refused(&desk, &changed(&|v| v["valid_to"] = "2020-12-31".into()));
    assert_eq!(expired.code, Code::ConnectionForeign);
    assert_eq!(expired.params["valid_to"], "31/12/2020");
    let foreign: [&dyn Fn(&mut Value); 4] = [
        &|v| v["portal_url"] = "http://127.0.0.1".into(),
        &|v| v["units"] = Value::Array(Vec::new()),
        &|v| v["tls_ca"] = "x".into(),
        &|v| {
            v["signer_cas"][0] =
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into()
        },
    ];
    for change in foreign {
        assert_eq!(
            refused(&desk, &changed(change)).code,
            Code::ConnectionForeign
        );
    }
    let path = desk.path("khong-co.hoso").to_string_lossy().into_owned();
    let absent = desk.engine.handle(PreviewConnection { path }).unwrap_err();
    assert_eq!(absent.code, Code::FileUnreadable);

    // one changed byte is another fingerprint than the printed one
    let printed = desk.preview().fingerprint;
    let path = desk.path("doi.hoso");
    std::fs::write(&path, changed(&|v| v["portal_name"] = "Cổng khác".into())).unwrap();
    let swapped = desk.engine.handle(CreateStore {
        connection: path.to_string_lossy().into_owned(),
        fingerprint: printed,
        person_name: "Giàng Thị Mai".to_owned(),
        pin: Secret(PIN.to_owned()),
    });
    assert_eq!(swapped.unwrap_err().code, Code::FingerprintMismatch);
    assert!(!desk.home.exists());
}

#[test]
fn a_first_run_cut_off_before_the_recovery_code_begins_again() {
    let mut desk = Desk::new();
    let first = desk.create_store().code;
    // nobody works before the code was typed back
    let early = desk.engine.handle(GetToday {}).unwrap_err();
    assert_eq!(early.code, Code::Locked);
    // a second program must not put other keys under the first one's feet
    let other = crate::desk::engine(&desk.home, &desk.heard);
    let second = other.handle(CreateStore {
        connection: desk.connection.to_string_lossy().into_owned(),
        fingerprint: desk.preview().fingerprint,
        person_name: "Người khác".to_owned(),
        pin: Secret(PIN.to_owned()),
    });
    assert_eq!(second.unwrap_err().code, Code::StoreInUse);

    assert_eq!(desk.restart(), Boot::FirstRun);
    let code = desk.create_store().code;
    assert_ne!(code, first);
    let old = ConfirmRecovery {
        code: Secret(first),
    };
    let old = desk.engine.handle(old).unwrap_err();
    assert_eq!(old.code, Code::WrongRecoveryCode);
    let confirm = ConfirmRecovery { code: Secret(code) };
    desk.engine.handle(confirm.clone()).unwrap();
    // once is enough, and the work goes on
    let again = desk.engine.handle(confirm).unwrap_err();
    assert_eq!(again.code, Code::WrongState);
    desk.draft("Tiền điện", "1.000.000");
}

#[cfg(unix)]
#[test]
fn a_data_folder_that_cannot_be_looked_into_is_told_and_is_no_first_run() {
    let desk = Desk::new();
    std::fs::create_dir_all(&desk.home).unwrap();
    // the system refuses a look below it, whoever asks
    std::fs::write(desk.home.join("store"), b"").unwrap();
    match desk.engine.handle(BootUp {}).unwrap() {
        Boot::Unusable { error, .. } => assert_eq!(error.code, Code::DiskRefused),
        other => panic!("{other:?}"),
    }
    let create = CreateStore {
        connection: desk.connection.to_string_lossy().into_owned(),
        fingerprint: desk.preview().fingerprint,
        person_name: "Người khác".to_owned(),
        pin: Secret(PIN.to_owned()),
    };
    let refused = desk.engine.handle(create).unwrap_err();
    assert_eq!(refused.code, Code::DiskRefused);
}

#[test]
fn a_second_first_run_and_a_database_that_went_away_replace_nothing() {
    let mut desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let again = CreateStore {
        connection: desk.connection.to_string_lossy().into_owned(),
        fingerprint: desk.preview().fingerprint,
        person_name: "Người khác".to_owned(),
        pin: Secret(PIN.to_owned()),
    };
    let refused = desk.engine.handle(again.clone()).unwrap_err();
    assert_eq!(refused.code, Code::AlreadySetUp);
    assert_eq!(desk.view(id).id, id, "still open");

    // moved away, by a virus scanner say, and brought back
    desk.engine.handle(Lock {}).unwrap();
    let database = desk.home.join("store/hoso.db");
    let aside = desk.path("hoso.db");
    std::fs::rename(&database, &aside).unwrap();
    desk.restart();
    assert_eq!(desk.unlock().unwrap_err().code, Code::StoreDamaged);
    let refused = desk.engine.handle(again).unwrap_err();
    assert_eq!(refused.code, Code::AlreadySetUp);
    std::fs::rename(&aside, &database).unwrap();
    desk.unlock().unwrap();
    assert_eq!(desk.view(id).id, id);
}

#[test]
fn the_practice_dossier_lacks_nothing_but_the_bank_and_is_there_in_training_only() {
    let desk = Desk::ready();
    let id = desk.engine.handle(CreatePractice {}).unwrap();
    let view = desk.view(id);
    assert_eq!(view.vouchers[0].field("total"), "600000");
    let errors: Vec<_> = view
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| f.place.clone())
        .collect();
    let bank = At::Field {
        voucher: 0,
        field: "payee_bank".to_owned(),
    };
    assert_eq!(errors, [bank]);
    // where money moves, nobody practises
    let real = Desk::with(|wish| wish.training = false);
    real.first_run();
    let refused = real.engine.handle(CreatePractice {}).unwrap_err();
    assert_eq!(refused.code, Code::WrongState);
}
