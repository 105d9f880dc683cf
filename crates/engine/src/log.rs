//! The log: situations and incident numbers, never content. At most two files of 2 MiB.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::place::Place;

const NAME: &str = "hoso.log";
const LIMIT: u64 = 2 * 1024 * 1024;

/// Writes to `logs/hoso.log` from now on. Without a writable folder the program works all the same.
pub fn start(place: &Place) -> Option<()> {
    let folder = place.logs();
    hoso_store::layout::own_folder(&folder).ok()?;
    let path = folder.join(NAME);
    if path.metadata().is_ok_and(|m| m.len() > LIMIT) {
        let _ = std::fs::rename(&path, folder.join("hoso.old.log"));
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .ok()?;
    let filter = EnvFilter::try_new("info,hyper=warn,rustls=warn,typst=warn").ok()?;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(Flushed(file)))
        .try_init()
        .ok()
}

/// The newest lines, for the problem report.
pub fn newest(place: &Place, lines: usize) -> String {
    let text = std::fs::read_to_string(place.logs().join(NAME)).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all.iter()
        .skip(all.len().saturating_sub(lines))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}

struct Flushed(File);

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
