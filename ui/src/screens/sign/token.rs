//! The tokens that are plugged in: looked for, chosen from, and what one warns of before its PIN is typed.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::FindTokens;
use hoso_contract::view::{CertificateView, TokenView, TokensView};
use hoso_domain::digest::Digest;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::Desk;
use crate::widgets::pin::Pin;
use crate::words::{W, t, tf};

/// What is plugged in; `None` while it is looked for.
pub type Found = RwSignal<Option<Result<TokensView, AppError>>>;

/// Looks for tokens anew.
pub fn search(tokens: Found) {
    tokens.set(None);
    spawn_local(async move {
        tokens.try_set(Some(ipc::call(FindTokens {}).await));
    });
}

/// What is plugged in, looked for at once and whenever a token comes or goes.
pub fn followed(desk: Desk) -> Found {
    let tokens: Found = RwSignal::new(None);
    Effect::new(move |_| {
        desk.tokens.track();
        untrack(|| search(tokens));
    });
    tokens
}

/// The certificate chosen, with the token it lies on.
pub fn chosen(
    tokens: Found,
    certificate: RwSignal<Option<Digest>>,
) -> Option<(TokenView, CertificateView)> {
    let id = certificate.get()?;
    tokens.with(|t| {
        let Some(Ok(found)) = t else { return None };
        found.tokens.iter().find_map(|token| {
            let certificate = token.certificates.iter().find(|c| c.id == id)?;
            Some((token.clone(), certificate.clone()))
        })
    })
}

pub fn is_locked(token: &TokenView) -> bool {
    token.warnings.iter().any(|w| w == "locked")
}

/// Whether a wrong PIN now locks it.
pub fn is_last_try(token: &TokenView) -> bool {
    token.warnings.iter().any(|w| w == "final-try")
}

/// Why `token` cannot be signed with now, in words; empty where it can.
pub fn why_not(token: &TokenView, pin: Pin, knows_last: RwSignal<bool>) -> String {
    if is_locked(token) {
        return t(W::TokenIsLocked).to_owned();
    }
    let length = u32::try_from(pin.with(|p| p.chars().count())).unwrap_or(u32::MAX);
    let short = length < token.pin_min.max(1);
    let long = token.pin_max > 0 && length > token.pin_max;
    if !token.protected_path && (short || long) {
        return tf(W::PinLength, &[&token.pin_min, &token.pin_max]);
    }
    if is_last_try(token) && !knows_last.get() {
        return t(W::ConfirmLastTry).to_owned();
    }
    String::new()
}

/// What the chosen token warns of.
#[component]
pub fn Warnings(token: Memo<Option<TokenView>>) -> impl IntoView {
    view! {
        {move || token.get().map(|token| {
            let tries = token.wrong_tries;
            token.warnings.into_iter().map(move |w| {
                let bad = w == "locked" || w == "final-try";
                view! {
                    <div class=if bad { "notice bad" } else { "notice wait" } data-testid="token-warning" data-warning=w.clone()>
                        {icon(Icon::Warning)}<span>{say::token_warning(&w, tries)}</span>
                    </div>
                }
            }).collect_view()
        })}
    }
}

/// What it warned of after a login that worked.
#[component]
pub fn AfterWarnings(after: RwSignal<Vec<String>>) -> impl IntoView {
    view! {
        {move || after.get().into_iter().map(|w| view! {
            <div class="notice wait" data-testid="after-warning" data-warning=w.clone()>{icon(Icon::Warning)}<span>{say::token_warning(&w, 0)}</span></div>
        }).collect_view()}
    }
}

/// Đây là lần thử cuối: to be ticked before a PIN is sent that may lock the token.
#[component]
pub fn LastTry(knows: RwSignal<bool>, testid: &'static str) -> impl IntoView {
    view! {
        <label class="tick"><input type="checkbox" data-testid=testid prop:checked=move || knows.get()
            on:change=move |e| knows.set(event_target_checked(&e))/><span>{t(W::KnowsLastTry)}</span></label>
    }
}
