//! The record of a journey: what the driver read in the window, step by step, with pictures.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::desk::Desk;

/// One step: what was done and what the window then said.
#[derive(Serialize)]
struct Step {
    number: usize,
    name: String,
    /// Test id → what the driver read there.
    read: Map<String, Value>,
    milliseconds: u128,
    picture: String,
}

/// Written after every step, so that a broken journey leaves its record too.
pub struct Record {
    out: PathBuf,
    steps: Vec<Step>,
    since: Instant,
    show: bool,
}

impl Record {
    pub fn new(out: &Path, show: bool) -> Result<Self> {
        std::fs::create_dir_all(out)?;
        Ok(Self {
            out: out.to_owned(),
            steps: Vec::new(),
            since: Instant::now(),
            show,
        })
    }

    /// Ends a step with a picture and what was read.
    pub fn step(&mut self, desk: &Desk, name: &str, read: &[(&str, String)]) -> Result<()> {
        let number = self.steps.len() + 1;
        let picture = format!("{number:02}-{name}.png");
        desk.picture(&self.out.join(&picture))?;
        let step = Step {
            number,
            name: name.to_owned(),
            read: read
                .iter()
                .map(|(k, v)| ((*k).to_owned(), Value::from(v.as_str())))
                .collect(),
            milliseconds: self.since.elapsed().as_millis(),
            picture,
        };
        if self.show {
            let mut line = format!("{number:>3}. {name}");
            for (what, text) in read {
                line.push_str(&format!(" · {what}: {}", text.replace('\n', " ⏎ ")));
            }
            use std::io::Write as _;
            writeln!(std::io::stdout(), "{line}")?;
        }
        self.steps.push(step);
        self.since = Instant::now();
        let json = serde_json::json!({ "steps": self.steps });
        std::fs::write(
            self.out.join("journey.json"),
            serde_json::to_vec_pretty(&json)?,
        )?;
        Ok(())
    }

    pub fn out(&self) -> &Path {
        &self.out
    }
}
