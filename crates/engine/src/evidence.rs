//! Verifying a container that lies in a file: signatures, order, and the PDF against the data.
//!
//! Refuses to know the store, the unit or the portal: what it judges by is the file, the named
//! authorities and the forms of the program. It fetches no revocation list: it tells what those in the
//! signatures say.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::entry::path;
use hoso_domain::form::{self, SignatureSlot};
use hoso_proof::timestamp::Standing;
use hoso_proof::{Container, ContainerError, Object, ProofError, Report, Trust};

/// Why there is no verdict at all.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("`{path}` cannot be read")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("authorities in `{path}` cannot be read")]
    Authorities {
        path: PathBuf,
        #[source]
        source: ProofError,
    },
    #[error("`{path}` is not a container, or is cut off")]
    NotAContainer { path: PathBuf },
}

/// What was found in a container.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    /// Nothing is wrong.
    pub ok: bool,
    /// The digest the treasury knows the submission by; absent where a signature cannot be read.
    pub commit: Option<Digest>,
    pub entries: Vec<hoso_domain::entry::Entry>,
    /// Step 1 first.
    pub signatures: Vec<SignatureVerdict>,
    /// The vouchers of a dossier; empty for a receipt or a result.
    pub vouchers: Vec<VoucherVerdict>,
    /// What is wrong with the container as a whole.
    pub problems: Vec<Trouble>,
}

/// One signature.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SignatureVerdict {
    pub step: u8,
    /// Role the form asks for at this step; empty where the container holds no form.
    pub role: String,
    /// From the certificate; empty where the signature does not hold.
    pub name: String,
    pub title: String,
    pub organisation: String,
    pub issuer: String,
    /// Upper-case hex.
    pub serial: String,
    pub signed_at: Option<DateTime<Utc>>,
    /// Dấu thời gian; absent where there is none, or it is among the problems.
    pub timestamp: Option<TimestampVerdict>,
    /// What the revocation list inside says of the signer's certificate; absent where there is none.
    pub listed: Option<ListedVerdict>,
    pub problems: Vec<Trouble>,
}

/// What the timestamp in a signature says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TimestampVerdict {
    pub at: DateTime<Utc>,
    pub authority: String,
    /// Whether its authority is among the named ones; else the time is somebody's word.
    pub known: bool,
}

/// What a revocation list says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ListedVerdict {
    /// When the list was issued.
    pub issued_at: DateTime<Utc>,
    /// Since when the certificate is revoked; absent: it was not.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// One voucher: whether its PDF shows what the data says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VoucherVerdict {
    pub path: String,
    pub form: String,
    pub number: String,
    /// Đồng, as the data has it; empty for a form without money.
    pub total: String,
    pub tied: bool,
}

/// One thing wrong: stable kebab-case code, entry where there is one, English detail for logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Trouble {
    pub code: String,
    pub path: String,
    pub detail: String,
}

impl Verdict {
    /// The verdict as JSON, pretty, without a final newline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data always serializes")
    }

    fn refused(problem: Trouble) -> Self {
        Self {
            ok: false,
            commit: None,
            entries: Vec::new(),
            signatures: Vec::new(),
            vouchers: Vec::new(),
            problems: vec![problem],
        }
    }
}

/// Verifies the container in `file` against the authorities in `ca` (a folder, or one file).
pub fn verify_file(file: &Path, ca: &Path) -> Result<Verdict, EvidenceError> {
    let trust = Trust::from_path(ca)
        .map(Trust::for_timestamps_too)
        .map_err(|source| EvidenceError::Authorities {
            path: ca.to_owned(),
            source,
        })?;
    let bytes = std::fs::read(file).map_err(|source| EvidenceError::File {
        path: file.to_owned(),
        source,
    })?;
    match Container::from_zip(bytes) {
        Ok(container) => Ok(verify_container(&container, &trust)),
        Err(ContainerError::NotAZip) => Err(EvidenceError::NotAContainer {
            path: file.to_owned(),
        }),
        Err(error) => Ok(Verdict::refused(trouble(
            error.code(),
            error.path(),
            &error,
        ))),
    }
}

/// Verifies a container that is already read.
pub fn verify_container(container: &Container, trust: &Trust) -> Verdict {
    let report = hoso_proof::verify(container, trust);
    let mut problems: Vec<Trouble> = report
        .problems
        .iter()
        .map(|p| trouble(p.code(), p.path(), p))
        .collect();
    let mut signatures = signature_verdicts(&report);
    let mut vouchers = Vec::new();
    if let Some(bytes) = container.get(path::DATA) {
        match DossierData::from_bytes(bytes) {
            Ok(data) => {
                vouchers = tie(container, &data, &mut problems);
                match_roles(&report, &data, &mut signatures, &mut problems);
            }
            Err(error) => problems.push(trouble("data-unreadable", path::DATA, &error)),
        }
    }
    let sound = signatures.iter().all(|s| s.problems.is_empty());
    Verdict {
        ok: report.ok() && problems.is_empty() && sound,
        commit: container
            .commit_content()
            .ok()
            .map(|content| content.digest()),
        entries: container
            .entries
            .iter()
            .map(|o| o.entry().clone())
            .collect(),
        signatures,
        vouchers,
        problems,
    }
}

