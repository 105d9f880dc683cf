//! A form is data: `forms/<basis>/<number>.toml` read into [`Form`].
//!
//! Blocks, fields and a closed expression set (`+ − sum if`) are all there is; adding a form
//! touches no Rust.

mod compute;
pub mod expr;
mod library;
mod read;
mod sheet;
mod stranger;
pub mod value;

pub use compute::{
    EvalError, Values, blank, canonicalise, compute, compute_with, eval, expected_words,
};
pub use library::{AddError, add, added, check_new, find, latest, library};
pub use read::FormError;
pub use sheet::{Lines, Sheet};
pub use stranger::stranger;
pub use value::{canonical, display};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::party::Role;
use crate::voucher::FormRef;

/// One edition of a prescribed form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    pub basis: String,
    pub number: String,
    pub edition: u32,
    /// Ký hiệu, e.g. `C2-02a/NS`; empty where the form prints none.
    #[serde(default)]
    pub symbol: String,
    /// As printed at the head.
    pub title: String,
    /// As shown in lists.
    pub name: String,
    /// Procedure id, e.g. `recurrent-payment`; empty for forms that are only printed.
    #[serde(default)]
    pub procedure: String,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Whether new dossiers may be made with it. `false` while its printed layout is not there: a
    /// voucher that cannot be printed cannot be signed.
    #[serde(default = "offered")]
    pub offered: bool,
    #[serde(default)]
    pub orientation: Orientation,
    pub blocks: Vec<Block>,
    /// Signature slots in the order of signing (the unit's side only).
    pub signatures: Vec<SignatureSlot>,
    /// Field id of the voucher's amount in words' source, the line total, and the like.
    pub summary: Summary,
}

fn offered() -> bool {
    true
}

/// Which ids of the form carry what every list shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Field id that holds Nội dung (shown in lists).
    #[serde(default)]
    pub content: String,
    /// Field id that holds the total (computed or typed); empty for a form without money.
    #[serde(default)]
    pub total: String,
    /// Field id that holds the payee's name.
    #[serde(default)]
    pub payee: String,
    /// Field id of Số chứng từ.
    #[serde(default)]
    pub number: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// A part of a form, in printed order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Block {
    /// Ô chọn: a group of tick boxes.
    Ticks {
        id: String,
        label: String,
        #[serde(default)]
        choose: Choose,
        #[serde(default)]
        required: bool,
        options: Vec<TickOption>,
    },
    /// Labelled fields.
    Fields {
        id: String,
        #[serde(default)]
        label: String,
        fields: Vec<Field>,
    },
    /// Bảng: lines with columns.
    Grid(Grid),
    /// A grid with fixed or named groups and a subtotal each (forms 20, 26).
    GroupedGrid {
        #[serde(flatten)]
        grid: Grid,
        groups: Vec<Group>,
    },
    /// Paired rows: "đã hạch toán" / "đề nghị điều chỉnh" (form 09).
    PairedRows {
        #[serde(flatten)]
        grid: Grid,
        sides: Vec<Group>,
    },
    /// Phần nộp NSNN: fields and a line table of tax payments (forms 14, 18).
    TaxBlock {
        #[serde(flatten)]
        grid: Grid,
        fields: Vec<Field>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choose {
    #[default]
    One,
    Any,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickOption {
    pub id: String,
    pub label: String,
    /// Ticked on a new voucher.
    #[serde(default)]
    pub default: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub label: String,
    /// Printed ordinal before the label, e.g. `I.`; empty where none is printed.
    #[serde(default)]
    pub printed: String,
}

/// Lines with columns; block id is `id`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Grid {
    pub id: String,
    #[serde(default)]
    pub label: String,
    /// Empty in a tax block that prints fields only (form 14).
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Label of the total row, e.g. "Tổng cộng"; empty for none.
    #[serde(default)]
    pub total_label: String,
}

/// A column: a field with a printed number, a spanning head and perhaps a total.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub id: String,
    /// As printed, e.g. `Mã nội dung kinh tế`.
    pub label: String,
    /// Printed column number, e.g. `(6)`; empty where none is printed.
    #[serde(default)]
    pub printed: String,
    /// Spanning head, e.g. `Hóa đơn`.
    #[serde(default)]
    pub group: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// Expression over the row's columns; the cell is then computed, not typed.
    #[serde(default)]
    pub formula: Option<Expr>,
    /// Whether the total row sums this column.
    #[serde(default)]
    pub total: bool,
    /// Catalogue id for codes, e.g. `economic-content`.
    #[serde(default)]
    pub catalogue: String,
    /// Longest text, in characters; 0 for no limit beyond the program's own (500).
    #[serde(default)]
    pub max: usize,
    /// For the treasury or a bank to write: printed, never typed or checked.
    #[serde(default)]
    pub reserved: bool,
    /// Share of the grid's width on screen and paper (arbitrary units).
    #[serde(default)]
    pub width: u16,
}

