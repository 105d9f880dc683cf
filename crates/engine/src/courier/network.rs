//! Notices that the network came back, or is another one: this PC has an address it had not before.
//! It asks and compares (docs/adr/0006-addresses-by-asking.md).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::broadcast;

use super::{Order, Shared};

/// Between two looks. Asking for the own addresses costs little and no traffic.
const LOOK: Duration = Duration::from_secs(1);

/// The addresses of this PC that lead somewhere else.
pub type Addresses = Arc<dyn Fn() -> BTreeSet<IpAddr> + Send + Sync>;

/// Looks until the courier is gone.
pub(super) async fn watch(
    shared: Weak<Shared>,
    orders: broadcast::WeakSender<Order>,
    addresses: Addresses,
) {
    let mut known = addresses();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = addresses();
        let (Some(shared), Some(orders)) = (shared.upgrade(), orders.upgrade()) else {
            return;
        };
        if now.difference(&known).next().is_some() {
            tracing::info!("the network came back");
            shared.link_up(&orders);
        }
        known = now;
    }
}

/// As the system tells them.
pub(super) fn addresses() -> BTreeSet<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    all.into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect()
}
