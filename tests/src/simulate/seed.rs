//! One seed: copies of the world, a storm of faults drawn from the seed's luck, calm, and the
//! judgement. The same seed draws the same luck.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng as _};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use hoso_domain::digest::Digest;
use hoso_portal_api::path;
use hoso_store::Store;

use super::invariants::{self, Verdict};
use super::world::{Case, Desk, World};
use super::{Breach, Planted, hosts};

pub const PORT: u16 = 443;

const TICK: Duration = Duration::from_millis(100);
/// After the storm everything must be quiet within this simulated time.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// How soon after the storm a request must reach the portal: by "Gửi ngay" once what hangs was
/// given up, else by the end of the longest back-off.
const PRESSED: Duration = Duration::from_secs(4 * 60);
const UNPRESSED: Duration = Duration::from_secs(17 * 60);
/// After the storm the accountant turns to what the treasury asks for.
const ANSWERED: Duration = Duration::from_secs(45);
/// Failed tries, or answers that ask to wait, within one simulated minute above which nobody rests.
const HASTE: u32 = 60;

/// What a running host is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Gửi ngay.
    SendNow,
    /// Gửi ngay at one row.
    SendRow,
    /// The accountant edits a draft.
    Edit,
    /// The accountant loses patience and hands a dossier in on paper.
    GiveUp,
    /// The accountant gives what the treasury asked for, or makes anew what it refused.
    Amend,
    /// The officer decides on a dossier.
    Move,
}

/// What happens at one moment of the storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Partition,
    Repair,
    Hold,
    Release,
    /// The portal asks everybody to wait, until the relief.
    Overload,
    Relief,
    DeskDown,
    DeskUp,
    PortalDown,
    /// With `restored`: from a backup, so that cursors are gone.
    PortalUp {
        restored: bool,
    },
    Wish(Wish),
}

pub struct Seed {
    pub world: Arc<World>,
    pub desk: Arc<Desk>,
    pub planted: Option<Planted>,
    /// How far the portal's clock is before the desk's.
    pub skew: TimeDelta,
    dir: TempDir,
    trace: bool,
    storm: AtomicBool,
    overload: AtomicBool,
    /// Of the desk, its last part.
    address: AtomicU8,
    rng: Mutex<StdRng>,
    seen: Mutex<Seen>,
}

/// What was seen from outside while the programs ran.
#[derive(Default)]
struct Seen {
    breaches: Vec<Breach>,
    to_desk: Option<UnboundedSender<Wish>>,
    to_portal: Option<UnboundedSender<Wish>>,
    acknowledged: Option<(u64, String)>,
    /// Bodies that came to each commit's path.
    commits: BTreeMap<String, BTreeSet<Digest>>,
    failures: BTreeMap<i64, u32>,
    reached: bool,
    /// Looks since the storm, rows that still wait, cursor.
    looked: (u32, usize, String),
}

/// Simulated time from the start of one host on; read in that host alone.
#[derive(Clone)]
pub struct Clock {
    from: DateTime<Utc>,
    zero: Instant,
}