/// A labelled field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub id: String,
    /// As printed.
    pub label: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// Computed from other fields; not typed. In a [`FieldKind::Words`] field: the amount that is
    /// written in words (the form's total where there is none).
    #[serde(default)]
    pub formula: Option<Expr>,
    #[serde(default)]
    pub catalogue: String,
    #[serde(default)]
    pub max: usize,
    /// Filled by the program: `unit.name`, `unit.chapter`, `account`, `treasury.name`,
    /// `budget-year`, `number` …
    #[serde(default)]
    pub fill: String,
    /// Sub-heading on screen under which the field is grouped, e.g. `Hợp đồng`.
    #[serde(default)]
    pub section: String,
    #[serde(default)]
    pub help: String,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    Text,
    /// Several lines.
    Paragraph,
    Money,
    Date,
    Year,
    Integer,
    /// A code of the field's catalogue.
    Code,
    /// Tài khoản at the treasury: 3 or 4 parts.
    TreasuryAccount,
    /// Any bank account: digits, letters, dots and dashes.
    BankAccount,
    /// Mã số thuế: 10, 10-3 or 12 digits.
    TaxCode,
    /// Số căn cước: 9 or 12 digits.
    IdentityNumber,
    /// The amount in words of the form's total.
    Words,
}

/// A slot of the signature order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureSlot {
    pub role: Role,
    /// Chức danh as printed, e.g. `Kế toán trưởng`.
    pub title: String,
}

/// The closed expression set, read from and written to text: `sum(lines.amount)`,
/// `tax + paid`, `opening - used`, `if(advance, a, b)`.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// A field or, within a row, a column; a whole number.
    Value(String),
    Number(i64),
    Add(Box<Expr>, Box<Expr>),
    Sub(Box<Expr>, Box<Expr>),
    /// `sum(block.column)`; in a grouped grid also over one group: `sum(block.column, group)`.
    Sum {
        block: String,
        column: String,
        group: Option<String>,
    },
    /// `if(tick, then, else)`.
    If(String, Box<Expr>, Box<Expr>),
}

impl Block {
    /// The block's id, unique within the form.
    pub fn id(&self) -> &str {
        match self {
            Block::Ticks { id, .. } | Block::Fields { id, .. } => id,
            Block::Grid(grid)
            | Block::GroupedGrid { grid, .. }
            | Block::PairedRows { grid, .. }
            | Block::TaxBlock { grid, .. } => &grid.id,
        }
    }

    /// The tick options of the block; none in other blocks.
    pub fn options(&self) -> &[TickOption] {
        match self {
            Block::Ticks { options, .. } => options,
            _ => &[],
        }
    }

    pub fn option(&self, id: &str) -> Option<&TickOption> {
        self.options().iter().find(|o| o.id == id)
    }

    /// Whether one tick takes the place of another.
    pub fn is_one_choice(&self) -> bool {
        matches!(
            self,
            Block::Ticks {
                choose: Choose::One,
                ..
            }
        )
    }

    /// Clears the other ticks of a group of one choice before `option` of it is ticked.
    pub fn choose(&self, option: &str, fields: &mut std::collections::BTreeMap<String, String>) {
        if self.is_one_choice() && self.option(option).is_some() {
            for other in self.options() {
                fields.remove(&other.id);
            }
        }
    }

    /// The block's labelled fields; none in ticks and plain grids.
    pub fn fields(&self) -> &[Field] {
        match self {
            Block::Fields { fields, .. } | Block::TaxBlock { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Groups or sides of its lines; none in other blocks.
    pub fn groups(&self) -> &[Group] {
        match self {
            Block::GroupedGrid { groups: all, .. } | Block::PairedRows { sides: all, .. } => all,
            _ => &[],
        }
    }

    /// The block's line table, where it has columns.
    pub fn grid(&self) -> Option<&Grid> {
        match self {
            Block::Ticks { .. } | Block::Fields { .. } => None,
            Block::Grid(grid)
            | Block::GroupedGrid { grid, .. }
            | Block::PairedRows { grid, .. }
            | Block::TaxBlock { grid, .. } => Some(grid).filter(|g| !g.columns.is_empty()),
        }
    }
}

/// A label this short ("Số", "ngày") says nothing without what it stands under.
const SHORT_LABEL: usize = 12;

fn full_label(under: &str, label: &str) -> String {
    if under.is_empty() || label.chars().count() > SHORT_LABEL {
        label.to_owned()
    } else {
        format!("{under} – {label}")
    }
}

impl Field {
    /// The label with its section where it is too short to stand alone: "Nghiệm thu – ngày".
    pub fn full_label(&self) -> String {
        let plain = self.formula.is_some() || self.section == self.label;
        full_label(if plain { "" } else { &self.section }, &self.label)
    }
}

impl Column {
    /// The label with its spanning head where it is too short to stand alone: "Hóa đơn – Số".
    pub fn full_label(&self) -> String {
        full_label(&self.group, &self.label)
    }
}

impl Grid {
    /// The columns the unit fills or the program computes; those reserved for others left out.
    pub fn own_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|c| !c.reserved)
    }

    pub fn column(&self, id: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.id == id)
    }
}

impl Form {
    pub fn reference(&self) -> FormRef {
        FormRef {
            basis: self.basis.clone(),
            number: self.number.clone(),
            edition: self.edition,
        }
    }

    /// All labelled fields in printed order, those of tax blocks included.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.blocks.iter().flat_map(|b| b.fields())
    }

    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields().find(|f| f.id == id)
    }

    /// All line tables in printed order.
    pub fn grids(&self) -> impl Iterator<Item = &Grid> {
        self.blocks.iter().filter_map(Block::grid)
    }

    /// The line table of a block.
    pub fn grid(&self, block: &str) -> Option<&Grid> {
        self.grids().find(|g| g.id == block)
    }
}

#[cfg(test)]
mod tests;
