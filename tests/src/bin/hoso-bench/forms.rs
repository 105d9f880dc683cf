//! Typing and printing a voucher of 500 lines, pasting 10,000; in the real window where a person
//! waits for it.

use std::time::Instant;

use acceptance::desk::{Desk, program};
use acceptance::lab::{Lab, PIN};
use acceptance::steps::{new_dossier, unlock};
use acceptance::window::{Hand, Window};
use anyhow::{Context, Result, bail, ensure};
use hoso_domain::form::latest;
use hoso_testkit::sample;
use serde_json::{Value, json};

use crate::{Measured, median, milliseconds, tell};

pub const NAMES: [&str; 3] = [KEY, PASTE, PDF];
const KEY: &str = "voucher-500-key-p95";
const PASTE: &str = "paste-10000";
const PDF: &str = "voucher-500-pdf-page";

const LINES: usize = 500;
const KEYS: usize = 200;
/// Keys before them that are not counted: WebKit compiles what is called often while they are typed.
const WARM_KEYS: usize = 20;
/// One frame of a screen at 60 Hz, in milliseconds.
const FRAME: f64 = 16.7;

/// Keys in the middle of the list, and the time of each until what it changed is painted: it is given
/// in the callback of a frame, so that what follows it is drawn in the same one, and the message is
/// heard after the frame. The text goes in the way a key brings it, digits and Backspace in turns; a
/// key after which the sum reads as before is a failure.
const KEY_SCRIPT: &str = "
    const [id, keys, done] = arguments;
    const cell = document.querySelector(`[data-testid=\"${id}\"]`);
    const sum = document.querySelector('[data-testid=total]');
    cell.scrollIntoView({block: 'center'});
    cell.focus();
    const times = [];
    const after = new MessageChannel();
    let before = sum.textContent;
    const press = () => requestAnimationFrame(() => {
        const nth = times.length;
        const back = nth > 0 && (nth - 1) % 10 >= 5;
        const key = back ? 'Backspace' : String(1 + nth % 9);
        const since = performance.now();
        after.port1.onmessage = () => {
            times.push(performance.now() - since);
            const now = sum.textContent;
            if (now === before) return done(`the sum stayed ${now} after key ${nth}`);
            before = now;
            if (times.length < keys) press(); else done(times);
        };
        cell.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        if (back) document.execCommand('delete'); else document.execCommand('insertText', false, key);
        after.port2.postMessage(0);
    });
    press();";

/// A table given to a cell, and the time until the sum of it is painted.
const PASTE_SCRIPT: &str = "
    const [id, text, total, done] = arguments;
    const cell = document.querySelector(`[data-testid=\"${id}\"]`);
    cell.focus();
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const after = new MessageChannel();
    requestAnimationFrame(() => {
        const since = performance.now();
        const look = () => {
            const shown = document.querySelector('[data-testid=total]').innerText;
            if (shown.includes(total)) after.port2.postMessage(0); else requestAnimationFrame(look);
        };
        after.port1.onmessage = () => done(performance.now() - since);
        cell.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        look();
    });";

pub async fn measure(wanted: impl Fn(&str) -> bool) -> Result<()> {
    if wanted(PDF) {
        pdf()?.print()?;
    }
    if wanted(KEY) || wanted(PASTE) {
        for measured in window().await? {
            if wanted(&measured.name) {
                measured.print()?;
            }
        }
    }
    Ok(())
}

