//! A bad link: it stands between a client and a portal and ends TLS on both sides, so that it sees
//! every request. It carries everything faithfully until it is told to spoil something, and counts
//! what it carried.
//!
//! It refuses to be clever: it neither repeats nor repairs nor reorders, and it knows nothing of
//! dossiers. Faults of one exchange are [`Rule`]s; faults of the way as a whole are [`Way`],
//! [`Pace`] and the certificate it shows.

mod carry;
mod exchange;
mod rule;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, TlsConnector};

pub use exchange::Exchange;
pub use rule::{Canned, Effect, Fired, Rule};
pub use tls::{Identity, TlsAuthority};

/// What the way does with bytes, on connections that stand and on new ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Open,
    /// Connections are taken, and not a byte passes: a blackout, or a host that hangs.
    Silent,
    /// Nobody listens, and what stood is broken off.
    Refused,
}

/// How fast the way is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// Each way, on each connection; 0: as fast as it goes.
    pub bytes_per_second: u64,
    /// Added to every exchange.
    pub round_trip: Duration,
}

/// Bytes carried since the last [`Link::count_anew`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// From the client, TLS and heads included.
    pub up: u64,
    /// To the client.
    pub down: u64,
    /// Bodies of requests alone, as the client sent them.
    pub content_up: u64,
    pub connections: u64,
}

#[derive(Default)]
struct Counters {
    up: AtomicU64,
    down: AtomicU64,
    content_up: Arc<AtomicU64>,
    connections: AtomicU64,
    /// Bodies of answers, as far as they went to the client, by path.
    answered: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
}

/// Where the portal listens, and how its certificate is judged.
#[derive(Clone)]
struct Target {
    address: SocketAddr,
    tls: TlsConnector,
}

struct Shared {
    address: SocketAddr,
    target: Mutex<Option<Target>>,
    shown: Mutex<TlsAcceptor>,
    way: watch::Sender<Way>,
    pace: Mutex<Pace>,
    rules: Mutex<Vec<rule::Armed>>,
    exchanges: Mutex<Vec<Exchange>>,
    counters: Counters,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The link, with threads of its own. Dropping it breaks every connection.
pub struct Link {
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Link {
    /// Listens on a free port of 127.0.0.1 and shows `identity`; leads nowhere yet.
    pub fn start(identity: &Identity) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("link")
            .enable_all()
            .build()?;
        let listener = runtime.block_on(async { carry::bind(([127, 0, 0, 1], 0).into()) })?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            target: Mutex::new(None),
            shown: Mutex::new(identity.acceptor()?),
            way: watch::Sender::new(Way::Open),
            pace: Mutex::default(),
            rules: Mutex::default(),
            exchanges: Mutex::default(),
            counters: Counters::default(),
        });
        runtime.spawn(carry::listen(Arc::clone(&shared), listener));
        Ok(Self {
            shared,
            _runtime: runtime,
        })
    }

    /// Where clients come to.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// From now on to the portal at `address`, whose certificate is under `tls_ca` (PEM) and made
    /// out to the address.
    pub fn lead_to(&self, address: SocketAddr, tls_ca: &str) -> Result<()> {
        let tls = tls::connector(tls_ca).context("the portal's TLS authority")?;
        *locked(&self.shared.target) = Some(Target { address, tls });
        Ok(())
    }

    /// Adds a rule; of several that fit an exchange the first added counts.
    pub fn when(&self, rule: Rule, effect: Effect) -> Fired {
        let fired = Fired(Arc::new(AtomicU32::new(0)));
        let armed = rule::Armed::new(rule, effect, fired.clone());
        locked(&self.shared.rules).push(armed);
        fired
    }

    pub fn set_way(&self, way: Way) {
        self.shared.way.send_replace(way);
    }

    pub fn set_pace(&self, pace: Pace) {
        *locked(&self.shared.pace) = pace;
    }

    /// What new connections are shown.
    pub fn show(&self, identity: &Identity) -> Result<()> {
        *locked(&self.shared.shown) = identity.acceptor()?;
        Ok(())
    }

    /// No rule, no limit, open. The certificate stays.
    pub fn heal(&self) {
        locked(&self.shared.rules).clear();
        self.set_pace(Pace::default());
        self.set_way(Way::Open);
    }

    pub fn counts(&self) -> Counts {
        let c = &self.shared.counters;
        Counts {
            up: c.up.load(Ordering::SeqCst),
            down: c.down.load(Ordering::SeqCst),
            content_up: c.content_up.load(Ordering::SeqCst),
            connections: c.connections.load(Ordering::SeqCst),
        }
    }

    /// Begins the counts and the list of exchanges from nothing.
    pub fn count_anew(&self) {
        let c = &self.shared.counters;
        for counter in [&c.up, &c.down, &*c.content_up, &c.connections] {
            counter.store(0, Ordering::SeqCst);
        }
        locked(&c.answered).clear();
        locked(&self.shared.exchanges).clear();
    }

    /// Bytes of answers' bodies that went to the client from paths that begin so.
    pub fn answered(&self, path: &str) -> u64 {
        let answered = locked(&self.shared.counters.answered);
        let those = answered.iter().filter(|(p, _)| p.starts_with(path));
        those.map(|(_, bytes)| bytes.load(Ordering::SeqCst)).sum()
    }

    /// Every exchange that began, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        locked(&self.shared.exchanges).clone()
    }
}
