//! Codes against the slices of the catalogues that are in [`Facts`]. Refuses to know a catalogue
//! that was not given.

use chrono::NaiveDate;

use super::Facts;
use crate::catalogue;
use crate::finding::{Finding, FindingCode, Place, Severity};

/// How many near names a finding offers.
const NEAREST: usize = 3;

/// What took the place of a code: as the unit noted it, or as the merger of communes had it. Several
/// where an old commune was divided.
pub(super) fn successor(
    facts: &Facts,
    list: &str,
    code: &str,
    day: NaiveDate,
) -> Option<Vec<String>> {
    let noted = facts.successors.get(list).and_then(|s| s.get(code));
    if let Some(new) = noted {
        return Some(vec![new.clone()]);
    }
    let merged = match list {
        "area" => catalogue::area_successors(code, day),
        _ => Vec::new(),
    };
    (!merged.is_empty()).then(|| merged.into_iter().map(str::to_owned).collect())
}

/// `code-expired` where another code took its place, `code-unknown` else: an error where the list is
/// whole, a warning where it is not.
pub(super) fn unknown(
    facts: &Facts,
    list: &str,
    code: &str,
    label: &str,
    place: Place,
    day: NaiveDate,
) -> Option<Finding> {
    let slice = facts.codes.get(list)?;
    if slice.contains_key(code) {
        return None;
    }
    let known = catalogue::catalogue(list);
    let severity = if known.is_some_and(catalogue::Catalogue::complete) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let named = |code: &str| match slice.get(code) {
        Some(name) => format!("{code} {name}"),
        None => code.to_owned(),
    };
    let successor = successor(facts, list, code, day);
    let dated = known.is_some_and(|k| k.rows.iter().any(|r| r.code == code && r.usable()));
    let finding = match successor {
        Some(new) => {
            let new: Vec<String> = new.iter().map(|code| named(code)).collect();
            Finding::error(FindingCode::CodeExpired, place).with("expected", new.join(" / "))
        }
        None if dated => Finding::error(FindingCode::CodeExpired, place),
        None => {
            let near = catalogue::nearest(slice, code, NEAREST);
            let near: Vec<String> = near.into_iter().map(named).collect();
            let finding = Finding::error(FindingCode::CodeUnknown, place);
            if near.is_empty() {
                finding
            } else {
                finding.with("nearest", near.join("; "))
            }
        }
    };
    let finding = Finding {
        severity,
        ..finding
    };
    Some(
        finding
            .with("label", label)
            .with("value", code)
            .with("catalogue", list),
    )
}
