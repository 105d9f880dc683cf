//! A question before an act that cannot be taken back, or that needs a reason in words.

use leptos::html;
use leptos::prelude::*;

use super::modal::Modal;
use crate::words::{W, t};

/// Asks `question`; `reason` labels a required text when it is not empty.
#[component]
pub fn Confirm(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] question: Signal<String>,
    #[prop(default = "")] reason: &'static str,
    yes: &'static str,
    #[prop(default = "main")] tone: &'static str,
    testid: &'static str,
    #[prop(into)] act: Callback<String>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let node = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if open.get() {
            text.set(String::new());
            tried.set(false);
        }
    });
    let missing = move || tried.get() && !reason.is_empty() && text.with(|t| t.trim().is_empty());
    let go = move || {
        tried.set(true);
        let words = text.get_untracked().trim().to_owned();
        if !reason.is_empty() && words.is_empty() {
            if let Some(node) = node.get_untracked() {
                let _ = node.focus();
            }
            return;
        }
        open.set(false);
        act.run(words);
    };
    view! {
        <Modal open title testid class="narrow">
            <form on:submit=move |e| { e.prevent_default(); go(); } novalidate>
                <p class="prewrap">{move || question.get()}</p>
                {(!reason.is_empty()).then(|| view! {
                    <div class="field" class:bad=missing>
                        <label for="confirm-reason">{reason}</label>
                        <textarea id="confirm-reason" node_ref=node rows="3" autocomplete="off" spellcheck="false"
                            data-testid=format!("{testid}-reason")
                            aria-invalid=move || missing().to_string()
                            aria-describedby="confirm-reason-error"
                            on:input=move |e| text.set(event_target_value(&e))></textarea>
                        <p class="err" id="confirm-reason-error">
                            {move || missing().then_some(t(W::ReasonNeeded))}
                        </p>
                    </div>
                })}
                <footer class="modal-foot">
                    <button type="button" class="btn" data-testid=format!("{testid}-no")
                        on:click=move |_| open.set(false)>{t(W::Cancel)}</button>
                    <button type="submit" class=format!("btn {tone}") data-testid=format!("{testid}-yes")
                        autofocus=reason.is_empty()>{yes}</button>
                </footer>
            </form>
        </Modal>
    }
}
