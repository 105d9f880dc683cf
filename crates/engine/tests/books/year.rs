//! A year of one commune through store and engine: three units, payroll of 45, a contract in three
//! instalments with an advance, tạm cấp in January, money the bank returned, a commune that was merged.
//! The office's ledger and the treasury's books stand beside it, kept in plain sums.

mod figures;
mod ledger;
mod office;
mod planted;
mod story;

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use office::Office;

/// A test's turn in the office.
struct Turn(MutexGuard<'static, Office>);

impl Deref for Turn {
    type Target = Office;

    fn deref(&self) -> &Office {
        &self.0
    }
}

impl Drop for Turn {
    /// A static is never dropped, and the process must not end with a store in use.
    fn drop(&mut self) {
        self.0.desk.engine.close();
    }
}

/// The year, told once for all tests; each has it for itself.
fn office() -> Turn {
    static OFFICE: OnceLock<Mutex<Office>> = OnceLock::new();
    let office = OFFICE.get_or_init(|| {
        let office = story::year();
        office.desk.engine.close();
        Mutex::new(office)
    });
    let turn = Turn(office.lock().unwrap_or_else(PoisonError::into_inner));
    turn.desk.unlock().unwrap();
    turn
}
