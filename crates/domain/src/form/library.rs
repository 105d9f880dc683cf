//! The forms of the program and those that data packs brought. Refuses to read a disk, and to
//! change or forget an edition: a voucher may have been made with it.

use std::sync::{LazyLock, PoisonError, RwLock};

use super::Form;
use crate::voucher::FormRef;

/// Name under `forms/` without its ending ([`FormRef::stem`]) and text of every form file.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/forms.rs"));

static LIBRARY: LazyLock<RwLock<Vec<&'static Form>>> = LazyLock::new(|| {
    let read = FILES
        .iter()
        .map(|(stem, text)| match Form::from_toml(text) {
            Ok(form) if form.reference().stem() == *stem => &*Box::leak(Box::new(form)),
            Ok(form) => unreachable!("forms/{stem}.toml holds {}", form.reference().stem()),
            Err(e) => {
                unreachable!("forms/{stem}.toml is part of the program and held by a test: {e}")
            }
        });
    RwLock::new(read.collect())
});

/// Why a form is not taken into the library.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// This very edition is there and says something else.
    #[error("edition {edition} of form {number} of {basis} is there with other contents")]
    OtherContents {
        basis: String,
        number: String,
        edition: u32,
    },
}

/// Every form known now, by basis, number and edition.
pub fn library() -> Vec<&'static Form> {
    LIBRARY
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// The forms that [`add`] took in since the program started.
pub fn added() -> Vec<&'static Form> {
    let own = |form: &&Form| {
        !FILES
            .iter()
            .any(|(stem, _)| *stem == form.reference().stem())
    };
    library().into_iter().filter(own).collect()
}

/// Whether [`add`] would take the form; changes nothing.
pub fn check_new(form: &Form) -> Result<(), AddError> {
    let FormRef {
        basis,
        number,
        edition,
    } = form.reference();
    match find(&form.reference()) {
        Some(known) if *known != *form => Err(AddError::OtherContents {
            basis,
            number,
            edition,
        }),
        _ => Ok(()),
    }
}

/// Takes a form in for as long as the program runs; one that is there already stays as it is.
pub fn add(form: Form) -> Result<&'static Form, AddError> {
    check_new(&form)?;
    let mut library = LIBRARY.write().unwrap_or_else(PoisonError::into_inner);
    let reference = form.reference();
    if let Some(known) = library.iter().find(|f| f.reference() == reference) {
        return Ok(known);
    }
    // a form is never forgotten, so what it takes is never given back
    let form: &'static Form = Box::leak(Box::new(form));
    library.push(form);
    library.sort_by_key(|f| f.reference());
    Ok(form)
}

/// The very edition a voucher was made with.
pub fn find(reference: &FormRef) -> Option<&'static Form> {
    library().into_iter().find(|f| f.reference() == *reference)
}

/// The newest edition of a form, for a new voucher.
pub fn latest(basis: &str, number: &str) -> Option<&'static Form> {
    library()
        .into_iter()
        .filter(|f| f.basis == basis && f.number == number)
        .max_by_key(|f| f.edition)
}
