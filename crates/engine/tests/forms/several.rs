//! Several vouchers of one procedure in one dossier; templates; copies.

use chrono::NaiveDate;
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::{BatchPaper, ListOrder};
use hoso_domain::finding::FindingCode;
use hoso_domain::id::DossierId;
use hoso_domain::voucher::Row;
use hoso_engine::Handle;
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::revisions::Summary;
use hoso_store::{By, Store, Vault};
use uuid::Uuid;

use crate::desk::{Desk, PIN, errors, line, now};

fn payee(group: &str, name: &str, amount: &str) -> Row {
    let cells = [
        ("payee", name),
        ("account", "1500205112345"),
        ("bank", "Agribank Điện Biên"),
        ("amount", amount),
    ];
    Row {
        group: group.to_owned(),
        cells: cells
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into_iter()
            .collect(),
    }
}

#[test]
fn a_voucher_and_its_list_of_payees_are_one_dossier_and_agree_on_the_sum() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk
        .engine
        .handle(CreateFromTemplate {
            template: "salary".to_owned(),
        })
        .unwrap();
    let mut view = desk.view(id);
    let forms: Vec<&str> = view.forms.iter().map(|f| f.number.as_str()).collect();
    assert_eq!(forms, ["13", "20"]);
    let number = view.vouchers[0].field("number").to_owned();
    assert_eq!(view.vouchers[1].field("parent_no"), number);

    view.vouchers[0]
        .fields
        .insert("content".to_owned(), "Lương tháng 11".to_owned());
    view.vouchers[0]
        .grids
        .insert("lines".to_owned(), vec![line("Lương", "6001", "3000000")]);
    let list = |second: &str| {
        vec![
            payee("officials", "Lò Thị Xuân", "1800000"),
            payee("contract_labour", "Vàng A Páo", second),
        ]
    };
    view.vouchers[1]
        .grids
        .insert("payees".to_owned(), list("1100000"));
    let saved = desk.save(&view);
    let codes: Vec<FindingCode> = errors(&saved.findings)
        .into_iter()
        .map(|(c, _)| c)
        .collect();
    assert_eq!(
        codes,
        [FindingCode::ListTotal],
        "the payees get 100.000 less"
    );

    let mut view = desk.view(id);
    view.vouchers[1]
        .grids
        .insert("payees".to_owned(), list("1200000"));
    assert_eq!(errors(&desk.save(&view).findings), []);
    assert_eq!(desk.view(id).vouchers[1].field("total"), "3000000");
    desk.finish(id);
    desk.until_sent(id);

    // next month: the same people, a new number that both papers bear
    let copy = desk.engine.handle(DuplicateDossier { id }).unwrap();
    let copied = desk.view(copy);
    assert_eq!(copied.vouchers.len(), 2);
    assert_ne!(copied.vouchers[0].field("number"), number);
    assert_eq!(
        copied.vouchers[1].field("parent_no"),
        copied.vouchers[0].field("number")
    );
    assert_eq!(copied.vouchers[1].rows("payees").len(), 2);
    desk.down(portal);
}

#[test]
fn a_voucher_is_added_and_taken_out_and_one_of_another_procedure_is_refused() {
    let desk = Desk::ready();
    let id = desk.draft("Thanh toán tạm ứng", "5000000");
    let add = |form: &str| {
        let version = desk.view(id).version;
        desk.engine.handle(AddVoucher {
            id,
            version,
            form: form.to_owned(),
        })
    };
    add("10").unwrap();
    add("20").unwrap();
    assert!(add("24").is_err(), "registering an account is no payment");
    let view = desk.view(id);
    let numbers: Vec<&str> = view.vouchers.iter().map(|v| v.field("number")).collect();
    assert_ne!(
        numbers[0], numbers[1],
        "each voucher has a number of its own"
    );

    let version = view.version;
    let first = RemoveVoucher {
        id,
        version,
        voucher: 0,
    };
    assert!(
        desk.engine.handle(first).is_err(),
        "the first is what the dossier is about"
    );
    let stale = RemoveVoucher {
        id,
        version: version - 1,
        voucher: 1,
    };
    assert!(
        desk.engine.handle(stale).is_err(),
        "somebody saved meanwhile"
    );
    let second = RemoveVoucher {
        id,
        version,
        voucher: 1,
    };
    desk.engine.handle(second).unwrap();
    let left: Vec<String> = desk.view(id).forms.into_iter().map(|f| f.number).collect();
    assert_eq!(left, ["13", "20"]);
}

