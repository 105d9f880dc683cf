//! Lines with columns: an ARIA grid with one tab stop, typed like a spreadsheet.
//!
//! The text of a cell is a real input, so every input method works in it; typing replaces because
//! the whole text is selected on arrival.

mod cell;
mod paste;
pub mod rows;
mod steer;

use leptos::prelude::*;

use hoso_domain::finding::{Finding, Place, Severity};
use hoso_domain::form::{Column, FieldKind, Grid, Group};
use hoso_domain::voucher::Row;

use crate::icons::{Icon, icon};
use crate::rules;
use crate::widgets::suggest::code_name;
use crate::words::{W, t, tf};
use cell::Cell;
use rows::RowDraft;
use steer::Steer;

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
    computed: Signal<Vec<Row>>,
    #[prop(into)] read_only: Signal<bool>,
    #[prop(into)] problems: Signal<Vec<Finding>>,
    /// The treasury's words, with the place they were said of.
    #[prop(into)]
    remarks: Signal<Vec<(Place, String)>>,
    #[prop(into)] edited: Callback<()>,
    #[prop(into)] left: Callback<Place>,
) -> impl IntoView {
    // what others write on paper is no cell here
    let mut grid = grid;
    grid.columns.retain(|c| !c.reserved);
    let steer = Steer::new(&grid, voucher, rows.clone(), read_only, edited, left);
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
    let unread = steer.unread;

    view! {
        <div class="grid-box" data-testid=format!("grid-{block}")>
            {(!label.is_empty()).then(|| view! { <h3 class="grid-title">{label.clone()}</h3> })}
            <div class="grid-scroll">
            <table class="grid" role="grid" style=format!("min-width:max(44rem, {least}rem)")
                aria-label=if label.is_empty() { t(W::Lines).to_owned() } else { label.clone() }
                aria-colcount=count.to_string()
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
                    let rows = rows.clone();
                    let columns = columns.clone();
                    let block = block.clone();
                    let add_testid = if id.is_empty() { format!("{block}-add") } else { format!("{block}-{id}-add") };
                    view! {
                        <tbody>
                            {(!group.label.is_empty()).then(|| view! {
                                <tr class="group"><th scope="rowgroup" colspan=count.to_string()>{named(&group)}</th></tr>
                            })}
                            <For each=move || {
                                    let mut all = rows.get();
                                    all.retain(|r| r.group == id || id.is_empty());
                                    all
                                } key=|r| r.key let:row>
                                <Line steer row columns=columns.clone() computed problems remarks read_only/>
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
            <Messages problems unread block=block.clone() columns=columns.clone()/>
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

#[component]
fn Line(
    steer: Steer,
    row: RowDraft,
    columns: Vec<Column>,
    computed: Signal<Vec<Row>>,
    problems: Signal<Vec<Finding>>,
    remarks: Signal<Vec<(Place, String)>>,
    read_only: Signal<bool>,
) -> impl IntoView {
    let key = row.key;
    let index = Memo::new(move |_| steer.index_of(key));
    let number = move || index.get().map_or(0, |i| i.saturating_add(1));
    view! {
        <tr aria-rowindex=move || number().to_string()
            data-testid=move || format!("line-{}-{}", steer.block(), index.get().unwrap_or(0))>
            <th scope="row" class="row-number">{number}</th>
            {columns.into_iter().enumerate().map(|(at, column)| {
                let cell = row.cell(&column.id);
                view! { <Cell steer column at index cell computed problems remarks read_only/> }
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
fn Names(steer: Steer, computed: Signal<Vec<Row>>, columns: Vec<Column>) -> impl IntoView {
    let codes: Vec<Column> = columns
        .into_iter()
        .filter(|c| !c.catalogue.is_empty())
        .collect();
    view! {
        <p class="line-names" data-testid="line-names">
            {move || {
                let row = computed.with(|rows| rows.get(steer.row_here()).cloned()).unwrap_or_default();
                codes.iter().filter_map(|c| {
                    let code = row.cell(&c.id).to_owned();
                    let name = code_name(&c.catalogue, &code).get();
                    (!code.is_empty() && !name.is_empty()).then(|| view! { <span><b>{code}</b>" "{name}</span> })
                }).collect_view()
            }}
        </p>
    }
}

/// What is wrong in the lines, in words under them; and what a paste could not read.
#[component]
fn Messages(
    problems: Signal<Vec<Finding>>,
    unread: RwSignal<Vec<Unread>>,
    block: String,
    columns: Vec<Column>,
) -> impl IntoView {
    let label = move |id: &str| {
        columns
            .iter()
            .find(|c| c.id == id)
            .map_or_else(|| id.to_owned(), |c| c.full_label())
    };
    let testid = format!("{block}-problems");
    view! {
        <div class="under grid-under" data-testid=testid aria-live="polite">
            {move || problems.get().into_iter().filter_map(|mut f| {
                // the place is said here already
                f.params.remove("line");
                let Place::Cell { row, column, .. } = &f.place else { return None };
                let place = tf(W::LineColumn, &[&row.saturating_add(1), &label(column)]);
                let error = f.severity == Severity::Error;
                Some(view! {
                    <p class=if error { "err" } else { "err warn" } data-code=f.code.as_str()>
                        {icon(if error { Icon::Cross } else { Icon::Warning })}
                        <span>{place}": "{crate::say::finding(&f)}</span>
                    </p>
                })
            }).collect_view()}
            {move || {
                let unread = unread.get();
                (!unread.is_empty()).then(|| view! {
                    <div class="notice wait" data-testid="paste-unread">
                        {icon(Icon::Warning)}
                        <div>
                            <b>{tf(W::PasteUnread, &[&unread.len()])}</b>
                            <ul>{unread.into_iter().map(|u| view! {
                                <li>{tf(W::LineColumn, &[&u.row, &u.column])}": “"{u.text}"”"</li>
                            }).collect_view()}</ul>
                        </div>
                    </div>
                })
            }}
        </div>
    }
}
