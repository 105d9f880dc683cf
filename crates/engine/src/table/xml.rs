//! Vouchers as XML for accounting programs; docs/TABLES.md tells the elements. Refuses to leave out a
//! value: what is in the voucher is in the file, by the ids of its form.

use std::fmt::Write as _;

use hoso_domain::form::{Block, Form};
use hoso_domain::voucher::Voucher;

/// The edition of the file's shape; raised when an element changes its meaning.
pub const EDITION: u32 = 1;

/// One dossier to write.
pub struct Told<'a> {
    pub id: String,
    /// Mã số hồ sơ, empty until given.
    pub treasury_number: String,
    /// Both states by their names in the contract.
    pub local: String,
    pub treasury: String,
    pub vouchers: Vec<(&'a Form, &'a Voucher)>,
}

/// Text in an attribute or element. XML 1.0 has no place for other control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// `<name a="1" b="2"`; the caller closes it. Blank attributes are left out.
fn begin(out: &mut String, depth: usize, name: &str, attributes: &[(&str, &str)]) {
    let _ = write!(out, "{:1$}<{name}", "", depth * 2);
    for (key, value) in attributes.iter().filter(|(_, v)| !v.is_empty()) {
        let _ = write!(out, " {key}=\"{}\"", escaped(value));
    }
}

/// A whole element with text.
fn leaf(out: &mut String, depth: usize, name: &str, attributes: &[(&str, &str)], text: &str) {
    begin(out, depth, name, attributes);
    let _ = writeln!(out, ">{}</{name}>", escaped(text));
}

fn end(out: &mut String, depth: usize, name: &str) {
    let _ = writeln!(out, "{:1$}</{name}>", "", depth * 2);
}

/// The document of a unit's dossiers.
pub fn vouchers(unit_code: &str, unit_name: &str, dossiers: &[Told<'_>]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let edition = EDITION.to_string();
    let about: [(&str, &str); 3] = [
        ("version", edition.as_str()),
        ("unit-code", unit_code),
        ("unit-name", unit_name),
    ];
    begin(&mut out, 0, "hoso-vouchers", &about);
    out.push_str(">\n");
    for dossier in dossiers {
        let about: [(&str, &str); 4] = [
            ("id", dossier.id.as_str()),
            ("treasury-number", &dossier.treasury_number),
            ("state", &dossier.local),
            ("treasury-state", &dossier.treasury),
        ];
        begin(&mut out, 1, "dossier", &about);
        out.push_str(">\n");
        for (form, voucher) in &dossier.vouchers {
            one(&mut out, form, voucher);
        }
        end(&mut out, 1, "dossier");
    }
    end(&mut out, 0, "hoso-vouchers");
    out
}

fn one(out: &mut String, form: &Form, voucher: &Voucher) {
    let edition = form.edition.to_string();
    let about: [(&str, &str); 7] = [
        ("form", form.number.as_str()),
        ("symbol", &form.symbol),
        ("basis", &form.basis),
        ("edition", &edition),
        ("number", voucher.field(&form.summary.number)),
        ("date", voucher.field("voucher_date")),
        ("total", voucher.field(&form.summary.total)),
    ];
    begin(out, 2, "voucher", &about);
    out.push_str(">\n");
    for block in &form.blocks {
        if let Block::Ticks { options, .. } = block {
            for option in options.iter().filter(|o| voucher.ticked(&o.id)) {
                let about: [(&str, &str); 2] =
                    [("id", option.id.as_str()), ("label", &option.label)];
                begin(out, 3, "tick", &about);
                out.push_str("/>\n");
            }
        }
        for field in block.fields() {
            let value = voucher.field(&field.id);
            if !value.is_empty() {
                let label = field.full_label();
                let about: [(&str, &str); 2] = [("id", field.id.as_str()), ("label", &label)];
                leaf(out, 3, "field", &about, value);
            }
        }
        let Some(grid) = block.grid() else { continue };
        for row in voucher.rows(&grid.id).iter().filter(|r| !r.is_blank()) {
            let about: [(&str, &str); 2] = [("grid", grid.id.as_str()), ("group", &row.group)];
            begin(out, 3, "line", &about);
            out.push_str(">\n");
            for column in &grid.columns {
                let value = row.cell(&column.id);
                if !value.is_empty() {
                    let label = column.full_label();
                    let about: [(&str, &str); 2] = [("id", column.id.as_str()), ("label", &label)];
                    leaf(out, 4, "cell", &about, value);
                }
            }
            end(out, 3, "line");
        }
    }
    end(out, 2, "voucher");
}
