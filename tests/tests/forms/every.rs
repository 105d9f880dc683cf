//! Every form of the decree in the real window: filled, checked, printed, signed by both.

use std::path::Path;
use std::time::Duration;

use acceptance::fill::fill;
use acceptance::journey::submit;
use acceptance::sitting::sitting;
use acceptance::steps::choose_certificate;
use acceptance::window::{PATIENCE, Window};
use anyhow::{Context, Result};
use hoso_domain::form::{Form, latest, library};
use hoso_domain::party::Role;
use hoso_testkit::world::SignerInWorld;

/// The newest edition of every form of the decree that can be drawn up.
fn offered() -> Vec<&'static Form> {
    let newest = |f: &&Form| latest(&f.basis, &f.number).map(|l| l.edition) == Some(f.edition);
    let mut all = library();
    all.retain(|f| f.offered && f.basis == "nd347-2025" && newest(f));
    all
}

/// What the certificate chosen may sign.
const FITTING: &str = ".sign-item:not(.out)";

/// Looks at each dossier that is this person's to sign, signs them as one batch, and waits for the
/// last.
async fn batch(window: &Window, person: &SignerInWorld, count: usize) -> Result<()> {
    choose_certificate(window, person).await?;
    // until the list is the one after the last batch
    window.wait_count(FITTING, count, PATIENCE).await?;
    window.click_each(".sign-item:not(.out) .sign-look").await?;
    window.wait_until("sign-seen", &format!("{count}/")).await?;
    window
        .wait_count(&format!("{FITTING} input:checked"), count, PATIENCE)
        .await?;
    window.fill("pin", person.pin).await?;
    window.press("sign-now").await?;
    // seconds a dossier in a build without optimisation
    window
        .wait_count(FITTING, 0, Duration::from_secs(180))
        .await
}

#[test]
fn every_form_is_filled_checked_printed_and_signed_in_the_window() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("every-form");
    let done = sitting(&out, async |office, window, record| {
        let account = &office.world.unit.accounts.first().unwrap().number;
        let mut submitted = Vec::new();
        for form in offered() {
            window.press("nav-today").await.unwrap();
            window.press("btn-new").await.unwrap();
            window.press(&format!("new-{}", form.number)).await.unwrap();
            window.find("screen-editor").await.unwrap();
            fill(window, form, account)
                .await
                .with_context(|| format!("form {}", form.number))?;
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
                submit(window).await.unwrap();
                submitted.push(form);
            }
        }
        window.press("nav-sign").await.unwrap();
        // bank papers want the owner's signature alone
        let chief = Role::ChiefAccountant;
        let by_chief = |f: &&&Form| f.signatures.first().map(|s| s.role) == Some(chief);
        let first = submitted.iter().filter(by_chief).count();
        assert!(first > 10, "most forms begin with the chief accountant");
        for (person, count) in [
            (&office.world.chief, first),
            (&office.world.owner, submitted.len()),
        ] {
            batch(window, person, count)
                .await
                .with_context(|| person.name.to_owned())?;
            record
                .step(&office.desk, &format!("signed-{:?}", person.role), &[])
                .unwrap();
        }
        window.find("sign-none").await.unwrap();
        window.press("nav-outbox").await.unwrap();
        let rows = "[data-testid=outbox-row]";
        window
            .wait_count(rows, submitted.len(), PATIENCE)
            .await
            .unwrap();
        Ok(())
    });
    done.unwrap();
}
