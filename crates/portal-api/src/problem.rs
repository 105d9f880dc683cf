//! Errors on the wire: `application/problem+json` (RFC 9457) with a closed `type`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::finding::{Finding, FindingCode, Place, Severity};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::feed::{self, Remark};
use crate::shape;

/// `Content-Type` of a problem. An error without it did not come from a portal.
pub const CONTENT_TYPE: &str = "application/problem+json";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:literal $retry:literal
        $vi:literal $en:literal,)*) => {
        /// The closed list of problems.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
            /// Of a later portal; not retryable unless it says so.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl Kind {
            pub const ALL: &[Kind] = &[$(Kind::$name,)*];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$name => $code,)* Kind::Unknown => "unknown" }
            }
            /// The HTTP status it travels under.
            pub fn status(self) -> u16 {
                match self { $(Kind::$name => $status,)* Kind::Unknown => 500 }
            }
            /// Whether the same request may succeed later without anybody acting.
            pub fn retryable(self) -> bool {
                match self { $(Kind::$name => $retry,)* Kind::Unknown => false }
            }
            pub fn title_vi(self) -> &'static str {
                match self { $(Kind::$name => $vi,)* Kind::Unknown => "Lỗi không rõ" }
            }
            pub fn title_en(self) -> &'static str {
                match self { $(Kind::$name => $en,)* Kind::Unknown => "Unknown problem" }
            }
        }
    };
}

kinds! {
    /// The request's shape is wrong: a defect of one of the programs.
    Malformed = "malformed" 400 false
        "Yêu cầu không đúng định dạng" "The request is malformed",
    /// No proof, or one that does not verify.
    ProofInvalid = "proof-invalid" 401 false
        "Không xác thực được máy gửi" "The device's proof does not verify",
    /// No such device: enrol again.
    DeviceUnknown = "device-unknown" 401 false
        "Máy này chưa được đăng ký với cổng" "This device is not enrolled",
    /// Thu hồi máy này.
    DeviceRevoked = "device-revoked" 401 false
        "Máy này đã bị thu hồi quyền gửi" "This device was revoked",
    /// `Hoso-Time` is too far from the portal's clock (`server_time`).
    Clock = "clock" 401 false
        "Đồng hồ của máy lệch so với cổng" "The device's clock is wrong",
    /// The one-time code is wrong or spent.
    EnrolmentRefused = "enrolment-refused" 403 false
        "Mã kích hoạt không đúng hoặc đã dùng" "The enrolment code is wrong or spent",
    /// Another unit's dossier, upload or document.
    Forbidden = "forbidden" 403 false
        "Không thuộc đơn vị của máy này" "It belongs to another unit",
    /// No such path, upload or document.
    NotFound = "not-found" 404 false
        "Không tìm thấy" "Not found",
    /// The answer to "was it accepted?": no.
    DossierUnknown = "dossier-unknown" 404 false
        "Cổng chưa nhận hồ sơ này" "The portal has not accepted this dossier",
    MethodNotAllowed = "method-not-allowed" 405 false
        "Thao tác không được hỗ trợ" "The method is not allowed here",
    /// The id or revision was accepted with another digest.
    Conflict = "conflict" 409 false
        "Hồ sơ này đã được nhận với nội dung khác" "It was accepted with another content",
    /// The unit gave this revision up before it arrived: it is never accepted any more.
    GivenUp = "given-up" 409 false
        "Đơn vị đã thôi gửi bản này" "The unit gave this revision up",
    /// `Upload-Offset` is not where the upload stands; the header says where.
    OffsetMismatch = "offset-mismatch" 409 true
        "Vị trí tải lên không khớp" "The upload stands at another offset",
    /// The upload expired or was removed: create it again.
    UploadGone = "upload-gone" 410 true
        "Phần đã tải lên không còn" "The upload is gone",
    /// Read the snapshot, then the feed from the cursor it ends with.
    CursorGone = "cursor-gone" 410 true
        "Con trỏ cập nhật không còn dùng được" "The cursor is no longer served",
    /// The treasury moved first, or does not wait for a revision.
    Overtaken = "overtaken" 412 false
        "Kho bạc đã xử lý hồ sơ trước khi bản này đến" "The treasury moved first",
    TooLarge = "too-large" 413 false
        "Tệp quá lớn" "The body or file is too large",
    UnsupportedMedia = "unsupported-media" 415 false
        "Kiểu nội dung không được hỗ trợ" "The content type is not supported",
    /// `missing` lists what is still to be uploaded.
    BlobsMissing = "blobs-missing" 422 true
        "Còn thiếu tệp chưa tải lên" "Some bytes were not uploaded yet",
    /// The finished upload's bytes are not those of its SHA-256; it was removed.
    DigestMismatch = "digest-mismatch" 460 true
        "Nội dung tải lên không khớp mã kiểm" "The uploaded bytes do not fit their digest",
    /// The container's shape or digests are wrong.
    ContainerInvalid = "container-invalid" 422 false
        "Gói hồ sơ không hợp lệ" "The container is invalid",
    /// A signature does not verify, or its chain does not lead to a known CA.
    SignatureInvalid = "signature-invalid" 422 false
        "Chữ ký số không hợp lệ" "A signature is invalid",
    /// A signer is not the one registered for the role, or the order is not the form's.
    SignerRefused = "signer-refused" 422 false
        "Người ký không đúng thẩm quyền hoặc thứ tự" "A signer or the order of signing is refused",
    /// `findings` holds the errors, each with its place.
    Findings = "findings" 422 false
        "Hồ sơ còn lỗi" "The checks found errors",
    /// The PDF does not show what the data says.
    PdfMismatch = "pdf-mismatch" 422 false
        "Bản PDF không khớp dữ liệu" "The PDF does not show the data",
    /// The officer's move is not one the dossier allows now.
    WrongState = "wrong-state" 409 false
        "Trạng thái hồ sơ không cho phép" "The dossier's state does not allow it",
    /// Officer: login needed or wrong.
    LoginRequired = "login-required" 401 false
        "Cần đăng nhập" "Login required",
    RateLimited = "rate-limited" 429 true
        "Cổng đang bận, thử lại sau" "Too many requests",
    Internal = "internal" 500 true
        "Cổng gặp lỗi" "The portal failed",
    Busy = "busy" 503 true
        "Cổng tạm ngừng phục vụ" "The portal is not serving now",
    /// The portal's own disk is full.
    NoSpace = "no-space" 507 true
        "Cổng hết chỗ lưu trữ" "The portal is out of space",
}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The closed list of problems."))
            .enum_values(Some(Kind::ALL.iter().map(|kind| kind.as_str())))
            .build()
            .into()
    }
}

