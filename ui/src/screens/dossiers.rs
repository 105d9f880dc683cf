//! Hồ sơ: the list by change, amount or voucher's day, searched without accents, read on as it is
//! scrolled.

mod batch;

use std::time::Duration;

use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{ExportRegister, ListDossiers, PickPath};
use hoso_contract::view::{DossierPage, DossierRow, ListFilter, ListOrder};
use hoso_domain::form::{latest, library};

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::keys::is_typing;
use crate::say;
use crate::screens::tables::export;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::tag::{LocalTag, TreasuryTag};
use crate::words::{W, t, tf};
use batch::Batch;

/// Rows read at a time.
const PAGE: u32 = 60;

/// What the list can go by.
const ORDERS: &[(&str, ListOrder, W)] = &[
    ("newest", ListOrder::NewestFirst, W::SortNewest),
    ("oldest", ListOrder::OldestFirst, W::SortOldest),
    ("largest", ListOrder::LargestFirst, W::SortLargest),
    ("smallest", ListOrder::SmallestFirst, W::SortSmallest),
    ("latest", ListOrder::LatestDayFirst, W::SortLatestDay),
    ("earliest", ListOrder::EarliestDayFirst, W::SortEarliestDay),
];

#[component]
pub fn Dossiers() -> impl IntoView {
    let desk = desk();
    let filter = RwSignal::new(ListFilter::default());
    let rows = RwSignal::new(Vec::<DossierRow>::new());
    let after = RwSignal::new(None::<String>);
    let total = RwSignal::new(0u64);
    let failed = RwSignal::new(None::<AppError>);
    let loading = RwSignal::new(true);
    let asked = StoredValue::new(0u32);
    let read = move |more: bool| {
        let number = asked.get_value().wrapping_add(1);
        asked.set_value(number);
        loading.set(true);
        // what was read so far is read again in one go, so that the place in the list is kept
        let (from, limit) = if more {
            (after.get_untracked(), PAGE)
        } else {
            let shown = u32::try_from(rows.with_untracked(Vec::len)).unwrap_or(PAGE);
            (None, shown.clamp(PAGE, 600))
        };
        let filter = filter.get_untracked();
        spawn_local(async move {
            let got = ipc::call(ListDossiers {
                filter,
                after: from,
                limit,
            })
            .await;
            if asked.try_get_value() != Some(number) {
                return;
            }
            loading.set(false);
            match got {
                Ok(DossierPage {
                    rows: new,
                    after: next,
                    total: all,
                }) => {
                    failed.set(None);
                    rows.update(|rows| if more { rows.extend(new) } else { *rows = new });
                    after.set(next);
                    total.set(all);
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    Effect::new(move |_| {
        filter.track();
        desk.dossiers.track();
        untrack(|| read(false));
    });
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let search = move |text: String| {
        if let Some(handle) = timer.get_value() {
            handle.clear();
        }
        let handle = set_timeout_with_handle(
            move || {
                rows.set(Vec::new());
                filter.update(|f| f.text = text);
            },
            Duration::from_millis(150),
        );
        timer.set_value(handle.ok());
    };
    let choose = move |change: Box<dyn FnOnce(&mut ListFilter)>| {
        rows.set(Vec::new());
        filter.update(change);
    };
    let go_by = Callback::new(move |order: ListOrder| choose(Box::new(move |f| f.order = order)));
    let order_now = move || {
        let now = filter.with(|f| f.order);
        let named = ORDERS.iter().find(|(_, order, _)| *order == now);
        named.map_or("", |(name, ..)| *name)
    };
    let scrolled = move |event: web_sys::Event| {
        let element = event_target::<web_sys::Element>(&event);
        let left = element.scroll_height() - element.scroll_top() - element.client_height();
        if left < 400 && after.with_untracked(Option::is_some) && !loading.get_untracked() {
            read(true);
        }
    };
    let body = NodeRef::<html::Tbody>::new();
    let printing = RwSignal::new(false);
    let print_register = move || {
        let ask = PickPath {
            kind: "save-pdf".to_owned(),
            suggested: "so-theo-doi-ho-so.pdf".to_owned(),
        };
        desk.run(ask, move |path| {
            let Some(path) = path else { return };
            let (filter, told) = (filter.get_untracked(), path.clone());
            desk.run(ExportRegister { filter, path }, move |_| {
                desk.toast(tf(W::ExportedTo, &[&told]))
            });
        });
    };
    view! {
        <div class="screen" data-testid="screen-dossiers">
            <header class="head">
                <div class="title"><h1>{t(W::Dossiers)}</h1>
                    <p class="subtitle"><small data-testid="dossier-total">{move || tf(W::DossierCount, &[&total.get()])}</small></p></div>
                <div class="acts">
                    <button type="button" class="btn" data-testid="btn-batch" title=t(W::BatchNote)
                        disabled=move || total.get() == 0 on:click=move |_| printing.set(true)>
                        {icon(Icon::Print)}{t(W::Batch)}
                    </button>
                    <button type="button" class="btn" data-testid="btn-register" on:click=move |_| print_register()>
                        {icon(Icon::Print)}{t(W::Register)}
                    </button>
                    <button type="button" class="btn" data-testid="list-export"
                        on:click=move |_| export(desk, "list", "danh-sach-ho-so.xlsx", 0)>{t(W::ExportExcel)}</button>
                    {move || (!desk.read_only()).then(|| view! {
                        <button type="button" class="btn main" data-testid="btn-new" on:click=move |_| desk.creating.set(true)>
                            {icon(Icon::Plus)}{t(W::NewDossier)}<kbd>"Ctrl+N"</kbd>
                        </button>
                    })}
                </div>
            </header>
            <div class="filters" role="search">
                <label class="search">
                    {icon(Icon::Search)}<span class="hidden">{t(W::Search)}</span>
                    <input type="text" class="in" data-testid="search" placeholder=t(W::SearchHint)
                        autocomplete="off" spellcheck="false" on:input=move |e| search(event_target_value(&e))/>
                </label>
                <label class="pick"><span>{t(W::Stage)}</span>
                    <select class="in" data-testid="filter-stage" on:change=move |e| { let v = event_target_value(&e); choose(Box::new(move |f| f.stage = v)); }>
                        {[("", W::StageAll), ("draft", W::StageDraft), ("signing", W::StageSigning), ("waiting", W::StageWaiting),
                          ("sent", W::StageSent), ("answered", W::StageAnswered), ("done", W::StageDone)]
                            .into_iter().map(|(value, word)| view! { <option value=value>{t(word)}</option> }).collect_view()}
                    </select>
                </label>
                <label class="pick"><span>{t(W::FormWord)}</span>
                    <select class="in" data-testid="filter-form" on:change=move |e| { let v = event_target_value(&e); choose(Box::new(move |f| f.form = v)); }>
                        <option value="">{t(W::StageAll)}</option>
                        {library().into_iter().map(|f| view! { <option value=f.number.clone()>{tf(W::FormNumber, &[&f.number])}</option> }).collect_view()}
                    </select>
                </label>
                <label class="pick"><span>{t(W::Month)}</span>
                    <select class="in" data-testid="filter-month" on:change=move |e| { let v = event_target_value(&e); choose(Box::new(move |f| f.month = v)); }>
                        <option value="">{t(W::StageAll)}</option>
                        {desk.session.with_untracked(|s| s.as_ref().map(|s| say::months_back(s.today, 14))).unwrap_or_default()
                            .into_iter().map(|(value, label)| view! { <option value=value>{label}</option> }).collect_view()}
                    </select>
                </label>
                <label class="pick long"><span>{t(W::SortWord)}</span>
                    <select class="in" data-testid="list-order" prop:value=order_now on:change=move |e| {
                        let name = event_target_value(&e);
                        if let Some((_, order, _)) = ORDERS.iter().find(|(n, ..)| *n == name) {
                            go_by.run(*order);
                        }
                    }>
                        {ORDERS.iter().map(|&(name, _, word)| view! { <option value=name>{t(word)}</option> }).collect_view()}
                    </select>
                </label>
            </div>
            {move || failed.get().map(|error| view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| read(false))/>
            })}
            <div class="card scroll" on:scroll=scrolled>
                <table class="list rows" data-testid="dossier-list">
                    <thead><tr>
                        <th>{t(W::NumberWord)}</th>
                        <Heading testid="sort-day" word=W::VoucherDay up=ListOrder::EarliestDayFirst down=ListOrder::LatestDayFirst filter go_by/>
                        <th>{t(W::Content)}</th>
                        <Heading testid="sort-amount" word=W::Amount up=ListOrder::SmallestFirst down=ListOrder::LargestFirst filter go_by/>
                        <th>{t(W::State)}</th>
                        <Heading testid="sort-changed" word=W::Changed up=ListOrder::OldestFirst down=ListOrder::NewestFirst filter go_by/>
                    </tr></thead>
                    <tbody node_ref=body on:keydown=move |e| steer_rows(&e)>
                        <For each=move || rows.get() key=|r| format!("{r:?}") let:row><Row row/></For>
                    </tbody>
                </table>
                {move || (rows.with(Vec::is_empty) && !loading.get() && failed.with(Option::is_none)).then(|| view! {
                    <div class="empty" data-testid="list-empty">
                        <b>{t(W::NoDossiers)}</b><p>{t(W::NoDossiersNote)}</p>
                    </div>
                })}
                {move || loading.get().then(|| view! { <p class="note pad" aria-busy="true">{t(W::Loading)}</p> })}
            </div>
            <Batch open=printing filter/>
        </div>
    }
}

/// The head of a column the list can go by: the greatest first when it is pressed, the other way round
/// when it is pressed again.
#[component]
fn Heading(
    testid: &'static str,
    word: W,
    up: ListOrder,
    down: ListOrder,
    filter: RwSignal<ListFilter>,
    go_by: Callback<ListOrder>,
) -> impl IntoView {
    let sorted = move || match filter.with(|f| f.order) {
        order if order == up => Some("ascending"),
        order if order == down => Some("descending"),
        _ => None,
    };
    let press = move |_| {
        let now = filter.with_untracked(|f| f.order);
        go_by.run(if now == down { up } else { down });
    };
    view! {
        <th class:num={word == W::Amount} aria-sort=sorted>
            <button type="button" class="sort" data-testid=testid on:click=press>{t(word)}{icon(Icon::Up)}</button>
        </th>
    }
}

#[component]
fn Row(row: DossierRow) -> impl IntoView {
    let desk = desk();
    let id = row.id;
    let roles = latest("nd347-2025", &row.form).map_or_else(Vec::new, |f| {
        f.signatures.iter().map(|s| s.role).collect::<Vec<_>>()
    });
    let title = if row.title.is_empty() {
        t(W::NoContentYet).to_owned()
    } else {
        row.title.clone()
    };
    view! {
        <tr tabindex="0" data-testid="dossier-row" data-dossier=id.to_string()
            on:click=move |_| desk.edit(id)
            on:keydown=move |e| if !is_typing(&e) && (e.key() == "Enter") { desk.edit(id) }>
            <td class="nowrap">{row.number.clone()}<br/><small>{tf(W::FormNumber, &[&row.form])}</small></td>
            <td class="nowrap">{row.day.map(say::date)}</td>
            <td><b>{title}</b><br/><small>{row.payee.clone()}</small></td>
            <td class="num">{row.total.to_string()}</td>
            <td><div class="tags">
                <LocalTag state=Signal::stored(row.local.clone()) roles=Signal::stored(roles)/>
                <TreasuryTag state=Signal::stored(row.treasury.clone())/>
            </div></td>
            <td class="nowrap"><small>{say::date_time(row.changed)}</small></td>
        </tr>
    }
}

/// Up and down among the rows.
fn steer_rows(event: &web_sys::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    let down = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let Some(row) = document()
        .active_element()
        .and_then(|e| e.closest("tr").ok().flatten())
    else {
        return;
    };
    let next = if down {
        row.next_element_sibling()
    } else {
        row.previous_element_sibling()
    };
    if let Some(next) = next.and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        let _ = next.focus();
    }
}
