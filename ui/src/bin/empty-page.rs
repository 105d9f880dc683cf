//! A page with nothing on it: what the measurements of the window are compared with.

use leptos::prelude::*;

fn main() {
    leptos::mount::mount_to_body(|| view! { <main data-testid="empty-page"></main> });
}
