//! Chờ gửi: per row why it waits and when it is tried again. Nothing here is ever dropped.

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::{
    GetOutbox, HandedInOtherwise, Hold, Mend, Release, SaveSettings, SendNow,
};
use hoso_contract::view::{LinkView, OutboxRow, Settings};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::{Desk, desk};
use crate::widgets::confirm::Confirm;
use crate::widgets::failure::FailurePanel;
use crate::widgets::tag::LocalTag;
use crate::words::{W, t, tf};

#[component]
pub fn Outbox() -> impl IntoView {
    let desk = desk();
    let rows = RwSignal::new(Vec::<OutboxRow>::new());
    let failed = RwSignal::new(None::<AppError>);
    let loaded = RwSignal::new(false);
    let again = RwSignal::new(0u32);
    Effect::new(move |_| {
        desk.dossiers.track();
        desk.link.track();
        again.track();
        leptos::task::spawn_local(async move {
            match ipc::call(GetOutbox {}).await {
                Ok(got) => {
                    rows.try_set(got);
                    failed.try_set(None);
                    loaded.try_set(true);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    });
    let reload = move || again.update(|n| *n = n.wrapping_add(1));
    let paused = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().is_some_and(|s| s.settings.paused))
    });
    Effect::new(move |_| {
        paused.track();
        untrack(reload);
    });
    let taking_back = RwSignal::new(false);
    let carrying = RwSignal::new(false);
    let subject = RwSignal::new(None::<(DossierId, String)>);
    let named = move |word: W| {
        Signal::derive(move || {
            subject.with(|s| {
                s.as_ref()
                    .map_or_else(String::new, |(_, name)| tf(word, &[name]))
            })
        })
    };
    view! {
        <div class="screen" data-testid="screen-outbox">
            <header class="head">
                <div class="title"><h1>{t(W::Outbox)}</h1><p class="subtitle"><small>{t(W::OutboxNote)}</small></p></div>
                <div class="acts">
                    {move || (!desk.read_only()).then(|| view! {
                        <button type="button" class="btn" data-testid="btn-pause" aria-pressed=move || paused.get().to_string()
                            on:click=move |_| set_paused(desk, !paused.get_untracked())>
                            {move || t(if paused.get() { W::Resume } else { W::Pause })}</button>
                    })}
                    <button type="button" class="btn main" data-testid="btn-send-now"
                        disabled=move || rows.with(Vec::is_empty) || paused.get() title=move || paused.get().then_some(t(W::PausedNote))
                        on:click=move |_| desk.run(SendNow { id: None }, move |()| { desk.toast(t(W::SendingAll)); reload(); })>
                        {icon(Icon::Up)}{t(W::SendNow)}
                    </button>
                </div>
            </header>
            {move || paused.get().then(|| view! {
                <div class="notice wait" data-testid="paused">{icon(Icon::Warning)}<span>{t(W::PausedNote)}</span></div>
            })}
            <Progress/>
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| reload())/>
            })}
            <div class="card scroll">
                <table class="list" data-testid="outbox">
                    <thead><tr>
                        <th>{t(W::Dossier)}</th><th class="num">{t(W::Amount)}</th><th class="num">{t(W::Size)}</th>
                        <th>{t(W::State)}</th><th>{t(W::WhyWhen)}</th><th><span class="hidden">{t(W::Act)}</span></th>
                    </tr></thead>
                    <tbody>
                        <For each=move || rows.get() key=|r| format!("{r:?}") let:row>
                            <Row row again taking_back carrying subject/>
                        </For>
                    </tbody>
                </table>
                {move || (loaded.get() && rows.with(Vec::is_empty)).then(|| view! {
                    <div class="empty" data-testid="outbox-none">{icon(Icon::Check)}<b>{t(W::OutboxEmpty)}</b><p>{t(W::OutboxEmptyNote)}</p></div>
                })}
            </div>
            <Confirm open=taking_back title=t(W::TakeBack).to_owned() question=named(W::TakeBackAsk) yes=t(W::TakeBack) testid="take-back"
                act=move |_| if let Some((id, _)) = subject.get_untracked() {
                    desk.run(Mend { id }, move |()| { desk.refresh(); desk.edit(id); });
                }/>
            <Confirm open=carrying title=t(W::HandedInOtherwise).to_owned() question=named(W::HandedInAsk) reason=t(W::HandedInHow)
                yes=t(W::HandedInYes) testid="carry"
                act=move |how| if let Some((id, _)) = subject.get_untracked() {
                    desk.run(HandedInOtherwise { id, how }, move |()| { reload(); desk.refresh(); });
                }/>
        </div>
    }
}

/// Tạm dừng, or Tiếp tục gửi.
fn set_paused(desk: Desk, paused: bool) {
    let settings = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.settings.clone()));
    if let Some(settings) = settings {
        let settings = Settings { paused, ..settings };
        desk.run(SaveSettings { settings }, move |session| desk.open(session));
    }
}

/// The bar over the list while bytes are on their way.
#[component]
fn Progress() -> impl IntoView {
    let desk = desk();
    let link = Memo::new(move |_| desk.session.with(|s| s.as_ref().map(|s| s.link.clone())));
    view! {
        {move || match link.get() {
            Some(LinkView::Sending { done, of, percent }) => view! {
                <div class="card progress" data-testid="sending">
                    <div class="row between">
                        <b>{tf(W::SendingOf, &[&done, &of])}</b>
                        <small>{move || desk.sending.get().map(|(_, a, all)| tf(W::ServerHas, &[&say::size(a), &say::size(all)]))}</small>
                        <b class="num">{percent}" %"</b>
                    </div>
                    <progress max="100" value=percent.to_string() aria-label=t(W::Progress)></progress>
                </div>
            }.into_any(),
            Some(LinkView::Offline { why: Some(error), next_try }) => view! {
                <div class="notice wait" data-testid="outbox-offline">{icon(Icon::Offline)}
                    <div><b>{say::failure(&error).title}</b>" "{say::failure(&error).cause}
                        {next_try.map(|at| view! { " "<span>{tf(W::NextTryNote, &[&say::time(at)])}</span> })}</div>
                </div>
            }.into_any(),
            _ => ().into_any(),
        }}
    }
}

