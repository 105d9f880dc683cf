//! The courier: one task per unit that sends what waits and reads what the treasury says, as long
//! as somebody is unlocked. `hoso_sync` plans and speaks; this module stores, and stores first.

mod feed;
mod lane;
mod permit;
mod send;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, broadcast};

use hoso_contract::view::LinkView;
use hoso_contract::{AppError, Fact};
use hoso_domain::id::PersonId;
use hoso_store::Store;
use hoso_sync::api::connection::Connection;

use crate::engine::Tell;
use lane::Lane;

pub(crate) use feed::pdf as result_pdf;
pub(crate) use permit::withheld;

/// What the window tells the courier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Something may wait to be sent.
    Look,
    /// Gửi ngay: no back-off counts.
    SendNow,
}

/// What all lanes share.
pub(crate) struct Shared {
    pub store: Arc<Store>,
    pub connection: Connection,
    pub person: PersonId,
    pub tell: Tell,
    pub link: Mutex<LinkView>,
    /// Bytes per second measured last; 0 while unknown.
    pub pace: Mutex<u64>,
    /// One body at a time: two on a thin line are both too slow.
    pub line: Semaphore,
}

impl Shared {
    pub fn set_link(&self, link: LinkView) {
        let mut now = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *now != link;
        *now = link;
        drop(now);
        if changed {
            (self.tell)(Fact::LinkChanged);
        }
    }
}

/// The courier of one open store. Dropping it ends its tasks.
pub struct Courier {
    orders: broadcast::Sender<Order>,
    shared: Option<Arc<Shared>>,
    runtime: Mutex<Option<Runtime>>,
}

impl Courier {
    /// Starts the lanes; without a connection file, or with a store that cannot be written, there
    /// is nothing to carry.
    pub fn start(
        store: Arc<Store>,
        connection: Option<Connection>,
        person: PersonId,
        tell: Tell,
    ) -> Self {
        let (orders, _) = broadcast::channel(16);
        let idle = |orders| Self {
            orders,
            shared: None,
            runtime: Mutex::new(None),
        };
        let Some(connection) = connection.filter(|_| !store.is_read_only()) else {
            return idle(orders);
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("courier")
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            tracing::error!("the courier's threads could not be started");
            return idle(orders);
        };
        let shared = Arc::new(Shared {
            store,
            connection,
            person,
            tell,
            link: Mutex::new(LinkView::Offline {
                why: None,
                next_try: None,
            }),
            pace: Mutex::new(0),
            line: Semaphore::new(1),
        });
        for unit in shared.connection.units.clone() {
            match Lane::new(Arc::clone(&shared), unit) {
                Ok(lane) => {
                    runtime.spawn(lane.run(orders.subscribe()));
                }
                Err(error) => tracing::error!(%error, "a unit's lane could not be opened"),
            }
        }
        Self {
            orders,
            shared: Some(shared),
            runtime: Mutex::new(Some(runtime)),
        }
    }

    pub fn order(&self, order: Order) {
        // without lanes nobody listens
        let _ = self.orders.send(order);
    }

    /// The status bar's word.
    pub fn link(&self) -> LinkView {
        match &self.shared {
            Some(shared) => shared
                .link
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            None => LinkView::NotSetUp,
        }
    }

    /// Why nothing goes now, for rows that have no reason of their own.
    pub fn trouble(&self) -> Option<AppError> {
        match self.link() {
            LinkView::Offline { why, .. } => why,
            _ => None,
        }
    }

    /// When the link is tried again.
    pub fn next_try(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        match self.link() {
            LinkView::Offline { next_try, .. } => next_try,
            _ => None,
        }
    }

    /// Seconds for `bytes` at the pace measured last.
    pub fn seconds(&self, bytes: u64) -> Option<u64> {
        let pace = *self
            .shared
            .as_ref()?
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        bytes.checked_div(pace)
    }

    /// Ends all tasks. A send that is cut off stands as `sending` in the store, which the next
    /// start takes for unknown and asks about.
    pub fn stop(&self) {
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(runtime) = runtime {
            runtime.shutdown_timeout(Duration::from_secs(3));
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop();
    }
}
