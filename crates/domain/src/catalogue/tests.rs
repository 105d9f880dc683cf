#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn day() -> NaiveDate {
    "2026-11-22".parse().unwrap()
}

fn codes(id: &str, typed: &str, preferred: &[&str]) -> Vec<String> {
    let preferred: Vec<String> = preferred.iter().map(|s| (*s).to_owned()).collect();
    let found = catalogue(id).unwrap().find(typed, 5, &preferred);
    found.into_iter().map(|r| r.code.clone()).collect()
}

#[test]
fn the_law_is_whole() {
    let count = |id: &str| catalogue(id).unwrap().rows.len();
    assert_eq!(count("chapter"), 216);
    assert_eq!(count("sector"), 120);
    assert_eq!(count("economic-content"), 1034);
    // 205 programmes of three sources and "none"
    assert_eq!(count("programme"), 616);
    // phần, nhóm and tiểu nhóm of appendix III; levels and revenue accounts
    assert_eq!(count("economic-group"), 39);
    assert_eq!(count("budget-level"), 3);
    assert_eq!(count("revenue-account"), 3);
    // 34 provinces, 3,321 communes and "none"
    assert_eq!(count("area"), 34 + 3321 + 1);
    // as far as they are publicly known
    assert_eq!(count("ledger-account"), 23);
    assert_eq!(count("treasury"), 24);
    assert!(!catalogue("area").unwrap().complete());
    assert!(catalogue("economic-content").unwrap().complete());
    assert!(!catalogue("source").unwrap().complete());
}

#[test]
fn a_code_is_found_by_its_digits_or_by_its_name_without_accents() {
    assert_eq!(codes("economic-content", "6501", &[])[0], "6501");
    assert_eq!(codes("economic-content", "tien dien", &[])[0], "6501");
    assert_eq!(codes("economic-content", "Văn phòng phẩm", &[])[0], "6551");
    assert_eq!(codes("economic-content", "dien tien", &[])[0], "6501");
    assert_eq!(codes("chapter", "dang uy xa", &[]), ["819"]);
    assert!(
        codes("economic-content", "650", &[])
            .iter()
            .all(|c| c.starts_with("650"))
    );
    assert!(codes("economic-content", "khong co ten nay", &[]).is_empty());
}

#[test]
fn the_units_own_codes_come_first_but_a_whole_code_is_meant() {
    assert_eq!(
        codes("economic-content", "", &["6551", "6501"])[..2],
        ["6551", "6501"]
    );
    assert_eq!(codes("economic-content", "tien", &["6502"])[0], "6502");
    assert_eq!(codes("economic-content", "6501", &["6502"])[0], "6501");
}

#[test]
fn a_heading_is_never_offered_and_an_empty_name_brings_its_heading() {
    assert!(!codes("economic-content", "6500", &[]).contains(&"6500".to_owned()));
    let list = catalogue("economic-content").unwrap();
    let other = list.lookup("6549", day()).unwrap();
    assert_eq!(other.full_name, "Chi khác (Thanh toán dịch vụ công cộng)");
    assert_eq!(list.lookup("6501", day()).unwrap().full_name, "Tiền điện");
}

#[test]
fn a_code_holds_only_within_its_dates() {
    let list = catalogue("chapter").unwrap();
    assert!(list.lookup("819", day()).is_some());
    assert!(list.lookup("819", "2025-12-31".parse().unwrap()).is_none());
    assert!(list.lookup("805", day()).is_none());
}

#[test]
fn the_slices_for_the_checks_hold_no_heading() {
    let codes = codes_on(day());
    assert!(codes["economic-content"].contains_key("6501"));
    assert!(!codes["economic-content"].contains_key("6500"));
    assert!(codes_on("2025-01-01".parse().unwrap())["chapter"].is_empty());
}

#[test]
fn a_code_that_stands_twice_on_a_day_is_refused() {
    let head = "code,name,kind,parent,note,certainty,valid_from,valid_to,source\n";
    let one = "1,A,code,,,law,2026-01-01,2026-06-30,x\n";
    let ok = format!("{head}{one}1,B,code,,,law,2026-07-01,,x\n");
    assert!(Catalogue::from_csv("x", &ok).is_ok());
    let twice = format!("{head}{one}1,B,code,,,law,2026-06-30,,x\n");
    assert_eq!(
        Catalogue::from_csv("x", &twice),
        Err(CatalogueError::Duplicate {
            code: "1".to_owned()
        })
    );
}

