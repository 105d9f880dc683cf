//! Makes a permission for each command of the contract, so that the capability file can name them.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(hoso_contract::command::NAMES);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("the window's configuration is complete");
}
