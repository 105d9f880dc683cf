//! A database that is damaged: read as far as it goes, and never written.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use hoso_contract::command::*;
use hoso_contract::view::ReadOnly;
use hoso_contract::{AppError, Code, Command};
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId};
use hoso_engine::Handle;
use uuid::Uuid;

use crate::desk::{Desk, save};

/// Drafts enough to span many pages, closed.
fn filled() -> (Desk, Vec<DossierId>) {
    let desk = Desk::ready();
    let ids = (1..=20)
        .map(|n| {
            let content = format!("Tiền điện tháng {n} {}", "của trụ sở uỷ ban ".repeat(4));
            desk.draft(&content, &format!("{n}.000.000"))
        })
        .collect();
    desk.engine.handle(Lock {}).unwrap();
    (desk, ids)
}

fn database(desk: &Desk) -> PathBuf {
    desk.home.join("store/hoso.db")
}

/// The database is now `bytes`; what unlocking says, and the reading of all pages after it.
fn unlocked_with(desk: &mut Desk, bytes: &[u8]) -> Result<hoso_contract::view::Session, AppError> {
    desk.restart();
    for log in ["hoso.db-wal", "hoso.db-shm"] {
        let _ = std::fs::remove_file(desk.home.join("store").join(log));
    }
    std::fs::write(database(desk), bytes).unwrap();
    desk.unlock_and_wait()
}

#[test]
fn a_flipped_byte_leaves_the_store_readable_or_refused_and_the_file_as_it_is() {
    let (mut desk, ids) = filled();
    let good = std::fs::read(database(&desk)).unwrap();
    let (mut read_only, mut refused) = (0, 0);
    // the head of the file, then all over it
    let step = good.len() / 16;
    for place in (0..good.len()).step_by(step) {
        let mut bad = good.clone();
        bad[place] ^= 0x20;
        match unlocked_with(&mut desk, &bad) {
            Ok(session) if session.read_only == Some(ReadOnly::Damaged) => {
                read_only += 1;
                for id in &ids {
                    // a row that cannot be read is an error of that row alone
                    if let Err(error) = desk.engine.handle(OpenDossier { id: *id }) {
                        assert_eq!(error.code, Code::StoreDamaged, "byte {place}");
                    }
                }
            }
            // a page no table uses
            Ok(_) => continue,
            Err(error) => {
                refused += 1;
                assert_eq!(error.code, Code::StoreDamaged, "byte {place}");
            }
        }
        desk.restart();
        assert_eq!(std::fs::read(database(&desk)).unwrap(), bad, "byte {place}");
    }
    assert!(
        read_only > 0 && refused > 0,
        "{read_only} read, {refused} refused"
    );
    // nothing of it went into the good file
    assert_eq!(unlocked_with(&mut desk, &good).unwrap().read_only, None);
    assert_eq!(desk.view(ids[19]).id, ids[19]);
}

#[test]
fn a_cut_off_database_is_never_taken_for_a_new_one() {
    let (mut desk, _) = filled();
    let good = std::fs::read(database(&desk)).unwrap();
    for length in [0, 100, 4096, good.len() / 2, good.len() - 4096] {
        match unlocked_with(&mut desk, &good[..length]) {
            Ok(session) => assert_eq!(session.read_only, Some(ReadOnly::Damaged), "{length}"),
            Err(error) => assert_eq!(error.code, Code::StoreDamaged, "{length}"),
        }
        desk.restart();
        assert_eq!(std::fs::read(database(&desk)).unwrap(), good[..length]);
    }
}

/// The code of a command that must fail.
fn code<C: Command>(desk: &Desk, command: C) -> Code
where
    hoso_engine::Engine: Handle<C>,
    C::Reply: std::fmt::Debug,
{
    desk.engine.handle(command).unwrap_err().code
}

