//! In hàng loạt: the vouchers of the list as it is narrowed, to look through and print in one go.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::PrintBatch;
use hoso_contract::view::{BatchPaper, BatchView, ListFilter};

use crate::ipc;
use crate::screens::editor::BatchPages;
use crate::widgets::failure::FailurePanel;
use crate::widgets::modal::Modal;
use crate::widgets::pages::{Paper, PrintButton};
use crate::words::{W, t, tf};

#[component]
pub fn Batch(open: RwSignal<bool>, filter: RwSignal<ListFilter>) -> impl IntoView {
    view! {
        <Modal open title=Signal::derive(|| t(W::BatchTitle).to_owned()) testid="batch" class="wide printable">
            <Inside filter/>
        </Modal>
    }
}

#[component]
fn Inside(filter: RwSignal<ListFilter>) -> impl IntoView {
    let paper = Paper::provide();
    let found = RwSignal::new(None::<Result<BatchView, AppError>>);
    let load = move || {
        let filter = filter.get_untracked();
        spawn_local(async move {
            found.try_set(Some(ipc::call(PrintBatch { filter }).await));
        });
    };
    load();
    // what a filed copy of an electronic voucher bears, and the list it is filed under
    let (marked, register) = (RwSignal::new(true), RwSignal::new(true));
    view! {
        <div class="modal-tools">
            <PrintButton paper testid="batch-print"/>
            <Choice value=marked word=W::BatchMarked testid="batch-marked"/>
            <Choice value=register word=W::BatchRegister testid="batch-register"/>
            <span class="note" data-testid="batch-count">{move || found.with(|f| match f {
                Some(Ok(batch)) => tf(W::DossierCount, &[&batch.items.len()]),
                _ => String::new(),
            })}</span>
            {move || found.with(|f| match f {
                Some(Ok(batch)) if batch.left_out > 0 => Some(view! {
                    <span class="note" data-testid="batch-left-out">{tf(W::BatchLeftOut, &[&batch.left_out])}</span>
                }),
                _ => None,
            })}
        </div>
        {move || match found.get() {
            None => view! { <p class="note pad" aria-busy="true">{t(W::Loading)}</p> }.into_any(),
            Some(Err(error)) => view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| { found.set(None); load(); })/>
            }.into_any(),
            Some(Ok(batch)) => {
                let ids: Vec<_> = batch.items.iter().map(|i| i.id).collect();
                let list = move || (register.get() && !ids.is_empty()).then(|| view! {
                    <div data-testid="batch-list"><BatchPages paper=BatchPaper::Register { ids: ids.clone() }/></div>
                });
                let items = batch.items.into_iter().map(move |item| view! {
                    <h3 class="batch-name">{format!("{} – {}", item.number, item.title)}</h3>
                    {move || (0..item.vouchers).map(|voucher| {
                        let id = item.id;
                        let paper = match marked.get() {
                            true => BatchPaper::Marked { id, voucher },
                            false => BatchPaper::Voucher { id, voucher },
                        };
                        view! { <BatchPages paper/> }
                    }).collect_view()}
                });
                view! { {list}{items.collect_view()} }.into_any()
            }
        }}
    }
}

#[component]
fn Choice(value: RwSignal<bool>, word: W, testid: &'static str) -> impl IntoView {
    view! {
        <label class="tick">
            <input type="checkbox" data-testid=testid prop:checked=move || value.get()
                on:change=move |e| value.set(event_target_checked(&e))/>
            <span>{t(word)}</span>
        </label>
    }
}
