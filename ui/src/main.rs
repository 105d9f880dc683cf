//! The window's page: screens and widgets over the contract. It holds no rule, no error text and
//! no arithmetic on money; those come from `domain` and `text`.

mod app;
mod frame;
mod icons;
mod ipc;
mod keys;
mod parts;
mod rules;
mod say;
mod screens;
mod state;
mod widgets;
mod words;

/// What a day's work takes, in bytes: a voucher of ten thousand lines included.
const MEMORY: usize = 64 * 1024 * 1024;

fn main() {
    take_memory_once();
    // a defect leaves its place in the web view's console; a window under test writes that out
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    leptos::mount::mount_to_body(app::App);
}

/// Asks the web view for the page's memory in one piece and gives it back to the allocator, which keeps it. Else it
/// grows by 64 KiB at a time under all parts of the page, which is where WebKit had defect after defect
/// (docs/adr/0004). What is not written to costs the PC nothing.
fn take_memory_once() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(MEMORY)));
}
