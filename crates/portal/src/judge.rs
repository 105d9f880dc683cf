//! What a portal looks at before it accepts: all bytes there, the container, the signatures, who
//! signed in which order, the data, the rules, the PDF against the data.
//!
//! It refuses to repair and to accept in part.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hoso_domain::check::MAX_FILES_BYTES;
use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::entry::path;
use hoso_domain::finding::{Finding, Severity};
use hoso_domain::form::Form;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Unit};
use hoso_portal_api::officer::SignerFile;
use hoso_portal_api::problem::{Found, Kind};
use hoso_portal_api::{BlobRef, Commit};
use hoso_proof::{Container, Object, Problem, SignatureFiles, Trust};
use hoso_text::Lang;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use crate::blob::Blobs;
use crate::clock;
use crate::fault::Fault;

/// Most bytes of one revision: what is held in memory while it is judged. The files, as the check
/// counts them before anything is uploaded, and 16 MiB for what is made of the dossier.
const MAX_TOTAL: u64 = MAX_FILES_BYTES + 16 * 1024 * 1024;
/// Most things a commit may name.
const MAX_BLOBS: usize = 1000;

/// What lists show of a dossier; taken from its data when it was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) unit_code: String,
    pub(crate) unit_name: String,
    pub(crate) form: String,
    pub(crate) form_name: String,
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) payee: String,
    pub(crate) account: String,
    pub(crate) total: Dong,
    pub(crate) budget_year: i32,
}

/// An acceptable revision.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) summary: Summary,
    pub(crate) signers: Vec<SignerFile>,
}

/// All a commit names, with what it is.
pub(crate) fn named(commit: &Commit) -> impl Iterator<Item = BlobRef> {
    let entries = commit.content.entries.iter().map(|e| BlobRef {
        sha256: e.sha256,
        size: e.size,
    });
    entries.chain(commit.signatures.iter().flat_map(|s| [s.manifest, s.p7s]))
}

/// Whether a commit is one of `dossier` and not beyond what is looked at.
pub(crate) fn shape(commit: &Commit, dossier: DossierId) -> Result<(), Fault> {
    let malformed = |what: &str| Err(Fault::new(Kind::Malformed, what));
    if commit.revision == 0 {
        return malformed("revisions count from 1");
    }
    if dossier.0.get_version_num() != 7 {
        return malformed("a dossier's id is a UUIDv7");
    }
    let manifests = commit.signatures.iter().map(|s| s.manifest.sha256);
    if !manifests.eq(commit.content.manifests.iter().copied()) {
        return malformed("signatures and content name different manifests");
    }
    if commit.content.signatures.len() != commit.signatures.len() {
        return malformed("content and signatures have different steps");
    }
    if named(commit).count() > MAX_BLOBS
        || named(commit).fold(0u64, |sum, b| sum.saturating_add(b.size)) > MAX_TOTAL
    {
        let most = hoso_text::size(MAX_TOTAL, Lang::Vi);
        let said = format!("hồ sơ được có nhiều nhất {MAX_BLOBS} tệp, {most}");
        return Err(Fault::new(Kind::TooLarge, "the revision is too large").in_vietnamese(said));
    }
    Ok(())
}

/// Whether the unit has uploaded these bytes whole.
pub(crate) fn uploaded(tx: &Transaction<'_>, unit: UnitId, blob: BlobRef) -> Result<bool, Fault> {
    // A size beyond what the database counts was never uploaded.
    let Ok(size) = i64::try_from(blob.size) else {
        return Ok(false);
    };
    let mut statement = tx.prepare_cached(
        "SELECT 1 FROM upload WHERE unit_id = ?1 AND sha256 = ?2 AND length = ?3 AND done = 1",
    )?;
    Ok(statement.exists((unit.to_string(), blob.sha256.hex(), size))?)
}

