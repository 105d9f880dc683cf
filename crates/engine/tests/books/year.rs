//! A year of one commune through store and engine: three units, payroll of 45, a contract in three
//! instalments with an advance, tạm cấp in January, money the bank returned, a commune that was merged.
//! The office's ledger and the treasury's books stand beside it, kept in plain sums.

mod figures;
mod ledger;
mod office;
mod planted;
mod story;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use office::Office;

/// The year, told once for all tests; each has it for itself.
fn office() -> MutexGuard<'static, Office> {
    static OFFICE: OnceLock<Mutex<Office>> = OnceLock::new();
    let office = OFFICE.get_or_init(|| Mutex::new(story::year()));
    office.lock().unwrap_or_else(PoisonError::into_inner)
}
