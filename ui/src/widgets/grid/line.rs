//! One line of a grid, the gaps between lines, and what the codes of a line are called.

use leptos::prelude::*;

use hoso_domain::finding::{Finding, Place};
use hoso_domain::form::{Column, Lines};

use super::cell::Cell;
use super::rows::RowDraft;
use super::sight::Piece;
use super::steer::Steer;
use crate::icons::{Icon, icon};
use crate::widgets::suggest::code_name;
use crate::words::{W, t};

/// A line, or the room of lines that are out of sight.
#[component]
pub fn PieceView(
    steer: Steer,
    piece: Piece,
    columns: StoredValue<Vec<Column>>,
    computed: Signal<Lines>,
    problems: Signal<Vec<Finding>>,
    remarks: Signal<Vec<(Place, String)>>,
    read_only: Signal<bool>,
) -> impl IntoView {
    match piece {
        Piece::Line(row) => {
            view! { <Line steer row columns computed problems remarks read_only/> }.into_any()
        }
        Piece::Gap { lines, .. } => {
            let count = columns.with_value(Vec::len).saturating_add(2).to_string();
            view! {
                <tr class="gap" aria-hidden="true"><td colspan=count style=steer.gap_style(lines)></td></tr>
            }
            .into_any()
        }
    }
}

#[component]
fn Line(
    steer: Steer,
    row: RowDraft,
    columns: StoredValue<Vec<Column>>,
    computed: Signal<Lines>,
    problems: Signal<Vec<Finding>>,
    remarks: Signal<Vec<(Place, String)>>,
    read_only: Signal<bool>,
) -> impl IntoView {
    let key = row.key;
    let index = Memo::new(move |_| steer.index_of(key));
    let number = move || index.get().map_or(0, |i| i.saturating_add(1));
    view! {
        <tr class="line" aria-rowindex=move || number().to_string()
            data-testid=move || format!("line-{}-{}", steer.block(), index.get().unwrap_or(0))>
            <th scope="row" class="row-number">{number}</th>
            {columns.get_value().into_iter().enumerate().map(|(at, column)| {
                let line = row.clone();
                view! { <Cell steer column at line index computed problems remarks read_only/> }
            }).collect_view()}
            <td class="tools">
                <Show when=move || !read_only.get()>
                    <button type="button" class="btn quiet square small" tabindex="-1"
                        title=t(W::RemoveLine) aria-label=t(W::RemoveLine)
                        data-testid=move || format!("remove-{}-{}", steer.block(), index.get().unwrap_or(0))
                        on:click=move |_| if let Some(i) = index.get_untracked() { steer.remove(i) }>
                        {icon(Icon::Cross)}
                    </button>
                </Show>
            </td>
        </tr>
    }
}

/// The official names of the codes on the line at hand, where the cells are too narrow for them.
#[component]
pub fn Names(steer: Steer, computed: Signal<Lines>, columns: Vec<Column>) -> impl IntoView {
    let codes: Vec<Column> = columns
        .into_iter()
        .filter(|c| !c.catalogue.is_empty())
        .collect();
    // a key in another cell, or in another line, says no name anew
    let here = Memo::new(move |_| {
        let row = computed.with(|rows| rows.get(steer.row_here()).cloned());
        let row = row.unwrap_or_default();
        let code = |c: &Column| (c.catalogue.clone(), row.cell(&c.id).to_owned());
        codes.iter().map(code).collect::<Vec<_>>()
    });
    view! {
        <p class="line-names" data-testid="line-names">
            {move || here.get().into_iter().filter_map(|(catalogue, code)| {
                let name = code_name(&catalogue, &code).get();
                (!code.is_empty() && !name.is_empty()).then(|| view! { <span><b>{code}</b>" "{name}</span> })
            }).collect_view()}
        </p>
    }
}
