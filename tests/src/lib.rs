//! What the acceptance tests and the demo share: a desk with a display, the real program driven by
//! WebDriver, the real portal, and a record of what was seen.
//!
//! Nothing here knows how the program works inside: it reads the window and the portal's answers.

pub mod books_bench;
pub mod canary;
pub mod contract;
pub mod crash;
pub mod desk;
pub mod faults;
pub mod fill;
pub mod headless;
pub mod inject;
pub mod journey;
pub mod kill;
pub mod lab;
pub mod links;
pub mod measure;
pub mod officer;
pub mod paper;
pub mod portal;
pub mod powercut;
pub mod practice;
pub mod record;
pub mod simulate;
pub mod sitting;
pub mod steps;
pub mod store_bench;
pub mod thin;
pub mod tus;
pub mod window;
