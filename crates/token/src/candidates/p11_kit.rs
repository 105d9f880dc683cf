//! The modules this Linux was told of by their packages: p11-kit's `*.module` files.
//!
//! It refuses to follow p11-kit further than the path: whether a module works is found out by
//! loading it in the helper. Format: p11-kit manual, pkcs11.conf(5).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The administrator's folder first: a file there replaces the package's of the same name.
const FOLDERS: [&str; 2] = ["/etc/pkcs11/modules", "/usr/share/p11-kit/modules"];

/// What the files of this system name, in the order of the files' names.
pub fn modules() -> Vec<PathBuf> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    listed(&FOLDERS.map(Path::new), &relative_to())
}

/// Folders a module without a full path is looked for in.
fn relative_to() -> Vec<PathBuf> {
    let arch = match std::env::consts::ARCH {
        "x86" => "i386",
        other => other,
    };
    vec![
        format!("/usr/lib/{arch}-linux-gnu/pkcs11").into(),
        "/usr/lib64/pkcs11".into(),
        "/usr/lib/pkcs11".into(),
    ]
}

fn listed(folders: &[&Path], relative_to: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: BTreeMap<std::ffi::OsString, PathBuf> = BTreeMap::new();
    for folder in folders {
        // a folder that is not there lists nothing
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "module") {
                files.entry(entry.file_name()).or_insert(path);
            }
        }
    }
    files
        .values()
        .filter_map(|file| module(&std::fs::read_to_string(file).ok()?))
        .flat_map(|module| {
            if module.is_absolute() {
                vec![module]
            } else {
                relative_to
                    .iter()
                    .map(|folder| folder.join(&module))
                    .collect()
            }
        })
        .collect()
}

/// The path in one file; `None` for a module switched off, for one that runs elsewhere, and for the
/// trust store, which holds authorities and never a key.
fn module(text: &str) -> Option<PathBuf> {
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.trim().split_once(':')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        })
    };
    let on = value("trust-policy").is_none_or(|v| v != "yes")
        && value("enable-in").is_none_or(|v| !v.is_empty());
    value("module")
        .filter(|m| on && !m.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_administrators_files_come_before_the_packages_and_the_trust_store_is_no_token() {
        let dir = tempfile::tempdir().unwrap();
        let (own, packages) = (dir.path().join("own"), dir.path().join("packages"));
        for (folder, name, text) in [
            (&packages, "b.module", "module: /opt/b.so\n"),
            (
                &packages,
                "a.module",
                "# OpenSC\nmodule: a.so\npriority: 1\n",
            ),
            (
                &packages,
                "trust.module",
                "module: trust.so\ntrust-policy: yes\n",
            ),
            (&packages, "off.module", "module: off.so\nenable-in:\n"),
            (
                &packages,
                "remote.module",
                "remote: |ssh host p11-kit remote\n",
            ),
            (&packages, "README", "module: /opt/readme.so\n"),
            (&own, "b.module", "module: /opt/mine.so\n"),
        ] {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(name), text).unwrap();
        }
        let none = dir.path().join("none");
        let found = listed(&[&own, &none, &packages], &["/l".into(), "/m".into()]);
        let expected = ["/l/a.so", "/m/a.so", "/opt/mine.so"].map(PathBuf::from);
        assert_eq!(found, expected);
    }
}
