//! Calling off a send. Never calls off a commit whose body may be on its way: what was handed over
//! can only be asked about.

use tokio::sync::watch;

/// The end that calls off.
#[derive(Debug)]
pub struct Canceller(watch::Sender<bool>);

/// The end that is asked. Clones share one state.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Receiver<bool>);

/// A pair of ends.
pub fn pair() -> (Canceller, Cancel) {
    let (sender, receiver) = watch::channel(false);
    (Canceller(sender), Cancel(receiver))
}

impl Canceller {
    /// Calls off what holds the other end, now or later.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancel {
    /// One that nobody calls off.
    pub fn never() -> Self {
        pair().1
    }

    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it is called off; never when the other end is gone.
    pub async fn cancelled(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|called_off| *called_off).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
