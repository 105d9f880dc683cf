//! The vouchers of a dossier as tabs, and adding one of the same procedure. A dossier of one
//! voucher to which none can be added shows nothing here.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;

use hoso_contract::command::{AddVoucher, RemoveVoucher};
use hoso_domain::form::{Form, library};

use super::Bench;
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::widgets::confirm::Confirm;
use crate::widgets::findings::tab_id;
use crate::words::{W, t, tf};

/// The newest edition of every form that can stand beside `first`.
fn companions(first: &Form) -> Vec<&'static Form> {
    let mut all: Vec<&Form> = library()
        .into_iter()
        .filter(|f| f.offered && f.basis == first.basis && f.procedure == first.procedure)
        .collect();
    all.sort_by_key(|f| (f.number.clone(), std::cmp::Reverse(f.edition)));
    all.dedup_by_key(|f| f.number.clone());
    all
}

#[component]
pub fn Tabs(bench: Bench) -> impl IntoView {
    let forms = bench.view.with_untracked(|v| v.forms.clone());
    let others = forms
        .first()
        .filter(|f| bench.editable && !f.procedure.is_empty())
        .map_or_else(Vec::new, companions);
    if forms.len() < 2 && others.is_empty() {
        return ().into_any();
    }
    let count = forms.len();
    let removing = RwSignal::new(false);
    let step = move |event: &KeyboardEvent| {
        let now = bench.shown.get_untracked();
        let to = match event.key().as_str() {
            "ArrowLeft" => now.checked_sub(1),
            "ArrowRight" => Some(now.saturating_add(1)).filter(|n| *n < count),
            _ => None,
        };
        if let Some(to) = to {
            event.prevent_default();
            bench.shown.set(to);
            if let Some(tab) = document().get_element_by_id(&tab_id(to))
                && let Ok(tab) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(tab)
            {
                let _ = tab.focus();
            }
        }
    };
    let add = move |number: String| {
        spawn_local(async move {
            if let Err(error) = bench.saver.settle().await {
                return bench.desk.fail(error);
            }
            let version = bench.saver.version.get_untracked();
            let added = ipc::call(AddVoucher {
                id: bench.id,
                version,
                form: number,
            });
            match added.await {
                Ok(()) => {
                    bench.shown.set(count);
                    bench.reload();
                }
                Err(error) => bench.desk.fail(error),
            }
        });
    };
    let remove = move || {
        spawn_local(async move {
            if let Err(error) = bench.saver.settle().await {
                return bench.desk.fail(error);
            }
            let version = bench.saver.version.get_untracked();
            let index = bench.shown.get_untracked();
            let removed = ipc::call(RemoveVoucher {
                id: bench.id,
                version,
                voucher: u32::try_from(index).unwrap_or(u32::MAX),
            });
            match removed.await {
                Ok(()) => {
                    bench.shown.set(index.saturating_sub(1));
                    bench.reload();
                }
                Err(error) => bench.desk.fail(error),
            }
        });
    };
    let numbers: Vec<String> = forms.iter().map(|f| f.number.clone()).collect();
    let question = Signal::derive(move || {
        let number = numbers.get(bench.shown.get()).cloned();
        tf(W::RemoveVoucherAsk, &[&number.unwrap_or_default()])
    });
    view! {
        <div class="voucher-tabs">
            <div role="tablist" aria-label=t(W::VoucherTabs) on:keydown=move |e| step(&e)>
                {forms.into_iter().enumerate().map(|(n, form)| view! {
                    <button type="button" role="tab" class="tab" id=tab_id(n) data-testid=format!("tab-{n}")
                        title=form.name.clone() aria-controls=format!("v{n}")
                        aria-selected=move || (bench.shown.get() == n).to_string()
                        tabindex=move || if bench.shown.get() == n { "0" } else { "-1" }
                        on:click=move |_| bench.shown.set(n)>
                        <b>{tf(W::FormNumber, &[&form.number])}</b>
                        <span>{form.name.split_once(" (").map_or(form.name.as_str(), |(name, _)| name).to_owned()}</span>
                    </button>
                }).collect_view()}
            </div>
            <Show when=move || bench.editable && bench.shown.get() != 0>
                <button type="button" class="btn quiet square" data-testid="voucher-remove"
                    title=t(W::RemoveVoucher) aria-label=t(W::RemoveVoucher)
                    on:click=move |_| removing.set(true)>{icon(Icon::Trash)}</button>
            </Show>
            {(!others.is_empty()).then(|| view! {
                <select class="in add-voucher" data-testid="voucher-add" aria-label=t(W::AddVoucher) title=t(W::AddVoucherNote)
                    on:change=move |e| {
                        let number = event_target_value(&e);
                        if !number.is_empty() {
                            add(number);
                        }
                    }>
                    <option value="">{t(W::AddVoucher)}</option>
                    {others.into_iter().map(|f| view! {
                        <option value=f.number.clone()>{format!("{} – {}", tf(W::FormNumber, &[&f.number]), f.name)}</option>
                    }).collect_view()}
                </select>
            })}
        </div>
        <Confirm open=removing title=t(W::RemoveVoucher).to_owned() question yes=t(W::RemoveVoucher)
            tone="danger" testid="voucher-remove-ask" act=move |_| remove()/>
    }
    .into_any()
}
