//! Stores of earlier programs, kept as they were, and what an upgrade does to them.
//!
//! A folder `tests/fixtures/schema-NN` is a whole store of the last program with that schema, made by
//! [`fill`]; once released it is never made anew. `HOSO_FREEZE=<folder>` makes one of the present
//! schema. 06 and 07, of which no program was handed out, are the store of 05 brought there by their
//! frozen migrations, with a withdrawal in 07.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hoso_domain::book::{Contract, Kind, Movement};
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DeviceId, DossierId, EntryId, ResultId, UnitId};
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_store::attachments::Attachment;
use hoso_store::books::KeptMovement;
use hoso_store::devices::{Device, Enrolment};
use hoso_store::listing::{self, Filter, Order};
use hoso_store::{
    Store, StoreError, Vault, attachments, audit, books, devices, dossiers, evidence, feed, people,
    receipts, schema, settings, units, withdrawals,
};

use crate::world::{PIN, World, dossier, id, instant, person};

const FILE: &[u8] = "Quyết định số 12/QĐ-UBND".as_bytes();

/// One of everything a store can hold.
fn fill(w: &World) {
    let sha256 = w.store().files().put_bytes(FILE).unwrap();
    let d = w.draft(1, "Tiền điện tháng 10");
    let attachment = Attachment {
        id: AttachmentId(id(0xf001)),
        dossier: d,
        drawer: Drawer::Unit,
        name: "quyet-dinh.pdf".to_owned(),
        sha256,
        size: FILE.len() as u64,
    };
    let by = w.at(2);
    w.store()
        .write(move |tx| attachments::add(tx, &attachment, by))
        .unwrap();
    let sent = w.queued(2);
    let receipt = w.receipt(sent);
    let by = w.at(300);
    w.store()
        .write(move |tx| {
            let step = hoso_store::life::Move {
                dossier: sent,
                expected: LocalState::Queued,
                next: LocalState::Sending,
                act: "sending",
                params: audit::Params::new(),
            };
            hoso_store::life::advance(tx, &step, by)?;
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
    let device = Device {
        id: DeviceId(id(0xf002)),
        unit: w.unit,
        portal: "https://cong.example".to_owned(),
        private_key: zeroize::Zeroizing::new(vec![7; 32]),
        state: Enrolment::Enrolled,
        doc: "{}".to_owned(),
    };
    w.store()
        .write(move |tx| {
            devices::add(tx, &device, instant(1))?;
            settings::put(tx, None, "theme", "dark")
        })
        .unwrap();
    fill_books(w, sent);
}

/// What schemas 7 and 8 added; not in the store that was frozen at 8. The matched movement and the
/// cursor are not in the one that was frozen at 9.
fn fill_books(w: &World, sent: DossierId) {
    let (unit, by) = (w.unit, w.at(400));
    let entry = crate::books::entry(w, 1, Kind::YearStart, 90_000_000);
    let movement = KeptMovement {
        id: EntryId(id(0xb001)),
        movement: Movement {
            day: by.at.date_naive(),
            account: "9523.4.1123456.17234".to_owned(),
            amount: Dong::new(-12_500_000).unwrap(),
            reference: "00001".to_owned(),
            text: "Tiền điện".to_owned(),
        },
        dossier: None,
        by_hand: false,
    };
    let mut matched = movement.clone();
    matched.id = EntryId(id(0xb002));
    matched.movement.reference = "00002".to_owned();
    let contract = Contract {
        number: "05/2026".to_owned(),
        value: Dong::new(300_000_000).unwrap(),
        ..Contract::default()
    };
    w.store()
        .write(move |tx| {
            withdrawals::ask(tx, sent, "Đã nộp bản giấy", by)?;
            books::enter(tx, unit, &[entry], by)?;
            books::put_contract(tx, unit, &contract, by)?;
            books::put_movement(tx, unit, &movement, 0, by.at)?;
            books::put_movement(tx, unit, &matched, 0, by.at)?;
            books::match_by_hand(tx, unit, matched.id, Some(sent), by)?;
            feed::set_cursor(tx, unit, "1-7", by.at)?;
            books::put_pay_table(tx, unit, "2026-10", &"bảng lương", by.at)
        })
        .unwrap();
}

fn fixtures() -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&own).join("tests/fixtures")
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_store_of_every_earlier_schema_opens_with_everything_in_it() {
    if let Some(folder) = std::env::var_os("HOSO_FREEZE") {
        let mut w = World::new();
        fill(&w);
        w.close();
        let to = Path::new(&folder).join(format!("schema-{:02}", schema::version()));
        assert!(!to.exists(), "a frozen store is never made anew");
        copy(w.dir(), &to);
        for left in ["hoso.lock", "hoso.owner"] {
            fs::remove_file(to.join(left)).unwrap();
        }
        return;
    }
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(fixtures()).unwrap() {
        let frozen = entry.unwrap().path();
        let name = frozen.file_name().unwrap().to_string_lossy().into_owned();
        let schema: u32 = name.strip_prefix("schema-").unwrap().parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("store");
        copy(&frozen, &dir);
        let keys = Vault::open(&dir)
            .unwrap()
            .unlock(person(1), PIN, instant(0))
            .ok()
            .unwrap();
        let before = fs::read(dir.join("hoso.db")).unwrap();
        let store = Store::open(&dir, &keys).unwrap();
        holds_everything(&store, &name);
        drop(store);
        let kept = dir.join(format!("hoso.db.before-{}", schema::version()));
        assert_eq!(kept.exists(), schema < schema::version(), "{name}");
        if kept.exists() {
            // the copy is a store of the earlier schema, and opens again
            assert_ne!(fs::read(dir.join("hoso.db")).unwrap(), before, "{name}");
            fs::copy(&kept, dir.join("hoso.db")).unwrap();
            holds_everything(&Store::open(&dir, &keys).unwrap(), &name);
        }
        seen.insert(schema);
    }
    let earlier: BTreeSet<u32> = (5..=11).collect();
    assert!(seen.is_superset(&earlier), "{seen:?}");
}

fn holds_everything(store: &Store, name: &str) {
    let head = store.read(audit::verify).unwrap();
    assert!(head.seq >= 9, "{name}: {head:?}");
    let of = |n| store.read(|c| dossiers::current(c, dossier(n))).unwrap();
    assert_eq!(of(1).revision.state, LocalState::Draft, "{name}");
    assert_eq!(of(1).revision.summary.title, "Tiền điện tháng 10", "{name}");
    assert_eq!(of(2).revision.state, LocalState::Sent, "{name}");
    let receipt = store
        .read(|c| receipts::of_revision(c, dossier(2), 1))
        .unwrap();
    assert_eq!(receipt.unwrap().seq, 41, "{name}");
    assert_eq!(store.files().get(&Digest::of(FILE)).unwrap(), FILE);
    assert_eq!(store.read(people::all).unwrap()[0].name, "Vi Thị Hoà");
    let unit = store.read(units::all).unwrap()[0].id;
    let device = store.read(|c| devices::of_unit(c, unit)).unwrap().unwrap();
    assert_eq!(device.id, DeviceId(id(0xf002)), "{name}");
    let theme: Option<String> = store.read(|c| settings::get(c, None, "theme")).unwrap();
    assert_eq!(theme.as_deref(), Some("dark"), "{name}");
    let found = |text: &str| {
        let filter = Filter {
            text: text.to_owned(),
            ..Filter::default()
        };
        let page = store.read(|c| listing::page(c, unit, &filter, None, 10));
        page.unwrap()
            .rows
            .iter()
            .map(|r| r.id)
            .collect::<Vec<DossierId>>()
    };
    // as they changed last: 2 was signed and sent after 1 was written
    assert_eq!(found(""), [dossier(2), dossier(1)], "{name}");
    assert_eq!(found("tien dien"), [dossier(2), dossier(1)], "{name}");
    goes_by_amount_and_day(store, unit, name);
    if name == "schema-07" || name >= "schema-09" {
        let asked = store.read(|c| withdrawals::of_dossier(c, dossier(2)));
        assert_eq!(asked.unwrap().unwrap().reason, "Đã nộp bản giấy", "{name}");
    }
    // what was sent before there were timestamps gets its own as well
    let due = store
        .read(|c| evidence::due(c, unit, instant(900)))
        .unwrap();
    assert_eq!(due.unwrap().place.dossier, dossier(2), "{name}");
    if name >= "schema-09" {
        holds_books(store, unit);
    }
    if name >= "schema-10" {
        let all = store.read(|c| books::movements(c, unit, instant(0).date_naive()));
        let all: Vec<_> = all
            .unwrap()
            .iter()
            .map(|m| (m.dossier, m.by_hand))
            .collect();
        assert_eq!(all, [(Some(dossier(2)), true), (None, false)], "{name}");
        let (cursor, at) = store.read(|c| feed::cursor(c, unit)).unwrap().unwrap();
        // migration 11 has the movements told again
        let kept = if name == "schema-10" { "" } else { "1-7" };
        assert_eq!(cursor, kept, "{name}");
        assert_eq!(at, instant(400), "{name}");
    }
}

/// The key of the first row says what the list holds of it.
fn goes_by_amount_and_day(store: &Store, unit: UnitId, name: &str) {
    for (order, key) in [
        (Order::LargestFirst, format!("12500000 {}", dossier(2))),
        (Order::SmallestFirst, format!("12500000 {}", dossier(1))),
        (Order::LatestDayFirst, format!(" {}", dossier(2))),
        (Order::EarliestDayFirst, format!(" {}", dossier(1))),
    ] {
        let filter = Filter {
            order,
            ..Filter::default()
        };
        let page = store.read(|c| listing::page(c, unit, &filter, None, 1));
        assert_eq!(page.unwrap().after, Some(key), "{name}: {order:?}");
    }
}

fn holds_books(store: &Store, unit: UnitId) {
    let day = instant(0).date_naive();
    let read = |c: &hoso_store::Connection| {
        assert_eq!(books::entries(c, unit, 2026)?.len(), 1);
        assert_eq!(books::contracts(c, unit)?[0].number, "05/2026");
        let movements = books::movements(c, unit, day)?;
        let first = movements.iter().find(|m| m.id == EntryId(id(0xb001)));
        assert_eq!(first.unwrap().movement.reference, "00001");
        let table: Option<String> = books::pay_table_before(c, unit, "2026-11")?;
        assert_eq!(table.as_deref(), Some("bảng lương"));
        Ok(())
    };
    store.read(read).unwrap();
}

#[test]
fn a_movement_of_an_earlier_store_is_one_row_and_its_equal_another() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("store");
    copy(&fixtures().join("schema-10"), &dir);
    let keys = Vault::open(&dir)
        .unwrap()
        .unlock(person(1), PIN, instant(0))
        .ok()
        .unwrap();
    let store = Store::open(&dir, &keys).unwrap();
    let unit = store.read(units::all).unwrap()[0].id;
    let day = instant(0).date_naive();
    let all = || store.read(|c| books::movements(c, unit, day)).unwrap();
    let matched = all().remove(0);
    for (told, rows) in [(1, 2), (1, 2), (2, 3)] {
        let mut row = matched.clone();
        row.id = EntryId(id(0xb100 + told));
        let told = ResultId(id(0xc000 + told));
        store
            .write(move |tx| books::put_told_movement(tx, unit, &row, told, instant(900)))
            .unwrap();
        assert_eq!(all().len(), rows, "{told}");
    }
    assert!(all().contains(&matched), "with its dossier");
}

