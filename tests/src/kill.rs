//! Kill rounds: client and portal are killed (SIGKILL) in turn while they send over a link that
//! breaks, and started again, until all is through. Then both sides' books are compared.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastrand::Rng;
use hoso_contract::command::{GetOutbox, SendNow};
use hoso_domain::life::LocalState;
use hoso_testkit::link::{Effect, Fired, Link, Pace, Rule};

use crate::headless::Client;
use crate::lab::{Lab, Round, SOON};

/// Dossiers on their way in each round.
const DOSSIERS: u32 = 4;
/// Bytes of the file with each.
const ATTACHMENT: usize = 60_000;
/// Slow enough that a kill meets something under way.
const BYTES_PER_SECOND: u64 = 300_000;

/// Who is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Victim {
    Client,
    /// The client exactly while a dossier stands as `sending`.
    Courier,
    Portal,
}

/// Sums over all rounds.
#[derive(Default, Debug)]
pub struct Tally {
    pub rounds: u32,
    pub client: u32,
    pub courier: u32,
    pub portal: u32,
    /// Lines broken and answers lost on the way.
    pub cuts: u32,
    pub matched: usize,
    pub duplicates: usize,
    pub lost: usize,
    /// Seed and reason of every round whose books do not agree.
    pub breaches: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "rounds {}; kills: client {}, courier {}, portal {}; lines cut {}; receipts {}; \
             duplicates {}, lost {}",
            self.rounds,
            self.client,
            self.courier,
            self.portal,
            self.cuts,
            self.matched,
            self.duplicates,
            self.lost
        )
    }
}

/// `rounds` rounds; round `n` has the seed `seed + n`. `told` gets a line after each.
pub fn run(rounds: u32, seed: u64, mut told: impl FnMut(&str)) -> Result<Tally> {
    let lab = Lab::prepare(DOSSIERS, ATTACHMENT)?;
    let mut tally = Tally::default();
    for number in 0..rounds {
        let seed = seed.wrapping_add(u64::from(number));
        let began = Instant::now();
        one(&lab, seed, &mut tally).map_err(|error| error.context(format!("seed {seed}")))?;
        told(&format!(
            "seed {seed}: {:.1} s; {tally}",
            began.elapsed().as_secs_f32()
        ));
    }
    Ok(tally)
}

fn one(lab: &Lab, seed: u64, tally: &mut Tally) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    let mut round = lab.round()?;
    lab.link.set_pace(Pace {
        bytes_per_second: BYTES_PER_SECOND,
        ..Pace::default()
    });
    let mut client = round.client()?;
    let mut cuts = Vec::new();
    for _ in 0..random.u32(2..=5) {
        cuts.extend(spoil(&lab.link, &mut random));
        cuts.extend(spoil(&lab.link, &mut random));
        let moment = Duration::from_millis(random.u64(0..700));
        match random.choice([Victim::Client, Victim::Courier, Victim::Portal]) {
            Some(Victim::Client) => {
                pass(&mut client, moment);
                tally.client += 1;
                client = killed(client, &round)?;
            }
            Some(Victim::Courier) => {
                if until_sending(&mut client)? {
                    pass(&mut client, moment / 8);
                    tally.courier += 1;
                    client = killed(client, &round)?;
                }
            }
            _ => {
                pass(&mut client, moment);
                round.portal.down();
                tally.portal += 1;
                pass(&mut client, Duration::from_millis(random.u64(0..200)));
                round.portal_up()?;
            }
        }
        client.call(&SendNow { id: None })?;
    }
    tally.cuts += cuts.iter().map(Fired::times).sum::<u32>();
    lab.link.heal();
    client.call(&SendNow { id: None })?;
    client.until("the receipts", SOON, |client| {
        Ok(client.call(&GetOutbox {})?.is_empty().then_some(()))
    })?;
    let verdict = round.verdict(&mut client, &lab.dossiers)?;
    tally.rounds += 1;
    tally.matched += verdict.matched;
    tally.duplicates += verdict.duplicates.len();
    tally.lost += verdict.lost.len();
    if !verdict.holds() {
        tally.breaches.push(format!("seed {seed}: {verdict:?}"));
    }
    client.stop()?;
    std::fs::remove_dir_all(&round.home)?;
    Ok(std::fs::remove_dir_all(&round.data)?)
}

/// Lets time pass while the programs work.
fn pass(client: &mut Client, time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        client.next_fact(left);
    }
}

fn killed(mut client: Client, round: &Round<'_>) -> Result<Client> {
    client.kill();
    round.client()
}

/// Whether a dossier came to stand as `sending`, before none was left or the link rested.
fn until_sending(client: &mut Client) -> Result<bool> {
    let end = Instant::now() + Duration::from_secs(3);
    client.until("sending", SOON, |client| {
        let rows = client.call(&GetOutbox {})?;
        if rows.iter().any(|row| row.local == LocalState::Sending) {
            return Ok(Some(true));
        }
        Ok((rows.is_empty() || Instant::now() > end).then_some(false))
    })
}

/// Something that will break the line, or nothing.
fn spoil(link: &Link, random: &mut Rng) -> Option<Fired> {
    let nth = random.u32(1..=2);
    let (method, path, effect) = match random.u8(0..6) {
        0 => (
            "PATCH",
            "/v1/uploads",
            Effect::CutRequest(random.u64(0..20_000)),
        ),
        1 => ("PATCH", "/v1/uploads", Effect::LoseAnswer),
        2 => ("POST", "/v1/uploads", Effect::LoseAnswer),
        3 => ("PUT", "/v1/dossiers/", Effect::LoseAnswer),
        4 => (
            "PUT",
            "/v1/dossiers/",
            Effect::CutAnswer(random.u64(0..400)),
        ),
        _ => return None,
    };
    Some(link.when(Rule::on(method, path).nth(nth), effect))
}

/// So many rounds kill every kind of victim, whatever their seeds.
const ROUTINE: u32 = 30;

/// Refuses a tally with a breach, or one in which nothing was ever killed; in a routine run each kind
/// of victim must have been.
pub fn judge(tally: &Tally) -> Result<()> {
    ensure!(tally.breaches.is_empty(), "{}", tally.breaches.join("\n"));
    let kills = [tally.client, tally.courier, tally.portal];
    ensure!(kills.iter().any(|n| *n > 0), "nothing was killed");
    let each = kills.iter().all(|n| *n > 0);
    ensure!(
        each || tally.rounds < ROUTINE,
        "a kind of victim was never killed: {tally}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_run_that_never_killed_the_portal_is_refused() {
        let mut tally = Tally {
            rounds: ROUTINE,
            client: 20,
            courier: 20,
            ..Tally::default()
        };
        assert!(judge(&tally).is_err());
        tally.portal = 1;
        assert!(judge(&tally).is_ok());
        let few = Tally {
            rounds: 3,
            client: 1,
            ..Tally::default()
        };
        assert!(judge(&few).is_ok(), "few rounds may miss one");
    }
}
