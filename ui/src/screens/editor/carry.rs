//! Chuyển tay: every value in the form's order beside the browser portal, copied by a key; what the
//! portal answered, typed in. Never a receipt.

use leptos::prelude::*;

use hoso_contract::book::{CarryField, CarrySheet};
use hoso_contract::command::{GetCarrySheet, HandedInOtherwise, PickPath, RecordCarried};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;

use super::Bench;
use crate::screens::tables::export;
use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// What the browser portal may have said, with the key of each.
const SAID: [(&str, W); 5] = [
    ("received", W::CarriedReceived),
    ("completed", W::CarriedCompleted),
    ("supplement-asked", W::CarriedSupplement),
    ("refused", W::CarriedRefused),
    ("money-returned", W::CarriedReturned),
];

#[component]
pub fn Carry(bench: Bench) -> impl IntoView {
    let desk = desk();
    let id = bench.id;
    let open = RwSignal::new(false);
    let sheet = RwSignal::new(None::<CarrySheet>);
    let carried = Memo::new(move |_| bench.view.with(|v| v.local == LocalState::Carried));
    let may = Memo::new(move |_| {
        bench
            .view
            .with(|v| v.local.may_become(&LocalState::Carried) && !v.treasury.holds())
    });
    // the session is told of often: what is being typed stays while the answer stays the same
    let writable = Memo::new(move |_| !desk.read_only());
    let answering = Memo::new(move |_| carried.get() && writable.get());
    let show = move |_| {
        desk.run(GetCarrySheet { id }, move |got| {
            sheet.set(Some(got));
            open.set(true);
        });
    };
    let carry = move |_| {
        let command = HandedInOtherwise {
            id,
            how: t(W::CarriedHow).to_owned(),
        };
        desk.run(command, move |()| bench.reload());
    };
    view! {
        <section class="card side" data-testid="carry">
            <header class="side-head"><h2>{t(W::Carry)}</h2></header>
            <p class="note">{t(W::CarryNote)}</p>
            <div class="row">
                <button type="button" class="btn" data-testid="carry-open" on:click=show>{t(W::CarryOpen)}</button>
                <button type="button" class="btn quiet" data-testid="carry-excel"
                    on:click=move |_| export(desk, &format!("voucher:{id}"), "chung-tu.xlsx", 0)>{t(W::ExportExcel)}</button>
                <button type="button" class="btn quiet" data-testid="carry-xml"
                    on:click=move |_| export(desk, &format!("voucher-xml:{id}"), "chung-tu.xml", 0)>{t(W::ExportXml)}</button>
                {move || (may.get() && writable.get()).then(|| view! {
                    <button type="button" class="btn quiet" data-testid="carry-done" on:click=carry>{t(W::CarryDone)}</button>
                })}
            </div>
            {move || answering.get().then(|| view! { <Answer id bench/> })}
            <Modal open title=Signal::derive(|| t(W::Carry).to_owned()) testid="carry-sheet" class="wide">
                {move || sheet.get().map(|s| view! { <Sheet sheet=s/> })}
            </Modal>
        </section>
    }
}

#[component]
fn Sheet(sheet: CarrySheet) -> impl IntoView {
    view! {
        <p class="note">{t(W::CarryKeys)}</p>
        {sheet.vouchers.into_iter().map(|v| view! {
            <h3>{format!("{} · {}", tf(W::FormNumber, &[&v.form]), v.title)}</h3>
            <ol class="carry-list">{v.fields.into_iter().map(value).collect_view()}</ol>
            {v.lines.into_iter().enumerate().map(|(n, cells)| view! {
                <h4>{tf(W::LineNumber, &[&n.saturating_add(1)])}</h4>
                <ol class="carry-list">{cells.into_iter().map(value).collect_view()}</ol>
            }).collect_view()}
        }).collect_view()}
    }
}

/// One value as a button: Enter or Space copies it and the next one has the keyboard.
fn value(field: CarryField) -> impl IntoView {
    let desk = desk();
    let text = field.value.clone();
    let copy = move |event: web_sys::MouseEvent| {
        let clipboard = window().navigator().clipboard();
        let _ = clipboard.write_text(&text);
        desk.toast(tf(W::CopiedValue, &[&text]));
        next(&event);
    };
    view! {
        <li><button type="button" class="carry-value" data-testid="carry-value" on:click=copy>
            <small>{field.label}</small><b>{field.value}</b></button></li>
    }
}

/// The button after the one that was pressed.
fn next(event: &web_sys::MouseEvent) {
    use wasm_bindgen::JsCast as _;
    let here = event
        .current_target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    let after = here
        .and_then(|button| button.parent_element())
        .and_then(|item| item.next_element_sibling())
        .and_then(|item| item.first_element_child());
    if let Some(button) = after.and_then(|b| b.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

/// What the browser portal said, with its document.
#[component]
fn Answer(id: DossierId, bench: Bench) -> impl IntoView {
    let desk = desk();
    let said = RwSignal::new(0usize);
    let number = RwSignal::new(String::new());
    let text = RwSignal::new(String::new());
    let document = RwSignal::new(None::<String>);
    let pick = move |_| {
        let ask = PickPath {
            kind: "attachment".to_owned(),
            suggested: String::new(),
        };
        desk.run(ask, move |path| document.set(path));
    };
    let save = move |_| {
        let Some((status, _)) = SAID.get(said.get_untracked()) else {
            return;
        };
        let command = RecordCarried {
            id,
            treasury_number: number.get_untracked().trim().to_owned(),
            status: (*status).to_owned(),
            text: text.get_untracked().trim().to_owned(),
            document: document.get_untracked(),
        };
        desk.run(command, move |()| {
            desk.toast(t(W::CarriedKept));
            bench.reload();
        });
    };
    view! {
        <div class="field"><label for="carried-status">{t(W::CarriedStatus)}</label>
            <select id="carried-status" class="in" data-testid="carried-status"
                on:change=move |e| said.set(event_target_value(&e).parse().unwrap_or(0))>
                {SAID.iter().enumerate().map(|(n, (_, word))| view! { <option value=n.to_string()>{t(*word)}</option> }).collect_view()}
            </select></div>
        <div class="field"><label for="carried-number">{t(W::TreasuryNumberWord)}</label>
            <input id="carried-number" class="in" data-testid="carried-number" autocomplete="off" spellcheck="false"
                on:input=move |e| number.set(event_target_value(&e))/></div>
        <div class="field"><label for="carried-text">{t(W::CarriedText)}</label>
            <textarea id="carried-text" class="in" data-testid="carried-text" spellcheck="false"
                on:input=move |e| text.set(event_target_value(&e))></textarea></div>
        <div class="row">
            <button type="button" class="btn" data-testid="carried-document" on:click=pick>{move || document.get().unwrap_or_else(|| t(W::CarriedDocument).to_owned())}</button>
            <button type="button" class="btn main" data-testid="carried-save" on:click=save>{t(W::Keep)}</button>
        </div>
    }
}
