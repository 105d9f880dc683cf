//! The audit export, read with nothing of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use calamine::Reader as _;
use hoso_contract::command::*;
use hoso_contract::view::Exported;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::PersonId;
use hoso_engine::evidence::verify_file;
use hoso_engine::{Engine, Handle, Place};
use hoso_store::audit::{self, Act, Params};
use hoso_store::{By, people};
use hoso_testkit::wait_until;

use crate::desk::officer::Officer;
use crate::desk::{self, Desk, PIN, line};
use crate::slots::store;

fn export(desk: &Desk, year: i32) -> (PathBuf, u32) {
    let target = desk.path("usb");
    fs::create_dir_all(&target).unwrap();
    let folder = target.to_string_lossy().into_owned();
    let done = desk.engine.handle(ExportYear { year, folder }).unwrap();
    assert_eq!(done.unreadable, 0);
    (PathBuf::from(done.folder), done.dossiers)
}

fn this_year(desk: &Desk) -> i32 {
    chrono::Datelike::year(&desk.engine.handle(GetSession {}).unwrap().today)
}

/// The targets of all links of a page, decoded.
fn links(page: &str) -> Vec<String> {
    page.split("href=\"")
        .skip(1)
        .map(|rest| {
            let (link, _) = rest.split_once('"').unwrap();
            let mut bytes = Vec::new();
            let mut left = link.bytes();
            while let Some(byte) = left.next() {
                if byte == b'%' {
                    let hex = [left.next().unwrap(), left.next().unwrap()];
                    let hex = std::str::from_utf8(&hex).unwrap();
                    bytes.push(u8::from_str_radix(hex, 16).unwrap());
                } else {
                    bytes.push(byte);
                }
            }
            String::from_utf8(bytes).unwrap()
        })
        .collect()
}

