//! A data pack: forms, code lists and deadlines that come after the program was installed. Refuses
//! to say whether it may be believed: that is the signature around it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::catalogue::{self, CatalogueError};
use crate::form::{Form, FormError};

/// The newest shape of a pack this program reads.
pub const PACK_FORMAT: u32 = 1;

/// What a pack brings. JSON; docs/FORMS.md describes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub format: u32,
    /// Tells packs apart, e.g. `nd347-2025-forms-2`.
    pub id: String,
    /// As shown to the person, in Vietnamese.
    pub name: String,
    pub issued: NaiveDate,
    #[serde(default)]
    pub forms: Vec<PackForm>,
    #[serde(default)]
    pub lists: Vec<PackList>,
}

/// A form with its printed layout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackForm {
    /// TOML, as in `forms/<basis>/<number>.toml`.
    pub form: String,
    /// Typst, as in `forms/<basis>/<number>.typ`.
    pub layout: String,
}

/// A code list, or the deadlines under the id `deadlines`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackList {
    pub id: String,
    /// As in `catalogues/<id>.csv`: the whole list, codes that ended included.
    pub csv: String,
}

/// Why a pack is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("not a data pack")]
    Malformed(#[source] serde_json::Error),
    #[error("pack of format {0}, newer than this program")]
    Newer(u32),
    #[error("the pack brings nothing")]
    Empty,
    #[error("form {number} of the pack")]
    Form {
        number: usize,
        #[source]
        source: FormError,
    },
    #[error("list {id:?} of the pack")]
    List {
        id: String,
        #[source]
        source: CatalogueError,
    },
}

impl Pack {
    /// Reads a pack; what it brings is read by [`Pack::forms`] and taken by [`Pack::take_lists`].
    pub fn from_json(text: &str) -> Result<Pack, PackError> {
        let pack: Pack = serde_json::from_str(text).map_err(PackError::Malformed)?;
        if pack.format > PACK_FORMAT {
            return Err(PackError::Newer(pack.format));
        }
        if pack.forms.is_empty() && pack.lists.is_empty() {
            return Err(PackError::Empty);
        }
        Ok(pack)
    }

    /// The forms, read and validated, each with its layout.
    pub fn forms(&self) -> Result<Vec<(Form, &str)>, PackError> {
        let mut forms = Vec::new();
        for (number, part) in (1..).zip(&self.forms) {
            let form =
                Form::from_toml(&part.form).map_err(|source| PackError::Form { number, source })?;
            forms.push((form, part.layout.as_str()));
        }
        Ok(forms)
    }

    /// Whether every list can be taken; changes nothing.
    pub fn check_lists(&self) -> Result<(), PackError> {
        self.each_list(catalogue::check_new)
    }

    /// Takes the lists in for as long as the program runs.
    pub fn take_lists(&self) -> Result<(), PackError> {
        self.each_list(catalogue::replace)
    }

    fn each_list(
        &self,
        act: fn(&str, &str) -> Result<(), CatalogueError>,
    ) -> Result<(), PackError> {
        for list in &self.lists {
            act(&list.id, &list.csv).map_err(|source| PackError::List {
                id: list.id.clone(),
                source,
            })?;
        }
        Ok(())
    }
}
