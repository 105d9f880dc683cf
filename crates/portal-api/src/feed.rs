//! The feed: what the treasury has to say, as idempotent upserts with versions.
//!
//! Rows and cursor are to be stored in one transaction by the reader.

use chrono::{DateTime, NaiveDate, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::finding::Place;
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::TreasuryState;
use hoso_domain::money::Dong;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::certificate::CertificateWord;
use crate::shape;

/// Largest `limit` the portal serves at once.
pub const MAX_LIMIT: u32 = 200;
/// Longest `wait` in seconds.
pub const MAX_WAIT: u32 = 55;

/// `GET /v1/changes?cursor=&limit=&wait=`. 410 `cursor-gone`: read [`Snapshot`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    pub items: Vec<Change>,
    /// The cursor after `items`, also when there are none.
    pub next: String,
    /// Nothing more was there when the answer was made.
    pub up_to_date: bool,
    pub server_time: DateTime<Utc>,
}

/// `GET /v1/snapshot?page=&limit=`: the state of every dossier, balance and notice of the unit, for a
/// reader whose cursor is gone or who never had one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// Upserts as in the feed, in no order. A dossier comes with all its documents, also one the
    /// treasury has not touched (`version` and `seq` 0).
    pub items: Vec<Change>,
    /// The next page; `None`: this was the last.
    pub next: Option<String>,
    /// Where the feed goes on once the last page is stored.
    pub cursor: String,
    pub server_time: DateTime<Utc>,
}

/// One row of the unit's feed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// From 1, without gaps, per unit.
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub item: Item,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Item {
    Dossier(DossierStatus),
    Balance(Balance),
    Movement(Movement),
    Estimate(Estimate),
    Notice(Notice),
    Pack(PackNews),
    Certificate(CertificateWord),
    /// A kind this program does not know: passed over, never an error.
    #[serde(other)]
    Unknown,
}

/// What the treasury did with a dossier. Replaces every item of a lower `version`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DossierStatus {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    /// Moves of the treasury and requests of withdrawal so far, from 1; goes into `If-Match` of the next revision.
    pub version: u64,
    /// The revision the treasury looked at.
    pub revision: u32,
    /// `received`, `checking`, `supplement`, `completed`, `refused`, `money-returned`,
    /// `withdrawal-asked`, `withdrawn`; anything else is shown as text, never taken for success.
    pub status: String,
    /// Mã số hồ sơ; empty until given.
    #[serde(default)]
    pub treasury_number: String,
    /// Hẹn trả kết quả.
    #[serde(default)]
    pub appointment: Option<DateTime<Utc>>,
    /// The request, the reason or a word on the result, in the treasury's Vietnamese.
    #[serde(default)]
    pub text: String,
    #[serde(default, deserialize_with = "remarks")]
    pub remarks: Vec<Remark>,
    #[serde(default)]
    pub documents: Vec<Document>,
}

/// The treasury's words at a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Remark {
    #[schema(value_type = shape::Place)]
    pub place: Place,
    pub text: String,
}

/// Remarks as they are read: what a later portal says at a place this program does not know is said
/// of the dossier as a whole, and neither it nor what stands beside it is lost.
pub(crate) fn remarks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Remark>, D::Error> {
    #[derive(Deserialize)]
    struct Said {
        #[serde(deserialize_with = "place")]
        place: Place,
        text: String,
    }
    let said = Vec::<Said>::deserialize(from)?;
    let remark = |Said { place, text }| Remark { place, text };
    Ok(said.into_iter().map(remark).collect())
}

/// As in [`remarks`].
pub(crate) fn place<'de, D: Deserializer<'de>>(from: D) -> Result<Place, D::Error> {
    let said = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(said).unwrap_or(Place::Dossier))
}

/// A result document, fetched by [`crate::path::document`]: an ASiC-E container signed by the
/// portal (verified under `receipt_ca`), e.g. the debit advice (báo Nợ).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Document {
    #[schema(value_type = Uuid)]
    pub id: ResultId,
    /// File name as offered when it is saved, e.g. `bao-no-0001.asice`.
    pub name: String,
    #[schema(value_type = shape::Sha256)]
    pub sha256: Digest,
    pub size: u64,
}

/// Số dư of an account as the treasury's books have it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    pub account: String,
    #[schema(value_type = i64)]
    pub figure: Dong,
    pub at: DateTime<Utc>,
}

/// Phát sinh: what the treasury booked on an account of the unit. Told once, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Movement {
    #[schema(value_type = Uuid)]
    pub id: ResultId,
    pub day: NaiveDate,
    pub account: String,
    /// Money out is negative.
    #[schema(value_type = i64)]
    pub amount: Dong,
    /// Số chứng từ or mã số hồ sơ; empty where there is none.
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub text: String,
}