/// One line of a CSV file (RFC 4180).
fn cells(line: &str) -> Vec<String> {
    let (mut out, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    out.push(cell);
    out
}

/// The chain of `nhat-ky.csv` by the formula of docs/BACKUP.md alone.
fn chain_holds(csv: &str) -> usize {
    let mut before = "0".repeat(64);
    let mut rows = 0;
    for line in csv.trim_start_matches('\u{feff}').lines().skip(1) {
        let c = cells(line);
        let text = format!(
            "hoso-audit-1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{before}\n",
            c[0], c[1], c[2], c[3], c[4], c[5], c[6]
        );
        assert_eq!(Digest::of(text.as_bytes()).hex(), c[7], "row {}", c[0]);
        before.clone_from(&c[7]);
        rows += 1;
    }
    rows
}

#[test]
fn a_year_leaves_as_a_folder_that_opens_with_a_browser_alone() {
    let desk = Desk::ready();
    let signed = desk.queued("Mua <văn phòng phẩm> & mực", "1.250.000");
    desk.draft("Chưa trình ký", "9.000.000");
    let budget_year = this_year(&desk);
    let (root, dossiers) = export(&desk, budget_year);
    assert_eq!(dossiers, 1);
    let index = fs::read_to_string(root.join("index.html")).unwrap();
    assert!(index.contains("Mua &lt;văn phòng phẩm&gt; &amp; mực"));
    assert!(!index.contains("Chưa trình ký"), "a draft is no evidence");
    assert!(!index.contains("<script") && !index.contains("http"));
    let linked = links(&index);
    for link in &linked {
        assert!(root.join(link).is_file(), "{link}");
    }
    for wanted in ["ho-so.asice", "chung-tu-1.pdf", "ho-so.json"] {
        assert!(linked.iter().any(|l| l.ends_with(wanted)), "{wanted}");
    }
    let of = |name: &str| {
        let link = linked.iter().find(|l| l.ends_with(name)).unwrap();
        fs::read(root.join(link)).unwrap()
    };
    assert!(of("chung-tu-1.pdf").starts_with(b"%PDF-"));
    // the very container
    let own = desk.path("own.asice");
    desk.engine
        .handle(ExportContainer {
            id: signed,
            path: own.to_string_lossy().into_owned(),
        })
        .unwrap();
    assert_eq!(of("ho-so.asice"), fs::read(own).unwrap());
    assert!(
        fs::read(root.join("so-dang-ky.xlsx"))
            .unwrap()
            .starts_with(b"PK")
    );
    let csv = fs::read_to_string(root.join("nhat-ky.csv")).unwrap();
    assert!(chain_holds(&csv) >= 5);
    let page = fs::read_to_string(root.join("nhat-ky.html")).unwrap();
    assert!(page.contains("Trình ký"), "acts are worded");
    // another year has nothing of it, and a second export overwrites no file
    let (other, none) = export(&desk, 2016);
    assert_eq!(none, 0);
    assert!(other.join("index.html").is_file());
    let (second, _) = export(&desk, budget_year);
    assert_ne!(second, root);
    assert!(Path::new(&root).join("index.html").is_file());
}

#[test]
fn the_register_and_the_folders_hold_what_the_treasury_answered() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    let told = desk.until("the result", || {
        desk.send_now();
        let rows = desk.results();
        rows.into_iter()
            .find(|r| r.id == id && !r.documents.is_empty())
    });
    desk.down(portal);
    let (root, dossiers) = export(&desk, this_year(&desk));
    assert_eq!(dossiers, 1);
    let rows = register(&desk, &root);
    let line = rows.iter().find(|row| row[3] == "Tiền điện").unwrap();
    assert_eq!(line[5], "1000000");
    assert_eq!(line[8], told.treasury_number);
    assert_eq!(line[9].lines().count(), 2, "{line:?}");
    let seq = told.receipt.unwrap().seq;
    assert!(line[10].starts_with(&format!("số {seq} lúc ")), "{line:?}");
    assert_eq!(rows.last().unwrap()[4..6], ["Cộng", "1000000"]);
    // and the files it points to
    let folder = root.join(&line[11]);
    let linked = links(&fs::read_to_string(root.join("index.html")).unwrap());
    for name in ["bien-nhan-1.json", &told.documents[0].name] {
        assert!(!fs::read(folder.join(name)).unwrap().is_empty(), "{name}");
        assert!(linked.contains(&format!("{}/{name}", line[11])), "{name}");
    }
    // everything at once has them as well
    let usb = desk.path("usb").to_string_lossy().into_owned();
    let everything = || {
        let folder = usb.clone();
        let all = desk.engine.handle(ExportAll { folder }).unwrap();
        let of_it = Path::new(&all.folder).join(&line[11]);
        (all, of_it)
    };
    let (all, of_it) = everything();
    assert_eq!((all.dossiers, all.unreadable), (1, 0));
    for name in ["bien-nhan-1.json", &told.documents[0].name] {
        let same = fs::read(folder.join(name)).unwrap();
        assert_eq!(fs::read(of_it.join(name)).unwrap(), same, "{name}");
    }
    // an answer that went missing in the store is told of, and takes nothing else along
    let document = fs::read(folder.join(&told.documents[0].name)).unwrap();
    let name = Digest::of(&document).hex();
    let (shelf, _) = name.split_at(2);
    fs::remove_file(desk.home.join("store/files").join(shelf).join(&name)).unwrap();
    let (all, of_it) = everything();
    assert_eq!((all.dossiers, all.unreadable), (0, 1));
    assert!(of_it.join("bien-nhan-1.json").is_file());
    let year = this_year(&desk);
    let again = ExportYear { year, folder: usb };
    let again = desk.engine.handle(again).unwrap();
    assert_eq!((again.dossiers, again.unreadable), (1, 1));
    let folder = Path::new(&again.folder).join(&line[11]);
    assert!(folder.join("bien-nhan-1.json").is_file());
}

#[test]
fn a_row_of_the_trail_that_cannot_be_read_ends_the_trail_and_nothing_else() {
    let desk = Desk::ready();
    desk.queued("Tiền điện", "1.000.000");
    let before = desk.engine.handle(VerifyTrail { known: None }).unwrap();
    let bad = before.seq - 1;
    let sql = format!("DROP TRIGGER audit_fixed; UPDATE audit SET params = '?' WHERE seq = {bad}");
    store(&desk)
        .write(move |tx| Ok(tx.execute_batch(&sql)?))
        .unwrap();
    desk.unlock().unwrap();
    let usb = desk.path("usb");
    fs::create_dir(&usb).unwrap();
    let command = ExportYear {
        year: this_year(&desk),
        folder: usb.to_string_lossy().into_owned(),
    };
    let done = desk.engine.handle(command).unwrap();
    assert_eq!((done.dossiers, done.unreadable), (1, 0));
    assert_eq!(done.trail_until, Some(bad - 1));
    let root = Path::new(&done.folder);
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let rows = u64::try_from(chain_holds(&read("nhat-ky.csv"))).unwrap();
    assert_eq!(rows, bad - 1);
    for page in ["index.html", "nhat-ky.html"] {
        let words = format!("Nhật ký chỉ đọc được đến dòng {}.", bad - 1);
        assert!(read(page).contains(&words), "{page}");
    }
    let rows = register(&desk, root);
    let line = rows.iter().find(|row| row[3] == "Tiền điện").unwrap();
    assert!(root.join(&line[11]).join("ho-so.asice").is_file());
}

