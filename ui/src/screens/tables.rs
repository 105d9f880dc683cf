//! Spreadsheets in and out: which column is what, shown before anything is read; row errors; saving.

use leptos::prelude::*;

use hoso_contract::book::{RowError, TableChoice, TablePreview};
use hoso_contract::command::{ExportTable, ImportTable, PickPath, PreviewTable};
use hoso_domain::catalogue::catalogue;

use crate::state::{Desk, desk};
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// A spreadsheet whose columns are being told.
#[derive(Clone)]
pub struct TableAsk {
    path: String,
    purpose: String,
    preview: TablePreview,
    then: Callback<TableChoice>,
}

/// Asks where to, then writes. The suggested name's ending says which dialog.
pub fn export(desk: Desk, what: &str, suggested: &str, year: i32) {
    let kind = if suggested.ends_with(".xml") {
        "save-xml"
    } else {
        "save-table"
    };
    let pick = PickPath {
        kind: kind.to_owned(),
        suggested: suggested.to_owned(),
    };
    let what = what.to_owned();
    desk.run(pick, move |path| {
        let Some(path) = path else { return };
        let told = path.clone();
        desk.run(ExportTable { what, year, path }, move |()| {
            desk.toast(tf(W::ExportedTo, &[&told]));
        });
    });
}

/// Asks for a spreadsheet and what its columns are, then hands both on.
pub fn choose_table(desk: Desk, purpose: &str, then: impl Fn(TableChoice) + Send + Sync + 'static) {
    let pick = PickPath {
        kind: "table".to_owned(),
        suggested: String::new(),
    };
    let (purpose, then) = (purpose.to_owned(), Callback::new(then));
    desk.run(pick, move |path| {
        if let Some(path) = path {
            show(desk, path, purpose, String::new(), then);
        }
    });
}

/// Reads the head of a sheet and shows it.
fn show(desk: Desk, path: String, purpose: String, sheet: String, then: Callback<TableChoice>) {
    let command = PreviewTable {
        path: path.clone(),
        purpose: purpose.clone(),
        sheet,
    };
    desk.run(command, move |preview| {
        desk.table.set(Some(TableAsk {
            path,
            purpose,
            preview,
            then,
        }));
        desk.choosing.set(true);
    });
}

/// Imports a table whole and tells how it went; its errors go to `errors`.
pub fn import(
    desk: Desk,
    purpose: &str,
    year: i32,
    errors: RwSignal<Vec<String>>,
    done: Callback<()>,
) {
    choose_table(desk, purpose, move |table| {
        desk.run(ImportTable { table, year }, move |report| {
            errors.set(report.errors.iter().map(row_error).collect());
            if report.errors.is_empty() {
                desk.toast(tf(W::RowsTaken, &[&report.taken, &report.known]));
                done.run(());
            }
        });
    });
}

/// One row error in words.
pub fn row_error(error: &RowError) -> String {
    let why = match error.reason.as_str() {
        "missing" => W::RowMissing,
        "not-money" => W::RowNotMoney,
        "not-a-date" => W::RowNotADate,
        "unknown-kind" => W::RowUnknownKind,
        "unknown-contract" => W::RowUnknownContract,
        "too-long" => W::RowTooLong,
        "other-year" => W::RowOtherYear,
        "overlap" => W::RowOverlap,
        "no-list" => W::RowNoList,
        "whole" => W::RowLawList,
        "shape" => W::RowCodeShape,
        "known" => W::RowCodeKnown,
        "dates" => W::RowCodeDates,
        "twice" => W::RowTwice,
        "too-many-rows" => W::RowTooMany,
        _ => W::RowUnknownCode,
    };
    if error.column.is_empty() {
        return tf(W::RowWhole, &[&error.row, &t(why)]);
    }
    let column = role_word(&error.column);
    tf(W::RowError, &[&error.row, &column, &error.value, &t(why)])
}

