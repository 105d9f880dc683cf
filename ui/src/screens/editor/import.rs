//! Lines of a voucher, or its list of payees, out of a spreadsheet.

use leptos::prelude::*;

use hoso_contract::command::ReadLines;
use hoso_domain::form::Grid;

use super::Bench;
use crate::screens::tables::{RowErrors, choose_table, export, row_error};
use crate::widgets::grid::rows::RowDraft;
use crate::words::{W, t, tf};

/// Puts the rows of a table below those that are there; blank ones make room. A table with one wrong
/// row brings none.
pub fn import_button(
    bench: Bench,
    purpose: &'static str,
    grid: Grid,
    rows: ArcRwSignal<Vec<RowDraft>>,
) -> impl IntoView {
    let desk = bench.desk;
    let errors = RwSignal::new(Vec::<String>::new());
    let read = move |_| {
        let (grid, rows) = (grid.clone(), rows.clone());
        choose_table(desk, purpose, move |table| {
            let (grid, rows) = (grid.clone(), rows.clone());
            desk.run(ReadLines { table }, move |got| {
                errors.set(got.errors.iter().map(row_error).collect());
                if !got.errors.is_empty() {
                    return;
                }
                let count = got.rows.len();
                rows.update(|all| {
                    all.retain(|r| !r.row().is_blank());
                    all.extend(got.rows.into_iter().map(RowDraft::new));
                    // a list is numbered through
                    if grid.columns.iter().any(|c| c.id == "ordinal") {
                        for (n, row) in all.iter().enumerate() {
                            row.put("ordinal", n.saturating_add(1).to_string());
                        }
                    }
                });
                bench.saver.changed();
                bench.saver.save();
                desk.toast(tf(W::LinesRead, &[&count]));
            });
        });
    };
    view! {
        <div class="row grid-tools">
            <button type="button" class="btn quiet small" data-testid=format!("import-{purpose}") on:click=read>{t(W::ImportExcel)}</button>
            <button type="button" class="btn quiet small" data-testid=format!("sample-{purpose}")
                on:click=move |_| export(desk, &format!("sample:{purpose}"), "mau-bang.xlsx", 0)>{t(W::SampleFile)}</button>
        </div>
        <RowErrors errors/>
    }
}
