//! The engine has not answered yet, or not at all.

use std::time::Duration;

use leptos::prelude::*;

use hoso_contract::AppError;

use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t};

/// The engine did not answer at all.
#[component]
pub fn Broken(error: AppError) -> impl IntoView {
    let desk = desk();
    view! {
        <main class="alone" data-testid="screen-broken">
            <div class="card alone-card">
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| desk.boot())/>
            </div>
        </main>
    }
}

/// Nobody has answered yet. After a while the page asks again by itself and says so: an answer that
/// was lost on the way must not leave the window blank.
#[component]
pub fn Starting() -> impl IntoView {
    const LONG: Duration = Duration::from_secs(10);
    let desk = desk();
    let late = RwSignal::new(false);
    let again = move || {
        late.set(true);
        desk.boot();
    };
    if let Ok(handle) = set_interval_with_handle(again, LONG) {
        on_cleanup(move || handle.clear());
    }
    let words = move || {
        view! {
            <main class="alone" data-testid="screen-starting">
                <div class="card alone-card" role="status">
                    <h1>{t(W::StartsSlowly)}</h1>
                    <p>{t(W::StartsSlowlyHint)}</p>
                    <div class="row">
                        <button type="button" class="btn main" data-testid="btn-reboot" on:click=move |_| desk.boot()>{t(W::TryAgain)}</button>
                    </div>
                </div>
            </main>
        }
    };
    view! {
        <div class="starting" aria-busy="true">{move || late.get().then(words)}</div>
    }
}
