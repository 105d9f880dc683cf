//! A dossier carried by hand.

use crate::*;

#[test]
fn a_carried_dossier_goes_from_draft_to_result_without_a_portal() {
    let desk = Desk::ready();
    let id = desk.draft("Giấy in", "1.000.000");
    let sheet = desk.engine.handle(GetCarrySheet { id }).unwrap();
    let fields = &sheet.vouchers[0].fields;
    let value = |label: &str| {
        let field = fields.iter().find(|f| f.label == label);
        field.map(|f| f.value.as_str())
    };
    assert_eq!(value("Tổng cộng"), Some("1000000"));
    assert_eq!(value("Hình thức chi"), Some("Chuyển khoản"));
    let record = |status: &str| RecordCarried {
        id,
        treasury_number: "H18.2026.00012".to_owned(),
        status: status.to_owned(),
        text: "Kho bạc đã trả báo Nợ".to_owned(),
        document: None,
    };
    // not carried yet
    let refused = desk.engine.handle(record("completed")).unwrap_err();
    assert_eq!(refused.code, Code::WrongState);
    desk.engine
        .handle(HandedInOtherwise {
            id,
            how: "Cổng trực tuyến".to_owned(),
        })
        .unwrap();
    assert_eq!(desk.local(id), LocalState::Carried);
    let document = desk.path("bao-no.pdf");
    std::fs::write(&document, b"%PDF-1.4 khong doc duoc").unwrap();
    desk.engine
        .handle(RecordCarried {
            document: Some(document.to_string_lossy().into_owned()),
            ..record("completed")
        })
        .unwrap();
    let view = desk.view(id);
    assert_eq!(view.treasury, TreasuryState::Completed);
    assert_eq!(view.treasury_number, "H18.2026.00012");
    assert!(view.history.iter().any(|h| h.act == "result-typed"));
    let rows = desk.results();
    let row = rows.iter().find(|r| r.id == id).unwrap();
    assert_eq!(row.receipt, None, "never shown as a receipt");
    assert!(row.documents.iter().all(|d| !d.verified));
    // what was carried counts in the books
    assert_eq!(books(&desk).balances.estimates[0].used, dong(1_000_000));
}

fn record(desk: &Desk, id: hoso_domain::id::DossierId, status: &str) {
    let record = RecordCarried {
        id,
        treasury_number: String::new(),
        status: status.to_owned(),
        text: String::new(),
        document: None,
    };
    desk.engine.handle(record).unwrap();
}

#[test]
fn a_refused_one_is_made_anew_and_counts_again_once_it_is_handed_in() {
    let desk = Desk::ready();
    let id = desk.draft("Giấy in", "1.000.000");
    let carry = || {
        let how = "Cổng trực tuyến".to_owned();
        let carry = HandedInOtherwise { id, how };
        desk.engine.handle(carry).unwrap();
    };
    let counted = || {
        let rows = books(&desk).balances.estimates;
        rows.first()
            .map_or([0, 0], |r| [r.used.get(), r.under_way.get()])
    };
    carry();
    assert_eq!(counted(), [0, 1_000_000]);
    record(&desk, id, "refused");
    assert_eq!(counted(), [0, 0], "what is refused pays nobody");
    desk.engine.handle(Mend { id }).unwrap();
    let view = desk.view(id);
    assert_eq!((view.local, view.revision), (LocalState::Draft, 2));
    assert_eq!(
        view.treasury,
        TreasuryState::Refused,
        "until it is answered"
    );
    assert_eq!(counted(), [0, 0]);
    // the refusal was about the paper before: this one is spoken for
    carry();
    assert_eq!(counted(), [0, 1_000_000]);
    let stage = hoso_contract::view::ListFilter {
        stage: "answered".to_owned(),
        ..Default::default()
    };
    let list = ListDossiers {
        filter: stage,
        after: None,
        limit: 10,
    };
    assert_eq!(desk.engine.handle(list).unwrap().total, 0);
    record(&desk, id, "refused");
    assert_eq!(counted(), [0, 0], "the second refusal is about this one");
    desk.engine.handle(Mend { id }).unwrap();
    carry();
    record(&desk, id, "completed");
    assert_eq!(counted(), [1_000_000, 0]);
}

#[test]
fn what_last_years_estimate_pays_in_january_stands_in_last_years_books() {
    let desk = Desk::ready();
    let year = today(&desk).year();
    let id = desk.draft("Giấy in", "1.000.000");
    let mut view = desk.view(id);
    let before = (year - 1).to_string();
    let fields = &mut view.vouchers[0].fields;
    fields.insert("budget_year".to_owned(), before);
    desk.save(&view);
    let carry = HandedInOtherwise {
        id,
        how: "Cổng trực tuyến".to_owned(),
    };
    desk.engine.handle(carry).unwrap();
    record(&desk, id, "completed");
    let used = |year: i32| {
        let view = desk.engine.handle(GetBooks { year }).unwrap();
        let rows = view.balances.estimates;
        rows.iter().map(|r| r.used.get()).sum::<i64>()
    };
    assert_eq!((used(year - 1), used(year)), (1_000_000, 0));
}
