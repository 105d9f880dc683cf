//! Faults of the way itself: cuts, silence, names, certificates.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hoso_contract::Code;
use hoso_domain::life::LocalState;
use hoso_testkit::ca::Validity;
use hoso_testkit::link::{Effect, Identity, Pace, Rule, TlsAuthority, Way};

use super::{Back, Bench, Line, ONCE, Scenario};
use crate::desk::program;
use crate::headless::Client;
use crate::lab::{PIN, Round, SOON};

pub const ALL: &[Scenario] = &[
    ("nothing", nothing),
    ("answer to the commit lost", lost_answer),
    ("lost 201 of a creation", lost_creation),
    ("line cut in the middle of a body", cut_body),
    ("line cut after every 40 kB", cut_again_and_again),
    ("blackout of 20 s, at 32 kB/s", |bench| {
        blackout(bench, "blackout of 20 s, at 32 kB/s", 20)
    }),
    ("blackout of 60 s, at 32 kB/s", |bench| {
        blackout(bench, "blackout of 60 s, at 32 kB/s", 60)
    }),
    ("nobody listens", refused),
    ("portal gone while nothing is to be sent", gone_while_idle),
    ("name does not resolve", no_name),
    ("TLS intercepted", intercepted),
    ("TLS certificate expired", expired),
];

fn nothing(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    let mut client = round.client()?;
    let time = round.until_sent(&mut client)?;
    bench.done("nothing", &mut round, &mut client, Back::Unaided(time))
}

pub fn lost_answer(bench: &Bench) -> Result<Line> {
    let rule = Rule::on("PUT", "/v1/dossiers/").nth(1);
    let faults = vec![(rule, Effect::LoseAnswer)];
    bench.spoiled("answer to the commit lost", faults, None)
}

pub fn lost_creation(bench: &Bench) -> Result<Line> {
    let rule = Rule::on("POST", "/v1/uploads").nth(1);
    bench.shrugged_off("lost 201 of a creation", rule, Effect::LoseAnswer)
}

pub fn cut_body(bench: &Bench) -> Result<Line> {
    let rule = Rule::on("PATCH", "/v1/uploads").nth(1);
    let name = "line cut in the middle of a body";
    bench.shrugged_off(name, rule, Effect::CutRequest(30_000))
}

fn cut_again_and_again(bench: &Bench) -> Result<Line> {
    let rule = Rule::on("PATCH", "/v1/uploads");
    let name = "line cut after every 40 kB";
    let line = bench.shrugged_off(name, rule, Effect::CutRequest(40_000))?;
    let Back::Unaided(time) = line.back else {
        return Ok(line);
    };
    Ok(Line {
        back: Back::Meanwhile(time),
        ..line
    })
}

/// Not a byte passes for so long, in the middle of a slow upload.
fn blackout(bench: &Bench, name: &'static str, seconds: u64) -> Result<Line> {
    let mut round = bench.one.round()?;
    let link = &bench.one.link;
    link.set_pace(Pace {
        bytes_per_second: 32_000,
        ..Pace::default()
    });
    let mut client = round.client()?;
    round.until(&mut client, "an acknowledged byte", SOON, |looked| {
        let row = looked.row.as_ref()?;
        (row.acknowledged > 50_000).then_some(())
    })?;
    link.set_way(Way::Silent);
    let end = Instant::now() + Duration::from_secs(seconds);
    let whole = Duration::from_secs(seconds + 10);
    round.until(&mut client, "the end of the blackout", whole, |_| {
        (Instant::now() >= end).then_some(())
    })?;
    link.set_way(Way::Open);
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done(name, &mut round, &mut client, back)
}

fn refused(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    bench.one.link.set_way(Way::Refused);
    let mut client = round.client()?;
    waits(&mut round, &mut client, Code::PortalUnreachable)?;
    bench.one.link.heal();
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done("nobody listens", &mut round, &mut client, back)
}

