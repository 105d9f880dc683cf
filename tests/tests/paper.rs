//! Every form as it comes out of the printer, against the decree: a frozen copy of its lists of
//! forms, columns and signatures (tests/fixtures/law), which no form file is made from.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use acceptance::paper::{Sheet, empty, filled, sheets};
use hoso_domain::digest::Digest;
use hoso_domain::form::Orientation;

/// The lists and their SHA-256: they change only when the law does.
const FROZEN: [(&str, &str); 3] = [
    (
        "mau-347.csv",
        "ac4efd4ba31d3216e13f3902efe6a75a5765f0064adaa9f7bf9f75cb7d93e226",
    ),
    (
        "mau-347-cot.csv",
        "dcbf01ee4292b2521bb28c7600d838cd67978fe7b42e446cb42507af0e5af349",
    ),
    (
        "mau-347-chu-ky.csv",
        "cba989c836c93fbf91c7bf653ebbce76058b79b356954c841253a6644c427245",
    ),
];

fn root() -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&own).parent().unwrap().to_owned()
}

/// One record of a list, by column.
type Record = BTreeMap<String, String>;

/// RFC 4180 without line ends inside quotes.
fn records(csv: &str) -> Vec<Record> {
    let cells = |line: &str| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    };
    let mut lines = csv.lines().map(cells);
    let header = lines.next().unwrap();
    lines
        .map(|line| header.iter().cloned().zip(line).collect())
        .collect()
}

fn frozen(name: &str) -> Vec<Record> {
    let bytes = std::fs::read(root().join("tests/fixtures/law").join(name)).unwrap();
    let (_, sum) = FROZEN.iter().find(|(n, _)| *n == name).unwrap();
    assert_eq!(&Digest::of(&bytes).hex(), sum, "{name} was changed");
    records(&String::from_utf8(bytes).unwrap())
}

/// A word on paper, in points from the upper left; a page lies below the one before.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    left: f64,
    right: f64,
    top: f64,
}

/// How far apart pages lie: more than any page is high.
const PAGE: f64 = 2000.0;

/// What stands on the pages. A word is parted after each stroke, where a line may end as well.
fn words(pdf: &Path) -> Vec<Word> {
    let out = Command::new("pdftotext")
        .arg("-bbox-layout")
        .arg(pdf)
        .arg("-")
        .output();
    let out = out.expect("pdftotext (poppler-utils) is installed");
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    let mut words = Vec::new();
    let mut page = -1.0;
    for line in text.lines().map(str::trim) {
        if line.starts_with("<page ") {
            page += 1.0;
        }
        let Some(word) = line.strip_prefix("<word ") else {
            continue;
        };
        let (attributes, rest) = word.split_once('>').unwrap();
        let number = |name: &str| -> f64 {
            let (_, from) = attributes.split_once(&format!("{name}=\"")).unwrap();
            from.split_once('"').unwrap().0.parse().unwrap()
        };
        let text = rest.trim_end_matches("</word>");
        let text = text.replace("&amp;", "&").replace("&lt;", "<");
        let (left, right) = (number("xMin"), number("xMax"));
        let letters = text.chars().count().max(1) as f64;
        let mut at = left;
        for part in text.split_inclusive('/') {
            let end = at + (right - left) * part.chars().count() as f64 / letters;
            words.push(Word {
                text: part.to_owned(),
                left: at,
                right: end,
                top: number("yMin") + page * PAGE,
            });
            at = end;
        }
    }
    words
}

/// Where a label stands.
#[derive(Clone, Copy, Debug)]
struct At {
    left: f64,
    right: f64,
    top: f64,
}

impl At {
    fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

/// Every place where `label` stands: its words one after the other, on one line or going on in the
/// next line of the same cell. A word on paper may carry a footnote's mark.
fn places(words: &[Word], label: &str) -> Vec<At> {
    let label = label.replace('/', "/ ");
    let wanted: Vec<&str> = label.split_whitespace().collect();
    let is = |word: &Word, wanted: &str| {
        let unmarked = word
            .text
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '*');
        word.text == wanted || unmarked == wanted
    };
    let mut found = Vec::new();
    for first in words.iter().filter(|w| is(w, wanted[0])) {
        let (mut last, mut whole) = (first, true);
        let mut at = At {
            left: first.left,
            right: first.right,
            top: first.top,
        };
        for next in &wanted[1..] {
            let goes_on = words.iter().filter(|w| is(w, next)).filter_map(|w| {
                let (down, gap) = (w.top - last.top, w.left - last.right);
                let aside = ((w.left + w.right) / 2.0 - at.middle()).abs();
                if down.abs() < 3.0 && (-1.0..12.0).contains(&gap) {
                    Some((gap.abs(), w))
                } else if (4.0..17.0).contains(&down) && gap < 40.0 && aside < 70.0 {
                    Some((1000.0 + aside, w))
                } else {
                    None
                }
            });
            match goes_on.min_by(|a, b| a.0.total_cmp(&b.0)) {
                Some((_, word)) => {
                    last = word;
                    at.left = at.left.min(word.left);
                    at.right = at.right.max(word.right);
                }
                None => {
                    whole = false;
                    break;
                }
            }
        }
        if whole {
            found.push(at);
        }
    }
    found
}

