//! First run, step by step: connection file, person and PIN, token, recovery code.

mod backup;
mod connection;
mod person;
mod recovery;
mod token;

use leptos::prelude::*;

use hoso_contract::view::{ConnectionPreview, Session};

use crate::icons::{Icon, icon};
use crate::screens::restore::RestoreDialog;
use crate::words::{W, t};
use backup::Backup;
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
    Backup,
}

/// What the steps share; copied freely.
#[derive(Clone, Copy)]
pub struct Setup {
    pub step: RwSignal<Step>,
    pub path: RwSignal<String>,
    pub preview: RwSignal<Option<ConnectionPreview>>,
    /// Shown once, typed back, then gone.
    pub code: RwSignal<String>,
    /// Made when the code was typed back; shown when the last step is done.
    pub session: RwSignal<Option<Session>>,
}

#[component]
pub fn FirstRun() -> impl IntoView {
    let setup = Setup {
        step: RwSignal::new(Step::Connection),
        path: RwSignal::new(String::new()),
        preview: RwSignal::new(None),
        code: RwSignal::new(String::new()),
        session: RwSignal::new(None),
    };
    let restoring = RwSignal::new(false);
    let steps = [
        (Step::Connection, W::SetupConnection),
        (Step::Person, W::SetupPerson),
        (Step::Token, W::SetupToken),
        (Step::Recovery, W::SetupRecovery),
        (Step::Backup, W::SetupBackup),
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
                    Step::Backup => view! { <Backup setup/> }.into_any(),
                }}
                {move || (setup.step.get() == Step::Connection).then(|| view! {
                    <p class="note">{t(W::HaveBackup)}" "<button type="button" class="link" data-testid="btn-restore"
                        on:click=move |_| restoring.set(true)>{t(W::RestoreFrom)}</button></p>
                })}
                <RestoreDialog open=restoring/>
            </div>
        </main>
    }
}