/// Everything is sent, then the portal goes away: no more than a few tries in ten seconds.
fn gone_while_idle(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    let mut client = round.client()?;
    let time = round.until_sent(&mut client)?;
    round.portal.down();
    bench.one.link.count_anew();
    let end = Instant::now() + Duration::from_secs(10);
    client.until("ten seconds", SOON, |_| {
        Ok((Instant::now() >= end).then_some(()))
    })?;
    let tries = bench.one.link.counts().connections;
    ensure!(tries <= 10, "{tries} connections in ten seconds");
    round.portal_up()?;
    let name = "portal gone while nothing is to be sent";
    let line = bench.done(name, &mut round, &mut client, Back::Unaided(time))?;
    Ok(Line {
        back: Back::NotMeantTo,
        beyond: None,
        outcome: format!("{}; {tries} tries in 10 s", line.outcome),
        ..line
    })
}

/// The client has a file of hosts of its own, in which the portal's name appears at last.
fn no_name(bench: &Bench) -> Result<Line> {
    const NAME: &str = "cong-tap-huan.hoso.test";
    ensure!(is_root()?, "needs root, for a file of hosts of its own");
    let lab = &bench.one;
    let dossiers = lab.home("named", 1, NAME)?;
    let mut round = Round::begin(
        lab,
        "named",
        &lab.path("round-named/home"),
        &lab.path("round-named/portal"),
    )?;
    round.watched = *dossiers.first().unwrap_or(&round.watched);
    lab.link
        .show(&lab.authority.issue(NAME, Validity::Current)?)?;
    let hosts = lab.path("hosts");
    std::fs::write(&hosts, "127.0.0.1 localhost\n")?;
    let mut command = Command::new("unshare");
    command
        .args([
            "--mount",
            "sh",
            "-c",
            "mount --bind \"$0\" /etc/hosts && exec \"$1\"",
        ])
        .arg(&hosts)
        .arg(program("hoso-headless")?)
        .envs(lab.world.env());
    let mut client = Client::run(command, &round.home)?;
    client.unlock(PIN)?;
    waits(&mut round, &mut client, Code::PortalUnreachable)?;
    std::fs::write(&hosts, format!("127.0.0.1 localhost {NAME}\n"))?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    let beyond = bench.beyond();
    let verdict = round.verdict(&mut client, &dossiers)?;
    ensure!(verdict.holds(), "{verdict:?}");
    Ok(Line {
        name: "name does not resolve",
        said: round.said.join(" → "),
        back,
        beyond: Some(beyond),
        outcome: ONCE.to_owned(),
    })
}

fn intercepted(bench: &Bench) -> Result<Line> {
    let stranger = TlsAuthority::new("Tường lửa của toà nhà")?;
    let shown = stranger.issue("127.0.0.1", Validity::Current)?;
    certificate(bench, "TLS intercepted", &shown, Code::PortalTls)
}

fn expired(bench: &Bench) -> Result<Line> {
    let shown = bench.one.authority.issue("127.0.0.1", Validity::Expired)?;
    certificate(
        bench,
        "TLS certificate expired",
        &shown,
        Code::PortalCertificateDate,
    )
}

fn certificate(bench: &Bench, name: &'static str, shown: &Identity, code: Code) -> Result<Line> {
    let mut round = bench.one.round()?;
    bench.one.link.show(shown)?;
    let mut client = round.client()?;
    waits(&mut round, &mut client, code)?;
    bench.one.link.show(&bench.one.own)?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done(name, &mut round, &mut client, back)
}

/// Until the row waits for this reason.
pub(super) fn waits(round: &mut Round<'_>, client: &mut Client, code: Code) -> Result<()> {
    round.until(client, "the reason of waiting", SOON, |looked| {
        let settled = looked.local != LocalState::Sending;
        (settled && looked.why() == Some(code)).then_some(())
    })
}

pub(super) fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output()?;
    Ok(id.stdout.trim_ascii() == b"0")
}
