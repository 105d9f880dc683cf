//! The words of the search index. A word stands behind its unit's id, so that a search meets no other
//! unit's dossiers; the filters are words of their own, which begin with a letter no id has.

use hoso_domain::id::UnitId;
use hoso_domain::text::fold;

use super::Filter;

/// What the index keeps of a dossier: the words of `folded`, and what it can be filtered by.
pub(super) fn kept(unit: UnitId, folded: &str, stage: &str, form: &str, month: &str) -> String {
    let tag = unit.0.simple().to_string();
    let mut words: Vec<String> = words(folded).map(|w| format!("{tag}{w}")).collect();
    words.sort_unstable();
    words.dedup();
    words.extend(facets(stage, form, month));
    words.join(" ")
}

/// The search as FTS5 reads it: every word a prefix, every filter a word. `None`: nothing was typed
/// that could be looked for.
pub(super) fn asked(unit: UnitId, filter: &Filter) -> Option<String> {
    let tag = unit.0.simple().to_string();
    // 1.250.000 is one amount, not three words
    let typed = join_thousands(&fold(&filter.text));
    let mut asked: Vec<String> = words(&typed).map(|w| format!("\"{tag}{w}\"*")).collect();
    if asked.is_empty() {
        return None;
    }
    let facets = facets(&filter.stage, &filter.form, &filter.month);
    asked.extend(facets.map(|f| format!("\"{f}\"")));
    Some(asked.join(" "))
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
}

/// Blank values are no facets.
fn facets<'a>(
    stage: &'a str,
    form: &'a str,
    month: &'a str,
) -> impl Iterator<Item = String> + use<'a> {
    [("stage", stage), ("kind", form), ("month", month)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}{}", hex::encode(value)))
}

fn join_thousands(text: &str) -> String {
    text.split_whitespace()
        .map(|w| {
            let plain: String = w.chars().filter(|c| !matches!(c, '.' | ',')).collect();
            let groups = w.split(['.', ',']).skip(1).all(|g| g.len() == 3);
            let digits = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
            if digits && groups {
                plain
            } else {
                w.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
