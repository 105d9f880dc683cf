//! The connection file: what it brings, and its fingerprint against the printed one.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{PickPath, PreviewConnection};

use super::{Setup, Step};
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};

/// Letters and digits only: people type groups with or without spaces, in any case.
fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[component]
pub fn Connection(setup: Setup) -> impl IntoView {
    let failed = RwSignal::new(None::<AppError>);
    let checked = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let read = move |path: String| {
        failed.set(None);
        setup.preview.set(None);
        setup.path.set(path.clone());
        spawn_local(async move {
            match ipc::call(PreviewConnection { path }).await {
                Ok(preview) => {
                    setup.preview.try_set(Some(preview));
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let pick = move || {
        spawn_local(async move {
            match ipc::call(PickPath {
                kind: "connection".to_owned(),
                suggested: String::new(),
            })
            .await
            {
                Ok(Some(path)) => read(path),
                Ok(None) => {}
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let last = move || {
        setup.preview.with(|p| {
            p.as_ref()
                .and_then(|p| p.fingerprint.split_whitespace().last().map(plain))
                .unwrap_or_default()
        })
    };
    let typed_right = Memo::new(move |_| {
        let typed = plain(&typed.get());
        !typed.is_empty() && typed == last()
    });
    let ready = move || setup.preview.with(Option::is_some) && (checked.get() || typed_right.get());
    view! {
        <section class="step" data-testid="step-connection">
            <p>{t(W::ConnectionNote)}</p>
            <div class="row">
                <button type="button" class="btn" class:main=move || setup.preview.with(Option::is_none)
                    data-testid="pick-connection" on:click=move |_| pick()>{icon(Icon::File)}{t(W::PickConnection)}</button>
                <small class="path" data-testid="connection-path">{move || setup.path.get()}</small>
            </div>
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| pick())/>
            })}
            {move || setup.preview.get().map(|p| view! {
                {p.training.then(|| view! { <div class="notice wait" data-testid="connection-training">{icon(Icon::Warning)}<span>{t(W::TrainingPortal)}</span></div> })}
                <dl class="facts" data-testid="connection-preview">
                    <dt>{t(W::PortalWord)}</dt><dd>{p.portal.clone()}</dd>
                    <dt>{t(W::TreasuryWord)}</dt><dd>{p.treasury.clone()}</dd>
                    <dt>{t(W::ValidTo)}</dt><dd>{say::date(p.valid_to)}</dd>
                    <dt>{t(W::UnitsWord)}</dt>
                    <dd>{p.units.iter().map(|u| view! {
                        <div class="unit-brought" style=format!("--hue:{}", u.hue)>
                            <span class="unit-stripe" aria-hidden="true"></span>
                            <div><b>{u.name.clone()}</b>" "<small>{u.code.clone()}</small><br/>
                                <small>{tf(W::BringsCount, &[&u.accounts.len(), &u.signers.len()])}</small>
                                {u.signers.iter().map(|s| view! { <small class="block">{format!("{}: {}", s.title, s.name)}</small> }).collect_view()}
                            </div>
                        </div>
                    }).collect_view()}</dd>
                </dl>
                <div class="fingerprint">
                    <small>{t(W::FingerprintCompare)}</small>
                    <output class="mono" data-testid="fingerprint">{p.fingerprint.clone()}</output>
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
                    {move || (!typed.with(String::is_empty) && plain(&typed.get()).len() >= last().len() && !typed_right.get()).then(|| view! {
                        <p class="err" data-testid="fingerprint-differs">{icon(Icon::Cross)}<span>{t(W::FingerprintDiffers)}</span></p>
                    })}
                </div>
            })}
            <footer class="step-foot">
                <button type="button" class="btn main" data-testid="step-next" disabled=move || !ready()
                    title=move || (!ready()).then_some(t(W::CompareFirst))
                    on:click=move |_| setup.step.set(Step::Person)>{t(W::Next)}</button>
            </footer>
        </section>
    }
}
