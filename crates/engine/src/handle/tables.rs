//! Spreadsheets in: a preview with the columns mapped, row errors before anything is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use hoso_contract::book::{EntryInput, ImportReport, RowError, TableChoice, TablePreview};
use hoso_contract::command::{ImportTable, PreviewTable};
use hoso_contract::{Code, Fact};
use hoso_domain::book::{Contract, Kind, Movement, Posting, use_up};
use hoso_domain::catalogue::{OwnCode, OwnCodeError};
use hoso_domain::check::contract_key;
use hoso_domain::finding::{FindingCode, Severity};
use hoso_domain::form::FieldKind;
use hoso_domain::form::value::{self, Value};
use hoso_domain::id::EntryId;
use hoso_domain::money::Dong;
use hoso_store::books::{self as kept, KeptMovement};
use hoso_store::memory::{self, Payee};
use hoso_store::own_codes;

use super::books::{doubts, keep, new_entry};
use crate::clock;
use crate::courier::dossier_of;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::table::{self, Sheet};

/// Rows of a preview.
const SHOWN: usize = 20;
/// Longest text a cell may hold.
const LONGEST: usize = 500;

impl Handle<PreviewTable> for Engine {
    fn act(&self, command: PreviewTable) -> Result<TablePreview, Error> {
        let open = self.open()?;
        let sheets = table::sheets(&command.path)?;
        let sheet = table::open(&command.path, &command.sheet)?;
        let width = sheet.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (unit, purpose) = (open.unit_id(), command.purpose.clone());
        let last: Option<BTreeMap<String, String>> =
            open.store.read(|db| kept::column_map(db, unit, &purpose))?;
        let last = last.unwrap_or_default();
        let (head, first_row) = head(&purpose, &last, &sheet);
        let known = |said: &str| last.get(said);
        let remembered = head.iter().any(|said| !said.is_empty())
            && head
                .iter()
                .all(|said| said.is_empty() || known(said).is_some());
        let columns = (0..width)
            .map(|i| {
                let said = head.get(i).map(String::as_str).unwrap_or_default();
                let before = known(said).cloned();
                before.unwrap_or_else(|| table::guess(&purpose, said))
            })
            .collect();
        let owned = |roles: &[&str]| roles.iter().map(|r| (*r).to_owned()).collect();
        Ok(TablePreview {
            sheet: match command.sheet.as_str() {
                "" => sheets.first().cloned().unwrap_or_default(),
                given => given.to_owned(),
            },
            sheets,
            total_rows: u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX),
            rows: sheet.rows.into_iter().take(SHOWN).collect(),
            first_row,
            columns,
            roles: owned(table::roles(&purpose)),
            needed: owned(table::needed(&purpose)),
            remembered,
        })
    }
}

/// The row of heads, that in which most columns are recognised or were mapped before, and the row
/// after it.
fn head(purpose: &str, last: &BTreeMap<String, String>, sheet: &Sheet) -> (Vec<String>, u32) {
    let known = |row: &Vec<String>| {
        row.iter()
            .filter(|c| last.contains_key(*c) || !table::guess(purpose, c).is_empty())
            .count()
    };
    let best = sheet
        .rows
        .iter()
        .take(SHOWN)
        .enumerate()
        .rev()
        .max_by_key(|(_, row)| known(row));
    match best {
        Some((index, row)) if known(row) > 0 => {
            let next = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
            (row.clone(), next)
        }
        _ => (Vec::new(), 0),
    }
}

/// The rows of a chosen table with their roles, blank rows left out.
pub(super) struct Mapped {
    pub rows: Vec<(u32, BTreeMap<String, String>)>,
    pub errors: Vec<RowError>,
}

