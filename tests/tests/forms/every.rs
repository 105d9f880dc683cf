//! Every form of the decree in the real window: filled, checked, printed, signed by both.

use std::path::Path;
use std::time::Duration;

use acceptance::fill::fill;
use acceptance::journey::{Office, submit};
use acceptance::record::Record;
use acceptance::steps::{choose_certificate, first_run};
use acceptance::window::{Hand, Window};
use anyhow::Result;
use hoso_domain::form::{Form, latest, library};
use hoso_testkit::world::{ACCOUNTANT, SignerInWorld};

/// The newest edition of every form of the decree that can be drawn up.
fn offered() -> Vec<&'static Form> {
    let newest = |f: &&Form| latest(&f.basis, &f.number).map(|l| l.edition) == Some(f.edition);
    let mut all = library();
    all.retain(|f| f.offered && f.basis == "nd347-2025" && newest(f));
    all
}

/// Signs with one PIN all that waits for this person, of `waiting` in the list; replies how many are
/// left for the other.
async fn batch(window: &Window, person: &SignerInWorld, waiting: usize) -> Result<usize> {
    choose_certificate(window, person).await?;
    window.wait_count("sign-item", waiting).await?;
    // the list says of each whether the certificate fits its step
    window.wait_for("[data-testid=sign-item]:not(.out)").await?;
    window.tick("sign-all").await?;
    let ticked = window.count("[data-testid^=sign-tick-]:checked").await?;
    anyhow::ensure!(ticked > 0, "nothing fits {}", person.name);
    window.fill("pin", person.pin).await?;
    window.press("sign-now").await?;
    let end = tokio::time::Instant::now() + Duration::from_secs(180);
    loop {
        let wrong = window.count("[data-testid=signed-error]").await?;
        anyhow::ensure!(wrong == 0, "{}", window.read("signed-error").await?);
        let left = window.count("[data-testid=sign-item]").await?;
        let none = window.has("sign-none").await?;
        // done when what was ticked is gone from this person's part of the list
        let busy = window.has("btn-stop-signing").await?;
        let mine = window.count("[data-testid=sign-item]:not(.out)").await?;
        if !busy && (none || mine == 0) {
            return Ok(if none { 0 } else { left });
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < end,
            "{mine} of {ticked} were not signed by {}",
            person.name
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn every_form_is_filled_checked_printed_and_signed_in_the_window() {
    let dir = tempfile::tempdir().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("every-form");
    let _ = std::fs::remove_dir_all(&out);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let office = Office::set_up(dir.path(), 1366, 768).unwrap();
        let window = office.window(Hand::Mouse).await.unwrap();
        let mut record = Record::new(&out, false).unwrap();
        first_run(&window, &office.desk, &mut record, ACCOUNTANT)
            .await
            .unwrap();
        let account = &office.world.unit.accounts.first().unwrap().number;
        let mut submitted = Vec::new();
        for form in offered() {
            window.press("nav-today").await.unwrap();
            window.press("btn-new").await.unwrap();
            window.press(&format!("new-{}", form.number)).await.unwrap();
            window.find("screen-editor").await.unwrap();
            if let Err(error) = fill(&window, form, account).await {
                office.desk.picture(&out.join("failed.png")).unwrap();
                panic!("form {}: {error:?}", form.number);
            }
            let errors = window.errors().await.unwrap();
            record
                .step(&office.desk, &format!("form-{}", form.number), &[])
                .unwrap();
            if form.field("parent_no").is_some() {
                // a list of payees alone names a voucher that is not there
                assert_eq!(errors.len(), 1, "form {}: {errors:?}", form.number);
                continue;
            }
            assert_eq!(errors, Vec::<String>::new(), "form {}", form.number);
            window.press("btn-preview").await.unwrap();
            window.find("page-image-0").await.unwrap();
            window.press("preview-close").await.unwrap();
            if !form.procedure.is_empty() {
                submit(&window).await.unwrap();
                submitted.push(form);
            }
        }
        let (one, two): (Vec<&Form>, Vec<&Form>) =
            submitted.iter().partition(|f| f.signatures.len() == 1);
        assert!(!one.is_empty(), "some forms bear one signature");
        let all = one.len() + two.len();
        // a form of one signature bears the owner's or the chief's: each signs what is theirs
        let chief = batch(&window, &office.world.chief, all).await;
        if chief.is_err() {
            office.desk.picture(&out.join("failed.png")).unwrap();
        }
        record.step(&office.desk, "chief-signed", &[]).unwrap();
        let left = chief.unwrap();
        let owner = batch(&window, &office.world.owner, left).await;
        if owner.is_err() {
            office.desk.picture(&out.join("failed.png")).unwrap();
        }
        record.step(&office.desk, "owner-signed", &[]).unwrap();
        assert_eq!(owner.unwrap(), 0, "everything is signed");
        window.press("nav-outbox").await.unwrap();
        window.wait_count("outbox-row", all).await.unwrap();
        window.close().await.unwrap();
    });
}