#[test]
fn a_store_opened_to_be_read_refuses_every_command_that_writes() {
    let (mut desk, ids) = filled();
    let good = std::fs::read(database(&desk)).unwrap();
    // from the end, where the newest rows are, until one is readable
    let mut bad = Vec::new();
    for back in 1..40 {
        bad = good.clone();
        bad[good.len() - back * 4096 + 1000] ^= 0xff;
        let opened = unlocked_with(&mut desk, &bad).is_ok_and(|s| s.read_only.is_some());
        if opened
            && desk.engine.handle(OpenDossier { id: ids[0] }).is_ok()
            && desk.engine.handle(GetToday {}).is_ok()
        {
            break;
        }
    }
    let (id, view) = (ids[0], desk.view(ids[0]));
    let pin = || Secret("246810".to_owned());
    let settings = desk.engine.handle(GetSession {}).unwrap().settings;
    let codes = [
        code(&desk, save(&view)),
        code(
            &desk,
            CreateDossier {
                basis: "nd347-2025".to_owned(),
                form: "13".to_owned(),
            },
        ),
        code(&desk, DuplicateDossier { id }),
        code(&desk, DeleteDraft { id }),
        code(
            &desk,
            Attach {
                id,
                drawer: Drawer::Unit,
                path: desk.connection.to_string_lossy().into_owned(),
            },
        ),
        code(
            &desk,
            Detach {
                id,
                attachment: AttachmentId(Uuid::nil()),
            },
        ),
        code(
            &desk,
            SubmitForSigning {
                id,
                version: view.version,
            },
        ),
        code(&desk, Mend { id }),
        code(
            &desk,
            Sign {
                items: vec![id],
                certificate: desk.world.chief.certificate(),
                pin: pin(),
            },
        ),
        code(
            &desk,
            GiveBack {
                id,
                reason: String::new(),
            },
        ),
        code(&desk, SendNow { id: None }),
        code(&desk, Hold { id }),
        code(&desk, Release { id }),
        code(
            &desk,
            HandedInOtherwise {
                id,
                how: String::new(),
            },
        ),
        code(
            &desk,
            AddPerson {
                name: "Lò Văn Tú".to_owned(),
                pin: pin(),
            },
        ),
        code(&desk, SaveSettings { settings }),
    ];
    for (at, code) in codes.into_iter().enumerate() {
        assert_eq!(code, Code::StoreReadOnly, "command {at}");
    }
    // what only reads goes on: lists, answers, papers, and getting the work out
    desk.engine.handle(MarkRead { id }).unwrap();
    desk.engine.handle(GetToday {}).unwrap();
    desk.engine.handle(CountPages { id, voucher: 0 }).unwrap();
    let out = desk.path("cuu.pdf");
    let path = out.to_string_lossy().into_owned();
    desk.engine
        .handle(ExportPdf {
            id,
            voucher: 0,
            path,
        })
        .unwrap();
    assert!(std::fs::read(&out).unwrap().starts_with(b"%PDF-"));
    everything_gets_out(&desk);
    desk.restart();
    assert_eq!(std::fs::read(database(&desk)).unwrap(), bad);
}

/// Xuất toàn bộ: each dossier has a folder of its own, and nothing is written over.
fn everything_gets_out(desk: &Desk) {
    let folder = desk.path("cuu");
    std::fs::create_dir(&folder).unwrap();
    let all = || {
        let folder = folder.to_string_lossy().into_owned();
        desk.engine.handle(ExportAll { folder }).unwrap()
    };
    let (first, second) = (all(), all());
    assert!(first.dossiers > 0);
    assert_ne!(first.folder, second.folder);
    let unit = PathBuf::from(&first.folder).join(&desk.world.unit.code);
    let whole = std::fs::read_dir(unit).unwrap().filter(|folder| {
        let folder = folder.as_ref().unwrap().path();
        folder.join("ho-so.json").exists() && folder.join("chung-tu-1.pdf").exists()
    });
    assert!(whole.count() >= first.dossiers as usize);
    let nowhere = desk.path("khong-co/thu-muc");
    std::fs::write(desk.path("khong-co"), b"").unwrap();
    let folder = nowhere.to_string_lossy().into_owned();
    assert_eq!(code(desk, ExportAll { folder }), Code::DiskRefused);
}

#[test]
fn damage_found_while_somebody_types_ends_all_writing_and_keeps_what_was_typed() {
    let (mut desk, ids) = filled();
    let good = std::fs::read(database(&desk)).unwrap();
    let typed = |desk: &Desk| {
        ids.iter().rev().find_map(|id| {
            let view = desk.engine.handle(OpenDossier { id: *id }).ok()?;
            desk.engine.handle(save(&view)).ok()?;
            Some(view)
        })
    };
    // a page in the middle, that neither unlocking nor typing needs
    let (bad, view) = (1..8)
        .find_map(|part| {
            let mut bad = good.clone();
            bad[good.len() / 8 * part] ^= 0x20;
            desk.restart();
            for log in ["hoso.db-wal", "hoso.db-shm"] {
                let _ = std::fs::remove_file(desk.home.join("store").join(log));
            }
            std::fs::write(database(&desk), &bad).unwrap();
            let read = desk.heard.pages.load(Ordering::Relaxed);
            let session = desk.unlock().ok()?;
            let view = session
                .read_only
                .is_none()
                .then(|| typed(&desk))
                .flatten()?;
            let _ = desk.engine.handle(GetToday {});
            desk.until("the reading of all pages", || {
                (desk.heard.pages.load(Ordering::Relaxed) > read).then_some(())
            });
            let session = desk.engine.handle(GetSession {}).ok()?;
            session.read_only.map(|_| (bad, view))
        })
        .expect("most pages are old rows");
    assert_eq!(code(&desk, save(&view)), Code::StoreReadOnly);
    assert_eq!(desk.view(view.id).version, view.version + 1);
    desk.restart();
    assert_eq!(std::fs::read(database(&desk)).unwrap(), bad);
    // what was typed before the finding lies in the log and is read with it
    desk.unlock_and_wait().unwrap();
    assert_eq!(desk.view(view.id).version, view.version + 1);
}
