//! Each form from a blank voucher to the last signature.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_domain::form::{Form, latest, library};
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_testkit::sample;

use crate::desk::{Desk, errors};

/// The newest edition of every form of the decree that can be drawn up.
fn offered() -> Vec<&'static Form> {
    let newest = |f: &&Form| latest(&f.basis, &f.number).map(|l| l.edition) == Some(f.edition);
    let of_decree = |f: &&Form| f.basis == "nd347-2025" && f.number.as_str() < "90";
    let mut all = library();
    all.retain(|f| f.offered && of_decree(f) && newest(f));
    all
}

#[test]
fn every_form_of_the_decree_is_filled_checked_printed_and_signed() {
    let desk = Desk::ready();
    let mut drawn = Vec::new();
    for form in offered() {
        let id = desk
            .engine
            .handle(CreateDossier {
                basis: form.basis.clone(),
                form: form.number.clone(),
            })
            .unwrap();
        let mut view = desk.view(id);
        for field in form.fields().filter(|f| !f.fill.is_empty()) {
            // a list alone has no voucher it belongs to
            let given = !view.vouchers[0].field(&field.id).is_empty();
            assert!(
                given || field.fill.starts_with("parent."),
                "form {}: {}",
                form.number,
                field.fill
            );
        }
        sample::fill_in(form, &mut view.vouchers[0], 3);
        // books of accounts speak of the unit's own
        let own = &desk.world.unit.accounts[0].number;
        let accounts = view.vouchers[0].grids.get_mut("accounts");
        for row in accounts.into_iter().flatten() {
            row.cells.insert("account".to_owned(), own.clone());
        }
        let found = errors(&desk.save(&view).findings);
        // a list of payees alone names a voucher that is not there
        if form.field("parent_no").is_some() {
            assert_eq!(found.len(), 1, "{}: {found:?}", form.number);
            continue;
        }
        assert_eq!(found, [], "form {}", form.number);
        let pages = desk.engine.handle(CountPages { id, voucher: 0 }).unwrap();
        assert!(
            (1..=3).contains(&pages),
            "form {}: {pages} pages",
            form.number
        );
        let version = desk.view(id).version;
        let submitted = desk.engine.handle(SubmitForSigning { id, version });
        if form.procedure.is_empty() {
            // carried to the bank on paper, never signed or sent
            assert_eq!(submitted.unwrap_err().code, Code::WrongState);
            drawn.push(form.number.as_str());
            continue;
        }
        submitted.unwrap();
        for slot in &form.signatures {
            let report = desk.sign(id, slot.role);
            assert_eq!((&report.stopped, &report.items[0].error), (&None, &None));
        }
        assert_eq!(desk.local(id), LocalState::Queued, "form {}", form.number);
        let path = desk.path(&format!("{}.pdf", form.number));
        let copy = ExportMarked {
            id,
            voucher: 0,
            path: path.to_string_lossy().into_owned(),
        };
        desk.engine.handle(copy).unwrap();
        let pdf = std::fs::read(path).unwrap();
        assert!(hoso_print::pages(&pdf).unwrap() >= pages);
        drawn.push(form.number.as_str());
    }
    for number in [
        "01", "02", "03", "08", "09", "10", "13", "14", "17", "18", "22", "24", "25",
    ] {
        assert!(
            drawn.contains(&number),
            "form {number} is missing in {drawn:?}"
        );
    }
}
