//! When the treasury is heard: the feed is asked now and then, or held open while somebody may be
//! looking, and rests by itself where it fails. Nothing that is to be sent waits for it.

use std::time::Duration;

use tokio::time::Instant;

use hoso_contract::{AppError, Code};
use hoso_sync::Failure;
use hoso_sync::backoff::spread;

use super::feed::News;
use super::lane::{Lane, Stop, wished};
use crate::error::{Error, courier as worded};

/// How long the feed is held open when nothing else is to do.
const LONG_POLL: Duration = Duration::from_secs(25);
/// Between two looks at the feed while it is not held open, more or less; less than
/// [`hoso_sync::plan::LONGEST`] in any case.
pub(super) const POLL: Duration = Duration::from_secs(600);

impl Lane {
    /// Nothing waits to be sent: what is large is brought, then the feed is held open while somebody
    /// may be looking and it can be read. Answers when something came, or with why nothing could.
    pub(super) async fn listen(&self) -> Result<(), Stop> {
        self.bring_large().await;
        if !self.shared.in_front() || self.link.feed_attempts > 0 {
            return std::future::pending().await;
        }
        let asked = Instant::now();
        if self.read_feed(LONG_POLL).await? == News::Nothing {
            // whoever stands in between may hold no question open: then the wait is here
            tokio::time::sleep_until(asked + LONG_POLL).await;
        }
        Ok(())
    }

    /// Tiny messages both ways: what the unit asks for, then what the treasury says.
    pub(super) async fn converse(&self) -> Result<(), Stop> {
        self.bring_withdrawals().await?;
        self.bring_renewals().await?;
        self.bring_revocations().await?;
        self.bring_numbers().await?;
        self.end_others().await?;
        self.read_feed(Duration::ZERO).await?;
        Ok(())
    }

    pub(super) fn feed_was_read(&mut self) {
        // spread, so that the PCs of a country do not ask at the same moment
        let pause = spread(POLL, (self.shared.outside.luck)());
        self.link.next_poll = Some(self.now() + pause);
        self.link.feed_attempts = 0;
        if self.unread.take().is_some() {
            self.tell_online();
        }
    }

    /// The portal is there, and its feed alone fails.
    pub(super) fn feed_failed(&mut self, failure: &Failure) {
        tracing::warn!(%failure, "the feed could not be read");
        let why = match failure {
            // it is the portal: no login page answers so
            Failure::Nonsense { .. } => AppError::new(Code::FeedUnreadable),
            other => worded(other),
        };
        self.feed_rests(why, wished(failure));
    }

    /// The feed came and could not be kept on this PC: asked for at once it would come in vain.
    pub(super) fn feed_not_kept(&mut self, error: &Error) {
        tracing::error!(%error, "what the feed brought could not be stored");
        self.feed_rests(error.worded(), None);
    }

    /// The feed rests by itself, and what is to be sent goes on.
    fn feed_rests(&mut self, why: AppError, after: Option<Duration>) {
        self.link.feed_attempts = self.link.feed_attempts.saturating_add(1);
        self.link.next_poll = Some(self.rest(self.link.feed_attempts, after));
        self.unread = Some(why);
        self.tell_online();
    }
}
