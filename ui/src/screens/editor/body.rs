//! The blocks of a form in printed order: ticks, fields under their sections, line grids, total.

use leptos::prelude::*;

use hoso_contract::view::Pick;
use hoso_domain::finding::{FindingCode, Place};
use hoso_domain::form::{Block, Choose, Field, FieldKind, Form, Grid, Group, TickOption};

use super::Bench;
use super::draft::VoucherDraft;
use crate::icons::{Icon, icon};
use crate::rules;
use crate::say;
use crate::widgets::field::{FieldSpec, TextField};
use crate::widgets::grid::{LineGrid, On};
use crate::widgets::suggest::Source;
use crate::words::{W, t, tf};

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

fn place_of(voucher: usize, field: &str) -> Place {
    Place::Field {
        voucher,
        field: field.to_owned(),
    }
}

/// `field-payee_bank`; further vouchers carry their number.
fn testid(voucher: usize, field: &str) -> String {
    if voucher == 0 {
        format!("field-{field}")
    } else {
        format!("field-{voucher}-{field}")
    }
}

/// Columns of twelve, by what the field holds.
fn span(field: &Field) -> u8 {
    match field.kind {
        FieldKind::Paragraph | FieldKind::Words => 12,
        FieldKind::Date | FieldKind::Year | FieldKind::Integer => 2,
        FieldKind::TreasuryAccount => 4,
        FieldKind::Money
        | FieldKind::Code
        | FieldKind::BankAccount
        | FieldKind::TaxCode
        | FieldKind::IdentityNumber => 3,
        FieldKind::Text => match field.max {
            1..=40 => 2,
            41..=130 => 4,
            _ => 4,
        },
    }
}

fn one_field(
    bench: Bench,
    voucher: usize,
    draft: &VoucherDraft,
    field: Field,
) -> impl IntoView + use<> {
    let place = place_of(voucher, &field.id);
    let is_computed = field.formula.is_some() || field.kind == FieldKind::Words;
    // what the connection file says of the unit and its treasury is not typed
    // what the connection file did not tell is typed
    let is_given = (field.fill.starts_with("unit.") || field.fill.starts_with("treasury."))
        && !draft.field(&field.id).with_untracked(String::is_empty);
    let read_only = !bench.editable || is_computed || is_given;
    let is_payee = field.id == draft.form.summary.payee;
    let is_account = field.kind == FieldKind::TreasuryAccount;
    let source = if read_only {
        Source::None
    } else if is_payee {
        Source::Payees
    } else if is_account {
        Source::Fixed(own_accounts(bench))
    } else if field.catalogue.is_empty() {
        Source::None
    } else {
        Source::Codes(field.catalogue.clone())
    };
    let value = draft.field(&field.id);
    let beside = {
        let value = value.clone();
        Signal::derive(move || {
            if !is_account {
                return String::new();
            }
            let account = value.get();
            bench.view.with(|v| {
                v.balances
                    .iter()
                    .find(|b| b.account == account)
                    .map_or_else(String::new, |b| tf(W::UsableShort, &[&b.usable]))
            })
        })
    };
    let (problems_at, remarks_at, leaving) = (place.clone(), place.clone(), place);
    let problems = Signal::derive(move || bench.findings_at(&problems_at));
    let remarks = Signal::derive(move || bench.remarks_at(&remarks_at));
    let fills = draft.clone();
    let picked = Callback::new(move |pick: Pick| {
        for (id, value) in &pick.fills {
            fills.put(id, value);
        }
    });
    let spec = FieldSpec {
        id: format!("f-{voucher}-{}", field.id),
        testid: testid(voucher, &field.id),
        span: span(&field),
        label: field.label,
        required: field.required && !read_only,
        kind: field.kind,
        catalogue: field.catalogue,
        max: field.max,
        help: field.help,
        source,
    };
    view! {
        <TextField spec value read_only=Signal::stored(read_only) beside problems remarks
            edited=Callback::new(move |()| bench.saver.changed())
            left=Callback::new(move |()| bench.left(&leaving, voucher))
            picked/>
    }
}

fn own_accounts(bench: Bench) -> Vec<Pick> {
    untrack(|| bench.desk.unit()).map_or_else(Vec::new, |unit| {
        unit.accounts
            .into_iter()
            .map(|a| Pick {
                code: a.number,
                name: a.name,
                fills: Default::default(),
            })
            .collect()
    })
}

