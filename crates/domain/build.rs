//! Lists the files of forms and templates, so that one is added by adding its file.
#![allow(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    // asked as it runs: a program built elsewhere may be kept
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where");
    let forms = Path::new(&here).join("../../forms");
    println!("cargo::rerun-if-changed={}", forms.display());
    // `13.toml` and `13-2.toml` are forms, `salary.template.toml` is a template; a file with any
    // other name (`13.practice.toml`) is read by whoever knows it
    let is_form = |name: &str| name.strip_suffix(".toml").is_some_and(|s| !s.contains('.'));
    list(&forms, "forms.rs", is_form);
    list(&forms, "templates.rs", |name| {
        name.ends_with(".template.toml")
    });
}

/// Writes `[(stem, include_str!(path)), …]` of the files `wanted`.
fn list(forms: &Path, into: &str, wanted: impl Fn(&str) -> bool) {
    let mut list = String::from("[\n");
    for path in files(forms) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if wanted(&name) {
            let stem = path
                .strip_prefix(forms)
                .expect("it lies there")
                .with_extension("");
            let stem = stem.to_string_lossy().replace('\\', "/");
            let path = path.to_string_lossy();
            writeln!(list, "    ({stem:?}, include_str!({path:?})),").expect("a string takes all");
        }
    }
    list.push(']');
    let out = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&out).join(into), list).expect("the folder can be written");
}

/// The files of every folder in `forms`, sorted.
fn files(forms: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("the folder is part of the source");
        entries
            .map(|entry| entry.expect("it can be read").path())
            .collect::<Vec<_>>()
    };
    let folders = list(forms).into_iter().filter(|path| path.is_dir());
    let mut all: Vec<PathBuf> = folders.flat_map(|folder| list(&folder)).collect();
    all.sort();
    all
}
