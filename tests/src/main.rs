//! `hoso-journey`: the main job before your eyes, or by itself with `--headless --out DIR`.

use std::path::PathBuf;

use acceptance::journey::{Office, run};
use acceptance::record::Record;
use acceptance::window::Hand;
use anyhow::{Context, Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let mut out = None;
    let mut headless = false;
    let mut hand = Hand::Mouse;
    let mut size = (1366, 768);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--headless" => headless = true,
            "--keyboard" => hand = Hand::Keyboard,
            "--small" => size = (1024, 768),
            "--out" => out = Some(PathBuf::from(args.next().context("--out needs a folder")?)),
            other => bail!("unknown option {other}"),
        }
    }
    if !headless {
        return acceptance::practice::run().await;
    }
    let out = out.context("--headless needs --out DIR")?;
    let dir = tempfile::tempdir()?;
    let mut office = Office::set_up(dir.path(), size.0, size.1)?;
    let mut record = Record::new(&out, true)?;
    run(&mut office, hand, &mut record).await.map(|_| ())
}
