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

fn main() {
    // a defect leaves its place in the web view's console; a window under test writes that out
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    leptos::mount::mount_to_body(app::App);
}
