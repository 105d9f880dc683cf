//! A window with nothing in it: the reference that the real one's start is measured against.
//!
//! It refuses to know the engine, the commands and any plugin. Its configuration has a folder of
//! its own because Tauri reads the file `tauri.conf.json` beside the one that is named.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    // as the real window does, or two renderers would be compared
    #[cfg(target_os = "linux")]
    for (name, value) in [
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        ("JSC_useWasmIPInt", "0"),
        ("JSC_useWasmLLInt", "0"),
        ("JSC_useOMGJIT", "0"),
        ("JSC_freeRetiredWasmCode", "0"),
    ] {
        if std::env::var_os(name).is_none() {
            // SAFETY: called first thing in main, while this is the only thread.
            #[allow(
                unsafe_code,
                reason = "set_var is safe only before threads exist, as here"
            )]
            unsafe {
                std::env::set_var(name, value);
            }
        }
    }
    let driven = std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true");
    tauri::Builder::default()
        .setup(move |app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                .title("Hoso empty window")
                .inner_size(1366.0, 768.0)
                .min_inner_size(900.0, 600.0)
                .incognito(!driven)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("empty/tauri.conf.json"))
}
