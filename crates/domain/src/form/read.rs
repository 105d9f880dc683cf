//! Reading a form file and refusing one that does not hold together. Refuses to repair anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Choose, Expr, FieldKind, Form, Grid};

/// Why a form file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("not a form file")]
    Toml(#[source] Box<toml::de::Error>),
    #[error("id {id:?} is not lower-case ASCII snake_case")]
    BadId { id: String },
    #[error("id {id:?} stands twice")]
    DuplicateId { id: String },
    #[error("the formula of {of:?} names {id:?}, which does not exist")]
    UnknownId { of: String, id: String },
    #[error("the formula of {of:?} depends on itself")]
    FormulaCycle { of: String },
    #[error("tick group {group:?} of one choice has {defaults} defaults")]
    TickDefaults { group: String, defaults: usize },
    #[error("the summary names {id:?}, which is no field")]
    SummaryUnknown { id: String },
    #[error("code {id:?} names no catalogue")]
    NoCatalogue { id: String },
}

impl Form {
    /// Reads and validates a form file (TOML).
    pub fn from_toml(text: &str) -> Result<Form, FormError> {
        let form: Form = toml::from_str(text).map_err(|e| FormError::Toml(Box::new(e)))?;
        form.validate()?;
        Ok(form)
    }

    /// Ids are unique, formulas and summary name what exists, tick defaults make sense.
    pub fn validate(&self) -> Result<(), FormError> {
        let mut names = Names::default();
        for block in &self.blocks {
            names.block(block)?;
        }
        for field in self.fields() {
            if let Some(formula) = &field.formula {
                names.formula(&field.id, formula, None)?;
            }
            if field.kind == FieldKind::Code && field.catalogue.is_empty() {
                return Err(FormError::NoCatalogue {
                    id: field.id.clone(),
                });
            }
        }
        for grid in self.grids() {
            for column in &grid.columns {
                if let Some(formula) = &column.formula {
                    names.formula(&column.id, formula, Some(&grid.id))?;
                }
                if column.kind == FieldKind::Code && column.catalogue.is_empty() {
                    return Err(FormError::NoCatalogue {
                        id: column.id.clone(),
                    });
                }
            }
            no_cycle(
                grid.columns
                    .iter()
                    .map(|c| (c.id.as_str(), c.formula.as_ref())),
            )?;
        }
        no_cycle(self.fields().map(|f| (f.id.as_str(), f.formula.as_ref())))?;
        let summary = &self.summary;
        for id in [
            &summary.content,
            &summary.total,
            &summary.payee,
            &summary.number,
        ] {
            if !id.is_empty() && self.field(id).is_none() {
                return Err(FormError::SummaryUnknown { id: id.clone() });
            }
        }
        Ok(())
    }
}

