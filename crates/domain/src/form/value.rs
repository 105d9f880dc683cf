//! Values as typed, as stored and as shown. Refuses to guess: what cannot be read stays as typed.

use chrono::NaiveDate;

use super::FieldKind;
use crate::money::{Dong, MoneyError};
use crate::text;

/// A value read from its stored text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Text, codes, account numbers, tax codes: NFC, trimmed.
    Text(String),
    Money(Dong),
    Date(NaiveDate),
    /// A calendar year, 1900–2199.
    Year(i32),
    Integer(i64),
}

/// Why a text is not a value of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ValueError {
    #[error("nothing was typed")]
    Empty,
    #[error("not a whole amount of dong")]
    NotMoney,
    #[error("more than 15 digits")]
    TooLarge,
    #[error("not a day of the calendar")]
    NotADate,
    #[error("not a year")]
    NotAYear,
    #[error("not a whole number")]
    NotAnInteger,
    #[error("not a code")]
    NotACode,
    #[error("not an account number")]
    NotAnAccount,
    #[error("not a tax code of 10, 10-3 or 12 digits")]
    NotATaxCode,
    #[error("not an identity number of 9 or 12 digits")]
    NotAnIdentityNumber,
}

/// Reads a stored or typed text as the field's kind.
///
/// Only the shape is read here; check digits and catalogues are checks.
pub fn parse(kind: FieldKind, text: &str) -> Result<Value, ValueError> {
    let s = text::nfc(text.trim());
    if s.is_empty() {
        return Err(ValueError::Empty);
    }
    match kind {
        FieldKind::Text | FieldKind::Paragraph | FieldKind::Words => Ok(Value::Text(s)),
        FieldKind::Money => Dong::parse(&s).map(Value::Money).map_err(|e| match e {
            MoneyError::NotANumber => ValueError::NotMoney,
            MoneyError::TooLarge => ValueError::TooLarge,
        }),
        FieldKind::Date => date(&s).map(Value::Date).ok_or(ValueError::NotADate),
        FieldKind::Year => match s.parse::<i32>() {
            Ok(year) if s.len() == 4 && (1900..2200).contains(&year) => Ok(Value::Year(year)),
            _ => Err(ValueError::NotAYear),
        },
        FieldKind::Integer => s
            .parse()
            .map(Value::Integer)
            .map_err(|_| ValueError::NotAnInteger),
        FieldKind::Code => {
            let code = without(&s, char::is_whitespace);
            let readable = code
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
            if readable {
                Ok(Value::Text(code))
            } else {
                Err(ValueError::NotACode)
            }
        }
        // the parts of the number are a check of their own: here only what can never be one
        FieldKind::TreasuryAccount | FieldKind::BankAccount => {
            let account = without(&s, char::is_whitespace);
            let readable = account.chars().any(|c| c.is_ascii_digit())
                && account
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
            if readable {
                Ok(Value::Text(account))
            } else {
                Err(ValueError::NotAnAccount)
            }
        }
        FieldKind::TaxCode => tax_code(&s).map(Value::Text).ok_or(ValueError::NotATaxCode),
        FieldKind::IdentityNumber => {
            let number = without(&s, |c| c.is_whitespace() || c == '.');
            let readable =
                matches!(number.len(), 9 | 12) && number.chars().all(|c| c.is_ascii_digit());
            if readable {
                Ok(Value::Text(number))
            } else {
                Err(ValueError::NotAnIdentityNumber)
            }
        }
    }
}

/// The stored shape of what was typed; called when the field is left, never while typing.
///
/// Money `1250000`, date `2026-11-22`, tax code `0100109106-001`, text NFC without outer blanks.
/// What cannot be read stays as typed (NFC), so that nothing typed is lost.
pub fn canonical(kind: FieldKind, typed: &str) -> String {
    match parse(kind, typed) {
        Ok(Value::Text(s)) => s,
        Ok(Value::Money(amount)) => amount.get().to_string(),
        Ok(Value::Date(day)) => day.format("%Y-%m-%d").to_string(),
        Ok(Value::Year(year)) => year.to_string(),
        Ok(Value::Integer(n)) => n.to_string(),
        Err(ValueError::Empty) => String::new(),
        Err(_) => text::nfc(typed),
    }
}

/// The stored value as a person reads it: `1.250.000`, `22/11/2026`; unreadable text unchanged.
pub fn display(kind: FieldKind, canonical: &str) -> String {
    match parse(kind, canonical) {
        Ok(Value::Money(amount)) => amount.to_string(),
        Ok(Value::Date(day)) => day.format("%d/%m/%Y").to_string(),
        _ => canonical.to_owned(),
    }
}

fn without(s: &str, drop: impl Fn(char) -> bool) -> String {
    s.chars().filter(|c| !drop(*c)).collect()
}

