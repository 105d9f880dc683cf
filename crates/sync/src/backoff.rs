//! How long a failed try rests. Never gives up, never rests longer than [`CAP`], and never picks
//! its own luck: the seed is passed in.
//!
//! Full jitter (uniform over the whole span) so that thousands of PCs which lost the portal at the
//! same moment do not come back at the same moment.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The longest rest, whatever the number of tries.
pub const CAP: Duration = Duration::from_secs(15 * 60);

/// The shortest rest: a jitter of zero would be a busy loop.
pub const FLOOR: Duration = Duration::from_secs(1);

/// The span the first failed try draws from.
const BASE: Duration = Duration::from_secs(4);

/// The span the `attempts`-th failed try (from 1) draws from: doubles up to [`CAP`].
pub fn ceiling(attempts: u32) -> Duration {
    let doubled = 1u32
        .checked_shl(attempts.saturating_sub(1))
        .unwrap_or(u32::MAX);
    BASE.checked_mul(doubled).map_or(CAP, |span| span.min(CAP))
}

/// The rest after the `attempts`-th failed try (from 1): uniform in [`FLOOR`] ..= [`ceiling`].
pub fn backoff(attempts: u32, seed: u64) -> Duration {
    let floor = FLOOR.as_millis() as u64;
    let ceiling = ceiling(attempts).as_millis() as u64;
    let mut rng = StdRng::seed_from_u64(seed);
    Duration::from_millis(rng.random_range(floor..=ceiling))
}

/// `base` moved by up to ±20 %: the span between two polls of the feed, so that clients spread.
pub fn spread(base: Duration, seed: u64) -> Duration {
    let base = base.as_millis() as u64;
    let fifth = base / 5;
    let mut rng = StdRng::seed_from_u64(seed);
    Duration::from_millis(rng.random_range(base - fifth..=base + fifth))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_rest_lies_between_a_second_and_fifteen_minutes(attempts: u32, seed: u64) {
            let rest = backoff(attempts, seed);
            prop_assert!(rest >= FLOOR && rest <= CAP);
            prop_assert!(rest <= ceiling(attempts));
        }

        #[test]
        fn a_poll_is_spread_by_a_fifth_at_most(seed: u64) {
            let span = spread(Duration::from_secs(600), seed);
            prop_assert!((480..=720).contains(&span.as_secs()));
        }
    }

    #[test]
    fn the_span_doubles_and_then_stays_at_the_cap() {
        let seconds: Vec<u64> = (1..=10).map(|n| ceiling(n).as_secs()).collect();
        assert_eq!(seconds, [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(ceiling(u32::MAX), CAP);
    }

    #[test]
    fn the_jitter_is_full_and_the_same_for_the_same_seed() {
        let rests: Vec<u64> = (0..1_000).map(|seed| backoff(9, seed).as_secs()).collect();
        assert!(rests.iter().any(|s| *s < 90) && rests.iter().any(|s| *s > 810));
        assert_eq!(backoff(9, 7), backoff(9, 7));
    }
}
