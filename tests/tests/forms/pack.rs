//! Forms that no program was built with: they arrive while the window is open, as a file and by the
//! portal's feed.

use std::path::{Path, PathBuf};

use acceptance::fill::fill;
use acceptance::journey::{Office, submit};
use acceptance::record::Record;
use acceptance::steps::{first_run, sign};
use acceptance::window::Hand;
use hoso_domain::form::Form;
use hoso_testkit::world::ACCOUNTANT;

/// The made-up form 90 (pairs, groups) and its layout; under another number too.
fn folder(dir: &Path, number: &str) -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let fixture = Path::new(&own).join("../crates/engine/tests/fixtures/pack");
    let folder = dir.join(format!("form-{number}"));
    std::fs::create_dir_all(&folder).unwrap();
    let read =
        |ending: &str| std::fs::read_to_string(fixture.join(format!("90.{ending}"))).unwrap();
    let form = read("toml")
        .replace("number = \"90\"", &format!("number = \"{number}\""))
        .replace("THU-90", &format!("THU-{number}"));
    std::fs::write(folder.join(format!("{number}.toml")), form).unwrap();
    std::fs::write(folder.join(format!("{number}.typ")), read("typ")).unwrap();
    folder
}

#[test]
fn a_made_up_form_arrives_in_the_running_window_sums_checks_prints_signs_and_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pack");
    let _ = std::fs::remove_dir_all(&out);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut office = Office::set_up(dir.path(), 1366, 768).unwrap();
        let from = folder(dir.path(), "90");
        let pack = office.portal.pack(&from, "thu-90", "Gói thử").unwrap();
        let text = std::fs::read_to_string(&pack).unwrap();
        let mut signed: serde_json::Value = serde_json::from_str(&text).unwrap();
        signed["p7s"] = serde_json::json!("");
        let unsigned = dir.path().join("unsigned.hosopack");
        std::fs::write(&unsigned, signed.to_string()).unwrap();

        let window = office.window(Hand::Mouse).await.unwrap();
        let mut record = Record::new(&out, false).unwrap();
        first_run(&window, &office.desk, &mut record, ACCOUNTANT)
            .await
            .unwrap();

        // nobody signed it: a message, and nothing is taken
        window.press("nav-settings").await.unwrap();
        office.answer("pack", &unsigned).unwrap();
        window.press("pack-add").await.unwrap();
        let said = window.wait_until("error-title", " ").await.unwrap();
        assert_eq!(said, "Gói dữ liệu không do Kho bạc ký");
        record
            .step(&office.desk, "unsigned", &[("said", said)])
            .unwrap();
        window.press("error-close").await.unwrap();
        assert!(!window.has("pack-thu-90").await.unwrap());

        office.answer("pack", &pack).unwrap();
        window.press("pack-add").await.unwrap();
        window.find("pack-thu-90").await.unwrap();

        // it is offered, filled, summed and checked like any other
        let text = std::fs::read_to_string(from.join("90.toml")).unwrap();
        let form = Form::from_toml(&text).unwrap();
        window.press("nav-today").await.unwrap();
        window.press("btn-new").await.unwrap();
        window.press("new-90").await.unwrap();
        window.find("screen-editor").await.unwrap();
        window.press("btn-submit").await.unwrap();
        window.find("blocked").await.unwrap();
        fill(&window, &form, "").await.unwrap();
        assert_eq!(window.errors().await.unwrap(), Vec::<String>::new());
        let total = window.read("total").await.unwrap();
        let words = window.read("total-words").await.unwrap();
        assert!(
            total.len() > 4 && words.ends_with("đồng."),
            "{total} {words}"
        );
        record
            .step(
                &office.desk,
                "filled",
                &[("total", total), ("words", words)],
            )
            .unwrap();
        let pdf = out.join("voucher.pdf");
        office.answer("save-pdf", &pdf).unwrap();
        window.press("btn-preview").await.unwrap();
        window.find("page-image-0").await.unwrap();
        window.painted().await.unwrap();
        record.step(&office.desk, "printed", &[]).unwrap();
        window.press("preview-save-0").await.unwrap();
        window.press("preview-close").await.unwrap();
        submit(&window).await.unwrap();
        sign(&window, &office.world.chief).await.unwrap();
        sign(&window, &office.world.owner).await.unwrap();
        assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));

        // the portal knows the form by its own pack
        office.portal.up().unwrap();
        window.press("nav-outbox").await.unwrap();
        window.press("btn-send-now").await.unwrap();
        window.wait_gone("outbox-row").await.unwrap();
        window.press("nav-results").await.unwrap();
        window.wait_until("receipt", " ").await.unwrap();

        // and another comes by the feed, while nobody does anything
        let next = folder(dir.path(), "91");
        office.portal.pack(&next, "thu-91", "Gói thử hai").unwrap();
        window.press("nav-settings").await.unwrap();
        window.find("pack-thu-91").await.unwrap();
        record.step(&office.desk, "by-the-feed", &[]).unwrap();
        window.press("nav-today").await.unwrap();
        window.press("btn-new").await.unwrap();
        window.find("new-91").await.unwrap();
        window.close().await.unwrap();
    });
}
