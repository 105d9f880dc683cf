//! A deterministic simulation: courier, store and portal as they are shipped, in which only the
//! byte pipe and the clock are replaced. Each seed is a storm of its own; when it has passed, the
//! invariants must hold.
//!
//! Keys and ids are made anew in each process; everything a seed decides comes from its number.

mod hosts;
mod invariants;
mod line;
mod seed;
mod signed;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};

pub use invariants::Verdict;
pub use seed::{Closing, closing, woken};
pub use world::World;

/// A fault sewn in on purpose; needs the feature `planted-faults`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planted {
    /// The portal takes the same submission again as another dossier.
    WithoutKey,
    /// The courier stores the feed's cursor before its rows.
    CursorFirst,
    /// The courier takes any 200 for an acceptance.
    Trust200,
    /// The portal's receipt goes out before what it confirms is durable.
    AckBeforeCommit,
}

impl Planted {
    pub const ALL: [Planted; 4] = [
        Planted::WithoutKey,
        Planted::CursorFirst,
        Planted::Trust200,
        Planted::AckBeforeCommit,
    ];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Planted::WithoutKey => "--without-key",
            Planted::CursorFirst => "--cursor-first",
            Planted::Trust200 => "--trust-200",
            Planted::AckBeforeCommit => "--ack-before-commit",
        }
    }

    /// The invariants of which one must break.
    pub fn caught_by(self) -> &'static [&'static str] {
        match self {
            Planted::WithoutKey => &["I2"],
            Planted::CursorFirst => &["I5"],
            Planted::Trust200 | Planted::AckBeforeCommit => &["I3"],
        }
    }

    #[cfg(feature = "planted-faults")]
    fn of_courier(self) -> Option<hoso_engine::courier::Planted> {
        use hoso_engine::courier::Planted as P;
        match self {
            Planted::CursorFirst => Some(P::CursorFirst),
            Planted::Trust200 => Some(P::Trust200),
            Planted::WithoutKey | Planted::AckBeforeCommit => None,
        }
    }

    #[cfg(feature = "planted-faults")]
    fn of_portal(self) -> Option<hoso_portal::Planted> {
        use hoso_portal::Planted as P;
        match self {
            Planted::WithoutKey => Some(P::WithoutKey),
            Planted::AckBeforeCommit => Some(P::AckBeforeCommit),
            Planted::CursorFirst | Planted::Trust200 => None,
        }
    }
}

/// A broken invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    /// `I1` to `I10`.
    pub invariant: &'static str,
    pub what: String,
}

/// What became of all seeds.
#[derive(Debug, Default)]
pub struct Totals {
    pub seeds: u64,
    pub submissions: u64,
    pub amended: u64,
    pub carried: u64,
    pub duplicates: u64,
    pub lost: u64,
    /// With the seed.
    pub breaches: Vec<(u64, Breach)>,
}

impl Totals {
    pub fn clean(&self) -> bool {
        self.duplicates == 0 && self.lost == 0 && self.breaches.is_empty()
    }

    fn add(&mut self, seed: u64, verdict: Verdict) {
        self.seeds += 1;
        self.submissions += verdict.submissions;
        self.amended += verdict.amended;
        self.carried += verdict.carried;
        self.duplicates += verdict.duplicates;
        self.lost += verdict.lost;
        let breaches = verdict.breaches.into_iter().map(|b| (seed, b));
        self.breaches.extend(breaches);
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} seeds, {} submissions, {} amended, {} on paper, {} duplicates, {} lost, \
             {} breaches of I1–I10",
            self.seeds,
            self.submissions,
            self.amended,
            self.carried,
            self.duplicates,
            self.lost,
            self.breaches.len()
        )
    }
}

/// Runs every seed of `seeds`, on as many threads as there are cores. `each` hears of every seed
/// as it ends.
pub fn run(
    world: &Arc<World>,
    seeds: Range<u64>,
    planted: Option<Planted>,
    each: impl Fn(u64, &Verdict) + Sync,
) -> Result<Totals> {
    if planted.is_some() && cfg!(not(feature = "planted-faults")) {
        bail!("built without the feature `planted-faults`");
    }
    let (next, totals) = (AtomicU64::new(seeds.start), Mutex::new(Totals::default()));
    let work = || -> Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds.end {
                return Ok(());
            }
            let verdict = seed::run(world, number, planted, false)?;
            each(number, &verdict);
            let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
            totals.add(number, verdict);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            match thread.join() {
                Ok(done) => done?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        anyhow::Ok(())
    })?;
    let mut totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    totals.breaches.sort_by_key(|(seed, _)| *seed);
    Ok(totals)
}

/// Seeds between two looks at whether a planted fault was caught.
const BATCH: u64 = 8;

/// The first breach by which a planted fault is caught as it must be; `None`: it is not, in `seeds`.
pub fn catch(
    world: &Arc<World>,
    seeds: Range<u64>,
    fault: Planted,
) -> Result<Option<(u64, Breach)>> {
    let mut from = seeds.start;
    while from < seeds.end {
        let until = seeds.end.min(from + BATCH);
        let totals = run(world, from..until, Some(fault), |_, _| {})?;
        let mut breaches = totals.breaches.into_iter();
        let caught = breaches.find(|(_, b)| fault.caught_by().contains(&b.invariant));
        if caught.is_some() {
            return Ok(caught);
        }
        from = until;
    }
    Ok(None)
}

/// One seed, told line by line on standard error.
pub fn replay(world: &Arc<World>, number: u64, planted: Option<Planted>) -> Result<Totals> {
    let mut totals = Totals::default();
    totals.add(number, seed::run(world, number, planted, true)?);
    Ok(totals)
}
