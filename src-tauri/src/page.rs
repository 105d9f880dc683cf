//! The page in the window: one that dies, or does not say that it is here, is loaded anew
//! (docs/adr/0004). It knows nothing of what the page shows; the engine, and all that was saved,
//! live in this process.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tauri::{Url, WebviewWindow};

#[cfg(target_os = "linux")]
use crate::window::driven;

/// How long a page may take to its first question. On a PC that is busy beyond its means half a minute
/// was seen: loading anew in the midst of it would only begin again.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is heard of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    /// Its process ended; it is being loaded again.
    #[cfg_attr(
        not(any(target_os = "linux", windows)),
        allow(dead_code, reason = "only WebKitGTK and WebView2 tell of it")
    )]
    Gone,
    /// It asked its first question.
    Here,
}

/// Where the page's first question is told.
pub struct Page(Mutex<Sender<News>>);

/// What the page will say, for [`Followed::follow`].
pub struct Followed {
    tell: Sender<News>,
    news: Receiver<News>,
}

impl Page {
    /// Made before the window: nothing the page says may be missed.
    pub fn expected() -> (Self, Followed) {
        let (tell, news) = channel();
        (Self(Mutex::new(tell.clone())), Followed { tell, news })
    }

    /// The page asked its first question.
    pub fn is_here(&self) {
        tracing::info!("the page is here");
        if let Ok(tell) = self.0.lock() {
            // without a watcher nobody waits for it
            let _ = tell.send(News::Here);
        }
    }
}

impl Followed {
    /// Follows the page of `window` to the end of the program.
    pub fn follow(self, window: &WebviewWindow) -> Result<(), Box<dyn std::error::Error>> {
        let Self { tell, news } = self;
        let url = window.url()?;
        revive(window, tell, &url)?;
        let window = window.clone();
        std::thread::Builder::new()
            .name("page".to_owned())
            .spawn(move || {
                watch(&news, PATIENCE, || {
                    tracing::error!("the page did not say that it is here; it is loaded anew");
                    if let Err(error) = load_anew(&window, &url) {
                        tracing::error!(%error, "the page could not be loaded anew");
                    }
                });
            })?;
        Ok(())
    }
}

/// Calls `load` whenever the page is not here within `patience`, twice as long after each time in
/// vain: the first start of a slow PC must not be cut off again and again. Ends with the news.
fn watch(news: &Receiver<News>, patience: Duration, load: impl Fn()) {
    let mut here = false;
    let mut wait = patience;
    loop {
        let heard = if here {
            news.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            news.recv_timeout(wait)
        };
        match heard {
            Ok(News::Gone) => here = false,
            Ok(News::Here) => {
                here = true;
                wait = patience;
            }
            Err(RecvTimeoutError::Timeout) => {
                wait = wait.saturating_mul(2);
                load();
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Loads the page's address, not "the page again": a process that died before its first page came has
/// nothing to show again, and WebKit would leave the window blank.
#[cfg(target_os = "linux")]
fn revive(window: &WebviewWindow, tell: Sender<News>, url: &Url) -> tauri::Result<()> {
    use webkit2gtk::{BackForwardListExt, SettingsExt, WebViewExt};

    let url = url.to_string();
    window.with_webview(move |view| {
        // a test that fails tells what the page complained of
        if let (true, Some(settings)) = (driven(), WebViewExt::settings(&view.inner())) {
            settings.set_enable_write_console_messages_to_stdout(true);
        }
        view.inner()
            .connect_web_process_terminated(move |view, reason| {
                let came = view
                    .back_forward_list()
                    .is_some_and(|list| list.current_item().is_some());
                tracing::error!(?reason, came, "the page's process ended; it is loaded anew");
                let _ = tell.send(News::Gone);
                view.load_uri(&url);
            });
    })
}

/// WebView2 goes to an error page of its own, and knows which page was there before. What helps the page
/// it starts again by itself; the end of its browser, which closes the view for good, is in the log alone.
#[cfg(windows)]
#[allow(unsafe_code, reason = "WebView2 is spoken to by COM alone")]
fn revive(window: &WebviewWindow, tell: Sender<News>, _: &Url) -> tauri::Result<()> {
    use webview2_com::Microsoft::Web::WebView2::Win32::{
        COREWEBVIEW2_PROCESS_FAILED_KIND,
        COREWEBVIEW2_PROCESS_FAILED_KIND_RENDER_PROCESS_EXITED as PAGE_ENDED,
    };
    use webview2_com::ProcessFailedEventHandler;

    window.with_webview(move |view| {
        let failed = ProcessFailedEventHandler::create(Box::new(move |view, args| {
            let (Some(view), Some(args)) = (view, args) else {
                return Ok(());
            };
            let mut kind = COREWEBVIEW2_PROCESS_FAILED_KIND::default();
            // SAFETY: `kind` outlives the call, which alone writes to it.
            unsafe { args.ProcessFailedKind(&mut kind)? };
            if kind != PAGE_ENDED {
                tracing::warn!(kind = kind.0, "a process of the web view failed");
                return Ok(());
            }
            tracing::error!("the page's process ended; it is loaded anew");
            let _ = tell.send(News::Gone);
            // SAFETY: WebView2 calls this on the thread of its window, where it may be called.
            unsafe { view.Reload() }
        }));
        let mut token = 0;
        // SAFETY: tauri calls this on the window's thread; `token` outlives the call.
        let heard = unsafe {
            let page = view.controller().CoreWebView2();
            page.and_then(|page| page.add_ProcessFailed(&failed, &mut token))
        };
        if let Err(error) = heard {
            tracing::error!(%error, "a page whose process ends will not be loaded anew");
        }
    })
}

#[cfg(not(any(target_os = "linux", windows)))]
fn revive(_: &WebviewWindow, _: Sender<News>, _: &Url) -> tauri::Result<()> {
    Ok(())
}

/// A process that does not answer would not load either: it is ended, and [`revive`] loads the page.
#[cfg(target_os = "linux")]
fn load_anew(window: &WebviewWindow, url: &Url) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;

    let url = url.to_string();
    window.with_webview(move |view| {
        let view = view.inner();
        if view.is_web_process_responsive() {
            view.load_uri(&url);
        } else {
            view.terminate_web_process();
        }
    })
}

#[cfg(not(target_os = "linux"))]
fn load_anew(window: &WebviewWindow, url: &Url) -> tauri::Result<()> {
    window.navigate(url.clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    /// Watches from the news of `before` on; `act` tells more and hears of every load.
    fn watched(before: &[News], act: impl FnOnce(&Sender<News>, &Receiver<()>)) {
        let (tell, news) = channel();
        let (loaded, loads) = channel();
        for known in before {
            tell.send(*known).unwrap();
        }
        let watcher = std::thread::spawn(move || watch(&news, SOON, || loaded.send(()).unwrap()));
        act(&tell, &loads);
        drop(tell);
        watcher.join().unwrap();
    }

    #[test]
    fn a_page_that_stays_away_is_loaded_again_and_again() {
        watched(&[], |_, loads| {
            for _ in 0..3 {
                loads.recv_timeout(Duration::from_secs(10)).unwrap();
            }
        });
    }

    #[test]
    fn a_page_that_is_here_is_left_alone_until_its_process_ends() {
        watched(&[News::Here], |tell, loads| {
            loads.recv_timeout(SOON * 10).unwrap_err();
            tell.send(News::Gone).unwrap();
            loads.recv_timeout(Duration::from_secs(10)).unwrap();
        });
    }
}
