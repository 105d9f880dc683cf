//! The recovery code: shown large, printed, typed back.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{ConfirmRecovery, Secret};
use hoso_contract::{AppError, Code};

use super::{Setup, Step};
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::widgets::code::code_groups;
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};

#[component]
pub fn Recovery(setup: Setup) -> impl IntoView {
    let hidden = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let wrong = move || {
        failed.with(|f| {
            f.as_ref()
                .is_some_and(|e| e.code == Code::WrongRecoveryCode)
        })
    };
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || typed.with_untracked(|c| c.trim().is_empty()) {
            return;
        }
        busy.set(true);
        failed.set(None);
        let code = Secret(typed.get_untracked().trim().to_owned());
        spawn_local(async move {
            let end = ipc::call(ConfirmRecovery { code }).await;
            busy.try_set(false);
            match end {
                Ok(session) => {
                    setup.code.set(String::new());
                    setup.session.set(Some(session));
                    setup.step.set(Step::Backup);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <form class="step" data-testid="step-recovery" on:submit=go novalidate>
            <div class="print-code">
                <p>{t(W::RecoveryStepNote)}</p>
                <output class="recovery mono" data-testid="recovery-shown" data-code=move || setup.code.get()>
                    {move || if hidden.get() {
                        view! { <small>{t(W::CodeHidden)}</small> }.into_any()
                    } else {
                        code_groups(&setup.code.get()).into_any()
                    }}
                </output>
            </div>
            <div class="row">
                <button type="button" class="btn" data-testid="print-code" on:click=move |_| { let _ = window().print(); }>
                    {icon(Icon::Print)}{t(W::PrintCode)}</button>
                <button type="button" class="btn quiet" data-testid="hide-code" on:click=move |_| hidden.update(|h| *h = !*h)>
                    {icon(Icon::Eye)}{move || t(if hidden.get() { W::ShowCode } else { W::HideCode })}</button>
            </div>
            <div class="field" class:bad=wrong>
                <label for="recovery-typed">{t(W::TypeCodeBack)}</label>
                <input id="recovery-typed" class="in mono" data-testid="recovery-typed" autocomplete="off" spellcheck="false"
                    aria-invalid=move || wrong().to_string() aria-describedby="recovery-error"
                    on:focus=move |_| hidden.set(true)
                    on:input=move |e| typed.set(event_target_value(&e))/>
                <p class="err" id="recovery-error" data-testid="recovery-error">
                    {move || failed.get().filter(|_| wrong()).map(|e| {
                        let words = say::failure(&e);
                        tf(W::TwoSentences, &[&words.title, &words.remedy])
                    })}
                </p>
            </div>
            {move || failed.get().filter(|e| e.code != Code::WrongRecoveryCode).map(|error| view! {
                <FailurePanel error=Signal::stored(error)/>
            })}
            <footer class="step-foot">
                <button type="submit" class="btn main" data-testid="step-done" disabled=move || busy.get() || typed.with(|c| c.trim().is_empty())>
                    {t(W::Next)}</button>
            </footer>
        </form>
    }
}
