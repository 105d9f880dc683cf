//! One voucher on its prescribed form.
//!
//! Refuses to fill anything in: fields, words included, are printed as the voucher holds them. Only
//! the total row is summed here, from the lines it stands under.
//!
//! The layout reads one JSON value, all of it printable text:
//!
//! - `form`: `title`, `number`, `symbol`, `orientation`
//! - `fields`: field id → text as printed (money `1.250.000`, date `22/11/2026`), empty for a blank
//! - `labels`: field id → label
//! - `days`: id of each readable date → `{day, month, year}`, for "ngày … tháng … năm …"
//! - `ticks`: option id → `{label, on}`
//! - `grids`: block id → `{columns, rows, groups, total_label, totals}`; a column has `id`, `label`,
//!   `printed`, `group`, `kind`, `width`; a row is column id → text, with its group under `group:` and
//!   under `ems:` column id → width the text surely keeps to on one line, in parts of its size;
//!   a group has `id`, `label`, `printed` and `totals`, its own sums
//! - `signatures`: titles in the order of signing
//! - `unit`, `treasury`: name and code
//! - on a copy of a signed voucher ([`crate::marks`]) also `signers`, `dossier_code` and `qr`

use chrono::{Datelike, NaiveDate};
use hoso_domain::dossier::DossierData;
use hoso_domain::form::{self, Block, Field, FieldKind, Form, Grid, Group, Orientation};
use hoso_domain::money::Dong;
use hoso_domain::voucher::{Row, Voucher};
use serde_json::{Map, Value, json};

use crate::PrintError;
use crate::layout;
use crate::press;
use crate::text::{ems, printable};

/// The voucher as PDF/A-2b, before any signature.
///
/// Equal arguments give equal bytes. The date of creation written into the file is the voucher's
/// (`voucher_date`), else the first day of the budget year.
pub fn render(form: &Form, voucher: &Voucher, data: &DossierData) -> Result<Vec<u8>, PrintError> {
    let layout = own_layout(form)?;
    render_with(&layout, form, voucher, data)
}

/// [`render`] with a layout given as its text, for one that is not in the library (yet).
pub fn render_with(
    layout: &str,
    form: &Form,
    voucher: &Voucher,
    data: &DossierData,
) -> Result<Vec<u8>, PrintError> {
    render_value(layout, form, voucher, data, |_| ())
}

/// The voucher with whatever `add` puts beside its values.
pub(crate) fn render_value(
    layout: &str,
    form: &Form,
    voucher: &Voucher,
    data: &DossierData,
    add: impl FnOnce(&mut Map<String, Value>),
) -> Result<Vec<u8>, PrintError> {
    if form.reference() != voucher.form {
        let name = |f: &hoso_domain::voucher::FormRef| {
            format!("{}/{} edition {}", f.basis, f.number, f.edition)
        };
        return Err(PrintError::OtherForm {
            voucher: name(&voucher.form),
            form: name(&form.reference()),
        });
    }
    let date = date(voucher.field("voucher_date"))
        .or_else(|| NaiveDate::from_ymd_opt(data.budget_year, 1, 1))
        .unwrap_or(form.valid_from);
    let stem = form.reference().stem();
    let identity = format!("hoso {} {} {stem}", data.dossier, data.revision);
    let mut value = layout_data(form, voucher, data);
    if let Value::Object(values) = &mut value {
        add(values);
    }
    press::set(layout, &value, &identity, date)
}

/// The layout of the voucher's own edition.
pub(crate) fn own_layout(form: &Form) -> Result<std::sync::Arc<str>, PrintError> {
    layout::find(&form.reference()).ok_or_else(|| PrintError::NoLayout {
        basis: form.basis.clone(),
        number: form.number.clone(),
    })
}

/// The value a layout gets; see the module.
fn layout_data(form: &Form, voucher: &Voucher, data: &DossierData) -> Value {
    let mut sheet = Sheet::default();
    for block in &form.blocks {
        match block {
            Block::Ticks { options, .. } => {
                for option in options {
                    let tick = json!({
                        "label": printable(&option.label),
                        "on": voucher.ticked(&option.id),
                    });
                    sheet.ticks.insert(option.id.clone(), tick);
                }
            }
            Block::Fields { fields, .. } => sheet.fields(fields, voucher),
            Block::Grid(grid) => sheet.grid(grid, &[], voucher),
            Block::GroupedGrid { grid, groups } => sheet.grid(grid, groups, voucher),
            Block::PairedRows { grid, sides } => sheet.grid(grid, sides, voucher),
            Block::TaxBlock { grid, fields } => {
                sheet.fields(fields, voucher);
                sheet.grid(grid, &[], voucher);
            }
        }
    }
    let titles: Vec<String> = form
        .signatures
        .iter()
        .map(|s| printable(&s.title))
        .collect();
    let orientation = match form.orientation {
        Orientation::Portrait => "portrait",
        Orientation::Landscape => "landscape",
    };
    json!({
        "form": {
            "title": printable(&form.title),
            "number": printable(&form.number),
            "symbol": printable(&form.symbol),
            "orientation": orientation,
        },
        "fields": sheet.fields,
        "labels": sheet.labels,
        "days": sheet.days,
        "ticks": sheet.ticks,
        "grids": sheet.grids,
        "signatures": titles,
        "unit": { "name": printable(&data.unit.name), "code": printable(&data.unit.code) },
        "treasury": {
            "name": printable(&data.treasury.name),
            "code": printable(&data.treasury.code),
        },
    })
}

