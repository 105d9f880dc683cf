//! Codes against the slices of the catalogues that are in [`Facts`]. Refuses to know a catalogue
//! that was not given.

use super::Facts;
use crate::catalogue;
use crate::finding::{Finding, FindingCode, Place, Severity};

/// `code-unknown`: an error where the list is whole, else a warning.
pub(super) fn unknown(
    facts: &Facts,
    list: &str,
    code: &str,
    label: &str,
    place: Place,
) -> Option<Finding> {
    let slice = facts.codes.get(list)?;
    if slice.contains_key(code) {
        return None;
    }
    let whole = catalogue::catalogue(list).is_some_and(catalogue::Catalogue::complete);
    let severity = if whole {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = Finding {
        severity,
        ..Finding::error(FindingCode::CodeUnknown, place)
    };
    Some(
        finding
            .with("label", label)
            .with("value", code)
            .with("catalogue", list),
    )
}
