//! Units, accounts, people who sign: what a connection file brings and Cài đặt shows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, UnitId};

/// Đơn vị sử dụng ngân sách.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unit {
    pub id: UnitId,
    /// Mã ĐVQHNS, 7 digits.
    pub code: String,
    pub name: String,
    pub address: String,
    /// Mã chương, 3 digits.
    pub chapter: String,
    /// Mã địa bàn hành chính, 5 digits.
    pub area: String,
    /// Kho bạc nơi giao dịch.
    pub treasury: Treasury,
    pub accounts: Vec<Account>,
    pub signers: Vec<Signer>,
    /// Hue of the unit's own colour, 0–359.
    pub hue: u16,
}

impl Unit {
    /// Gia hạn chứng thư số: the certificate is one of the person's wherever they are registered.
    pub fn add_certificate(&mut self, person: PersonId, certificate: crate::digest::Digest) {
        for signer in self.signers.iter_mut().filter(|s| s.person == person) {
            if !signer.certificates.contains(&certificate) {
                signer.certificates.push(certificate);
            }
        }
    }
}

/// Kho bạc Nhà nước nơi giao dịch: 4-digit code and name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Treasury {
    pub code: String,
    pub name: String,
}

/// Tài khoản of a unit, as written on vouchers: `9523.4.1234567.12345`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    pub number: String,
    pub name: String,
}

/// A role in a form's signature order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Kế toán trưởng (second signature of the treasury's register).
    ChiefAccountant,
    /// Chủ tài khoản / Thủ trưởng đơn vị (first signature).
    AccountOwner,
}

/// Người ký đã đăng ký với Kho bạc for one role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signer {
    pub person: PersonId,
    pub name: String,
    /// Chức danh as registered, e.g. "Kế toán trưởng", "Chủ tịch".
    pub title: String,
    pub role: Role,
    /// Signs for the holder of the role (TUQ., KT.).
    pub delegate: bool,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    /// Certificates registered with the treasury: SHA-256 of DER, 64 hex digits each.
    pub certificates: Vec<crate::digest::Digest>,
    /// Numbers of the accounts the registration is for; empty: all of the unit's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
}

impl Signer {
    /// Whether the appointment covers `day`.
    pub fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Whether the registration is for `account`.
    pub fn covers(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|a| a == account)
    }

    /// What stands before the title of someone who signs for the holder of the role: "KT." (ký
    /// thay) for a deputy, "TUQ." (thừa ủy quyền) for another delegate; blank for the holder.
    /// Decree 30/2020, Appendix I, II.7.
    pub fn mark(&self) -> &'static str {
        if !self.delegate {
            ""
        } else if crate::text::fold(&self.title).starts_with("pho ") {
            "KT."
        } else {
            "TUQ."
        }
    }
}