impl Mapped {
    /// Reads the table and remembers how its columns were mapped.
    pub fn read(open: &Open, choice: &TableChoice) -> Result<Mapped, Error> {
        let sheet = table::open(&choice.path, &choice.sheet)?;
        let first = usize::try_from(choice.first_row).unwrap_or(usize::MAX);
        let heads = first.checked_sub(1).and_then(|i| sheet.rows.get(i));
        if let Some(heads) = heads.filter(|_| !open.store.is_read_only()) {
            let map: BTreeMap<String, String> = heads
                .iter()
                .cloned()
                .zip(choice.columns.iter().cloned())
                .filter(|(head, _)| !head.is_empty())
                .collect();
            let (unit, purpose, at) = (open.unit_id(), choice.purpose.clone(), clock::now());
            open.store
                .write(move |tx| kept::put_column_map(tx, unit, &purpose, &map, at))?;
        }
        let mut out = Mapped {
            rows: Vec::new(),
            errors: Vec::new(),
        };
        let names = roles_once(choice, &mut out, sheet.shown(first.saturating_sub(1)));
        if sheet.cut {
            out.error(sheet.shown(sheet.rows.len()), "", "", "too-many-rows");
        }
        for (index, row) in sheet.rows.iter().enumerate().skip(first) {
            let shown = sheet.shown(index);
            let cells: BTreeMap<String, String> = names
                .iter()
                .zip(row)
                .filter(|(role, cell)| !role.is_empty() && !cell.trim().is_empty())
                .map(|(role, cell)| (role.clone(), cell.trim().to_owned()))
                .collect();
            if cells.is_empty() {
                continue;
            }
            for (column, value) in &cells {
                if value.chars().count() > LONGEST {
                    out.error(shown, column, value, "too-long");
                }
            }
            out.rows.push((shown, cells));
        }
        Ok(out)
    }

    pub fn error(&mut self, row: u32, column: &str, value: &str, reason: &str) {
        self.errors.push(RowError {
            row,
            column: column.to_owned(),
            value: value.chars().take(60).collect(),
            reason: reason.to_owned(),
        });
    }

    /// An amount; nothing where the cell is blank, an error where it cannot be read.
    pub fn money(&mut self, row: u32, cells: &Cells, column: &str) -> Option<Dong> {
        let said = cells.get(column)?;
        match Dong::parse(said) {
            Ok(amount) => Some(amount),
            Err(_) => {
                self.error(row, column, said, "not-money");
                None
            }
        }
    }

    /// A day; see [`Mapped::money`].
    pub fn day(&mut self, row: u32, cells: &Cells, column: &str) -> Option<NaiveDate> {
        let said = cells.get(column)?;
        match value::parse(FieldKind::Date, said) {
            Ok(Value::Date(day)) => Some(day),
            _ => {
                self.error(row, column, said, "not-a-date");
                None
            }
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, row: u32, cells: &Cells, column: &str) -> String {
        match cells.get(column) {
            Some(said) => said.clone(),
            None => {
                self.error(row, column, "", "missing");
                String::new()
            }
        }
    }
}

/// The roles, each once: a second column of one tiểu mục is told apart (`6101#7`), of another role it
/// is an error.
fn roles_once(choice: &TableChoice, out: &mut Mapped, head: u32) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut names = Vec::with_capacity(choice.columns.len());
    for (index, role) in choice.columns.iter().enumerate() {
        if role.is_empty() || seen.insert(role) {
            names.push(role.clone());
        } else if table::is_content(role) {
            names.push(format!("{role}#{index}"));
        } else {
            out.error(head, role, "", "twice");
            names.push(String::new());
        }
    }
    names
}

/// One row by role.
pub(super) type Cells = BTreeMap<String, String>;

pub(super) fn text(cells: &Cells, column: &str) -> String {
    cells.get(column).cloned().unwrap_or_default()
}

impl Handle<ImportTable> for Engine {
    /// All rows or none: a table with one error keeps nothing.
    fn act(&self, command: ImportTable) -> Result<ImportReport, Error> {
        let open = self.writable()?;
        let mut mapped = Mapped::read(&open, &command.table)?;
        match command.table.purpose.as_str() {
            "payees" => payees(&open, &mut mapped),
            "entries" => entries(self, &open, command.year, &mut mapped),
            "movements" => movements(self, &open, command.year, &mut mapped),
            "codes" => codes(&open, &mut mapped),
            _ => Err(Code::NotFound.into()),
        }
    }
}

/// The report of a table that is taken whole, or not at all.
fn report(
    mapped: &mut Mapped,
    taken: usize,
    keep: impl FnOnce() -> Result<u32, Error>,
) -> Result<ImportReport, Error> {
    if !mapped.errors.is_empty() {
        return Ok(ImportReport {
            errors: std::mem::take(&mut mapped.errors),
            ..ImportReport::default()
        });
    }
    let known = keep()?;
    Ok(ImportReport {
        taken: u32::try_from(taken)
            .unwrap_or(u32::MAX)
            .saturating_sub(known),
        known,
        errors: Vec::new(),
    })
}

