//! Faults at the two ends: clocks, disks, restarts, other devices.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use hoso_contract::Code;
use hoso_contract::command::{GetOutbox, GetSession, OpenDossier, SendNow};
use hoso_contract::view::ReadOnly;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_portal_api::officer::Act;
use hoso_portal_api::{Kind, path};
use hoso_testkit::link::{Effect, Pace, Rule, Way};
use hoso_text::{Lang, failure};

use super::answers::problem;
use super::stamp::stamp;
use super::ways::{is_root, waits};
use super::{Back, Bench, Line, ONCE, Scenario};
use crate::headless::{Client, wrong_clock};
use crate::lab::{PIN, Round, SOON, accepted_by, amended, copy};
use crate::officer::Officer;

pub const ALL: &[Scenario] = &[
    ("client's clock 400 days ahead", |bench| {
        clock(bench, "client's clock 400 days ahead", "+400d")
    }),
    ("client's clock 400 days behind", |bench| {
        clock(bench, "client's clock 400 days behind", "-400d")
    }),
    ("client's disk full", disk_of_client),
    ("client's disk full while sending", disk_while_sending),
    ("portal's disk full", disk_of_portal),
    ("portal killed in the middle of an upload", portal_killed),
    ("client killed after the portal accepted", client_killed),
    ("two devices of one unit at once", two_devices),
    ("one dossier on two PCs at once", twins),
    ("409: signed anew on another PC", other_content),
    ("412: answered before by another PC", overtaken),
    ("device revoked", revoked),
    ("timestamp added before the second try", stamped),
];

/// The client runs under libfaketime; then the clock is put right and the program started again.
fn clock(bench: &Bench, name: &'static str, off: &str) -> Result<Line> {
    let environment = wrong_clock(off)?;
    let mut round = bench.one.round()?;
    let mut client = round.client_in(&environment)?;
    waits(&mut round, &mut client, Code::ClockWrong)?;
    client.stop()?;
    let mut client = round.client()?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done(name, &mut round, &mut client, back)
}

