//! Đối chiếu: both sides of every account, why they differ, and the tables filled from the books.

use leptos::prelude::*;

use chrono::Datelike as _;
use hoso_contract::book::{ComparisonView, Origin};
use hoso_contract::command::{CompareBooks, FillReconciliation};
use hoso_domain::book::Compared;

use super::{head, money};
use crate::icons::{Icon, icon};
use crate::say;
use crate::screens::tables::export;
use crate::state::{Desk, desk};
use crate::words::{W, t, tf};

#[component]
pub fn Reconcile(year: i32) -> impl IntoView {
    let desk = desk();
    let today = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.today))
        .unwrap_or_default();
    // what is reconciled is over
    let over = if today.year() > year {
        12
    } else {
        today.month0().max(1)
    };
    let month = RwSignal::new(over);
    let view = RwSignal::new(None::<ComparisonView>);
    Effect::new(move |_| {
        desk.dossiers.track();
        let wanted = month.get();
        desk.run(
            CompareBooks {
                year,
                month: wanted,
            },
            move |got| {
                view.try_set(Some(got));
            },
        );
    });
    let can = !untrack(|| desk.read_only());
    view! {
        <div class="filters">
            <label class="pick"><span>{t(W::UpToMonth)}</span>
                <select class="in" data-testid="compare-month" on:change=move |e| month.set(event_target_value(&e).parse().unwrap_or(over))>
                    {(1..=12u32).map(|m| view! { <option value=m.to_string() selected={m == over}>{m.to_string()}</option> }).collect_view()}
                </select></label>
            <button type="button" class="btn" data-testid="compare-export"
                on:click=move |_| export(desk, &format!("comparison:{}", month.get_untracked()), "doi-chieu.xlsx", year)>{t(W::ExportExcel)}</button>
        </div>
        {can.then(|| view! { <Fill year month/> })}
        {move || view.get().map(|v| {
            let findings = v.findings.iter().map(|f| view! {
                <li class="finding wait" data-code=f.code.as_str()>{icon(Icon::Warning)}<span>{say::finding(f)}</span></li>
            }).collect_view();
            let empty = v.accounts.is_empty();
            view! {
                <ul class="findings" data-testid="compare-findings">{findings}</ul>
                {empty.then(|| view! { <p class="empty">{t(W::NothingToCompare)}</p> })}
                {v.accounts.into_iter().map(|account| one(desk, account)).collect_view()}
            }
        })}
    }
}

/// One account, both sides, line by line.
fn one(desk: Desk, found: Compared<Origin>) -> impl IntoView {
    let lines = found.reasons.len();
    view! {
        <section class="card side" data-testid="compared">
            <header class="side-head"><h2 class="mono">{found.account}</h2></header>
            <dl class="facts">
                <dt>{t(W::OwnFigure)}</dt><dd>{found.own.to_string()}</dd>
                <dt>{t(W::TreasuryTold)}</dt><dd>{found.treasury.map_or_else(|| t(W::NotToldYet).to_owned(), |d| d.to_string())}</dd>
                <dt>{t(W::DifferenceWord)}</dt><dd data-testid="compared-difference">{found.difference.to_string()}</dd>
                <dt>{t(W::UnexplainedWord)}</dt><dd data-testid="compared-unexplained">{found.unexplained.to_string()}</dd>
            </dl>
            {(lines > 0).then(|| view! {
                <div class="scroll"><table class="list">
                    {head(&[W::CauseWord, W::AmountWord, W::Nothing])}
                    <tbody>{found.reasons.into_iter().map(|r| {
                        let open = match r.document {
                            Some(Origin::Dossier(id)) => Some(view! {
                                <button type="button" class="btn quiet small" on:click=move |_| desk.edit(id)>{t(W::OpenDossier)}</button>
                            }),
                            _ => None,
                        };
                        view! { <tr data-testid="compared-reason"><td>{say::difference(&r)}</td>{money(r.amount)}<td class="act">{open}</td></tr> }
                    }).collect_view()}</tbody>
                </table></div>
            })}
        </section>
    }
}

/// The tables of the decree that the books fill.
#[component]
fn Fill(year: i32, month: RwSignal<u32>) -> impl IntoView {
    let desk = desk();
    let quarter = move || month.get().saturating_add(2) / 3;
    let fill = move |form: &'static str, period: u32| {
        let command = FillReconciliation {
            form: form.to_owned(),
            year,
            period,
        };
        desk.run(command, move |id| desk.edit(id));
    };
    view! {
        <div class="row">
            <button type="button" class="btn" data-testid="fill-26" on:click=move |_| fill("26", untrack(quarter))>{move || tf(W::FillForm, &[&"26", &quarter()])}</button>
            <button type="button" class="btn" data-testid="fill-28" on:click=move |_| fill("28", untrack(quarter))>{move || tf(W::FillForm, &[&"28", &quarter()])}</button>
            <button type="button" class="btn" data-testid="fill-32" on:click=move |_| fill("32", month.get_untracked())>{move || tf(W::FillMonth, &[&month.get()])}</button>
            <button type="button" class="btn" data-testid="fill-30" on:click=move |_| fill("30", 0)>{tf(W::FillYear, &[&"30", &year])}</button>
            <button type="button" class="btn" data-testid="fill-31" on:click=move |_| fill("31", 0)>{tf(W::FillYear, &[&"31", &year])}</button>
        </div>
    }
}
