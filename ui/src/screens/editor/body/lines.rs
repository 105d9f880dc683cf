//! The lines of a block, and the total under all blocks.

use leptos::prelude::*;

use hoso_domain::finding::Place;
use hoso_domain::form::{FieldKind, Form, Grid, Group};

use crate::icons::{Icon, icon};
use crate::rules;
use crate::say;
use crate::screens::editor::Bench;
use crate::screens::editor::draft::VoucherDraft;
use crate::screens::editor::import::import_button;
use crate::widgets::grid::{LineGrid, On};
use crate::words::{W, t};

pub fn lines(
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
    let sheet = draft.sheet.clone();
    let computed = Memo::new(move |_| sheet.with(|s| block.with_value(|b| s.lines(b).to_vec())));
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
                .map(|r| (r.place.clone(), say::said_at(r)))
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
        .map(|purpose| import_button(bench, purpose, grid.clone(), rows.clone()));
    view! {
        {taken}
        <LineGrid grid groups voucher rows computed read_only=Signal::stored(!bench.editable) problems remarks shown on/>
        {move || remarks.get().into_iter().map(|(_, words)| view! {
            <p class="remark pad" data-testid="remark">{icon(Icon::Result)}<span>{words}</span></p>
        }).collect_view()}
    }
    .into_any()
}

/// Amount in words and total, always in sight.
#[component]
pub fn Totals(bench: Bench, voucher: usize, form: Form) -> impl IntoView {
    let total = form.summary.total.clone();
    let words = form
        .fields()
        .find(|f| f.kind == FieldKind::Words)
        .map(|f| f.id.clone())
        .unwrap_or_default();
    let value = move |id: &str| bench.value(voucher, id);
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
