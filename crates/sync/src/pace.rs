//! Pace of a slow link: goodput, the size of the next chunk, an honest estimate of what is left.
//!
//! Counts acknowledged bytes only. Bytes that vanished into a socket buffer are no progress: 140 KiB
//! disappear there in 3 s on a 64 kbit/s line.

use std::time::Duration;

/// The first chunk of a body on a link nobody has measured yet, in bytes.
pub const FIRST_CHUNK: u64 = 64 * 1024;
/// No chunk is smaller, except the last of a body.
pub const MIN_CHUNK: u64 = 16 * 1024;
/// No chunk is larger.
pub const MAX_CHUNK: u64 = 4 * 1024 * 1024;
/// What a chunk should last: the middle of 10–15 s.
pub const CHUNK_SECONDS: f64 = 12.0;
/// How long before a chunk's end, by the measured pace, the next one begins over another
/// connection: the line has work while the answer travels.
pub const LEAD: Duration = Duration::from_secs(3);
/// A body without a newly acknowledged offset for this long is given up and begun anew from what
/// the portal holds.
pub const STALL: Duration = Duration::from_secs(25);

/// Weight of the newest sample in the exponential average.
const WEIGHT: f64 = 0.4;

/// Exponential average of acknowledged bytes per second.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Goodput {
    bytes_per_second: Option<f64>,
}

impl Goodput {
    /// A link of which the bytes per second are known from earlier, e.g. stored.
    pub fn known(bytes_per_second: f64) -> Self {
        let usable = bytes_per_second.is_finite() && bytes_per_second > 0.0;
        Self {
            bytes_per_second: usable.then_some(bytes_per_second),
        }
    }

    /// Takes in that `bytes` were acknowledged after `took`. Nothing acknowledged halves the
    /// estimate, so that the next chunk is small enough to arrive at all. A few bytes tell of the
    /// round trip and not of the line: less than [`MIN_CHUNK`] is passed over.
    pub fn acknowledged(&mut self, bytes: u64, took: Duration) {
        if (1..MIN_CHUNK).contains(&bytes) {
            return;
        }
        // a chunk under a millisecond says nothing about the line
        let seconds = took.as_secs_f64().max(0.001);
        let sample = bytes as f64 / seconds;
        self.bytes_per_second = match self.bytes_per_second {
            _ if bytes == 0 => return self.stalled(),
            None => Some(sample),
            Some(old) => Some(old + WEIGHT * (sample - old)),
        };
    }

    /// A chunk went unanswered.
    pub fn stalled(&mut self) {
        let old = self
            .bytes_per_second
            .unwrap_or(FIRST_CHUNK as f64 / CHUNK_SECONDS);
        self.bytes_per_second = Some((old / 2.0).max(1.0));
    }

    /// Bytes per second; `None` before the first acknowledgement.
    pub fn bytes_per_second(&self) -> Option<f64> {
        self.bytes_per_second
    }

    /// How long `bytes` take; `None` while nothing is measured.
    pub fn time(&self, bytes: u64) -> Option<Duration> {
        Duration::try_from_secs_f64(bytes as f64 / self.bytes_per_second?).ok()
    }

    /// Whole seconds for `remaining` bytes, rounded up; `None` while nothing is measured.
    pub fn seconds(&self, remaining: u64) -> Option<u64> {
        self.bytes_per_second
            .map(|pace| (remaining as f64 / pace).ceil() as u64)
    }

    /// Bytes of the next chunk: [`CHUNK_SECONDS`] of the measured pace in whole KiB, within
    /// [`MIN_CHUNK`] ..= [`MAX_CHUNK`]; [`FIRST_CHUNK`] while nothing is measured.
    pub fn chunk(&self) -> u64 {
        let Some(pace) = self.bytes_per_second else {
            return FIRST_CHUNK;
        };
        let wanted = (pace * CHUNK_SECONDS) as u64;
        (wanted / 1024 * 1024).clamp(MIN_CHUNK, MAX_CHUNK)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    /// Sends `total` bytes over a line of `bits` per second and a round trip of 600 ms.
    fn chunks(bits: u64, total: u64) -> Vec<(u64, f64)> {
        let mut goodput = Goodput::default();
        let (mut left, mut out) = (total, Vec::new());
        while left > 0 {
            let chunk = goodput.chunk().min(left);
            let took = chunk as f64 * 8.0 / bits as f64 + 0.6;
            goodput.acknowledged(chunk, Duration::from_secs_f64(took));
            out.push((chunk, took));
            left -= chunk;
        }
        out
    }

    #[test]
    fn chunks_on_a_slow_line_come_to_last_ten_to_fifteen_seconds() {
        for bits in [64_000, 128_000, 512_000, 2_000_000] {
            let sent = chunks(bits, 40_000_000.min(bits * 60));
            let settled = &sent[sent.len() / 2..sent.len() - 1];
            for (chunk, took) in settled {
                assert!(
                    (10.0..=15.0).contains(took),
                    "{bits} bit/s: {chunk} bytes took {took} s"
                );
            }
        }
    }

    #[test]
    fn the_first_chunk_is_64_kib_and_a_fast_line_gets_4_mib() {
        let sent = chunks(100_000_000, 60_000_000);
        assert_eq!(sent[0].0, FIRST_CHUNK);
        assert_eq!(sent[sent.len() - 2].0, MAX_CHUNK);
    }

    #[test]
    fn an_unanswered_chunk_makes_the_next_one_smaller() {
        let mut goodput = Goodput::default();
        goodput.stalled();
        assert!(goodput.chunk() <= FIRST_CHUNK / 2);
        for _ in 0..40 {
            goodput.stalled();
        }
        assert_eq!(goodput.chunk(), MIN_CHUNK);
        assert!(goodput.seconds(1).is_some());
    }

    #[test]
    fn the_estimate_is_remaining_bytes_over_the_pace() {
        let mut goodput = Goodput::default();
        assert_eq!(goodput.seconds(1_000), None);
        goodput.acknowledged(80_000, Duration::from_secs(10));
        assert_eq!(goodput.seconds(1_040_000), Some(130));
    }

    #[test]
    fn a_few_bytes_say_nothing_of_the_line() {
        let mut goodput = Goodput::known(8_000.0);
        goodput.acknowledged(2_000, Duration::from_secs(4));
        assert_eq!(goodput, Goodput::known(8_000.0));
    }

    proptest! {
        #[test]
        fn a_chunk_never_leaves_its_bounds(samples in prop::collection::vec((any::<u64>(), any::<u32>()), 0..20)) {
            let mut goodput = Goodput::default();
            for (bytes, millis) in samples {
                goodput.acknowledged(bytes, Duration::from_millis(u64::from(millis)));
                prop_assert!((MIN_CHUNK..=MAX_CHUNK).contains(&goodput.chunk()));
            }
        }
    }
}
