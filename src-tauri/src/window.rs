//! One window over one engine: where data lies, single instance, the event of facts.

use std::sync::Arc;

use hoso_contract::Fact;
use hoso_engine::{Engine, Place};
use tauri::{AppHandle, Emitter, Manager, RunEvent, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::closing::{self, Closing};
use crate::handlers;
use crate::page::Page;
use crate::seals::Seals;

/// The one event; its payload is a [`Fact`].
pub const FACT: &str = "fact";

/// What must be set before any thread starts.
#[allow(
    unsafe_code,
    reason = "set_var is safe only before threads exist, as here"
)]
pub fn prepare_process() {
    #[cfg(windows)]
    ask_for_no_disk();
    #[cfg(target_os = "linux")]
    for (name, value) in [
        // WebKitGTK's DMA-BUF renderer shows a white page on many old graphics drivers
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        // WebAssembly is compiled once, before it runs: no interpreter, and no code replaced while it
        // runs or freed while a compiling thread still patches it (docs/adr/0004)
        ("JSC_useWasmIPInt", "0"),
        ("JSC_useWasmLLInt", "0"),
        ("JSC_useOMGJIT", "0"),
        ("JSC_freeRetiredWasmCode", "0"),
    ] {
        if std::env::var_os(name).is_none() {
            // SAFETY: called first thing in main, while this is the only thread.
            unsafe {
                std::env::set_var(name, value);
            }
        }
    }
}

/// An empty card reader is a drive without a disk: Windows would ask for one in a box of its own whenever
/// a stick with backups is looked for.
#[cfg(windows)]
#[allow(
    unsafe_code,
    reason = "the standard library has no word for the system's boxes"
)]
fn ask_for_no_disk() {
    const SEM_FAILCRITICALERRORS: u32 = 1;
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn SetErrorMode(mode: u32) -> u32;
    }
    // SAFETY: it takes any set of its flags and touches no memory of ours.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS);
    }
}

/// Opens the window and stays until it is closed.
pub fn open() -> tauri::Result<()> {
    let place = Place::of_this_user();
    let _log = hoso_engine::log::start(&place);
    #[cfg(windows)]
    crate::webview2::is_there()?;
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(handlers::all())
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && closing::waits(window)
            {
                api.prevent_close();
            }
            // a window that a test drives is looked at, whatever lies over it
            if let WindowEvent::Focused(focused) = event
                && !driven()
                && let Some(engine) = window.try_state::<Arc<Engine>>()
            {
                match focused {
                    true => engine.in_front(),
                    false => engine.behind(),
                }
            }
        })
        .setup(move |app| {
            let handle = app.handle().clone();
            let facts = Arc::new(move |fact: Fact| {
                if let Err(error) = handle.emit(FACT, fact) {
                    tracing::warn!(%error, "a fact did not reach the window");
                }
            });
            app.manage(Arc::new(Engine::new(place.clone(), facts)));
            let (page, followed) = Page::expected();
            app.manage(page);
            app.manage(Seals::default());
            app.manage(Closing::default());
            let window =
                WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                    .title("Hồ Sơ Kho Bạc")
                    .inner_size(1366.0, 768.0)
                    .min_inner_size(900.0, 600.0)
                    .data_directory(place.web_profile())
                    // the page keeps nothing: no cache, no storage on disk
                    .incognito(!driven())
                    .build()?;
            followed.follow(&window)
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            // what the program manages is not dropped at its end
            if let RunEvent::Exit = event
                && let Some(engine) = app.try_state::<Arc<Engine>>()
            {
                // who starts the program meanwhile gets a window, and waits for the store
                tauri_plugin_single_instance::destroy(app);
                engine.close();
            }
        });
    Ok(())
}

/// Whether a test drives the window: WebKit offers no automation to a page that keeps nothing.
pub fn driven() -> bool {
    std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true")
}

/// A second start brings the first window to the front.
fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}
