//! Sổ theo dõi: estimates, advances, deposits, contracts, movements, pay. Figures come worked out;
//! this screen only shows them.

mod code;
mod codes;
mod contract;
mod entry;
mod movements;
mod payroll;
mod reconcile;

use leptos::prelude::*;

use chrono::Datelike as _;
use hoso_contract::book::BooksView;
use hoso_contract::command::{Command, GetBooks, StrikeEntry};
use hoso_domain::money::Dong;

use crate::icons::{Icon, icon};
use crate::say;
use crate::screens::tables::{RowErrors, export, import};
use crate::state::{Desk, desk};
use crate::words::{W, t};
use code::code_cell;

/// The books of the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Estimates,
    Advances,
    Deposits,
    Contracts,
    Movements,
    Reconcile,
    Payroll,
    Codes,
}

const TABS: [(Tab, W, &str); 8] = [
    (Tab::Estimates, W::BookEstimates, "estimates"),
    (Tab::Advances, W::BookAdvances, "advances"),
    (Tab::Deposits, W::BookDeposits, "deposits"),
    (Tab::Contracts, W::BookContracts, "contracts"),
    (Tab::Movements, W::BookMovements, "movements"),
    (Tab::Reconcile, W::BookReconcile, "reconcile"),
    (Tab::Payroll, W::BookPayroll, "payroll"),
    (Tab::Codes, W::BookCodes, "codes"),
];

#[component]
pub fn Books() -> impl IntoView {
    let desk = desk();
    let today = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.today))
        .unwrap_or_default();
    let year = RwSignal::new(today.year());
    let tab = RwSignal::new(Tab::Estimates);
    let view = RwSignal::new(None::<BooksView>);
    let again = RwSignal::new(0u32);
    Effect::new(move |_| {
        again.track();
        desk.dossiers.track();
        let wanted = year.get();
        desk.run(GetBooks { year: wanted }, move |got| {
            if view.try_with_untracked(|v| v.as_ref() != Some(&got)) == Some(true) {
                view.set(Some(got));
            }
        });
    });
    // the lists follow the figures; the forms beside them stay, with what is typed in them
    let there = Memo::new(move |_| view.with(Option::is_some));
    let reload = Callback::new(move |()| again.update(|n| *n = n.wrapping_add(1)));
    view! {
        <div class="screen books" data-testid="screen-books">
            <header class="head">
                <div class="title"><h1>{t(W::Books)}</h1><p class="subtitle"><small>{t(W::BooksNote)}</small></p></div>
                <div class="row">
                    <label class="pick"><span>{t(W::BudgetYearWord)}</span>
                        <select class="in" data-testid="books-year" on:change=move |e| {
                            if let Ok(chosen) = event_target_value(&e).parse() { year.set(chosen); }
                        }>
                            {[today.year(), today.year() - 1].map(|y| view! { <option value=y.to_string()>{y.to_string()}</option> }).collect_view()}
                        </select>
                    </label>
                    <button type="button" class="btn" data-testid="books-export"
                        on:click=move |_| export(desk, "books", "so-theo-doi.xlsx", year.get_untracked())>{t(W::ExportExcel)}</button>
                    <button type="button" class="btn" data-testid="year-xml"
                        on:click=move |_| export(desk, "year-xml", "chung-tu.xml", year.get_untracked())>{t(W::ExportXml)}</button>
                </div>
            </header>
            <div class="tabs" role="tablist" aria-label=t(W::Books)>
                {TABS.map(|(id, word, name)| view! {
                    <button type="button" role="tab" class="tab" class:on=move || tab.get() == id
                        aria-selected=move || (tab.get() == id).to_string()
                        data-testid=format!("books-{name}") on:click=move |_| tab.set(id)>{t(word)}</button>
                }).collect_view()}
            </div>
            {move || view.with(|v| v.as_ref().map(|v| (!v.findings.is_empty()).then(|| view! {
                <ul class="card findings" data-testid="books-findings">
                    {v.findings.iter().map(|f| view! {
                        <li class="finding wait" data-code=f.code.as_str()>{icon(Icon::Warning)}<span>{say::finding(f)}</span></li>
                    }).collect_view()}
                </ul>
            })))}
            {move || match tab.get() {
                Tab::Payroll => view! { <payroll::Payroll/> }.into_any(),
                Tab::Reconcile => view! { <reconcile::Reconcile year=year.get()/> }.into_any(),
                Tab::Codes => view! { <codes::Codes year=year.get()/> }.into_any(),
                _ if !there.get() => view! { <div class="starting" aria-busy="true"></div> }.into_any(),
                Tab::Advances => (move || view.with(|v| v.as_ref().map(advances))).into_any(),
                Tab::Deposits => (move || view.with(|v| v.as_ref().map(deposits))).into_any(),
                Tab::Contracts => view! { <contract::Contracts view reload/> }.into_any(),
                Tab::Movements => view! { <movements::Movements view year reload/> }.into_any(),
                Tab::Estimates => view! { <Estimates view year reload/> }.into_any(),
            }}
        </div>
    }
}

