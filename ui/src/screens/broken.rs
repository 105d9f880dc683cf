//! Nothing could be asked of the engine.

use leptos::prelude::*;

use hoso_contract::AppError;

use crate::state::desk;
use crate::widgets::failure::FailurePanel;

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
