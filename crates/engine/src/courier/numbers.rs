//! Blocks of voucher numbers: asked for while there is a link, given from offline. The wish stands
//! in the store before; the same wish gets the same block, so a lost answer costs no number.

use chrono::{Datelike as _, NaiveDate};

use hoso_store::numbers::{self, Given, Owner, Series, Span};
use hoso_store::{StoreError, Transaction};
use hoso_sync::api::connection::NumberBlock;

use super::lane::{Lane, Stop};
use crate::clock;
use crate::compose::own_series;
use crate::error::Error;

/// With fewer numbers left another block is asked for: about what a busy month needs.
const FEW: u64 = 200;

impl Lane {
    /// Series of which this PC has few numbers left: this year's, and in December the next one's, so
    /// that January may begin without a link.
    pub(super) fn short_of_numbers(&self) -> Result<Vec<Series<'static>>, Error> {
        let mut short = Vec::new();
        for year in years(clock::day(self.now())) {
            let series = own_series(self.unit.id, year);
            let left = self.shared.store.read(|db| numbers::left(db, series))?;
            if left.is_some_and(|left| left < FEW) {
                short.push(series);
            }
        }
        Ok(short)
    }

    /// Asks for what is short. A portal that gives none delays nothing else.
    pub(super) async fn bring_numbers(&self) -> Result<(), Stop> {
        for series in self.short_of_numbers()? {
            let new = clock::new_id();
            let key = self
                .shared
                .store
                .write(move |tx| numbers::wish(tx, series, new))?;
            match self.portal.numbers(key, series.year, series.name).await {
                Ok(block) => {
                    let span = span(&block);
                    let given = self
                        .shared
                        .store
                        .write(move |tx| numbers::give(tx, series, key, span))?;
                    if given == Given::Refused {
                        tracing::warn!(?block, "the portal gave numbers it gave before");
                    }
                }
                Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
                Err(failure) => tracing::warn!(%failure, "no block of numbers was given"),
            }
        }
        Ok(())
    }

    /// By enrolling this PC the portal told whose the block in the connection file is.
    pub(super) fn first_block(
        &self,
        owner: Owner,
    ) -> impl FnOnce(&Transaction<'_>) -> Result<(), StoreError> + use<> {
        let unit = self.unit.id;
        let block = self
            .shared
            .connection
            .enrolment(unit)
            .map(|e| e.numbers.clone());
        move |tx| match block {
            Some(block) => {
                let (year, name) = (block.year, block.series.as_str());
                numbers::settle_first(tx, Series { unit, year, name }, span(&block), owner)
            }
            None => Ok(()),
        }
    }
}

fn span(block: &NumberBlock) -> Span {
    Span {
        first: u64::from(block.first),
        last: u64::from(block.last),
    }
}

fn years(today: NaiveDate) -> impl Iterator<Item = i32> {
    let year = today.year();
    let next = (today.month() == 12).then(|| year.saturating_add(1));
    std::iter::once(year).chain(next)
}