/// Day first, as everywhere in Vietnam; ISO as stored. Separators `/ - .` or blank, or none for
/// eight digits (`22112026`, `2211 2026`). A year of two digits is of this century.
fn date(s: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = s
        .split(|c: char| matches!(c, '/' | '-' | '.') || c.is_whitespace())
        .filter(|p| !p.is_empty())
        .collect();
    if parts.iter().any(|p| !p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (day, month, year) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 && m.len() <= 2 && d.len() <= 2 => {
            ((*d).to_owned(), (*m).to_owned(), (*y).to_owned())
        }
        [d, m, y] if d.len() <= 2 && m.len() <= 2 && matches!(y.len(), 2 | 4) => {
            let year = if y.len() == 2 {
                format!("20{y}")
            } else {
                (*y).to_owned()
            };
            ((*d).to_owned(), (*m).to_owned(), year)
        }
        other => {
            let digits = other.concat();
            if digits.len() != 8 || s.contains(['/', '.', '-']) {
                return None;
            }
            (
                digits.get(0..2)?.to_owned(),
                digits.get(2..4)?.to_owned(),
                digits.get(4..8)?.to_owned(),
            )
        }
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        .filter(|d| chrono::Datelike::year(d) >= 1900)
}

/// 10, 10-3 or 12 digits; blanks and dots dropped, the dash of a branch put in.
fn tax_code(s: &str) -> Option<String> {
    let code = without(s, |c| c.is_whitespace() || c == '.');
    let (head, branch) = match code.split_once('-') {
        Some((head, branch)) => (head.to_owned(), Some(branch.to_owned())),
        None if code.len() == 13 && code.is_ascii() => {
            let (head, branch) = code.split_at_checked(10)?;
            (head.to_owned(), Some(branch.to_owned()))
        }
        None => (code, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    match branch {
        None if matches!(head.len(), 10 | 12) && digits(&head) => Some(head),
        Some(branch)
            if head.len() == 10 && branch.len() == 3 && digits(&head) && digits(&branch) =>
        {
            Some(format!("{head}-{branch}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_accountant_types_becomes_one_stored_shape() {
        for (kind, typed, stored) in [
            (FieldKind::Money, "1.250.000", "1250000"),
            (FieldKind::Money, " 1 250 000 đ", "1250000"),
            (FieldKind::Money, "-0", "0"),
            (FieldKind::Date, "22/11/2026", "2026-11-22"),
            (FieldKind::Date, "22-11-2026", "2026-11-22"),
            (FieldKind::Date, "2211 2026", "2026-11-22"),
            (FieldKind::Date, "22112026", "2026-11-22"),
            (FieldKind::Date, "2026-11-22", "2026-11-22"),
            (FieldKind::Date, "5.1.26", "2026-01-05"),
            (FieldKind::Year, " 2026 ", "2026"),
            (FieldKind::TaxCode, "0100109106001", "0100109106-001"),
            (FieldKind::TaxCode, "0100 109 106", "0100109106"),
            (
                FieldKind::TreasuryAccount,
                "9523.4. 1234567.12345",
                "9523.4.1234567.12345",
            ),
            (FieldKind::IdentityNumber, "001 080 000 123", "001080000123"),
            (FieldKind::Code, " 6501 ", "6501"),
            (FieldKind::Text, "  Nguye\u{302}\u{303}n ", "Nguyễn"),
            (FieldKind::Text, "", ""),
        ] {
            assert_eq!(canonical(kind, typed), stored, "{kind:?} {typed:?}");
            assert_eq!(canonical(kind, stored), stored, "twice is once: {typed:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_stays_as_typed() {
        for (kind, typed) in [
            (FieldKind::Money, "1.25"),
            (FieldKind::Money, "mười triệu"),
            (FieldKind::Date, "31/02/2026"),
            (FieldKind::Date, "22/2026"),
            (FieldKind::Date, "hôm nay"),
            (FieldKind::Date, "11/22/2026"),
            (FieldKind::Year, "26"),
            (FieldKind::TaxCode, "010010910"),
            (FieldKind::IdentityNumber, "12345"),
            (FieldKind::BankAccount, "số tài khoản"),
        ] {
            assert!(parse(kind, typed).is_err(), "{typed}");
            assert_eq!(canonical(kind, typed), typed);
            assert_eq!(display(kind, typed), typed);
        }
    }

    #[test]
    fn a_stored_value_is_shown_the_vietnamese_way() {
        assert_eq!(display(FieldKind::Money, "1250000"), "1.250.000");
        assert_eq!(display(FieldKind::Date, "2026-11-22"), "22/11/2026");
        assert_eq!(display(FieldKind::Text, "Tiền điện"), "Tiền điện");
    }
}
