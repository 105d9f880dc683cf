//! A copy of an electronic voucher on paper, with what its signatures and its receipt say: signers
//! and times, Mã số hồ sơ and its QR code.
//!
//! Refuses to be evidence: what was signed is the PDF in the container, without these marks.

use hoso_domain::dossier::DossierData;
use hoso_domain::form::Form;
use hoso_domain::voucher::Voucher;
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::{Map, Value, json};

use crate::PrintError;
use crate::text::printable;
use crate::voucher::{own_layout, render_value};

/// What is known of a voucher once it was signed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    /// Mã số hồ sơ, as the treasury gave it; empty before it did.
    pub dossier_code: String,
    /// In the order of signing.
    pub signers: Vec<Signed>,
}

/// One signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// The certificate's holder.
    pub name: String,
    /// "KT." or "TUQ." before the title of whom a delegate signs for; blank for the holder.
    pub mark: String,
    /// A delegate's own title.
    pub title: String,
    /// As printed, e.g. `22/11/2026 10:15`.
    pub time: String,
}

/// The voucher with its marks, as PDF/A-2b. Equal arguments give equal bytes.
pub fn render_marked(
    form: &Form,
    voucher: &Voucher,
    data: &DossierData,
    marks: &Marks,
) -> Result<Vec<u8>, PrintError> {
    render_value(&own_layout(form)?, form, voucher, data, |values| {
        put(values, marks)
    })
}

fn put(values: &mut Map<String, Value>, marks: &Marks) {
    let signers: Vec<Value> = marks
        .signers
        .iter()
        .map(|s| {
            json!({
                "name": printable(&s.name),
                "time": printable(&s.time),
                "mark": printable(&s.mark),
                "title": printable(&s.title),
            })
        })
        .collect();
    values.insert("signers".to_owned(), signers.into());
    values.insert(
        "dossier_code".to_owned(),
        printable(&marks.dossier_code).into(),
    );
    values.insert("qr".to_owned(), qr(&marks.dossier_code).into());
}

/// The code's dots, row by row, `1` for dark; none for an empty text or one no code can hold.
fn qr(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return Vec::new();
    };
    let dot = |x, y| if code.get_module(x, y) { '1' } else { '0' };
    (0..code.size())
        .map(|y| (0..code.size()).map(|x| dot(x, y)).collect())
        .collect()
}
