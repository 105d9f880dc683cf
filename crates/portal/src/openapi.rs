//! The contract as OpenAPI 3.1: schemas from the types, operations from the table below, answers
//! from the problems each may give. `hoso-portal openapi` writes docs/openapi.json.

use hoso_portal_api::connection::NumberBlock;
use hoso_portal_api::problem::{CONTENT_TYPE, Kind};
use hoso_portal_api::{certificate, commit, device, feed, officer, problem};
use serde_json::{Map, Value, json};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};

mod operations;

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Device,
    Officer,
}

/// What a request carries.
#[derive(Clone, Copy)]
enum Body {
    None,
    /// JSON of this schema, or zstd of it.
    Json(&'static str),
    /// As [`Body::Json`], and may be left out.
    Maybe(&'static str),
    /// The bytes of an upload.
    Upload,
    /// As [`Body::Upload`], and may be left out.
    MaybeUpload,
    /// Bytes of this type.
    Bytes(&'static str),
}

/// What an answer carries.
#[derive(Clone, Copy)]
enum Answer {
    Empty,
    Json(&'static str),
    List(&'static str),
    Bytes(&'static str),
    Text,
}

struct Operation {
    method: &'static str,
    path: &'static str,
    /// What it does, in a line.
    summary: &'static str,
    who: Who,
    body: Body,
    /// Query and header parameters, by their names in [`parameter`].
    parameters: &'static [&'static str],
    answers: &'static [(u16, Answer, &'static [&'static str])],
    /// Beyond what every request of its kind may hear.
    problems: &'static [Kind],
}

/// The whole document, pretty, with a newline at the end.
pub fn openapi() -> String {
    let mut paths = Map::new();
    for operation in operations::all() {
        let item = paths
            .entry(operation.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(item) = item {
            item.insert(operation.method.to_owned(), described(operation));
        }
    }
    let mut document = schemas();
    if let Value::Object(document) = &mut document {
        document.insert("paths".to_owned(), Value::Object(paths));
        if let Some(Value::Object(components)) = document.get_mut("components") {
            components.insert("securitySchemes".to_owned(), schemes());
        }
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn schemas() -> Value {
    macro_rules! all {
        ($($type:ty),* $(,)?) => {{
            let mut found = Vec::new();
            $(
                found.push((<$type>::name().into_owned(), <$type>::schema()));
                <$type>::schemas(&mut found);
            )*
            ComponentsBuilder::new().schemas_from_iter(found).build()
        }};
    }
    let components = all![
        problem::Problem,
        device::Enrol,
        device::EnrolSigned,
        device::Succession,
        device::Enrolled,
        device::AskNumbers,
        device::Revocation,
        NumberBlock,
        commit::Commit,
        commit::SignedReceipt,
        commit::Receipt,
        commit::DossierState,
        commit::DossierEntries,
        commit::Evidence,
        commit::EvidenceVersion,
        commit::GivenUp,
        commit::Withdrawal,
        certificate::Announcement,
        certificate::CertificateFile,
        feed::Changes,
        feed::Snapshot,
        officer::Login,
        officer::LoggedIn,
        officer::Act,
        officer::SetBalance,
        feed::Balance,
        officer::SendMovement,
        feed::Movement,
        officer::SetEstimate,
        feed::Estimate,
        officer::SendNotice,
        feed::Notice,
        officer::DeviceFile,
        officer::Decision,
        officer::DeviceToken,
        officer::Service,
        officer::DossierSummary,
        officer::DossierFile,
        hoso_portal_api::shape::Sha256,
    ];
    let info = InfoBuilder::new()
        .title("Hoso: the program and a treasury's portal")
        .version("1")
        .description(Some(
            "docs/PORTAL.md says what it means. A device signs every request (the three Hoso- \
             headers); training portals also take a token.",
        ))
        .build();
    let document = OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build();
    // By text: the table is plain JSON, and so is what it is joined with.
    document
        .to_pretty_json()
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn schemes() -> Value {
    let header = |name: &str, what: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": what });
    json!({
        "Device": header("Hoso-Device", "The device's id"),
        "Time": header("Hoso-Time", "RFC 3339, UTC, whole seconds"),
        "Proof": header(
            "Hoso-Proof",
            "Base64 of ECDSA P-256 SHA-256, raw r||s, over: hoso-proof-1, method, path?query, \
             Hoso-Time, SHA-256 of the body in hex (`upload` for bytes of an upload), each ended by LF",
        ),
        "TrainingToken": {
            "type": "http", "scheme": "bearer",
            "description": "Training portals only: POST /officer/v1/devices/{id}/token",
        },
        "Officer": { "type": "http", "scheme": "bearer", "description": "POST /officer/v1/login" },
    })
}

fn described(o: &Operation) -> Value {
    let mut parameters: Vec<Value> = o
        .path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .chain(o.parameters.iter().copied())
        .map(parameter)
        .collect();
    parameters.dedup();
    let mut out = json!({
        "operationId": identity(o),
        "summary": o.summary,
        "tags": [match o.who {
            Who::Officer => "officer",
            Who::Device => "device",
            Who::Anyone if o.path.starts_with("/officer") => "officer",
            Who::Anyone => "device",
        }],
        "parameters": parameters,
        "responses": responses(o),
        "security": match o.who {
            Who::Anyone => json!([]),
            Who::Device => json!([
                { "Device": [], "Time": [], "Proof": [] }, { "TrainingToken": [] }
            ]),
            Who::Officer => json!([{ "Officer": [] }]),
        },
    });
    let body = match o.body {
        Body::None => return out,
        Body::Upload | Body::MaybeUpload => json!({
            "required": matches!(o.body, Body::Upload),
            "content": { "application/offset+octet-stream": {} },
        }),
        Body::Bytes(kind) => json!({ "required": true, "content": { kind: {} } }),
        Body::Json(name) | Body::Maybe(name) => json!({
            "required": matches!(o.body, Body::Json(_)),
            "content": { "application/json": { "schema": reference(name) } },
        }),
    };
    if let Value::Object(out) = &mut out {
        out.insert("requestBody".to_owned(), body);
    }
    out
}

/// `put /v1/dossiers/{id}` → `put-dossiers-id`.
fn identity(o: &Operation) -> String {
    let path = o.path.replace("/v1", "").replace(['{', '}'], "");
    format!("{}{}", o.method, path.replace('/', "-"))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn responses(o: &Operation) -> Value {
    let mut out = Map::new();
    for (status, answer, headers) in o.answers {
        let content = match answer {
            Answer::Empty => json!({}),
            Answer::Json(name) => json!({ "application/json": { "schema": reference(name) } }),
            Answer::List(name) => json!({ "application/json": {
                "schema": { "type": "array", "items": reference(name) }
            } }),
            Answer::Bytes(kind) => json!({ *kind: {} }),
            Answer::Text => {
                json!({ "text/plain; charset=utf-8": { "schema": { "type": "string" } } })
            }
        };
        let headers: Map<String, Value> = headers
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    json!({ "schema": { "type": "string" } }),
                )
            })
            .collect();
        let description = match status {
            201 => "made now",
            204 => "done",
            206 => "the part asked for",
            303 | 304 => "unchanged",
            416 => "no such part",
            _ => "as it is",
        };
        out.insert(
            status.to_string(),
            json!({ "description": description, "content": content, "headers": headers }),
        );
    }
    let mut by_status: std::collections::BTreeMap<u16, Vec<&str>> = Default::default();
    for kind in problems(o) {
        by_status
            .entry(kind.status())
            .or_default()
            .push(kind.as_str());
    }
    // tus asks for 412 when its version is not spoken.
    if o.parameters.contains(&"Tus-Resumable") {
        by_status.entry(412).or_default().push("malformed");
    }
    for (status, kinds) in by_status {
        let mut problem = json!({
            "description": kinds.join(" · "),
            "content": { CONTENT_TYPE: { "schema": reference("Problem") } },
        });
        if matches!(status, 429 | 503)
            && let Value::Object(problem) = &mut problem
        {
            let seconds = json!({ "schema": { "type": "integer", "minimum": 0 } });
            problem.insert("headers".to_owned(), json!({ "Retry-After": seconds }));
        }
        out.entry(status.to_string()).or_insert(problem);
    }
    Value::Object(out)
}

/// Everything a request may hear instead of its answer.
fn problems(o: &Operation) -> Vec<Kind> {
    let mut out = vec![Kind::Malformed, Kind::NotFound, Kind::Internal];
    match o.who {
        Who::Anyone => {}
        Who::Device => out.extend([
            Kind::ProofInvalid,
            Kind::DeviceUnknown,
            Kind::DeviceRevoked,
            Kind::Clock,
            Kind::RateLimited,
            Kind::TooLarge,
            Kind::UnsupportedMedia,
        ]),
        Who::Officer => out.push(Kind::LoginRequired),
    }
    if o.path.starts_with("/v1/") {
        out.push(Kind::Busy);
    }
    if !matches!(o.method, "get" | "head" | "options") {
        out.push(Kind::NoSpace);
    }
    if !matches!(o.body, Body::None) {
        out.extend([Kind::TooLarge, Kind::UnsupportedMedia, Kind::Busy]);
    }
    out.extend(o.problems);
    let mut seen = Vec::new();
    out.retain(|kind| {
        let new = !seen.contains(kind);
        seen.push(*kind);
        new
    });
    out
}

/// A parameter by its name.
fn parameter(name: &str) -> Value {
    let (place, required, schema) = match name {
        "id" | "unit" => ("path", true, json!({ "type": "string", "format": "uuid" })),
        "n" => (
            "path",
            true,
            json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
        ),
        "k" => (
            "path",
            true,
            json!({ "type": "integer", "minimum": 1, "maximum": u8::MAX }),
        ),
        "sha256" => ("path", true, reference("Sha256")),
        "act" => {
            let moves: Vec<&str> = crate::moves::Move::ALL.iter().map(|m| m.name()).collect();
            ("path", true, json!({ "type": "string", "enum": moves }))
        }
        "decision" => {
            let words = crate::certificate::Decision::ALL.map(|d| d.word());
            ("path", true, json!({ "type": "string", "enum": words }))
        }
        "cursor" | "page" => ("query", false, json!({ "type": "string" })),
        "limit" => (
            "query",
            false,
            json!({ "type": "integer", "minimum": 1, "maximum": feed::MAX_LIMIT }),
        ),
        "wait" => (
            "query",
            false,
            json!({ "type": "integer", "minimum": 0, "maximum": feed::MAX_WAIT }),
        ),
        "Tus-Resumable" => (
            "header",
            true,
            json!({ "type": "string", "enum": ["1.0.0"] }),
        ),
        "Upload-Length" | "Upload-Offset" => {
            ("header", true, json!({ "type": "integer", "minimum": 0 }))
        }
        "Upload-Metadata" | "If-Match" => ("header", true, json!({ "type": "string" })),
        _ => ("header", false, json!({ "type": "string" })),
    };
    json!({ "name": name, "in": place, "required": required, "schema": schema })
}
