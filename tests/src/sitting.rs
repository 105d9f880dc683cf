//! One sitting at the program: an office, its window after the first run, a record of what is seen.

use std::path::Path;

use anyhow::Result;
use hoso_testkit::world::ACCOUNTANT;

use crate::journey::Office;
use crate::record::Record;
use crate::steps::first_run;
use crate::window::{Hand, Window};

/// Opens an office with a window of 1366×768 that is worked by mouse, does the work and closes it.
/// Pictures go to `out`, which is emptied before.
///
/// # Panics
/// When the work fails: the picture `failed.png` shows where, and the window's words are said.
pub fn sitting(
    out: &Path,
    work: impl AsyncFnOnce(&Office, &Window, &mut Record) -> Result<()>,
) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let _ = std::fs::remove_dir_all(out);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let office = Office::set_up(dir.path(), 1366, 768)?;
        let window = office.window(Hand::Mouse).await?;
        let mut record = Record::new(out, false)?;
        first_run(&window, &office.desk, &mut record, ACCOUNTANT).await?;
        if let Err(error) = work(&office, &window, &mut record).await {
            let _ = office.desk.picture(&out.join("failed.png"));
            panic!("{error:?}\n{}", window.whole_text().await);
        }
        window.close().await
    })
}
