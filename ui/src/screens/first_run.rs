//! First run, step by step: connection file, person and PIN, token, recovery code.

mod connection;
mod person;
mod recovery;
mod token;

use leptos::prelude::*;

use hoso_contract::view::ConnectionPreview;

use crate::icons::{Icon, icon};
use crate::words::{W, t};
use connection::Connection;
use person::Person;
use recovery::Recovery;
use token::Token;

/// Where the first run stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    Connection,
    Person,
    Token,
    Recovery,
}

/// What the steps share; copied freely.
#[derive(Clone, Copy)]
pub struct Setup {
    pub step: RwSignal<Step>,
    pub path: RwSignal<String>,
    pub preview: RwSignal<Option<ConnectionPreview>>,
    /// Shown once, typed back, then gone.
    pub code: RwSignal<String>,
}

#[component]
pub fn FirstRun() -> impl IntoView {
    let setup = Setup {
        step: RwSignal::new(Step::Connection),
        path: RwSignal::new(String::new()),
        preview: RwSignal::new(None),
        code: RwSignal::new(String::new()),
    };
    let steps = [
        (Step::Connection, W::SetupConnection),
        (Step::Person, W::SetupPerson),
        (Step::Token, W::SetupToken),
        (Step::Recovery, W::SetupRecovery),
    ];
    view! {
        <main class="alone first-run" data-testid="screen-first-run">
            <div class="card alone-card">
                <header class="brand-dark"><span class="brand-mark" aria-hidden="true"></span>
                    <div><h1>{t(W::Welcome)}</h1><p class="note">{t(W::WelcomeNote)}</p></div></header>
                <ol class="steps" aria-label=t(W::Progress)>
                    {steps.into_iter().enumerate().map(|(n, (step, word))| view! {
                        <li class:on=move || setup.step.get() == step class:done=move || step < setup.step.get()
                            aria-current=move || (setup.step.get() == step).then_some("step")>
                            <b>{move || if step < setup.step.get() { icon(Icon::Check).into_any() } else { n.saturating_add(1).into_any() }}</b>
                            <span>{t(word)}</span>
                        </li>
                    }).collect_view()}
                </ol>
                {move || match setup.step.get() {
                    Step::Connection => view! { <Connection setup/> }.into_any(),
                    Step::Person => view! { <Person setup/> }.into_any(),
                    Step::Token => view! { <Token setup/> }.into_any(),
                    Step::Recovery => view! { <Recovery setup/> }.into_any(),
                }}
            </div>
        </main>
    }
}
