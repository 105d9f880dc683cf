//! The blocks of a form in printed order: ticks, fields under their sections, line grids, total.

mod field;
mod lines;

use leptos::prelude::*;

use hoso_domain::form::{Block, Field, FieldKind};

use super::Bench;
use super::draft::VoucherDraft;
use crate::words::{W, t};
use field::{one_field, place_of, ticks};
use lines::{Totals, lines};

#[component]
pub fn VoucherForm(bench: Bench, voucher: usize, draft: VoucherDraft) -> impl IntoView {
    let form = draft.form.clone();
    let mut cards: Vec<Vec<Block>> = Vec::new();
    for block in &form.blocks {
        let is_lines = block.grid().is_some();
        let is_total = !block.fields().is_empty()
            && !is_lines
            && block
                .fields()
                .iter()
                .all(|f| f.formula.is_some() || f.kind == FieldKind::Words);
        if is_total {
            continue;
        }
        match cards.last_mut() {
            Some(card) if !is_lines && card.iter().all(|b| b.grid().is_none()) => {
                card.push(block.clone())
            }
            _ => cards.push(vec![block.clone()]),
        }
    }
    view! {
        <section class="voucher" id=format!("v{voucher}") tabindex="-1" role="tabpanel"
            aria-label=form.name.clone() hidden=move || bench.shown.get() != voucher>
            {cards.into_iter().map(|blocks| {
                let draft = draft.clone();
                let lines = blocks.iter().any(|b| b.grid().is_some());
                view! {
                    <div class="card" class:sheet=!lines class:lines=lines>
                        {parts(blocks).into_iter().map(|part| one_part(bench, voucher, &draft, part)).collect_view()}
                    </div>
                }
            }).collect_view()}
            <Totals bench voucher form=form.clone()/>
        </section>
    }
}

/// Neighbouring groups of ticks share a row.
fn parts(blocks: Vec<Block>) -> Vec<Vec<Block>> {
    let is_ticks = |b: &Block| matches!(b, Block::Ticks { .. });
    let mut all: Vec<Vec<Block>> = Vec::new();
    for block in blocks {
        match all.last_mut() {
            Some(part) if is_ticks(&block) && part.iter().all(is_ticks) => part.push(block),
            _ => all.push(vec![block]),
        }
    }
    all
}

fn one_part(bench: Bench, voucher: usize, draft: &VoucherDraft, part: Vec<Block>) -> AnyView {
    let ticks = part.iter().any(|b| matches!(b, Block::Ticks { .. }));
    let each = part
        .into_iter()
        .map(|b| one_block(bench, voucher, draft, b))
        .collect_view();
    if ticks {
        view! { <div class="tick-groups">{each}</div> }.into_any()
    } else {
        each.into_any()
    }
}

fn one_block(bench: Bench, voucher: usize, draft: &VoucherDraft, block: Block) -> AnyView {
    match block {
        Block::Ticks {
            id,
            label,
            choose,
            required,
            options,
        } => ticks(bench, voucher, draft, &id, label, choose, required, options).into_any(),
        Block::Fields { label, fields, .. } => {
            let draft = draft.clone();
            view! {
                {(!label.is_empty()).then(|| view! { <h3 class="section-title">{label}</h3> })}
                {sections(fields).into_iter().map(|(title, fields)| section(bench, voucher, &draft, title, fields)).collect_view()}
            }.into_any()
        }
        Block::Grid(grid) => lines(bench, voucher, draft, grid, Vec::new()),
        Block::GroupedGrid { grid, groups } => lines(bench, voucher, draft, grid, groups),
        Block::PairedRows { grid, sides } => lines(bench, voucher, draft, grid, sides),
        Block::TaxBlock { grid, fields } => {
            let draft = draft.clone();
            let title = grid.label.clone();
            let each = sections(fields)
                .into_iter()
                .map(|(title, fields)| section(bench, voucher, &draft, title, fields))
                .collect_view();
            let title =
                (!title.is_empty()).then(|| view! { <h3 class="section-title">{title}</h3> });
            if grid.columns.is_empty() {
                // fields alone, on the sheet of their neighbours
                return view! { {title}{each} }.into_any();
            }
            view! {
                <div class="sheet">{title}{each}</div>
                {lines(bench, voucher, &draft, grid, Vec::new())}
            }
            .into_any()
        }
    }
}

/// Neighbouring fields with the same sub-heading.
fn sections(fields: Vec<Field>) -> Vec<(String, Vec<Field>)> {
    let mut all: Vec<(String, Vec<Field>)> = Vec::new();
    for field in fields {
        match all.last_mut() {
            Some((title, fields)) if *title == field.section => fields.push(field),
            _ => all.push((field.section.clone(), vec![field])),
        }
    }
    all
}

/// A section is folded while it is wholly optional and empty, unless it names the payee.
fn section(
    bench: Bench,
    voucher: usize,
    draft: &VoucherDraft,
    title: String,
    fields: Vec<Field>,
) -> AnyView {
    let folded = !title.is_empty()
        && fields.iter().all(|f| {
            !f.required
                && f.id != draft.form.summary.payee
                && draft.field(&f.id).with_untracked(String::is_empty)
                && untrack(|| bench.remarks_at(&place_of(voucher, &f.id))).is_empty()
        });
    let testid = fields
        .first()
        .map_or_else(String::new, |f| format!("section-{}", f.id));
    let draft = draft.clone();
    let each = fields
        .into_iter()
        .map(move |f| one_field(bench, voucher, &draft, f))
        .collect_view();
    if folded {
        view! {
            <details class="fold">
                <summary data-testid=testid title=format!("{title} — {}", t(W::Optional))>{title.clone()}</summary>
                <div class="sheet">{each}</div>
            </details>
        }
        .into_any()
    } else {
        view! {
            {(!title.is_empty()).then(|| view! { <h3 class="section-title">{title}</h3> })}
            {each}
        }
        .into_any()
    }
}