#[test]
fn every_text_of_the_lists_is_nfc() {
    for list in library() {
        for row in &list.rows {
            assert_eq!(text::nfc(&row.name), row.name, "{} {}", list.id, row.code);
            assert!(!row.name.trim().is_empty(), "{} {}", list.id, row.code);
        }
    }
}

#[test]
fn every_heading_of_spending_stands_in_its_group() {
    let groups = catalogue("economic-group").unwrap();
    for row in &catalogue("economic-content").unwrap().rows {
        if row.kind == "group" {
            assert!(groups.lookup(&row.parent, day()).is_some(), "{}", row.code);
        } else {
            let heading = heading("economic-content", &row.code, day()).unwrap();
            assert_eq!(heading.kind, "group", "{}", row.code);
        }
    }
    let list = catalogue("economic-content").unwrap();
    assert!(list.lookup("6649", day()).unwrap().catch_all());
    // ends in 9 and is no catch-all (Circular 130/2025, 7769 and 6609)
    for code in ["6609", "6959", "7001"] {
        assert!(!list.lookup(code, day()).unwrap().catch_all(), "{code}");
    }
}

/// "Chi khác" stands under its mục, whose words are typed with it.
#[test]
fn every_content_of_spending_is_found_by_its_name_without_accents_within_a_frame() {
    let list = catalogue("economic-content").unwrap();
    let mut slowest = std::time::Duration::ZERO;
    let mut total = std::time::Duration::ZERO;
    let wanted: Vec<&Row> = list
        .rows
        .iter()
        .filter(|r| r.usable() && ("6001"..="9449").contains(&r.code.as_str()))
        .collect();
    assert!(wanted.len() > 300, "{}", wanted.len());
    for row in &wanted {
        let typed = text::fold(&row.full_name);
        let begun = std::time::Instant::now();
        let found = list.find(&typed, 10, &[]);
        let took = begun.elapsed();
        slowest = slowest.max(took);
        total += took;
        assert!(
            found.iter().any(|r| r.code == row.code),
            "{} {typed}: {:?}",
            row.code,
            found.iter().map(|r| &r.code).collect::<Vec<_>>()
        );
    }
    let mean = total / u32::try_from(wanted.len()).unwrap();
    // unoptimised: a hundredth of this in the program
    assert!(mean.as_millis() <= 16, "{mean:?}, slowest {slowest:?}");
}

#[test]
fn a_successor_is_in_the_list_and_its_old_code_is_not() {
    for s in successions() {
        let list = catalogue(&s.catalogue).unwrap();
        assert!(list.lookup(&s.new, day()).is_some(), "{}", s.new);
        assert!(list.lookup(&s.old, day()).is_none(), "{}", s.old);
    }
}

#[test]
fn every_group_that_tam_cap_covers_is_a_heading_and_limits_are_known() {
    let list = catalogue("economic-content").unwrap();
    let groups = provisional_groups(day());
    assert!(groups.contains(&"6000") && !groups.contains(&"6950"));
    for group in groups {
        assert_eq!(list.lookup(group, day()).unwrap().kind, "group", "{group}");
    }
    assert_eq!(limit("cash-payment", day()), Some(5_000_000));
    assert_eq!(limit("provisional-months", day()), Some(12));
    assert_eq!(limit("cash-payment", "2020-01-01".parse().unwrap()), None);
}

#[test]
fn an_old_commune_leads_to_the_new_one_from_the_day_it_was_merged() {
    let list = catalogue("area").unwrap();
    let csv = include_str!("../../../../catalogues/area-succession.csv");
    let mut divided = 0;
    for line in csv.lines().skip(1) {
        let (old, new) = line.split_once(',').unwrap();
        assert!(list.lookup(old, day()).is_none(), "{old} is still in force");
        let new: Vec<&str> = new.split('|').collect();
        divided += usize::from(new.len() > 1);
        for code in &new {
            assert!(list.lookup(code, day()).is_some(), "{code}");
        }
        assert_eq!(area_successors(old, day()), new);
    }
    assert!(csv.lines().count() > 6_000 && divided > 200);
    let before = "2025-06-30".parse().unwrap();
    assert!(area_successors("16759", before).is_empty());
    assert_eq!(area_successors("16759", day()), ["16738"]);
}

