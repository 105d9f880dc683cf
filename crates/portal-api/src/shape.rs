//! How the domain's types look on the wire, for the OpenAPI description alone: nothing reads or
//! writes through these.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// SHA-256 as 64 lower-case hex digits.
pub struct Sha256;

impl PartialSchema for Sha256 {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9a-f]{64}$"))
            .build()
            .into()
    }
}

impl ToSchema for Sha256 {}

/// What the commit digest covers; arrays in step order.
#[derive(Serialize, ToSchema)]
pub struct CommitContent {
    pub entries: Vec<Entry>,
    #[schema(value_type = Vec<Sha256>)]
    pub manifests: Vec<String>,
    #[schema(value_type = Vec<Sha256>)]
    pub signatures: Vec<String>,
}

/// One file of a dossier: its path in the container, SHA-256, size in bytes.
#[derive(Serialize, ToSchema)]
pub struct Entry {
    pub path: String,
    #[schema(value_type = Sha256)]
    pub sha256: String,
    pub size: u64,
}

/// Where a finding or a remark belongs.
#[derive(Serialize, ToSchema)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub enum Place {
    Dossier,
    Voucher {
        voucher: u32,
    },
    Field {
        voucher: u32,
        field: String,
    },
    Cell {
        voucher: u32,
        block: String,
        row: u32,
        column: String,
    },
    File {
        path: String,
    },
}

/// Errors block sending, warnings do not.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

/// One result of the checks.
#[derive(Serialize, ToSchema)]
pub struct Finding {
    /// Stable name of the check, e.g. `field-required`; a later portal has more of them.
    pub code: String,
    pub severity: Severity,
    pub place: Place,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// What it says, in Vietnamese: for a program that does not know the code.
    pub text: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hoso_domain::digest::Digest;
    use hoso_domain::{entry, finding};

    use super::*;

    fn same(domain: &impl Serialize, shape: &impl Serialize) {
        let (domain, shape) = (serde_json::to_value(domain), serde_json::to_value(shape));
        assert_eq!(domain.unwrap(), shape.unwrap());
    }

    #[test]
    fn the_shapes_are_those_of_the_domain() {
        let digest = Digest::of(b"x");
        same(
            &entry::CommitContent {
                entries: vec![entry::Entry {
                    path: "a".into(),
                    sha256: digest,
                    size: 1,
                }],
                manifests: vec![digest],
                signatures: vec![digest],
            },
            &CommitContent {
                entries: vec![Entry {
                    path: "a".into(),
                    sha256: digest.hex(),
                    size: 1,
                }],
                manifests: vec![digest.hex()],
                signatures: vec![digest.hex()],
            },
        );
        let pairs = [
            (finding::Place::Dossier, Place::Dossier),
            (
                finding::Place::Voucher { voucher: 1 },
                Place::Voucher { voucher: 1 },
            ),
            (
                finding::Place::Field {
                    voucher: 1,
                    field: "f".into(),
                },
                Place::Field {
                    voucher: 1,
                    field: "f".into(),
                },
            ),
            (
                finding::Place::Cell {
                    voucher: 1,
                    block: "b".into(),
                    row: 2,
                    column: "c".into(),
                },
                Place::Cell {
                    voucher: 1,
                    block: "b".into(),
                    row: 2,
                    column: "c".into(),
                },
            ),
            (
                finding::Place::File { path: "p".into() },
                Place::File { path: "p".into() },
            ),
        ];
        for (domain, shape) in pairs {
            same(&domain, &shape);
        }
        let params: BTreeMap<String, String> = [("label".into(), "Số tiền".into())].into();
        same(
            &crate::problem::Found {
                code: "field-required".into(),
                severity: finding::Severity::Warning,
                place: finding::Place::Dossier,
                params: params.clone(),
                text: "Chưa điền.".into(),
            },
            &Finding {
                code: "field-required".into(),
                severity: Severity::Warning,
                place: Place::Dossier,
                params,
                text: "Chưa điền.".into(),
            },
        );
    }
}
