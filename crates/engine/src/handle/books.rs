//! Sổ: estimates, contracts, advances, deposits, movements; instalments.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use hoso_contract::book::{
    BooksView, ContractView, EntryView, InstalmentView, MovementView, ToldRow,
};
use hoso_contract::command::{
    EnterPostings, GetBooks, GetOwnCodes, MatchMovement, PayInstalment, SaveCode, SaveContract,
    SettleInstalment, StrikeEntry,
};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::book::{
    self, Balances, Candidate, Contract, EstimateRow, Instalment, Kind, Match, Posting, Settlement,
    Standing, match_movement, settle,
};
use hoso_domain::catalogue::{OwnCode, codes_with};
use hoso_domain::check::{self, Facts};
use hoso_domain::finding::{Finding, FindingCode, Place};
use hoso_domain::id::{DossierId, EntryId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_store::books::{self as kept, BookEntry, KeptMovement};
use hoso_store::dossiers::{self, Current};
use hoso_store::feed::{self, ToldEstimate};
use hoso_store::{Connection as Db, StoreError, own_codes, people, traces, units};

use super::reconcile::moves;
use crate::clock;
use crate::compose::{Draft, OwnNumber, current, line};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::facts;
use crate::open::Open;

/// Postings of a year: entries as done, dossiers by their standing.
pub(super) fn postings(
    db: &Db,
    unit: UnitId,
    year: i32,
) -> Result<Vec<(Posting, Standing)>, StoreError> {
    let mut all = traces::postings(db, unit, year, None)?;
    let entries = kept::entries(db, unit, year)?;
    all.extend(entries.into_iter().map(|e| (e.posting, Standing::Done)));
    Ok(all)
}

impl Handle<GetBooks> for Engine {
    fn act(&self, command: GetBooks) -> Result<BooksView, Error> {
        let open = self.open()?;
        let (unit, year) = (open.unit_id(), command.year);
        Ok(open.store.read(|db| view(db, unit, year))?)
    }
}

/// Everything the screen Sổ shows of a year.
pub(super) fn view(db: &Db, unit: UnitId, year: i32) -> Result<BooksView, StoreError> {
    let balances = Balances::of(&postings(db, unit, year)?);
    let mut contracts = Vec::new();
    for contract in kept::contracts(db, unit)? {
        let known = facts::contract(db, unit, &contract.key(), None)?.unwrap_or_default();
        contracts.push(ContractView {
            left: contract
                .value
                .checked_sub(known.paid)
                .unwrap_or(contract.value),
            paid_out: known.paid,
            open: known.advanced,
            contract,
        });
    }
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let moved = kept::movements(db, unit, first)?;
    let own = kept::entries(db, unit, year)?;
    let mut by_hand = outside(&own, &moved);
    let (code, codes) = (units::get(db, unit)?.code, own_codes::all(db, unit)?);
    let doubtful: Vec<Finding> = own
        .iter()
        .flat_map(|e| doubts(&e.posting, year, &code, &codes))
        .map(|(_, finding)| finding)
        .collect();
    let mut entries = Vec::new();
    for entry in own {
        let who = match people::get(db, entry.entered_by) {
            Ok(person) => person.name,
            Err(StoreError::NotFound { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        entries.push(EntryView {
            id: entry.id,
            posting: entry.posting,
            document_no: entry.document_no,
            document_day: entry.document_day,
            note: entry.note,
            who,
        });
    }
    let accounts = facts::balances(db, unit, None)?;
    let mut findings = negative(&balances, &contracts);
    findings.extend(doubtful);
    for row in &accounts {
        findings.extend(below_zero(&row.account, row.usable));
    }
    let among = kept::candidates(db, unit, year)?;
    let mut movements = Vec::new();
    for row in moved {
        let mut candidates = Vec::new();
        let entry = match row.dossier {
            Some(_) => None,
            None => book::entered(&row.movement, &by_hand).map(|at| by_hand.swap_remove(at).id),
        };
        if row.dossier.is_none() && entry.is_none() && row.movement.amount != Dong::ZERO {
            let found = match_movement(&row.movement, &among);
            findings.extend(found.finding(&row.movement));
            let ids = match found {
                Match::One { id } => vec![id],
                Match::Several { ids } => ids,
                Match::None => Vec::new(),
            };
            let named = |id: DossierId| {
                let number = among.iter().find(|c| c.id == id);
                (id, number.map(|c| c.number.clone()).unwrap_or_default())
            };
            candidates = ids.into_iter().map(named).collect();
        }
        movements.push(MovementView {
            id: row.id,
            movement: row.movement,
            dossier: row.dossier,
            entry,
            candidates,
        });
    }
    let told = told(db, unit, year, &balances)?;
    Ok(BooksView {
        year,
        balances,
        accounts,
        told,
        contracts,
        entries,
        movements,
        findings,
    })
}

/// What is wrong with the codes, the account and the day of an entry, by column.
pub(super) fn doubts(
    posting: &Posting,
    year: i32,
    unit_code: &str,
    own: &[OwnCode],
) -> Vec<(&'static str, Finding)> {
    let facts = Facts {
        unit_code: unit_code.to_owned(),
        codes: codes_with(posting.day, own),
        ..Facts::default()
    };
    check::entry(posting, year, &facts)
}

/// What entries by hand did to their accounts. One without an account is of the only estimate account
/// that moved.
fn outside(entries: &[BookEntry], moved: &[KeptMovement]) -> Vec<Candidate<EntryId>> {
    let estimate: BTreeSet<&str> = moved
        .iter()
        .map(|m| m.movement.account.as_str())
        .filter(|account| account.starts_with('9'))
        .collect();
    let only = match estimate.len() {
        1 => estimate.first().copied().unwrap_or_default(),
        _ => "",
    };
    let candidate = |e: &BookEntry| {
        let p = &e.posting;
        let account = match p.account.as_str() {
            "" if !p.kind.of_deposit() => only,
            said => said,
        };
        Some(Candidate {
            id: e.id,
            account: account.to_owned(),
            amount: moves(p)?,
            number: e.document_no.clone(),
            treasury_number: String::new(),
            day: p.day,
            whole: false,
        })
    };
    entries.iter().filter_map(candidate).collect()
}

/// The treasury's figures beside the unit's own.
fn told(db: &Db, unit: UnitId, year: i32, own: &Balances) -> Result<Vec<ToldRow>, StoreError> {
    let row = |told: ToldEstimate| {
        let line = |r: &&EstimateRow| {
            (&r.source, &r.sector, &r.programme) == (&told.source, &told.sector, &told.programme)
        };
        let own = own.estimates.iter().find(line);
        let given = own.and_then(|r| {
            let given = r.carried_over.checked_add(r.year_start).ok()?;
            given.checked_add(r.adjusted).ok()
        });
        let used = own.map(|r| r.used);
        let left = |given: Dong, used: Dong| given.checked_sub(used).ok();
        let difference = given.zip(used).and_then(|(given, used)| {
            left(given, used)?
                .checked_sub(left(told.given, told.used)?)
                .ok()
        });
        ToldRow {
            source: told.source,
            sector: told.sector,
            programme: told.programme,
            given: told.given,
            used: told.used,
            own_given: given,
            own_used: used,
            difference,
            at: told.at,
        }
    };
    let all = feed::estimates(db, unit, year)?;
    Ok(all.into_iter().map(row).collect())
}

fn below_zero(label: &str, balance: Dong) -> Option<Finding> {
    (balance < Dong::ZERO).then(|| {
        Finding::warning(FindingCode::BalanceNegative, Place::Dossier)
            .with("label", label)
            .with("value", balance.to_string())
    })
}

/// Every balance below zero, each once.
fn negative(balances: &Balances, contracts: &[ContractView]) -> Vec<Finding> {
    let estimates = balances.estimates.iter().map(|r| {
        (
            format!("{} · {} · {}", r.source, r.sector, r.programme),
            r.left,
        )
    });
    let advances = balances
        .advances
        .iter()
        .map(|r| (r.economic_content.clone(), r.open));
    let deposits = balances
        .deposits
        .iter()
        .map(|r| (r.account.clone(), r.closing));
    let contracts = contracts
        .iter()
        .map(|c| (c.contract.number.clone(), c.left));
    estimates
        .chain(advances)
        .chain(deposits)
        .chain(contracts)
        .filter_map(|(label, balance)| below_zero(&label, balance))
        .collect()
}

impl Handle<EnterPostings> for Engine {
    fn act(&self, command: EnterPostings) -> Result<(), Error> {
        let open = self.writable()?;
        let entries = command
            .entries
            .into_iter()
            .map(|e| new_entry(&open, command.year, e))
            .collect();
        keep(self, &open, entries)
    }
}

/// An entry by whoever works now.
pub(super) fn new_entry(
    open: &Open,
    year: i32,
    input: hoso_contract::book::EntryInput,
) -> BookEntry {
    let by = open.by();
    BookEntry {
        id: EntryId(clock::new_id()),
        posting: input.posting,
        year,
        document_no: input.document_no,
        document_day: input.document_day,
        note: input.note,
        entered_at: by.at,
        entered_by: by.person,
    }
}

/// Keeps entries in one act. A cleared advance is spending as well: the pair is entered together.
pub(super) fn keep(engine: &Engine, open: &Open, mut entries: Vec<BookEntry>) -> Result<(), Error> {
    let settled: Vec<BookEntry> = entries
        .iter()
        .filter(|e| e.posting.kind == Kind::Cleared)
        .map(|e| {
            let mut pair = e.clone();
            pair.id = EntryId(clock::new_id());
            pair.posting.kind = Kind::Settled;
            pair
        })
        .collect();
    entries.extend(settled);
    let (unit, by) = (open.unit_id(), open.by());
    open.store
        .write(move |tx| kept::enter(tx, unit, &entries, by))?;
    engine.tell(Fact::SessionChanged);
    Ok(())
}

impl Handle<StrikeEntry> for Engine {
    fn act(&self, command: StrikeEntry) -> Result<(), Error> {
        let open = self.writable()?;
        let (unit, by) = (open.unit_id(), open.by());
        open.store
            .write(move |tx| kept::strike(tx, unit, command.entry, by))?;
        self.tell(Fact::SessionChanged);
        Ok(())
    }
}

impl Handle<SaveContract> for Engine {
    fn act(&self, command: SaveContract) -> Result<(), Error> {
        let open = self.writable()?;
        if command.contract.key().is_empty() {
            return Err(Code::NotFound.into());
        }
        let (unit, by) = (open.unit_id(), open.by());
        open.store
            .write(move |tx| kept::put_contract(tx, unit, &command.contract, by))?;
        self.tell(Fact::SessionChanged);
        Ok(())
    }
}

/// A contract with what an instalment of it comes to, and the advance's own codes.
struct Settling {
    contract: Contract,
    settlement: Settlement,
    open: Dong,
    advance: Option<Posting>,
}

fn settling(open: &Open, key: &str, instalment: &Instalment) -> Result<Settling, Error> {
    let unit = open.unit_id();
    let (contract, known, advance) = open.store.read(|db| {
        let contract =
            kept::contract(db, unit, key)?.ok_or(StoreError::NotFound { what: "contract" })?;
        let known = facts::contract(db, unit, key, None)?.unwrap_or_default();
        let mut all = traces::of_contract(db, unit, key, None)?;
        let entries = kept::entries_of_contract(db, unit, key)?;
        all.extend(entries.into_iter().map(|e| (e.posting, Standing::Done)));
        let mut advance = all.into_iter().map(|(p, _)| p);
        let advance = advance.rfind(|p| matches!(p.kind, Kind::Advance | Kind::AdvanceOpening));
        Ok((contract, known, advance))
    })?;
    let settlement = settle(&contract, instalment, known.paid, known.advanced);
    Ok(Settling {
        contract,
        settlement,
        open: known.advanced,
        advance,
    })
}

impl Handle<SettleInstalment> for Engine {
    fn act(&self, command: SettleInstalment) -> Result<InstalmentView, Error> {
        let open = self.open()?;
        let found = settling(&open, &command.contract, &command.instalment)?;
        let codes = found
            .advance
            .unwrap_or_else(|| blank_posting(Kind::Advance));
        Ok(InstalmentView {
            settlement: found.settlement,
            economic_content: codes.economic_content,
            sector: codes.sector,
            source: codes.source,
        })
    }
}

fn blank_posting(kind: Kind) -> Posting {
    Posting {
        day: NaiveDate::default(),
        kind,
        account: String::new(),
        source: String::new(),
        sector: String::new(),
        programme: String::new(),
        economic_content: String::new(),
        contract: String::new(),
        amount: Dong::ZERO,
    }
}

impl Handle<PayInstalment> for Engine {
    /// Form 10 turns the advance into spending; form 13 pays the difference.
    fn act(&self, command: PayInstalment) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let Settling {
            contract,
            settlement,
            open: advance_open,
            advance,
        } = settling(&open, &command.contract, &command.instalment)?;
        let instalment = &command.instalment;
        let money = |d: Dong| d.get().to_string();
        let content = format!("Thanh toán {}", contract.subject);
        let accepted = [
            ("acceptance_no", instalment.acceptance_number.clone()),
            ("acceptance_date", instalment.acceptance_date.to_string()),
        ];
        let mut draft = Draft::new(&open)?;
        if settlement.paid > Dong::ZERO {
            let decision_date = contract.decision_date.map(|d| d.to_string());
            let mut fields = vec![
                ("contractor_decision_no", contract.decision_number.clone()),
                (
                    "contractor_decision_date",
                    decision_date.unwrap_or_default(),
                ),
                ("contract_no", contract.number.clone()),
                ("contract_date", contract.date.to_string()),
                ("contract_total", money(contract.value)),
                ("contract_party", contract.party.clone()),
                ("advance_rule", contract.advance_rule.clone()),
                ("acceptance_total", money(instalment.accepted)),
                ("acceptance_party", contract.party.clone()),
                ("content", content.clone()),
                ("payee_name", contract.party.clone()),
                ("payee_tax_code", contract.party_tax_code.clone()),
                ("payee_account", contract.party_account.clone()),
                ("payee_bank", contract.party_bank.clone()),
            ];
            fields.extend(accepted.clone());
            let row = line(
                "",
                &[
                    ("content", content.clone()),
                    ("economic_content", command.economic_content.clone()),
                    ("sector", command.sector.clone()),
                    ("source", command.source.clone()),
                    ("amount", money(settlement.paid)),
                ],
            );
            draft.add(current("13")?, OwnNumber::Yes, &fields, "lines", vec![row])?;
        }
        if settlement.recovered > Dong::ZERO {
            let from = advance
                .map(|p| p.economic_content)
                .filter(|c| !c.is_empty())
                .unwrap_or_else(|| command.economic_content.clone());
            let row = line(
                "",
                &[
                    ("content", content),
                    ("economic_content_advanced", from),
                    ("economic_content", command.economic_content.clone()),
                    ("sector", command.sector.clone()),
                    ("source", command.source.clone()),
                    ("advance_balance", money(advance_open)),
                    ("amount", money(settlement.recovered)),
                ],
            );
            let mut fields = vec![("advance_balance_date", clock::day(clock::now()).to_string())];
            fields.extend(accepted);
            draft.add(current("10")?, OwnNumber::Yes, &fields, "lines", vec![row])?;
        }
        draft.keep(self, &contract.key())
    }
}

/// Whether the treasury has the dossier, or had an earlier revision of it.
fn handed_in(current: &Current) -> bool {
    matches!(
        current.revision.state,
        LocalState::Sent | LocalState::Carried
    ) || current.dossier.treasury != TreasuryState::None
}

impl Handle<MatchMovement> for Engine {
    fn act(&self, command: MatchMovement) -> Result<(), Error> {
        let open = self.writable()?;
        let (unit, by) = (open.unit_id(), open.by());
        let MatchMovement { movement, dossier } = command;
        if let Some(id) = dossier {
            let current = open.store.read(|db| dossiers::described(db, id))?;
            if current.dossier.unit != unit {
                return Err(Code::NotFound.into());
            }
            if !handed_in(&current) {
                return Err(Code::DossierNotSent.into());
            }
        }
        open.store
            .write(move |tx| kept::match_by_hand(tx, unit, movement, dossier, by))?;
        self.tell(Fact::SessionChanged);
        Ok(())
    }
}

impl Handle<GetOwnCodes> for Engine {
    fn act(&self, _: GetOwnCodes) -> Result<Vec<OwnCode>, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        Ok(open.store.read(|db| own_codes::all(db, unit))?)
    }
}

impl Handle<SaveCode> for Engine {
    fn act(&self, command: SaveCode) -> Result<(), Error> {
        let open = self.writable()?;
        let (unit, by, code) = (open.unit_id(), open.by(), command.code);
        let own = open.store.read(|db| own_codes::all(db, unit))?;
        code.check_among(&own).map_err(|why| {
            AppError::new(Code::CodeRefused)
                .with("code", &code.code)
                .with("why", why.key())
        })?;
        open.store
            .write(move |tx| own_codes::put(tx, unit, &[code], by))?;
        Ok(())
    }
}
