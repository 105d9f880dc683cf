//! A native `<dialog>`: focus stays inside, Esc closes.

use leptos::html;
use leptos::prelude::*;

use crate::icons::{Icon, icon};
use crate::words::{W, t};

/// Shows its children while `open`. They are built anew each time it opens.
#[component]
pub fn Modal(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    testid: &'static str,
    #[prop(default = "")] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let shown = Memo::new(move |_| open.get());
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if shown.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog node_ref=node class=format!("modal {class}") data-testid=testid
            aria-label=move || title.get()
            on:close=move |_| open.set(false)>
            {move || shown.get().then(|| view! {
                <header class="modal-head">
                    <h2>{move || title.get()}</h2>
                    <button type="button" class="btn quiet square" data-testid=format!("{testid}-close")
                        aria-label=t(W::Close) title=t(W::CloseEsc)
                        on:click=move |_| open.set(false)>
                        {icon(Icon::Cross)}
                    </button>
                </header>
                <div class="modal-body">{children()}</div>
            })}
        </dialog>
    }
}
