//! Every form of the decree in the real window: filled, checked, printed, submitted, signed by both.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::Duration;

use acceptance::journey::{Office, submit};
use acceptance::record::Record;
use acceptance::steps::{choose_certificate, first_run, saved};
use acceptance::window::{Hand, PATIENCE, Window};
use anyhow::Result;
use hoso_domain::form::{Block, Form, Grid, Group, display, latest, library};
use hoso_domain::party::Role;
use hoso_domain::voucher::Voucher;
use hoso_testkit::sample;
use hoso_testkit::world::{ACCOUNTANT, SignerInWorld};

const CHIEF: Role = Role::ChiefAccountant;

/// The newest edition of every form of the decree that can be drawn up.
fn offered() -> Vec<&'static Form> {
    let newest = |f: &&Form| latest(&f.basis, &f.number).map(|l| l.edition) == Some(f.edition);
    let mut all = library();
    all.retain(|f| f.offered && f.basis == "nd347-2025" && newest(f));
    all
}

/// The lines of one grid, pasted as a spreadsheet gives them; each group has a line of its own.
async fn paste(window: &Window, grid: &Grid, groups: &[Group], filled: &Voucher) -> Result<()> {
    let typed: Vec<_> = grid
        .columns
        .iter()
        .filter(|c| c.formula.is_none() && !c.reserved)
        .collect();
    let Some(first) = typed.first() else {
        return Ok(());
    };
    let rows = filled.grids.get(&grid.id).unwrap();
    for (number, row) in rows.iter().enumerate() {
        if let Some(group) = groups.iter().find(|g| g.id == row.group) {
            let add = format!("{}-{}-add", grid.id, group.id);
            // a wide table may have its middle out of sight
            window.tick(&add).await?;
        }
        let cells: Vec<String> = typed
            .iter()
            .map(|c| display(c.kind, row.cell(&c.id)))
            .collect();
        let at = if groups.is_empty() { 0 } else { number };
        let cell = format!("cell-{}-{at}-{}", grid.id, first.id);
        if !groups.is_empty() || number == 0 {
            let lines = if groups.is_empty() {
                let line = |row: &hoso_domain::voucher::Row| {
                    let cells = typed.iter().map(|c| display(c.kind, row.cell(&c.id)));
                    cells.collect::<Vec<_>>().join("\t")
                };
                rows.iter().map(line).collect::<Vec<_>>().join("\n")
            } else {
                cells.join("\t")
            };
            window.paste(&cell, &format!("{lines}\n")).await?;
        }
    }
    Ok(())
}

async fn fill(window: &Window, form: &Form, account: &str) -> Result<()> {
    let mut filled = Voucher {
        form: form.reference(),
        fields: std::collections::BTreeMap::new(),
        grids: std::collections::BTreeMap::new(),
    };
    sample::fill_in(form, &mut filled, 4);
    // books of accounts speak of the unit's own
    for row in filled.grids.get_mut("accounts").into_iter().flatten() {
        row.cells.insert("account".to_owned(), account.to_owned());
    }
    for block in &form.blocks {
        match block {
            Block::Ticks { options, .. } => {
                for option in options {
                    if filled.fields.contains_key(&option.id) {
                        window.tick(&format!("tick-{}", option.id)).await?;
                    }
                }
            }
            Block::Fields { .. } => {}
            Block::Grid(grid) | Block::TaxBlock { grid, .. } => {
                paste(window, grid, &[], &filled).await?;
            }
            Block::GroupedGrid { grid, groups } => paste(window, grid, groups, &filled).await?,
            Block::PairedRows { grid, sides } => paste(window, grid, sides, &filled).await?,
        }
    }
    let typed: Vec<(String, String)> = form
        .fields()
        .filter(|f| f.formula.is_none())
        .filter_map(|f| {
            let value = filled.fields.get(&f.id)?;
            Some((format!("field-{}", f.id), display(f.kind, value)))
        })
        .collect();
    window.fill_blanks(&typed).await?;
    saved(window).await?;
    Ok(())
}

/// Looks at each dossier that is this person's to sign, signs them as one batch, and waits for the
/// last.
async fn sign_all(window: &Window, person: &SignerInWorld, count: usize) -> Result<()> {
    choose_certificate(window, person).await?;
    // until the list is the one after the last batch
    window
        .wait_count(FITTING, count, Duration::from_secs(30))
        .await?;
    window.click_each(".sign-item:not(.out) .sign-look").await?;
    window.wait_until("sign-seen", &format!("{count}/")).await?;
    window
        .wait_count(&format!("{FITTING} input:checked"), count, PATIENCE)
        .await?;
    window.fill("pin", person.pin).await?;
    window.press("sign-now").await?;
    // seconds a dossier in a build without optimisation
    let signing = Duration::from_secs(120);
    window.wait_count(FITTING, 0, signing).await
}

/// What the certificate chosen may sign.
const FITTING: &str = ".sign-item:not(.out)";

#[test]
fn every_form_is_filled_checked_printed_submitted_and_signed_by_both_in_the_window() {
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
        window.press("nav-sign").await.unwrap();
        let all = format!("/{}", submitted.len());
        window.wait_until("sign-seen", &all).await.unwrap();
        record.step(&office.desk, "to-sign", &[]).unwrap();
        // bank papers want the owner's signature alone
        let by_chief = |f: &&&Form| f.signatures.first().map(|s| s.role) == Some(CHIEF);
        let first = submitted.iter().filter(by_chief).count();
        assert!(first > 10, "most forms begin with the chief accountant");
        for (person, count) in [
            (&office.world.chief, first),
            (&office.world.owner, submitted.len()),
        ] {
            if let Err(error) = sign_all(&window, person, count).await {
                office.desk.picture(&out.join("failed.png")).unwrap();
                let said = window.whole_text().await;
                panic!("{}: {error:?}\n{said}", person.name);
            }
            record
                .step(&office.desk, &format!("signed-{:?}", person.role), &[])
                .unwrap();
        }
        window.find("sign-none").await.unwrap();
        window.close().await.unwrap();
    });
}
