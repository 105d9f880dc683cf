//! Hợp đồng: entered once; each instalment is settled against the advance. Refuses to decide how
//! much of an advance is recovered: it proposes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::check::{advance_percent, contract_key};
use crate::money::Dong;

/// A contract, or a decision to support, order or assign.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Contract {
    /// Số.
    pub number: String,
    pub date: NaiveDate,
    /// Ký với.
    pub party: String,
    #[serde(default)]
    pub party_tax_code: String,
    #[serde(default)]
    pub party_account: String,
    #[serde(default)]
    pub party_bank: String,
    pub subject: String,
    /// Value, annexes included.
    pub value: Dong,
    /// Quy định về mức tạm ứng, in the contract's own words: `30%`.
    #[serde(default)]
    pub advance_rule: String,
    /// Quyết định phê duyệt kết quả lựa chọn nhà thầu.
    #[serde(default)]
    pub decision_number: String,
    #[serde(default)]
    pub decision_date: Option<NaiveDate>,
    /// What happened before Hoso.
    #[serde(default)]
    pub opening_paid: Dong,
    #[serde(default)]
    pub opening_advanced: Dong,
    #[serde(default)]
    pub opening_recovered: Dong,
}

impl Contract {
    /// The name that vouchers and postings know it by.
    pub fn key(&self) -> String {
        contract_key(&self.number, &self.date.to_string()).unwrap_or_default()
    }

    /// The most that may be advanced; `None` where the words name no share.
    pub fn advance_limit(&self) -> Option<Dong> {
        let percent = advance_percent(&self.advance_rule)?;
        let limit = i128::from(self.value.get()) * i128::from(percent) / 10_000;
        i64::try_from(limit).ok().and_then(|v| Dong::new(v).ok())
    }
}

/// One instalment: what was accepted now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Instalment {
    pub acceptance_number: String,
    pub acceptance_date: NaiveDate,
    /// Value accepted.
    pub accepted: Dong,
    /// How much of the advance to recover; `None`: as proposed.
    #[serde(default)]
    pub recover: Option<Dong>,
}

/// How an instalment is paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settlement {
    /// Form 10: turned from advance to spending.
    pub recovered: Dong,
    /// Form 13: the difference, paid now.
    pub paid: Dong,
    /// Advance open after this instalment.
    pub open_after: Dong,
    /// Contract value not yet paid after this instalment; negative where it runs over.
    pub left_after: Dong,
}

/// Settles an instalment: the open advance is recovered as far as the accepted value reaches, the
/// rest is paid (Decree 347/2025 art. 6.2e). `paid_out` is what already left on the contract,
/// advances included; `open` the advance not yet recovered.
///
/// A wish to recover more than is open or accepted is cut to what can be.
pub fn settle(
    contract: &Contract,
    instalment: &Instalment,
    paid_out: Dong,
    open: Dong,
) -> Settlement {
    let open = open.max(Dong::ZERO);
    let most = open.min(instalment.accepted);
    let recovered = instalment.recover.unwrap_or(most).clamp(Dong::ZERO, most);
    let less = |a: Dong, b: Dong| a.checked_sub(b).unwrap_or(a);
    let paid = less(instalment.accepted, recovered);
    let out = paid_out.checked_add(paid).unwrap_or(Dong::MAX);
    Settlement {
        recovered,
        paid,
        open_after: less(open, recovered),
        left_after: less(contract.value, out),
    }
}
