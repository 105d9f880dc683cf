//! A year of one commune: three units, payroll of 45, a contract with an advance, tạm cấp in January,
//! money returned, a commune merged in July. The books agree with a second ledger and with the
//! treasury's, and planted errors are found.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod books;
mod commune;
mod planted;
