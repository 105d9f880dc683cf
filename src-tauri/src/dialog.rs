//! The system's file dialogs. Debug builds can be told the answers beforehand, because no test can
//! click a native dialog.

use std::path::PathBuf;

use hoso_contract::command::PickPath;
use tauri::{AppHandle, Runtime};
use tauri_plugin_dialog::DialogExt;

/// The chosen path; `None` when the person cancelled.
pub fn pick<R: Runtime>(app: &AppHandle<R>, request: &PickPath) -> Option<String> {
    #[cfg(debug_assertions)]
    if let Some(answers) = std::env::var_os("HOSO_DIALOG_ANSWERS") {
        return answered_beforehand(&PathBuf::from(answers), &request.kind);
    }
    let dialog = app.dialog().file();
    let dialog = match request.kind.as_str() {
        "connection" => dialog.add_filter("Hoso", &["hoso", "json"]),
        "pack" => dialog.add_filter("Hoso", &["hosopack"]),
        "module" => dialog.add_filter("PKCS#11", &["dll", "so", "dylib"]),
        "attachment" => dialog.add_filter(
            "PDF, ảnh, Office",
            &["pdf", "jpg", "jpeg", "png", "docx", "xlsx"],
        ),
        "table" => dialog.add_filter("Excel", &["xlsx", "xls", "ods"]),
        "save-table" => dialog.add_filter("Excel", &["xlsx"]),
        "save-xml" => dialog.add_filter("XML", &["xml"]),
        _ => dialog,
    };
    let chosen = if request.kind.starts_with("save") {
        dialog
            .set_file_name(&request.suggested)
            .blocking_save_file()
    } else if request.kind == "folder" {
        dialog.blocking_pick_folder()
    } else {
        dialog.blocking_pick_file()
    };
    chosen
        .and_then(|c| c.into_path().ok())
        .map(|p: PathBuf| p.to_string_lossy().into_owned())
}

/// A folder with one file per kind, whose text is the path to answer with.
#[cfg(debug_assertions)]
fn answered_beforehand(answers: &std::path::Path, kind: &str) -> Option<String> {
    let path = std::fs::read_to_string(answers.join(kind)).ok()?;
    Some(path.trim().to_owned()).filter(|p| !p.is_empty())
}