impl ToSchema for Kind {}

/// A problem as it travels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub status: u16,
    pub title_vi: String,
    pub title_en: String,
    /// What exactly, in English unless it quotes the user; may be empty.
    #[serde(default)]
    pub detail: String,
    /// The same in Vietnamese, for whoever sent it; empty where a person can do nothing with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail_vi: String,
    pub retryable: bool,
    pub server_time: DateTime<Utc>,
    /// For [`Kind::BlobsMissing`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<shape::Sha256>)]
    pub missing: Vec<Digest>,
    /// For [`Kind::Findings`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<shape::Finding>)]
    pub findings: Vec<Found>,
    /// The portal's words at fields.
    #[serde(
        default,
        deserialize_with = "feed::remarks",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub remarks: Vec<Remark>,
    /// Seconds to wait, for 429 and 503; the same as the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>, server_time: DateTime<Utc>) -> Self {
        Self {
            kind,
            status: kind.status(),
            title_vi: kind.title_vi().to_owned(),
            title_en: kind.title_en().to_owned(),
            detail: detail.into(),
            detail_vi: String::new(),
            retryable: kind.retryable(),
            server_time,
            missing: Vec::new(),
            findings: Vec::new(),
            remarks: Vec::new(),
            retry_after: None,
        }
    }
}

/// One finding of the portal's checks, which may be later ones than this program's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Found {
    pub code: String,
    #[serde(deserialize_with = "severity")]
    pub severity: Severity,
    #[serde(deserialize_with = "feed::place")]
    pub place: Place,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// In Vietnamese; shown where the code is not known.
    #[serde(default)]
    pub text: String,
}

/// A word of a later portal is an error: it stands in a refusal.
fn severity<'de, D: Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    let said = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(said).unwrap_or(Severity::Error))
}

impl Found {
    pub fn new(finding: Finding, text: String) -> Self {
        Self {
            code: finding.code.as_str().to_owned(),
            severity: finding.severity,
            place: finding.place,
            params: finding.params,
            text,
        }
    }

    /// As a finding of this program's own checks, where it is one of them.
    pub fn known(&self) -> Option<Finding> {
        let mut codes = FindingCode::ALL.iter();
        let code = codes.find(|code| code.as_str() == self.code)?;
        Some(Finding {
            code: *code,
            severity: self.severity,
            place: self.place.clone(),
            params: self.params.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_finding_of_a_later_portal_hides_neither_its_words_nor_the_other_findings() {
        let own = Finding::error(FindingCode::NoLines, Place::Voucher { voucher: 0 });
        let mut sent = Problem::new(Kind::Findings, "2 errors", DateTime::UNIX_EPOCH);
        sent.findings = vec![Found::new(own.clone(), "Chưa có dòng.".to_owned())];
        let mut later = sent.findings[0].clone();
        later.code = "of-a-later-portal".to_owned();
        later.text = "Thiếu mã công trình.".to_owned();
        sent.findings.push(later);

        let read: Problem = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
        assert_eq!(read, sent);
        assert_eq!(read.findings[0].known(), Some(own.clone()));
        assert_eq!(read.findings[1].known(), None);
        assert_eq!(read.findings[1].text, "Thiếu mã công trình.");

        let mut newer = serde_json::to_value(&sent).unwrap();
        newer["findings"][1]["severity"] = "notice".into();
        newer["findings"][1]["place"] = serde_json::json!({ "at": "page", "page": 3 });
        let read: Problem = serde_json::from_value(newer).unwrap();
        assert_eq!(read.findings[0].known(), Some(own));
        assert_eq!(read.findings[1].severity, Severity::Error);
        assert_eq!(read.findings[1].place, Place::Dossier);
    }
}
