//! A list under its headings: phần, nhóm, tiểu nhóm, mục, tiểu mục; loại, khoản. Refuses lists that
//! have no headings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Row, catalogue};

/// One row of a tree, depth first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// From 0.
    pub depth: usize,
    pub row: &'static Row,
}

/// Contents of spending are looked for more often than those of revenue.
const FIRST: &str = "II-chi";

/// The list as it stands in the circular, in force on `day`; empty where it has no headings, or where
/// the list is not known here.
pub fn tree(id: &str, day: NaiveDate) -> Vec<Node> {
    let Some(list) = catalogue(id) else {
        return Vec::new();
    };
    let over = match id {
        "economic-content" => catalogue("economic-group"),
        _ => None,
    };
    let rows = || {
        over.into_iter()
            .chain([list])
            .flat_map(|list| &list.rows)
            .filter(|row| row.valid_on(day))
    };
    if rows().all(|row| row.parent.is_empty()) {
        return Vec::new();
    }
    let known: BTreeSet<&str> = rows().map(|row| row.code.as_str()).collect();
    let mut under: BTreeMap<&str, Vec<&'static Row>> = BTreeMap::new();
    for row in rows() {
        let parent = match known.contains(row.parent.as_str()) {
            true => row.parent.as_str(),
            false => "",
        };
        under.entry(parent).or_default().push(row);
    }
    let mut out = Vec::new();
    let mut roots = under.get("").cloned().unwrap_or_default();
    roots.sort_by_key(|row| row.code != FIRST);
    let mut waiting: Vec<Node> = roots
        .into_iter()
        .rev()
        .map(|row| Node { depth: 0, row })
        .collect();
    while let Some(node) = waiting.pop() {
        out.push(node);
        let children = under.get(node.row.code.as_str());
        waiting.extend(children.into_iter().flatten().rev().map(|row| Node {
            depth: node.depth.saturating_add(1),
            row,
        }));
    }
    out
}
