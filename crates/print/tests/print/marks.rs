use hoso_print::{Marks, Register, RegisterRow, Signed, register, render_marked};

use crate::sample::{data, filled, form, keep, pdf, text};

fn marks() -> Marks {
    let signed = |name: &str, time: &str| Signed {
        name: name.into(),
        time: time.into(),
        mark: String::new(),
        title: String::new(),
    };
    Marks {
        dossier_code: "G12.34.56-261122-0975".into(),
        signers: vec![
            signed("Lò Thị Xuân", "22/11/2026 10:15"),
            signed("Vàng A Páo", "22/11/2026 10:40"),
        ],
    }
}

#[test]
fn a_marked_copy_says_who_signed_when_and_under_which_code() {
    let plain = pdf(&filled());
    let copy = render_marked(form(), &filled(), &data(), &marks()).unwrap();
    keep("form13-marked.pdf", &copy);
    let said = text(&copy, "-raw");
    for words in [
        "Ký số bởi: Lò Thị Xuân",
        "Thời gian: 22/11/2026 10:15",
        "Ký số bởi: Vàng A Páo",
        "G12.34.56-261122-0975",
        "Bản thể hiện của chứng từ điện tử đã ký số",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
        assert!(!text(&plain, "-raw").contains(words), "{words}");
    }
    assert!(
        !said.contains("Mã QR code (nếu có)"),
        "the code stands in its place"
    );
    let again = render_marked(form(), &filled(), &data(), &marks()).unwrap();
    assert_eq!(copy, again);
}

#[test]
fn a_delegate_signs_with_kt_or_tuq_before_the_holders_title_and_the_own_one_under_it() {
    for (mark, title) in [("KT.", "Phó Chủ tịch"), ("TUQ.", "Trưởng phòng Kinh tế")] {
        let mut marks = marks();
        let owner = marks.signers.last_mut().unwrap();
        owner.mark = mark.into();
        owner.title = title.into();
        let copy = render_marked(form(), &filled(), &data(), &marks).unwrap();
        keep(&format!("form13-{mark}pdf"), &copy);
        let said = text(&copy, "-raw").replace('\u{a0}', " ");
        let words = format!("{mark} Thủ trưởng đơn vị {title}");
        assert!(said.contains(&words), "{said}");
        assert!(!said.contains(&format!("{mark} Kế toán trưởng")));
    }
}

#[test]
fn before_the_treasury_gave_a_code_its_place_stays_blank() {
    let signed = Marks {
        dossier_code: String::new(),
        ..marks()
    };
    let copy = render_marked(form(), &filled(), &data(), &signed).unwrap();
    assert!(text(&copy, "-raw").contains("Mã QR code (nếu có)"));
}

#[test]
fn the_register_repeats_its_head_and_loses_no_row() {
    let rows: Vec<RegisterRow> = (1..=300)
        .map(|n| RegisterRow {
            number: format!("{n:05}"),
            day: "22/11/2026".into(),
            form: "13".into(),
            content: "Thanh toán tiền điện".into(),
            payee: "Công ty Điện lực".into(),
            amount: "1.000".into(),
            code: String::new(),
        })
        .collect();
    let list = Register {
        unit: "Ủy ban nhân dân xã Tân Phú".into(),
        treasury: "Kho bạc Nhà nước khu vực XVII".into(),
        narrowed: "Tháng 11/2026".into(),
        rows,
        total: "300.000".into(),
        date: "2026-11-22".parse().unwrap(),
    };
    let bytes = register(&list).unwrap();
    keep("register.pdf", &bytes);
    let said = text(&bytes, "-raw");
    let pages = usize::try_from(hoso_print::pages(&bytes).unwrap()).unwrap();
    assert!(pages > 3);
    assert_eq!(said.matches("Người hưởng").count(), pages);
    assert!((1..=300).all(|n| said.contains(&format!("{n:05}"))));
    assert!(said.contains("Cộng 300.000"));
}
