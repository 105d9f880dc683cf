//! Nhật ký as CSV with everything its hashes cover, so that the chain can be walked with any tool,
//! and as a page to read.

use chrono::SecondsFormat;

use hoso_store::audit::{AuditRow, Head};

use super::page::{END, begin, escape};
use super::{Book, LANG};

/// The columns of `nhat-ky.csv`: what `docs/BACKUP.md` hashes, in that order, and the hash.
const COLUMNS: &str = "seq,at,unit_id,person_id,act,dossier_id,params,hash\r\n";

/// How far the trail could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    /// The last row that is there.
    pub last: Option<Head>,
    /// There is more, which cannot be read.
    pub broken: bool,
}

impl Reach {
    /// The number of the last row that is there, where it is not the last of all; 0 for none.
    pub fn until(&self) -> Option<u64> {
        self.broken.then(|| self.last.map_or(0, |head| head.seq))
    }

    /// What the pages say of a trail that is not there whole.
    pub fn told(&self) -> Option<String> {
        let seq = self.until()?;
        Some(format!(
            "<p><b>Nhật ký chỉ đọc được đến dòng {seq}. Các dòng sau đó không đọc được trên máy này nên \
             không có trong bản xuất.</b></p>"
        ))
    }
}

/// The beginning of `nhat-ky.csv` (RFC 4180, UTF-8 with a mark, so that Excel reads it).
pub fn csv_head() -> String {
    format!("\u{feff}{COLUMNS}")
}

/// These rows in `nhat-ky.csv`.
pub fn csv_rows(rows: &[AuditRow]) -> String {
    let mut out = String::new();
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

/// The beginning of the page of the year's rows.
pub fn page_head(book: &Book) -> String {
    let title = format!("Nhật ký năm {}", book.year);
    format!(
        "{}<h1>{title}</h1><p><a href=\"index.html\">Về trang đầu</a></p>\
         <table><thead><tr><th>Dòng</th><th>Lúc</th><th>Người làm</th><th>Việc</th></tr></thead><tbody>",
        begin(&title)
    )
}

/// Those of these rows that are of the year.
pub fn page_rows(book: &Book, rows: &[AuditRow]) -> String {
    let mut body = String::new();
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
    body
}

pub fn page_end(reach: &Reach) -> String {
    format!("</tbody></table>{}{END}", reach.told().unwrap_or_default())
}

/// By the day in Vietnam.
fn of_year(book: &Book, row: &AuditRow) -> bool {
    use chrono::Datelike as _;
    crate::clock::day(row.at).year() == book.year
}