#[test]
fn a_trail_of_many_rows_leaves_whole() {
    let desk = Desk::ready();
    let head = desk.engine.handle(VerifyTrail { known: None }).unwrap();
    store(&desk)
        .write(|tx| {
            let person = people::all(tx)?[0].id;
            let at = desk::now();
            for _ in 0..2_500 {
                let act = Act {
                    unit: None,
                    act: "opened",
                    dossier: None,
                    params: Params::new(),
                };
                audit::append(tx, &act, By { person, at })?;
            }
            Ok(())
        })
        .unwrap();
    desk.unlock().unwrap();
    let (root, _) = export(&desk, this_year(&desk));
    let csv = fs::read_to_string(root.join("nhat-ky.csv")).unwrap();
    // its own row is the last
    let rows = u64::try_from(chain_holds(&csv)).unwrap();
    assert!(rows > head.seq + 2_500, "{rows}");
    let last = csv.lines().last().unwrap();
    assert_eq!(cells(last)[4], "year-exported");
}

#[test]
fn a_file_of_a_long_name_is_cut_on_the_disk_and_listed_by_its_whole_name() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let long = format!("{}.pdf", "ho so ".repeat(30).trim_end());
    let path = desk.write(&long, b"%PDF-1.4 dai");
    let drawer = Drawer::Unit;
    desk.engine.handle(Attach { id, drawer, path }).unwrap();
    desk.finish(id);
    let (root, _) = export(&desk, this_year(&desk));
    let index = fs::read_to_string(root.join("index.html")).unwrap();
    assert!(index.contains(&format!(">{long}</a>")), "{long}");
    let linked = links(&index);
    let (folder, name) = linked
        .iter()
        .filter_map(|link| link.rsplit_once('/'))
        .find(|(_, name)| name.starts_with("ho so ho so"))
        .unwrap();
    assert!(
        name.chars().count() <= 60 && name.ends_with(".pdf"),
        "{name}"
    );
    assert_eq!(
        fs::read(root.join(folder).join(name)).unwrap(),
        b"%PDF-1.4 dai"
    );
}

#[test]
fn a_file_that_cannot_be_replaced_is_named() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    // as one that another program holds open on Windows
    let taken = desk.path("da-co");
    fs::create_dir_all(taken.join("tep")).unwrap();
    let path = || taken.to_string_lossy().into_owned();
    let pdf = ExportPdf {
        id,
        voucher: 0,
        path: path(),
    };
    let table = ExportTable {
        what: "list".to_owned(),
        year: this_year(&desk),
        path: path(),
    };
    let told = [
        desk.engine.handle(pdf).unwrap_err(),
        desk.engine.handle(table).unwrap_err(),
    ];
    for error in told {
        assert_eq!(error.code, Code::DiskRefused);
        assert_eq!(error.params["path"], path());
    }
    assert!(taken.join("tep").is_dir());
}

/// The rows of this desk's unit in the register below.
fn register(desk: &Desk, root: &Path) -> Vec<Vec<String>> {
    let path = root.join("so-dang-ky.xlsx");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let sheet = book.worksheet_range(&desk.world.unit.code).unwrap();
    sheet
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect()
}

