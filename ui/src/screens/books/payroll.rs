//! Trả lương: the pay table in, its set of dossiers out.

mod targets;

use leptos::prelude::*;

use chrono::Datelike as _;
use hoso_contract::book::{PayrollMade, PayrollView};
use hoso_contract::command::{GetPayrollTargets, MakePayroll, ReadPayroll};
use hoso_domain::finding::Severity;
use hoso_domain::money::Dong;
use hoso_domain::payroll::Difference;

use super::code::CodeInput;
use super::entry::Input;
use crate::icons::{Icon, icon};
use crate::say;
use crate::screens::tables::{RowErrors, choose_table, export, row_error};
use crate::state::desk;
use crate::widgets::confirm::Confirm;
use crate::words::{W, t, tf};
use targets::{Form, Targets};

#[component]
pub fn Payroll() -> impl IntoView {
    let desk = desk();
    let today = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.today))
        .unwrap_or_default();
    let month = RwSignal::new(today.month().to_string());
    // a table of December is paid in January as well
    let year = RwSignal::new(today.year());
    let form = Form::new();
    desk.run(GetPayrollTargets {}, move |known| form.take(&known));
    let view = RwSignal::new(None::<PayrollView>);
    let made = RwSignal::new(None::<Vec<PayrollMade>>);
    let errors = RwSignal::new(Vec::<String>::new());
    let again = RwSignal::new(false);
    let read = move |_| {
        let Ok(wanted) = month.get_untracked().trim().parse::<u32>() else {
            desk.toast(t(W::EntryWrong));
            return;
        };
        choose_table(desk, "payroll", move |table| {
            let command = ReadPayroll {
                table,
                year: year.get_untracked(),
                month: wanted,
            };
            desk.run(command, move |got| {
                errors.set(got.errors.iter().map(row_error).collect());
                made.set(None);
                view.set(Some(got));
            });
        });
    };
    let ready = Memo::new(move |_| {
        view.with(|v| {
            v.as_ref().is_some_and(|v| {
                v.errors.is_empty()
                    && !v.table.rows.is_empty()
                    && v.findings.iter().all(|f| f.severity != Severity::Error)
            })
        }) && made.with(Option::is_none)
    });
    let make_now = move || {
        let Some(got) = view.get_untracked() else {
            return;
        };
        let command = MakePayroll {
            table: got.table,
            targets: form.read(),
        };
        desk.run(command, move |set| made.set(Some(set)));
    };
    let make = move |_| {
        if view.with_untracked(|v| v.as_ref().is_some_and(|v| v.made_before)) {
            again.set(true);
        } else {
            make_now();
        }
    };
    view! {
        <section class="card side" data-testid="payroll">
            <p class="note">{t(W::PayrollNote)}</p>
            <div class="filters">
                <Input testid="payroll-month" label=W::Month value=month/>
                <label class="pick"><span>{t(W::YearWord)}</span>
                    <select class="in" data-testid="payroll-year" on:change=move |e| {
                        if let Ok(chosen) = event_target_value(&e).parse() { year.set(chosen); }
                    }>
                        {[today.year(), today.year().saturating_sub(1)].map(|y| view! { <option value=y.to_string()>{y.to_string()}</option> }).collect_view()}
                    </select></label>
                <CodeInput testid="payroll-sector" label=W::SectorWord value=form.sector list="sector"/>
                <CodeInput testid="payroll-source" label=W::SourceWord value=form.source list="source"/>
                <button type="button" class="btn main" data-testid="payroll-read" disabled=move || desk.read_only() on:click=read>{t(W::PayrollRead)}</button>
                <button type="button" class="btn quiet" data-testid="payroll-sample"
                    on:click=move |_| export(desk, "sample:payroll", "mau-bang-luong.xlsx", today.year())>{t(W::SampleFile)}</button>
            </div>
            <Targets form/>
        </section>
        <RowErrors errors/>
        {move || view.get().map(|v| view! {
            <section class="card side" data-testid="payroll-view">
                <dl class="facts">
                    <dt>{t(W::People)}</dt><dd data-testid="payroll-people">{v.table.rows.len().to_string()}</dd>
                    <dt>{t(W::Gross)}</dt><dd data-testid="payroll-gross">{v.gross.to_string()}</dd>
                    <dt>{t(W::Deductions)}</dt><dd>{v.deductions.to_string()}</dd>
                    <dt>{t(W::NetPay)}</dt><dd data-testid="payroll-net">{v.net.to_string()}</dd>
                    <dt>{t(W::EmployerPart)}</dt><dd>{v.employer.to_string()}</dd>
                </dl>
                <ul class="findings" data-testid="payroll-findings">
                    {v.findings.iter().map(|f| view! { <li class="finding wait" data-code=f.code.as_str()>{icon(Icon::Warning)}<span>{say::finding(f)}</span></li> }).collect_view()}
                </ul>
                {(!v.differences.is_empty()).then(|| differences(&v.differences))}
                {move || form.missing().map(|gone| view! {
                    <p class="err warn" data-testid="payroll-targets-missing">{tf(W::PayTargetsMissing, &[&gone])}</p>
                })}
                <div class="row"><button type="button" class="btn main" data-testid="payroll-make" disabled=move || !ready.get() on:click=make>{t(W::PayrollMake)}</button></div>
            </section>
        })}
        {move || made.get().map(|set| {
            let sum = Dong::sum(set.iter().map(|m| m.total)).unwrap_or(Dong::MAX);
            let (gross, employer) = view.with(|v| v.as_ref().map(|v| (v.gross, v.employer)).unwrap_or_default());
            view! {
                <section class="card side" data-testid="payroll-made">
                    <h2>{t(W::PaySet)}</h2>
                    <p class="note">{tf(W::PaySetNote, &[&sum, &gross, &employer])}</p>
                    <table class="list"><tbody>{set.into_iter().map(one).collect_view()}</tbody></table>
                </section>
            }
        })}
        <Confirm open=again title=t(W::PayAgain).to_owned() question=t(W::PayAgainAsk).to_owned()
            yes=t(W::PayrollMake) tone="danger" testid="payroll-again" act=move |_| make_now()/>
    }
}

