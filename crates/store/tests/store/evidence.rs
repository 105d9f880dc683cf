//! The audit chain, append-only tables, and that nothing readable lies on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, ResultId};
use hoso_store::audit::{self, Head};
use hoso_store::{StoreError, attachments, feed, receipts, results};

use crate::world::{World, id, instant, summary};

#[test]
fn any_edited_missing_or_moved_row_of_the_trail_is_found() {
    let w = World::new();
    for n in 1..=8 {
        w.draft(n, "Tiền điện");
    }
    let head = w.store().read(audit::verify).unwrap();
    assert!(head.seq >= 9);
    let edits = [
        "UPDATE audit SET at = '2026-11-22T01:00:09.000000Z' WHERE seq = 5",
        "UPDATE audit SET person_id = '01930000-0000-7000-8000-000000000001' WHERE seq = 5",
        "UPDATE audit SET unit_id = '' WHERE seq = 5",
        "UPDATE audit SET act = 'draft-deleted' WHERE seq = 5",
        "UPDATE audit SET dossier_id = '' WHERE seq = 5",
        "UPDATE audit SET params = '{}' WHERE seq = 5",
        "UPDATE audit SET prev_hash = hash WHERE seq = 5",
        "UPDATE audit SET hash = prev_hash WHERE seq = 5",
        "UPDATE audit SET hash = 'zz' WHERE seq = 5",
        "DELETE FROM audit WHERE seq = 5",
        "DELETE FROM audit WHERE seq = 1",
        "UPDATE audit SET seq = 900 WHERE seq = 5",
    ];
    for edit in edits {
        // with the triggers out of the way, as someone who holds the key would do it; the error
        // at the end rolls all of it back
        let result = w.store().write::<(), _>(move |tx| {
            tx.execute_batch("DROP TRIGGER audit_fixed; DROP TRIGGER audit_kept;")?;
            assert_eq!(tx.execute(edit, [])?, 1, "{edit}");
            let e = audit::verify(tx).unwrap_err();
            Err(e)
        });
        let expected = if edit.ends_with("= 1") { 1 } else { 5 };
        match result {
            Err(StoreError::ChainBroken { seq }) => assert_eq!(seq, expected, "{edit}"),
            other => panic!("{edit}: {other:?}"),
        }
    }
    assert_eq!(w.store().read(audit::verify).unwrap(), head);
}

#[test]
fn a_cut_tail_is_found_against_a_head_kept_elsewhere() {
    let w = World::new();
    w.draft(1, "Tiền điện");
    let head = w.store().read(audit::head).unwrap();
    let result = w.store().write::<(), _>(move |tx| {
        tx.execute_batch("DROP TRIGGER audit_kept")?;
        tx.execute(
            "DELETE FROM audit WHERE seq = ?1",
            [i64::try_from(head.seq).unwrap()],
        )?;
        assert!(audit::verify(tx).is_ok(), "the rest still chains");
        Err(audit::verify_against(tx, head).unwrap_err())
    });
    assert!(matches!(result, Err(StoreError::ChainBroken { seq }) if seq == head.seq));
    let forged = Head { seq: 1, ..head };
    assert!(
        w.store()
            .read(|c| audit::verify_against(c, forged))
            .is_err()
    );
}

#[test]
fn a_document_under_the_id_of_another_stands_beside_it() {
    let w = World::new();
    let (d, other) = (w.queued(1), w.queued(2));
    let document = |dossier, content: &[u8]| results::ResultDocument {
        id: ResultId(id(0xc001)),
        dossier,
        name: "giấy báo nợ.asice".to_owned(),
        sha256: hoso_domain::digest::Digest::of(content),
        size: 1,
        verified: true,
        pages: 1,
        received_at: instant(1),
    };
    let told = [
        (document(d, b"first"), true),
        (document(d, b"signed anew"), true),
        (document(d, b"signed anew"), false),
        (document(d, b"first"), false),
        (document(other, b"first"), true),
    ];
    for (n, (document, new)) in (0xc002..).zip(told) {
        let spare = ResultId(id(n));
        let added = w
            .store()
            .write(move |tx| results::add_told(tx, &document, spare));
        assert_eq!(added.unwrap(), new);
    }
    let ids = |dossier| {
        let kept = w.store().read(|db| results::of_dossier(db, dossier));
        let kept = kept.unwrap().into_iter().map(|d| d.id.0);
        kept.collect::<Vec<_>>()
    };
    assert_eq!(ids(d), [id(0xc001), id(0xc003)]);
    assert_eq!(ids(other), [id(0xc006)]);
}

