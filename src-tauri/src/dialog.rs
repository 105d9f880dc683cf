//! The system's file dialogs. Debug builds can be told the answers beforehand, because no test can
//! click a native dialog.

use std::path::{Path, PathBuf};

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
    let dialog = match filter(request) {
        Some((name, endings)) => dialog.add_filter(name, &endings),
        None => dialog,
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

/// What the dialog shows, by name and endings. Windows puts the first ending to a name that was typed
/// without one, and none where nothing is said here.
fn filter(request: &PickPath) -> Option<(&'static str, Vec<&str>)> {
    Some(match request.kind.as_str() {
        "connection" => ("Hoso", vec!["hoso", "json"]),
        "pack" => ("Hoso", vec!["hosopack"]),
        "module" => ("PKCS#11", vec!["dll", "so", "dylib"]),
        "attachment" => (
            "PDF, ảnh, Office",
            vec!["pdf", "jpg", "jpeg", "png", "docx", "xlsx"],
        ),
        "table" => ("Excel", vec!["xlsx", "xls", "ods"]),
        "save-table" => ("Excel", vec!["xlsx"]),
        "save-xml" => ("XML", vec!["xml"]),
        "save-pdf" => ("PDF", vec!["pdf"]),
        "save-container" => ("ASiC-E", vec!["asice"]),
        // of whatever kind the treasury sent
        "save-document" => {
            let ending = Path::new(&request.suggested).extension()?.to_str()?;
            let is_one = ending.bytes().all(|b| b.is_ascii_alphanumeric());
            is_one.then(|| ("Tài liệu", vec![ending]))?
        }
        _ => return None,
    })
}

/// A folder with one file per kind, whose text is the path to answer with.
#[cfg(debug_assertions)]
fn answered_beforehand(answers: &Path, kind: &str) -> Option<String> {
    let path = std::fs::read_to_string(answers.join(kind)).ok()?;
    Some(path.trim().to_owned()).filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_keeps_its_ending_when_a_name_is_typed_without_one() {
        let endings = |kind: &str, suggested: &str| {
            let request = PickPath {
                kind: kind.to_owned(),
                suggested: suggested.to_owned(),
            };
            let found = filter(&request).map(|(_, endings)| endings.join(" "));
            found.unwrap_or_default()
        };
        for (kind, suggested, ending) in [
            ("save-table", "so.xlsx", "xlsx"),
            ("save-xml", "so.xml", "xml"),
            ("save-pdf", "so-theo-doi-ho-so.pdf", "pdf"),
            ("save-container", "C2-02a.12.asice", "asice"),
            ("save-document", "Mau-33.asice", "asice"),
            ("save-document", "bao-no.pdf", "pdf"),
            ("save-document", "bao-no", ""),
            ("save-document", "Báo Nợ đợt 2. tháng 11", ""),
        ] {
            assert_eq!(endings(kind, suggested), ending, "{kind} {suggested}");
        }
    }
}
