//! Pages of a PDF as images, one under the other. The bytes stay in the window's memory.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, BlobPropertyBag, Url};

use hoso_contract::AppError;
use hoso_contract::command::{PageImage, Raw, ResultPage};
use hoso_domain::id::{DossierId, ResultId};

use super::failure::FailurePanel;
use crate::ipc;
use crate::words::{W, t, tf};

/// Whose pages are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Voucher { id: DossierId, voucher: u32 },
    Result { document: ResultId },
}

impl Source {
    async fn page(self, page: u32, width: u32) -> Result<Raw, AppError> {
        match self {
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

/// All `count` pages of a document.
#[component]
pub fn Pages(source: Source, count: u32) -> impl IntoView {
    view! {
        <div class="pages" data-testid="pages">
            {(0..count).map(|page| view! { <Page source page count/> }).collect_view()}
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
    let load = move || {
        spawn_local(async move {
            let made = match source.page(page, width()).await {
                Ok(Raw(bytes)) => image_url(&bytes),
                Err(error) => Err(error),
            };
            // the page may be gone by now: its picture must not stay in memory
            if let Some(Some(Ok(unused))) = url.try_set(Some(made)) {
                let _ = Url::revoke_object_url(&unused);
            }
        });
    };
    load();
    on_cleanup(move || {
        if let Some(Some(Ok(url))) = url.try_get_untracked() {
            let _ = Url::revoke_object_url(&url);
        }
    });
    let name = tf(W::PageOf, &[&(page.saturating_add(1)), &count]);
    view! {
        <figure class="page" data-testid=format!("page-{page}")>
            {move || match url.get() {
                None => view! { <div class="page-wait" aria-busy="true"><span>{t(W::PageLoading)}</span></div> }.into_any(),
                Some(Ok(url)) => view! { <img src=url alt=name.clone() data-testid=format!("page-image-{page}")/> }.into_any(),
                Some(Err(error)) => view! {
                    <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| { url.set(None); load(); })/>
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
