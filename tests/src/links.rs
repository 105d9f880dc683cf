//! What a bad link does to one sending, scenario by scenario, and the table docs/LINKS.md of it.
//!
//! Every line is measured: real client, real portal, a real [`Link`](hoso_testkit::link::Link)
//! between them. A scenario fails when it does not end with one dossier at the portal and its
//! receipt at the client, or with the refusal it is about.

pub mod answers;
pub mod ends;
mod stamp;
pub mod ways;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hoso_contract::Code;
use hoso_contract::command::SendNow;
use hoso_domain::life::LocalState;
use hoso_testkit::link::{Counts, Effect, Fired, Rule};

use crate::headless::Client;
use crate::lab::{Lab, Round, SOON};

/// One scenario, ended well.
pub struct Line {
    pub name: &'static str,
    /// What the row said, in order.
    pub said: String,
    pub back: Back,
    /// Carried up beyond what the same dossiers cost on a faultless link; `None`: no comparison.
    pub beyond: Option<Beyond>,
    pub outcome: String,
}

/// How long it took from the end of the fault to the receipt.
#[derive(Clone, Copy, Debug)]
pub enum Back {
    /// Nobody did anything.
    Unaided(Duration),
    /// "Gửi ngay" was pressed when the fault ended.
    Pressed(Duration),
    /// The fault does not end, and need not.
    Meanwhile(Duration),
    /// It is not to go before a person acts elsewhere.
    NotMeantTo,
}

/// Bytes more than needed.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    /// Bodies of requests.
    pub content: i64,
    /// All, TLS and heads included.
    pub wire: i64,
}

/// The scenarios, and what they compare themselves with.
pub struct Bench {
    /// One dossier with a file of 300 kB.
    pub one: Lab,
    /// Four with small files.
    pub four: Lab,
    pub floor: Counts,
}

/// How a sending must end.
const ONCE: &str = "one dossier, its receipt stored";