impl Clock {
    pub fn begin(seed: &Seed, skew: TimeDelta) -> Self {
        let passed = turmoil::sim_elapsed().unwrap_or_default();
        Self {
            from: seed.world.start + skew + TimeDelta::from_std(passed).unwrap_or_default(),
            zero: Instant::now(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.from + TimeDelta::from_std(self.zero.elapsed()).unwrap_or_default()
    }
}

impl Seed {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn desk_dir(&self) -> PathBuf {
        self.dir.path().join("desk")
    }

    pub fn portal_dir(&self) -> PathBuf {
        self.dir.path().join("portal")
    }

    /// Draws from the seed's luck.
    pub fn luck<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn stormy(&self) -> bool {
        self.storm.load(Ordering::Relaxed)
    }

    pub fn overloaded(&self) -> bool {
        self.overload.load(Ordering::Relaxed)
    }

    /// What the desk is told of its own addresses.
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        let last = self.address.load(Ordering::Relaxed);
        [IpAddr::from([10, 0, 0, last])].into()
    }

    /// A line of the trace.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if self.trace {
            let at = turmoil::sim_elapsed().unwrap_or_default().as_secs_f64();
            // a trace nobody reads is no reason to stop
            let _ = writeln!(std::io::stderr(), "{at:9.1} s  {}", line());
        }
    }

    pub fn breach(&self, invariant: &'static str, what: String) {
        self.note(|| format!("BREACH {invariant}: {what}"));
        self.seen().breaches.push(Breach { invariant, what });
    }

    pub fn desk_wishes(&self) -> UnboundedReceiver<Wish> {
        let (sender, receiver) = unbounded_channel();
        self.seen().to_desk = Some(sender);
        receiver
    }

    pub fn portal_wishes(&self) -> UnboundedReceiver<Wish> {
        let (sender, receiver) = unbounded_channel();
        self.seen().to_portal = Some(sender);
        receiver
    }

    fn wish(&self, wish: Wish) {
        let seen = self.seen();
        let to = match wish {
            Wish::Move => &seen.to_portal,
            Wish::SendNow | Wish::SendRow | Wish::Edit | Wish::GiveUp | Wish::Amend => {
                &seen.to_desk
            }
        };
        if let Some(to) = to {
            // a host that is down hears nothing
            let _ = to.send(wish);
        }
    }

    /// An edit was acknowledged: version and text.
    pub fn acknowledge(&self, version: u64, text: String) {
        self.seen().acknowledged = Some((version, text));
    }

    pub fn acknowledged(&self) -> Option<(u64, String)> {
        self.seen().acknowledged.clone()
    }

    /// A commit's body arrived at the portal's door.
    pub fn commit_came(&self, path: &str, body: Digest) {
        let mut seen = self.seen();
        seen.commits
            .entry(path.to_owned())
            .or_default()
            .insert(body);
    }

    /// How many different bodies came to a commit's path.
    pub fn bodies(&self, path: &str) -> usize {
        self.seen().commits.get(path).map_or(0, BTreeSet::len)
    }

    /// A request arrived at the portal's door.
    pub fn reached(&self) {
        self.seen().reached = true;
    }

    /// A try failed below HTTP, or was asked to wait.
    pub fn met_failure(&self, at: DateTime<Utc>) {
        let minute = at.timestamp() / 60;
        let mut seen = self.seen();
        let count = seen.failures.entry(minute).or_default();
        *count += 1;
        let hasty = *count == HASTE;
        drop(seen);
        if hasty {
            self.breach("I8", format!("{HASTE} failed tries in one minute"));
        }
    }

    pub fn looked(&self, open: usize, cursor: String) {
        let mut seen = self.seen();
        let looks = seen.looked.0 + 1;
        seen.looked = (looks, open, cursor);
    }
}

/// Runs one seed to its verdict.
pub fn run(
    world: &Arc<World>,
    number: u64,
    planted: Option<Planted>,
    trace: bool,
) -> Result<Verdict> {
    let (dir, desk) = world.begin(number)?;
    let mut rng = StdRng::seed_from_u64(number);
    let slowest = rng.random_range(100..=2_000);
    let loss = *[0.0, 0.0005, 0.002, 0.005]
        .get(rng.random_range(0..4_usize))
        .context("a rate")?;
    let skew = TimeDelta::seconds(rng.random_range(-120..=120));
    let (plan, storm) = storm(&mut rng);
    let pressed = rng.random_bool(0.5);
    let seed = Arc::new(Seed {
        world: Arc::clone(world),
        desk,
        planted,
        skew,
        dir,
        trace,
        storm: AtomicBool::new(true),
        overload: AtomicBool::new(false),
        address: AtomicU8::default(),
        rng: Mutex::new(rng),
        seen: Mutex::default(),
    });
    seed.note(|| format!("seed {number}, planted: {:?}, skew {skew}", seed.planted));
    let mut sim = programs(&seed, number, slowest, loss);

    let mut plan = plan.into_iter().peekable();
    while sim.elapsed() < storm {
        while plan.peek().is_some_and(|((at, _), _)| *at <= sim.elapsed()) {
            if let Some((_, event)) = plan.next() {
                strike(&mut sim, &seed, event)?;
            }
        }
        step(&mut sim)?;
    }
    calm(&mut sim, &seed, pressed)?;
    let began = sim.elapsed();
    let soon = if pressed { PRESSED } else { UNPRESSED };
    let (mut late, mut answered) = (false, false);
    loop {
        step(&mut sim)?;
        let passed = sim.elapsed() - began;
        let seen = seed.seen();
        let reached = seen.reached;
        let (looks, open, cursor) = seen.looked.clone();
        drop(seen);
        if !reached && passed > soon && !late {
            late = true;
            seed.breach(
                "I8",
                format!("no request within {soon:?} of calm, pressed: {pressed}"),
            );
        }
        if answered && looks > 0 && open == 0 && invariants::read_through(&seed, &cursor)? {
            break;
        }
        if looks > 0 {
            seed.seen().looked.0 = 0;
        }
        if !answered && passed > ANSWERED {
            answered = true;
            seed.wish(Wish::Amend);
            seed.wish(Wish::Amend);
        }
        if passed > PATIENCE {
            seed.breach(
                "I7",
                format!("{open} still wait {PATIENCE:?} after the storm"),
            );
            break;
        }
    }
    sim.crash("desk");
    sim.crash("portal");
    drop(sim);
    let mut verdict = invariants::judge(&seed)?;
    let mut breaches = std::mem::take(&mut seed.seen().breaches);
    breaches.append(&mut verdict.breaches);
    verdict.breaches = breaches;
    Ok(verdict)
}

