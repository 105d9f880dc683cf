//! The last draft printed, kept: the preview asks for the same PDF page by page.

use std::sync::{Mutex, PoisonError};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::form::Form;
use hoso_domain::voucher::Voucher;
use hoso_print::PrintError;

/// One PDF, by the digest of what it was made from.
#[derive(Default)]
pub struct Print {
    last: Mutex<Option<(Digest, Vec<u8>)>>,
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
        if let Some((of, pdf)) = last.as_ref()
            && *of == about
        {
            return Ok(pdf.clone());
        }
        let pdf = hoso_print::render(form, voucher, data)?;
        *last = Some((about, pdf.clone()));
        Ok(pdf)
    }
}
