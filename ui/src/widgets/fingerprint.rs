//! The fingerprint of a connection file, to be compared with the printed one before the file is used.

use leptos::prelude::*;

use crate::icons::{Icon, icon};
use crate::words::{W, t};

/// Letters and digits only: people type groups with or without spaces, in any case.
fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// `compared` is set while a person says that the two are the same: by the last group, or by a tick.
#[component]
pub fn Fingerprint(fingerprint: String, compared: RwSignal<bool>) -> impl IntoView {
    let checked = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let last = fingerprint.split_whitespace().last().map(plain);
    let last = StoredValue::new(last.unwrap_or_default());
    let right = move || typed.with(|t| !t.is_empty() && plain(t) == last.get_value());
    let whole = move || typed.with(|t| !t.is_empty() && plain(t).len() >= last.get_value().len());
    Effect::new(move || compared.set(checked.get() || right()));
    view! {
        <div class="fingerprint">
            <small>{t(W::FingerprintCompare)}</small>
            <output class="mono" data-testid="fingerprint">{fingerprint}</output>
            <div class="row">
                <div class="field narrow-field">
                    <label for="fingerprint-last">{t(W::FingerprintLast)}</label>
                    <input id="fingerprint-last" class="in mono" data-testid="fingerprint-last" autocomplete="off" spellcheck="false"
                        on:input=move |e| typed.set(event_target_value(&e))/>
                </div>
                <span>{t(W::Or)}</span>
                <label class="tick"><input type="checkbox" data-testid="fingerprint-checked"
                    on:change=move |e| checked.set(event_target_checked(&e))/><span>{t(W::FingerprintChecked)}</span></label>
            </div>
            {move || (whole() && !right()).then(|| view! {
                <p class="err" data-testid="fingerprint-differs">{icon(Icon::Cross)}<span>{t(W::FingerprintDiffers)}</span></p>
            })}
        </div>
    }
}
