//! Trả lương: the pay table in, its set of dossiers out.

use leptos::prelude::*;

use chrono::Datelike as _;
use hoso_contract::book::{PayrollTargets, PayrollView};
use hoso_contract::command::{MakePayroll, ReadPayroll};
use hoso_domain::finding::Severity;

use super::entry::Input;
use super::{RowErrors, choose_table, export, row_error};
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::{Screen, desk};
use crate::words::{W, t, tf};

#[component]
pub fn Payroll() -> impl IntoView {
    let desk = desk();
    let today = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.today))
        .unwrap_or_default();
    let month = RwSignal::new(today.month().to_string());
    let sector = RwSignal::new("341".to_owned());
    let source = RwSignal::new("13".to_owned());
    let view = RwSignal::new(None::<PayrollView>);
    let errors = RwSignal::new(Vec::<String>::new());
    let read = move |_| {
        let Ok(wanted) = month.get_untracked().parse::<u32>() else {
            desk.toast(t(W::EntryWrong));
            return;
        };
        choose_table(desk, "payroll", move |table| {
            let command = ReadPayroll {
                table,
                year: today.year(),
                month: wanted,
            };
            desk.run(command, move |got| {
                errors.set(got.errors.iter().map(row_error).collect());
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
        })
    });
    let make = move |_| {
        let Some(got) = view.get_untracked() else {
            return;
        };
        let command = MakePayroll {
            table: got.table,
            targets: PayrollTargets {
                sector: sector.get_untracked(),
                source: source.get_untracked(),
                ..PayrollTargets::default()
            },
        };
        desk.run(command, move |made| {
            desk.toast(tf(W::PayrollMade, &[&made.len()]));
            desk.go(Screen::Dossiers);
        });
    };
    view! {
        <section class="card side" data-testid="payroll">
            <p class="note">{t(W::PayrollNote)}</p>
            <div class="filters">
                <Input testid="payroll-month" label=W::Month value=month/>
                <Input testid="payroll-sector" label=W::SectorWord value=sector/>
                <Input testid="payroll-source" label=W::SourceWord value=source/>
                <button type="button" class="btn main" data-testid="payroll-read" on:click=read>{t(W::PayrollRead)}</button>
                <button type="button" class="btn quiet" data-testid="payroll-sample"
                    on:click=move |_| export(desk, "sample:payroll", "mau-bang-luong.xlsx", today.year())>{t(W::SampleFile)}</button>
            </div>
        </section>
        <RowErrors errors/>
        {move || view.get().map(|v| view! {
            <section class="card side" data-testid="payroll-view">
                <dl class="facts">
                    <dt>{t(W::People)}</dt><dd>{v.table.rows.len().to_string()}</dd>
                    <dt>{t(W::Gross)}</dt><dd data-testid="payroll-gross">{v.gross.to_string()}</dd>
                    <dt>{t(W::Deductions)}</dt><dd>{v.deductions.to_string()}</dd>
                    <dt>{t(W::NetPay)}</dt><dd data-testid="payroll-net">{v.net.to_string()}</dd>
                    <dt>{t(W::EmployerPart)}</dt><dd>{v.employer.to_string()}</dd>
                </dl>
                <ul class="findings" data-testid="payroll-findings">
                    {v.findings.iter().map(|f| view! { <li data-code=f.code.as_str()>{icon(Icon::Warning)}<span>{say::finding(f)}</span></li> }).collect_view()}
                </ul>
                {(!v.differences.is_empty()).then(|| view! {
                    <h3>{t(W::AgainstLastMonth)}</h3>
                    <table class="list" data-testid="payroll-differences"><tbody>
                        {v.differences.iter().map(|d| view! {
                            <tr><td>{d.name.clone()}</td><td class="num">{d.before.map(|a| a.to_string())}</td><td class="num">{d.now.map(|a| a.to_string())}</td></tr>
                        }).collect_view()}
                    </tbody></table>
                })}
                <div class="row"><button type="button" class="btn main" data-testid="payroll-make" disabled=move || !ready.get() on:click=make>{t(W::PayrollMake)}</button></div>
            </section>
        })}
    }
}