#[test]
fn every_template_opens_as_a_draft() {
    let desk = Desk::ready();
    for template in hoso_domain::template::library() {
        let id = desk
            .engine
            .handle(CreateFromTemplate {
                template: template.id.clone(),
            })
            .unwrap();
        let view = desk.view(id);
        assert_eq!(view.vouchers.len(), template.vouchers.len());
        assert!(!view.vouchers[0].field("content").is_empty());
    }
}

#[test]
fn the_register_lists_what_the_screen_is_narrowed_to() {
    let desk = Desk::ready();
    desk.draft("Mua văn phòng phẩm", "450000");
    desk.draft("Sửa máy in", "650000");
    let path = desk.path("so.pdf");
    let print = |text: &str| {
        desk.engine
            .handle(ExportRegister {
                filter: hoso_contract::view::ListFilter {
                    text: text.to_owned(),
                    ..Default::default()
                },
                path: path.to_string_lossy().into_owned(),
            })
            .unwrap()
    };
    assert_eq!(print("sua may"), 1);
    assert_eq!(print(""), 2);
    let pdf = std::fs::read(&path).unwrap();
    assert_eq!(hoso_print::pages(&pdf), Ok(1));
}

/// So many more drafts of the unit, as years of work leave them.
fn plant(desk: &Desk, count: u128) {
    let session = desk.engine.handle(GetSession {}).unwrap();
    desk.engine.handle(Lock {}).unwrap();
    let folder = desk.home.join("store");
    let (unit, person) = (session.unit, session.person.person);
    {
        let mut vault = Vault::open(&folder).unwrap();
        let keys = vault.unlock(person, PIN, now()).ok().unwrap();
        let store = Store::open(&folder, &keys).unwrap();
        let by = By { person, at: now() };
        let planted = store.write(move |tx| {
            for n in 1..=count {
                let new = NewDossier {
                    id: DossierId(Uuid::from_u128(n)),
                    unit,
                    procedure: String::new(),
                    budget_year: 2026,
                    vouchers: Vec::new(),
                    summary: Summary {
                        title: "Tiền điện".to_owned(),
                        ..Summary::default()
                    },
                };
                dossiers::create(tx, &new, by)?;
            }
            Ok(())
        });
        planted.unwrap();
    }
    desk.unlock().unwrap();
}

#[test]
fn a_list_too_long_for_one_register_is_refused_and_nothing_is_printed() {
    let desk = Desk::ready();
    desk.draft("Sửa máy in", "650000");
    plant(&desk, 10_000);
    let path = desk.path("so.pdf");
    let print = |text: &str| {
        desk.engine.handle(ExportRegister {
            filter: hoso_contract::view::ListFilter {
                text: text.to_owned(),
                ..Default::default()
            },
            path: path.to_string_lossy().into_owned(),
        })
    };
    let refused = print("").unwrap_err();
    assert_eq!(refused.code, Code::RegisterTooLong);
    assert_eq!(refused.params["count"], "10001");
    assert!(!path.exists());
    let words = hoso_text::failure(&refused, hoso_text::Lang::Vi);
    assert!(words.remedy.starts_with("Lọc hẹp lại"), "{words:?}");
    assert_eq!(print("sua may"), Ok(1), "narrowed, it is printed");
}

