//! Attachments that cannot be taken in, and a disk that is full.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use hoso_contract::command::*;
use hoso_contract::view::{AttachmentView, ReadOnly, RestoreKey};
use hoso_contract::{AppError, Code};
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::{FindingCode, Place};
use hoso_domain::id::DossierId;
use hoso_engine::Handle;
use hoso_testkit::disk::SmallDisk;
use hoso_text::{Lang, failure};

use crate::desk::{Desk, errors, line, save};

fn attach(
    desk: &Desk,
    id: DossierId,
    drawer: Drawer,
    path: &Path,
) -> Result<AttachmentView, AppError> {
    let path = path.to_string_lossy().into_owned();
    desk.engine.handle(Attach { id, drawer, path })
}

#[test]
fn an_attachment_that_cannot_be_taken_in_is_named_and_the_drawers_stay() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let file = |name: &str, bytes: &[u8]| {
        let path = desk.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let folder = desk.path("thu-muc.pdf");
    std::fs::create_dir(&folder).unwrap();
    let large = desk.path("lon.pdf");
    File::create(&large)
        .unwrap()
        .set_len(10 * 1024 * 1024 + 1)
        .unwrap();
    let pipe = desk.path("ong.pdf");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let text = file("ghi-chu.pdf", "Không phải PDF".as_bytes());
    for (path, code) in [
        (&desk.path("khong-co.pdf"), Code::FileUnreadable),
        (&folder, Code::FileUnreadable),
        (&pipe, Code::FileUnreadable),
        (&file("rong.pdf", b""), Code::FileUnreadable),
        (&large, Code::FileTooLarge),
        (&text, Code::FileKindRefused),
    ] {
        let error = attach(&desk, id, Drawer::Treasury, path).unwrap_err();
        assert_eq!(error.code, code, "{}", path.display());
        let name = path.file_name().unwrap().to_string_lossy();
        assert_eq!(error.params["name"], name);
        assert!(desk.view(id).attachments.is_empty());
    }
    // the unit's own drawer takes any kind
    attach(&desk, id, Drawer::Unit, &text).unwrap();
    let good = file("quyet-dinh.pdf", b"%PDF-1.4 quyet dinh");
    attach(&desk, id, Drawer::Treasury, &good).unwrap();
    std::fs::write(&good, b"%PDF-1.4 another").unwrap();
    let twice = attach(&desk, id, Drawer::Treasury, &good).unwrap_err();
    assert_eq!(twice.code, Code::FileNameTaken);
    assert_eq!(desk.view(id).attachments.len(), 2);
}

#[test]
fn files_that_are_too_much_together_are_said_before_anything_is_signed() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let mut scan = b"%PDF-1.4 ".to_vec();
    scan.resize(10 * 1024 * 1024, b'0');
    let mut path = desk.path("quet-0.pdf");
    std::fs::write(&path, &scan).unwrap();
    for n in 1..=20 {
        attach(&desk, id, Drawer::Treasury, &path).unwrap();
        let next = desk.path(&format!("quet-{n}.pdf"));
        std::fs::rename(&path, &next).unwrap();
        path = next;
    }
    assert_eq!(errors(&desk.view(id).findings), []);
    attach(&desk, id, Drawer::Treasury, &path).unwrap();
    let view = desk.view(id);
    let too_much = [(FindingCode::FilesTooLarge, Place::Dossier)];
    assert_eq!(errors(&view.findings), too_much);
    let version = view.version;
    let submitted = desk.engine.handle(SubmitForSigning { id, version });
    assert_eq!(submitted.unwrap_err().code, Code::BlockedByFindings);
}

#[test]
fn a_full_disk_is_named_and_what_was_saved_stays() {
    let mut desk = Desk::new();
    let Some(disk) = SmallDisk::mount(&desk.home, "10m").unwrap() else {
        return;
    };
    desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    let kept = desk.path("kept.pdf");
    std::fs::write(&kept, b"%PDF-1.4 kept").unwrap();
    attach(&desk, id, Drawer::Treasury, &kept).unwrap();
    let before = desk.view(id);

    // known beforehand: the file does not fit
    let large = desk.path("large.pdf");
    let mut bytes = b"%PDF-1.4".to_vec();
    bytes.resize(10 * 1024 * 1024, b'x');
    std::fs::write(&large, &bytes).unwrap();
    let error = attach(&desk, id, Drawer::Treasury, &large).unwrap_err();
    assert_eq!(error.code, Code::DiskFull);

    // no room at all, for the database either
    disk.fill().unwrap();
    let mut view = desk.view(id);
    view.vouchers[0].grids.insert(
        "lines".to_owned(),
        vec![line(&"dài ".repeat(200_000), "6551", "2.000.000")],
    );
    let error = desk.engine.handle(save(&view)).unwrap_err();
    assert_eq!(error.code, Code::DiskFull);
    let error = attach(&desk, id, Drawer::Unit, &kept).unwrap_err();
    assert_eq!(error.code, Code::DiskFull);
    assert_eq!(desk.view(id), before);

    // a restart on the full disk: the work can be read, at least
    desk.restart();
    desk.unlock().unwrap();
    let read = desk.view(id);
    assert_eq!(read.vouchers, before.vouchers);
    assert_eq!(read.attachments, before.attachments);

    // room again: the same save goes through
    disk.free().unwrap();
    desk.restart();
    assert_eq!(desk.unlock().unwrap().read_only, None);
    desk.engine.handle(save(&view)).unwrap();
    assert_eq!(desk.view(id).vouchers[0].field("total"), "2000000");
    drop(desk.engine);
    drop(disk);
}

