//! Lines of a voucher and lists of payees out of a spreadsheet, for the editor to put in.

use hoso_contract::book::LinesRead;
use hoso_contract::command::ReadLines;
use hoso_domain::form::FieldKind;
use hoso_domain::form::value;
use hoso_domain::payroll::Group;
use hoso_domain::voucher::Row;

use super::tables::{Mapped, text};
use crate::compose::line;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<ReadLines> for Engine {
    fn act(&self, command: ReadLines) -> Result<LinesRead, Error> {
        let open = self.open()?;
        let mut mapped = Mapped::read(&open, &command.table)?;
        if command.table.purpose == "list" {
            return Ok(list(&mut mapped));
        }
        let mut rows = Vec::new();
        for (row, cells) in std::mem::take(&mut mapped.rows) {
            mapped.money(row, &cells, "amount");
            for day in ["invoice_date", "document_date"] {
                mapped.day(row, &cells, day);
            }
            let kind = |column: &str| match column {
                "amount" => FieldKind::Money,
                "invoice_date" | "document_date" => FieldKind::Date,
                "economic_content" | "sector" | "source" => FieldKind::Code,
                _ => FieldKind::Text,
            };
            rows.push(Row {
                group: String::new(),
                cells: cells
                    .iter()
                    .map(|(column, said)| (column.clone(), value::canonical(kind(column), said)))
                    .collect(),
            });
        }
        Ok(LinesRead {
            rows,
            errors: mapped.errors,
        })
    }
}

/// People of a list of payees (form 20); "II. Viên chức" heads those under it, and the row of the total
/// is left to the form.
fn list(mapped: &mut Mapped) -> LinesRead {
    let mut rows: Vec<Row> = Vec::new();
    let mut group = Group::Officials;
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        let name = text(&cells, "name");
        if !cells.contains_key("account") {
            let folded = hoso_domain::text::fold(&name);
            let heading = folded.split_once('.').map_or(&*folded, |(_, rest)| rest);
            if let Some(read) = Group::read(heading.trim()) {
                group = read;
                continue;
            }
            if name.is_empty() || folded.starts_with("tong") || folded.starts_with("cong") {
                continue;
            }
        }
        if let Some(said) = cells.get("group") {
            match Group::read(said) {
                Some(read) => group = read,
                None => mapped.error(row, "group", said, "unknown-kind"),
            }
        }
        mapped.needed(row, &cells, "name");
        mapped.needed(row, &cells, "account");
        mapped.needed(row, &cells, "amount");
        let amount = mapped.money(row, &cells, "amount").unwrap_or_default();
        let ordinal = rows.len().saturating_add(1).to_string();
        let cells = [
            ("ordinal", ordinal),
            ("payee", name),
            ("account", text(&cells, "account")),
            ("bank", text(&cells, "bank")),
            ("amount", amount.get().to_string()),
        ];
        rows.push(line(group.id(), &cells));
    }
    LinesRead {
        rows,
        errors: std::mem::take(&mut mapped.errors),
    }
}
