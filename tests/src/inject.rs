//! The client while it sends, with strace between it and the kernel: each of its writes and flushes
//! in turn finds the disk full from then on, or is the last thing the program does; each of its calls
//! to the network in turn fails once. Then it is started again with nothing in its way, and both
//! sides' books are compared.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hoso_contract::command::{GetOutbox, OpenDossier};
use hoso_domain::life::LocalState;
use hoso_testkit::wait_until;

use crate::desk::program;
use crate::headless::Client;
use crate::lab::{Lab, PIN, Round};

/// Bytes of the file with the dossier.
const ATTACHMENT: usize = 60_000;
/// How long a client that is still alive may take to send, or to come to rest without.
const WHILE: Duration = Duration::from_secs(5);

/// What befalls a system call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// It and all later ones of its thread.
    NoSpace,
    Killed,
    /// The other end broke the connection off.
    Reset,
    TimedOut,
}

/// Calls and what befalls them. Each call is counted by itself, thread by thread: strace does. TLS is
/// sent by `writev`.
const FAULTS: [(&str, Fault); 10] = [
    ("pwrite64", Fault::NoSpace),
    ("pwrite64", Fault::Killed),
    ("fdatasync", Fault::NoSpace),
    ("fdatasync", Fault::Killed),
    ("fsync", Fault::NoSpace),
    ("fsync", Fault::Killed),
    ("connect", Fault::TimedOut),
    ("sendto,writev", Fault::Reset),
    ("recvfrom", Fault::Reset),
    ("recvfrom", Fault::TimedOut),
];

/// Sums over all rounds.
#[derive(Default, Debug)]
pub struct Tally {
    pub rounds: u32,
    /// Rounds in which the client was killed by the injection.
    pub killed: u32,
    /// Rounds in which the disk was full.
    pub failed: u32,
    /// Rounds in which a call to the network failed.
    pub broken: u32,
    pub receipts: usize,
    /// What was injected where both books do not agree, or where something could not be read.
    pub breaches: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "rounds {}; killed {}, disk full {}, line broken {}; receipts {}; breaches {}",
            self.rounds,
            self.killed,
            self.failed,
            self.broken,
            self.receipts,
            self.breaches.len()
        )
    }
}

/// For every call and fault the 1st, 2nd … `upto`-th, until there is none that late.
pub fn run(upto: u32, mut told: impl FnMut(&str)) -> Result<Tally> {
    let lab = Lab::prepare(1, ATTACHMENT)?;
    let mut tally = Tally::default();
    for (call, fault) in FAULTS {
        for nth in 1..=upto {
            let what = format!("{call} {nth}, {fault:?}");
            let struck = one(&lab, call, fault, nth, &mut tally).context(what.clone())?;
            told(&format!("{what}: {struck} times; {tally}"));
            if struck == 0 {
                break;
            }
        }
    }
    Ok(tally)
}

/// One round; how often the fault struck.
fn one(lab: &Lab, call: &str, fault: Fault, nth: u32, tally: &mut Tally) -> Result<usize> {
    let round = lab.round()?;
    let log = round.home.with_extension("strace");
    let inject = match fault {
        Fault::NoSpace => format!("inject={call}:error=ENOSPC:when={nth}+"),
        Fault::Killed => format!("inject={call}:signal=KILL:when={nth}"),
        Fault::Reset => format!("inject={call}:error=ECONNRESET:when={nth}"),
        Fault::TimedOut => format!("inject={call}:error=ETIMEDOUT:when={nth}"),
    };
    let mut strace = Command::new("strace");
    strace
        // the tracer beside the program, so that what is started here is the program
        .args(["-D", "-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={call}"), "-e", &inject])
        .arg(program("hoso-headless")?)
        .envs(lab.world.env());
    let mut client = Client::run(strace, &round.home)?;
    let unreadable = attempt(&mut client, &round, fault)?;
    // the tracer has its word first: the end shows a little later
    let ended = fault == Fault::Killed
        && wait_until("its end", Duration::from_secs(1), || client.has_ended()).is_ok();
    client.kill();

    let mut client = round.client()?;
    let mut round = round;
    round.until_sent(&mut client)?;
    let verdict = round.verdict(&mut client, &lab.dossiers)?;
    client.stop()?;
    let struck = match fault {
        Fault::Killed => usize::from(ended),
        Fault::NoSpace | Fault::Reset | Fault::TimedOut => injected(&log)?,
    };
    tally.rounds += 1;
    tally.receipts += verdict.matched;
    match fault {
        _ if struck == 0 => {}
        Fault::NoSpace => tally.failed += 1,
        Fault::Killed => tally.killed += 1,
        Fault::Reset | Fault::TimedOut => tally.broken += 1,
    }
    if !verdict.holds() {
        let breach = format!("{call} {nth} {fault:?}: {verdict:?}");
        tally.breaches.push(breach);
    }
    if let Some(why) = unreadable {
        let breach = format!("{call} {nth} {fault:?}: not readable: {why}");
        tally.breaches.push(breach);
    }
    std::fs::remove_dir_all(&round.home)?;
    std::fs::remove_dir_all(&round.data)?;
    Ok(struck)
}

/// Lets the client send as far as it comes. A full disk or a broken line must leave everything
/// readable: gives what was not.
fn attempt(client: &mut Client, round: &Round<'_>, fault: Fault) -> Result<Option<String>> {
    // killed, or refused for want of space: neither is an error of the round
    let Ok(session) = client.unlock(PIN) else {
        return Ok(None);
    };
    let id = round.watched;
    let sends = if session.read_only.is_some() {
        Duration::ZERO
    } else {
        WHILE
    };
    let end = Instant::now() + sends;
    let alive = client.until("the receipt, or rest", 2 * WHILE, |client| {
        let Ok(dossier) = client.call(&OpenDossier { id }) else {
            return Ok(Some(false));
        };
        let done = dossier.local == LocalState::Sent || Instant::now() >= end;
        Ok(done.then_some(true))
    })?;
    if fault == Fault::Killed {
        return Ok(None);
    }
    let reads = client.ask(&GetOutbox {}).map(|reply| reply.err());
    Ok(match reads {
        Ok(None) if alive => None,
        Ok(refused) => Some(format!("{refused:?}")),
        Err(ended) => Some(format!("{ended:#}")),
    })
}

/// How many calls strace let fail.
fn injected(log: &Path) -> Result<usize> {
    let text = std::fs::read_to_string(log)?;
    let marked = |line: &&str| line.contains("(INJECTED)");
    Ok(text.lines().filter(marked).count())
}

/// Refuses a tally with a breach, or one in which nothing failed of a kind.
pub fn judge(tally: &Tally) -> Result<()> {
    ensure!(tally.breaches.is_empty(), "{}", tally.breaches.join("\n"));
    ensure!(tally.failed > 0, "the disk was never full");
    ensure!(tally.broken > 0, "the line was never broken");
    ensure!(tally.killed > 0, "nothing was killed");
    Ok(())
}
