//! Thông báo của Kho bạc: what it told the unit beside its dossiers; what was read stays at hand.

use leptos::prelude::*;

use hoso_contract::command::{GetNotices, MarkNoticeRead};
use hoso_contract::view::NoticeView;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::desk;
use crate::words::{W, t, tf};

/// The card; nothing at all while the treasury never told anything.
#[component]
pub fn Notices() -> impl IntoView {
    let desk = desk();
    let all = LocalResource::new(move || {
        desk.results.track();
        ipc::call(GetNotices {})
    });
    view! {
        {move || all.get().and_then(Result::ok).filter(|all| !all.is_empty()).map(|all| {
            let (unread, read): (Vec<_>, Vec<_>) = all.into_iter().partition(|n| n.unread);
            let none = unread.is_empty();
            view! {
                <section class="card side" data-testid="notices">
                    <h2>{t(W::TreasuryNotices)}</h2>
                    {none.then(|| view! { <p class="note">{t(W::NoticesAllRead)}</p> })}
                    <ul class="plain roomy">{unread.into_iter().map(notice).collect_view()}</ul>
                    {(!read.is_empty()).then(|| view! {
                        <details>
                            <summary data-testid="notices-read">{tf(W::NoticesRead, &[&read.len()])}</summary>
                            <ul class="plain roomy">{read.into_iter().map(notice).collect_view()}</ul>
                        </details>
                    })}
                </section>
            }
        })}
    }
}

fn notice(told: NoticeView) -> impl IntoView {
    let desk = desk();
    let id = told.id;
    view! {
        <li data-testid="notice" data-unread=told.unread.to_string()>
            <b>{told.title}</b>" "<small>{say::date_time_of(told.at)}</small>
            <p>{told.text}</p>
            {(told.unread && !desk.read_only()).then(|| view! {
                <button type="button" class="btn quiet small" data-testid="notice-read"
                    on:click=move |_| desk.run(MarkNoticeRead { id }, |()| {})>{icon(Icon::Check)}{t(W::NoticeSeen)}</button>
            })}
        </li>
    }
}
