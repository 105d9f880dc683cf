//! Biên bản: numbered parts with tables, and several people who sign by hand.
//!
//! Refuses to know what was found: every word and figure comes from the caller.

use chrono::NaiveDate;
use serde_json::json;

use crate::PrintError;
use crate::press;
use crate::text::printable;

/// What the minutes say. Every text is printed as given; an empty one leaves its place out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Minutes {
    /// Whose paper it is, e.g. the unit's name.
    pub issuer: String,
    /// Large and bold; write it in capitals.
    pub title: String,
    /// One line under the title.
    pub subtitle: String,
    pub opening: Vec<String>,
    pub parts: Vec<Part>,
    pub closing: Vec<String>,
    /// Printed, and written into the file as its date of creation.
    pub date: NaiveDate,
    /// As what somebody signs, and the name; a blank name is left to be written.
    pub signers: Vec<(String, String)>,
}

/// One part: its heading with its number, text, a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Part {
    pub heading: String,
    pub said: Vec<String>,
    pub columns: Vec<Column>,
    /// As many cells each as there are columns; no rows, no table.
    pub rows: Vec<Vec<String>>,
}

/// A column of a part's table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    pub head: String,
    /// Its share of the width, beside those of the others.
    pub share: u16,
    pub cells: Cells,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cells {
    Words,
    /// To the right.
    Figures,
}

/// The minutes as PDF/A-2b. Equal minutes give equal bytes.
pub fn minutes(minutes: &Minutes) -> Result<Vec<u8>, PrintError> {
    let all = |texts: &[String]| texts.iter().map(|t| printable(t)).collect::<Vec<_>>();
    let parts: Vec<_> = minutes
        .parts
        .iter()
        .map(|part| {
            let columns = part.columns.iter().map(|c| {
                json!({
                    "head": printable(&c.head),
                    "share": c.share,
                    "figures": c.cells == Cells::Figures,
                })
            });
            json!({
                "heading": printable(&part.heading),
                "said": all(&part.said),
                "columns": columns.collect::<Vec<_>>(),
                "rows": part.rows.iter().map(|r| all(r)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let hands: Vec<_> = minutes
        .signers
        .iter()
        .map(|(role, name)| [printable(role), printable(name)])
        .collect();
    let data = json!({
        "form": { "title": printable(&minutes.title), "orientation": "portrait" },
        "fields": {},
        "days": {},
        "ticks": {},
        "parent": "",
        "issuer": printable(&minutes.issuer),
        "number": "",
        "place": "",
        "date": crate::voucher::day(minutes.date),
        "title": printable(&minutes.title),
        "subtitle": printable(&minutes.subtitle),
        "opening": all(&minutes.opening),
        "parts": parts,
        "closing": all(&minutes.closing),
        "hands": hands,
    });
    let identity = format!("hoso minutes {} {}", minutes.issuer, minutes.date);
    press::set(include_str!("minutes.typ"), &data, &identity, minutes.date)
}
