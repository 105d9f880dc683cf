//! Chứng từ: one filled form. Values are kept as text by field id, so that nothing typed is lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which edition of which form a voucher was made with; pinned for ever.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FormRef {
    /// Legal basis, e.g. `nd347-2025`.
    pub basis: String,
    /// Mẫu số, e.g. `13`.
    pub number: String,
    pub edition: u32,
}

impl FormRef {
    /// The name its files bear under `forms/`: `nd347-2025/13`, from the second edition on
    /// `nd347-2025/13-2`.
    pub fn stem(&self) -> String {
        match self.edition {
            1 => format!("{}/{}", self.basis, self.number),
            n => format!("{}/{}-{n}", self.basis, self.number),
        }
    }
}

/// One filled form.
///
/// Canonical value shapes: money `1250000`, date `2026-11-22`, tick `x` or absent, code its
/// digits, text NFC. What cannot be read stays as typed and gets a finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Voucher {
    pub form: FormRef,
    /// Field id → value; ticks: option id → `x`.
    pub fields: BTreeMap<String, String>,
    /// Block id → rows of a grid, grouped grid, paired rows or tax block.
    #[serde(default)]
    pub grids: BTreeMap<String, Vec<Row>>,
}

/// One line of a grid.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Group id in a grouped grid, side id in paired rows; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Column id → value.
    pub cells: BTreeMap<String, String>,
}

impl Row {
    /// The cell's value, empty where nothing was typed.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// Whether nothing was typed anywhere on the line.
    pub fn is_blank(&self) -> bool {
        self.cells.values().all(|v| v.trim().is_empty())
    }
}

impl Voucher {
    /// The field's value, empty where nothing was typed.
    pub fn field(&self, id: &str) -> &str {
        self.fields.get(id).map_or("", String::as_str)
    }

    /// Whether a tick option is chosen.
    pub fn ticked(&self, option: &str) -> bool {
        self.fields.get(option).is_some_and(|v| v == "x")
    }

    /// The rows of a block, empty where there are none.
    pub fn rows(&self, block: &str) -> &[Row] {
        self.grids.get(block).map_or(&[], Vec::as_slice)
    }
}