#[test]
fn the_list_goes_by_amount_and_by_voucher_day_from_page_to_page() {
    let desk = Desk::ready();
    let drafts = [
        ("Mua văn phòng phẩm", "650000", "2026-11-03"),
        ("Sửa máy in", "1250000", "2026-11-01"),
        ("Tiền nước", "450000", "2026-11-02"),
    ];
    for (content, amount, day) in drafts {
        let id = desk.draft(content, amount);
        let mut view = desk.view(id);
        let fields = &mut view.vouchers[0].fields;
        fields.insert("voucher_date".to_owned(), day.to_owned());
        desk.save(&view);
    }
    let list = |order: ListOrder| {
        let (mut titles, mut after) = (Vec::new(), None);
        loop {
            let filter = hoso_contract::view::ListFilter {
                order,
                ..Default::default()
            };
            let asked = ListDossiers {
                filter,
                after,
                limit: 2,
            };
            let page = desk.engine.handle(asked).unwrap();
            titles.extend(page.rows.into_iter().map(|r| (r.title, r.day)));
            after = page.after;
            if after.is_none() {
                return titles;
            }
        }
    };
    for (order, expected) in [
        (ListOrder::LargestFirst, [1, 0, 2]),
        (ListOrder::SmallestFirst, [2, 0, 1]),
        (ListOrder::LatestDayFirst, [0, 2, 1]),
        (ListOrder::EarliestDayFirst, [1, 2, 0]),
    ] {
        let expected = expected.map(|n: usize| {
            let (content, _, day) = drafts[n];
            (content.to_owned(), day.parse::<NaiveDate>().ok())
        });
        assert_eq!(list(order), expected, "{order:?}");
    }
}

#[test]
fn a_batch_of_prints_holds_what_the_screen_is_narrowed_to_in_the_order_of_numbers() {
    let desk = Desk::ready();
    desk.draft("Mua văn phòng phẩm", "450000");
    desk.draft("Sửa máy in", "650000");
    let batch = |text: &str| {
        let filter = hoso_contract::view::ListFilter {
            text: text.to_owned(),
            ..Default::default()
        };
        desk.engine.handle(PrintBatch { filter }).unwrap()
    };
    let all = batch("");
    let numbers: Vec<&str> = all.items.iter().map(|i| i.number.as_str()).collect();
    assert_eq!(
        (numbers.as_slice(), all.left_out),
        (&["00001", "00002"][..], 0)
    );
    let one = batch("sua may");
    assert_eq!(one.items.len(), 1);
    assert_eq!(
        (one.items[0].title.as_str(), one.items[0].vouchers),
        ("Sửa máy in", 1)
    );
}

#[test]
fn a_batch_prints_who_signed_and_the_register_of_what_it_holds() {
    let desk = Desk::ready();
    let signed = desk.queued("Mua văn phòng phẩm", "450000");
    let draft = desk.draft("Sửa máy in", "650000");
    let pages = |paper: &BatchPaper| {
        let paper = paper.clone();
        desk.engine.handle(BatchPages { paper }).unwrap()
    };
    let picture = |paper: &BatchPaper| {
        let page = BatchPage {
            paper: paper.clone(),
            page: 0,
            width: 600,
        };
        desk.engine.handle(page).unwrap().0
    };
    let own = |id| BatchPaper::Voucher { id, voucher: 0 };
    let marked = |id| BatchPaper::Marked { id, voucher: 0 };
    assert!(pages(&marked(signed)) >= pages(&own(signed)));
    // signers and times stand on the copy of what was signed, and nothing on that of a draft
    let last = |paper: &BatchPaper| {
        let page = BatchPage {
            paper: paper.clone(),
            page: pages(paper) - 1,
            width: 600,
        };
        desk.engine.handle(page).unwrap().0
    };
    assert_ne!(last(&marked(signed)), last(&own(signed)));
    assert_eq!(picture(&marked(draft)), picture(&own(draft)));
    // the same bytes as the copy that is saved
    let path = desk.path("ban-the-hien.pdf");
    let copy = ExportMarked {
        id: signed,
        voucher: 0,
        path: path.to_string_lossy().into_owned(),
    };
    desk.engine.handle(copy).unwrap();
    let saved = std::fs::read(path).unwrap();
    assert_eq!(
        hoso_print::page_png(&saved, 0, 600).unwrap(),
        picture(&marked(signed))
    );
    let register = BatchPaper::Register {
        ids: vec![signed, draft],
    };
    assert_eq!(pages(&register), 1);
    let other = BatchPaper::Register { ids: vec![draft] };
    assert_ne!(picture(&register), picture(&other));
}
