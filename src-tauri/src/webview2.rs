//! What Windows shows pages with. A PC may be without it, and then nothing else could say so.

use std::io;

/// In the words of the person at the desk, who may have to call somebody.
const MISSING: &str = "Máy này chưa có Microsoft Edge WebView2 Runtime nên chương trình chưa mở được cửa sổ. \
    Dữ liệu trên máy vẫn còn nguyên.\n\n\
    Máy có mạng: vào https://developer.microsoft.com/microsoft-edge/webview2, tải Evergreen Bootstrapper \
    rồi chạy.\n\n\
    Máy không có mạng: nhờ người phụ trách máy tính tải Evergreen Standalone Installer (x64) cũng ở trang ấy \
    trên máy khác, chép sang bằng USB rồi chạy trên máy này.\n\n\
    Cài xong thì mở lại chương trình.";

/// Tells the person what is missing and waits until it was read; an error is the end of the program.
pub fn is_there() -> io::Result<()> {
    let Err(error) = tauri::webview_version() else {
        return Ok(());
    };
    let missing = format!("Microsoft Edge WebView2 Runtime is missing: {error}");
    tracing::error!("{missing}");
    let _ = rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Hồ Sơ Kho Bạc")
        .set_description(MISSING)
        .show();
    Err(io::Error::new(io::ErrorKind::NotFound, missing))
}