#[derive(Default)]
struct Sheet {
    fields: Map<String, Value>,
    labels: Map<String, Value>,
    days: Map<String, Value>,
    ticks: Map<String, Value>,
    grids: Map<String, Value>,
}

impl Sheet {
    fn fields(&mut self, fields: &[Field], voucher: &Voucher) {
        for field in fields {
            let value = voucher.field(&field.id);
            self.fields
                .insert(field.id.clone(), as_printed(field.kind, value).into());
            self.labels
                .insert(field.id.clone(), printable(&field.label).into());
            if field.kind == FieldKind::Date
                && let Some(date) = date(value)
            {
                self.days.insert(field.id.clone(), day(date));
            }
        }
    }

    fn grid(&mut self, grid: &Grid, groups: &[Group], voucher: &Voucher) {
        let columns: Vec<Value> = grid
            .columns
            .iter()
            .map(|column| {
                json!({
                    "id": column.id,
                    "label": printable(&column.label),
                    "printed": printable(&column.printed),
                    "group": printable(&column.group),
                    "kind": column.kind,
                    "width": column.width,
                })
            })
            .collect();
        let rows = voucher.rows(&grid.id);
        let printed: Vec<Value> = rows
            .iter()
            .filter(|row| !row.is_blank())
            .map(|row| self::row(grid, row))
            .collect();
        let groups: Vec<Value> = groups
            .iter()
            .map(|group| {
                let own: Vec<&Row> = rows.iter().filter(|row| row.group == group.id).collect();
                json!({
                    "id": group.id,
                    "label": printable(&group.label),
                    "printed": printable(&group.printed),
                    "totals": totals(grid, &own),
                })
            })
            .collect();
        self.grids.insert(
            grid.id.clone(),
            json!({
                "columns": columns,
                "rows": printed,
                "groups": groups,
                "total_label": printable(&grid.total_label),
                "totals": totals(grid, &rows.iter().collect::<Vec<_>>()),
            }),
        );
    }
}

fn row(grid: &Grid, row: &Row) -> Value {
    let (mut cells, mut widths) = (Map::new(), Map::new());
    for column in &grid.columns {
        let text = as_printed(column.kind, row.cell(&column.id));
        if let Some(ems) = ems(&text) {
            widths.insert(column.id.clone(), ems.into());
        }
        cells.insert(column.id.clone(), text.into());
    }
    cells.insert("group:".to_owned(), row.group.clone().into());
    cells.insert("ems:".to_owned(), widths.into());
    Value::Object(cells)
}

fn totals(grid: &Grid, rows: &[&Row]) -> Map<String, Value> {
    let summed = grid.columns.iter().filter(|column| column.total);
    summed
        .map(|column| (column.id.clone(), total(rows, &column.id).into()))
        .collect()
}

/// The column's sum; empty when nothing is there or a cell is not an amount, since a sum over
/// less than all lines would be a wrong sum.
fn total(rows: &[&Row], column: &str) -> String {
    let typed: Vec<&str> = rows
        .iter()
        .map(|row| row.cell(column))
        .filter(|cell| !cell.trim().is_empty())
        .collect();
    if typed.is_empty() {
        return String::new();
    }
    let amounts: Result<Vec<Dong>, _> = typed.into_iter().map(Dong::parse).collect();
    amounts
        .and_then(Dong::sum)
        .map_or_else(|_| String::new(), |sum| sum.to_string())
}

/// A stored value as the form shows it; what cannot be read stays as typed.
fn as_printed(kind: FieldKind, value: &str) -> String {
    printable(&form::display(kind, value.trim()))
}

fn date(value: &str) -> Option<NaiveDate> {
    match form::value::parse(FieldKind::Date, value.trim()) {
        Ok(form::value::Value::Date(date)) => Some(date),
        _ => None,
    }
}

/// Days with two digits; months with two only where one could be lengthened (January, February),
/// as Decree 30/2020 (appendix I) writes dates of papers.
pub(crate) fn day(date: NaiveDate) -> Value {
    let month = match date.month() {
        month @ 1..=2 => format!("{month:02}"),
        month => month.to_string(),
    };
    json!({ "day": format!("{:02}", date.day()), "month": month, "year": date.year().to_string() })
}
