//! Hôm nay: what needs me; and the list Hồ sơ.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use hoso_contract::command::{GetNotices, GetToday, ListDossiers, MarkNoticeRead};
use hoso_contract::view::{
    Deadline, DossierPage, DossierRow, ListFilter, ListOrder, NoticeView, Task, TaskKind,
    TodayView, WaitingSummary,
};
use hoso_contract::{AppError, Fact};
use hoso_domain::catalogue::deadlines;
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Unit};
use hoso_store::dossiers::{self, Current, Which, select};
use hoso_store::listing::{self, Filter, Order};
use hoso_store::{Connection as Db, StoreError, life, outbox, receipts};
use hoso_sync::api::connection::Connection;

use crate::answer;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::facts;
use crate::notices;
use crate::tokens::{self, Seen};

/// How far ahead deadlines are shown, in days.
const AHEAD: u64 = 45;
/// From how many days before its end an appointment is warned of.
const APPOINTMENT: u64 = 60;
/// The same of the connection file: another PC can be set up with it until then.
const CONNECTION: u64 = 30;
/// Dossiers without an answer that are looked at.
const UNANSWERED: u32 = 200;

impl Handle<GetToday> for Engine {
    fn act(&self, _: GetToday) -> Result<TodayView, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let today = clock::day(clock::now());
        let (tasks, waiting, balances, seen, answers) = open.store.read(|db| {
            Ok((
                tasks(db, &unit)?,
                waiting(db, &unit)?,
                facts::balances(db, unit.id, None)?,
                tokens::seen(db, unit.id)?,
                answers(db, unit.id, today)?,
            ))
        })?;
        let connected = open.connected();
        let seconds = connected.courier.seconds(waiting.bytes);
        let mut deadlines = coming(&unit, &seen, today);
        deadlines.extend(connection_ends(connected.connection.as_ref(), today));
        deadlines.extend(answers);
        deadlines.sort_by_key(|d| d.day);
        open.inspect();
        Ok(TodayView {
            tasks,
            waiting: WaitingSummary { seconds, ..waiting },
            balances,
            deadlines,
        })
    }
}

impl Handle<GetNotices> for Engine {
    fn act(&self, _: GetNotices) -> Result<Vec<NoticeView>, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        Ok(open.store.read(|db| notices::all(db, unit))?)
    }
}

impl Handle<MarkNoticeRead> for Engine {
    fn act(&self, command: MarkNoticeRead) -> Result<(), Error> {
        let open = self.writable()?;
        let unit = open.unit_id();
        open.store
            .write(move |tx| notices::mark_read(tx, unit, command.id))?;
        self.tell(Fact::ResultsChanged);
        Ok(())
    }
}

/// What needs me, the most pressing kind first.
fn tasks(db: &Db, unit: &Unit) -> Result<Vec<Task>, StoreError> {
    let mut tasks = Vec::new();
    for current in select(db, unit.id, Which::ToLookAt)? {
        let kind = match life::word_of(db, &current.dossier)? {
            TreasuryState::Refused => TaskKind::Refused,
            TreasuryState::SupplementAsked => TaskKind::Supplement,
            TreasuryState::MoneyReturned => TaskKind::MoneyReturned,
            _ if current.dossier.unread => TaskKind::Answered,
            _ => continue,
        };
        tasks.push(task(kind, &current));
    }
    for current in select(db, unit.id, Which::Waiting)? {
        // nobody has to do anything while the portal is asked
        let asks = LocalState::Parked {
            reason: ParkReason::GivingUp,
        };
        let state = &current.revision.state;
        if matches!(state, LocalState::Parked { .. }) && *state != asks {
            let mut parked = task(TaskKind::Parked, &current);
            parked.remark = said(db, current.dossier.id)?;
            tasks.push(parked);
        }
    }
    tasks.extend(to_sign(&select(db, unit.id, Which::ToSign)?));
    for current in select(db, unit.id, Which::Drafts)? {
        let kind = match &current.revision.returned {
            Some(_) => TaskKind::Returned,
            None => TaskKind::Draft,
        };
        let mut draft = task(kind, &current);
        if let Some(returned) = &current.revision.returned {
            draft.remark.clone_from(&returned.reason);
        }
        tasks.push(draft);
    }
    tasks.sort_by_key(|t| rank(t.kind));
    Ok(tasks)
}

