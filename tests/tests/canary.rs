//! The scanner for canaries finds what it must, or a clean scan would mean nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use acceptance::canary::{Hit, scan};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Composed: "Chim hoàng yến Đặng Thị Ước", of letters that decompose into two and three.
const CANARY: &str = "Chim ho\u{e0}ng y\u{1ebf}n \u{110}\u{1eb7}ng Th\u{1ecb} \u{1af}\u{1edb}c";
const DECOMPOSED: &str = "Chim hoa\u{300}ng ye\u{302}\u{301}n \u{110}a\u{323}\u{306}ng Thi\u{323} U\u{31b}o\u{31b}\u{301}c";

/// Bytes that look random and are the same in every run (SplitMix64).
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x0048_6f73_6f00_u64;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    });
    words.flat_map(u64::to_le_bytes).take(len).collect()
}

/// The bytes between noise, as in a page of a database or a cache.
fn amid(bytes: &[u8]) -> Vec<u8> {
    [&noise(1021), bytes, &noise(517)].concat()
}

fn zlib(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// A text that deflates well, so that the canary cannot lie in it as it is.
fn letter() -> Vec<u8> {
    format!("{CANARY}, {CANARY}; thua {CANARY}.")
        .repeat(40)
        .into_bytes()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

/// What is found in one file two folders down.
fn found(bytes: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a/b/file");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let hits = scan(&[dir.path()], &[CANARY], &|_| false).unwrap();
    assert!(hits.iter().all(|hit| hit.file == file), "{hits:?}");
    hits.into_iter().map(|hit| hit.what).collect()
}

/// The one hit is the canary, followed by these words.
fn canary_only(hits: &[String], how: &str) -> bool {
    hits == [format!("{CANARY:?} {how}")]
}

#[test]
fn a_composed_canary_is_found() {
    let hits = found(&amid(CANARY.as_bytes()));
    assert!(canary_only(&hits, "as UTF-8 NFC"), "{hits:?}");
}

#[test]
fn a_decomposed_canary_is_found() {
    let hits = found(&amid(DECOMPOSED.as_bytes()));
    assert!(canary_only(&hits, "as UTF-8 NFD"), "{hits:?}");
}

#[test]
fn a_canary_in_utf_16_is_found_in_either_order_and_form() {
    for (text, form) in [(CANARY, "NFC"), (DECOMPOSED, "NFD")] {
        let hits = found(&amid(&utf16(text, u16::to_le_bytes)));
        assert!(
            canary_only(&hits, &format!("as UTF-16LE {form}")),
            "{hits:?}"
        );
        let hits = found(&amid(&utf16(text, u16::to_be_bytes)));
        assert!(
            canary_only(&hits, &format!("as UTF-16BE {form}")),
            "{hits:?}"
        );
    }
}

#[test]
fn a_canary_is_found_at_the_very_end_of_a_file() {
    let hits = found(CANARY.as_bytes());
    assert!(canary_only(&hits, "as UTF-8 NFC"), "{hits:?}");
}

#[test]
fn a_canary_deflated_in_a_zip_entry_is_found() {
    let zip = zipped(&[("first.txt", b"nothing here"), ("letter.txt", &letter())]);
    assert!(!holds(&zip, CANARY.as_bytes()));
    let canary = format!("{CANARY:?} as UTF-8 NFC in a zip entry");
    assert_eq!(found(&zip), [canary.clone(), "begins as a zip".to_owned()]);
    // Not only where the file is the archive.
    assert_eq!(found(&amid(&zip)), [canary]);
}

#[test]
fn a_canary_in_a_torn_archive_is_found() {
    let zip = zipped(&[("letter.txt", &letter()), ("noise", &noise(4000))]);
    let hits = found(&amid(&zip[..2000]));
    assert!(
        canary_only(&hits, "as UTF-8 NFC in a zip entry"),
        "{hits:?}"
    );
}

#[test]
fn a_canary_in_the_first_of_two_archives_is_found() {
    let one = zipped(&[("letter.txt", &letter())]);
    let other = zipped(&[("other.txt", b"nothing here")]);
    let hits = found(&amid(&[one, other].concat()));
    assert!(
        canary_only(&hits, "as UTF-8 NFC in a zip entry"),
        "{hits:?}"
    );
}

#[test]
fn a_canary_in_a_zlib_stream_of_any_level_is_found() {
    // The levels that write each of the four headers.
    for level in [1, 5, 6, 9] {
        let stream = zlib(&letter(), level);
        assert!(!holds(&stream, CANARY.as_bytes()));
        let hits = found(&amid(&stream));
        assert!(
            canary_only(&hits, "as UTF-8 NFC in a zlib stream"),
            "{hits:?}"
        );
    }
}

#[test]
fn a_canary_in_a_broken_zlib_stream_is_found() {
    let stream = zlib(&letter(), 6);
    let hits = found(&amid(&stream[..stream.len() - 6]));
    assert!(
        canary_only(&hits, "as UTF-8 NFC in a zlib stream"),
        "{hits:?}"
    );
}

#[test]
fn a_canary_in_a_zlib_stream_in_a_zip_in_a_zip_is_found() {
    let pdf = [b"%PDF-1.7 stream\n" as &[u8], &zlib(&letter(), 6)].concat();
    let inner = zipped(&[("paper.pdf", &pdf)]);
    let hits = found(&amid(&zipped(&[("inner.zip", &inner)])));
    let how = "as UTF-8 NFC in a zip entry in a zip entry in a zlib stream";
    assert!(hits.contains(&format!("{CANARY:?} {how}")), "{hits:?}");
}

#[test]
fn a_readable_head_is_found() {
    let headed = |head: &[u8]| found(&[head, &noise(4096)].concat());
    assert_eq!(headed(b"%PDF-1.7\n"), ["begins as a PDF"]);
    assert_eq!(headed(b"PK\x03\x04"), ["begins as a zip"]);
    assert_eq!(headed(b"SQLite format 3\0"), ["holds an SQLite database"]);
}

#[test]
fn a_database_is_found_anywhere_in_a_file_but_other_heads_only_at_its_start() {
    assert_eq!(
        found(&amid(b"SQLite format 3\0")),
        ["holds an SQLite database"]
    );
    assert!(found(&amid(b"%PDF-1.7 PK\x03\x04")).is_empty());
}

#[test]
fn nothing_is_found_in_noise_or_in_what_age_writes() {
    assert!(found(b"").is_empty());
    assert!(found(&noise(1 << 20)).is_empty());
    let age = b"age-encryption.org/v1\n-> X25519 8hWaIUmk67IuRZ41zMk2V9f/w3f5qUnXLL7MGPA+zE8\n\
        tXgpAxKgqyu1jl9I/ATwFgV42ZbNgeAlvCTJ0WgvfEo\n--- aBcD\n";
    assert!(found(&[age as &[u8], &noise(1 << 18)].concat()).is_empty());
}

#[test]
fn what_is_ignored_is_not_read_and_links_and_sockets_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let (kept, out) = (dir.path().join("kept"), dir.path().join("out"));
    for folder in [&kept, &out] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("letter"), letter()).unwrap();
    }
    std::os::unix::fs::symlink(dir.path(), kept.join("loop")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(kept.join("socket")).unwrap();
    let files = |ignore: &dyn Fn(&Path) -> bool| -> Vec<PathBuf> {
        let hits: Vec<Hit> = scan(&[dir.path()], &[CANARY], ignore).unwrap();
        let mut files: Vec<_> = hits.into_iter().map(|hit| hit.file).collect();
        files.sort();
        files
    };
    assert_eq!(files(&|_| false), [kept.join("letter"), out.join("letter")]);
    assert_eq!(files(&|path| path == out), [kept.join("letter")]);
    assert!(files(&|path| path.ends_with("letter")).is_empty());
}

#[test]
fn a_scan_that_could_not_fail_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(scan(&[&dir.path().join("missing")], &[CANARY], &|_| false).is_err());
    assert!(scan(&[dir.path()], &[""], &|_| false).is_err());
}
