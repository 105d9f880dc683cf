//! One field of a form, and a group of ticks, with what is said of them.

use leptos::prelude::*;

use hoso_contract::view::Pick;
use hoso_domain::finding::{FindingCode, Place};
use hoso_domain::form::{Choose, Field, FieldKind, TickOption};

use crate::icons::{Icon, icon};
use crate::say;
use crate::screens::editor::Bench;
use crate::screens::editor::draft::VoucherDraft;
use crate::widgets::field::{FieldSpec, TextField};
use crate::widgets::suggest::Source;
use crate::words::{W, tf};

pub fn place_of(voucher: usize, field: &str) -> Place {
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

pub fn one_field(
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
        Source::accounts(untrack(|| bench.desk.unit()))
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

#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one block of the form's data"
)]
pub fn ticks(
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
                    <p class="remark" data-testid="remark">{icon(Icon::Result)}<span>{words}</span></p>
                }).collect_view()}
            </div>
        </fieldset>
    }
}