/// Errors of a table; nothing was taken.
#[component]
pub fn RowErrors(#[prop(into)] errors: Signal<Vec<String>>) -> impl IntoView {
    const SHOWN: usize = 20;
    view! {
        {move || errors.with(|all| (!all.is_empty()).then(|| view! {
            <div class="notice bad" role="alert" data-testid="row-errors">
                <div><b>{t(W::NothingTaken)}</b>
                <ul class="plain">{all.iter().take(SHOWN).map(|e| view! { <li>{e.clone()}</li> }).collect_view()}</ul>
                {(all.len() > SHOWN).then(|| view! { <p>{tf(W::MoreErrors, &[&all.len().saturating_sub(SHOWN)])}</p> })}
                </div>
            </div>
        }))}
    }
}

/// What a column may be, in words.
fn role_word(role: &str) -> String {
    let role = role.split('#').next().unwrap_or(role);
    if role.len() == 4 && role.bytes().all(|b| b.is_ascii_digit()) {
        let row = catalogue("economic-content").and_then(|list| {
            list.rows
                .iter()
                .find(|r| r.code == role && r.valid_to.is_none())
        });
        return row.map_or_else(
            || role.to_owned(),
            |row| format!("{role} {}", row.full_name),
        );
    }
    let word = match role {
        "name" => W::RoleName,
        "account" => W::AccountWord,
        "bank" => W::BankWord,
        "group" => W::RoleGroup,
        "gross" => W::Gross,
        "insurance" => W::Insurance,
        "union" => W::UnionFee,
        "tax" => W::IncomeTax,
        "net" => W::NetPay,
        "tax_code" => W::TaxCodeWord,
        "day" => W::DayWord,
        "kind" => W::KindWord,
        "source" => W::SourceWord,
        "sector" => W::SectorWord,
        "programme" => W::ProgrammeWord,
        "economic_content" => W::ContentCode,
        "amount" => W::AmountWord,
        "document_no" => W::DocumentWord,
        "document_day" | "document_date" => W::DocumentDay,
        "note" => W::NoteWord,
        "contract" => W::ContractOf,
        "out" => W::RoleOut,
        "in" => W::RoleIn,
        "reference" => W::ReferenceWord,
        "text" => W::TextWord,
        "catalogue" => W::RoleCatalogue,
        "code" => W::CodeWord,
        "replaces" => W::ReplacesWord,
        "valid_from" => W::CodeFrom,
        "valid_to" => W::CodeTo,
        "content" => W::SubjectWord,
        "invoice_no" => W::InvoiceNumber,
        "invoice_date" => W::InvoiceDay,
        other => return other.to_owned(),
    };
    t(word).to_owned()
}

/// The roles to choose from; a pay table's columns may be any tiểu mục of pay.
fn choices(ask: &TableAsk) -> Vec<String> {
    let mut all = ask.preview.roles.clone();
    if ask.purpose == "payroll" {
        let list = catalogue("economic-content");
        all.extend(
            list.into_iter()
                .flat_map(|list| &list.rows)
                .filter(|r| r.usable() && r.valid_to.is_none())
                .filter(|r| ("6001"..="6449").contains(&r.code.as_str()))
                .map(|r| r.code.clone()),
        );
    }
    all
}

/// Mounted once; opens when a spreadsheet was chosen.
#[component]
pub fn TableDialog() -> impl IntoView {
    let desk = desk();
    let title = Signal::derive(|| t(W::MapColumns).to_owned());
    view! {
        <Modal open=desk.choosing title testid="mapping" class="wide">
            {move || desk.table.get().map(|ask| view! { <Mapping ask/> })}
        </Modal>
    }
}

