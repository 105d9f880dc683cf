//! The office at its desk: dossiers drawn up, handed in and answered by the engine's own commands, each
//! noted in the ledgers as well.

use hoso_domain::finding::Finding;
use hoso_domain::form::latest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::party::{Account, Role, Unit};
use hoso_domain::voucher::{Row, Voucher};

use super::ledger::{Did, Ledger, Line, Treasury, quarter};
use crate::*;

/// Three that work, and one that has neither an estimate nor an account owner.
pub const UNITS: [(&str, &str); 4] = [
    ("1057713", "830"),
    ("1057714", "819"),
    ("1057715", "822"),
    ("1057716", "830"),
];
/// The unit that keeps nothing.
pub const BARE: usize = 3;
/// Unit of the merged commune, and the area codes before and after.
pub const MERGED: usize = 2;
pub const AREAS: (&str, &str) = ("16759", "16738");
pub const DEPOSIT: &str = "3713.0.1057713.00000";

/// One line of a voucher: content and amount.
pub type Sum<'a> = (&'a str, i64);

pub struct Office {
    pub desk: Desk,
    pub year: i32,
    pub ledger: Ledger,
    pub treasury: Treasury,
    /// A payment of the first unit in November that the treasury completed.
    pub paid: Paid,
}

/// What of a payment another may meet.
#[derive(Clone, Default)]
pub struct Paid {
    pub number: String,
    pub name: String,
    pub account: String,
    pub seller: String,
    pub invoice: String,
    pub sum: i64,
}

/// A draft, and the Số chứng từ it bears.
#[derive(Clone)]
pub struct Drawn {
    pub id: DossierId,
    pub number: String,
}

fn units(own: &Unit) -> Vec<Unit> {
    let with = |index: usize| {
        let (code, chapter) = UNITS[index];
        let areas = if index == MERGED {
            vec![AREAS.0, AREAS.1]
        } else {
            vec![own.area.as_str()]
        };
        let accounts = areas.iter().map(|area| Account {
            number: format!("9523.4.{code}.{area}"),
            name: "Dự toán chi thường xuyên".to_owned(),
        });
        let mut unit = Unit {
            id: UnitId(uuid::Uuid::from_u128(own.id.0.as_u128() + index as u128)),
            code: code.to_owned(),
            chapter: chapter.to_owned(),
            accounts: accounts.collect(),
            ..own.clone()
        };
        if index == BARE {
            unit.signers.retain(|s| s.role == Role::ChiefAccountant);
        }
        unit
    };
    (0..UNITS.len()).map(with).collect()
}

impl Office {
    pub fn open() -> Self {
        let own = desk::tokens().world.unit.clone();
        let mut all = units(&own).into_iter();
        let first = all.next().unwrap();
        let desk = Desk::with(|wish| {
            wish.unit = first;
            wish.more_units = all.collect();
        });
        desk.first_run();
        let year = today(&desk).year();
        Self {
            desk,
            year,
            ledger: Ledger::default(),
            treasury: Treasury::default(),
            paid: Paid::default(),
        }
    }

