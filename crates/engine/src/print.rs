//! The last drafts printed, kept: a preview asks for the same PDF page by page, and a batch for
//! several by turns.

use std::sync::{Mutex, PoisonError};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::form::Form;
use hoso_domain::voucher::Voucher;
use hoso_print::PrintError;

/// So many are kept.
const KEPT: usize = 8;

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
        let mut about = data.to_bytes();
        about.extend(serde_json::to_vec(voucher).unwrap_or_default());
        let about = Digest::of(&about);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match last.iter().position(|(of, _)| *of == about) {
            Some(at) => last.remove(at).1,
            None => hoso_print::render(form, voucher, data)?,
        };
        last.insert(0, (about, made.clone()));
        last.truncate(KEPT);
        Ok(made)
    }
}
