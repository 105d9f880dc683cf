//! Closing the window: a page with something that is not on disk is asked first, and closes it itself
//! once that is saved or given up. It knows nothing of what the page shows.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hoso_contract::Fact;
use tauri::{Emitter, Manager, Runtime, Window};

use crate::window::FACT;

/// How long a page may take to say that it heard. One that stopped has nothing left to save.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the page said last.
#[derive(Default)]
pub struct Closing(Mutex<Word>);

#[derive(Default)]
struct Word {
    unsaved: bool,
    /// A question that waits for the next word.
    asked: Option<Sender<()>>,
}

impl Closing {
    /// The page's word, also the answer to a question.
    pub fn hear(&self, unsaved: bool) {
        *self.word() = Word {
            unsaved,
            asked: None,
        };
    }

    /// A question, if there is something to ask. What it is answered on ends with the page's next word.
    fn ask(&self) -> Option<Receiver<()>> {
        let mut word = self.word();
        if !word.unsaved {
            return None;
        }
        let (asked, answered) = channel();
        word.asked = Some(asked);
        Some(answered)
    }

    fn word(&self) -> MutexGuard<'_, Word> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `window` stays for now, because its page was asked.
pub fn waits<R: Runtime>(window: &Window<R>) -> bool {
    let question = window.try_state::<Closing>().and_then(|c| c.ask());
    let Some(answered) = question else {
        return false;
    };
    if let Err(error) = window.emit(FACT, Fact::Closing) {
        tracing::error!(%error, "the page could not be asked before the window closes");
        return false;
    }
    let window = window.clone();
    let watch = move || {
        if is_silent(&answered, PATIENCE) {
            tracing::error!("the page does not answer; the window is closed");
            if let Err(error) = window.destroy() {
                tracing::error!(%error, "the window could not be closed");
            }
        }
    };
    let watcher = std::thread::Builder::new().name("closing".to_owned());
    if let Err(error) = watcher.spawn(watch) {
        tracing::error!(%error, "nobody waits for the page's answer");
    }
    true
}

fn is_silent(answered: &Receiver<()>, patience: Duration) -> bool {
    answered.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_only_if_something_is_not_saved_and_its_next_word_answers() {
        let closing = Closing::default();
        assert!(closing.ask().is_none());
        closing.hear(true);
        let answered = closing.ask().unwrap();
        assert!(is_silent(&answered, Duration::from_millis(20)));
        closing.hear(true);
        assert!(!is_silent(&answered, PATIENCE));
        closing.hear(false);
        assert!(closing.ask().is_none());
    }
}
