//! In hàng loạt: the vouchers of the list as it is narrowed, one after the other.

use hoso_contract::command::PrintBatch;
use hoso_contract::view::{BatchItem, BatchView};
use hoso_store::dossiers;
use hoso_store::listing::{self, Filter};

use crate::engine::{Engine, Handle};
use crate::error::Error;

/// Dossiers printed at once; a longer list is narrowed first.
const MOST: u32 = 60;

impl Handle<PrintBatch> for Engine {
    fn act(&self, command: PrintBatch) -> Result<BatchView, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let filter = Filter {
            text: command.filter.text,
            stage: command.filter.stage,
            form: command.filter.form,
            month: command.filter.month,
        };
        Ok(open.store.read(|db| {
            let page = listing::page(db, unit.id, &filter, None, MOST)?;
            let mut items = Vec::new();
            for row in page.rows {
                let vouchers = dossiers::current(db, row.id)?.revision.vouchers;
                items.push(BatchItem {
                    id: row.id,
                    number: row.number,
                    title: row.title,
                    vouchers: u32::try_from(vouchers.len()).unwrap_or(0),
                });
            }
            // as they are filed
            items.sort_by(|a, b| a.number.cmp(&b.number));
            let shown = u64::try_from(items.len()).unwrap_or(0);
            Ok(BatchView {
                items,
                left_out: page.total.saturating_sub(shown),
            })
        })?)
    }
}
