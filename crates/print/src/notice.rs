//! A short paper of the treasury's side: debit advice (Giấy báo Nợ), notice of result (Mẫu số 33).
//!
//! Refuses to know what the notice is about: head, title, rows and text come from the caller.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use crate::PrintError;
use crate::press;
use crate::text::printable;

/// What a notice says. Every text is printed as given; an empty one leaves its place out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notice {
    /// Cơ quan cấp trên, printed above the issuer in regular type.
    pub parent: String,
    /// Who issues it, e.g. the treasury office's name.
    pub issuer: String,
    /// Số of the notice as printed, e.g. `15/TB-KBNN`.
    pub number: String,
    /// Large and bold; write it in capitals.
    pub title: String,
    /// One line under the title.
    pub subtitle: String,
    /// Text before the table.
    pub opening: Vec<String>,
    /// Label and value, in order.
    pub rows: Vec<(String, String)>,
    /// Text after the table.
    pub closing: Vec<String>,
    pub place: String,
    /// Printed, and written into the file as its date of creation.
    pub date: NaiveDate,
    /// Chức danh over the signature.
    pub signer_title: String,
    /// Name under the signature.
    pub signer_name: String,
}

/// The notice as PDF/A-2b. Equal notices give equal bytes.
pub fn notice(notice: &Notice) -> Result<Vec<u8>, PrintError> {
    let all = |texts: &[String]| texts.iter().map(|t| printable(t)).collect::<Vec<_>>();
    let rows: Vec<_> = notice
        .rows
        .iter()
        .map(|(label, value)| [printable(label), printable(value)])
        .collect();
    let data = json!({
        "form": { "title": printable(&notice.title), "orientation": "portrait" },
        "fields": {},
        "days": {},
        "ticks": {},
        "parent": printable(&notice.parent),
        "issuer": printable(&notice.issuer),
        "number": printable(&notice.number),
        "title": printable(&notice.title),
        "subtitle": printable(&notice.subtitle),
        "opening": all(&notice.opening),
        "rows": rows,
        "closing": all(&notice.closing),
        "place": printable(&notice.place),
        "date": crate::voucher::day(notice.date),
        "signer_title": printable(&notice.signer_title),
        "signer_name": printable(&notice.signer_name),
    });
    let identity = format!(
        "hoso notice {} {} {}",
        notice.issuer,
        notice.number,
        notice.date.year()
    );
    press::set(include_str!("notice.typ"), &data, &identity, notice.date)
}
