//! A dossier whose form this program does not have, as a newer program or a lost pack leaves it.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_engine::Handle;
use hoso_store::revisions::{self, Summary};
use hoso_store::{By, Store, Vault};

use crate::desk::{Desk, PIN};

#[test]
fn a_voucher_of_an_unknown_legal_basis_is_read_and_never_changed() {
    let mut desk = Desk::new();
    let (session, _) = desk.first_run();
    let id = desk.draft("Chi theo nghị định mới", "450000");
    let mut view = desk.view(id);
    let read_at = view.saved;
    let folder = desk.home.join("store");
    desk.restart();
    {
        let mut vault = Vault::open(&folder).unwrap();
        let keys = vault
            .unlock(session.person.person, PIN, read_at)
            .ok()
            .unwrap();
        let store = Store::open(&folder, &keys).unwrap();
        let by = By {
            person: session.person.person,
            at: read_at,
        };
        view.vouchers[0].form.basis = "nd999-2030".to_owned();
        let (vouchers, version) = (view.vouchers.clone(), view.version);
        let summary = Summary {
            title: "Chi theo nghị định mới".to_owned(),
            ..Summary::default()
        };
        store
            .write(move |tx| revisions::save_draft(tx, id, version, &vouchers, &summary, by))
            .unwrap();
    }
    desk.unlock().unwrap();

    // every value is there, by its name
    let read = desk.view(id);
    assert!(!read.forms_known);
    assert_eq!(read.vouchers, view.vouchers);
    let form = &read.forms[0];
    assert!(form.name.contains("nd999-2030"), "{}", form.name);
    for field in view.vouchers[0].fields.keys() {
        assert!(form.field(field).is_some(), "{field}");
    }
    assert!(form.grid("lines").unwrap().column("amount").is_some());
    assert_eq!(read.findings, []);

    // and nothing about it can be changed
    let code = |error: hoso_contract::AppError| error.code;
    let mut typed = read.clone();
    typed.vouchers[0]
        .fields
        .insert("content".to_owned(), "Khác".to_owned());
    let save = desk.engine.handle(crate::desk::save(&typed));
    assert_eq!(save.map(|_| ()).map_err(code), Err(Code::FormUnknown));
    let version = read.version;
    let submit = desk.engine.handle(SubmitForSigning { id, version });
    assert_eq!(submit.map_err(code), Err(Code::FormUnknown));
    let copy = desk.engine.handle(DuplicateDossier { id });
    assert_eq!(copy.map(|_| ()).map_err(code), Err(Code::FormUnknown));
    let pages = desk.engine.handle(CountPages { id, voucher: 0 });
    assert_eq!(pages.map(|_| ()).map_err(code), Err(Code::FormUnknown));
    assert_eq!(desk.view(id).vouchers, view.vouchers);
}
