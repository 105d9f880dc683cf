//! The list Ký shows rows: it opens no paper.

use std::path::Path;

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_engine::Handle;

use crate::bench::{Bench, CHIEF};

/// Takes every file the store keeps beside its database out of the way.
fn without_files(folder: &Path, away: &Path, work: impl FnOnce()) {
    std::fs::rename(folder, away).unwrap();
    work();
    std::fs::rename(away, folder).unwrap();
}

#[test]
fn the_list_reads_what_its_rows_show_and_the_pages_are_counted_when_somebody_looks() {
    let bench = Bench::new();
    let items = bench.submitted(2);
    let engine = &bench.desk.engine;
    let id = items[0];
    let count = || engine.handle(CountPages { id, voucher: 0 });
    let whole = engine.handle(SigningQueue {}).unwrap();
    assert!(whole.iter().all(|i| i.vouchers == 1 && i.role == CHIEF));
    assert_eq!(count().unwrap(), 1);
    let files = bench.desk.home.join("store/files");
    without_files(&files, &bench.desk.path("away"), || {
        assert_eq!(engine.handle(SigningQueue {}).unwrap(), whole);
        assert_eq!(count().unwrap_err().code, Code::FileUnreadable);
    });
    assert_eq!(count().unwrap(), 1);
}