/// Refuses with what the unit has not uploaded whole.
pub(crate) fn all_there(tx: &Transaction<'_>, commit: &Commit) -> Result<(), Fault> {
    let mut missing: Vec<Digest> = Vec::new();
    for blob in named(commit) {
        if !missing.contains(&blob.sha256) && !uploaded(tx, commit.unit, blob)? {
            missing.push(blob.sha256);
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(
            Fault::new(Kind::BlobsMissing, format!("{} missing", missing.len()))
                .with(|p| p.missing = missing),
        ),
    }
}

/// Judges a revision whose bytes are all there, on the treasury's day `today`.
pub(crate) fn judge(
    blobs: &Blobs,
    trust: &Trust,
    unit: &Unit,
    dossier: DossierId,
    commit: &Commit,
    today: NaiveDate,
) -> Result<Judged, Fault> {
    let container = rebuild(blobs, commit)?;
    let content = container
        .commit_content()
        .map_err(|e| Fault::new(Kind::ContainerInvalid, format!("{}: {e}", e.code())))?;
    if content != commit.content {
        let what = "the commit's content is not that of the uploaded container";
        return Err(Fault::new(Kind::ContainerInvalid, what));
    }
    let report = hoso_proof::verify(&container, trust);
    if let Some((step, problem)) = report.all_problems().next() {
        let detail = format!("{} (step {step}): {problem}", problem.code());
        let said = format!("chữ ký thứ {step} không đạt ({})", problem.code());
        return Err(Fault::new(kind_of(problem), detail).in_vietnamese(said));
    }
    let data = data_of(&container, unit, dossier, commit.revision)?;
    let forms = forms_of(&data)?;
    let signers = signers(unit, &forms, &report)?;
    layout(&container, &data)?;
    rules(&container, unit, &data, today)?;
    pictures(&container, &forms, &data)?;
    Ok(Judged {
        summary: summary(&data, &forms, unit),
        signers,
    })
}

fn rebuild(blobs: &Blobs, commit: &Commit) -> Result<Container, Fault> {
    let mut container = Container {
        entries: Vec::new(),
        signatures: Vec::new(),
    };
    for e in &commit.content.entries {
        let object = Object::new(e.path.clone(), blobs.read(e.sha256)?);
        container.entries.push(object);
    }
    for s in &commit.signatures {
        let manifest = blobs.read(s.manifest.sha256)?;
        container.signatures.push(SignatureFiles {
            manifest,
            p7s: blobs.read(s.p7s.sha256)?,
        });
    }
    Ok(container)
}

fn kind_of(problem: &Problem) -> Kind {
    match problem {
        Problem::Signature(_) => Kind::SignatureInvalid,
        Problem::ApprovalMissing
        | Problem::ApprovalMalformed { .. }
        | Problem::ApprovalStep { .. }
        | Problem::ApprovalOrder
        | Problem::ApprovalSigner => Kind::SignerRefused,
        _ => Kind::ContainerInvalid,
    }
}

fn invalid(what: impl Into<String>) -> Fault {
    Fault::new(Kind::ContainerInvalid, what)
}

fn data_of(
    container: &Container,
    unit: &Unit,
    dossier: DossierId,
    revision: u32,
) -> Result<DossierData, Fault> {
    let bytes = container
        .get(path::DATA)
        .ok_or_else(|| invalid(format!("{} is missing", path::DATA)))?;
    let data = DossierData::from_bytes(bytes).map_err(|e| invalid(e.to_string()))?;
    // Bytes that read differently elsewhere must not carry a signature here.
    if data.to_bytes() != bytes {
        return Err(invalid("the data is not written as the format says"));
    }
    if data.dossier != dossier || data.revision != revision {
        return Err(invalid("the data belongs to another dossier or revision"));
    }
    if data.unit.code != unit.code || data.treasury.code != unit.treasury.code {
        return Err(invalid("the data belongs to another unit or treasury"));
    }
    if data.vouchers.is_empty() {
        return Err(invalid("no voucher"));
    }
    Ok(data)
}

fn forms_of(data: &DossierData) -> Result<Vec<&'static Form>, Fault> {
    data.vouchers
        .iter()
        .map(|voucher| {
            hoso_domain::form::find(&voucher.form).ok_or_else(|| {
                let f = &voucher.form;
                invalid(format!(
                    "unknown form {}/{} edition {}",
                    f.basis, f.number, f.edition
                ))
            })
        })
        .collect()
}