#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one block of the form's data"
)]
fn ticks(
    bench: Bench,
    voucher: usize,
    draft: &VoucherDraft,
    block: &str,
    label: String,
    choose: Choose,
    required: bool,
    options: Vec<TickOption>,
) -> impl IntoView + use<> {
    let ids: Vec<String> = options.iter().map(|o| o.id.clone()).collect();
    // the checks name a group of ticks by its first option
    let place = place_of(voucher, ids.first().map_or(block, String::as_str));
    let remarks_at = place.clone();
    let leaving = place.clone();
    let id = format!("f-{voucher}-{}", ids.first().map_or(block, String::as_str));
    let draft = draft.clone();
    let problems = move || {
        let mut all = bench.findings_at(&place);
        if !bench.show_all.get() {
            all.retain(|f| f.code != FindingCode::TickRequired);
        }
        all
    };
    view! {
        <fieldset class="ticks" id=id.clone() tabindex="-1" data-testid=format!("ticks-{block}")>
            <legend>{label}{required.then(|| view! { <span class="must" aria-hidden="true">"*"</span> })}</legend>
            <div class="tick-row">
            {options.into_iter().map(|option| {
                let value = draft.field(&option.id);
                let (ids, draft, leaving) = (ids.clone(), draft.clone(), leaving.clone());
                let mine = option.id.clone();
                view! {
                    <label class="tick">
                        <input type=if choose == Choose::One { "radio" } else { "checkbox" } name=id.clone()
                            data-testid=format!("tick-{}", option.id)
                            disabled=!bench.editable
                            prop:checked=move || value.with(|v| v == "x")
                            on:change=move |e| {
                                let on = event_target_checked(&e);
                                for id in &ids {
                                    let chosen = *id == mine;
                                    if chosen || choose == Choose::One {
                                        draft.field(id).set(if chosen && on { "x".to_owned() } else { String::new() });
                                    }
                                }
                                bench.saver.changed();
                                bench.left(&leaving, voucher);
                            }/>
                        <span>{option.label}</span>
                    </label>
                }
            }).collect_view()}
            </div>
            <div class="under">
                {move || problems().into_iter().map(|f| view! {
                    <p class="err" data-code=f.code.as_str()>{icon(Icon::Cross)}<span>{say::finding(&f)}</span></p>
                }).collect_view()}
                {move || bench.remarks_at(&remarks_at).into_iter().map(|words| view! {
                    <p class="remark" data-testid="remark">{icon(Icon::Result)}<span>{tf(W::TreasurySays, &[&words])}</span></p>
                }).collect_view()}
            </div>
        </fieldset>
    }
}

fn lines(
    bench: Bench,
    voucher: usize,
    draft: &VoucherDraft,
    grid: Grid,
    groups: Vec<Group>,
) -> AnyView {
    let Some(rows) = draft.grids.get(&grid.id).cloned() else {
        return ().into_any();
    };
    let block = StoredValue::new(grid.id.clone());
    let computed = Memo::new(move |_| {
        bench.computed.with(|all| {
            all.get(voucher)
                .map_or_else(Vec::new, |v| block.with_value(|b| v.rows(b).to_vec()))
        })
    });
    let on = On {
        edited: Callback::new(move |()| bench.saver.changed()),
        done: Callback::new(move |()| bench.past.note()),
        left: Callback::new(move |place: Place| bench.left(&place, voucher)),
    };
    let shown = Signal::derive(move || bench.shown.get() == voucher);
    let is_mine = move |place: &Place| {
        matches!(place, Place::Cell { voucher: v, block: b, .. }
            if *v == voucher && block.with_value(|mine| mine == b))
    };
    let problems = Memo::new(move |_| {
        let places: Vec<Place> = bench.saver.findings.with(|all| {
            let mut places: Vec<Place> = Vec::new();
            for f in all.iter().filter(|f| is_mine(&f.place)) {
                if !places.contains(&f.place) {
                    places.push(f.place.clone());
                }
            }
            places
        });
        places
            .iter()
            .flat_map(|p| bench.findings_at(p))
            .collect::<Vec<_>>()
    });
    let remarks = Memo::new(move |_| {
        bench.view.with(|v| {
            v.remarks
                .iter()
                .filter(|r| is_mine(&r.place))
                .map(|r| (r.place.clone(), r.text.clone()))
                .collect::<Vec<_>>()
        })
    });
    let import = match grid.id.as_str() {
        "lines" => Some("lines"),
        "payees" => Some("list"),
        _ => None,
    };
    let taken = import
        .filter(|_| bench.editable)
        .map(|purpose| super::import::import_button(bench, purpose, grid.clone(), rows.clone()));
    view! {
        {taken}
        <LineGrid grid groups voucher rows computed read_only=Signal::stored(!bench.editable) problems remarks shown on/>
        {move || remarks.get().into_iter().map(|(_, words)| view! {
            <p class="remark pad" data-testid="remark">{icon(Icon::Result)}<span>{tf(W::TreasurySays, &[&words])}</span></p>
        }).collect_view()}
    }
    .into_any()
}

/// Amount in words and total, always in sight.
#[component]
fn Totals(bench: Bench, voucher: usize, form: Form) -> impl IntoView {
    let total = form.summary.total.clone();
    let words = form
        .fields()
        .find(|f| f.kind == FieldKind::Words)
        .map(|f| f.id.clone())
        .unwrap_or_default();
    let value = move |id: &str| {
        bench.computed.with(|all| {
            all.get(voucher)
                .map_or_else(String::new, |v| v.field(id).to_owned())
        })
    };
    (!total.is_empty()).then(|| {
        view! {
            <div class="totals" aria-live="off">
                <div>
                    <small>{t(W::InWords)}</small>
                    <b data-testid="total-words">{move || {
                        let said = value(&words);
                        if said.is_empty() { "—".to_owned() } else { said }
                    }}</b>
                </div>
                <div class="end">
                    <small>{t(W::Total)}</small>
                    <b class="amount num" data-testid="total">{move || {
                        let shown = rules::display(FieldKind::Money, &value(&total));
                        if shown.is_empty() { "0".to_owned() } else { shown }
                    }}</b>
                </div>
            </div>
        }
    })
}