fn money(amount: Dong) -> impl IntoView {
    view! { <td class="num" class:bad={amount < Dong::ZERO}>{amount.to_string()}</td> }
}

fn or_none(amount: Option<Dong>) -> AnyView {
    match amount {
        Some(amount) => money(amount).into_any(),
        None => view! { <td class="num">"–"</td> }.into_any(),
    }
}

/// Heads of columns of amounts stand over their digits.
const AMOUNTS: [W; 25] = [
    W::ToldGiven,
    W::OwnGiven,
    W::ToldUsed,
    W::OwnUsed,
    W::CarriedOver,
    W::YearStart,
    W::Adjusted,
    W::ProvisionalWord,
    W::WithheldWord,
    W::UsedWord,
    W::UnderWay,
    W::LeftWord,
    W::AmountWord,
    W::AdvancedWord,
    W::ClearedWord,
    W::ReturnedWord,
    W::OpenWord,
    W::OpeningWord,
    W::IncreaseWord,
    W::DecreaseWord,
    W::ClosingWord,
    W::TreasuryTold,
    W::UsableWord,
    W::ValueWord,
    W::PaidOut,
];

/// Said below the heads of a table without rows.
fn none(empty: bool, word: W) -> impl IntoView + use<> {
    empty.then(|| view! { <p class="empty">{t(word)}</p> })
}

fn head(words: &[W]) -> impl IntoView + use<> {
    let cells = words
        .iter()
        .map(|w| view! { <th scope="col" class:num=AMOUNTS.contains(w)>{t(*w)}</th> })
        .collect_view();
    view! { <thead><tr>{cells}</tr></thead> }
}

/// The books as they were read last.
type View = RwSignal<Option<BooksView>>;

/// The rows of one book, read again whenever they change.
fn rows<T: Clone + PartialEq + Send + Sync + 'static>(
    view: View,
    of: fn(&BooksView) -> &[T],
) -> Memo<Vec<T>> {
    Memo::new(move |_| view.with(|v| v.as_ref().map_or_else(Vec::new, |b| of(b).to_vec())))
}

#[component]
fn Estimates(view: View, year: RwSignal<i32>, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let adding = RwSignal::new(false);
    let errors = RwSignal::new(Vec::new());
    let can = !untrack(|| desk.read_only());
    let estimates = rows(view, |b| &b.balances.estimates);
    let entries = rows(view, |b| &b.entries);
    let told = rows(view, |b| &b.told);
    let this = move || year.get_untracked();
    view! {
        {can.then(|| view! {
            <div class="row">
                <button type="button" class="btn main" data-testid="entry-add" on:click=move |_| adding.set(true)>{icon(Icon::Plus)}{t(W::EntryAdd)}</button>
                <button type="button" class="btn" data-testid="entry-import" on:click=move |_| import(desk, "entries", this(), errors, reload)>{t(W::ImportExcel)}</button>
                <button type="button" class="btn quiet" on:click=move |_| export(desk, "sample:entries", "mau-so-du-toan.xlsx", this())>{t(W::SampleFile)}</button>
            </div>
        })}
        <RowErrors errors/>
        <entry::NewEntry open=adding view year reload/>
        <div class="card scroll"><table class="list" data-testid="estimate-book">
            {head(&[W::SourceWord, W::SectorWord, W::ProgrammeWord, W::CarriedOver, W::YearStart, W::Adjusted, W::ProvisionalWord, W::WithheldWord, W::UsedWord, W::UnderWay, W::LeftWord])}
            <tbody>{move || estimates.get().into_iter().map(|r| view! {
                <tr data-testid="estimate-row">{code_cell("source", r.source)}{code_cell("sector", r.sector)}{code_cell("programme", r.programme)}
                    {money(r.carried_over)}{money(r.year_start)}{money(r.adjusted)}{money(r.provisional)}{money(r.withheld)}
                    {money(r.used)}{money(r.under_way)}{money(r.left)}</tr>
            }).collect_view()}</tbody>
        </table>{move || none(estimates.with(Vec::is_empty), W::NoEstimates)}</div>
        {move || told.with(|t| !t.is_empty()).then(|| view! {
            <h2>{t(W::ToldEstimates)}</h2>
            <div class="card scroll"><table class="list" data-testid="told-estimates">
                {head(&[W::SourceWord, W::SectorWord, W::ProgrammeWord, W::ToldGiven, W::OwnGiven, W::ToldUsed, W::OwnUsed, W::DifferenceWord, W::DayWord])}
                <tbody>{told.get().into_iter().map(|r| view! {
                    <tr data-testid="told-row">{code_cell("source", r.source)}{code_cell("sector", r.sector)}{code_cell("programme", r.programme)}
                        {money(r.given)}{or_none(r.own_given)}{money(r.used)}{or_none(r.own_used)}{or_none(r.difference)}
                        <td>{say::date_of(r.at)}</td></tr>
                }).collect_view()}</tbody>
            </table></div>
        })}
        <h2>{t(W::Entries)}</h2>
        <div class="card scroll"><table class="list" data-testid="entries">
            {head(&[W::DayWord, W::KindWord, W::ContentCode, W::SourceWord, W::SectorWord, W::AmountWord, W::DocumentWord, W::BookContracts, W::WhoWord, W::Nothing])}
            <tbody>{move || entries.get().into_iter().map(|e| {
                let id = e.id;
                let contract = entry::contract_number(view, &e.posting.contract);
                view! {
                    <tr data-testid="entry-row"><td>{say::date(e.posting.day)}</td><td>{entry::kind_word(e.posting.kind)}</td>
                        {code_cell("economic-content", e.posting.economic_content)}{code_cell("source", e.posting.source)}
                        {code_cell("sector", e.posting.sector)}{money(e.posting.amount)}
                        <td>{e.document_no}</td><td>{contract}</td><td>{e.who}</td>
                        <td class="act">{can.then(|| view! {
                            <button type="button" class="btn quiet small" data-testid="entry-strike"
                                on:click=move |_| desk.run(StrikeEntry { entry: id }, move |()| reload.run(()))>{t(W::StrikeOut)}</button>
                        })}</td></tr>
                }
            }).collect_view()}</tbody>
        </table>{move || none(entries.with(Vec::is_empty), W::NoEntries)}</div>
    }
}