#[component]
fn Row(
    row: OutboxRow,
    again: RwSignal<u32>,
    taking_back: RwSignal<bool>,
    carrying: RwSignal<bool>,
    subject: RwSignal<Option<(DossierId, String)>>,
) -> impl IntoView {
    let desk = desk();
    let id = row.id;
    let reload = move || again.update(|n| *n = n.wrapping_add(1));
    let name = if row.title.is_empty() {
        row.number.clone()
    } else {
        row.title.clone()
    };
    let about = StoredValue::new((id, name.clone()));
    let queued = row.local == LocalState::Queued;
    let held = row.local == LocalState::Held;
    let sending = row.local == LocalState::Sending;
    let parked = matches!(row.local, LocalState::Parked { .. });
    let unknown = row.local == LocalState::Unknown;
    let sendable = queued || (parked && row.local.may_become(&LocalState::Queued));
    let giving_up = LocalState::Parked {
        reason: ParkReason::GivingUp,
    };
    let at_treasury = matches!(
        row.local,
        LocalState::Parked {
            reason: ParkReason::Conflict | ParkReason::Overtaken
        }
    );
    let can = row.local != giving_up && !untrack(|| desk.read_only());
    let carries = can && !at_treasury;
    let given_up = say::giving_up(&row.local);
    let ask = move |dialog: RwSignal<bool>| {
        subject.set(Some(about.get_value()));
        dialog.set(true);
    };
    let why = row.why.as_ref().map(say::failure);
    let remarks: Vec<(String, String)> = row
        .remarks
        .iter()
        .map(|r| (say::place(&r.place, &row.form), r.text.clone()))
        .collect();
    let mut when = Vec::new();
    if let Some(at) = row.next_try {
        when.push(tf(W::NextTryAt, &[&say::date_time(at)]));
    }
    if row.attempts > 0 {
        when.push(tf(W::Attempts, &[&row.attempts]));
    }
    if let Some(seconds) = row.seconds.filter(|_| queued || sending) {
        when.push(tf(W::AboutTime, &[&say::duration(seconds)]));
    }
    if let Some(due) = row.due {
        when.push(tf(W::DueOn, &[&say::date(due)]));
    }
    let size = if row.acknowledged > 0 && row.acknowledged < row.bytes {
        tf(
            W::SizeOf,
            &[&say::size(row.acknowledged), &say::size(row.bytes)],
        )
    } else {
        say::size(row.bytes)
    };
    view! {
        <tr data-testid="outbox-row" data-dossier=id.to_string()>
            <td>
                <button type="button" class="link" data-testid="outbox-open" on:click=move |_| desk.edit(id)><b>{name}</b></button>
                <br/><small>{format!("{} · {}", row.number, tf(W::FormNumber, &[&row.form]))}</small>
            </td>
            <td class="num">{row.total.to_string()}</td>
            <td class="num nowrap">{size}</td>
            <td><LocalTag state=Signal::stored(row.local.clone())/></td>
            <td data-testid="outbox-why" data-code=row.why.as_ref().map(|e| e.code.as_str())>
                {match why {
                    Some(words) => view! { <b>{words.title}</b><p class="note">{words.remedy}</p> }.into_any(),
                    None if unknown => view! { <span>{t(W::AskingPortal)}</span> }.into_any(),
                    None if given_up.is_some() => view! { <span>{given_up}</span> }.into_any(),
                    None if held => view! { <span>{t(W::HeldByYou)}</span> }.into_any(),
                    None if queued => view! { <span>{t(W::TurnNext)}</span> }.into_any(),
                    None => ().into_any(),
                }}
                {(!remarks.is_empty()).then(|| view! {
                    <ul class="asked">
                        {remarks.into_iter().map(|(place, words)| view! {
                            <li data-testid="outbox-remark">{icon(Icon::Warning)}<span><b>{place}</b>" — “"{words}"”"</span></li>
                        }).collect_view()}
                    </ul>
                })}
                <small class="block" data-testid="outbox-when">{when.join(" · ")}</small>
            </td>
            <td><div class="row-acts">
                {(can && sendable).then(|| view! {
                    <button type="button" class="btn small" data-testid="row-send" on:click=move |_| desk.run(SendNow { id: Some(id) }, move |()| reload())>{t(W::SendNow)}</button>
                })}
                {(can && (queued || sending)).then(|| view! {
                    <button type="button" class="btn quiet small" data-testid="row-hold" on:click=move |_| desk.run(Hold { id }, move |()| reload())>{t(W::Hold)}</button>
                })}
                {(can && held).then(|| view! {
                    <button type="button" class="btn small" data-testid="row-release" on:click=move |_| desk.run(Release { id }, move |()| reload())>{t(W::Release)}</button>
                })}
                {can.then(|| view! {
                    <button type="button" class="btn quiet small" data-testid="row-mend" on:click=move |_| ask(taking_back)>{t(W::TakeBack)}</button>
                })}
                {carries.then(|| view! {
                    <button type="button" class="btn quiet small" data-testid="row-carry" on:click=move |_| ask(carrying)>{t(W::HandedInOtherwise)}</button>
                })}
            </div></td>
        </tr>
    }
}