/// What the portal said when it refused: at the first field it named, or in general.
fn said(db: &Db, id: DossierId) -> Result<String, StoreError> {
    if let Some(first) = life::refusal(db, id)?.into_iter().next() {
        return Ok(first.text);
    }
    let why = outbox::get(db, id)?.map(|row| row.why).unwrap_or_default();
    let why: Option<AppError> = serde_json::from_str(&why).ok();
    Ok(why
        .and_then(|why| why.params.get("said").cloned())
        .unwrap_or_default())
}

fn rank(kind: TaskKind) -> u8 {
    match kind {
        TaskKind::Refused => 0,
        TaskKind::Supplement => 1,
        TaskKind::MoneyReturned => 2,
        TaskKind::Parked => 3,
        TaskKind::Returned => 4,
        TaskKind::Sign => 5,
        TaskKind::Draft => 6,
        TaskKind::Answered => 7,
    }
}

fn task(kind: TaskKind, current: &Current) -> Task {
    let summary = &current.revision.summary;
    Task {
        kind,
        dossier: Some(current.dossier.id),
        title: summary.title.clone(),
        form: summary.form.clone(),
        total: summary.total,
        remark: current.dossier.treasury_text.clone(),
        finding: None,
        count: 1,
        role: None,
        due: None,
    }
}

/// One line per role that must sign.
fn to_sign(waiting: &[Current]) -> Vec<Task> {
    let role_of = |current: &Current| -> Option<Role> {
        let LocalState::Awaiting { step } = current.revision.state else {
            return None;
        };
        crate::signing::role(&current.revision.vouchers, step).ok()
    };
    let mut tasks = Vec::new();
    for role in [Role::ChiefAccountant, Role::AccountOwner] {
        let of_role: Vec<&Current> = waiting
            .iter()
            .filter(|c| role_of(c) == Some(role))
            .collect();
        if of_role.is_empty() {
            continue;
        }
        let total = Dong::sum(of_role.iter().map(|c| c.revision.summary.total));
        tasks.push(Task {
            kind: TaskKind::Sign,
            dossier: None,
            title: String::new(),
            form: String::new(),
            total: total.unwrap_or(Dong::MAX),
            remark: String::new(),
            finding: None,
            count: u32::try_from(of_role.len()).unwrap_or(u32::MAX),
            role: Some(role),
            due: None,
        });
    }
    tasks
}

fn waiting(db: &Db, unit: &Unit) -> Result<WaitingSummary, StoreError> {
    let rows: Vec<_> = outbox::all(db)?
        .into_iter()
        .filter(|r| r.unit == unit.id)
        .collect();
    Ok(WaitingSummary {
        dossiers: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        bytes: rows
            .iter()
            .map(|r| r.bytes.saturating_sub(r.acknowledged))
            .sum(),
        seconds: None,
        last_sent: receipts::last(db, unit.id)?,
    })
}

