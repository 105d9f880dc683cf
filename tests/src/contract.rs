//! schemathesis, which nobody of this project wrote, over the portal's own description: whatever it
//! sends, no answer is a server error and none is undocumented. It speaks as an enrolled device, by
//! proofs, and as an officer, about things that are there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::lab::Lab;

mod given;

/// Of the operations, in per cent, that must reach 2xx.
const REACHED: usize = 60;
/// Cases schemathesis makes up for each operation, beside those that cover its schema.
const EXAMPLES: &str = "25";
/// The same run every time; another one finds other things.
const SEED: &str = "20261122";

/// What an operation answered, by status.
#[derive(Debug, Default)]
struct Answers {
    documented: Vec<u16>,
    by_status: BTreeMap<u16, u32>,
}

impl Answers {
    fn count(&self, class: u16) -> u32 {
        let of_class = self.by_status.iter().filter(|(s, _)| **s / 100 == class);
        of_class.map(|(_, n)| n).sum()
    }

    fn undocumented(&self) -> u32 {
        let beyond = self.by_status.iter();
        let beyond = beyond.filter(|(s, _)| !self.documented.contains(s));
        beyond.map(|(_, n)| n).sum()
    }
}

/// Every operation of the description, and what was answered.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<String, Answers>);

impl Tally {
    fn of(description: &Value, log: &str) -> Result<Self> {
        let mut tally = Self::default();
        let mut methods = BTreeMap::new();
        let paths = description.get("paths").and_then(Value::as_object);
        for (_, item) in paths.context("no paths")? {
            for (method, operation) in item.as_object().context("no operations")? {
                let name = operation.get("operationId").and_then(Value::as_str);
                let name = name.context("an operation without a name")?.to_owned();
                let answers = operation.get("responses").and_then(Value::as_object);
                let documented = answers.context("no answers")?.keys();
                let documented = documented.filter_map(|s| s.parse().ok()).collect();
                methods.insert(name.clone(), method.to_uppercase());
                let answers = Answers {
                    documented,
                    by_status: BTreeMap::new(),
                };
                tally.0.insert(name, answers);
            }
        }
        for line in log.lines() {
            let line: Value = serde_json::from_str(line)?;
            let text = |key| line.get(key).and_then(Value::as_str).unwrap_or_default();
            let (name, status) = (text("operation"), line.get("status"));
            let status = status.and_then(Value::as_u64).context("no status")?;
            // a method that is not the operation's own is another question
            if methods.get(name).is_some_and(|m| m == text("method")) {
                let answers = tally.0.get_mut(name).context("an unknown operation")?;
                *answers.by_status.entry(u16::try_from(status)?).or_default() += 1;
            }
        }
        Ok(tally)
    }

    fn reached(&self) -> usize {
        self.0.values().filter(|a| a.count(2) > 0).count()
    }

    /// A line for each operation: its name and how often it was answered with what.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, answers)| {
            let counts = answers.by_status.iter();
            let counts: Vec<String> = counts.map(|(s, n)| format!("{s}×{n}")).collect();
            format!("{name}: {}", counts.join(" "))
        })
    }

    /// What the run says at its end.
    pub fn sum(&self) -> String {
        let all = self.0.len();
        let sum = |count: fn(&Answers) -> u32| self.0.values().map(count).sum::<u32>();
        format!(
            "{} requests, {} server errors, {} undocumented answers; \
             2xx reached by {} of {all} operations = {} %",
            sum(|a| a.by_status.values().sum()),
            sum(|a| a.count(5)),
            sum(Answers::undocumented),
            self.reached(),
            self.reached() * 100 / all.max(1),
        )
    }

    fn judge(&self) -> Result<()> {
        for (name, answers) in &self.0 {
            ensure!(!answers.by_status.is_empty(), "{name} was never asked");
            ensure!(answers.count(5) == 0, "{name} answered a server error");
            ensure!(
                answers.undocumented() == 0,
                "{name} answered beyond its words"
            );
        }
        ensure!(
            self.reached() * 100 >= REACHED * self.0.len(),
            "less than {REACHED} % reached 2xx"
        );
        Ok(())
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub tally: Tally,
    /// schemathesis' own checks found nothing.
    pub sound: bool,
}

impl Ran {
    /// An error that names what must not be.
    pub fn judge(&self) -> Result<()> {
        ensure!(
            self.sound,
            "an answer, or the description, is not as it must be"
        );
        self.tally.judge()
    }
}

/// Runs `schemathesis` and gives what was answered.
pub fn run(schemathesis: &Path, mut told: impl FnMut(&str)) -> Result<Ran> {
    let lab = Lab::prepare(4, 1_000)?;
    // it asks more in a minute than a device may
    let settings = lab.path("portal").join("portal.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&settings)?)?;
    let limits = config.get_mut("limits").context("no limits")?;
    *limits = serde_json::json!({ "requests_per_minute": 1_000_000 });
    std::fs::write(&settings, serde_json::to_vec(&config)?)?;

    let mut round = lab.round()?;
    let mut client = round.client()?;
    round.until_sent(&mut client)?;
    client.stop()?;
    let log = lab.path("answers.jsonl");
    let given = tokio::runtime::Runtime::new()?.block_on(given::prepare(&round, &log))?;
    let seed = lab.path("contract.json");
    std::fs::write(&seed, serde_json::to_vec(&given)?)?;
    let description = hoso_portal::openapi();
    let document = lab.path("openapi.json");
    std::fs::write(&document, &description)?;
    told(&format!("the portal is {}", round.portal.url()));

    let status = Command::new(schemathesis)
        .arg("run")
        .arg(&document)
        .args(["--url", &round.portal.url()])
        .arg("--tls-verify")
        .arg(lab.path("contract-ca.pem"))
        .args(["--checks", CHECKS, "--seed", SEED])
        .args(["--max-examples", EXAMPLES, "--continue-on-failure"])
        .args([
            "--generation-database",
            "none",
            "--suppress-health-check",
            "all",
        ])
        .args(["--warnings", "off", "--no-color", "--workers", "1"])
        .env("SCHEMATHESIS_HOOKS", hooks()?)
        .env("HOSO_CONTRACT", &seed)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(lab.path("portal"))
        .stdin(Stdio::null())
        .status()
        .context("cannot start schemathesis")?;
    let tally = Tally::of(
        &serde_json::from_str(&description)?,
        &std::fs::read_to_string(&log)?,
    )?;
    for line in tally.lines() {
        told(&line);
    }
    Ok(Ran {
        tally,
        sound: status.success(),
    })
}

/// Of schemathesis: what an answer must be. Whether a request that is wrong is refused is the
/// portal's own tests' to say: half of what is sent here was put right by `hooks.py`.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method,\
                      allow_header_conformance,ignored_auth,use_after_free,\
                      ensure_resource_availability";

fn hooks() -> Result<PathBuf> {
    crate::desk::own_file("contract/hooks.py")
}
