//! Which certificate signs: every one that is there, greyed with the reason where it cannot.

use leptos::prelude::*;

use hoso_contract::command::{AnnounceCertificate, PickPath, TryModule};
use hoso_contract::view::{CertificateView, Renewal, RenewalState, TokenView};
use hoso_domain::digest::Digest;

use super::token::Found;
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};

/// Tokens with their certificates to choose from.
#[component]
pub fn Certificates(
    tokens: Found,
    certificate: RwSignal<Option<Digest>>,
    /// Called to search anew.
    #[prop(into)]
    search: Callback<()>,
) -> impl IntoView {
    let desk = desk();
    let own_module = move |_| {
        desk.run(
            PickPath {
                kind: "module".to_owned(),
                suggested: String::new(),
            },
            move |path| {
                let Some(path) = path else { return };
                tokens.set(None);
                leptos::task::spawn_local(async move {
                    let found = crate::ipc::call(TryModule { path }).await;
                    tokens.try_set(Some(found));
                });
            },
        );
    };
    view! {
        <div class="certificates" data-testid="certificates">
            {move || match tokens.get() {
                None => view! { <p class="note" aria-busy="true">{t(W::LookingForTokens)}</p> }.into_any(),
                Some(Err(error)) => view! { <FailurePanel error=Signal::stored(error) act=search/> }.into_any(),
                Some(Ok(found)) => {
                    let none = found.tokens.is_empty();
                    view! {
                        {found.tokens.into_iter().map(|token| view! { <Token token certificate/> }).collect_view()}
                        {none.then(|| view! {
                            <div class="notice wait" data-testid="no-token">{icon(Icon::Token)}
                                <div><b>{t(W::NoTokenIn)}</b><p>{t(W::PlugToken)}</p></div></div>
                        })}
                        {found.unreadable.into_iter().map(|(slot, error)| view! {
                            <div class="notice wait" data-testid="unreadable">{icon(Icon::Warning)}
                                <div><b>{tf(W::UnreadableSlot, &[&slot])}</b><p>{say::failure(&error).remedy}</p></div></div>
                        }).collect_view()}
                        {(!found.failed.is_empty()).then(|| view! {
                            <details class="modules" open=none data-testid="module-problems">
                                <summary>{tf(W::ModuleProblems, &[&found.failed.len()])}</summary>
                                {found.failed.into_iter().map(|(path, error)| {
                                    let words = say::failure(&error);
                                    view! {
                                        <div class="module-problem" data-code=error.code.as_str()>
                                            <code>{path}</code><p><b>{words.title}</b>" "{words.remedy}</p>
                                        </div>
                                    }
                                }).collect_view()}
                            </details>
                        })}
                    }.into_any()
                }
            }}
            <div class="row">
                <button type="button" class="btn quiet flush" data-testid="btn-find-tokens" on:click=move |_| search.run(())>{t(W::SearchAgain)}</button>
                <button type="button" class="btn quiet flush" data-testid="btn-own-module" on:click=own_module>{t(W::OwnModule)}</button>
            </div>
        </div>
    }
}

#[component]
fn Token(token: TokenView, certificate: RwSignal<Option<Digest>>) -> impl IntoView {
    let none = token.certificates.is_empty();
    view! {
        <fieldset class="token" data-testid="token" data-serial=token.serial.clone()>
            <legend>{icon(Icon::Token)}{token.label.clone()}<small>{token.serial.clone()}</small></legend>
            {token.certificates.into_iter().enumerate().map(|(n, c)| view! { <Choice n c certificate/> }).collect_view()}
            {none.then(|| view! { <p class="note">{t(W::NoCertificateOnToken)}</p> })}
        </fieldset>
    }
}

#[component]
fn Choice(n: usize, c: CertificateView, certificate: RwSignal<Option<Digest>>) -> impl IntoView {
    let id = c.id;
    let usable = c.obstacles.is_empty();
    let chosen = Memo::new(move |_| certificate.get() == Some(id));
    let mark = c.mark.clone();
    let roles = c
        .roles
        .iter()
        .map(|r| format!("{mark} {}", say::role(*r)).trim().to_owned())
        .collect::<Vec<_>>()
        .join(", ");
    let root = c.root.clone();
    let soon = c
        .warnings
        .iter()
        .map(|w| say::certificate_warning(w))
        .collect::<Vec<_>>();
    let why = c
        .obstacles
        .iter()
        .map(|o| (say::obstacle(o), say::obstacle_remedy(o)))
        .collect::<Vec<_>>();
    view! {
        <label class="certificate" class:on=move || chosen.get() class:out=!usable
            data-testid="certificate" data-holder=c.holder.clone() data-usable=usable.to_string()>
            <input type="radio" name="certificate" disabled=!usable data-testid=format!("certificate-{n}")
                aria-label=c.holder.clone()
                prop:checked=move || chosen.get() on:change=move |_| certificate.set(Some(id))/>
            <span>
                <b>{c.holder.clone()}</b>
                <small>{roles}</small>
                <small title=format!("{}\n{}", c.issuer, c.serial)>{c.issuer.clone()}</small>
                {(!root.is_empty()).then(|| view! { <small>{tf(W::RootOf, &[&root])}</small> })}
                <small>{tf(W::ExpiresOn, &[&say::date_of(c.not_after)])}</small>
                {soon.into_iter().map(|w| view! { <small class="wait" data-testid="ends-soon">{icon(Icon::Clock)}{w}</small> }).collect_view()}
                {why.into_iter().map(|(w, remedy)| view! {
                    <small class="bad" data-testid="obstacle">{icon(Icon::Cross)}{w}</small>
                    <small data-testid="obstacle-remedy">{remedy}</small>
                }).collect_view()}
                {c.renewal.map(|renewal| view! { <Renewed certificate=id renewal/> })}
            </span>
        </label>
    }
}

/// A certificate after a renewal: telling the treasury of it, and how far that came.
#[component]
fn Renewed(certificate: Digest, renewal: Renewal) -> impl IntoView {
    let desk = desk();
    let told = match renewal.state {
        RenewalState::Possible => None,
        RenewalState::Waiting => Some(t(W::RenewalWaiting).to_owned()),
        RenewalState::Announced => Some(t(W::RenewalAnnounced).to_owned()),
        RenewalState::Declined(ref why) => Some(tf(W::RenewalDeclined, &[why])),
    };
    let open = matches!(
        renewal.state,
        RenewalState::Possible | RenewalState::Declined(_)
    );
    view! {
        {told.map(|words| view! { <small data-testid="renewal">{icon(Icon::Clock)}{words}</small> })}
        {open.then(|| view! {
            <button type="button" class="btn quiet flush" data-testid="btn-announce" on:click=move |_| {
                desk.run(AnnounceCertificate { certificate }, move |_| desk.toast(t(W::RenewalNoted).to_owned()));
            }>{tf(W::AnnounceCertificate, &[&renewal.name])}</button>
        })}
    }
}
