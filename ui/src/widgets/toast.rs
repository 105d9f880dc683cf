//! Short words about what just went well.

use leptos::prelude::*;

use crate::icons::{Icon, icon};
use crate::state::desk;

#[component]
pub fn Toasts() -> impl IntoView {
    let desk = desk();
    view! {
        <div class="toasts" data-testid="toasts" role="status" aria-live="polite">
            <For each=move || desk.toasts.get() key=|t| t.key let:toast>
                <div class="toast" data-testid="toast">{icon(Icon::Check)}<span>{toast.text.clone()}</span></div>
            </For>
        </div>
    }
}