/// Every voucher's PDF is there, and nothing lies where nothing belongs.
fn layout(container: &Container, data: &DossierData) -> Result<(), Fault> {
    let pdfs: BTreeSet<String> = data
        .vouchers
        .iter()
        .enumerate()
        .map(|(i, v)| path::voucher(i, &v.form.number))
        .collect();
    for pdf in &pdfs {
        if container.get(pdf).is_none() {
            return Err(invalid(format!("{pdf} is missing")));
        }
    }
    for p in container.entries.iter().map(Object::path) {
        let placed = p == path::DATA
            || pdfs.contains(p)
            || p.starts_with("files/")
            || p.starts_with("approval/");
        if !placed {
            return Err(invalid(format!("{p} has no place in a dossier")));
        }
    }
    Ok(())
}

/// The signers are those registered with the treasury, in the order of the form's data.
fn signers(
    unit: &Unit,
    forms: &[&Form],
    report: &hoso_proof::Report,
) -> Result<Vec<SignerFile>, Fault> {
    let refused =
        |what: String, said: String| Err(Fault::new(Kind::SignerRefused, what).in_vietnamese(said));
    let order = |f: &Form| f.signatures.iter().map(|s| s.role).collect::<Vec<_>>();
    let roles = forms.first().map(|f| order(f)).unwrap_or_default();
    if forms.iter().any(|f| order(f) != roles) {
        return refused(
            "the vouchers need different signatures".to_owned(),
            "các chứng từ của hồ sơ cần những chữ ký khác nhau".to_owned(),
        );
    }
    let (signed, wanted) = (report.steps.len(), roles.len());
    if signed != wanted {
        return refused(
            format!("{signed} signatures, the form needs {wanted}"),
            format!("hồ sơ có {signed} chữ ký, mẫu cần {wanted}"),
        );
    }
    let mut out = Vec::new();
    for (step, role) in report.steps.iter().zip(roles) {
        let number = step.step;
        let Some(signer) = &step.signer else {
            return refused(
                format!("step {number} has no signer"),
                format!("chữ ký thứ {number} không có người ký"),
            );
        };
        let day = clock::day(signer.signed_at);
        let name = role_name(role);
        if !registered(unit, role, signer) {
            let who = &signer.subject;
            return refused(
                format!("step {number}: {who} is not registered as {name} on {day}"),
                format!(
                    "chữ ký thứ {number}: chứng thư số của {who} không có trong đăng ký {} của đơn vị \
                     tại Kho bạc vào ngày {}",
                    hoso_text::role(role, Lang::Vi),
                    hoso_text::date(day)
                ),
            );
        }
        if step.approval.as_ref().is_some_and(|a| a.role != name) {
            return refused(
                format!("step {number}: approved in another role"),
                format!("chữ ký thứ {number} được duyệt với chức danh khác"),
            );
        }
        out.push(SignerFile {
            step: number,
            role: name,
            name: signer.subject.clone(),
            serial: signer.serial.clone(),
            signed_at: signer.signed_at,
        });
    }
    Ok(out)
}

/// Whether the unit's signer of a role signed, registered on the day of signing.
pub(crate) fn registered(unit: &Unit, role: Role, signer: &hoso_proof::Signer) -> bool {
    let certificate = Digest::of(&signer.certificate);
    let day = clock::day(signer.signed_at);
    unit.signers
        .iter()
        .any(|s| s.role == role && s.valid_on(day) && s.certificates.contains(&certificate))
}