/// A disk of its own that can be filled and emptied.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Result<Self> {
        ensure!(is_root()?, "needs root, for a small disk of its own");
        std::fs::create_dir_all(&at)?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(&at)
            .status()?;
        ensure!(status.success(), "no tmpfs could be mounted");
        Ok(Self(at))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    fn fill(&self) -> Result<()> {
        let mut file = std::fs::File::create(self.ballast())?;
        while file.write_all(&[0; 4096]).is_ok() {}
        Ok(())
    }

    fn free(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// The store opens to be read only and nothing is sent; started again with room it goes on.
fn disk_of_client(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let disk = SmallDisk::mount(lab.path("disk-client"))?;
    let data = lab.path("disk-client-portal");
    let mut round = Round::begin(lab, "home", &disk.0.join("home"), &data)?;
    disk.fill()?;
    let mut client = round.client()?;
    let session = client.call(&GetSession {})?;
    ensure!(
        session.read_only == Some(ReadOnly::DiskFull),
        "a full disk was not noticed"
    );
    round.look(&mut client)?;
    let refused = client.ask(&SendNow { id: None })?.err();
    let refused = refused.context("“Gửi ngay” was not refused")?;
    let title = failure(&refused, Lang::Vi).title;
    round.said.push(format!("“Gửi ngay”: {title}"));
    ensure!(accepted_by(&data)?.is_empty(), "something was sent");
    client.kill();
    disk.free()?;
    let mut client = round.client()?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done("client's disk full", &mut round, &mut client, back)
}

/// No offset and no receipt can be stored; what the portal accepts meanwhile must be found again.
fn disk_while_sending(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let disk = SmallDisk::mount(lab.path("disk-sending"))?;
    let data = lab.path("disk-sending-portal");
    let mut round = Round::begin(lab, "home", &disk.0.join("home"), &data)?;
    lab.link.set_pace(Pace {
        bytes_per_second: 64_000,
        ..Pace::default()
    });
    let mut client = round.client()?;
    begun(&mut round, &mut client)?;
    disk.fill()?;
    lab.link.set_pace(Pace::default());
    client.until("acceptance", SOON, |_| {
        Ok((!accepted_by(&data)?.is_empty()).then_some(()))
    })?;
    let looked = round.look(&mut client)?;
    ensure!(looked.local != LocalState::Sent, "sent without a receipt");
    disk.free()?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    let name = "client's disk full while sending";
    bench.done(name, &mut round, &mut client, back)
}

fn disk_of_portal(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let disk = SmallDisk::mount(lab.path("disk-portal"))?;
    let home = lab.path("disk-portal-home");
    let mut round = Round::begin(lab, "home", &home, &disk.0.join("portal"))?;
    disk.fill()?;
    let mut client = round.client()?;
    waits(&mut round, &mut client, Code::PortalBusy)?;
    disk.free()?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    bench.done("portal's disk full", &mut round, &mut client, back)
}

/// Until the portal acknowledged part of a body.
fn begun(round: &mut Round<'_>, client: &mut Client) -> Result<()> {
    round.until(client, "an acknowledged byte", SOON, |looked| {
        let row = looked.row.as_ref()?;
        (row.acknowledged > 50_000).then_some(())
    })
}

fn portal_killed(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    bench.one.link.set_pace(Pace {
        bytes_per_second: 64_000,
        ..Pace::default()
    });
    let mut client = round.client()?;
    begun(&mut round, &mut client)?;
    round.portal.down();
    round.portal_up()?;
    bench.one.link.set_pace(Pace::default());
    let back = Back::Unaided(round.until_sent(&mut client)?);
    let name = "portal killed in the middle of an upload";
    bench.done(name, &mut round, &mut client, back)
}

fn client_killed(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    let rule = Rule::on("PUT", "/v1/dossiers/").nth(1);
    let held = bench.one.link.when(rule, Effect::HoldAnswer);
    let mut client = round.client()?;
    round.until(&mut client, "acceptance", SOON, |_| {
        (held.times() > 0).then_some(())
    })?;
    client.kill();
    let mut client = round.client()?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    let name = "client killed after the portal accepted";
    bench.done(name, &mut round, &mut client, back)
}

/// A second PC with dossiers of its own, over the same link at the same time.
fn two_devices(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let theirs = lab.home("second", 1, "127.0.0.1")?;
    let mut round = lab.round()?;
    let home = lab.path("round-second");
    copy(&lab.path("second"), &home)?;
    let mut second = Client::start(&home, &lab.world.env())?;
    let mut client = round.client()?;
    second.unlock(PIN)?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    second.until("the other PC's receipt", SOON, |second| {
        Ok(second.call(&GetOutbox {})?.is_empty().then_some(()))
    })?;
    for (one, own) in [(&mut client, &lab.dossiers), (&mut second, &theirs)] {
        let verdict = round.verdict(one, own)?;
        ensure!(verdict.matched == 1, "{verdict:?}");
        ensure!(verdict.lost.is_empty(), "{verdict:?}");
    }
    let accepted = accepted_by(&round.data)?.len();
    ensure!(accepted == 2, "the portal has {accepted}");
    Ok(Line {
        name: "two devices of one unit at once",
        said: round.said.join(" → "),
        back,
        beyond: None,
        outcome: format!("for each {ONCE}"),
    })
}

/// The whole store was copied to a second PC, with what waits in it, and both send.
fn twins(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let mut round = lab.round()?;
    let home = lab.path("round-twin");
    copy(&lab.path("home"), &home)?;
    let mut second = Client::start(&home, &lab.world.env())?;
    let mut client = round.client()?;
    second.unlock(PIN)?;
    let back = Back::Unaided(round.until_sent(&mut client)?);
    second.until("the other PC's receipt", SOON, |second| {
        Ok(second.call(&GetOutbox {})?.is_empty().then_some(()))
    })?;
    for pc in [&mut client, &mut second] {
        let verdict = round.verdict(pc, &lab.dossiers)?;
        ensure!(verdict.holds() && verdict.matched == 1, "{verdict:?}");
    }
    Ok(Line {
        name: "one dossier on two PCs at once",
        said: round.said.join(" → "),
        back,
        beyond: None,
        outcome: format!("on both {ONCE}"),
    })
}

/// The first PC's dossier was accepted; on a copy of its store it was said otherwise and signed anew
/// meanwhile, under the same id.
fn other_content(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let mut round = lab.round()?;
    let home = lab.path("round-other");
    copy(&lab.path("home"), &home)?;
    let mut client = round.client()?;
    round.until_sent(&mut client)?;
    client.stop()?;
    let accepted = accepted_by(&round.data)?;
    changed_elsewhere(&mut round, &home, 1, Code::PortalConflict)?;
    ensure!(accepted_by(&round.data)? == accepted, "it was replaced");
    Ok(Line {
        name: "409: signed anew on another PC",
        said: round.said.join(" → "),
        back: Back::NotMeantTo,
        beyond: None,
        outcome: "what was accepted first stays; the other waits for a person".to_owned(),
    })
}

/// The treasury asked for a supplement; one PC answered it, and a copy of its store another time, a
/// revision the treasury does not wait for.
fn overtaken(bench: &Bench) -> Result<Line> {
    let lab = &bench.one;
    let mut round = lab.round()?;
    let id = round.watched;
    let mut client = round.client()?;
    round.until_sent(&mut client)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let officer = Officer::log_in(&round.portal).await?;
        officer.act(id, "receive", &Act::default()).await?;
        let asked = "Ghi rõ số hợp đồng";
        officer.ask_supplement(id, "content", asked).await
    })?;
    client.until("the treasury's question", SOON, |client| {
        let asked = client.call(&OpenDossier { id })?.treasury == TreasuryState::SupplementAsked;
        Ok(asked.then_some(()))
    })?;
    client.stop()?;
    let home = lab.path("round-overtaken");
    copy(&round.home, &home)?;
    let mut client = round.client()?;
    amended(&lab.world, &mut client, id)?;
    round.until_sent(&mut client)?;
    client.stop()?;
    let accepted = accepted_by(&round.data)?;
    // a revision later than the one that was accepted
    changed_elsewhere(&mut round, &home, 2, Code::PortalOvertaken)?;
    ensure!(accepted_by(&round.data)? == accepted, "it was replaced");
    Ok(Line {
        name: "412: answered before by another PC",
        said: round.said.join(" → "),
        back: Back::NotMeantTo,
        beyond: None,
        outcome: "what was accepted first stays; the other waits for a person".to_owned(),
    })
}