fn payees(open: &Open, mapped: &mut Mapped) -> Result<ImportReport, Error> {
    let mut all = Vec::new();
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        let name = mapped.needed(row, &cells, "name");
        let account = mapped.needed(row, &cells, "account");
        let fills = [
            ("payee_name", name.clone()),
            ("payee_account", account.clone()),
            ("payee_bank", text(&cells, "bank")),
            ("payee_tax_code", text(&cells, "tax_code")),
        ];
        all.push(Payee {
            name,
            account,
            fills: fills
                .into_iter()
                .filter(|(_, v)| !v.is_empty())
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
        });
    }
    let (unit, at, count) = (open.unit_id(), clock::now(), all.len());
    report(mapped, count, move || {
        open.store.write(move |tx| {
            all.iter()
                .try_for_each(|payee| memory::payee_used(tx, unit, payee, at))
        })?;
        Ok(0)
    })
}

fn entries(
    engine: &Engine,
    open: &Open,
    year: i32,
    mapped: &mut Mapped,
) -> Result<ImportReport, Error> {
    let unit = open.unit()?;
    let own = open.store.read(|db| own_codes::all(db, unit.id))?;
    let known = open.store.read(|db| kept::contracts(db, unit.id))?;
    let mut all = Vec::new();
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        let kind = mapped.needed(row, &cells, "kind");
        let kind: Option<Kind> = read_kind(&kind);
        if kind.is_none() && cells.contains_key("kind") {
            mapped.error(row, "kind", &text(&cells, "kind"), "unknown-kind");
        }
        for column in ["day", "amount"] {
            mapped.needed(row, &cells, column);
        }
        let day = mapped.day(row, &cells, "day");
        let amount = mapped.money(row, &cells, "amount");
        let document_day = mapped.day(row, &cells, "document_day");
        let contract = match cells.get("contract") {
            None => String::new(),
            Some(said) => named(&known, said).unwrap_or_else(|| {
                mapped.error(row, "contract", said, "unknown-contract");
                String::new()
            }),
        };
        let (Some(kind), Some(day), Some(amount)) = (kind, day, amount) else {
            continue;
        };
        let input = EntryInput {
            posting: Posting {
                day,
                kind,
                account: text(&cells, "account"),
                source: text(&cells, "source"),
                sector: text(&cells, "sector"),
                programme: text(&cells, "programme"),
                economic_content: text(&cells, "economic_content"),
                contract,
                amount,
            },
            document_no: text(&cells, "document_no"),
            document_day,
            note: text(&cells, "note"),
        };
        for (column, finding) in doubts(&input.posting, year, &unit.code, &own) {
            let reason = match finding.code {
                FindingCode::BudgetYear => "other-year",
                _ => "unknown-code",
            };
            // a code of a list that is not whole may be right: the books say so
            if finding.severity == Severity::Error {
                mapped.error(row, column, &text(&cells, column), reason);
            }
        }
        all.push(new_entry(open, year, input));
    }
    let count = all.len();
    report(mapped, count, move || keep(engine, open, all).map(|()| 0))
}

/// The key of the one contract that has this number.
fn named(known: &[Contract], number: &str) -> Option<String> {
    let folded = |said: &str| contract_key(said, "");
    let mut found = known.iter().filter(|c| folded(&c.number) == folded(number));
    let only = found.next()?;
    found.next().is_none().then(|| only.key())
}