fn own(catalogue: &str, code: &str, name: &str) -> OwnCode {
    OwnCode {
        catalogue: catalogue.to_owned(),
        code: code.to_owned(),
        name: name.to_owned(),
        replaces: String::new(),
        valid_from: "2026-07-01".parse().unwrap(),
        valid_to: None,
        source: "Công văn của Sở Tài chính".to_owned(),
    }
}

#[test]
fn a_unit_may_add_codes_to_open_lists_and_finds_them_like_the_others() {
    let source = own("source", "77", "Kinh phí bổ sung có mục tiêu");
    assert_eq!(source.check(), Ok(()));
    let list = catalogue("source")
        .unwrap()
        .with_own(std::slice::from_ref(&source))
        .unwrap();
    let found = list.find("bo sung co muc tieu", 5, &[]);
    assert_eq!(found[0].code, "77");
    let codes = codes_with(day(), std::slice::from_ref(&source));
    assert!(codes["source"].contains_key("77"));
    let before = codes_with("2026-06-30".parse().unwrap(), &[source]);
    assert!(!before["source"].contains_key("77"), "not yet in force");
}

#[test]
fn a_code_of_the_unit_that_cannot_be_one_is_refused_with_its_reason() {
    let whole = |list: &str| OwnCodeError::Whole {
        list: list.to_owned(),
    };
    for (code, reason) in [
        (own("chapter", "899", "Của riêng"), whole("chapter")),
        (own("source", "13", "Tự chủ"), OwnCodeError::Known),
        (own("source", "7 7", "Tên"), OwnCodeError::Shape),
        (own("source", "", "Tên"), OwnCodeError::Shape),
        (own("source", "77", "  "), OwnCodeError::NoName),
        (
            own("sources", "77", "Tên"),
            OwnCodeError::NoList {
                list: "sources".to_owned(),
            },
        ),
    ] {
        assert_eq!(code.check(), Err(reason), "{code:?}");
    }
    // known later: a list that came brought it
    let mut before = own("source", "13", "Tự chủ");
    before.valid_from = "2025-01-01".parse().unwrap();
    assert_eq!(before.check(), Err(OwnCodeError::Known));
    let mut ended = own("source", "77", "Tên");
    ended.valid_to = Some("2026-01-01".parse().unwrap());
    assert_eq!(ended.check(), Err(OwnCodeError::Dates));
}

#[test]
fn a_code_is_added_anew_when_its_first_row_has_ended() {
    let mut first = own("source", "77", "Tên");
    let mut second = own("source", "77", "Tên mới");
    second.valid_from = "2026-08-01".parse().unwrap();
    let among = std::slice::from_ref(&first);
    assert_eq!(second.check_among(among), Err(OwnCodeError::Overlap));
    assert_eq!(first.check_among(among), Ok(()), "the same row, named anew");
    first.valid_to = Some("2026-07-31".parse().unwrap());
    assert_eq!(second.check_among(&[first]), Ok(()));
}

#[test]
fn a_code_that_stands_twice_leaves_the_rest_of_its_list_as_it_is() {
    // both kept before; and one that the list has by now
    let first = own("source", "77", "Kinh phí bổ sung có mục tiêu");
    let mut second = first.clone();
    second.valid_from = "2026-08-01".parse().unwrap();
    let known = own("source", "13", "Của đơn vị");
    let list = catalogue("source").unwrap();
    let with = list.with_own(&[first, second, known]).unwrap();
    assert_eq!(with.rows.len(), list.rows.len() + 1);
    assert_eq!(with.find("bo sung co muc tieu", 5, &[]).len(), 1);
    assert_eq!(
        with.lookup("13", day()).unwrap().name,
        list.lookup("13", day()).unwrap().name
    );
}

