//! Pages of a PDF as images, one under the other. The bytes stay in the window's memory.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, BlobPropertyBag, Url};

use hoso_contract::AppError;
use hoso_contract::command::{BatchPage, PageImage, Raw, ResultPage};
use hoso_contract::view::BatchPaper;
use hoso_domain::id::{DossierId, ResultId};

use super::failure::FailurePanel;
use crate::icons::{Icon, icon};
use crate::ipc;
use crate::words::{W, t, tf};

/// Whose pages are shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    Voucher { id: DossierId, voucher: u32 },
    Result { document: ResultId },
    Batch(BatchPaper),
}

impl Source {
    async fn page(self, page: u32, width: u32) -> Result<Raw, AppError> {
        match self {
            Source::Batch(paper) => ipc::call(BatchPage { paper, page, width }).await,
            Source::Voucher { id, voucher } => {
                ipc::call(PageImage {
                    id,
                    voucher,
                    page,
                    width,
                })
                .await
            }
            Source::Result { document } => {
                ipc::call(ResultPage {
                    document,
                    page,
                    width,
                })
                .await
            }
        }
    }
}

/// 300 dots per inch over the width of A4: what a printer gets.
const PAPER: u32 = 2480;

/// Printing the pages that are shown: they are fetched again, sharp, before the system's dialog
/// comes up.
#[derive(Clone, Copy)]
pub struct Paper {
    sharp: RwSignal<bool>,
    wanted: RwSignal<bool>,
    /// Pictures not there yet.
    waiting: RwSignal<usize>,
}

impl Paper {
    /// For the pages below the calling component.
    pub fn provide() -> Self {
        let paper = Self {
            sharp: RwSignal::new(false),
            wanted: RwSignal::new(false),
            waiting: RwSignal::new(0),
        };
        provide_context(paper);
        Effect::new(move |_| {
            if paper.wanted.get() && paper.waiting.get() == 0 {
                paper.wanted.set(false);
                // after the last picture is drawn
                request_animation_frame(|| {
                    let _ = window().print();
                });
            }
        });
        paper
    }

    /// Whether pictures are fetched for the printer now.
    pub fn is_busy(self) -> bool {
        self.wanted.get()
    }

    /// Something more has to come before anything is printed.
    pub fn waits(self) {
        self.waiting.try_update(|n| *n = n.saturating_add(1));
    }

    pub fn has_come(self) {
        self.waiting.try_update(|n| *n = n.saturating_sub(1));
    }

    pub fn print(self) {
        self.sharp.set(true);
        // the pages say how many they are before anything is printed
        request_animation_frame(move || {
            self.wanted.try_set(true);
        });
    }
}

/// All `count` pages of a document.
#[component]
pub fn Pages(source: Source, count: u32) -> impl IntoView {
    view! {
        <div class="pages" data-testid="pages">
            {(0..count).map(|page| view! { <Page source=source.clone() page count/> }).collect_view()}
            {(count == 0).then(|| view! { <p class="empty">{t(W::NoPages)}</p> })}
        </div>
    }
}

/// Wide enough to stay sharp on the screen at hand.
fn width() -> u32 {
    let ratio = window().device_pixel_ratio();
    if ratio > 1.5 { 1600 } else { 1000 }
}

#[component]
fn Page(source: Source, page: u32, count: u32) -> impl IntoView {
    let url = RwSignal::new(None::<Result<String, AppError>>);
    let lying = RwSignal::new(false);
    let paper = use_context::<Paper>();
    // one picture is waited for at most once
    let awaited = StoredValue::new(false);
    let fetched = StoredValue::new(0u32);
    let come = move || {
        if awaited.try_get_value() == Some(true) {
            awaited.set_value(false);
            if let Some(paper) = paper {
                paper.has_come();
            }
        }
    };
    let source = StoredValue::new(source);
    let load = move |wide: u32| {
        let source = source.get_value();
        spawn_local(async move {
            let made = match source.page(page, wide).await {
                Ok(Raw(bytes)) => image_url(&bytes),
                Err(error) => Err(error),
            };
            let failed = made.is_err();
            let old = url.try_get_untracked();
            fetched.try_set_value(wide);
            // the page may be gone by now: its picture must not stay in memory
            if let Some(Some(Ok(unused))) = url.try_set(Some(made)) {
                let _ = Url::revoke_object_url(&unused);
            }
            if let Some(Some(Ok(old))) = old {
                let _ = Url::revoke_object_url(&old);
            }
            if failed {
                come();
            }
        });
    };
    load(width());
    if let Some(paper) = paper {
        Effect::new(move |_| {
            if paper.sharp.get() {
                awaited.set_value(true);
                paper.waits();
                load(PAPER);
            }
        });
        on_cleanup(come);
    }
    let shown = move |event: web_sys::Event| {
        let picture = event_target::<web_sys::Element>(&event);
        lying.set(picture.client_width() > picture.client_height());
        if fetched.get_value() == PAPER {
            come();
        }
    };
    on_cleanup(move || {
        if let Some(Some(Ok(url))) = url.try_get_untracked() {
            let _ = Url::revoke_object_url(&url);
        }
    });
    let name = tf(W::PageOf, &[&(page.saturating_add(1)), &count]);
    view! {
        <figure class="page" class:lying=move || lying.get() data-testid=format!("page-{page}")>
            {move || match url.get() {
                None => view! { <div class="page-wait" aria-busy="true"><span>{t(W::PageLoading)}</span></div> }.into_any(),
                Some(Ok(url)) => view! { <img src=url alt=name.clone() data-testid=format!("page-image-{page}") on:load=shown/> }.into_any(),
                Some(Err(error)) => view! {
                    <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| { url.set(None); load(width()); })/>
                }.into_any(),
            }}
        </figure>
    }
}

fn image_url(png: &[u8]) -> Result<String, AppError> {
    let broken = || AppError::new(hoso_contract::Code::Internal).with("command", "page_image");
    let parts = Array::of1(&Uint8Array::from(png));
    let kind = BlobPropertyBag::new();
    kind.set_type("image/png");
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind).map_err(|_| broken())?;
    Url::create_object_url_with_blob(&blob).map_err(|_| broken())
}

/// In: to the system's own dialog, once the pages are sharp enough for paper.
#[component]
pub fn PrintButton(paper: Paper, testid: &'static str) -> impl IntoView {
    view! {
        <button type="button" class="btn" data-testid=testid aria-busy=move || paper.is_busy().to_string()
            disabled=move || paper.is_busy() on:click=move |_| paper.print()>
            {icon(Icon::Print)}{move || t(if paper.is_busy() { W::PagesForPaper } else { W::Print })}
        </button>
    }
}
