//! Money: whole đồng, at most 15 digits. No floats anywhere.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An amount in đồng. Within ±999,999,999,999,999 (15 digits).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Dong(i64);

/// Why a text or a sum is not an amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    #[error("not a whole number of dong")]
    NotANumber,
    #[error("more than 15 digits")]
    TooLarge,
}

impl Dong {
    pub const ZERO: Dong = Dong(0);
    /// The largest amount a voucher column holds: 15 digits.
    pub const MAX: Dong = Dong(999_999_999_999_999);

    /// Refuses amounts of more than 15 digits.
    pub fn new(dong: i64) -> Result<Self, MoneyError> {
        if dong.unsigned_abs() > Self::MAX.0.unsigned_abs() {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(dong))
    }

    pub fn get(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Dong) -> Result<Dong, MoneyError> {
        self.0
            .checked_add(other.0)
            .ok_or(MoneyError::TooLarge)
            .and_then(Dong::new)
    }

    pub fn checked_sub(self, other: Dong) -> Result<Dong, MoneyError> {
        self.0
            .checked_sub(other.0)
            .ok_or(MoneyError::TooLarge)
            .and_then(Dong::new)
    }

    /// The sum, or [`MoneyError::TooLarge`] at the first step beyond 15 digits.
    pub fn sum(amounts: impl IntoIterator<Item = Dong>) -> Result<Dong, MoneyError> {
        amounts.into_iter().try_fold(Dong::ZERO, Dong::checked_add)
    }

    /// Reads what an accountant types: `1250000`, `1.250.000`, `1 250 000`, a trailing `đ`.
    ///
    /// A comma or a dot that does not group by three is refused, never guessed at.
    pub fn parse(typed: &str) -> Result<Dong, MoneyError> {
        let s = typed.trim().trim_end_matches(['đ', 'Đ']).trim_end();
        let (negative, s) = match s.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, s),
        };
        let separator = s.chars().find(|c| !c.is_ascii_digit());
        let digits = match separator {
            None => Cow::Borrowed(s),
            Some(sep) if matches!(sep, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}') => {
                let groups: Vec<&str> = s.split(sep).collect();
                let first = groups.first().map_or(0, |g| g.len());
                let rest_ok = groups.iter().skip(1).all(|g| g.len() == 3);
                if !(1..=3).contains(&first) || !rest_ok {
                    return Err(MoneyError::NotANumber);
                }
                Cow::Owned(groups.concat())
            }
            Some(_) => return Err(MoneyError::NotANumber),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(MoneyError::NotANumber);
        }
        let n: i64 = digits.parse().map_err(|_| MoneyError::TooLarge)?;
        Dong::new(if negative { -n } else { n })
    }
}

/// `1.250.000`: dots between thousands, no currency sign.
impl std::fmt::Display for Dong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut out = String::with_capacity(20);
        if self.0 < 0 {
            out.push('-');
        }
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push('.');
            }
            out.push(c);
        }
        f.pad(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accountants_number_is_read_in_every_grouping_they_use() {
        for typed in [
            "1250000",
            "1.250.000",
            "1 250 000",
            " 1.250.000 đ",
            "1,250,000",
        ] {
            assert_eq!(Dong::parse(typed), Dong::new(1_250_000), "{typed}");
        }
    }

    #[test]
    fn a_number_that_could_mean_two_things_is_refused() {
        for typed in [
            "1.25", "1.250,00", "12.5000", "", "abc", "1e6", ".500", "1..250", "--5",
        ] {
            assert_eq!(Dong::parse(typed), Err(MoneyError::NotANumber), "{typed}");
        }
    }

    #[test]
    fn sixteen_digits_are_too_many() {
        assert_eq!(Dong::parse("1000000000000000"), Err(MoneyError::TooLarge));
        assert_eq!(Dong::MAX.checked_add(Dong(1)), Err(MoneyError::TooLarge));
        assert_eq!(
            Dong::parse("99999999999999999999"),
            Err(MoneyError::TooLarge)
        );
    }

    #[test]
    fn an_amount_is_written_with_dots() {
        assert_eq!(Dong(10_500_000).to_string(), "10.500.000");
        assert_eq!(Dong(-999).to_string(), "-999");
        assert_eq!(Dong::ZERO.to_string(), "0");
    }
}