#[test]
fn an_export_that_does_not_fit_is_refused_before_a_file_of_it_is_written() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let large = desk.path("large.pdf");
    let mut bytes = b"%PDF-1.4".to_vec();
    bytes.resize(3 * 1024 * 1024, b'x');
    std::fs::write(&large, &bytes).unwrap();
    attach(&desk, id, Drawer::Unit, &large).unwrap();
    let stick = desk.path("stick");
    let Some(disk) = SmallDisk::mount(&stick, "6m").unwrap() else {
        return;
    };
    let year = chrono::Datelike::year(&desk.engine.handle(GetSession {}).unwrap().today);
    let folder = || stick.to_string_lossy().into_owned();
    let all = || desk.engine.handle(ExportAll { folder: folder() });
    let of_year = || {
        let folder = folder();
        desk.engine.handle(ExportYear { year, folder })
    };
    for refused in [all().unwrap_err(), of_year().unwrap_err()] {
        assert_eq!(refused.code, Code::DiskFull);
        assert_eq!(std::fs::read_dir(&stick).unwrap().count(), 0);
    }
    disk.remount("size=24m").unwrap();
    assert_eq!(all().unwrap().dossiers, 1);
    of_year().unwrap();
    drop(disk);
}

/// A sound store that can only be read: the work is there, a change is told `remedy`, and a backup is made
/// that can be restored.
fn is_read_and_backed_up(desk: &Desk, id: DossierId, why: ReadOnly, remedy: &str) {
    let view = desk.view(id);
    assert_eq!(view.vouchers[0].field("total"), "1000000");
    let error = desk.engine.handle(save(&view)).unwrap_err();
    assert_eq!(error.code, Code::StoreReadOnly);
    assert_eq!(error.params["why"], why.as_str());
    let words = failure(&error, Lang::Vi).remedy;
    assert!(
        words.contains(remedy) && !words.contains("khôi phục"),
        "{words}"
    );

    let stick = desk.path("stick");
    std::fs::create_dir_all(&stick).unwrap();
    let folder = Some(stick.to_string_lossy().into_owned());
    let made = desk.engine.handle(BackUp { folder }).unwrap().last.unwrap();
    assert_eq!((made.dossiers, made.missing), (1, 0));
    // the window asks anew: it is told as long as the store stays open
    let told = desk.engine.handle(GetBackupState {}).unwrap();
    assert_eq!(told.last, Some(made.clone()));
    let preview = PreviewRestore {
        place: made.place,
        key: RestoreKey::Open,
    };
    assert_eq!(desk.engine.handle(preview).unwrap().behind, Some(0));
}

#[test]
fn a_disk_that_refuses_writing_opens_the_work_to_be_read_and_backed_up() {
    let mut desk = Desk::new();
    let Some(disk) = SmallDisk::mount(&desk.home, "24m").unwrap() else {
        return;
    };
    desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.engine.handle(Lock {}).unwrap();
    disk.remount("ro").unwrap();
    assert_eq!(
        desk.unlock().unwrap().read_only,
        Some(ReadOnly::DiskRefused)
    );
    is_read_and_backed_up(&desk, id, ReadOnly::DiskRefused, "quyền thư mục");
    disk.remount("rw").unwrap();
    desk.restart();
    assert_eq!(desk.unlock().unwrap().read_only, None);
    drop(desk.engine);
    drop(disk);
}

#[test]
fn a_disk_that_was_full_at_the_unlock_opens_the_work_to_be_read_and_backed_up() {
    let desk = Desk::new();
    let Some(disk) = SmallDisk::mount(&desk.home, "24m").unwrap() else {
        return;
    };
    desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.engine.handle(Lock {}).unwrap();
    disk.fill().unwrap();
    assert_eq!(desk.unlock().unwrap().read_only, Some(ReadOnly::DiskFull));
    is_read_and_backed_up(&desk, id, ReadOnly::DiskFull, "Dọn bớt");
    // room again, and another unlock
    disk.free().unwrap();
    desk.engine.handle(Lock {}).unwrap();
    assert_eq!(desk.unlock().unwrap().read_only, None);
    desk.save(&desk.view(id));
    drop(desk.engine);
    drop(disk);
}
