//! A voucher of any form filled in the window, from the form's definition alone.

use anyhow::{Context, Result};
use hoso_domain::form::{Block, Form, Grid, Group, display};
use hoso_domain::voucher::Voucher;
use hoso_testkit::sample;

use crate::steps::saved;
use crate::window::Window;

/// The lines of one grid, pasted as a spreadsheet gives them; each group has a line of its own.
async fn paste(window: &Window, grid: &Grid, groups: &[Group], filled: &Voucher) -> Result<()> {
    let typed: Vec<_> = grid
        .columns
        .iter()
        .filter(|c| c.formula.is_none() && !c.reserved)
        .collect();
    let Some(first) = typed.first() else {
        return Ok(());
    };
    let rows = filled
        .grids
        .get(&grid.id)
        .context("the sample has no lines")?;
    for (number, row) in rows.iter().enumerate() {
        if let Some(group) = groups.iter().find(|g| g.id == row.group) {
            let add = format!("{}-{}-add", grid.id, group.id);
            // a wide table may have its middle out of sight
            window.tick(&add).await?;
        }
        let cells: Vec<String> = typed
            .iter()
            .map(|c| display(c.kind, row.cell(&c.id)))
            .collect();
        let at = if groups.is_empty() { 0 } else { number };
        let cell = format!("cell-{}-{at}-{}", grid.id, first.id);
        if !groups.is_empty() || number == 0 {
            let lines = if groups.is_empty() {
                let line = |row: &hoso_domain::voucher::Row| {
                    let cells = typed.iter().map(|c| display(c.kind, row.cell(&c.id)));
                    cells.collect::<Vec<_>>().join("\t")
                };
                rows.iter().map(line).collect::<Vec<_>>().join("\n")
            } else {
                cells.join("\t")
            };
            window.paste(&cell, &format!("{lines}\n")).await?;
        }
    }
    Ok(())
}

/// Fills everything that is still blank; books of accounts speak of `account`.
pub async fn fill(window: &Window, form: &Form, account: &str) -> Result<()> {
    let mut filled = Voucher {
        form: form.reference(),
        fields: std::collections::BTreeMap::new(),
        grids: std::collections::BTreeMap::new(),
    };
    sample::fill_in(form, &mut filled, 4);
    // books of accounts speak of the unit's own
    for row in filled.grids.get_mut("accounts").into_iter().flatten() {
        row.cells.insert("account".to_owned(), account.to_owned());
    }
    for block in &form.blocks {
        match block {
            Block::Ticks { options, .. } => {
                for option in options {
                    if filled.fields.contains_key(&option.id) {
                        window.tick(&format!("tick-{}", option.id)).await?;
                    }
                }
            }
            Block::Fields { .. } => {}
            Block::Grid(grid) | Block::TaxBlock { grid, .. } => {
                paste(window, grid, &[], &filled).await?;
            }
            Block::GroupedGrid { grid, groups } => paste(window, grid, groups, &filled).await?,
            Block::PairedRows { grid, sides } => paste(window, grid, sides, &filled).await?,
        }
    }
    let typed: Vec<(String, String)> = form
        .fields()
        .filter(|f| f.formula.is_none())
        .filter_map(|f| {
            let value = filled.fields.get(&f.id)?;
            Some((format!("field-{}", f.id), display(f.kind, value)))
        })
        .collect();
    window.fill_blanks(&typed).await?;
    saved(window).await?;
    Ok(())
}