/// The role as forms, approval records and the contract write it.
pub(crate) fn role_name(role: Role) -> String {
    match role {
        Role::ChiefAccountant => "chief-accountant",
        Role::AccountOwner => "account-owner",
    }
    .to_owned()
}

fn rules(
    container: &Container,
    unit: &Unit,
    data: &DossierData,
    today: NaiveDate,
) -> Result<(), Fault> {
    let files = container
        .entries
        .iter()
        .map(Object::entry)
        .filter(|e| e.path.starts_with("files/"))
        .map(|e| (e.path.clone(), e.size))
        .collect();
    // The lists in force on the voucher's own day.
    let day = data
        .vouchers
        .first()
        .and_then(|v| v.field("voucher_date").parse().ok());
    let facts = hoso_domain::check::Facts {
        codes: hoso_domain::catalogue::codes_on(day.unwrap_or(today)),
        unit_code: unit.code.clone(),
        signers: Some(
            unit.signers
                .iter()
                .filter(|s| s.valid_on(today))
                .map(|s| s.role)
                .collect(),
        ),
        files,
        ..Default::default()
    };
    let mut findings = hoso_domain::check::check(data, &hoso_domain::form::find, &facts, today);
    findings.retain(|f| f.severity == Severity::Error);
    match findings.is_empty() {
        true => Ok(()),
        false => Err(
            Fault::new(Kind::Findings, format!("{} errors", findings.len()))
                .with(|p| p.findings = findings.into_iter().map(worded).collect()),
        ),
    }
}

fn worded(finding: Finding) -> Found {
    let text = hoso_text::finding(&finding, Lang::Vi);
    Found::new(finding, text)
}

/// The PDF the signers saw shows what the data says: it is printed again and compared by page.
fn pictures(container: &Container, forms: &[&Form], data: &DossierData) -> Result<(), Fault> {
    for (i, (voucher, form)) in data.vouchers.iter().zip(forms).enumerate() {
        let at = path::voucher(i, &voucher.form.number);
        let sent = container
            .get(&at)
            .ok_or_else(|| invalid(format!("{at} is missing")))?;
        let printed = hoso_print::render(form, voucher, data)
            .map_err(|e| Fault::internal("a voucher cannot be printed", e))?;
        match hoso_print::same_pages(&printed, sent) {
            Ok(true) => {}
            Ok(false) => return Err(Fault::new(Kind::PdfMismatch, at.clone()).in_vietnamese(at)),
            Err(e) => {
                let fault = Fault::new(Kind::PdfMismatch, format!("{at}: {e}"));
                return Err(fault.in_vietnamese(format!("không đọc được {at}")));
            }
        }
    }
    Ok(())
}

fn summary(data: &DossierData, forms: &[&Form], unit: &Unit) -> Summary {
    let first = data.vouchers.first().zip(forms.first());
    let value = |id: fn(&Form) -> &str| {
        first
            .map(|(v, f)| v.field(id(f)).to_owned())
            .unwrap_or_default()
    };
    let total = Dong::sum(
        data.vouchers
            .iter()
            .zip(forms)
            .map(|(v, f)| Dong::parse(v.field(&f.summary.total)).unwrap_or_default()),
    );
    let account = |f: &Form| {
        f.fields()
            .find(|x| x.fill == "account")
            .map(|x| x.id.clone())
    };
    Summary {
        unit_code: unit.code.clone(),
        unit_name: unit.name.clone(),
        form: first
            .map(|(v, _)| v.form.number.clone())
            .unwrap_or_default(),
        form_name: first.map(|(_, f)| f.name.clone()).unwrap_or_default(),
        number: value(|f| &f.summary.number),
        title: value(|f| &f.summary.content),
        payee: value(|f| &f.summary.payee),
        account: first
            .and_then(|(v, f)| account(f).map(|id| v.field(&id).to_owned()))
            .unwrap_or_default(),
        total: total.unwrap_or_default(),
        budget_year: data.budget_year,
    }
}
