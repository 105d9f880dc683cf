//! One cell: an input where it is typed, plain text where it is computed.

use leptos::html;
use leptos::prelude::*;

use hoso_contract::view::Pick;
use hoso_domain::finding::{Finding, Place, Severity};
use hoso_domain::form::{Column, FieldKind, Lines};

use super::rows::RowDraft;
use super::steer::{Enrolled, Mode, Steer};
use crate::rules;
use crate::say;
use crate::widgets::suggest::{Source, SuggestList, Suggestions, code_name};
use crate::widgets::typing::Typing;

#[component]
pub fn Cell(
    steer: Steer,
    column: Column,
    /// Column's place in the form, from 0.
    at: usize,
    /// Where the line stands now.
    index: Memo<Option<usize>>,
    line: RowDraft,
    computed: Signal<Lines>,
    problems: Signal<Vec<Finding>>,
    remarks: Signal<Vec<(Place, String)>>,
    read_only: Signal<bool>,
) -> impl IntoView {
    let key = line.key;
    let row = move || index.get().unwrap_or(0);
    let column_id = StoredValue::new(column.id.clone());
    let is_here = move |place: &Place| {
        matches!(place, Place::Cell { row: r, column: c, .. }
            if *r == row() && column_id.with_value(|id| id == c))
    };
    let said = Memo::new(move |_| {
        let mut words: Vec<String> = problems.with(|all| {
            all.iter()
                .filter(|f| is_here(&f.place))
                .map(say::finding)
                .collect()
        });
        remarks.with(|all| {
            words.extend(
                all.iter()
                    .filter(|(p, _)| is_here(p))
                    .map(|(_, text)| text.clone()),
            );
        });
        words.join("\n")
    });
    let is_bad = Memo::new(move |_| {
        problems.with(|all| {
            all.iter()
                .any(|f| f.severity == Severity::Error && is_here(&f.place))
        })
    });
    let is_marked = Memo::new(move |_| !said.with(String::is_empty));
    let testid = move || format!("cell-{}-{}-{}", steer.block(), row(), column_id.get_value());
    let dom_id = move || steer.dom_id(row(), &column_id.get_value());
    let money = column.kind == FieldKind::Money;
    let kind = column.kind;

    if column.formula.is_some() {
        return view! {
            <td role="gridcell" aria-readonly="true" class="computed" class:num=money class:bad=move || is_bad.get()
                id=dom_id data-testid=testid title=move || said.get()>
                {move || computed.with(|rows| {
                    rows.get(row()).map(|r| rules::display(kind, r.cell(&column_id.get_value())))
                })}
            </td>
        }
        .into_any();
    }

    let node = NodeRef::<html::Input>::new();
    let typing = Typing::cell(kind, line, &column.id);
    let list = Suggestions::new();
    let source = if column.catalogue.is_empty() {
        Source::None
    } else {
        Source::Codes(column.catalogue.clone())
    };
    let name = (!column.catalogue.is_empty()).then(|| {
        let (catalogue, typing) = (column.catalogue.clone(), typing.clone());
        Memo::new(move |_| {
            let code = typing.kept();
            if code.is_empty() || typing.is_typing() {
                String::new()
            } else {
                code_name(&catalogue, &code).get()
            }
        })
    });
    let shape = typing.clone();
    Effect::new(move |_| {
        let shown = shape.shown();
        if let Some(node) = node.get()
            && !shape.is_typing()
            && node.value() != shown
        {
            node.set_value(&shown);
        }
    });
    let take = {
        let typing = typing.clone();
        Callback::new(move |pick: Pick| {
            typing.put(pick.code);
            steer.mode.set(Mode::Arrived);
            steer.edited.run(());
        })
    };
    let enrolled = Enrolled {
        typing: typing.clone(),
        list,
        source: source.clone(),
        node,
    };
    steer.enrol(key, at, enrolled);
    let back = typing.clone();
    let written = typing.clone();
    let max = if column.max > 0 {
        column.max.to_string()
    } else {
        "500".to_owned()
    };
    view! {
        <td role="gridcell" class:num=money class:bad=move || is_bad.get() class:marked=move || is_marked.get()
            class:here=move || steer.is_at(row(), at) class:picked=move || steer.is_picked(row(), at)
            title=move || said.get()
            on:mousedown=move |e| steer.press(&e, row(), at)
            on:dblclick=move |_| steer.edit()>
            <div class="cell">
                <input node_ref=node type="text" class:num=money
                    id=dom_id data-testid=testid
                    autocomplete="off" spellcheck="false" maxlength=max
                    inputmode=if money { "numeric" } else { "text" }
                    aria-label=column.label.clone()
                    aria-invalid=move || is_bad.get().to_string()
                    tabindex=move || if steer.is_stop(row(), at) { "0" } else { "-1" }
                    readonly=move || read_only.get()
                    on:focus=move |_| steer.arrive(row(), at)
                    on:input=move |e| {
                        let text = event_target_value(&e);
                        written.typed(text.clone());
                        steer.typed();
                        if let Some(node) = node.get_untracked() {
                            list.ask(source.clone(), text, (**node).clone());
                        }
                    }
                    on:blur=move |_| {
                        list.close();
                        back.commit();
                        if let Some(Some(node)) = node.try_get_untracked() { node.set_value(&back.shown()); }
                        if let Some(Some(row)) = index.try_get_untracked() { steer.leave(row, at); }
                    }/>
                {name.map(|name| view! { <small class="cell-name" title=move || name.get()>{move || name.get()}</small> })}
            </div>
            <SuggestList list take/>
        </td>
    }
    .into_any()
}