#[test]
fn signed_and_sent_rows_can_be_neither_changed_nor_deleted_nor_replaced() {
    let w = World::new();
    let d = w.queued(1);
    let (by, receipt) = (w.at(300), w.receipt(d));
    let document = results::ResultDocument {
        id: ResultId(id(0xc001)),
        dossier: d,
        name: "giấy báo nợ.asice".to_owned(),
        sha256: hoso_domain::digest::Digest::of(b"r"),
        size: 1,
        verified: true,
        pages: 1,
        received_at: instant(1),
    };
    let unit = w.unit;
    w.store()
        .write(move |tx| {
            let step = hoso_store::life::Move {
                dossier: d,
                expected: hoso_domain::life::LocalState::Queued,
                next: hoso_domain::life::LocalState::Sending,
                act: "sending",
                params: audit::Params::new(),
            };
            hoso_store::life::advance(tx, &step, by)?;
            receipts::accept(tx, &receipt, by)?;
            assert!(results::add(tx, &document)?);
            assert!(
                !results::add(tx, &document)?,
                "the same bytes twice are one document"
            );
            assert!(feed::keep(tx, unit, "dossier:1", 1, "{}", instant(1))?);
            assert!(!feed::keep(tx, unit, "dossier:1", 1, "{}", instant(1))?);
            Ok(())
        })
        .unwrap();
    let refused = [
        "UPDATE signature SET holder = 'ai đó'",
        "DELETE FROM signature",
        "REPLACE INTO signature SELECT * FROM signature",
        "UPDATE receipt SET seq = 1",
        "DELETE FROM receipt",
        "UPDATE audit SET act = 'x'",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT * FROM audit",
        "UPDATE result_document SET name = ''",
        "DELETE FROM result_document",
        "UPDATE feed_item SET body = ''",
        "DELETE FROM feed_item",
        "UPDATE entry SET path = 'x'",
        "DELETE FROM entry",
        "UPDATE revision SET vouchers = '[]'",
        "UPDATE revision SET total = 1",
        "UPDATE revision SET state = 'draft'",
        "DELETE FROM revision",
    ];
    for statement in refused {
        let result = w.store().write(move |tx| {
            tx.execute(statement, [])?;
            Ok(())
        });
        assert!(
            matches!(result, Err(StoreError::AppendOnly)),
            "{statement}: {result:?}"
        );
    }
}

const CANARY: &str = "Chimvangkhe";

fn files_under(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_under(&path, out)
        } else {
            out.push(path)
        }
    }
}

/// Files under `dir` that hold the canary or the head of a readable kind.
fn readable(dir: &Path) -> Vec<String> {
    let mut files = Vec::new();
    files_under(dir, &mut files);
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let needles: [&[u8]; 5] = [
        CANARY.as_bytes(),
        &utf16,
        b"PK\x03\x04",
        b"%PDF",
        b"SQLite format 3",
    ];
    let mut found = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        for needle in needles {
            if bytes.windows(needle.len()).any(|w| w == needle) {
                found.push(format!(
                    "{}: {:?}",
                    file.display(),
                    String::from_utf8_lossy(needle)
                ));
            }
        }
    }
    found
}

#[test]
fn nothing_readable_lies_on_the_disk_while_open_or_after() {
    let mut w = World::new();
    let mut s = summary(&format!("{CANARY} tiền điện"));
    s.payee = CANARY.to_owned();
    s.search = CANARY.to_owned();
    let d = w.draft_of(1, s, w.at(1));
    let content = format!("%PDF-1.7 {CANARY} PK\u{3}\u{4}").repeat(9_000);
    let (sha256, size) = w.store().files().put(content.as_bytes(), 200_000).unwrap();
    let new = attachments::Attachment {
        id: AttachmentId(id(0xf001)),
        dossier: d,
        drawer: Drawer::Unit,
        name: format!("{CANARY}.pdf"),
        sha256,
        size,
    };
    let by = w.at(2);
    w.store()
        .write(move |tx| attachments::add(tx, &new, by))
        .unwrap();
    assert!(w.dir().join("hoso.db-wal").exists());
    assert_eq!(readable(w.dir()), Vec::<String>::new(), "while open");
    let head = fs::read(w.database()).unwrap();
    assert!(!head.starts_with(b"SQLite format 3"));
    w.close();
    assert_eq!(readable(w.dir()), Vec::<String>::new(), "after closing");
    // the search itself can find: a planted one is reported
    fs::write(w.dir().join("planted.txt"), format!("xx{CANARY}")).unwrap();
    assert_eq!(readable(w.dir()).len(), 1);
}
