//! A thin line at packet level: 64 kbit/s, a round trip of 600 ms. Values are held against the time
//! the bytes alone need, and beside each stands what other programs take for the same file.

use std::time::Duration;

use acceptance::thin::{Cuts, Sent, Thin};
use anyhow::Result;
use hoso_testkit::packet::{End, Line, missing};

use crate::{Measured, tell};

/// With the data, the print and the signatures a dossier of 1 MB, or of 5.
const ONE: usize = 910_500;
const FIVE: usize = 4_910_500;
/// Until bytes of a body are on the line again after the link is back, in seconds.
const RESUME: f64 = 5.0;

pub const NAMES: [&str; 5] = [WHOLE, WIRE, LOSS, CUT, BACK];
const WHOLE: &str = "link-1mb";
const WIRE: &str = "link-1mb-wire";
const LOSS: &str = "link-1mb-loss";
const CUT: &str = "link-5mb-cut";
const BACK: &str = "link-resume";

/// `false`: something could not be measured here.
pub fn measure(wanted: impl Fn(&str) -> bool) -> Result<bool> {
    if !NAMES.into_iter().any(&wanted) {
        return Ok(true);
    }
    if let Some(why) = missing() {
        tell(&format!("link-…: skipped: {why}"));
        return Ok(false);
    }
    if [WHOLE, WIRE, LOSS].into_iter().any(&wanted) {
        let thin = Thin::prepare(ONE)?;
        if wanted(WHOLE) || wanted(WIRE) {
            let sent = thin.send(Line::THIN, None)?;
            tell(&format!("{WHOLE}: {sent:?}"));
            ratio(WHOLE, &sent, 1.10).print()?;
            Measured {
                name: WIRE.to_owned(),
                value: sent.up.bytes as f64,
                unit: "bytes",
                reference: sent.content as f64,
                goal: Some(1.06),
            }
            .print()?;
            others(&thin, Line::THIN, WHOLE)?;
        }
        if wanted(LOSS) {
            let line = Line::THIN.losing(0.05);
            let sent = thin.send(line, None)?;
            tell(&format!("{LOSS}: {sent:?}"));
            ratio(LOSS, &sent, 1.25).print()?;
            others(&thin, line, LOSS)?;
        }
    }
    if wanted(CUT) || wanted(BACK) {
        let cuts = Cuts {
            every: Duration::from_secs(60),
            lasting: Duration::from_secs(4),
        };
        let sent = Thin::prepare(FIVE)?.send(Line::THIN, Some(cuts))?;
        tell(&format!("{CUT}: {sent:?}"));
        ratio(CUT, &sent, 1.3).print()?;
        let slowest = sent.resumed.iter().max().copied().unwrap_or_default();
        Measured {
            name: BACK.to_owned(),
            value: slowest.as_secs_f64(),
            unit: "s",
            reference: RESUME,
            goal: Some(1.0),
        }
        .print()?;
        tell(&format!(
            "{CUT}: a plain POST cannot arrive: its connection dies with the first cut"
        ));
    }
    Ok(true)
}

fn ratio(name: &str, sent: &Sent, goal: f64) -> Measured {
    Measured {
        name: name.to_owned(),
        value: sent.took.as_secs_f64(),
        unit: "s",
        reference: Sent::floor(sent.content, Line::THIN).as_secs_f64(),
        goal: Some(goal),
    }
}

/// The same file by other ways, without a goal.
fn others(thin: &Thin, line: Line, name: &str) -> Result<()> {
    let size = std::fs::metadata(thin.file())?.len();
    let beside = |way: &str, took: Duration| Measured {
        name: format!("{name}/{way}"),
        value: took.as_secs_f64(),
        unit: "s",
        reference: Sent::floor(size, line).as_secs_f64(),
        goal: None,
    };
    let mut sink = thin.link.command(End::Portal, std::env::current_exe()?);
    beside("plain-post", thin.post(line, sink.arg("--sink"))?).print()?;
    match thin.tus(line)? {
        Some(took) => beside("tus-js-client", took).print(),
        None => {
            tell(&format!(
                "{name}/tus-js-client is skipped: node does not find the package; see docs/PORTAL.md"
            ));
            Ok(())
        }
    }
}