fn advances(books: &BooksView) -> impl IntoView + use<> {
    let rows = books.balances.advances.clone();
    let empty = rows.is_empty();
    view! {
        <div class="card scroll"><table class="list" data-testid="advance-book">
            {head(&[W::ContentCode, W::SourceWord, W::SectorWord, W::AdvancedWord, W::ClearedWord, W::ReturnedWord, W::OpenWord])}
            <tbody>{rows.into_iter().map(|r| view! {
                <tr data-testid="advance-row">{code_cell("economic-content", r.economic_content)}{code_cell("source", r.source)}{code_cell("sector", r.sector)}
                    {money(r.advanced)}{money(r.cleared)}{money(r.returned)}{money(r.open)}</tr>
            }).collect_view()}</tbody>
        </table>{none(empty, W::NoAdvances)}</div>
    }
}

fn deposits(books: &BooksView) -> impl IntoView + use<> {
    let rows = books.balances.deposits.clone();
    let accounts = books.accounts.clone();
    let (no_rows, no_accounts) = (rows.is_empty(), accounts.is_empty());
    view! {
        <div class="card scroll"><table class="list" data-testid="deposit-book">
            {head(&[W::AccountWord, W::OpeningWord, W::IncreaseWord, W::DecreaseWord, W::UnderWay, W::ClosingWord])}
            <tbody>{rows.into_iter().map(|r| view! {
                <tr><td class="mono">{r.account}</td>{money(r.opening)}{money(r.increase)}{money(r.decrease)}{money(r.under_way)}{money(r.closing)}</tr>
            }).collect_view()}</tbody>
        </table>{none(no_rows, W::NoDeposits)}</div>
        <h2>{t(W::TreasuryFigures)}</h2>
        <div class="card scroll"><table class="list" data-testid="treasury-figures">
            {head(&[W::AccountWord, W::TreasuryTold, W::UsableWord, W::DayWord])}
            <tbody>{accounts.into_iter().map(|r| view! {
                <tr><td class="mono">{r.account}</td>{money(r.treasury_figure)}{money(r.usable)}<td>{say::date_time(r.at)}</td></tr>
            }).collect_view()}</tbody>
        </table>{none(no_accounts, W::NoFigures)}</div>
    }
}

/// Runs a command of a form on this screen, then closes and empties it and reads the books again.
fn finish<C: Command<Reply = ()>>(
    desk: Desk,
    command: C,
    open: RwSignal<bool>,
    typed: Vec<RwSignal<String>>,
    reload: Callback<()>,
) {
    desk.run(command, move |()| {
        open.set(false);
        for field in typed {
            field.set(String::new());
        }
        reload.run(());
    });
}
