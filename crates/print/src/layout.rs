//! The printed layouts of the program and those that data packs brought. Refuses to read a disk, and
//! to change or forget a layout: a signed voucher is compared with what it prints.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use hoso_domain::voucher::FormRef;

use crate::PrintError;

/// Name under `forms/` without its ending ([`FormRef::stem`]) and text of every layout.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

static LIBRARY: LazyLock<RwLock<BTreeMap<String, Arc<str>>>> = LazyLock::new(|| {
    let embedded = FILES
        .iter()
        .map(|(stem, text)| ((*stem).to_owned(), (*text).into()));
    RwLock::new(embedded.collect())
});

/// The layout of this very edition.
pub fn find(form: &FormRef) -> Option<Arc<str>> {
    let library = LIBRARY.read().unwrap_or_else(PoisonError::into_inner);
    library.get(&form.stem()).cloned()
}

/// Whether [`add`] would take the layout; changes nothing.
pub fn check_new(form: &FormRef, text: &str) -> Result<(), PrintError> {
    match find(form) {
        Some(known) if *known != *text => Err(PrintError::OtherLayout {
            basis: form.basis.clone(),
            number: form.number.clone(),
        }),
        _ => Ok(()),
    }
}

/// Takes a layout (typst text) in for as long as the program runs; the same text twice is once.
pub fn add(form: &FormRef, text: &str) -> Result<(), PrintError> {
    check_new(form, text)?;
    let mut library = LIBRARY.write().unwrap_or_else(PoisonError::into_inner);
    library.entry(form.stem()).or_insert_with(|| text.into());
    Ok(())
}
