//! Máy của đơn vị: which PCs may send, and Thu hồi máy.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{AskDevices, GetDevices, RevokeDevice};
use hoso_contract::view::{DeviceRow, DeviceStanding, DevicesView};

use crate::ipc;
use crate::say;
use crate::state::desk;
use crate::widgets::confirm::Confirm;
use crate::words::{W, t, tf};

#[component]
pub fn Devices() -> impl IntoView {
    let desk = desk();
    let known = RwSignal::new(None::<DevicesView>);
    let ending = RwSignal::new(None::<DeviceRow>);
    let asking = RwSignal::new(false);
    Effect::new(move || {
        desk.devices.track();
        spawn_local(async move {
            match ipc::call(GetDevices {}).await {
                Ok(view) => {
                    known.try_set(Some(view));
                }
                Err(error) => desk.fail(error),
            }
        });
    });
    let ask = move || desk.run(AskDevices {}, |()| {});
    // the portal is asked once each time this is opened; its answer comes as a fact
    Effect::new(ask);
    let question = Signal::derive(move || {
        let name = ending.get().map(|row| row.name).unwrap_or_default();
        tf(W::RevokeQuestion, &[&name])
    });
    let revoke = move |reason: String| {
        let Some(row) = ending.get_untracked() else {
            return;
        };
        let device = row.device;
        desk.run(RevokeDevice { device, reason }, move |view| {
            known.set(Some(view));
            desk.toast(tf(W::RevokeKept, &[&row.name]));
        });
    };
    let row = move |row: DeviceRow| {
        let shown = row.clone();
        let testid = format!("device-{}", row.device);
        view! {
            <li class="row between" data-testid=testid>
                <span><b>{shown.name}</b>" "<small>{tf(W::EnrolledAt, &[&say::date_time_of(shown.enrolled_at)])}</small>
                    <br/><small>{standing(&row.standing)}</small></span>
                {(row.standing == DeviceStanding::Other).then(|| view! {
                    <button type="button" class="btn quiet" data-testid="btn-revoke-device" disabled=move || desk.read_only()
                        on:click=move |_| { ending.set(Some(row.clone())); asking.set(true); }>{t(W::RevokeAct)}</button>
                })}
            </li>
        }
    };
    view! {
        <section class="card side" data-testid="devices">
            <h2>{t(W::DevicesWord)}</h2>
            <p class="note">{t(W::DevicesNote)}</p>
            {move || known.get().map(|view| match view.told {
                None => view! { <p class="note" data-testid="devices-untold">{t(W::DevicesUntold)}</p> }.into_any(),
                Some(at) => view! {
                    <ul class="plain">{view.devices.into_iter().map(row).collect_view()}</ul>
                    <p class="note">{tf(W::DevicesTold, &[&say::date_time_of(at)])}</p>
                }.into_any(),
            })}
            <button type="button" class="btn quiet" data-testid="btn-ask-devices" on:click=move |_| ask()>{t(W::AskAgain)}</button>
            <Confirm open=asking title=Signal::derive(|| t(W::RevokeAct).to_owned()) question reason=t(W::RevokeReason)
                yes=t(W::RevokeAct) tone="danger" testid="revoke-device" act=Callback::new(revoke)/>
        </section>
    }
}

fn standing(standing: &DeviceStanding) -> String {
    match standing {
        DeviceStanding::This => t(W::DeviceThis).to_owned(),
        DeviceStanding::Other => t(W::DeviceMaySend).to_owned(),
        DeviceStanding::Ending { reason } => tf(W::DeviceEnding, &[reason]),
        DeviceStanding::Ended { at, reason } => {
            tf(W::DeviceEnded, &[&say::date_time_of(*at), reason])
        }
    }
}
