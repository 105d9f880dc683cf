//! What people do in the window, in words of the trade. Each step leaves the window at rest.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use hoso_domain::id::DossierId;
use hoso_testkit::world::SignerInWorld;

use crate::desk::Desk;
use crate::record::Record;
use crate::window::Window;
use tokio::time::Instant;

/// The PIN of the accountant's own slot.
pub const PIN: &str = "258036";

/// A line of the voucher: column and what is typed.
pub type Line<'a> = &'a [(&'a str, &'a str)];

/// The columns of form 13 in the order Enter walks them.
const COLUMNS: [&str; 9] = [
    "content",
    "invoice_no",
    "invoice_date",
    "document_no",
    "document_date",
    "economic_content",
    "sector",
    "source",
    "amount",
];

/// Connection file, person, token, recovery code.
pub async fn first_run(
    window: &Window,
    desk: &Desk,
    record: &mut Record,
    name: &str,
) -> Result<()> {
    window.find("screen-first-run").await?;
    window.painted().await?;
    record.step(desk, "first-run", &[])?;
    window.press("pick-connection").await?;
    let fingerprint = window.wait_until("fingerprint", " ").await?;
    let last = fingerprint
        .split_whitespace()
        .last()
        .context("an empty fingerprint")?
        .to_owned();
    window.fill("fingerprint-last", &last).await?;
    record.step(desk, "connection-file", &[("fingerprint", fingerprint)])?;
    window.press("step-next").await?;
    window.fill("person-name", name).await?;
    window.fill("pin", PIN).await?;
    window.fill("pin-again", PIN).await?;
    record.step(desk, "person", &[])?;
    window.press("step-next").await?;
    window.find("certificate").await?;
    let found = window.read("certificates").await?;
    record.step(desk, "tokens-found", &[("certificates", found)])?;
    window.press("step-next").await?;
    window.find("recovery-shown").await?;
    record.step(desk, "recovery-code", &[])?;
    let code = window.data("recovery-shown", "data-code").await?;
    window.fill("recovery-typed", &code).await?;
    window.press("step-done").await?;
    window.find("step-backup").await?;
    window.painted().await?;
    record.step(desk, "backup-place", &[])?;
    window.press("step-end").await?;
    window.find("screen-today").await?;
    window.find("tasks-none").await?;
    window.painted().await?;
    record.step(
        desk,
        "today-empty",
        &[("status", window.read("status").await?)],
    )
}

/// The first person at the lock, with this PIN.
pub async fn unlock(window: &Window, pin: &str) -> Result<()> {
    window.find("screen-unlock").await?;
    window.fill("pin", pin).await?;
    window.press("btn-unlock").await?;
    window.find("screen-today").await.map(|_| ())
}

/// A new dossier of form 13; replies with its id.
pub async fn new_dossier(window: &Window) -> Result<DossierId> {
    window.press("nav-today").await?;
    window.press("btn-new").await?;
    window.press("new-13").await?;
    window.find("screen-editor").await?;
    window.find("grid-lines").await?;
    let id = window.data("screen-editor", "data-dossier").await?;
    id.parse()
        .with_context(|| format!("not the id of a dossier: {id:?}"))
}

/// Types the lines the way an accountant does: Enter from cell to cell.
pub async fn type_lines(window: &Window, lines: &[Line<'_>]) -> Result<()> {
    window.go_to("cell-lines-0-content").await?;
    for (number, line) in lines.iter().enumerate() {
        for (column, next) in COLUMNS
            .iter()
            .zip(COLUMNS.iter().skip(1).chain([&"content"]))
        {
            let typed = line
                .iter()
                .find(|(c, _)| c == column)
                .map_or("", |(_, text)| *text);
            window.write(typed).await?;
            let row = if *next == "content" {
                number + 1
            } else {
                number
            };
            window.enter_to(&format!("cell-lines-{row}-{next}")).await?;
        }
    }
    Ok(())
}

/// Waits until everything typed is on disk.
pub async fn saved(window: &Window) -> Result<String> {
    window.wait_data("saved-at", "data-kept", "saved").await?;
    window.read("saved-at").await
}

/// Goes to the screen Ký and chooses the person's certificate.
pub async fn choose_certificate(window: &Window, person: &SignerInWorld) -> Result<()> {
    window.press("nav-sign").await?;
    window.find("sign-item").await?;
    window.find("page-image-0").await?;
    let row = format!("[data-testid=certificate][data-holder=\"{}\"]", person.name);
    window.choose("[data-testid=certificate]", &row).await
}

/// Chooses the person's certificate and types the PIN.
pub async fn offer_signature(window: &Window, person: &SignerInWorld, pin: &str) -> Result<()> {
    choose_certificate(window, person).await?;
    window.fill("pin", pin).await?;
    window.press("sign-now").await
}

/// Signs and waits until the window says that it is done, or that nothing is left to sign.
pub async fn sign(window: &Window, person: &SignerInWorld) -> Result<()> {
    offer_signature(window, person, person.pin).await?;
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if window.has("sign-none").await? || window.has("signed-ok").await? {
            return Ok(());
        }
        if window.has("error-title").await? {
            bail!("signing failed: {}", window.read("error-title").await?);
        }
        ensure!(
            Instant::now() < end,
            "the signature of {} was not made",
            person.name
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Opens a dossier from the list Hồ sơ.
pub async fn open_from_list(window: &Window, text: &str) -> Result<()> {
    window.press("nav-dossiers").await?;
    window.fill("search", text).await?;
    window.wait_until("dossier-total", "1").await?;
    // the list is drawn anew when the search comes back: a click in between goes nowhere, and a
    // person clicks again
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        window.open_row("dossier-row").await?;
        let patience = Instant::now() + Duration::from_secs(3);
        while Instant::now() < patience {
            if window.has("screen-editor").await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        ensure!(
            Instant::now() < end,
            "the dossier did not open from the list"
        );
    }
}
