//! The one door to `hoso_text`, in the language of the shell.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};

use hoso_contract::AppError;
use hoso_contract::view::{Deadline, HistoryRow, Remark};
use hoso_domain::book::Reason;
use hoso_domain::finding::{Finding, Place};
use hoso_domain::form::library;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::party::Role;
use hoso_domain::register::RegisterFault;
use hoso_text::Lang;

use crate::words::{W, lang, tf};

pub use hoso_text::Failure;

pub fn failure(error: &AppError) -> Failure {
    hoso_text::failure(error, lang())
}

/// A signer's title as a word in a sentence: some forms print it in capitals.
pub fn title(printed: &str) -> String {
    if printed.chars().any(char::is_lowercase) {
        return printed.to_owned();
    }
    let mut letters = printed.chars();
    letters
        .next()
        .into_iter()
        .chain(letters.flat_map(char::to_lowercase))
        .collect()
}

pub fn difference<Id>(reason: &Reason<Id>) -> String {
    hoso_text::difference(reason, lang())
}

pub fn finding(finding: &Finding) -> String {
    hoso_text::finding(finding, lang())
}

/// The state's word; `roles` is the form's signature order, so that a step names who is next.
pub fn local_state(state: &LocalState, roles: &[Role]) -> String {
    let next = match state {
        LocalState::Awaiting { step } => usize::from(*step)
            .checked_sub(1)
            .and_then(|n| roles.get(n))
            .copied(),
        _ => None,
    };
    hoso_text::local_state(state, next, lang())
}

/// What stands in the way of a revision that is given up; for other reasons the portal's or the
/// check's own words are at hand.
pub fn giving_up(state: &LocalState) -> Option<&'static str> {
    match state {
        LocalState::Parked {
            reason: reason @ (ParkReason::GivingUp | ParkReason::GivenUp),
        } => Some(hoso_text::park_reason(*reason, lang())),
        _ => None,
    }
}

pub fn treasury_state(state: &TreasuryState) -> String {
    hoso_text::treasury_state(state, lang())
}

/// The state's name, as it crosses the contract.
pub fn treasury_name(state: &TreasuryState) -> &'static str {
    match state {
        TreasuryState::None => "none",
        TreasuryState::Received => "received",
        TreasuryState::Checking => "checking",
        TreasuryState::SupplementAsked => "supplement-asked",
        TreasuryState::Completed => "completed",
        TreasuryState::Refused => "refused",
        TreasuryState::MoneyReturned => "money-returned",
        TreasuryState::WithdrawalAsked => "withdrawal-asked",
        TreasuryState::Withdrawn => "withdrawn",
        TreasuryState::Other { .. } => "other",
    }
}

pub fn role(role: Role) -> String {
    hoso_text::role(role, lang()).to_owned()
}

pub fn obstacle(code: &str) -> String {
    hoso_text::obstacle(code, lang())
}

pub fn obstacle_remedy(code: &str) -> String {
    hoso_text::obstacle_remedy(code, lang())
}

pub fn token_warning(code: &str, wrong_tries: u32) -> String {
    hoso_text::token_warning(code, wrong_tries, lang())
}

pub fn certificate_warning(code: &str) -> String {
    hoso_text::certificate_warning(code, lang())
}

pub fn test_step(name: &str) -> String {
    hoso_text::test_step(name, lang())
}

pub fn unlock_way(issuer: &str) -> String {
    hoso_text::unlock_way(issuer, lang())
}

pub fn register_fault(fault: &RegisterFault) -> String {
    hoso_text::register_fault(fault, lang())
}

/// A remark of the token's test: an obstacle, or a warning of token or certificate.
pub fn remark(code: &str) -> String {
    if code.starts_with("ends-") {
        return certificate_warning(code);
    }
    let warning = token_warning(code, 0);
    if warning == code {
        format!("{}. {}", obstacle(code), obstacle_remedy(code))
    } else {
        warning
    }
}

/// What was said at a field, and by whom.
pub fn said_at(remark: &Remark) -> String {
    let who = match remark.by_portal {
        true => W::PortalSays,
        false => W::TreasurySays,
    };
    tf(who, &[&remark.text])
}

pub fn act(row: &HistoryRow) -> String {
    hoso_text::act(&row.act, &row.params, lang())
}

pub fn deadline(deadline: &Deadline) -> String {
    hoso_text::deadline(&deadline.code, &deadline.params, lang())
}

pub fn size(bytes: u64) -> String {
    hoso_text::size(bytes, lang())
}

pub fn duration(seconds: u64) -> String {
    hoso_text::duration(seconds, lang())
}

pub fn clock_off(minutes: i64) -> String {
    hoso_text::clock_off(minutes, lang())
}

pub fn date(day: NaiveDate) -> String {
    hoso_text::date(day)
}

pub fn date_time(at: DateTime<Utc>) -> String {
    hoso_text::date_time(at)
}

/// The place of a remark, as people say it: the field's own label where the form is known.
pub fn place(place: &Place, form_number: &str) -> String {
    let form = library()
        .into_iter()
        .filter(|f| f.number == form_number)
        .max_by_key(|f| f.edition);
    let said = hoso_text::place(place, lang());
    let label = form.and_then(|form| match place {
        Place::Field { field, .. } => form.field(field).map(|f| f.full_label()),
        Place::Cell { block, column, .. } => form
            .grid(block)
            .and_then(|g| g.column(column))
            .map(|c| c.full_label()),
        _ => None,
    });
    match label {
        Some(label) => format!("{said}, {label}"),
        None => said,
    }
}

/// The user's zone by rule, not the machine's: UTC+7, no daylight saving.
fn there(at: DateTime<Utc>) -> Option<DateTime<FixedOffset>> {
    FixedOffset::east_opt(7 * 3600).map(|zone| at.with_timezone(&zone))
}

/// The day of an instant.
pub fn date_of(at: DateTime<Utc>) -> String {
    there(at).map_or_else(String::new, |t| date(t.date_naive()))
}

/// "22/11 08:14".
pub fn date_time_of(at: DateTime<Utc>) -> String {
    there(at).map_or_else(String::new, |t| t.format("%d/%m %H:%M").to_string())
}

/// "08:14".
pub fn time(at: DateTime<Utc>) -> String {
    there(at).map_or_else(String::new, |t| t.format("%H:%M").to_string())
}

/// "chủ nhật 22/11/2026".
pub fn weekday(day: NaiveDate) -> String {
    let vi = [
        "thứ hai",
        "thứ ba",
        "thứ tư",
        "thứ năm",
        "thứ sáu",
        "thứ bảy",
        "chủ nhật",
    ];
    let en = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let names = match lang() {
        Lang::Vi => vi,
        Lang::En => en,
    };
    let n = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
    format!(
        "{} {}",
        names.get(n).copied().unwrap_or_default(),
        date(day)
    )
}

/// `nd347-2025` → "NĐ 347/2025".
pub fn basis(basis: &str) -> String {
    let number = |rest: &str| rest.replacen('-', "/", 1);
    if let Some(rest) = basis.strip_prefix("nd") {
        format!("NĐ {}", number(rest))
    } else if let Some(rest) = basis.strip_prefix("tt") {
        format!("TT {}", number(rest))
    } else {
        basis.to_owned()
    }
}

/// Months to filter by, newest first: `2026-11` and "11/2026".
pub fn months_back(today: NaiveDate, count: u32) -> Vec<(String, String)> {
    (0..count)
        .filter_map(|n| today.checked_sub_months(chrono::Months::new(n)))
        .map(|d| (d.format("%Y-%m").to_string(), d.format("%m/%Y").to_string()))
        .collect()
}
