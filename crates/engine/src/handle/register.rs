//! Sổ theo dõi hồ sơ: the list as it is narrowed on the screen, on paper.

use hoso_contract::Code;
use hoso_contract::command::ExportRegister;
use hoso_domain::money::Dong;
use hoso_print::{Register, RegisterRow, register};
use hoso_store::dossiers;
use hoso_store::listing::{self, Filter, ListRow};

use super::paper::write_out;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;

/// Rows read in one look.
const AT_ONCE: u32 = 500;
/// The longest register; a longer list is narrowed first.
const LONGEST: usize = 10_000;

impl Handle<ExportRegister> for Engine {
    fn act(&self, command: ExportRegister) -> Result<u32, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let narrowed = command.filter.month.split_once('-');
        let narrowed = narrowed.map_or_else(String::new, |(y, m)| format!("Tháng {m}/{y}"));
        let filter = Filter {
            text: command.filter.text,
            stage: command.filter.stage,
            form: command.filter.form,
            month: command.filter.month,
        };
        let rows = open.store.read(|db| {
            let mut rows: Vec<(ListRow, String)> = Vec::new();
            let mut after = None;
            loop {
                let page = listing::page(db, unit.id, &filter, after.as_deref(), AT_ONCE)?;
                for row in page.rows {
                    let code = dossiers::get(db, row.id)?.treasury_number;
                    rows.push((row, code));
                }
                after = page.after;
                if after.is_none() || rows.len() >= LONGEST {
                    return Ok(rows);
                }
            }
        })?;
        // a sum that cannot be said is left out, never cut short
        let total = Dong::sum(rows.iter().map(|(row, _)| row.total));
        let count = u32::try_from(rows.len()).map_err(|_| Code::Internal)?;
        let pdf = register(&Register {
            unit: unit.name,
            treasury: unit.treasury.name,
            narrowed,
            rows: rows.into_iter().map(printed).collect(),
            total: total.map_or_else(|_| String::new(), |t| t.to_string()),
            date: clock::day(clock::now()),
        })?;
        write_out(std::path::Path::new(&command.path), &pdf)?;
        Ok(count)
    }
}

fn printed((row, code): (ListRow, String)) -> RegisterRow {
    RegisterRow {
        number: row.number,
        day: clock::day(row.changed).format("%d/%m/%Y").to_string(),
        form: row.form,
        content: row.title,
        payee: row.payee,
        amount: row.total.to_string(),
        code,
    }
}
