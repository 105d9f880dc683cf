//! Taking a data pack in: all of it, or nothing. Refuses a layout that cannot be set, so that no
//! voucher is ever drawn up that could not be printed and signed.

use std::collections::BTreeMap;

use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::form::{self, Form};
use hoso_domain::id::DossierId;
use hoso_domain::pack::{Pack, PackError};
use hoso_domain::party::Treasury;
use hoso_domain::voucher::Voucher;

use crate::{PrintError, layout, render_with};

/// Why a pack is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Pack(#[from] PackError),
    /// An edition that is there already says something else.
    #[error(transparent)]
    Form(#[from] form::AddError),
    #[error("form {number} cannot be printed")]
    Layout {
        number: String,
        #[source]
        source: PrintError,
    },
    #[error("form {number} asks for the list {list:?}, which nobody has")]
    NoList { number: String, list: String },
}

/// Tries everything a pack brings, then takes it in for as long as the program runs. Replies its
/// forms. A pack that is there already is taken again without any change.
pub fn take(pack: &Pack) -> Result<Vec<&'static Form>, TakeError> {
    let forms = pack.forms()?;
    pack.check_lists()?;
    for (form, layout) in &forms {
        form::check_new(form)?;
        known_lists(form, pack)?;
        if layout::find(&form.reference()).is_none_or(|known| *known != **layout) {
            let tried = layout::check_new(&form.reference(), layout)
                .and_then(|()| render_with(layout, form, &empty(form), &nobody(form)).map(|_| ()));
            tried.map_err(|source| TakeError::Layout {
                number: form.number.clone(),
                source,
            })?;
        }
    }
    pack.take_lists()?;
    let mut taken = Vec::new();
    for (form, text) in forms {
        let number = form.number.clone();
        layout::add(&form.reference(), text)
            .map_err(|source| TakeError::Layout { number, source })?;
        taken.push(form::add(form)?);
    }
    Ok(taken)
}

/// Every list a form's codes come from is known or comes with the pack.
fn known_lists(form: &Form, pack: &Pack) -> Result<(), TakeError> {
    let of_fields = form.fields().map(|f| &f.catalogue);
    let of_columns = form.grids().flat_map(|g| &g.columns).map(|c| &c.catalogue);
    let missing = of_fields.chain(of_columns).find(|list| {
        !list.is_empty()
            && hoso_domain::catalogue::catalogue(list).is_none()
            && !pack.lists.iter().any(|l| l.id == **list)
    });
    match missing {
        None => Ok(()),
        Some(list) => Err(TakeError::NoList {
            number: form.number.clone(),
            list: list.clone(),
        }),
    }
}

fn empty(form: &Form) -> Voucher {
    form::blank(form, &BTreeMap::new())
}

fn nobody(form: &Form) -> DossierData {
    DossierData {
        format: DATA_FORMAT,
        dossier: DossierId(Default::default()),
        revision: 1,
        unit: DossierUnit {
            code: String::new(),
            name: String::new(),
            address: String::new(),
            chapter: String::new(),
        },
        treasury: Treasury {
            code: String::new(),
            name: String::new(),
        },
        procedure: form.procedure.clone(),
        budget_year: chrono::Datelike::year(&form.valid_from),
        vouchers: Vec::new(),
    }
}
