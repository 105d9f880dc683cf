//! Faults of answers: somebody else's, or the portal's at the wrong time.

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use hoso_contract::Code;
use hoso_domain::life::LocalState;
use hoso_portal_api::Kind;
use hoso_testkit::link::{Canned, Effect, Rule};

use super::{Back, Bench, Line, Scenario};
use crate::lab::SOON;

pub const ALL: &[Scenario] = &[
    ("captive portal", captive_portal),
    ("captive portal, by redirect", captive_redirect),
    ("HTML 200 to the commit", page_for_commit),
    ("HTML 502 of a gateway", bad_gateway),
    ("410 to every reading of the feed", cursor_gone),
    ("429 with Retry-After", too_many),
    ("503 with Retry-After", busy),
    ("one dossier that always fails", poisoned),
];

fn page(status: u16, text: &str) -> Effect {
    Effect::Answer(Canned::page(status, text))
}

/// The portal's problem; its clock is nobody's concern here.
pub(super) fn problem(kind: Kind, retry_after: Option<u64>) -> Effect {
    let then = DateTime::<Utc>::UNIX_EPOCH;
    Effect::Answer(Canned::problem(kind, retry_after, then))
}

pub fn captive_portal(bench: &Bench) -> Result<Line> {
    let faults = vec![(Rule::on("", "/"), page(200, "Đăng nhập Wi-Fi"))];
    bench.spoiled("captive portal", faults, Some(Code::PortalNotAPortal))
}

fn captive_redirect(bench: &Bench) -> Result<Line> {
    let login = Canned::redirect("https://wifi.example/login");
    let faults = vec![(Rule::on("", "/"), Effect::Answer(login))];
    let name = "captive portal, by redirect";
    bench.spoiled(name, faults, Some(Code::PortalNotAPortal))
}

fn page_for_commit(bench: &Bench) -> Result<Line> {
    let rule = Rule::on("PUT", "/v1/dossiers/").nth(1);
    let faults = vec![(rule, page(200, "Thành công"))];
    bench.spoiled("HTML 200 to the commit", faults, None)
}

fn bad_gateway(bench: &Bench) -> Result<Line> {
    let faults = vec![(Rule::on("", "/"), page(502, "Bad Gateway"))];
    bench.spoiled("HTML 502 of a gateway", faults, Some(Code::PortalBusy))
}

/// What waits goes all the same, and the feed is not asked without a pause.
fn cursor_gone(bench: &Bench) -> Result<Line> {
    let name = "410 to every reading of the feed";
    let rule = Rule::on("GET", "/v1/changes");
    let mut round = bench.one.round()?;
    let struck = bench.one.link.when(rule, problem(Kind::CursorGone, None));
    let mut client = round.client()?;
    let time = round.until_sent(&mut client)?;
    let before = struck.times();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    client.until("ten seconds", SOON, |_| {
        Ok((std::time::Instant::now() >= end).then_some(()))
    })?;
    let asked = struck.times() - before;
    ensure!(asked <= 20, "the feed was asked {asked} times in 10 s");
    let line = bench.done(name, &mut round, &mut client, Back::Meanwhile(time))?;
    Ok(Line {
        beyond: None,
        outcome: format!("{}; asked {asked} times in 10 s", line.outcome),
        ..line
    })
}

pub fn too_many(bench: &Bench) -> Result<Line> {
    let limited = problem(Kind::RateLimited, Some(120));
    let faults = vec![(Rule::on("PUT", "/v1/dossiers/"), limited)];
    bench.put_off("429 with Retry-After", faults)
}

fn busy(bench: &Bench) -> Result<Line> {
    let faults = vec![(Rule::on("", "/"), problem(Kind::Busy, Some(120)))];
    bench.put_off("503 with Retry-After", faults)
}

/// Its commit fails at the portal every time; the other three must not wait for it.
fn poisoned(bench: &Bench) -> Result<Line> {
    let lab = &bench.four;
    let mut round = lab.round()?;
    let path = hoso_portal_api::path::dossier(round.watched);
    let fault = problem(Kind::Internal, None);
    let struck = lab.link.when(Rule::on("PUT", &path), fault);
    let mut client = round.client()?;
    let watched = round.watched;
    client.until("the other three", SOON, |client| {
        round.look(client)?;
        let rows = client.call(&hoso_contract::command::GetOutbox {})?;
        Ok(rows.iter().all(|row| row.id == watched).then_some(()))
    })?;
    round.until(&mut client, "the reason of waiting", SOON, |looked| {
        let waits = looked.local != LocalState::Sending && looked.why().is_some();
        (waits && struck.times() > 0).then_some(())
    })?;
    lab.link.heal();
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done(
        "one dossier that always fails",
        &mut round,
        &mut client,
        back,
    )
}
