//! Waiting for a condition with a bound. It refuses to wait for a span: a test that needs one is
//! wrong.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Asks `poll` until it gives a value; an error that names `what` after `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut poll: impl FnMut() -> Option<T>) -> Result<T> {
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(value) = poll() {
            return Ok(value);
        }
        if Instant::now() >= until {
            bail!("waited {} s in vain for {what}", limit.as_secs_f32());
        }
        std::thread::park_timeout(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// As [`wait_for`], for a condition.
pub fn wait_until(what: &str, limit: Duration, mut poll: impl FnMut() -> bool) -> Result<()> {
    wait_for(what, limit, || poll().then_some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_value_or_names_what_was_missing() {
        let mut n = 0;
        let third = wait_for("the third", Duration::from_secs(5), || {
            n += 1;
            (n == 3).then_some(n)
        });
        assert_eq!(third.ok(), Some(3));
        let vain = wait_until("rain", Duration::from_millis(5), || false);
        assert!(vain.is_err_and(|e| e.to_string().contains("rain")));
    }
}
