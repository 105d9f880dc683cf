//! Modules that are none, tokens that are not there, certificates nobody registered.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_domain::digest::Digest;
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_testkit::softhsm::module_path;

use crate::desk::{Desk, tokens, turn};

#[test]
fn a_module_that_is_none_is_named_and_not_kept() {
    let desk = Desk::ready();
    let text = desk.path("khong-phai-thu-vien.so");
    std::fs::write(&text, "Đây là một tệp văn bản.\n").unwrap();
    let absent = desk.path("khong-co.so");
    let folder = desk.path("thu-muc.so");
    std::fs::create_dir(&folder).unwrap();
    let empty = desk.path("rong.so");
    std::fs::write(&empty, b"").unwrap();
    let cut = desk.path("cut.so");
    let whole = std::fs::read(module_path().unwrap()).unwrap();
    std::fs::write(&cut, &whole[..100]).unwrap();
    for (path, code) in [
        (&text, Code::ModuleNotALibrary),
        (&absent, Code::ModuleMissing),
        (&folder, Code::ModuleNotALibrary),
        (&empty, Code::ModuleNotALibrary),
        (&cut, Code::ModuleTruncated),
    ] {
        let path = path.to_string_lossy().into_owned();
        let error = desk
            .engine
            .handle(TryModule { path: path.clone() })
            .unwrap_err();
        assert_eq!(error.code, code, "{path}");
        assert_eq!(error.params["path"], path);
        let session = desk.engine.handle(GetSession {}).unwrap();
        assert_eq!(session.settings.module, "", "{path}");
    }
    // a good one is kept, and looked at alone
    let _turn = turn();
    let path = module_path().unwrap().to_string_lossy().into_owned();
    let view = desk
        .engine
        .handle(TryModule { path: path.clone() })
        .unwrap();
    assert_eq!(view.modules, [path.as_str()]);
    let session = desk.engine.handle(GetSession {}).unwrap();
    assert_eq!(session.settings.module, path);
}

#[test]
fn a_certificate_nobody_registered_is_shown_with_its_obstacle_and_cannot_sign() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.submit(id);
    let stranger = tokens().stranger;
    let _turn = turn();
    let view = desk.engine.handle(FindTokens {}).unwrap();
    let shown = view
        .tokens
        .iter()
        .flat_map(|t| &t.certificates)
        .find(|c| c.id == stranger)
        .unwrap();
    assert_eq!(shown.obstacles, ["not-registered"]);
    assert!(shown.roles.is_empty());
    let report = desk
        .engine
        .handle(Sign {
            items: vec![id],
            certificate: stranger,
            // also the wrong PIN: no try may be spent on a certificate that cannot sign
            pin: Secret("000000".to_owned()),
        })
        .unwrap();
    assert_eq!(report.stopped, None);
    assert_eq!(
        report.items[0].error.as_ref().unwrap().code,
        Code::NotTheSigner
    );
    let view = desk.engine.handle(FindTokens {}).unwrap();
    assert!(view.tokens.iter().all(|t| t.wrong_tries == 0));
    assert_eq!(desk.local(id), LocalState::Awaiting { step: 1 });
}

#[test]
fn a_registered_token_that_is_not_plugged_in_is_no_token_and_nothing_is_lost() {
    let elsewhere = Digest::of(b"the chief's second token, at home");
    let desk = Desk::with(|wish| wish.unit.signers[0].certificates.push(elsewhere));
    desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.submit(id);
    let turn = turn();
    let error = desk
        .engine
        .handle(Sign {
            items: vec![id],
            certificate: elsewhere,
            pin: Secret("246810".to_owned()),
        })
        .unwrap_err();
    drop(turn);
    assert_eq!(error.code, Code::NoToken);
    assert_eq!(desk.local(id), LocalState::Awaiting { step: 1 });
    let role = desk.world.chief.role;
    assert_eq!(desk.sign(id, role).items[0].error, None);
}