/// Desk and portal, with a line between them.
fn programs(seed: &Arc<Seed>, number: u64, slowest: u64, loss: f64) -> turmoil::Sim<'static> {
    let mut sim = turmoil::Builder::new()
        .rng_seed(number)
        .tick_duration(TICK)
        .simulation_duration(Duration::MAX)
        .min_message_latency(Duration::from_millis(50))
        .max_message_latency(Duration::from_millis(slowest))
        .fail_rate(loss)
        .repair_rate(0.3)
        .build();
    let (to_portal, to_desk) = (Arc::clone(seed), Arc::clone(seed));
    sim.host("portal", move || hosts::portal(Arc::clone(&to_portal)));
    sim.host("desk", move || hosts::desk(Arc::clone(&to_desk)));
    sim
}

/// A seed without a storm.
fn calm_seed(world: &Arc<World>) -> Result<Arc<Seed>> {
    let (dir, desk) = world.begin(0)?;
    Ok(Arc::new(Seed {
        world: Arc::clone(world),
        desk,
        planted: None,
        skew: TimeDelta::zero(),
        dir,
        trace: false,
        storm: AtomicBool::new(false),
        overload: AtomicBool::new(false),
        address: AtomicU8::default(),
        rng: Mutex::new(StdRng::seed_from_u64(0)),
        seen: Mutex::default(),
    }))
}

/// The line is dead for an hour, the desk gets a new address, and the way is there so much `later`;
/// nobody presses anything. How long it then takes until a request reaches the portal, some times over.
pub fn woken(world: &Arc<World>, later: Duration) -> Result<Vec<Duration>> {
    const DEAD: Duration = Duration::from_secs(3_600);
    let seed = calm_seed(world)?;
    let mut sim = programs(&seed, 0, 100, 0.0);
    let mut waited = Vec::new();
    for _ in 0..3 {
        sim.partition("desk", "portal");
        let addressed = sim.elapsed() + DEAD;
        step_until(&mut sim, addressed)?;
        seed.address.fetch_add(1, Ordering::Relaxed);
        step_until(&mut sim, addressed + later)?;
        seed.seen().reached = false;
        sim.repair("desk", "portal");
        let back = sim.elapsed();
        while !seed.seen().reached {
            step(&mut sim)?;
            ensure!(sim.elapsed() - back < PATIENCE, "it never came back");
        }
        waited.push(sim.elapsed() - back);
    }
    Ok(waited)
}

/// Revisions the portal had been handed by some moments of a day whose sending hours end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closing {
    /// Half a minute after the end of the hours: what was handed over before has arrived.
    pub closed: usize,
    /// Just before they begin again.
    pub before: usize,
    /// Ten minutes after.
    pub after: usize,
    /// Rows that still wait then.
    pub waiting: usize,
}

/// From eight in the morning, the hours of the world's beginning, until nine and again from ten on the
/// unit sends by itself. The line is dead until a minute before nine, and slow.
pub fn closing(world: &Arc<World>) -> Result<Closing> {
    const HOUR: Duration = Duration::from_secs(3_600);
    let seed = calm_seed(world)?;
    let settings = serde_json::json!({
        "language": "vi", "theme": "system", "zoom": 100, "zero_tens": "linh", "module": "",
        "paused": false, "metered": false, "sending_hours": [10, 9], "prefer_pss": false,
        "lock_after": 15,
    });
    Store::open(&seed.desk_dir(), &world.keys)?
        .write(move |tx| hoso_store::settings::put(tx, None, "settings", &settings))?;
    let mut sim = programs(&seed, 0, 2_000, 0.0);
    sim.partition("desk", "portal");
    step_until(&mut sim, HOUR - Duration::from_secs(60))?;
    sim.repair("desk", "portal");
    seed.address.fetch_add(1, Ordering::Relaxed);
    let handed_in = || {
        let came = |case: &&Case| seed.bodies(&path::dossier(case.id)) > 0;
        seed.desk.cases.iter().filter(came).count()
    };
    step_until(&mut sim, HOUR + Duration::from_secs(30))?;
    let closed = handed_in();
    step_until(&mut sim, 2 * HOUR - Duration::from_secs(1))?;
    let before = handed_in();
    step_until(&mut sim, 2 * HOUR + Duration::from_secs(600))?;
    let (after, waiting) = (handed_in(), seed.seen().looked.1);
    Ok(Closing {
        closed,
        before,
        after,
        waiting,
    })
}