#[test]
fn an_upgrade_without_room_for_its_copy_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mount) = crate::files::tiny_disk(folder.path(), "12m") else {
        return;
    };
    let dir = folder.path().join("store");
    copy(&fixtures().join("schema-05"), &dir);
    let keys = Vault::open(&dir)
        .unwrap()
        .unlock(person(1), PIN, instant(0))
        .ok()
        .unwrap();
    let before = fs::read(dir.join("hoso.db")).unwrap();
    // leave less than a copy of the database
    let free = fs4_free(&dir);
    fs::write(
        folder.path().join("ballast"),
        vec![1; free - before.len() / 2],
    )
    .unwrap();
    let e = Store::open(&dir, &keys).err().unwrap();
    assert!(matches!(e, StoreError::DiskFull), "{e:?}");
    assert!(
        !dir.join(format!("hoso.db.before-{}", schema::version()))
            .exists()
    );
    // not begun, rather than given up half-way
    assert!(!dir.join("hoso.db.before.new").exists());
    fs::remove_file(folder.path().join("ballast")).unwrap();
    assert_eq!(fs::read(dir.join("hoso.db")).unwrap(), before);
    holds_everything(&Store::open(&dir, &keys).unwrap(), "after room was made");
    drop(mount);
}

fn fs4_free(dir: &Path) -> usize {
    usize::try_from(fs4::available_space(dir).unwrap()).unwrap()
}
