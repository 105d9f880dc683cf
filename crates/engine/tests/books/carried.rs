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
