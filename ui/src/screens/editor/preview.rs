//! Xem bản in: the very pages of the PDF, to look at, save and print.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{self, CountPages, ExportMarked, ExportPdf, PickPath};
use hoso_contract::view::BatchPaper;
use hoso_domain::form::Form;
use hoso_domain::id::DossierId;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::modal::Modal;
use crate::widgets::pages::{Pages, Paper, PrintButton, Source};
use crate::words::{W, t, tf};

#[component]
pub fn Preview(
    open: RwSignal<bool>,
    id: DossierId,
    forms: Vec<Form>,
    /// Whether somebody signed: then a copy with the signatures' marks can be had.
    signed: bool,
) -> impl IntoView {
    let desk = desk();
    let paper = Paper::provide();
    let forms = StoredValue::new(forms);
    let save = move |voucher: u32, number: String| {
        let suggested = format!("mau-{number}.pdf");
        desk.run(
            PickPath {
                kind: "save-pdf".to_owned(),
                suggested,
            },
            move |path| {
                let Some(path) = path else { return };
                let told = path.clone();
                desk.run(ExportPdf { id, voucher, path }, move |()| {
                    desk.toast(tf(W::ExportedTo, &[&told]))
                });
            },
        );
    };
    let save_marked = move |voucher: u32, number: String| {
        let ask = PickPath {
            kind: "save-pdf".to_owned(),
            suggested: format!("mau-{number}-ban-the-hien.pdf"),
        };
        desk.run(ask, move |path| {
            let Some(path) = path else { return };
            let told = path.clone();
            desk.run(ExportMarked { id, voucher, path }, move |()| {
                desk.toast(tf(W::ExportedTo, &[&told]))
            });
        });
    };
    view! {
        <Modal open title=Signal::derive(|| t(W::PreviewTitle).to_owned()) testid="preview" class="wide printable">
            <div class="modal-tools">
                <PrintButton paper testid="preview-print"/>
                {forms.get_value().into_iter().zip(0u32..).map(|(form, voucher)| {
                    let number = form.number.clone();
                    let marked = signed.then(|| {
                        let number = form.number.clone();
                        view! {
                            <button type="button" class="btn" data-testid=format!("preview-marked-{voucher}")
                                title=t(W::MarkedNote)
                                on:click=move |_| save_marked(voucher, number.clone())>
                                {icon(Icon::Save)}{tf(W::SaveMarked, &[&form.number])}
                            </button>
                        }
                    });
                    view! {
                        {marked}
                        <button type="button" class="btn" data-testid=format!("preview-save-{voucher}")
                            on:click=move |_| save(voucher, number.clone())>
                            {icon(Icon::Save)}{tf(W::SavePdf, &[&form.number])}
                        </button>
                    }
                }).collect_view()}
            </div>
            {forms.get_value().into_iter().zip(0u32..).map(|(_, voucher)| view! {
                <VoucherPages id voucher/>
            }).collect_view()}
        </Modal>
    }
}

/// The pages of one voucher.
#[component]
pub fn VoucherPages(id: DossierId, voucher: u32) -> impl IntoView {
    let ask = move || ipc::call(CountPages { id, voucher });
    view! { <Counted source=Source::Voucher { id, voucher } ask/> }
}

/// The pages of one paper of a batch.
#[component]
pub fn BatchPages(paper: BatchPaper) -> impl IntoView {
    let asked = paper.clone();
    let ask = move || {
        ipc::call(command::BatchPages {
            paper: asked.clone(),
        })
    };
    view! { <Counted source=Source::Batch(paper) ask/> }
}

/// Pages that are counted first.
#[component]
fn Counted<F, C>(source: Source, ask: F) -> impl IntoView
where
    F: Fn() -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<u32, AppError>> + 'static,
{
    let count = RwSignal::new(None::<Result<u32, AppError>>);
    let paper = use_context::<Paper>();
    let load = move || {
        if let Some(paper) = paper {
            paper.waits();
        }
        let counted = ask();
        spawn_local(async move {
            count.try_set(Some(counted.await));
            // the pages themselves are there, and wait, before this one has come
            request_animation_frame(move || {
                if let Some(paper) = paper {
                    paper.has_come();
                }
            });
        });
    };
    load();
    move || {
        match count.get() {
        None => view! { <div class="pages"><div class="page-wait" aria-busy="true"><span>{t(W::PageLoading)}</span></div></div> }.into_any(),
        Some(Ok(count)) => view! { <Pages source=source.clone() count/> }.into_any(),
        Some(Err(error)) => {
            let load = load.clone();
            view! {
                <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| { count.set(None); load(); })/>
            }.into_any()
        }
    }
    }
}
