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
use crate::widgets::fingerprint::Fingerprint;
use crate::words::{W, t, tf};

#[component]
pub fn Connection(setup: Setup) -> impl IntoView {
    let failed = RwSignal::new(None::<AppError>);
    let compared = RwSignal::new(false);
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
    let ready = move || setup.preview.with(Option::is_some) && compared.get();
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
                <Fingerprint fingerprint=p.fingerprint.clone() compared/>
            })}
            <footer class="step-foot">
                <button type="button" class="btn main" data-testid="step-next" disabled=move || !ready()
                    title=move || (!ready()).then_some(t(W::CompareFirst))
                    on:click=move |_| setup.step.set(Step::Person)>{t(W::Next)}</button>
            </footer>
        </section>
    }
}
