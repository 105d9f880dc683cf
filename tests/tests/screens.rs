//! Every screen and every form in the real window, on a usual and on a small screen.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use acceptance::journey::Office;
use acceptance::record::Record;
use acceptance::steps::first_run;
use acceptance::window::{Hand, Window};
use hoso_testkit::world::ACCOUNTANT;

/// One look: the picture is kept below the target folder, what does not fit is told.
struct Looker<'a> {
    window: &'a Window,
    office: &'a Office,
    record: &'a mut Record,
    wrong: Vec<String>,
}

impl Looker<'_> {
    async fn look(&mut self, name: &str) {
        self.window.painted().await.unwrap();
        self.record.step(&self.office.desk, name, &[]).unwrap();
        let cut = self.window.cut().await.unwrap();
        self.wrong
            .extend(cut.into_iter().map(|what| format!("{name}: {what}")));
    }

    /// Presses and looks.
    async fn press(&mut self, testid: &str) {
        self.window.press(testid).await.unwrap();
        self.look(testid).await;
    }
}

fn walk(width: u32, height: u32) {
    let dir = tempfile::tempdir().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("screens-{width}"));
    let _ = std::fs::remove_dir_all(&out);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let office = Office::set_up(dir.path(), width, height).unwrap();
        let window = office.window(Hand::Mouse).await.unwrap();
        let mut record = Record::new(&out, false).unwrap();
        first_run(&window, &office.desk, &mut record, ACCOUNTANT)
            .await
            .unwrap();
        let mut looker = Looker {
            window: &window,
            office: &office,
            record: &mut record,
            wrong: Vec::new(),
        };
        for screen in ["dossiers", "sign", "outbox", "results", "help", "books"] {
            looker.press(&format!("nav-{screen}")).await;
        }
        for tab in [
            "estimates",
            "advances",
            "deposits",
            "contracts",
            "movements",
            "reconcile",
            "payroll",
            "codes",
        ] {
            looker.press(&format!("books-{tab}")).await;
        }
        looker.press("nav-settings").await;
        for part in [
            "token-settings",
            "backup-settings",
            "packs",
            "slots",
            "btn-report",
        ] {
            window.show(part).await.unwrap();
            looker.look(part).await;
        }
        for form in hoso_domain::form::library()
            .into_iter()
            .filter(|f| f.offered)
        {
            window.press("nav-today").await.unwrap();
            window.press("btn-new").await.unwrap();
            if form.number == "01" {
                looker.look("new-dossier").await;
            }
            window.press(&format!("new-{}", form.number)).await.unwrap();
            window.find("screen-editor").await.unwrap();
            looker.look(&format!("form-{}", form.number)).await;
        }
        assert_eq!(looker.wrong, Vec::<String>::new());
        window.close().await.unwrap();
    });
}

#[test]
fn everything_fits_a_usual_screen() {
    walk(1366, 768);
}

#[test]
fn everything_fits_a_small_screen() {
    walk(1024, 768);
}