/// A scenario: name and how it goes.
pub type Scenario = (&'static str, fn(&Bench) -> Result<Line>);

/// In the order of the table.
pub fn all() -> Vec<Scenario> {
    [ways::ALL, answers::ALL, ends::ALL].concat()
}

impl Bench {
    pub fn prepare() -> Result<Self> {
        let mut bench = Self {
            one: Lab::sending_only(1, 300_000)?,
            four: Lab::sending_only(4, 40_000)?,
            floor: Counts::default(),
        };
        let mut round = bench.one.round()?;
        let mut client = round.client()?;
        round.until_sent(&mut client)?;
        bench.floor = bench.one.link.counts();
        Ok(bench)
    }

    /// What was carried up since the round began, less the floor.
    fn beyond(&self) -> Beyond {
        let counts = self.one.link.counts();
        let less = |now: u64, floor: u64| now as i64 - floor as i64;
        Beyond {
            content: less(counts.content_up, self.floor.content_up),
            wire: less(counts.up, self.floor.up),
        }
    }

    /// Compares the books of a round with the one dossier.
    fn done(
        &self,
        name: &'static str,
        round: &mut Round<'_>,
        client: &mut Client,
        back: Back,
    ) -> Result<Line> {
        let beyond = self.beyond();
        let verdict = round.verdict(client, &round.lab.dossiers)?;
        ensure!(verdict.holds(), "{verdict:?}");
        Ok(Line {
            name,
            said: round.said.join(" → "),
            back,
            beyond: (round.lab.dossiers.len() == 1).then_some(beyond),
            outcome: match verdict.matched {
                1 => ONCE.to_owned(),
                many => format!("{many} times: {ONCE}"),
            },
        })
    }

    /// A fault of exchanges: it strikes, the row says why it waits (as `code`), the fault ends; the
    /// courier comes back by itself.
    fn spoiled(
        &self,
        name: &'static str,
        faults: Vec<(Rule, Effect)>,
        code: Option<Code>,
    ) -> Result<Line> {
        let (mut round, mut client) = self.struck(faults, code)?;
        let back = Back::Unaided(round.until_sent(&mut client)?);
        self.done(name, &mut round, &mut client, back)
    }

    /// As [`Self::spoiled`], where the portal named a time: "Gửi ngay" is pressed when the fault
    /// ended.
    fn put_off(&self, name: &'static str, faults: Vec<(Rule, Effect)>) -> Result<Line> {
        let (mut round, mut client) = self.struck(faults, Some(Code::PortalBusy))?;
        let back = Back::Pressed(pressed(&mut round, &mut client)?);
        self.done(name, &mut round, &mut client, back)
    }

    /// A round in which these faults struck, the row said so, and the link is whole again.
    fn struck(
        &self,
        faults: Vec<(Rule, Effect)>,
        code: Option<Code>,
    ) -> Result<(Round<'_>, Client)> {
        let mut round = self.one.round()?;
        let struck: Vec<Fired> = faults
            .into_iter()
            .map(|(rule, effect)| self.one.link.when(rule, effect))
            .collect();
        let mut client = round.client()?;
        round.until(&mut client, "the row's word", SOON, |looked| {
            let settled = looked.local != LocalState::Sending;
            let told = code.is_none_or(|code| looked.why() == Some(code));
            (settled && told && struck.iter().any(|f| f.times() > 0)).then_some(())
        })?;
        self.one.link.heal();
        Ok((round, client))
    }

    /// A fault the courier gets over by itself; time counts from the strike.
    fn shrugged_off(&self, name: &'static str, rule: Rule, effect: Effect) -> Result<Line> {
        let mut round = self.one.round()?;
        let struck = self.one.link.when(rule, effect);
        let mut client = round.client()?;
        let mut at = None;
        round.until(&mut client, "the receipt", SOON, |looked| {
            if struck.times() > 0 {
                at.get_or_insert_with(Instant::now);
            }
            (looked.local == LocalState::Sent).then_some(())
        })?;
        ensure!(struck.times() > 0, "the fault never struck");
        let back = Back::Unaided(at.map(|at| at.elapsed()).unwrap_or_default());
        self.done(name, &mut round, &mut client, back)
    }
}

/// "Gửi ngay" for the row and for all, and the time to the receipts.
fn pressed(round: &mut Round<'_>, client: &mut Client) -> Result<Duration> {
    let id = Some(round.watched);
    client.call(&SendNow { id })?;
    client.call(&SendNow { id: None })?;
    round.until_sent(client)
}

/// The table, Markdown.
pub fn table(lines: &[Line], missing: &BTreeMap<&str, String>) -> String {
    let mut text = HEAD.to_owned();
    for line in lines {
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f32());
        let back = match line.back {
            Back::Unaided(time) => seconds(time),
            Back::Pressed(time) => format!("{} ¹", seconds(time)),
            Back::Meanwhile(time) => format!("{} ²", seconds(time)),
            Back::NotMeantTo => "–".to_owned(),
        };
        let (content, wire) = line.beyond.map_or(("–".into(), "–".into()), |b| {
            (b.content.to_string(), b.wire.to_string())
        });
        let Line {
            name,
            said,
            outcome,
            ..
        } = line;
        text += &format!("| {name} | {said} | {back} | {content} | {wire} | {outcome} |\n");
    }
    for (name, why) in missing {
        text += &format!("\nNot measured: {name} – {why}\n");
    }
    text + FOOT
}

const HEAD: &str = "\
# Links

What a bad link does to one sending. `cargo xtask links` writes this table: a headless client, the reference
portal and a link between them that ends TLS on both sides and spoils what it is told to (`crates/testkit/src/link.rs`).
Where nothing else is said one dossier with a file of 300 kB is under way.

| what goes wrong | what the row says | back in | content sent twice | more on the wire | result |
|---|---|---|---|---|---|
";

const FOOT: &str = "
Bytes are counted upwards, against the same dossier on a faultless link: *content* is bodies of requests, *wire*
everything with TLS and heads. A few bytes less than nothing are polls that a faultless run made while it waited.

Seconds count from the end of the fault; nobody does anything, a back-off of some seconds is in them.

¹ with “Gửi ngay” pressed when the fault ended: the portal had named a time of its own.
² the fault never ended; from its first strike.
";
