//! The last vouchers printed, kept: a preview asks for the same PDF page by page, and a batch for
//! several by turns.

use std::sync::{Mutex, PoisonError};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::form::Form;
use hoso_domain::voucher::Voucher;
use hoso_print::{Marks, PrintError};

/// So many are kept: the vouchers of a batch.
const KEPT: usize = 64;

/// PDFs by the digest of what they were made from, the last used first.
#[derive(Default)]
pub struct Print {
    last: Mutex<Vec<(Digest, Vec<u8>)>>,
}

impl Print {
    pub fn voucher(
        &self,
        form: &Form,
        voucher: &Voucher,
        data: &DossierData,
    ) -> Result<Vec<u8>, PrintError> {
        self.kept(about(voucher, data), || {
            hoso_print::render(form, voucher, data)
        })
    }

    /// Bản thể hiện: the same with what its signatures and its receipt say.
    pub fn marked(
        &self,
        form: &Form,
        voucher: &Voucher,
        data: &DossierData,
        marks: &Marks,
    ) -> Result<Vec<u8>, PrintError> {
        let mut about = about(voucher, data);
        about.extend(format!("{marks:?}").into_bytes());
        self.kept(about, || {
            hoso_print::render_marked(form, voucher, data, marks)
        })
    }

    fn kept(
        &self,
        about: Vec<u8>,
        make: impl FnOnce() -> Result<Vec<u8>, PrintError>,
    ) -> Result<Vec<u8>, PrintError> {
        let about = Digest::of(&about);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match last.iter().position(|(of, _)| *of == about) {
            Some(at) => last.remove(at).1,
            None => make()?,
        };
        last.insert(0, (about, made.clone()));
        last.truncate(KEPT);
        Ok(made)
    }
}

/// Everything a print is made from.
fn about(voucher: &Voucher, data: &DossierData) -> Vec<u8> {
    let mut about = data.to_bytes();
    about.extend(serde_json::to_vec(voucher).unwrap_or_default());
    about
}