/// Every id of a form: fields and ticks share one space, blocks another, columns one per block.
#[derive(Default)]
struct Names {
    fields: BTreeSet<String>,
    ticks: BTreeSet<String>,
    blocks: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    fn block(&mut self, block: &Block) -> Result<(), FormError> {
        let id = block.id();
        check_id(id)?;
        if self.blocks.insert(id.to_owned(), BTreeSet::new()).is_some() {
            return Err(FormError::DuplicateId { id: id.to_owned() });
        }
        match block {
            Block::Ticks {
                id,
                choose,
                options,
                ..
            } => {
                let defaults = options.iter().filter(|o| o.default).count();
                if *choose == Choose::One && defaults > 1 {
                    return Err(FormError::TickDefaults {
                        group: id.clone(),
                        defaults,
                    });
                }
                for option in options {
                    self.value(&option.id)?;
                    self.ticks.insert(option.id.clone());
                }
            }
            Block::Fields { fields, .. } => {
                for field in fields {
                    self.value(&field.id)?;
                }
            }
            Block::Grid(grid) => self.columns(grid)?,
            Block::GroupedGrid { grid, groups }
            | Block::PairedRows {
                grid,
                sides: groups,
            } => {
                self.columns(grid)?;
                let mut ids = BTreeSet::new();
                for group in groups {
                    check_id(&group.id)?;
                    if !ids.insert(group.id.clone()) {
                        return Err(FormError::DuplicateId {
                            id: group.id.clone(),
                        });
                    }
                }
                self.groups.insert(grid.id.clone(), ids);
            }
            Block::TaxBlock { grid, fields } => {
                self.columns(grid)?;
                for field in fields {
                    self.value(&field.id)?;
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, id: &str) -> Result<(), FormError> {
        check_id(id)?;
        if self.fields.insert(id.to_owned()) {
            Ok(())
        } else {
            Err(FormError::DuplicateId { id: id.to_owned() })
        }
    }

    fn columns(&mut self, grid: &Grid) -> Result<(), FormError> {
        let columns = self.blocks.entry(grid.id.clone()).or_default();
        for column in &grid.columns {
            check_id(&column.id)?;
            if !columns.insert(column.id.clone()) {
                return Err(FormError::DuplicateId {
                    id: column.id.clone(),
                });
            }
        }
        Ok(())
    }

    /// Every id of `formula` exists where it is used: in a row its columns, else the fields.
    fn formula(&self, of: &str, formula: &Expr, row: Option<&str>) -> Result<(), FormError> {
        let unknown = |id: &str| FormError::UnknownId {
            of: of.to_owned(),
            id: id.to_owned(),
        };
        match formula {
            Expr::Number(_) => Ok(()),
            Expr::Value(id) => {
                let known = match row {
                    Some(block) => self.blocks.get(block).is_some_and(|c| c.contains(id)),
                    None => self.fields.contains(id) && !self.ticks.contains(id),
                };
                if known { Ok(()) } else { Err(unknown(id)) }
            }
            Expr::Add(a, b) | Expr::Sub(a, b) => {
                self.formula(of, a, row)?;
                self.formula(of, b, row)
            }
            Expr::Sum {
                block,
                column,
                group,
            } => {
                if !self.blocks.get(block).is_some_and(|c| c.contains(column)) {
                    return Err(unknown(&format!("{block}.{column}")));
                }
                match group {
                    Some(g) if !self.groups.get(block).is_some_and(|ids| ids.contains(g)) => {
                        Err(unknown(g))
                    }
                    _ => Ok(()),
                }
            }
            Expr::If(tick, a, b) => {
                if !self.ticks.contains(tick) {
                    return Err(unknown(tick));
                }
                self.formula(of, a, row)?;
                self.formula(of, b, row)
            }
        }
    }
}

fn check_id(id: &str) -> Result<(), FormError> {
    let ok = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if ok {
        Ok(())
    } else {
        Err(FormError::BadId { id: id.to_owned() })
    }
}

/// Computed values can be ordered so that each is computed after those it reads.
fn no_cycle<'a>(
    formulas: impl Iterator<Item = (&'a str, Option<&'a Expr>)>,
) -> Result<(), FormError> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = formulas
        .filter_map(|(id, formula)| {
            let mut reads = BTreeSet::new();
            values(formula?, &mut reads);
            Some((id, reads))
        })
        .collect();
    loop {
        let ready: Vec<&str> = waiting
            .iter()
            .filter(|(_, reads)| !reads.iter().any(|r| waiting.contains_key(r)))
            .map(|(id, _)| *id)
            .collect();
        if ready.is_empty() {
            break;
        }
        for id in ready {
            waiting.remove(id);
        }
    }
    match waiting.keys().next() {
        None => Ok(()),
        Some(id) => Err(FormError::FormulaCycle {
            of: (*id).to_owned(),
        }),
    }
}

fn values<'a>(expr: &'a Expr, into: &mut BTreeSet<&'a str>) {
    match expr {
        Expr::Value(id) => {
            into.insert(id);
        }
        Expr::Number(_) | Expr::Sum { .. } => {}
        Expr::Add(a, b) | Expr::Sub(a, b) | Expr::If(_, a, b) => {
            values(a, into);
            values(b, into);
        }
    }
}