/// The labels that do not stand side by side in this order.
fn out_of_order<'a>(words: &[Word], labels: &[&'a str]) -> Vec<&'a str> {
    let mut before: Option<At> = None;
    let mut missing = Vec::new();
    for label in labels {
        let beside = places(words, label).into_iter().filter(|at| {
            before.is_none_or(|b| at.middle() > b.middle() + 3.0 && (at.top - b.top).abs() < 80.0)
        });
        match (before, beside.min_by(|a, b| a.left.total_cmp(&b.left))) {
            (_, None) => missing.push(*label),
            // the first column stands first on paper, whatever bears its name further left below
            (None, Some(_)) => before = places(words, label).into_iter().next(),
            (Some(_), next) => before = next,
        }
    }
    missing
}

/// A form, printed without any value.
struct Printed {
    sheet: Sheet,
    words: Vec<Word>,
    /// As `pdfinfo` tells it, e.g. `595.276 x 841.89 pts (A4)`.
    size: String,
}

static PRINTED: LazyLock<BTreeMap<String, Printed>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let print = |sheet: Sheet| {
        let path = folder.path().join(format!("{}.pdf", sheet.form.number));
        std::fs::write(&path, sheet.pdf(&empty(&sheet.form)).unwrap()).unwrap();
        let info = Command::new("pdfinfo").arg(&path).output().unwrap();
        let info = String::from_utf8(info.stdout).unwrap();
        let size = info
            .lines()
            .find_map(|l| l.strip_prefix("Page size:"))
            .unwrap();
        let printed = Printed {
            words: words(&path),
            size: size.trim().to_owned(),
            sheet,
        };
        (printed.sheet.form.number.clone(), printed)
    };
    let all = sheets(&root().join("forms"), &[]).unwrap();
    all.into_iter().map(print).collect()
});

fn of<'a>(list: &'a [Record], form: &str, column: &str) -> Vec<&'a str> {
    let own = list.iter().filter(|r| r["form"] == form);
    own.map(|r| r[column].as_str()).collect()
}

#[test]
fn every_form_a_commune_uses_is_there_under_its_number_symbol_and_name() {
    let mut missing = Vec::new();
    for record in frozen("mau-347.csv") {
        if record["transcribed"] != "yes" {
            continue;
        }
        match PRINTED.get(&record["number"]) {
            None => missing.push(record["number"].clone()),
            Some(printed) => {
                let form = &printed.sheet.form;
                assert_eq!(form.symbol, record["symbol"], "form {}", form.number);
                assert_eq!(form.name, record["name"], "form {}", form.number);
                let titled = !places(&printed.words, &form.title).is_empty();
                assert!(titled, "form {} does not print its title", form.number);
                let number = format!("Mẫu số {}", form.number);
                assert!(!places(&printed.words, &number).is_empty(), "{number}");
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_columns_stand_on_paper_with_the_decrees_labels_in_its_order() {
    let columns = frozen("mau-347-cot.csv");
    let mut wrong = BTreeMap::new();
    for (number, printed) in PRINTED.iter() {
        let missing = out_of_order(&printed.words, &of(&columns, number, "name"));
        if !missing.is_empty() {
            wrong.insert(number, missing);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn another_order_of_columns_would_be_seen() {
    let columns = frozen("mau-347-cot.csv");
    for number in ["13", "20", "26"] {
        let mut labels = of(&columns, number, "name");
        let last = labels.len() - 1;
        labels.swap(0, last);
        let words = &PRINTED[number].words;
        assert!(!out_of_order(words, &labels).is_empty(), "form {number}");
        assert!(places(words, "Cột không có trên mẫu").is_empty());
    }
}

#[test]
fn the_signatures_stand_under_the_decrees_titles() {
    let signatures = frozen("mau-347-chu-ky.csv");
    let mut wrong = BTreeMap::new();
    for (number, printed) in PRINTED.iter() {
        let titles = of(&signatures, number, "title").into_iter();
        let manners = of(&signatures, number, "manner").into_iter();
        let missing: Vec<(&str, &str)> = titles
            .zip(manners)
            .filter(|(title, manner)| {
                let below = places(&printed.words, manner);
                !places(&printed.words, title).iter().any(|at| {
                    below.iter().any(|m| {
                        (0.0..40.0).contains(&(m.top - at.top))
                            && (m.middle() - at.middle()).abs() < 40.0
                    })
                })
            })
            .collect();
        if !missing.is_empty() {
            wrong.insert(number, missing);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_form_is_a4_the_way_round_it_is_printed() {
    for (number, printed) in PRINTED.iter() {
        let size = match printed.sheet.form.orientation {
            Orientation::Portrait => "595.276 x 841.89",
            Orientation::Landscape => "841.89 x 595.276",
        };
        assert!(
            printed.size.starts_with(size),
            "form {number}: {}",
            printed.size
        );
    }
    // twenty-one columns have no room on an upright page
    assert_eq!(PRINTED["09"].sheet.form.orientation, Orientation::Landscape);
}

#[test]
fn a_list_of_five_hundred_lines_repeats_its_head_and_loses_no_line() {
    let sheet = &PRINTED["20"].sheet;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.pdf");
    std::fs::write(&path, sheet.pdf(&filled(&sheet.form, 500)).unwrap()).unwrap();
    let words = words(&path);
    let pages = (words.iter().map(|w| w.top).fold(0.0, f64::max) / PAGE) as usize + 1;
    assert!(pages > 5, "{pages} pages");
    let heads = places(&words, "Đối tượng thụ hưởng").len();
    assert!(heads >= pages - 1, "{heads} heads on {pages} pages");
    for number in 1..=500 {
        let number = number.to_string();
        assert!(words.iter().any(|w| w.text == number), "line {number}");
    }
}
