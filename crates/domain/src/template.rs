//! Ready-made dossiers for what a commune pays every month (`forms/<basis>/<id>.template.toml`).
//! Refuses to hold anything but starting values: a dossier made from one is like any other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::form::Form;
use crate::voucher::{Row, Voucher};

/// A ready-made dossier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The file's name without its endings, e.g. `salary`.
    pub id: String,
    /// Legal basis of its forms.
    pub basis: String,
    /// As shown to choose from, e.g. "Lương, phụ cấp".
    pub name: String,
    /// What it is for, in one line.
    pub note: String,
    pub vouchers: Vec<Part>,
}

/// One voucher of a template: its form and what stands on it beside the unit's own data.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Number of the form.
    pub form: String,
    /// Field id → value. A tick option's `x` takes the place of its group's other choices.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Block id → rows of column id → value; `group:` names a row's group.
    #[serde(default)]
    pub grids: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/templates.rs"));

static LIBRARY: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let read = FILES.iter().map(|(name, text)| match toml::from_str(text) {
        Ok(template) => template,
        Err(e) => unreachable!("forms/{name} is part of the program and held by a test: {e}"),
    });
    read.collect()
});

/// Every template of the program.
pub fn library() -> &'static [Template] {
    &LIBRARY
}

pub fn find(id: &str) -> Option<&'static Template> {
    library().iter().find(|t| t.id == id)
}

/// Puts a part's values on a voucher of `form`.
pub fn apply(form: &Form, part: &Part, voucher: &mut Voucher) {
    for (id, value) in &part.fields {
        for block in &form.blocks {
            block.choose(id, &mut voucher.fields);
        }
        voucher.fields.insert(id.clone(), value.clone());
    }
    for (block, rows) in &part.grids {
        let rows = rows.iter().map(|cells| {
            let mut cells = cells.clone();
            Row {
                group: cells.remove("group:").unwrap_or_default(),
                cells,
            }
        });
        voucher.grids.insert(block.clone(), rows.collect());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::form::{self, compute};

    #[test]
    fn every_template_names_forms_fields_and_columns_that_exist() {
        assert!(library().len() >= 4);
        for template in library() {
            assert_eq!(find(&template.id), Some(template));
            for part in &template.vouchers {
                let form = form::latest(&template.basis, &part.form).unwrap();
                let mut voucher = form::blank(form, &BTreeMap::new());
                apply(form, part, &mut voucher);
                compute(form, &mut voucher);
                for id in part.fields.keys() {
                    let tick = form.blocks.iter().any(|b| b.option(id).is_some());
                    assert!(tick || form.field(id).is_some(), "{} {id}", template.id);
                }
                for (block, rows) in &part.grids {
                    let grid = form.grid(block).unwrap();
                    for id in rows.iter().flat_map(BTreeMap::keys) {
                        let known = id == "group:" || grid.column(id).is_some();
                        assert!(known, "{} {block} {id}", template.id);
                    }
                }
                // one choice of a group stays one
                for block in &form.blocks {
                    let ticked = block.options().iter().filter(|o| voucher.ticked(&o.id));
                    assert!(
                        !block.is_one_choice() || ticked.count() <= 1,
                        "{}",
                        template.id
                    );
                }
            }
        }
    }
}