#[test]
fn every_revision_that_was_signed_is_evidence_and_a_draft_after_it_is_none() {
    let desk = Desk::ready();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.engine.handle(Mend { id }).unwrap();
    let mut view = desk.view(id);
    let lines = vec![line("Tiền điện", "6551", "1.100.000")];
    view.vouchers[0].grids.insert("lines".to_owned(), lines);
    desk.save(&view);
    let ca = desk.world.dir.join("ca.pem");
    let row = |root: &Path| {
        let rows = register(&desk, root);
        rows.into_iter().find(|r| r[3] == "Tiền điện").unwrap()
    };

    // while it is mended, what was signed stands for it
    let (root, dossiers) = export(&desk, this_year(&desk));
    assert_eq!(dossiers, 1);
    let line = row(&root);
    assert_eq!(
        (line[5].as_str(), line[12].as_str()),
        ("1000000", "ho-so.asice")
    );
    let folder = root.join(&line[11]);
    assert!(verify_file(&folder.join("ho-so.asice"), &ca).unwrap().ok);
    assert!(folder.join("chung-tu-1.pdf").is_file());
    // everything at once has the draft as well
    let usb = desk.path("usb").to_string_lossy().into_owned();
    let all = desk.engine.handle(ExportAll { folder: usb }).unwrap();
    let unit = Path::new(&all.folder).join(&desk.world.unit.code);
    let only = fs::read_dir(unit).unwrap().next().unwrap().unwrap().path();
    for name in [
        "ho-so-ban-1.asice",
        "chung-tu-1-ban-1.pdf",
        "chung-tu-1-ban-2.pdf",
    ] {
        assert!(only.join(name).is_file(), "{name}");
    }

    desk.finish(id);
    let (root, dossiers) = export(&desk, this_year(&desk));
    assert_eq!(dossiers, 1);
    let line = row(&root);
    assert_eq!(line[5], "1100000");
    assert_eq!(line[12], "ho-so-ban-1.asice\nho-so-ban-2.asice");
    let of = |ban: &str| line[9].lines().filter(|s| s.ends_with(ban)).count();
    assert_eq!((of("– bản 1"), of("– bản 2")), (2, 2), "{line:?}");
    let folder = root.join(&line[11]);
    let containers = line[12].lines().map(|name| folder.join(name));
    let containers: Vec<Vec<u8>> = containers
        .map(|path| {
            assert!(verify_file(&path, &ca).unwrap().ok, "{}", path.display());
            fs::read(path).unwrap()
        })
        .collect();
    assert_ne!(containers[0], containers[1]);
    let linked = links(&fs::read_to_string(root.join("index.html")).unwrap());
    let prints = ["chung-tu-1-ban-1.pdf", "chung-tu-1-ban-2.pdf"];
    for name in line[12].lines().chain(prints) {
        assert!(linked.contains(&format!("{}/{name}", line[11])), "{name}");
    }
}

#[test]
fn a_file_that_came_after_the_signatures_is_no_evidence() {
    let desk = Desk::ready();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.engine.handle(Mend { id }).unwrap();
    for (drawer, name) in [
        (Drawer::Treasury, "hop-dong.pdf"),
        (Drawer::Unit, "ghi-chu.pdf"),
    ] {
        let path = desk.write(name, format!("%PDF-1.4 {name}").as_bytes());
        desk.engine.handle(Attach { id, drawer, path }).unwrap();
    }
    let (root, _) = export(&desk, this_year(&desk));
    let rows = register(&desk, &root);
    let line = rows.iter().find(|row| row[3] == "Tiền điện").unwrap();
    let folder = root.join(&line[11]);
    assert!(!folder.join("hop-dong.pdf").exists());
    assert!(folder.join("ghi-chu.pdf").is_file(), "kept for the audit");
}

/// The desk's program started anew; it does something each time an export says how far it is.
fn started(
    desk: &Desk,
    told: impl Fn(&Engine, u64, u64) + Send + Sync + 'static,
) -> (Arc<Engine>, PersonId) {
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let own = Arc::new(OnceLock::<Weak<Engine>>::new());
    let me = Arc::clone(&own);
    let engine = Arc::new(Engine::new(
        Place::at(&desk.home),
        Arc::new(move |fact: Fact| {
            if let Fact::BackingUp { done, of } = fact {
                let engine = me.get().and_then(Weak::upgrade).unwrap();
                told(&engine, done, of);
            }
        }),
    ));
    own.set(Arc::downgrade(&engine)).unwrap();
    unlock(&engine, person);
    (engine, person)
}

fn unlock(engine: &Engine, person: PersonId) {
    let pin = Secret(PIN.to_owned());
    engine.handle(Unlock { person, pin }).unwrap();
}

