//! Lines with columns: an ARIA grid with one tab stop, typed like a spreadsheet.
//!
//! The text of a cell is a real input, so every input method works in it; typing replaces because
//! the whole text is selected on arrival.

mod cell;
mod clip;
mod line;
mod lines;
mod messages;
mod paste;
mod preview;
pub mod rows;
mod sight;
mod steer;

use leptos::prelude::*;

use hoso_domain::finding::{Finding, Place};
use hoso_domain::form::{Column, FieldKind, Grid, Group, Lines};

use crate::rules;
use crate::words::{W, t};
use line::{Names, PieceView};
use messages::Messages;
use preview::PastePreview;
use rows::RowDraft;
use steer::Steer;

pub use steer::On;

/// A cell whose pasted text could not be read: row from 1, column's label, the text.
#[derive(Clone, PartialEq, Debug)]
pub struct Unread {
    pub row: usize,
    pub column: String,
    pub text: String,
}

#[component]
pub fn LineGrid(
    grid: Grid,
    /// Groups or sides; empty for a plain grid.
    groups: Vec<Group>,
    voucher: usize,
    rows: ArcRwSignal<Vec<RowDraft>>,
    /// The same rows with computed cells filled.
    #[prop(into)]
    computed: Signal<Lines>,
    #[prop(into)] read_only: Signal<bool>,
    #[prop(into)] problems: Signal<Vec<Finding>>,
    /// The treasury's words, with the place they were said of.
    #[prop(into)]
    remarks: Signal<Vec<(Place, String)>>,
    /// Whether its voucher's tab is up.
    #[prop(into)]
    shown: Signal<bool>,
    on: On,
) -> impl IntoView {
    // what others write on paper is no cell here
    let mut grid = grid;
    grid.columns.retain(|c| !c.reserved);
    let ids = groups.iter().map(|g| g.id.clone()).collect();
    let steer = Steer::new(&grid, ids, voucher, rows.clone(), read_only, on);
    steer.keep_looking();
    Effect::new(move |_| {
        shown.track();
        rows.track();
        request_animation_frame(move || steer.look());
    });
    let row_here = Memo::new(move |_| steer.row_here());
    let columns = grid.columns.clone();
    let weight: u32 = columns
        .iter()
        .map(|c| u32::from(width_of(c)))
        .sum::<u32>()
        .max(1);
    // so that no head is broken within a word; what is wider scrolls
    let least = weight.saturating_mul(38).div_ceil(100);
    let heads = columns.iter().any(|c| !c.group.is_empty());
    let block = grid.id.clone();
    let label = grid.label.clone();
    let count = columns.len().saturating_add(2);
    let groups = if groups.is_empty() {
        vec![Group {
            id: String::new(),
            label: String::new(),
            printed: String::new(),
        }]
    } else {
        groups
    };
    let wanted = format!("g-{voucher}-{block}");
    let line_columns = StoredValue::new(columns.clone());

    view! {
        <div class="grid-box" data-testid=format!("grid-{block}") id=wanted node_ref=steer.frame
            on:reveal=move |e: web_sys::Event| steer.reveal_asked(&e)>
            {(!label.is_empty()).then(|| view! { <h3 class="grid-title">{label.clone()}</h3> })}
            <div class="grid-scroll">
            <table class="grid" role="grid" style=format!("min-width:max(44rem, {least}rem)")
                aria-label=if label.is_empty() { t(W::Lines).to_owned() } else { label.clone() }
                aria-colcount=count.to_string()
                aria-rowcount=move || steer.rows_tracked(<[RowDraft]>::len).to_string()
                on:keydown=move |e| steer.key(&e)
                on:paste=move |e| steer.paste(&e)
                on:copy=move |e| steer.copy(&e)>
                <colgroup>
                    <col class="col-number"/>
                    {columns.iter().map(|c| {
                        let share = u32::from(width_of(c)).saturating_mul(1000).checked_div(weight).unwrap_or(0);
                        view! { <col style=format!("width:{}.{}%", share / 10, share % 10)/> }
                    }).collect_view()}
                    <col class="col-tools"/>
                </colgroup>
                <thead>
                    {heads.then(|| view! { <tr class="spanning">{spans(&columns)}</tr> })}
                    <tr>
                        <th scope="col" class="row-number">"#"</th>
                        {columns.iter().map(head).collect_view()}
                        <th scope="col"><span class="hidden">{t(W::LineTools)}</span></th>
                    </tr>
                </thead>
                {groups.into_iter().map(|group| {
                    let (id, add_id) = (group.id.clone(), group.id.clone());
                    let block = block.clone();
                    let add_testid = if id.is_empty() { format!("{block}-add") } else { format!("{block}-{id}-add") };
                    view! {
                        <tbody>
                            {(!group.label.is_empty()).then(|| view! {
                                <tr class="group"><th scope="rowgroup" colspan=count.to_string()>{named(&group)}</th></tr>
                            })}
                            <For each=move || steer.pieces_of(&id, row_here.get()) key=|p| p.key() let:piece>
                                <PieceView steer piece columns=line_columns computed problems remarks read_only/>
                            </For>
                            <Show when=move || !read_only.get()>
                                <tr class="add">
                                    <td class="row-number">"+"</td>
                                    <td colspan=(count.saturating_sub(1)).to_string()>
                                        <button type="button" class="add-line" tabindex="-1" data-testid=add_testid.clone()
                                            on:click={
                                                let group = add_id.clone();
                                                move |_| steer.append(group.clone())
                                            }>{t(W::NewLine)}</button>
                                    </td>
                                </tr>
                            </Show>
                        </tbody>
                    }
                }).collect_view()}
                {(!grid.total_label.is_empty()).then(|| view! {
                    <tfoot><tr>
                        <th scope="row" colspan="2">{grid.total_label.clone()}</th>
                        {columns.iter().skip(1).map(|c| {
                            let (id, total) = (c.id.clone(), c.total);
                            let testid = format!("total-{block}-{id}");
                            view! {
                                <td class="num" data-testid=testid>
                                    {move || total.then(|| computed.with(|rows| rules::column_total(rows, &id)).map(|d| d.to_string()))}
                                </td>
                            }
                        }).collect_view()}
                        <td></td>
                    </tr></tfoot>
                })}
            </table>
            </div>
            <Names steer computed columns=columns.clone()/>
            <Messages steer problems block=block.clone() columns=columns.clone()/>
            <PastePreview steer/>
        </div>
    }
}