/// A kind by its own word or as an accountant names it.
fn read_kind(said: &str) -> Option<Kind> {
    let own = serde_json::Value::String(said.trim().to_owned());
    if let Ok(kind) = serde_json::from_value(own) {
        return Some(kind);
    }
    let folded = hoso_domain::text::fold(said);
    Some(match folded.as_str() {
        "nam truoc chuyen sang" | "chuyen nguon" => Kind::CarriedOver,
        "giao dau nam" => Kind::YearStart,
        "bo sung" | "dieu chinh" => Kind::Adjustment,
        "tam cap" => Kind::Provisional,
        "giu lai" => Kind::Withheld,
        "huy" => Kind::Cancelled,
        "thuc chi" => Kind::Spent,
        "tam ung" => Kind::Advance,
        "du tam ung dau nam" | "tam ung nam truoc chuyen sang" => Kind::AdvanceOpening,
        "thanh toan tam ung" => Kind::Cleared,
        "nop tra thuc chi" => Kind::ReturnedSpent,
        "nop tra tam ung" => Kind::ReturnedAdvance,
        "so du dau ky" => Kind::DepositOpening,
        "thu tien gui" => Kind::DepositIn,
        "chi tien gui" => Kind::DepositOut,
        _ => return None,
    })
}

fn movements(
    engine: &Engine,
    open: &Open,
    year: i32,
    mapped: &mut Mapped,
) -> Result<ImportReport, Error> {
    let unit = open.unit_id();
    let mut all = Vec::new();
    let mut seen: HashMap<Movement, u32> = HashMap::new();
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        mapped.needed(row, &cells, "day");
        let account = mapped.needed(row, &cells, "account");
        let day = mapped.day(row, &cells, "day");
        let out = mapped.money(row, &cells, "out").unwrap_or_default();
        let into = mapped.money(row, &cells, "in").unwrap_or_default();
        if !cells.contains_key("out") && !cells.contains_key("in") {
            mapped.error(row, "out", "", "missing");
        }
        let (Some(day), Ok(amount)) = (day, into.checked_sub(out)) else {
            continue;
        };
        let movement = Movement {
            day,
            account,
            amount,
            reference: text(&cells, "reference"),
            text: text(&cells, "text"),
        };
        // rows that say the same are money each
        let same = seen.entry(movement.clone()).or_default();
        all.push((movement, *same));
        *same = same.saturating_add(1);
    }
    let (count, at) = (all.len(), clock::now());
    report(mapped, count, move || {
        let known = open.store.write(move |tx| {
            let mut among = kept::candidates(tx, unit, year)?;
            let mut known = 0u32;
            for (movement, ordinal) in all {
                let dossier = dossier_of(&movement, &among);
                let row = KeptMovement {
                    id: EntryId(clock::new_id()),
                    movement,
                    dossier,
                    by_hand: false,
                };
                if kept::put_movement(tx, unit, &row, ordinal, at)? {
                    // a voucher has one movement
                    if let Some(id) = dossier {
                        use_up(&mut among, &id, &row.movement);
                    }
                } else {
                    known = known.saturating_add(1);
                }
            }
            Ok(known)
        })?;
        engine.tell(Fact::SessionChanged);
        Ok(known)
    })
}

fn codes(open: &Open, mapped: &mut Mapped) -> Result<ImportReport, Error> {
    let (unit, by) = (open.unit_id(), open.by());
    let mut known = open.store.read(|db| own_codes::all(db, unit))?;
    let mut all = Vec::new();
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        for column in ["catalogue", "code", "name", "valid_from"] {
            mapped.needed(row, &cells, column);
        }
        let from = mapped.day(row, &cells, "valid_from");
        let to = mapped.day(row, &cells, "valid_to");
        let Some(valid_from) = from else { continue };
        let code = OwnCode {
            catalogue: text(&cells, "catalogue"),
            code: text(&cells, "code"),
            name: text(&cells, "name"),
            replaces: text(&cells, "replaces"),
            valid_from,
            valid_to: to,
            source: text(&cells, "source"),
        };
        match code.check_among(&known) {
            Ok(()) => known.push(code.clone()),
            Err(why) => {
                let column = match why {
                    OwnCodeError::NoList { .. } | OwnCodeError::Whole { .. } => "catalogue",
                    OwnCodeError::NoName => "name",
                    OwnCodeError::Dates => "valid_to",
                    OwnCodeError::Shape | OwnCodeError::Known | OwnCodeError::Overlap => "code",
                };
                // what is not there is said already
                let value = text(&cells, column);
                if !value.is_empty() {
                    mapped.error(row, column, &value, why.key());
                }
            }
        }
        all.push(code);
    }
    let count = all.len();
    report(mapped, count, move || {
        open.store
            .write(move |tx| own_codes::put(tx, unit, &all, by))?;
        Ok(0)
    })
}
