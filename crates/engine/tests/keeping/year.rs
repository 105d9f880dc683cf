//! The audit export, read with nothing of ours.

use std::fs;
use std::path::{Path, PathBuf};

use hoso_contract::command::*;
use hoso_domain::digest::Digest;
use hoso_engine::Handle;

use crate::desk::Desk;

fn export(desk: &Desk, year: i32) -> (PathBuf, u32) {
    let target = desk.path("usb");
    fs::create_dir_all(&target).unwrap();
    let folder = target.to_string_lossy().into_owned();
    let done = desk.engine.handle(ExportYear { year, folder }).unwrap();
    assert_eq!(done.unreadable, 0);
    (PathBuf::from(done.folder), done.dossiers)
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
    let budget_year: i32 = {
        use chrono::Datelike as _;
        let today = desk.engine.handle(GetSession {}).unwrap().today;
        today.year()
    };
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
