//! Where modules are looked for. The names are data (`modules.toml`), on Linux also what p11-kit has
//! been told of; this file refuses to know any vendor, and to load what it finds.

mod p11_kit;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    module: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    vendor: String,
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    dll: Vec<String>,
    #[serde(default)]
    collects: bool,
    /// Found elsewhere than in the data file.
    #[serde(skip)]
    told: Vec<PathBuf>,
}

fn data() -> Vec<Entry> {
    toml::from_str::<File>(include_str!("../modules.toml"))
        .expect("modules.toml is part of the program; a test reads it")
        .module
}

fn places(entry: &Entry) -> Vec<PathBuf> {
    let arch = match std::env::consts::ARCH {
        "x86" => "i386",
        other => other,
    };
    let mut out: Vec<PathBuf> = entry
        .path
        .iter()
        .map(|p| PathBuf::from(p.replace("{arch}", arch)))
        .collect();
    if let (true, Some(root)) = (cfg!(windows), std::env::var_os("SystemRoot")) {
        out.extend(dlls(entry, Path::new(&root)));
    }
    out
}

/// Where the DLLs lie below the Windows folder `root`: the one for this process, else the 32-bit one of a
/// 64-bit PC, which `hoso-token-x86` loads. A 32-bit process sees its own under the first name.
fn dlls(entry: &Entry, root: &Path) -> Vec<PathBuf> {
    let (system, old) = (root.join("System32"), root.join("SysWOW64"));
    let place = |name: &String| {
        let usual = system.join(name);
        let other = old.join(name);
        if !usual.is_file() && other.is_file() {
            other
        } else {
            usual
        }
    };
    entry.dll.iter().map(place).collect()
}

/// Vendor and path of every place on this system, existing or not, in the order of search.
pub fn known_modules() -> Vec<(String, PathBuf)> {
    data()
        .iter()
        .flat_map(|e| places(e).into_iter().map(|p| (e.vendor.clone(), p)))
        .collect()
}

/// The modules that exist on this PC, each file once.
pub fn candidates() -> Vec<PathBuf> {
    pick(&data(), places, p11_kit::modules())
}

/// `told`: what p11-kit lists, after the names of our own and before those that collect.
fn pick(
    entries: &[Entry],
    places: impl Fn(&Entry) -> Vec<PathBuf>,
    told: Vec<PathBuf>,
) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let told = Entry {
        vendor: String::new(),
        path: Vec::new(),
        dll: Vec::new(),
        collects: false,
        told,
    };
    let (own, collectors): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|e| !e.collects);
    for entry in own.into_iter().chain([&told]).chain(collectors) {
        if entry.collects && !out.is_empty() {
            continue;
        }
        for path in places(entry).into_iter().chain(entry.told.clone()) {
            // The same file under two names is one module.
            let Ok(real) = path.canonicalize() else {
                continue;
            };
            if real.is_file() && seen.insert(real) {
                out.push(path);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_list_names_no_csp_shell_and_nothing_twice() {
        let mut seen = BTreeSet::new();
        for entry in data() {
            for name in entry.dll.iter().chain(&entry.path) {
                let lower = name.to_lowercase();
                assert!(!lower.ends_with("_s.dll"), "{name} is a CSP shell");
                assert!(seen.insert(lower), "{name} stands twice");
            }
        }
        assert!(seen.len() > 50, "the list has lost entries");
    }

    #[test]
    fn a_driver_that_is_there_for_32_bits_only_is_found_and_one_that_is_there_twice_only_once() {
        let root = tempfile::tempdir().unwrap();
        let place = |folder: &str, name: &str| root.path().join(folder).join(name);
        for folder in ["System32", "SysWOW64"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        for (folder, name) in [
            ("System32", "both.dll"),
            ("SysWOW64", "both.dll"),
            ("SysWOW64", "old.dll"),
        ] {
            std::fs::write(place(folder, name), "").unwrap();
        }
        let entry = Entry {
            vendor: String::new(),
            path: vec![],
            dll: ["none.dll", "both.dll", "old.dll"]
                .map(str::to_owned)
                .into(),
            collects: false,
            told: vec![],
        };
        assert_eq!(
            pick(&[entry], |e| dlls(e, root.path()), vec![]),
            [place("System32", "both.dll"), place("SysWOW64", "old.dll")]
        );
    }

    #[test]
    fn one_file_under_two_names_is_found_once_and_a_collector_only_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a.so"), dir.path().join("b.so"));
        std::fs::write(&a, "").unwrap();
        std::fs::write(&b, "").unwrap();
        let entry = |paths: &[&Path], collects| Entry {
            vendor: String::new(),
            path: paths.iter().map(|p| p.display().to_string()).collect(),
            dll: vec![],
            collects,
            told: vec![],
        };
        let own = |e: &Entry| e.path.iter().map(PathBuf::from).collect();
        let missing = dir.path().join("none.so");
        let again = dir.path().join(".").join("a.so");
        let list = [entry(&[&missing, &a, &again], false), entry(&[&b], true)];
        assert_eq!(pick(&list, own, vec![]), std::slice::from_ref(&a));
        let list = [entry(&[&missing], false), entry(&[&b], true)];
        assert_eq!(pick(&list, own, vec![]), std::slice::from_ref(&b));
        // what p11-kit was told of is found, once, and makes a collector needless
        assert_eq!(
            pick(&list, own, vec![missing.clone(), a.clone()]),
            std::slice::from_ref(&a)
        );
        let list = [entry(&[&a], false)];
        assert_eq!(pick(&list, own, vec![again, b.clone()]), [a, b]);
    }
}