#[test]
fn an_export_looks_at_its_year_alone_and_leaves_nothing_when_it_is_cancelled() {
    let desk = Desk::ready();
    desk.queued("Tiền điện", "1.000.000");
    let year = this_year(&desk);
    // one that is cancelled as soon as it says how far it is
    let (looked, armed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
    let (count, hand) = (Arc::clone(&looked), Arc::clone(&armed));
    let (engine, _) = started(&desk, move |engine, _, of| {
        count.fetch_add(of, Ordering::SeqCst);
        if hand.swap(false, Ordering::SeqCst) {
            engine.handle(CancelBackup {}).unwrap();
        }
    });
    let usb = desk.path("usb");
    fs::create_dir_all(&usb).unwrap();
    let export = |year| {
        let folder = usb.to_string_lossy().into_owned();
        engine.handle(ExportYear { year, folder })
    };
    export(2016).unwrap();
    assert_eq!(
        looked.load(Ordering::SeqCst),
        0,
        "a dossier of another year"
    );
    assert!(armed.load(Ordering::SeqCst));
    assert_eq!(export(year).unwrap_err().code, Code::Cancelled);
    assert_eq!(fs::read_dir(&usb).unwrap().count(), 1);
    assert_eq!(export(year).unwrap().dossiers, 1);
    assert!(looked.load(Ordering::SeqCst) >= 2);
    // so does everything at once
    let all = || {
        let folder = usb.to_string_lossy().into_owned();
        engine.handle(ExportAll { folder })
    };
    armed.store(true, Ordering::SeqCst);
    assert_eq!(all().unwrap_err().code, Code::Cancelled);
    assert_eq!(fs::read_dir(&usb).unwrap().count(), 2);
    assert_eq!(all().unwrap().dossiers, 1);
}

#[test]
fn a_lock_ends_an_export_leaves_nothing_of_it_and_the_store_opens_again_at_once() {
    let desk = Desk::ready();
    for content in ["Tiền điện", "Tiền nước"] {
        desk.queued(content, "1.000.000");
    }
    let year = this_year(&desk);
    let (half, reached) = channel();
    let (engine, person) = started(&desk, move |engine, done, _| {
        // the first dossier is written
        if done == 1 {
            half.send(()).unwrap();
            let locked = || engine.handle(GetSession {}).is_err();
            wait_until("the lock", Duration::from_secs(60), locked).unwrap();
        }
    });
    let usb = desk.path("usb");
    fs::create_dir_all(&usb).unwrap();
    let folder = || usb.to_string_lossy().into_owned();
    let lock_while = |export: &(dyn Fn() -> Result<Exported, AppError> + Sync)| {
        std::thread::scope(|scope| {
            let export = scope.spawn(export);
            reached.recv_timeout(Duration::from_secs(60)).unwrap();
            assert_eq!(fs::read_dir(&usb).unwrap().count(), 1);
            engine.handle(Lock {}).unwrap();
            unlock(&engine, person);
            let ended = export.join().unwrap();
            assert_eq!(ended.unwrap_err().code, Code::Cancelled);
        });
        assert_eq!(fs::read_dir(&usb).unwrap().count(), 0);
    };
    lock_while(&|| {
        let folder = folder();
        engine.handle(ExportYear { year, folder })
    });
    lock_while(&|| engine.handle(ExportAll { folder: folder() }));
}

#[test]
fn an_export_whose_folder_fails_midway_leaves_nothing_either() {
    let desk = Desk::ready();
    for content in ["Tiền điện", "Tiền nước"] {
        desk.queued(content, "1.000.000");
    }
    let year = this_year(&desk);
    let usb = desk.path("usb");
    fs::create_dir_all(&usb).unwrap();
    let (stick, unit) = (usb.clone(), desk.world.unit.code.clone());
    let (engine, _) = started(&desk, move |_, done, _| {
        // after the first dossier a file lies where the second is to go
        if done == 1 {
            let root = fs::read_dir(&stick).unwrap().next().unwrap().unwrap();
            let unit = root.path().join(&unit);
            fs::remove_dir_all(&unit).unwrap();
            fs::write(&unit, b"").unwrap();
        }
    });
    let folder = || usb.to_string_lossy().into_owned();
    let of_year = engine.handle(ExportYear {
        year,
        folder: folder(),
    });
    assert_eq!(of_year.unwrap_err().code, Code::DiskRefused);
    assert_eq!(fs::read_dir(&usb).unwrap().count(), 0);
    let all = engine.handle(ExportAll { folder: folder() });
    assert_eq!(all.unwrap_err().code, Code::DiskRefused);
    assert_eq!(fs::read_dir(&usb).unwrap().count(), 0);
}
