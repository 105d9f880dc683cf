//! The token: found and tried by itself. The accountant has none and passes by.

use leptos::prelude::*;

use super::{Setup, Step};
use crate::screens::sign::Certificates;
use crate::screens::sign::token::{Found, search};
use crate::words::{W, t};

#[component]
pub fn Token(setup: Setup) -> impl IntoView {
    let tokens: Found = RwSignal::new(None);
    search(tokens);
    let found = move || tokens.with(|t| matches!(t, Some(Ok(v)) if !v.tokens.is_empty()));
    view! {
        <section class="step" data-testid="step-token">
            <p>{t(W::TokenNote)}</p>
            <Certificates tokens certificate=RwSignal::new(None) search=move |()| search(tokens)/>
            <footer class="step-foot">
                <button type="button" class="btn" class:main=move || !found() data-testid="step-skip"
                    on:click=move |_| setup.step.set(Step::Recovery)>{t(W::Skip)}</button>
                {move || found().then(|| view! {
                    <button type="button" class="btn main" data-testid="step-next" on:click=move |_| setup.step.set(Step::Recovery)>{t(W::Next)}</button>
                })}
            </footer>
        </section>
    }
}
