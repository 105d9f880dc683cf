//! The modules this Linux was told of by packages, administrator and person: p11-kit's `*.module` files.
//!
//! It refuses to follow p11-kit further than the path and for which programs it is meant: whether a module works is found out by
//! loading it in the helper. Format: p11-kit manual, pkcs11.conf(5).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The administrator's folder and the packages'.
const SYSTEM: &str = "/etc/pkcs11";
const PACKAGES: &str = "/usr/share/p11-kit/modules";

/// What one file says: name and value.
type Settings = BTreeMap<String, String>;

/// What the files of this system name for this program, in the order of the files' names.
pub fn modules() -> Vec<PathBuf> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let own = own_folder();
    let folders = folders(Path::new(SYSTEM), Path::new(PACKAGES), own.as_deref());
    listed(&folders, &relative_to(), &program())
}

/// The base name of the executable; blank where it cannot be told.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Where the person who is logged in keeps files of their own.
fn own_folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty());
    let home = || Some(PathBuf::from(set("HOME")?).join(".config"));
    let config = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
    Some(config.join("pkcs11"))
}

/// Whose files count, the first before the next. `user-config` in the administrator's `pkcs11.conf`, then in
/// the person's, says whether the person's are left out, added, or alone.
fn folders(system: &Path, packages: &Path, own: Option<&Path>) -> Vec<PathBuf> {
    let mode = |folder: &Path| settings(&folder.join("pkcs11.conf")).remove("user-config");
    let told = mode(system);
    let off = told.as_deref() == Some("none");
    let own = own.filter(|_| !off);
    let mode = own.and_then(mode).or(told).unwrap_or_default();
    let own = own.filter(|_| mode != "none");
    let mut out: Vec<PathBuf> = own.map(|o| o.join("modules")).into_iter().collect();
    if own.is_none() || (mode != "only" && mode != "override") {
        out.extend([system.join("modules"), packages.to_owned()]);
    }
    out
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

/// Files of one name say one thing: what the first leaves out the next one says.
fn listed(folders: &[PathBuf], relative_to: &[PathBuf], program: &str) -> Vec<PathBuf> {
    let mut files: BTreeMap<OsString, Settings> = BTreeMap::new();
    for folder in folders {
        // a folder that is not there lists nothing
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "module") {
                let said = files.entry(entry.file_name()).or_default();
                for (name, value) in settings(&path) {
                    said.entry(name).or_insert(value);
                }
            }
        }
    }
    files
        .values()
        .filter_map(|said| module(said, program))
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

/// A file that cannot be read says nothing.
fn settings(file: &Path) -> Settings {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The path; `None` for a module switched off or not meant for `program`, for one that runs elsewhere, and
/// for the trust store, which holds authorities and never a key.
fn module(said: &Settings, program: &str) -> Option<PathBuf> {
    let names = |key: &str| {
        let list = said.get(key)?;
        let mut all = list.split([',', ' ', '\t']).filter(|n| !n.is_empty());
        Some(all.any(|name| name == program))
    };
    let meant = match (names("enable-in"), names("disable-in")) {
        (Some(named), _) => named,
        (None, Some(named)) => !named,
        (None, None) => true,
    };
    let trust = said.get("trust-policy").is_some_and(|v| v == "yes");
    said.get("module")
        .filter(|path| meant && !trust && !path.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        std::fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_administrators_files_come_before_the_packages_and_the_trust_store_is_no_token() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        write(
            &place("packages"),
            &[
                ("b.module", "module: /opt/b.so\n"),
                ("a.module", "# OpenSC\nmodule: a.so\npriority: 1\n"),
                ("trust.module", "module: trust.so\ntrust-policy: yes\n"),
                ("off.module", "module: off.so\nenable-in:\n"),
                ("remote.module", "remote: |ssh host p11-kit remote\n"),
                ("README", "module: /opt/readme.so\n"),
            ],
        );
        write(&place("own"), &[("b.module", "module: /opt/mine.so\n")]);
        let folders = ["own", "none", "packages"].map(place);
        let found = listed(&folders, &["/l".into(), "/m".into()], "hoso-desktop");
        let expected = ["/l/a.so", "/m/a.so", "/opt/mine.so"].map(PathBuf::from);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_module_is_listed_for_the_programs_it_is_meant_for() {
        let dir = tempfile::tempdir().unwrap();
        let folders = [dir.path().to_owned()];
        let lists = [
            ("a", "enable-in: seahorse, hoso-desktop"),
            ("b", "enable-in: seahorse ssh"),
            ("c", "disable-in: firefox,hoso-desktop"),
            ("d", "disable-in: firefox"),
            ("e", "enable-in: hoso-desktop-old"),
        ];
        for (name, list) in lists {
            let (file, path) = (format!("{name}.module"), format!("/opt/{name}.so"));
            let text = format!("module: {path}\n{list}\n");
            write(dir.path(), &[(file.as_str(), text.as_str())]);
        }
        let found = |program| listed(&folders, &[], program);
        let paths = |names: &[&str]| -> Vec<PathBuf> {
            let path = |n: &&str| PathBuf::from(format!("/opt/{n}.so"));
            names.iter().map(path).collect()
        };
        assert_eq!(found("hoso-desktop"), paths(&["a", "d"]));
        assert_eq!(found("ssh"), paths(&["b", "c", "d"]));
        assert_eq!(found(""), paths(&["c", "d"]));
    }

    #[test]
    fn a_persons_own_files_come_first_as_far_as_the_administrator_lets_them() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        let (system, packages, own) = (place("etc"), place("packages"), place("home"));
        write(
            &packages,
            &[
                ("a.module", "module: /opt/a.so\n"),
                ("b.module", "module: /opt/b.so\n"),
            ],
        );
        // what it does not say, the package's file says; a blank path switches off
        write(
            &own.join("modules"),
            &[
                ("a.module", "disable-in: firefox\n"),
                ("b.module", "module:\n"),
                ("c.module", "module: /opt/c.so\n"),
            ],
        );
        let found = |admin: &str, person: &str| {
            write(&system, &[("pkcs11.conf", admin)]);
            write(&own, &[("pkcs11.conf", person)]);
            let folders = folders(&system, &packages, Some(&own));
            listed(&folders, &[], "hoso-desktop")
        };
        let (a, b, c) = ("/opt/a.so", "/opt/b.so", "/opt/c.so");
        let paths = |all: &[&str]| all.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(found("", ""), paths(&[a, c]));
        assert_eq!(found("user-config: none\n", ""), paths(&[a, b]));
        let only = "user-config: only\n";
        assert_eq!(found("user-config: none\n", only), paths(&[a, b]));
        assert_eq!(found("", only), paths(&[c]));
        assert_eq!(found("", "user-config: none\n"), paths(&[a, b]));
        let folders = folders(&system, &packages, None);
        assert_eq!(listed(&folders, &[], "hoso-desktop"), paths(&[a, b]));
    }
}
