//! One direction of the line: packets queue for the bandwidth, travel, and some are lost.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::tun::PACKET;
use super::{BODY, Carried, Line};

#[derive(Default)]
pub(super) struct Counters {
    bytes: AtomicU64,
    packets: AtomicU64,
    bodies: AtomicU64,
    lost: AtomicU64,
    dropped: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> Carried {
        let value = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        Carried {
            bytes: value(&self.bytes),
            packets: value(&self.packets),
            bodies: value(&self.bodies),
            lost: value(&self.lost),
            dropped: value(&self.dropped),
        }
    }

    pub fn reset(&self) {
        let counts = [&self.bytes, &self.packets, &self.bodies];
        for counter in counts.into_iter().chain([&self.lost, &self.dropped]) {
            counter.store(0, Ordering::SeqCst);
        }
    }
}

/// Whether the line stands: counts its cuts and repairs. Whole when even.
#[derive(Default)]
pub(super) struct Wire(AtomicU64);

impl Wire {
    pub fn set_whole(&self, whole: bool) {
        let change = |turn: u64| (whole != turn.is_multiple_of(2)).then_some(turn + 1);
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, change);
    }

    /// `None`: it is cut.
    fn turn(&self) -> Option<u64> {
        let turn = self.0.load(Ordering::SeqCst);
        turn.is_multiple_of(2).then_some(turn)
    }
}

pub(super) struct Relay {
    pub line: Arc<Mutex<Line>>,
    pub wire: Arc<Wire>,
    pub counters: Arc<Counters>,
}

/// A packet, when it arrives, and the wire's turn in which it left.
struct Travelling {
    packet: Vec<u8>,
    arrives: Instant,
    turn: u64,
}

impl Relay {
    /// Carries until the devices are gone.
    pub fn spawn(self, from: File, to: File, seed: u64) {
        let (sender, receiver) = channel();
        let (wire, counters) = (Arc::clone(&self.wire), Arc::clone(&self.counters));
        std::thread::spawn(move || self.depart(from, &sender, seed));
        std::thread::spawn(move || arrive(&receiver, to, &wire, &counters));
    }

    /// Takes packets in, and gives each its time of arrival.
    fn depart(self, mut from: File, travelling: &Sender<Travelling>, seed: u64) {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut free = Instant::now();
        let mut packet = [0u8; PACKET];
        while let Ok(size) = from.read(&mut packet) {
            let Some(bytes) = packet.get(..size) else {
                return;
            };
            let line = *self.line.lock().unwrap_or_else(PoisonError::into_inner);
            let (now, counters) = (Instant::now(), &self.counters);
            free = free.max(now);
            let waiting = bytes_in(free - now, line.bits_per_second);
            if waiting.saturating_add(size as u64) > line.queue {
                counters.dropped.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            free += time_of(size, line.bits_per_second);
            counters.bytes.fetch_add(size as u64, Ordering::SeqCst);
            counters.packets.fetch_add(1, Ordering::SeqCst);
            let body = u64::from(size >= BODY);
            counters.bodies.fetch_add(body, Ordering::SeqCst);
            let Some(turn) = self.wire.turn().filter(|_| chance.f64() >= line.loss) else {
                counters.lost.fetch_add(1, Ordering::SeqCst);
                continue;
            };
            let sent = travelling.send(Travelling {
                packet: bytes.to_vec(),
                arrives: free + line.delay,
                turn,
            });
            if sent.is_err() {
                return;
            }
        }
    }
}

/// Hands packets over when their time has come, unless the wire was cut meanwhile.
fn arrive(travelling: &Receiver<Travelling>, mut to: File, wire: &Wire, counters: &Counters) {
    while let Ok(next) = travelling.recv() {
        while let Some(left) = next.arrives.checked_duration_since(Instant::now())
            && !left.is_zero()
        {
            std::thread::park_timeout(left);
        }
        if wire.turn() == Some(next.turn) {
            // an error: the device has no address or is gone, and the packet with it
            let _ = to.write(&next.packet);
        } else {
            counters.lost.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn time_of(bytes: usize, bits_per_second: u64) -> Duration {
    let micros = (bytes as u64 * 8_000_000).checked_div(bits_per_second);
    Duration::from_micros(micros.unwrap_or_default())
}

fn bytes_in(time: Duration, bits_per_second: u64) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX) / 1_000 * bits_per_second / 8_000
}