/// "I. Công chức".
fn named(group: &Group) -> String {
    if group.printed.is_empty() {
        group.label.clone()
    } else {
        format!("{} {}", group.printed, group.label)
    }
}

/// Share of the width on the screen.
fn width_of(column: &Column) -> u16 {
    // what a whole value needs on the screen; paper is set in a narrower type
    let least = match column.kind {
        FieldKind::Text | FieldKind::Paragraph if column.width == 0 => 24,
        FieldKind::Money => 14,
        FieldKind::Date => 13,
        FieldKind::Code => 10,
        _ => 8,
    };
    // and its head is not broken within a word
    let longest = column
        .label
        .split_whitespace()
        .map(|w| w.chars().count())
        .max();
    let letters = longest
        .unwrap_or(0)
        .saturating_add(usize::from(column.required));
    let word = u16::try_from(letters.saturating_mul(13).div_ceil(10)).unwrap_or(u16::MAX);
    column.width.max(least).max(word.saturating_add(2))
}

fn head(column: &Column) -> impl IntoView + use<> {
    let money = column.kind == FieldKind::Money;
    let full = column.label.clone();
    view! {
        <th scope="col" class:num=money title=full>
            {column.label.clone()}
            {column.required.then(|| view! { <span class="must" aria-hidden="true">"*"</span> })}
            {(!column.printed.is_empty()).then(|| view! { <small>{column.printed.clone()}</small> })}
        </th>
    }
}

/// The row of spanning heads: neighbours with the same group share one.
fn spans(columns: &[Column]) -> impl IntoView + use<> {
    let mut runs: Vec<(String, usize)> = vec![(String::new(), 1)];
    for column in columns {
        match runs.last_mut() {
            Some((group, n)) if *group == column.group => *n = n.saturating_add(1),
            _ => runs.push((column.group.clone(), 1)),
        }
    }
    runs.push((String::new(), 1));
    runs.into_iter()
        .map(|(group, n)| {
            let head = !group.is_empty();
            view! { <th colspan=n.to_string() class:spanned=head>{group}</th> }
        })
        .collect_view()
}