    pub fn day(&self, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, month, day).unwrap()
    }

    /// Works for this unit from now on.
    pub fn at(&self, unit: usize) {
        let session = self.desk.engine.handle(GetSession {}).unwrap();
        let wanted = session.units.iter().find(|u| u.code == UNITS[unit].0);
        let unit = wanted.unwrap().id;
        self.desk.engine.handle(SelectUnit { unit }).unwrap();
    }

    /// The unit's estimate account: the merged commune has another from July on.
    pub fn account(&self, unit: usize, on: NaiveDate) -> String {
        let area = match unit {
            MERGED if on < self.day(7, 1) => AREAS.0,
            MERGED => AREAS.1,
            _ => self.desk.world.unit.area.as_str(),
        };
        format!("9523.4.{}.{area}", UNITS[unit].0)
    }

    pub fn create(&self, form: &str) -> DossierId {
        let create = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: form.to_owned(),
        };
        self.desk.engine.handle(create).unwrap()
    }

    /// Draws up a voucher; a field of no value is cleared. Nothing may be wrong with it but the
    /// account of a commune that is no more.
    pub fn draw(
        &self,
        unit: usize,
        form: &str,
        on: NaiveDate,
        fields: &[(&str, &str)],
        lines: Vec<Row>,
    ) -> Drawn {
        let id = self.create(form);
        let mut view = self.desk.view(id);
        let voucher = &mut view.vouchers[0];
        self.dated(unit, voucher, on);
        for (id, value) in fields {
            set(voucher, id, value);
        }
        voucher.grids.insert("lines".to_owned(), lines);
        let number = voucher.field("number").to_owned();
        let saved = self.desk.save(&view);
        self.expected(unit, on, &saved.findings);
        Drawn { id, number }
    }

    /// Day and account of a voucher.
    fn dated(&self, unit: usize, voucher: &mut Voucher, on: NaiveDate) {
        set(voucher, "voucher_date", &on.to_string());
        let form = latest("nd347-2025", &voucher.form.number).unwrap();
        let account = match voucher.form.number.as_str() {
            "17" => DEPOSIT.to_owned(),
            _ => self.account(unit, on),
        };
        for id in ["account", "debit_account"] {
            if form.field(id).is_some() {
                set(voucher, id, &account);
            }
        }
    }

    /// No error; and while it still has the old account, the commune's new code is named.
    fn expected(&self, unit: usize, on: NaiveDate, found: &[Finding]) {
        assert_eq!(errors(found), [], "unit {unit}, {on}");
        let said = found.iter().any(|f| f.code == FindingCode::CodeExpired);
        let old = unit == MERGED && on < self.day(7, 1);
        assert_eq!(said, old, "unit {unit}, {on}: {found:?}");
    }

    /// Gives every voucher of a dossier that the program put together its day.
    pub fn date(&self, unit: usize, id: DossierId, on: NaiveDate) -> Drawn {
        let mut view = self.desk.view(id);
        for voucher in &mut view.vouchers {
            self.dated(unit, voucher, on);
            if !voucher.field("advance_balance_date").is_empty() {
                set(voucher, "advance_balance_date", &on.to_string());
            }
            if !voucher.field("parent_date").is_empty() {
                set(voucher, "parent_date", &on.to_string());
            }
        }
        let number = view.vouchers[0].field("number").to_owned();
        let saved = self.desk.save(&view);
        self.expected(unit, on, &saved.findings);
        Drawn { id, number }
    }

    pub fn hand_in(&self, id: DossierId) {
        let how = "Cổng trực tuyến".to_owned();
        let carry = HandedInOtherwise { id, how };
        self.desk.engine.handle(carry).unwrap();
    }

    pub fn answer(&self, id: DossierId, status: &str) {
        let record = RecordCarried {
            id,
            treasury_number: String::new(),
            status: status.to_owned(),
            text: String::new(),
            document: None,
        };
        self.desk.engine.handle(record).unwrap();
    }

    /// The treasury completed it: both ledgers have it.
    pub fn complete(
        &mut self,
        unit: usize,
        drawn: &Drawn,
        on: NaiveDate,
        did: Did,
        sums: &[Sum<'_>],
    ) {
        self.hand_in(drawn.id);
        self.answer(drawn.id, "completed");
        let account = match did {
            Did::PaidOut => DEPOSIT.to_owned(),
            _ => self.account(unit, on),
        };
        let sum: i64 = sums.iter().map(|(_, amount)| amount).sum();
        self.ledger.complete(unit, &account, did, sum);
        for (content, amount) in sums {
            self.treasury.book(unit, on, did, content, *amount);
        }
        let moved = match did {
            Did::Spent | Did::Advanced | Did::PaidOut => -sum,
            Did::ReturnedSpent | Did::ReturnedAdvance => sum,
            Did::Cleared(_) => 0,
        };
        if moved != 0 {
            self.moved(unit, &account, on, moved, &drawn.number);
        }
        self.ledger.dossiers += 1;
    }

    /// The treasury moved money.
    pub fn moved(
        &mut self,
        unit: usize,
        account: &str,
        day: NaiveDate,
        amount: i64,
        reference: &str,
    ) {
        self.treasury.statement.push(Line {
            unit,
            account: account.to_owned(),
            day,
            amount,
            reference: reference.to_owned(),
        });
    }

    /// Entries of the estimate that a person types into the books and the ledger has as well.
    pub fn enter(&mut self, unit: usize, entries: &[(NaiveDate, Kind, i64)]) {
        let account = self.account(unit, entries[0].0);
        self.enter_at(unit, &account, entries);
    }

    /// The same, on this account.
    pub fn enter_at(&mut self, unit: usize, account: &str, entries: &[(NaiveDate, Kind, i64)]) {
        let input = |(day, kind, amount): &(NaiveDate, Kind, i64)| {
            let mut entry = posting(&self.desk, *kind, *amount);
            entry.posting.day = *day;
            account.clone_into(&mut entry.posting.account);
            if kind.of_deposit() {
                entry.posting.economic_content = "7049".to_owned();
            }
            entry
        };
        enter(&self.desk, entries.iter().map(input).collect());
        for (_, kind, amount) in entries {
            if kind.of_deposit() {
                *self.ledger.accounts.entry(account.to_owned()).or_default() += amount;
            } else {
                self.ledger.give(unit, account, *amount);
            }
        }
    }

    /// Takes in the treasury's statement of a quarter as it is sent: a spreadsheet.
    pub fn take_statement(&self, unit: usize, of: u32) {
        let mut rows: Vec<Vec<String>> = vec![
            ["Ngày", "Tài khoản", "Nợ", "Có", "Chứng từ"]
                .map(str::to_owned)
                .to_vec(),
        ];
        let lines = self.treasury.statement.iter();
        for line in lines.filter(|l| l.unit == unit && quarter(l.day) == of) {
            let side = |there: bool| match there {
                true => line.amount.abs().to_string(),
                false => String::new(),
            };
            rows.push(vec![
                line.day.format("%d/%m/%Y").to_string(),
                line.account.clone(),
                side(line.amount < 0),
                side(line.amount > 0),
                line.reference.clone(),
            ]);
        }
        let count = rows.len() - 1;
        let rows: Vec<Vec<&str>> = rows
            .iter()
            .map(|r| r.iter().map(String::as_str).collect())
            .collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let path = table(&self.desk, &format!("sao-ke-{unit}-{of}.xlsx"), &rows);
        let import = || ImportTable {
            table: choice(&self.desk, "movements", &path),
            year: self.year,
        };
        let report = self.desk.engine.handle(import()).unwrap();
        assert_eq!((report.errors, report.taken as usize), (vec![], count));
        // statements overlap: nothing is taken twice
        let again = self.desk.engine.handle(import()).unwrap();
        assert_eq!((again.taken, again.known as usize), (0, count));
    }

    pub fn books(&self) -> BooksView {
        books(&self.desk)
    }
}

pub fn set(voucher: &mut Voucher, id: &str, value: &str) {
    if value.is_empty() {
        voucher.fields.remove(id);
    } else {
        voucher.fields.insert(id.to_owned(), value.to_owned());
    }
}

/// Lines of the estimate, or with further cells.
pub fn lines(sums: &[Sum<'_>], more: &[(&str, &str)]) -> Vec<Row> {
    let row = |(content, amount): &Sum<'_>| {
        let mut row = desk::line("Theo chứng từ kèm theo", content, &amount.to_string());
        for (id, value) in more {
            row.cells.insert((*id).to_owned(), (*value).to_owned());
        }
        row.cells.retain(|_, value| !value.is_empty());
        row
    };
    sums.iter().map(row).collect()
}
