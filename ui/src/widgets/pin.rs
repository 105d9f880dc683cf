//! A PIN field: takes paste, can be shown, warns of Caps Lock. The text is wiped after use.

use leptos::prelude::*;

use crate::icons::{Icon, icon};
use crate::words::{W, t};

/// What was typed, wiped when dropped.
pub type Pin = RwSignal<String>;

#[component]
pub fn PinField(
    pin: Pin,
    #[prop(into)] label: Signal<String>,
    #[prop(default = "pin")] testid: &'static str,
    #[prop(into, optional)] error: Signal<String>,
    #[prop(into, optional)] disabled: Signal<bool>,
    #[prop(default = false)] autofocus: bool,
    #[prop(default = "off")] autocomplete: &'static str,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let caps = RwSignal::new(false);
    let error_id = format!("{testid}-error");
    let described = error_id.clone();
    view! {
        <div class="field" class:bad=move || !error.get().is_empty()>
            <label for=testid>{move || label.get()}</label>
            <div class="with-button">
                <input id=testid data-testid=testid class="in pin" autocomplete=autocomplete spellcheck="false"
                    type=move || if shown.get() { "text" } else { "password" }
                    autofocus=autofocus
                    disabled=move || disabled.get()
                    prop:value=move || pin.get()
                    aria-invalid=move || (!error.get().is_empty()).to_string()
                    aria-describedby=described
                    on:keydown=move |e| caps.set(e.get_modifier_state("CapsLock"))
                    on:input=move |e| pin.set(event_target_value(&e))/>
                <button type="button" class="btn quiet square" aria-pressed=move || shown.get().to_string()
                    aria-label=t(W::ShowPin) title=t(W::ShowPin) data-testid=format!("{testid}-show")
                    on:click=move |_| shown.update(|s| *s = !*s)>{icon(Icon::Eye)}</button>
            </div>
            <p class="err" id=error_id data-testid=format!("{testid}-error") aria-live="polite">
                {move || error.get()}
            </p>
            {move || caps.get().then(|| view! { <p class="note wait">{icon(Icon::Warning)}{t(W::CapsLock)}</p> })}
        </div>
    }
}

/// Takes the typed text out and leaves the field empty.
pub fn take(pin: Pin) -> hoso_contract::command::Secret {
    let mut typed = String::new();
    pin.update(|p| std::mem::swap(p, &mut typed));
    hoso_contract::command::Secret(typed)
}
