//! Đăng ký máy: whether the portal takes this PC, and what an account owner signs so that it does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// This PC before the portal of the unit chosen now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnrolmentView {
    /// The computer's name, as the treasury and the unit's other PCs see it.
    pub pc: String,
    pub portal: String,
    /// `https://host:port`.
    pub address: String,
    pub standing: EnrolmentStanding,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum EnrolmentStanding {
    /// The portal takes this PC.
    Done,
    /// It took this PC once, and does not any more: only a new connection file helps.
    Ended,
    /// The program does it by itself, with a code of the connection file.
    ByCode,
    /// The portal takes none of the connection file's codes.
    Missing,
    /// `name` signed; it is brought to the portal when there is a link, and counts until then.
    Signed { name: String, until: DateTime<Utc> },
    /// What `name` signed is good for nothing.
    Refused { name: String, why: AppError },
}

/// The account owner has signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedEnrolment {
    pub enrolment: EnrolmentView,
    /// Said of the token after its PIN worked, e.g. `default-pin`.
    pub warnings: Vec<String>,
}
