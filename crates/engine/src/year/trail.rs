//! Nhật ký as CSV with everything its hashes cover, so that the chain can be walked with any tool,
//! and as a page to read.

use chrono::SecondsFormat;

use hoso_store::audit::AuditRow;

use super::page::{escape, frame};
use super::{Book, LANG};

/// The columns of `nhat-ky.csv`: what `docs/BACKUP.md` hashes, in that order, and the hash.
const COLUMNS: &str = "seq,at,unit_id,person_id,act,dossier_id,params,hash\r\n";

/// Every row from the first (RFC 4180, UTF-8 with a mark, so that Excel reads it).
pub fn csv(rows: &[AuditRow]) -> String {
    let mut out = format!("\u{feff}{COLUMNS}");
    for row in rows {
        let params = serde_json::to_string(&row.params).expect("a map of strings is plain JSON");
        let cells = [
            row.seq.to_string(),
            row.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            row.unit.map(|u| u.to_string()).unwrap_or_default(),
            row.person.to_string(),
            row.act.clone(),
            row.dossier.map(|d| d.to_string()).unwrap_or_default(),
            params,
            row.hash.hex(),
        ];
        out.push_str(&cells.map(|c| quoted(&c)).join(","));
        out.push_str("\r\n");
    }
    out
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// The rows of the year, oldest first.
pub fn page(book: &Book, rows: &[AuditRow]) -> String {
    let mut body = format!(
        "<h1>Nhật ký năm {}</h1><p><a href=\"index.html\">Về trang đầu</a></p>\
         <table><thead><tr><th>Dòng</th><th>Lúc</th><th>Người làm</th><th>Việc</th></tr></thead><tbody>",
        book.year
    );
    for row in rows.iter().filter(|r| of_year(book, r)) {
        let (at, who) = (hoso_text::date_time(row.at), book.name(row.person));
        let what = hoso_text::act(&row.act, &row.params, LANG);
        body.push_str(&format!(
            "<tr><td class=\"n\">{}</td><td>{at}</td><td>{}</td><td>{}</td></tr>",
            row.seq,
            escape(&who),
            escape(&what)
        ));
    }
    body.push_str("</tbody></table>");
    frame(&format!("Nhật ký năm {}", book.year), &body)
}

/// By the day in Vietnam.
fn of_year(book: &Book, row: &AuditRow) -> bool {
    use chrono::Datelike as _;
    crate::clock::day(row.at).year() == book.year
}
