//! In hàng loạt: the vouchers of the list as it is narrowed, one after the other.

use hoso_contract::Code;
use hoso_contract::command::{BatchPage, BatchPages, PrintBatch, Raw};
use hoso_contract::view::{BatchItem, BatchPaper, BatchView};
use hoso_store::dossiers;
use hoso_store::listing;

use super::home::asked;
use super::{paper, register};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

/// Dossiers printed at once; a longer list is narrowed first.
const MOST: u32 = 60;

impl Handle<PrintBatch> for Engine {
    fn act(&self, command: PrintBatch) -> Result<BatchView, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let filter = asked(command.filter);
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

impl Handle<BatchPages> for Engine {
    fn act(&self, command: BatchPages) -> Result<u32, Error> {
        let open = self.open()?;
        Ok(hoso_print::pages(&pdf(&open, &command.paper)?)?)
    }
}

impl Handle<BatchPage> for Engine {
    fn act(&self, command: BatchPage) -> Result<Raw, Error> {
        let open = self.open()?;
        let pdf = pdf(&open, &command.paper)?;
        let width = paper::width(command.width);
        Ok(Raw(hoso_print::page_png(&pdf, command.page, width)?))
    }
}

fn pdf(open: &Open, paper: &BatchPaper) -> Result<Vec<u8>, Error> {
    match paper {
        BatchPaper::Voucher { id, voucher } => paper::pdf(open, *id, *voucher),
        // nobody signed, or the form is not known any more: as it is
        BatchPaper::Marked { id, voucher } => match paper::marked(open, *id, *voucher) {
            Ok(Some(copy)) => Ok(copy),
            Ok(None) => paper::pdf(open, *id, *voucher),
            Err(Error::Said(said)) if said.code == Code::FormUnknown => {
                paper::pdf(open, *id, *voucher)
            }
            Err(other) => Err(other),
        },
        BatchPaper::Register { ids } => register::of(open, ids),
    }
}
