//! Numbers that carry their own structure: treasury accounts and tax codes. Refuses to know which
//! account or taxpayer exists.

/// Số tài khoản written on vouchers: `TKKT.cấp.ĐVQHNS` and perhaps a fourth part, ĐBHC on estimate
/// accounts or CTMT on deposit accounts (Circular 157/2025 art. 8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountParts<'a> {
    /// Mã tài khoản kế toán, 4 digits.
    pub ledger: &'a str,
    /// Mã cấp ngân sách, 1 digit; deposit accounts may carry 0 or another level.
    pub level: &'a str,
    /// Mã ĐVQHNS, 7 digits.
    pub unit: &'a str,
    /// 5 digits.
    pub detail: Option<&'a str>,
}

impl<'a> AccountParts<'a> {
    /// `None` where the text is not 3 or 4 parts of the right lengths.
    pub fn read(account: &'a str) -> Option<Self> {
        let sized =
            |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = account.split('.').collect();
        let (ledger, level, unit, detail) = match parts.as_slice() {
            [ledger, level, unit] => (*ledger, *level, *unit, None),
            [ledger, level, unit, detail] => (*ledger, *level, *unit, Some(*detail)),
            _ => return None,
        };
        let shaped = sized(ledger, 4)
            && sized(level, 1)
            && sized(unit, 7)
            && detail.is_none_or(|d| sized(d, 5));
        shaped.then_some(Self {
            ledger,
            level,
            unit,
            detail,
        })
    }
}

/// Whether the check digit of a tax code holds (Circular 105/2020).
///
/// Ten digits: the last is `10 − (Σ dᵢ·wᵢ mod 11)`. A branch adds three digits that carry no check.
/// Twelve digits are a citizen's number (Circular 86/2024), which carries none either.
pub fn tax_code_valid(code: &str) -> bool {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let (head, branch) = match code.split_once('-') {
        Some((head, branch)) => (head, Some(branch)),
        None => (code, None),
    };
    if branch.is_some_and(|b| b.len() != 3 || !b.bytes().all(|c| c.is_ascii_digit())) {
        return false;
    }
    let Some(digits) = head
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<Vec<u32>>>()
    else {
        return false;
    };
    match digits.len() {
        12 => branch.is_none(),
        10 => {
            let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
            digits.last().copied() == 10u32.checked_sub(sum % 11)
        }
        _ => false,
    }
}
