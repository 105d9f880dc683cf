//! Forms and lists that arrive in a running program, signed by the treasury.

use std::path::{Path, PathBuf};

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_domain::catalogue::catalogue;
use hoso_domain::party::Role;
use hoso_domain::voucher::Row;
use hoso_engine::Handle;
use hoso_portal::Portal;
use hoso_portal_api::SignedPack;

use crate::desk::{Desk, errors, prepare, tokens};

fn fixture() -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&own).join("tests/fixtures/pack")
}

fn write(desk: &Desk, name: &str, pack: &SignedPack) -> String {
    let path = desk.path(name);
    std::fs::write(&path, pack.to_bytes()).unwrap();
    path.to_string_lossy().into_owned()
}

fn add(desk: &Desk, path: String) -> Result<hoso_contract::view::PackView, Code> {
    desk.engine.handle(AddPack { path }).map_err(|e| e.code)
}

fn row(group: &str, what: &str, amount: &str) -> Row {
    let cells = [("what", what), ("amount", amount)];
    Row {
        group: group.to_owned(),
        cells: cells
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into_iter()
            .collect(),
    }
}

#[test]
fn a_made_up_form_arrives_in_the_running_program_sums_checks_prints_and_signs() {
    let mut desk = Desk::ready();
    let own = Portal::open(&desk.path("portal")).unwrap();
    let signed = own.issue_pack(&fixture(), "thu-90", "Gói thử").unwrap();

    // not signed, signed by somebody else, changed on the way: nothing is taken
    let unsigned = SignedPack {
        p7s: String::new(),
        ..signed.clone()
    };
    let path = write(&desk, "unsigned.hosopack", &unsigned);
    assert_eq!(add(&desk, path), Err(Code::PackForeign));
    let other = desk.path("other-portal");
    prepare(&other, "localhost:1", tokens().world.unit.clone(), true);
    let foreign = Portal::open(&other).unwrap();
    let foreign = foreign.issue_pack(&fixture(), "thu-90", "Gói thử").unwrap();
    let path = write(&desk, "foreign.hosopack", &foreign);
    assert_eq!(add(&desk, path), Err(Code::PackForeign));
    let changed = SignedPack {
        pack: signed.pack.replace("Gói thử", "Gói thử!"),
        ..signed.clone()
    };
    let path = write(&desk, "changed.hosopack", &changed);
    assert_eq!(add(&desk, path), Err(Code::PackForeign));
    std::fs::write(desk.path("no.hosopack"), b"[]").unwrap();
    let path = desk.path("no.hosopack").to_string_lossy().into_owned();
    assert_eq!(add(&desk, path), Err(Code::PackMalformed));
    assert_eq!(desk.engine.handle(GetPacks {}).unwrap(), []);

    let path = write(&desk, "thu.hosopack", &signed);
    let view = add(&desk, path.clone()).unwrap();
    assert_eq!(
        (view.name.as_str(), view.forms.as_slice()),
        ("Gói thử", &["90".to_owned()][..])
    );
    assert_eq!(add(&desk, path), Ok(view.clone()), "twice is once");
    assert_eq!(
        desk.engine.handle(GetPacks {}).unwrap(),
        std::slice::from_ref(&view)
    );
    let brought = desk.engine.handle(GetForms {}).unwrap();
    assert!(brought.iter().any(|f| f.number == "90"));

    let id = desk
        .engine
        .handle(CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "90".to_owned(),
        })
        .unwrap();
    let mut voucher = desk.view(id);
    let filled = &mut voucher.vouchers[0];
    filled
        .fields
        .insert("content".to_owned(), "Điều chỉnh thử".to_owned());
    filled.grids.insert(
        "pairs".to_owned(),
        vec![
            row("before", "Cũ", "1000000"),
            row("after", "Mới", "1500000"),
        ],
    );
    filled.grids.insert(
        "parts".to_owned(),
        vec![
            row("own", "Một", "2.000.000"),
            row("other", "Hai", "500000"),
        ],
    );
    assert_eq!(errors(&desk.save(&voucher).findings), []);
    let summed = &desk.view(id).vouchers[0];
    assert_eq!(summed.field("change"), "500000");
    assert_eq!(summed.field("total"), "2500000");
    assert_eq!(
        summed.field("total_words"),
        "Hai triệu năm trăm nghìn đồng."
    );
    assert_eq!(
        desk.engine.handle(CountPages { id, voucher: 0 }).unwrap(),
        1
    );
    desk.submit(id);
    for role in [Role::ChiefAccountant, Role::AccountOwner] {
        let report = desk.sign(id, role);
        assert_eq!((&report.stopped, &report.items[0].error), (&None, &None));
    }

    // the program keeps it
    desk.restart();
    desk.unlock().unwrap();
    assert_eq!(desk.engine.handle(GetPacks {}).unwrap(), [view]);
    assert_eq!(desk.view(id).forms[0].number, "90");
}

