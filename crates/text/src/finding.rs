//! One sentence per finding: what is wrong and what is expected. Refuses to name the place: the
//! screen leads there ([`place`] names it where a list stands alone).

use hoso_domain::finding::{Finding, Place};
use hoso_domain::form::{FieldKind, display};

use crate::{Lang, Params, size};

mod en;
mod vi;

/// The finding in words. Values come from the check: `label`, `value`, `expected`, `other` …
pub fn finding(finding: &Finding, lang: Lang) -> String {
    let p = Params(&finding.params);
    let line = match (p.given("line"), &finding.place) {
        (Some(line), Place::Cell { .. }) => match lang {
            Lang::Vi => format!("Dòng {line}: "),
            Lang::En => format!("Line {line}: "),
        },
        _ => String::new(),
    };
    let text = match lang {
        Lang::Vi => vi::words(finding.code, p),
        Lang::En => en::words(finding.code, p),
    };
    format!("{line}{text}")
}

fn bytes(text: &str, lang: Lang) -> String {
    text.parse()
        .map_or_else(|_| text.to_owned(), |n| size(n, lang))
}

/// Where a finding belongs, for lists that stand alone: `Chứng từ 2, dòng 3`; blank for the dossier.
pub fn place(place: &Place, lang: Lang) -> String {
    let number = |n: &usize| display(FieldKind::Integer, &n.saturating_add(1).to_string());
    let voucher = |n: &usize| format!("{} {}", lang.pick("Chứng từ", "Voucher"), number(n));
    match place {
        Place::Dossier => String::new(),
        Place::Voucher { voucher: v } | Place::Field { voucher: v, .. } => voucher(v),
        Place::Cell {
            voucher: v, row, ..
        } => {
            format!(
                "{}, {} {}",
                voucher(v),
                lang.pick("dòng", "line"),
                number(row)
            )
        }
        Place::File { path } => path.rsplit('/').next().unwrap_or(path).to_owned(),
    }
}