fn step_until(sim: &mut turmoil::Sim<'_>, moment: Duration) -> Result<()> {
    while sim.elapsed() < moment {
        step(sim)?;
    }
    Ok(())
}

fn step(sim: &mut turmoil::Sim<'_>) -> Result<()> {
    sim.step().map_err(|e| anyhow!("a program ended: {e}"))?;
    Ok(())
}

/// Draws the storm: what happens when, and how long it lasts. The second part of a key keeps two
/// events of one moment apart.
fn storm(rng: &mut StdRng) -> (BTreeMap<(Duration, usize), Event>, Duration) {
    let length = rng.random_range(300..1_200);
    let mut plan = BTreeMap::new();
    let mut put = |at: u64, event| {
        let place = (Duration::from_secs(at), plan.len());
        plan.insert(place, event);
    };
    for _ in 0..rng.random_range(1..8) {
        let at = rng.random_range(0..length);
        let until = at + rng.random_range(1..150);
        let (begin, end) = match rng.random_range(0..5) {
            0 => (Event::Partition, Event::Repair),
            1 => (Event::Hold, Event::Release),
            2 => (Event::DeskDown, Event::DeskUp),
            3 => (Event::Overload, Event::Relief),
            _ => {
                let restored = rng.random_bool(0.2);
                (Event::PortalDown, Event::PortalUp { restored })
            }
        };
        put(at, begin);
        put(until, end);
    }
    for (wish, most) in [
        (Wish::SendNow, 4),
        (Wish::Edit, 8),
        (Wish::GiveUp, 6),
        (Wish::Amend, 8),
        (Wish::Move, 16),
        (Wish::SendRow, 6),
    ] {
        for _ in 0..rng.random_range(0..most) {
            put(rng.random_range(0..length), Event::Wish(wish));
        }
    }
    (plan, Duration::from_secs(length))
}

fn strike(sim: &mut turmoil::Sim<'_>, seed: &Seed, event: Event) -> Result<()> {
    if seed.trace {
        let at = sim.elapsed().as_secs_f64();
        writeln!(std::io::stderr(), "{at:9.1} s  == {event:?}")?;
    }
    match event {
        Event::Partition => sim.partition("desk", "portal"),
        Event::Repair => sim.repair("desk", "portal"),
        Event::Hold => sim.hold("desk", "portal"),
        Event::Release => sim.release("desk", "portal"),
        Event::Overload => seed.overload.store(true, Ordering::Relaxed),
        Event::Relief => seed.overload.store(false, Ordering::Relaxed),
        Event::DeskDown => {
            sim.crash("desk");
            invariants::at_rest(seed)?;
        }
        Event::PortalDown => sim.crash("portal"),
        Event::DeskUp if !sim.is_host_running("desk") => sim.bounce("desk"),
        Event::PortalUp { restored } if !sim.is_host_running("portal") => {
            if restored {
                restore(seed)?;
            }
            sim.bounce("portal");
        }
        Event::DeskUp | Event::PortalUp { .. } => {}
        Event::Wish(wish) => seed.wish(wish),
    }
    Ok(())
}

/// The portal came back from a backup: cursors given before are not served any more.
fn restore(seed: &Seed) -> Result<()> {
    let file = seed.portal_dir().join("portal.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    let epoch = seed.luck(|rng| rng.random_range(0..1_000_000));
    let place = config.get_mut("epoch").context("an epoch")?;
    *place = format!("restored{epoch}").into();
    std::fs::write(&file, serde_json::to_vec(&config)?)?;
    Ok(())
}

/// Ends the storm: the line holds, both programs run.
fn calm(sim: &mut turmoil::Sim<'_>, seed: &Seed, pressed: bool) -> Result<()> {
    seed.storm.store(false, Ordering::Relaxed);
    seed.overload.store(false, Ordering::Relaxed);
    sim.set_fail_rate(0.0);
    sim.repair("desk", "portal");
    sim.release("desk", "portal");
    for host in ["portal", "desk"] {
        if !sim.is_host_running(host) {
            sim.bounce(host);
        }
    }
    let mut seen = seed.seen();
    seen.reached = false;
    seen.looked = (0, 0, String::new());
    drop(seen);
    if pressed {
        step(sim)?;
        seed.wish(Wish::SendNow);
    }
    // the treasury goes on working
    for _ in 0..3 {
        seed.wish(Wish::Move);
    }
    Ok(())
}
