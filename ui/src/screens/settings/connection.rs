//! Kết nối Kho bạc: the connection file in use, and a newer one in its place.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{CompareConnection, GetConnection, PickPath, RenewConnection};
use hoso_contract::view::{Changed, ConnectionChange, ConnectionView};

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::fingerprint::Fingerprint;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

#[component]
pub fn Connection() -> impl IntoView {
    let desk = desk();
    let known = RwSignal::new(None::<ConnectionView>);
    let failed = RwSignal::new(None::<AppError>);
    let path = RwSignal::new(String::new());
    let change = RwSignal::new(None::<ConnectionChange>);
    let asking = RwSignal::new(false);
    spawn_local(async move {
        match ipc::call(GetConnection {}).await {
            Ok(view) => {
                known.try_set(view);
            }
            Err(error) => desk.fail(error),
        }
    });
    let read = move |chosen: String| {
        path.set(chosen.clone());
        spawn_local(async move {
            match ipc::call(CompareConnection { path: chosen }).await {
                Ok(found) => {
                    change.try_set(Some(found));
                    asking.try_set(true);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let pick = move || {
        failed.set(None);
        let ask = PickPath {
            kind: "connection".to_owned(),
            suggested: String::new(),
        };
        desk.run(ask, move |chosen| {
            if let Some(chosen) = chosen {
                read(chosen);
            }
        });
    };
    let renew = move |fingerprint: String| {
        asking.set(false);
        let path = path.get_untracked();
        spawn_local(async move {
            match ipc::call(RenewConnection { path, fingerprint }).await {
                Ok(view) => {
                    known.try_set(Some(view));
                    desk.toast(t(W::ConnectionRenewed));
                    desk.refresh();
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let past = move |view: &ConnectionView| {
        let today = desk.session.with(|s| s.as_ref().map(|s| s.today));
        today.is_some_and(|today| view.valid_to < today)
    };
    view! {
        <section class="card side" data-testid="connection">
            <h2>{t(W::TreasuryLink)}</h2>
            <p class="note">{t(W::TreasuryLinkNote)}</p>
            {move || known.get().map(|view| view! {
                <dl class="facts" data-testid="connection-facts">
                    <dt>{t(W::PortalWord)}</dt><dd>{view.portal.clone()}</dd>
                    <dt>{t(W::AddressWord)}</dt><dd data-testid="connection-address">{view.address.clone()}</dd>
                    <dt>{t(W::ValidTo)}</dt><dd data-testid="connection-valid-to">{say::date(view.valid_to)}
                        {past(&view).then(|| view! { " "<span class="tag wait small">{t(W::PastDay)}</span> })}</dd>
                    {(!view.fingerprint.is_empty()).then(|| view! {
                        <dt>{t(W::FingerprintWord)}</dt><dd class="mono" data-testid="connection-fingerprint">{view.fingerprint.clone()}</dd>
                    })}
                </dl>
            })}
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| pick())/>
            })}
            <button type="button" class="btn" data-testid="btn-new-connection"
                disabled=move || desk.read_only() || known.with(Option::is_none) on:click=move |_| pick()>
                {icon(Icon::File)}{t(W::NewConnection)}</button>
            <Modal open=asking title=Signal::derive(|| t(W::NewConnectionTitle).to_owned()) testid="new-connection">
                {move || change.get().map(|change| view! { <Change change asking act=Callback::new(renew)/> })}
            </Modal>
        </section>
    }
}

/// What the file changes, and its fingerprint against the printed one.
#[component]
fn Change(
    change: ConnectionChange,
    asking: RwSignal<bool>,
    /// Takes the file with this fingerprint over.
    act: Callback<String>,
) -> impl IntoView {
    let compared = RwSignal::new(false);
    let ConnectionChange {
        present,
        new,
        changes,
        to_enrol,
        not_added,
    } = change;
    let rows = changes
        .iter()
        .map(|c| (label(*c), values(*c, &present, &new)));
    let rows: Vec<(W, String)> = rows.collect();
    let fingerprint = new.fingerprint.clone();
    view! {
        <h3>{t(W::WhatChanges)}</h3>
        {rows.is_empty().then(|| view! { <p data-testid="nothing-changes">{t(W::NothingChanges)}</p> })}
        <ul class="plain" data-testid="connection-changes">
            {rows.into_iter().map(|(label, values)| view! {
                <li><b>{t(label)}</b>{(!values.is_empty()).then(|| view! { <br/><small>{values}</small> })}</li>
            }).collect_view()}
        </ul>
        <p data-testid="connection-enrolment">{t(if to_enrol { W::ToEnrol } else { W::EnrolmentKept })}</p>
        {(!not_added.is_empty()).then(|| view! {
            <div class="notice wait" data-testid="units-not-added">{icon(Icon::Warning)}<span>{tf(W::NotAddedUnits, &[&not_added.join(", ")])}</span></div>
        })}
        <Fingerprint fingerprint=new.fingerprint compared/>
        <footer class="modal-foot">
            <button type="button" class="btn" data-testid="new-connection-no" on:click=move |_| asking.set(false)>{t(W::Cancel)}</button>
            <button type="button" class="btn main" data-testid="new-connection-yes" disabled=move || !compared.get()
                title=move || (!compared.get()).then_some(t(W::CompareFirst))
                on:click=move |_| act.run(fingerprint.clone())>{t(W::UseThisFile)}</button>
        </footer>
    }
}

fn label(changed: Changed) -> W {
    match changed {
        Changed::PortalName => W::ChangedPortalName,
        Changed::Address => W::AddressWord,
        Changed::Tls => W::ChangedTls,
        Changed::Receipts => W::ChangedReceipts,
        Changed::Signers => W::ChangedSigners,
        Changed::Timestamps => W::ChangedTimestamps,
        Changed::RevocationLists => W::ChangedLists,
        Changed::Units => W::ChangedUnits,
        Changed::ValidTo => W::ValidTo,
    }
}

/// Before and after, where people can read them.
fn values(changed: Changed, present: &ConnectionView, new: &ConnectionView) -> String {
    let (before, after) = match changed {
        Changed::PortalName => (present.portal.clone(), new.portal.clone()),
        Changed::Address => (present.address.clone(), new.address.clone()),
        Changed::ValidTo => (say::date(present.valid_to), say::date(new.valid_to)),
        _ => return String::new(),
    };
    tf(W::FromTo, &[&before, &after])
}