fn trouble(code: &str, path: &str, error: &dyn std::error::Error) -> Trouble {
    let mut detail = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        detail.push_str(": ");
        detail.push_str(&inner.to_string());
        cause = inner.source();
    }
    Trouble {
        code: code.to_owned(),
        path: path.to_owned(),
        detail,
    }
}

fn said(code: &str, path: &str, detail: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        path: path.to_owned(),
        detail: detail.to_owned(),
    }
}

fn signature_verdicts(report: &Report) -> Vec<SignatureVerdict> {
    let mut verdicts = Vec::new();
    for step in &report.steps {
        let problems = step
            .problems
            .iter()
            .map(|p| trouble(p.code(), p.path(), p))
            .collect();
        let mut verdict = SignatureVerdict {
            step: step.step,
            problems,
            ..Default::default()
        };
        if let Some(signer) = &step.signer {
            verdict.name.clone_from(&signer.subject);
            verdict.title.clone_from(&signer.title);
            verdict.organisation.clone_from(&signer.organisation);
            verdict.issuer.clone_from(&signer.issuer);
            verdict.serial.clone_from(&signer.serial);
            verdict.signed_at = Some(signer.signed_at);
        }
        verdict.listed = step.listed.map(|said| ListedVerdict {
            issued_at: said.issued_at,
            revoked_at: said.revoked_at,
        });
        verdict.timestamp = step.timestamp.as_ref().map(|said| TimestampVerdict {
            at: said.at,
            authority: said.authority.clone(),
            known: said.standing == Standing::Known,
        });
        verdicts.push(verdict);
    }
    verdicts
}

/// Prints each voucher again from the data, with the edition it is pinned to, and compares pages:
/// else one would sign amount A while amount B is booked.
fn tie(
    container: &Container,
    data: &DossierData,
    problems: &mut Vec<Trouble>,
) -> Vec<VoucherVerdict> {
    let mut verdicts = Vec::new();
    for (index, voucher) in data.vouchers.iter().enumerate() {
        let mut verdict = VoucherVerdict {
            path: path::voucher(index, &voucher.form.number),
            form: voucher.form.number.clone(),
            number: String::new(),
            total: String::new(),
            tied: false,
        };
        match form::find(&voucher.form) {
            None => problems.push(said(
                "form-unknown",
                &verdict.path,
                "edition of the form is not known to this program",
            )),
            Some(form) => {
                voucher
                    .field(&form.summary.number)
                    .clone_into(&mut verdict.number);
                voucher
                    .field(&form.summary.total)
                    .clone_into(&mut verdict.total);
                match compare(container.get(&verdict.path), form, voucher, data) {
                    Ok(()) => verdict.tied = true,
                    Err((code, detail)) => problems.push(said(code, &verdict.path, &detail)),
                }
            }
        }
        verdicts.push(verdict);
    }
    if verdicts.is_empty() {
        problems.push(said("no-voucher", path::DATA, "data holds no voucher"));
    }
    for path in container.entries.iter().map(Object::path) {
        let printed = path.starts_with("voucher/");
        if printed && !verdicts.iter().any(|v| v.path == path) {
            problems.push(said(
                "pdf-unknown",
                path,
                "no voucher of the data is this PDF",
            ));
        }
    }
    verdicts
}

fn compare(
    pdf: Option<&[u8]>,
    form: &form::Form,
    voucher: &hoso_domain::voucher::Voucher,
    data: &DossierData,
) -> Result<(), (&'static str, String)> {
    let pdf = pdf.ok_or_else(|| ("pdf-missing", "voucher has no PDF".to_owned()))?;
    let printed = hoso_print::render(form, voucher, data).map_err(|e| {
        (
            "pdf-unprintable",
            format!("voucher cannot be printed again: {e}"),
        )
    })?;
    match hoso_print::same_pages(pdf, &printed) {
        Ok(true) => Ok(()),
        Ok(false) => Err((
            "pdf-differs",
            "PDF shows other pages than the data".to_owned(),
        )),
        Err(e) => Err(("pdf-unreadable", format!("PDF cannot be shown: {e}"))),
    }
}

/// The form's data says how many signatures there must be and in which roles.
fn match_roles(
    report: &Report,
    data: &DossierData,
    signatures: &mut [SignatureVerdict],
    problems: &mut Vec<Trouble>,
) {
    let slots: &[SignatureSlot] = data
        .vouchers
        .iter()
        .filter_map(|v| form::find(&v.form))
        .map(|f| f.signatures.as_slice())
        .max_by_key(|slots| slots.len())
        .unwrap_or_default();
    if signatures.len() != slots.len() {
        let detail = format!(
            "form asks for {} signatures, found {}",
            slots.len(),
            signatures.len()
        );
        problems.push(said("signature-count", "", &detail));
    }
    for ((slot, verdict), step) in slots.iter().zip(signatures).zip(&report.steps) {
        verdict.role = role_id(slot);
        if step
            .approval
            .as_ref()
            .is_some_and(|record| record.role != verdict.role)
        {
            let detail = "approval record was made for another role";
            verdict.problems.push(said("approval-role", "", detail));
        }
    }
}

/// The role as data files write it, e.g. `account-owner`.
fn role_id(slot: &SignatureSlot) -> String {
    match serde_json::to_value(slot.role) {
        Ok(serde_json::Value::String(id)) => id,
        _ => String::new(),
    }
}