/// Last month beside this one, by person.
fn differences(all: &[Difference]) -> impl IntoView + use<> {
    let said = |amount: Option<Dong>| amount.map_or_else(|| "—".to_owned(), |a| a.to_string());
    let rows = all
        .iter()
        .map(|d| {
            view! {
                <tr><td>{d.name.clone()}</td><td class="num">{said(d.before)}</td><td class="num">{said(d.now)}</td></tr>
            }
        })
        .collect_view();
    view! {
        <h3>{t(W::AgainstLastMonth)}</h3>
        <table class="list" data-testid="payroll-differences"><tbody>{rows}</tbody></table>
    }
}

/// One dossier of the set.
fn one(made: PayrollMade) -> impl IntoView {
    let desk = desk();
    let word = match made.purpose.as_str() {
        "insurance" => W::Insurance,
        "union" => W::UnionFee,
        "tax" => W::IncomeTax,
        _ => W::NetPay,
    };
    let clean = made.errors == 0;
    let state = if clean {
        t(W::PayClean).to_owned()
    } else {
        tf(W::PayErrors, &[&made.errors])
    };
    let id = made.id;
    view! {
        <tr data-testid="payroll-dossier" data-purpose=made.purpose.clone() data-errors=made.errors.to_string()>
            <td>{t(word)}</td><td>{made.number}</td><td class="num">{made.total.to_string()}</td>
            <td><span class="tag" class:good=clean class:bad=!clean>{state}</span></td>
            <td class="act"><button type="button" class="btn small" data-testid=format!("payroll-open-{}", made.purpose)
                on:click=move |_| desk.edit(id)>{t(W::OpenDossier)}</button></td></tr>
    }
}