#[test]
fn a_merged_commune_leads_to_the_new_code() {
    let mut merged = own("area", "99001", "Xã Mường Lống mới");
    merged.replaces = "16744".to_owned();
    let successors = successors_on(day(), &[merged]);
    assert_eq!(successors["area"]["16744"], "99001");
    assert_eq!(successors["chapter"]["805"], "830");
    let before = successors_on("2026-01-01".parse().unwrap(), &[]);
    assert!(before.contains_key("chapter"));
}

#[test]
fn a_tree_holds_every_code_once_under_its_headings() {
    for (id, depth) in [("economic-content", 4), ("sector", 1), ("programme", 2)] {
        let nodes = tree(id, day());
        let list = catalogue(id).unwrap();
        let codes: Vec<&str> = nodes
            .iter()
            .filter(|n| n.row.usable())
            .map(|n| n.row.code.as_str())
            .collect();
        let usable: Vec<&str> = list
            .rows
            .iter()
            .filter(|r| r.usable())
            .map(|r| r.code.as_str())
            .collect();
        assert_eq!(codes.len(), usable.len(), "{id}");
        assert!(usable.iter().all(|code| codes.contains(code)), "{id}");
        let deepest = nodes.iter().map(|n| n.depth).max();
        assert_eq!(deepest, Some(depth), "{id}");
    }
    let nodes = tree("economic-content", day());
    assert_eq!(nodes[0].row.name, "PHẦN CHI");
    let at = nodes.iter().position(|n| n.row.code == "6501").unwrap();
    let above = nodes[..at].iter().rev();
    let mut depth = nodes[at].depth;
    let mut path = Vec::new();
    for node in above {
        if node.depth < depth {
            depth = node.depth;
            path.push(node.row.code.as_str());
        }
    }
    assert_eq!(path, ["6500", "0130-chi", "0500-chi", "II-chi"]);
    assert!(tree("chapter", day()).is_empty(), "no headings, no tree");
}

/// Code and name of each row of a frozen extract of the law.
fn of_law(csv: &str, code: &str, name: &str) -> Vec<(String, String)> {
    let table = super::table::Table::read(csv).unwrap();
    table
        .lines()
        .map(|line| (line.text(code), line.text(name)))
        .collect()
}

macro_rules! law {
    ($file:literal) => {
        include_str!(concat!("../../../../tests/fixtures/law/", $file))
    };
}

#[test]
fn the_lists_say_what_the_law_says_row_by_row() {
    let of_list = |id: &str| -> Vec<(String, String)> {
        let list = catalogue(id).unwrap();
        list.rows
            .iter()
            .map(|r| (r.code.clone(), r.name.clone()))
            .collect()
    };
    for (id, mut law) in [
        ("chapter", of_law(law!("chuong.csv"), "code", "name")),
        ("sector", of_law(law!("nganh-kinh-te.csv"), "code", "name")),
        (
            "economic-content",
            of_law(law!("noi-dung-kinh-te.csv"), "code", "name"),
        ),
        ("budget-level", of_law(law!("capNS.csv"), "code", "name")),
        (
            "revenue-account",
            of_law(law!("tk-nop-nsnn.csv"), "account", "when"),
        ),
    ] {
        law.sort();
        assert_eq!(of_list(id), law, "{id}");
    }
    let sources = of_law(law!("ctmt-nguon-von.csv"), "n", "meaning");
    let programmes = of_law(law!("ctmt.csv"), "code", "name");
    let mut law: Vec<(String, String)> = sources
        .iter()
        .flat_map(|(n, _)| {
            programmes
                .iter()
                .map(move |(code, name)| (format!("{n}{code}"), name.clone()))
        })
        .collect();
    law.sort();
    let list = of_list("programme");
    assert_eq!(list[0].0, "00000");
    assert_eq!(list[1..], law);
    let groups = of_law(law!("nhom-tieu-nhom.csv"), "code", "side");
    let mut law: Vec<String> = groups
        .into_iter()
        .map(|(code, side)| format!("{code}-{}", side.replace("other", "khac")))
        .collect();
    law.sort();
    let groups: Vec<String> = of_list("economic-group")
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(groups, law);
}