/// Dự toán of one line as the treasury's books have it; replaces what was told of the line before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Estimate {
    /// Năm ngân sách.
    pub year: i32,
    /// Mã nguồn.
    pub source: String,
    /// Khoản.
    pub sector: String,
    /// Mã CTMT; `00000` for none.
    pub programme: String,
    /// Given so far: carried over, at the year's start, added and taken away.
    #[schema(value_type = i64)]
    pub given: Dong,
    /// Spent and advanced less returned.
    #[schema(value_type = i64)]
    pub used: Dong,
    pub at: DateTime<Utc>,
}

/// A message to the unit that belongs to no dossier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    #[schema(value_type = Uuid)]
    pub id: ResultId,
    pub title: String,
    pub text: String,
}

/// A data pack (forms, lists, deadlines) of the treasury, fetched by [`crate::path::pack`]. It is
/// verified under `receipt_ca` like one that came as a file; a later one of the same `id` replaces
/// the news, never what was taken in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PackNews {
    pub id: String,
    /// As people read it.
    pub name: String,
    #[schema(value_type = shape::Sha256)]
    pub sha256: Digest,
    /// At most [`crate::pack::MAX_PACK`].
    pub size: u64,
}

/// The words of `status`.
pub mod status {
    /// Accepted and untouched by the treasury: in [`crate::DossierState`] and snapshots; in
    /// the feed only when a withdrawal was declined before the first move.
    pub const SUBMITTED: &str = "submitted";
    pub const RECEIVED: &str = "received";
    pub const CHECKING: &str = "checking";
    pub const SUPPLEMENT: &str = "supplement";
    pub const COMPLETED: &str = "completed";
    pub const REFUSED: &str = "refused";
    pub const MONEY_RETURNED: &str = "money-returned";
    /// The unit asked for the dossier back.
    pub const WITHDRAWAL_ASKED: &str = "withdrawal-asked";
    /// The treasury agreed: the dossier is over.
    pub const WITHDRAWN: &str = "withdrawn";
}

/// The domain's treasury column for a word of `status`.
pub fn treasury_state(status: &str) -> TreasuryState {
    match status {
        status::SUBMITTED => TreasuryState::None,
        status::RECEIVED => TreasuryState::Received,
        status::CHECKING => TreasuryState::Checking,
        status::SUPPLEMENT => TreasuryState::SupplementAsked,
        status::COMPLETED => TreasuryState::Completed,
        status::REFUSED => TreasuryState::Refused,
        status::MONEY_RETURNED => TreasuryState::MoneyReturned,
        status::WITHDRAWAL_ASKED => TreasuryState::WithdrawalAsked,
        status::WITHDRAWN => TreasuryState::Withdrawn,
        other => TreasuryState::Other {
            text: other.to_owned(),
        },
    }
}

impl DossierStatus {
    /// The domain's treasury column.
    pub fn treasury_state(&self) -> TreasuryState {
        treasury_state(&self.status)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_kind_of_a_later_portal_is_passed_over_and_its_status_is_shown_as_text() {
        let item: Item =
            serde_json::from_str(r#"{"kind":"forecast","account":"9523","x":[1]}"#).unwrap();
        assert_eq!(item, Item::Unknown);
        assert_eq!(
            treasury_state("Chờ lãnh đạo duyệt"),
            TreasuryState::Other {
                text: "Chờ lãnh đạo duyệt".into()
            }
        );
    }

    #[test]
    fn a_remark_at_a_place_of_a_later_portal_is_said_of_the_dossier() {
        let item = r#"{"kind":"dossier","dossier":"0198f0a0-0000-7000-8000-000000000001",
            "version":2,"revision":1,"status":"supplement","remarks":[
            {"place":{"at":"field","voucher":0,"field":"content"},"text":"Ghi rõ kỳ."},
            {"place":{"at":"page","page":3},"text":"Trang 3 mờ."},
            {"place":{"at":"voucher"},"text":"Thiếu chứng từ."}]}"#;
        let Item::Dossier(read) = serde_json::from_str(item).unwrap() else {
            panic!("another kind");
        };
        let said: Vec<_> = read.remarks.iter().map(|r| (&r.place, &*r.text)).collect();
        let field = Place::Field {
            voucher: 0,
            field: "content".into(),
        };
        assert_eq!(
            said,
            [
                (&field, "Ghi rõ kỳ."),
                (&Place::Dossier, "Trang 3 mờ."),
                (&Place::Dossier, "Thiếu chứng từ."),
            ]
        );
    }
}
