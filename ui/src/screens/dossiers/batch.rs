//! In hàng loạt: the vouchers of the list as it is narrowed, to look through and print in one go.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::PrintBatch;
use hoso_contract::view::{BatchView, ListFilter};

use crate::ipc;
use crate::screens::editor::VoucherPages;
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
    view! {
        <div class="modal-tools">
            <PrintButton paper testid="batch-print"/>
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
            Some(Ok(batch)) => batch.items.into_iter().map(|item| view! {
                <h3 class="batch-name">{format!("{} – {}", item.number, item.title)}</h3>
                {(0..item.vouchers).map(|voucher| view! { <VoucherPages id=item.id voucher/> }).collect_view()}
            }).collect_view().into_any(),
        }}
    }
}
