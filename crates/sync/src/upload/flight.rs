//! Chunks of one blob under way: the one to be answered next, and perhaps the one behind it.
//! Refuses to have more: what is not answered may have to go again.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Patched;
use crate::failure::{Failure, Stage};
use crate::pace::{Goodput, LEAD, STALL};

/// A `PATCH` until its answer.
pub(super) type Answering<'a> = Pin<Box<dyn Future<Output = Result<Patched, Failure>> + Send + 'a>>;

struct Chunk<'a> {
    len: u64,
    began: Instant,
    answering: Answering<'a>,
    /// Its answer came before that of the chunk in front of it.
    early: Option<Result<Patched, Failure>>,
}

pub(super) struct Chunks<'a> {
    under_way: VecDeque<Chunk<'a>>,
    /// Up to here the portal holds it.
    acknowledged: u64,
    /// Up to here it was handed over.
    handed_over: u64,
    /// When the portal last acknowledged something.
    free: Instant,
    /// When the line will have carried what was handed over, by the measured pace; `None`: nobody
    /// knows, or so soon that the next chunk is not worth a connection of its own.
    carried: Option<Instant>,
}

/// What the portal says of the foremost chunk.
pub(super) struct Answered {
    pub patched: Patched,
    /// It was not alone on its way.
    pub beside: bool,
    /// Since it had the line.
    pub took: Duration,
}

impl<'a> Chunks<'a> {
    pub fn new(offset: u64) -> Self {
        Self {
            under_way: VecDeque::new(),
            acknowledged: offset,
            handed_over: offset,
            free: Instant::now(),
            carried: None,
        }
    }

    /// Where the next chunk begins.
    pub fn handed_over(&self) -> u64 {
        self.handed_over
    }

    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// When the next chunk is to begin; `None`: not before an answer.
    pub fn due(&self) -> Option<Instant> {
        match self.under_way.len() {
            0 => Some(Instant::now()),
            1 => self.carried?.checked_sub(LEAD),
            _ => None,
        }
    }

    pub fn begin(&mut self, len: u64, goodput: &Goodput, answering: Answering<'a>) {
        let now = Instant::now();
        let time = goodput.time(len).filter(|time| *time >= 2 * LEAD);
        self.carried = time.and_then(|time| self.carried.unwrap_or(now).max(now).checked_add(time));
        self.handed_over += len;
        self.under_way.push_back(Chunk {
            len,
            began: now,
            answering,
            early: None,
        });
    }

    /// The answer to the foremost chunk, within [`STALL`]. May be dropped and called again.
    pub async fn answer(&mut self) -> Result<Answered, Failure> {
        let silence = Failure::Transport {
            stage: Stage::Stalled,
            cause: None,
        };
        let Some(front) = self.under_way.front() else {
            return Err(silence);
        };
        let since = self.had_the_line(front);
        let beside = self.under_way.len() > 1 || front.began < self.free;
        let all = &mut self.under_way;
        let foremost = poll_fn(|context| {
            for chunk in all.iter_mut().filter(|chunk| chunk.early.is_none()) {
                if let Poll::Ready(answer) = chunk.answering.as_mut().poll(context) {
                    chunk.early = Some(answer);
                }
            }
            match all.front_mut().and_then(|chunk| chunk.early.take()) {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            }
        });
        let answer = timeout_at(since + STALL, foremost).await;
        let patched = answer.map_err(|_| silence)??;
        let len = self.under_way.pop_front().map_or(0, |chunk| chunk.len);
        let took = since.elapsed();
        if let Patched::To(offset) = patched {
            let end = self.acknowledged + len;
            if offset <= self.acknowledged || offset > end {
                let what = "an offset that was never sent";
                return Err(Failure::Nonsense { what });
            }
            self.acknowledged = offset;
            if self.under_way.is_empty() {
                (self.handed_over, self.carried) = (offset, None);
            }
            self.free = Instant::now();
        }
        Ok(Answered {
            patched,
            beside,
            took,
        })
    }

    /// Since when the line is a chunk's own.
    fn had_the_line(&self, chunk: &Chunk<'_>) -> Instant {
        chunk.began.max(self.free)
    }
}
