//! Every operation of devices and officers. The console's pages are not part of the contract.

use super::Operation;

mod devices;
mod dossiers;
mod feed;
mod officer;
mod trust;
mod uploads;

pub(super) fn all() -> impl Iterator<Item = &'static Operation> {
    let themes = [
        devices::ALL,
        uploads::ALL,
        dossiers::ALL,
        trust::ALL,
        feed::ALL,
        officer::ALL,
    ];
    themes.into_iter().flatten()
}