/// Deadlines of the law, and ends of certificates and appointments of our own people.
fn coming(unit: &Unit, seen: &BTreeMap<Digest, Seen>, today: NaiveDate) -> Vec<Deadline> {
    let until = today.checked_add_days(Days::new(AHEAD)).unwrap_or(today);
    let mut coming: Vec<Deadline> = deadlines(today, until)
        .into_iter()
        .map(|(day, rule)| Deadline {
            day,
            code: rule.code.clone(),
            params: Default::default(),
            lawful: rule.lawful,
        })
        .collect();
    let warned = today
        .checked_add_days(Days::new(APPOINTMENT))
        .unwrap_or(today);
    for signer in &unit.signers {
        if let Some(end) = signer.valid_to.filter(|end| *end <= warned) {
            coming.push(Deadline {
                day: end,
                code: "appointment-ends".to_owned(),
                params: [("name".to_owned(), signer.name.clone())].into(),
                lawful: false,
            });
        }
    }
    let registered = |id: &Digest| unit.signers.iter().any(|s| s.certificates.contains(id));
    for (id, certificate) in seen {
        let end = clock::day(certificate.not_after);
        if end <= warned && registered(id) {
            coming.push(Deadline {
                day: end,
                code: "certificate-ends".to_owned(),
                params: [("name".to_owned(), certificate.holder.clone())].into(),
                lawful: false,
            });
        }
    }
    coming
}

/// When the treasury answers what it has, by day: one dossier by its name, several counted.
fn answers(db: &Db, unit: UnitId, today: NaiveDate) -> Result<Vec<Deadline>, StoreError> {
    let filter = Filter {
        stage: "sent".to_owned(),
        ..Filter::default()
    };
    let mut by_day: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for row in listing::page(db, unit, &filter, None, UNANSWERED)?.rows {
        let current = dossiers::described(db, row.id)?;
        let receipt = receipts::of_revision(db, row.id, current.revision.number)?;
        if let Some(day) = answer::due(&current, receipt.as_ref()) {
            by_day.entry(day).or_default().push(row.title);
        }
    }
    let told = by_day.into_iter().map(|(day, titles)| {
        let param = match titles.as_slice() {
            [only] => ("name".to_owned(), only.clone()),
            all => ("count".to_owned(), all.len().to_string()),
        };
        let code = if day < today { "answer-late" } else { "answer" };
        Deadline {
            day,
            code: code.to_owned(),
            params: [param].into(),
            lawful: true,
        }
    });
    Ok(told.collect())
}

fn connection_ends(connection: Option<&Connection>, today: NaiveDate) -> Option<Deadline> {
    let warned = today.checked_add_days(Days::new(CONNECTION))?;
    let ending = connection.filter(|c| c.valid_to <= warned)?;
    Some(Deadline {
        day: ending.valid_to,
        code: "connection-ends".to_owned(),
        params: [("name".to_owned(), ending.portal_name.clone())].into(),
        lawful: false,
    })
}

/// A list's filter, as the store reads it.
pub(super) fn asked(filter: ListFilter) -> Filter {
    Filter {
        text: filter.text,
        stage: filter.stage,
        form: filter.form,
        month: filter.month,
        order: match filter.order {
            ListOrder::NewestFirst => Order::NewestFirst,
            ListOrder::OldestFirst => Order::OldestFirst,
            ListOrder::LargestFirst => Order::LargestFirst,
            ListOrder::SmallestFirst => Order::SmallestFirst,
            ListOrder::LatestDayFirst => Order::LatestDayFirst,
            ListOrder::EarliestDayFirst => Order::EarliestDayFirst,
        },
    }
}

impl Handle<ListDossiers> for Engine {
    fn act(&self, command: ListDossiers) -> Result<DossierPage, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        let filter = asked(command.filter);
        let limit = command.limit.clamp(1, 500);
        let page = open
            .store
            .read(|db| listing::page(db, unit, &filter, command.after.as_deref(), limit))?;
        let rows = page
            .rows
            .into_iter()
            .map(|r| DossierRow {
                id: r.id,
                number: r.number,
                form: r.form,
                title: r.title,
                payee: r.payee,
                total: r.total,
                day: r.day,
                local: r.local,
                treasury: r.treasury,
                changed: r.changed,
            })
            .collect();
        Ok(DossierPage {
            rows,
            after: page.after,
            total: page.total,
        })
    }
}
