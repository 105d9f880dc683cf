//! The person who works here, and the PIN that opens the program.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::CreateStore;

use super::{Setup, Step};
use crate::ipc;
use crate::widgets::failure::FailurePanel;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t};

#[component]
pub fn Person(setup: Setup) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let pin = RwSignal::new(String::new());
    let twice = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let differ = Signal::derive(move || {
        if tried.get() && pin.get() != twice.get() {
            t(W::PinsDiffer).to_owned()
        } else {
            String::new()
        }
    });
    let nameless = move || tried.get() && name.with(|n| n.trim().is_empty());
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let person_name = name.get_untracked().trim().to_owned();
        if busy.get_untracked()
            || person_name.is_empty()
            || pin.with_untracked(String::is_empty)
            || pin.get_untracked() != twice.get_untracked()
        {
            return;
        }
        busy.set(true);
        failed.set(None);
        let fingerprint = setup.preview.with_untracked(|p| {
            p.as_ref()
                .map_or_else(String::new, |p| p.fingerprint.clone())
        });
        let command = CreateStore {
            connection: setup.path.get_untracked(),
            fingerprint,
            person_name,
            pin: take(pin),
        };
        twice.set(String::new());
        tried.set(false);
        spawn_local(async move {
            let made = ipc::call(command).await;
            busy.try_set(false);
            match made {
                Ok(code) => {
                    setup.code.set(code.code);
                    setup.step.set(Step::Token);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <form class="step" data-testid="step-person" on:submit=go novalidate>
            <p>{t(W::PersonNote)}</p>
            <div class="field" class:bad=nameless>
                <label for="person-name">{t(W::PersonName)}</label>
                <input id="person-name" class="in" data-testid="person-name" autocomplete="off" spellcheck="false" autofocus=true
                    aria-invalid=move || nameless().to_string()
                    on:input=move |e| name.set(event_target_value(&e))/>
                <p class="err">{move || nameless().then_some(t(W::NameNeeded))}</p>
            </div>
            <div class="row top">
                <PinField pin label=t(W::PinOfProgram).to_owned()/>
                <PinField pin=twice label=t(W::PinAgain).to_owned() testid="pin-again" error=differ/>
            </div>
            <p class="note">{t(W::PinNote)}</p>
            {move || failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
            <footer class="step-foot">
                <button type="button" class="btn" data-testid="step-back" on:click=move |_| setup.step.set(Step::Connection)>{t(W::Back)}</button>
                <button type="submit" class="btn main" data-testid="step-next" disabled=move || busy.get()>
                    {move || t(if busy.get() { W::MakingStore } else { W::Next })}</button>
            </footer>
        </form>
    }
}
