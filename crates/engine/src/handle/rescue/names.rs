//! Names of what is written out, as every file system takes them.

use std::path::{Path, PathBuf};

/// Characters of a name, its ending included. What lies some folders deep must stay within the 259
/// characters that programs on Windows open.
const LONGEST: usize = 60;
/// Characters after the last full stop that still count as an ending.
const ENDING: usize = 10;

/// A name every file system takes (Windows forbids most), cut where it is long.
pub fn plain(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| match c {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '-',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    let name = cut(words.join(" ").trim_end_matches(['.', ' ']));
    match name.as_str() {
        "" => "khong-ten".to_owned(),
        device if is_reserved(device) => format!("_{device}"),
        _ => name,
    }
}

/// The beginning and the ending of a name that is too long.
fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= ENDING => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let room = LONGEST.saturating_sub(ending.chars().count());
    let stem: String = stem.chars().take(room).collect();
    format!("{}{ending}", stem.trim_end_matches(['.', ' ']))
}

/// Whether Windows takes it for a device, whatever its ending.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let port = ["COM", "LPT"]
        .iter()
        .find_map(|port| stem.strip_prefix(port));
    match port {
        Some(number) => {
            let mut left = number.chars();
            matches!(left.next(), Some('0'..='9' | '¹' | '²' | '³')) && left.next().is_none()
        }
        None => matches!(
            stem.as_str(),
            "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
        ),
    }
}

/// `path`, or the first of `path (2)`, `path (3)` … that nothing lies at: no file is written over.
pub fn free(path: &Path) -> PathBuf {
    if !path.exists() {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let end = path
        .extension()
        .map(|e| format!(".{}", e.to_string_lossy()))
        .unwrap_or_default();
    (2u32..)
        .map(|n| path.with_file_name(format!("{stem} ({n}){end}")))
        .find(|p| !p.exists())
        .unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_in_a_full_stop_or_a_blank_or_is_a_device_of_windows() {
        for (name, wanted) in [
            ("Hợp đồng 1/2026.pdf", "Hợp đồng 1-2026.pdf"),
            ("2026 7 Mua giấy .", "2026 7 Mua giấy"),
            ("2026 7 Mua giấy ...", "2026 7 Mua giấy"),
            ("2026 7 Mua giấy . .", "2026 7 Mua giấy"),
            (" . ", "khong-ten"),
            ("nul", "_nul"),
            ("Con.pdf", "_Con.pdf"),
            ("COM1 .tar.gz", "_COM1 .tar.gz"),
            ("lpt¹.txt", "_lpt¹.txt"),
            ("COM10.txt", "COM10.txt"),
            ("Công.pdf", "Công.pdf"),
        ] {
            assert_eq!(plain(name), wanted, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_ending() {
        let long = format!("{}.pdf", "Hợp đồng mua sắm ".repeat(20));
        let short = plain(&long);
        assert_eq!(short.chars().count(), LONGEST);
        assert!(
            short.starts_with("Hợp đồng mua sắm Hợp") && short.ends_with(".pdf"),
            "{short}"
        );
        // no ending, and a blank at the very place of the cut
        let words = format!("{} {}", "đ".repeat(LONGEST - 1), "x".repeat(9));
        assert_eq!(plain(&words), "đ".repeat(LONGEST - 1));
        let sentence = format!("1. {}", "ế".repeat(300));
        assert_eq!(plain(&sentence).chars().count(), LONGEST);
        assert_eq!(plain(&short), short);
    }
}
