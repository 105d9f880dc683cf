//! `hoso-forms --out DIR [--only 24,25] [--forms DIR] [--helpers FILE]`: every form filled, empty and with a list of
//! 500 lines, as PDF and PNG. Forms and layouts are read from disk when it runs, so a layout is
//! tried without building anything; with `--helpers` even `form.typ` is. Exit code 1 when one cannot be printed.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use acceptance::paper::{LONG, Sheet, empty, filled, sheets};
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (mut out, mut forms) = (None, PathBuf::from("forms"));
    let mut only: Vec<String> = Vec::new();
    let mut helpers = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args
            .next()
            .with_context(|| format!("{arg} needs a value"))?;
        match arg.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--forms" => forms = PathBuf::from(value),
            "--helpers" => helpers = Some(std::fs::read_to_string(&value).context(value)?),
            "--only" => only.extend(value.split(',').map(str::to_owned)),
            other => bail!("no option {other}"),
        }
    }
    let out = out.context("--out DIR is needed")?;
    std::fs::create_dir_all(&out)?;
    let mut failed = 0;
    for mut sheet in sheets(&forms, &only)? {
        if let Some(helpers) = &helpers {
            sheet.layout = sheet.layout.replace("#import \"/form.typ\": *", helpers);
        }
        let began = Instant::now();
        let told = match show(&sheet, &out) {
            Ok(told) => told,
            Err(error) => {
                failed += 1;
                format!("FAILED: {error:#}")
            }
        };
        let milliseconds = began.elapsed().as_millis();
        writeln!(
            std::io::stdout(),
            "{} ({milliseconds} ms): {told}",
            sheet.name()
        )?;
    }
    if failed > 0 {
        bail!("{failed} of the forms cannot be printed");
    }
    Ok(())
}

fn show(sheet: &Sheet, out: &std::path::Path) -> Result<String> {
    if sheet.layout.is_empty() {
        bail!("no layout beside it");
    }
    let mut told = Vec::new();
    let mut write = |what: &str, voucher| {
        let pages = sheet.write(out, what, &voucher)?;
        told.push(format!("{what} {pages} pages"));
        anyhow::Ok(())
    };
    write("filled", filled(&sheet.form, 3))?;
    write("empty", empty(&sheet.form))?;
    if sheet.form.grids().next().is_some() {
        write("500", filled(&sheet.form, LONG))?;
    }
    Ok(told.join(", "))
}