#[test]
fn a_pack_that_changes_an_edition_or_drops_a_code_is_refused_whole() {
    let desk = Desk::ready();
    let own = Portal::open(&desk.path("portal")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let forms = fixture().join("../../../../../forms/nd347-2025");
    let typ = std::fs::read_to_string(forms.join("13.typ")).unwrap();
    let toml = std::fs::read_to_string(forms.join("13.toml")).unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();

    put("13.typ", &typ);
    put("13.toml", &toml.replace("max = 20", "max = 21"));
    assert!(
        own.issue_pack(folder.path(), "sua-13", "Sửa mẫu 13")
            .is_err()
    );

    // a correction is a new edition; the older voucher keeps its own
    let id = desk.draft("Mua văn phòng phẩm", "450000");
    let newer = toml
        .replace("edition = 1", "edition = 2")
        .replace("max = 20", "max = 21");
    put("13.toml", &newer);
    put(
        "13.typ",
        "#import \"/form.typ\": *\n#nothing-of-that-name\n",
    );
    assert!(
        own.issue_pack(folder.path(), "sua-13", "Sửa mẫu 13")
            .is_err(),
        "it cannot be printed"
    );
    let before = hoso_domain::form::latest("nd347-2025", "13").unwrap();
    assert_eq!(before.edition, 1, "nothing of a refused pack is taken");

    std::fs::remove_file(folder.path().join("13.toml")).unwrap();
    put(
        "source.csv",
        "code,name,kind,parent,note,certainty,valid_from,valid_to,source\n",
    );
    assert!(
        own.issue_pack(folder.path(), "nguon", "Mã nguồn").is_err(),
        "codes end, they are not dropped"
    );
    let source = catalogue("source").unwrap();
    let list = std::fs::read_to_string(forms.join("../../catalogues/source.csv")).unwrap();
    put(
        "source.csv",
        &format!("{list}97,Nguồn thử,code,,,likely,2026-01-01,,Gói thử\n"),
    );
    let signed = own.issue_pack(folder.path(), "nguon", "Mã nguồn").unwrap();
    add(&desk, write(&desk, "nguon.hosopack", &signed)).unwrap();
    assert_eq!(
        catalogue("source").unwrap().rows.len(),
        source.rows.len() + 1
    );
    assert_eq!(desk.view(id).forms[0].edition, 1);
}

#[test]
fn a_pack_in_the_feed_is_taken_in_while_the_program_runs_and_kept() {
    let mut desk = Desk::ready();
    let portal = desk.portal_up();
    desk.send_now();
    // issued by another process, as `hoso-portal pack` is
    let other = Portal::open(&desk.path("portal")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let read =
        |ending: &str| std::fs::read_to_string(fixture().join(format!("90.{ending}"))).unwrap();
    let form = read("toml").replace("number = \"90\"", "number = \"92\"");
    std::fs::write(folder.path().join("92.toml"), form).unwrap();
    std::fs::write(folder.path().join("92.typ"), read("typ")).unwrap();
    other
        .issue_pack(folder.path(), "thu-92", "Gói của luồng tin")
        .unwrap();
    desk.send_now();
    let view = desk.until("the pack", || {
        let packs = desk.engine.handle(GetPacks {}).unwrap();
        packs.into_iter().find(|p| p.id == "thu-92")
    });
    assert_eq!(view.forms, ["92"]);
    desk.down(portal);
    desk.restart();
    desk.unlock().unwrap();
    let kept = desk.engine.handle(GetPacks {}).unwrap();
    assert!(kept.contains(&view), "the next start has it without a link");
}

#[test]
fn a_pack_of_the_authority_before_stays_good_when_the_treasury_signs_by_another() {
    let mut desk = Desk::ready();
    let own = Portal::open(&desk.path("portal")).unwrap();
    let signed = own.issue_pack(&fixture(), "thu-90", "Gói thử").unwrap();
    let view = add(&desk, write(&desk, "thu.hosopack", &signed)).unwrap();
    let data = desk.path("other-portal");
    let file = prepare(&data, "localhost:1", tokens().world.unit.clone(), true);
    let path = desk.write("moi.hoso", &file);
    desk.renew(&path);
    desk.restart();
    desk.unlock().unwrap();
    assert_eq!(desk.engine.handle(GetPacks {}).unwrap(), [view]);
    // from now on the other one signs
    let later = own.issue_pack(&fixture(), "thu-90", "Gói sau").unwrap();
    let path = write(&desk, "sau.hosopack", &later);
    assert_eq!(add(&desk, path), Err(Code::PackForeign));
}
