//! A voucher whose form is not known here: read as it was stored, by the names of its values.
//! Refuses to be filled in, checked or printed anew.

use super::{Block, Column, Field, FieldKind, Form, Grid, Group, Orientation, Summary};
use crate::voucher::Voucher;

/// A form that shows every value of the voucher and offers nothing else.
///
/// Two cases: the voucher came from a newer program, or the data pack that brought its form is no
/// longer taken in.
pub fn stranger(voucher: &Voucher) -> Form {
    let mut blocks = Vec::new();
    let fields: Vec<Field> = voucher.fields.keys().map(|id| field(id)).collect();
    if !fields.is_empty() {
        blocks.push(Block::Fields {
            id: "values".to_owned(),
            label: String::new(),
            fields,
        });
    }
    for (id, rows) in &voucher.grids {
        let mut columns: Vec<&String> = rows.iter().flat_map(|r| r.cells.keys()).collect();
        columns.sort();
        columns.dedup();
        let mut groups: Vec<&String> = rows.iter().map(|r| &r.group).collect();
        groups.dedup();
        let grid = Grid {
            id: id.clone(),
            label: id.clone(),
            columns: columns.into_iter().map(|c| column(c)).collect(),
            total_label: String::new(),
        };
        blocks.push(match groups.iter().all(|g| g.is_empty()) {
            true => Block::Grid(grid),
            false => Block::GroupedGrid {
                grid,
                groups: groups.into_iter().map(|g| group(g)).collect(),
            },
        });
    }
    let name = format!("Mẫu {} ({})", voucher.form.number, voucher.form.basis);
    Form {
        basis: voucher.form.basis.clone(),
        number: voucher.form.number.clone(),
        edition: voucher.form.edition,
        symbol: String::new(),
        title: name.to_uppercase(),
        name,
        procedure: String::new(),
        valid_from: chrono::NaiveDate::MIN,
        valid_to: None,
        offered: false,
        orientation: Orientation::default(),
        blocks,
        signatures: Vec::new(),
        summary: Summary {
            content: String::new(),
            total: String::new(),
            payee: String::new(),
            number: String::new(),
        },
    }
}

fn field(id: &str) -> Field {
    Field {
        id: id.to_owned(),
        label: id.to_owned(),
        kind: FieldKind::Text,
        required: false,
        formula: None,
        catalogue: String::new(),
        max: 0,
        fill: String::new(),
        section: String::new(),
        help: String::new(),
    }
}

fn column(id: &str) -> Column {
    Column {
        id: id.to_owned(),
        label: id.to_owned(),
        printed: String::new(),
        group: String::new(),
        kind: FieldKind::Text,
        required: false,
        formula: None,
        total: false,
        catalogue: String::new(),
        max: 0,
        reserved: false,
        width: 0,
    }
}

fn group(id: &str) -> Group {
    Group {
        id: id.to_owned(),
        label: id.to_owned(),
        printed: String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::voucher::{FormRef, Row};

    #[test]
    fn every_value_of_an_unknown_voucher_has_its_place() {
        let row = Row {
            group: "own".to_owned(),
            cells: [("amount".to_owned(), "5".to_owned())].into(),
        };
        let voucher = Voucher {
            form: FormRef {
                basis: "nd999-2030".to_owned(),
                number: "77".to_owned(),
                edition: 3,
            },
            fields: [("content".to_owned(), "Chi".to_owned())].into(),
            grids: [("lines".to_owned(), vec![row])].into(),
        };
        let form = stranger(&voucher);
        assert_eq!(form.reference(), voucher.form);
        assert_eq!(form.fields().count(), 1);
        let grid = form.grid("lines").unwrap();
        assert!(grid.column("amount").is_some());
        assert_eq!(form.blocks[1].groups()[0].id, "own");
        assert!(!form.offered && form.signatures.is_empty());
    }
}