/// The whole document by its pages, beside an empty page set and written the same way.
fn pdf() -> Result<Measured> {
    const ROUNDS: usize = 15;
    const WARM: usize = 2;
    const CLEARING: usize = 3;
    let form = latest("nd347-2025", "13").context("form 13")?;
    let data = sample::data(form);
    let blank = sample::empty(form);
    let (mut own, mut reference, mut clearing) = (Vec::new(), Vec::new(), Vec::new());
    let mut pages = 0;
    for round in 0..WARM + ROUNDS {
        // each round is another voucher: typst remembers what it has set
        let mut voucher = sample::filled(form, LINES);
        for (n, row) in voucher
            .grids
            .get_mut("lines")
            .into_iter()
            .flatten()
            .enumerate()
        {
            row.cells
                .insert("content".to_owned(), format!("Khoản {n} lần {round}"));
        }
        let since = Instant::now();
        let made = hoso_print::render(form, &voucher, &data)?;
        let whole = milliseconds(since.elapsed());
        pages = hoso_print::pages(&made)?;
        let page =
            |n: usize| format!("#set page(paper: \"a4\")\n#v(1mm * {round} + 0.1mm * {n})\n");
        // what typst still holds of the voucher is cleared away in the runs after it
        let mut runs = Vec::new();
        for n in 0..=CLEARING {
            let layout = page(n);
            let since = Instant::now();
            hoso_print::render_with(&layout, form, &blank, &data)?;
            runs.push(milliseconds(since.elapsed()));
        }
        if round >= WARM {
            own.push(whole / f64::from(pages));
            reference.extend(runs.last());
            clearing.extend(runs.first());
        }
    }
    tell(&format!(
        "{PDF}: {LINES} lines on {pages} pages; an empty page right behind it, which clears away what \
         typst held of it: {:.2} ms",
        median(clearing)?
    ));
    Ok(Measured {
        name: PDF.to_owned(),
        value: median(own)?,
        unit: "ms",
        reference: median(reference)?,
        goal: Some(2.0),
    })
}

fn table(lines: usize, amount: u32) -> String {
    let line = |n: usize| {
        format!("Khoản chi {n}\t1C26TAA-{n:07}\t18/11/2026\t\t\t6551\t341\t13\t{amount}\n")
    };
    (0..lines).map(line).collect()
}

async fn window() -> Result<Vec<Measured>> {
    // the laboratory has a runtime of its own
    let lab = tokio::task::block_in_place(|| Lab::prepare(1, 20_000))?;
    let round = lab.round()?;
    let mut environment: Vec<(String, String)> = Vec::new();
    for (name, value) in lab.world.env() {
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        environment.push((text(name), text(value)));
    }
    environment.push(("HOSO_HOME".to_owned(), round.home.display().to_string()));
    let desk = Desk::set_up(1366, 768, &lab.path("logs"), &environment)?;
    let window = Window::open(&desk, &program("hoso-desktop")?, Hand::Mouse).await?;
    unlock(&window, PIN).await?;
    new_dossier(&window).await?;

    // the first paste warms up and makes the lines that are typed in
    paste(&window, LINES, 1_000).await?;
    // what was pasted is on disk and checked: a key is alone
    window.wait_data("saved-at", "data-kept", "saved").await?;
    let middle = format!("cell-lines-{}-amount", 20);
    let times = window
        .measure(KEY_SCRIPT, vec![json!(middle), json!(WARM_KEYS + KEYS)])
        .await?;
    if let Some(failure) = times.as_str() {
        bail!("{failure}");
    }
    let mut times: Vec<f64> = serde_json::from_value(times)?;
    let first = times
        .drain(..times.len().min(WARM_KEYS))
        .fold(0.0, f64::max);
    ensure!(times.len() == KEYS, "{} keys were measured", times.len());
    let total = window.read("total").await?;
    tell(&format!(
        "{KEY}: median {:.1} ms, slowest of the first {WARM_KEYS} {first:.1} ms, the total reads {total:?}",
        median(times.clone())?
    ));
    let key = Measured {
        name: KEY.to_owned(),
        value: p95(times)?,
        unit: "ms",
        reference: FRAME,
        goal: Some(1.0),
    };
    let pasted = paste(&window, 10_000, 2_000).await?;
    window.close().await?;
    drop(round);
    tokio::task::block_in_place(|| drop(lab));
    let paste = Measured {
        name: PASTE.to_owned(),
        value: pasted,
        unit: "ms",
        reference: 1_000.0,
        goal: Some(1.0),
    };
    Ok(vec![key, paste])
}

/// Milliseconds until the sum of so many pasted lines is painted.
async fn paste(window: &Window, lines: usize, amount: u32) -> Result<f64> {
    let sum = u64::from(amount).saturating_mul(lines as u64);
    let total = hoso_domain::money::Dong::new(i64::try_from(sum)?)?.to_string();
    let arguments: Vec<Value> = vec![
        json!("cell-lines-0-content"),
        json!(table(lines, amount)),
        json!(total),
    ];
    let taken = window.measure(PASTE_SCRIPT, arguments).await?;
    taken.as_f64().context("no time was measured")
}

fn p95(mut times: Vec<f64>) -> Result<f64> {
    times.sort_by(f64::total_cmp);
    let at = times.len().saturating_mul(95) / 100;
    times.get(at).copied().context("nothing was measured")
}