/// On the copy in `home`, without a line, the dossier is said otherwise and signed anew so many times;
/// then there is a line, and it waits because of `code`.
fn changed_elsewhere(round: &mut Round<'_>, home: &Path, times: u32, code: Code) -> Result<()> {
    let lab = round.lab;
    lab.link.set_way(Way::Refused);
    round.said.clear();
    let mut second = Client::start(home, &lab.world.env())?;
    second.unlock(PIN)?;
    for _ in 0..times {
        amended(&lab.world, &mut second, round.watched)?;
    }
    lab.link.heal();
    second.call(&SendNow { id: None })?;
    waits(round, &mut second, code)
}

/// The officer revokes the PC while its dossier waits.
fn revoked(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    let busy = Rule::on("", path::UPLOADS);
    let struck = bench.one.link.when(busy, problem(Kind::Busy, None));
    let mut client = round.client()?;
    round.until(&mut client, "a known device", SOON, |looked| {
        (struck.times() > 0 && looked.local == LocalState::Queued).then_some(())
    })?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        Officer::log_in(&round.portal)
            .await?
            .revoke_every_device()
            .await
    })?;
    bench.one.link.heal();
    client.call(&SendNow { id: None })?;
    waits(&mut round, &mut client, Code::DeviceRevoked)?;
    ensure!(accepted_by(&round.data)?.is_empty(), "something was taken");
    Ok(Line {
        name: "device revoked",
        said: round.said.join(" → "),
        back: Back::NotMeantTo,
        beyond: None,
        outcome: "nothing sent, the dossier stays signed and waiting".to_owned(),
    })
}

/// The answer is lost, the signatures get their timestamps, the portal does not remember when asked,
/// and the commit goes a second time with the other `.p7s`.
fn stamped(bench: &Bench) -> Result<Line> {
    let mut round = bench.one.round()?;
    let link = &bench.one.link;
    let put = path::dossier(round.watched);
    let held = link.when(Rule::on("PUT", &put).nth(1), Effect::HoldAnswer);
    let mut client = round.client()?;
    round.until(&mut client, "acceptance", SOON, |_| {
        (held.times() > 0).then_some(())
    })?;
    client.kill();
    stamp(&round.home, &round.data, round.watched)?;
    let unknown = problem(Kind::DossierUnknown, None);
    let forgot = link.when(Rule::on("GET", &put).nth(1), unknown);
    let began = Instant::now();
    let mut client = round.client()?;
    round.until_sent(&mut client)?;
    ensure!(forgot.times() == 1, "the portal was not asked");
    let commits = link.exchanges().into_iter();
    let commits = commits.filter(|e| e.method == "PUT" && e.path == put);
    let commits = commits.count();
    ensure!(commits == 2, "{commits} commits");
    let back = Back::Unaided(began.elapsed());
    let name = "timestamp added before the second try";
    let line = bench.done(name, &mut round, &mut client, back)?;
    Ok(Line {
        outcome: format!("{}; 2 commits, one digest, one receipt", line.outcome),
        ..line
    })
}