#[component]
fn Mapping(ask: TableAsk) -> impl IntoView {
    let desk = desk();
    let preview = ask.preview.clone();
    let columns = RwSignal::new(preview.columns.clone());
    let first = RwSignal::new(preview.first_row);
    let choices = choices(&ask);
    let needed = preview.needed.clone();
    let missing = Memo::new(move |_| {
        columns.with(|all| {
            let gone = needed.iter().filter(|n| !all.contains(n));
            gone.map(|n| role_word(n)).collect::<Vec<_>>().join(", ")
        })
    });
    // several columns may go to one tiểu mục, and to no other role
    let twice = Memo::new(move |_| {
        columns.with(|all| {
            let again = all.iter().enumerate().find(|(n, role)| {
                !role.is_empty()
                    && !role.bytes().all(|b| b.is_ascii_digit())
                    && all.iter().take(*n).any(|r| r == *role)
            });
            again.map(|(_, role)| role_word(role))
        })
    });
    let take = {
        let ask = ask.clone();
        move |_| {
            desk.choosing.set(false);
            ask.then.run(TableChoice {
                path: ask.path.clone(),
                purpose: ask.purpose.clone(),
                sheet: ask.preview.sheet.clone(),
                first_row: first.get_untracked(),
                columns: columns.get_untracked(),
            });
        }
    };
    let other_sheet = {
        let now = ask.clone();
        move |e: web_sys::Event| {
            let (path, purpose) = (now.path.clone(), now.purpose.clone());
            show(desk, path, purpose, event_target_value(&e), now.then);
        }
    };
    let width = preview.columns.len();
    let shown = preview.rows.len();
    let selected = preview.sheet.clone();
    view! {
        <p class="note">{tf(W::MapNote, &[&preview.total_rows])}</p>
        {preview.remembered.then(|| view! { <p class="note" data-testid="mapping-remembered">{t(W::MapRemembered)}</p> })}
        <div class="filters">
            {(preview.sheets.len() > 1).then(|| view! {
                <label class="pick"><span>{t(W::SheetWord)}</span>
                    <select class="in" data-testid="mapping-sheet" on:change=other_sheet>
                        {preview.sheets.iter().map(|s| view! { <option value=s.clone() selected={*s == selected}>{s.clone()}</option> }).collect_view()}
                    </select></label>
            })}
            <label class="pick"><span>{t(W::FirstRow)}</span>
                <select class="in" data-testid="mapping-first" on:change=move |e| first.set(event_target_value(&e).parse().unwrap_or(0))>
                    {(0..shown).map(|n| view! {
                        <option value=n.to_string() selected={u32::try_from(n) == Ok(preview.first_row)}>{n.saturating_add(1).to_string()}</option>
                    }).collect_view()}
                </select></label>
        </div>
        <div class="card scroll mapping"><table class="list">
            <thead><tr>{(0..width).map(|n| {
                let now = preview.columns.get(n).cloned().unwrap_or_default();
                // what was mapped before may be no longer among the usual ones
                let odd = (!now.is_empty() && !choices.contains(&now)).then(|| now.clone());
                let options = choices.iter().cloned().chain(odd).map(|role| {
                    let chosen = role == now;
                    view! { <option value=role.clone() selected=chosen>{role_word(&role)}</option> }
                }).collect_view();
                view! {
                    <th scope="col"><select class="in" data-testid=format!("mapping-{n}") aria-label=tf(W::ColumnNumber, &[&n.saturating_add(1)])
                        on:change=move |e| {
                            let role = event_target_value(&e);
                            columns.update(|all| if let Some(c) = all.get_mut(n) { *c = role; });
                        }>
                        <option value="">{t(W::NotUsed)}</option>{options}
                    </select></th>
                }
            }).collect_view()}</tr></thead>
            <tbody>{preview.rows.iter().enumerate().map(|(n, row)| {
                let above = move || first.with(|f| usize::try_from(*f).is_ok_and(|f| n < f));
                let cells = (0..width).map(|c| view! { <td>{row.get(c).cloned().unwrap_or_default()}</td> }).collect_view();
                view! { <tr class:above=above>{cells}</tr> }
            }).collect_view()}</tbody>
        </table></div>
        {move || missing.with(|m| (!m.is_empty()).then(|| view! {
            <p class="err" role="alert" data-testid="mapping-missing">{tf(W::MapMissing, &[m])}</p>
        }))}
        {move || twice.get().map(|role| view! {
            <p class="err" role="alert" data-testid="mapping-twice">{tf(W::MapTwice, &[&role])}</p>
        })}
        <footer class="modal-foot">
            <button type="button" class="btn" data-testid="mapping-no" on:click=move |_| desk.choosing.set(false)>{t(W::Cancel)}</button>
            <button type="button" class="btn main" data-testid="mapping-yes"
                disabled=move || missing.with(|m| !m.is_empty()) || twice.with(Option::is_some) on:click=take>{t(W::TakeTable)}</button>
        </footer>
    }
}
