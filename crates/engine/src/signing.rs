//! Signing one step of one dossier: the container as it stands, the token's signature over its
//! manifest, the result verified before it is stored. Storing is apart: meanwhile the token can sign.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use hoso_contract::{AppError, Code};
use hoso_domain::digest::Digest;
use hoso_domain::entry::{Entry, path};
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_domain::party::{Role, Signer, Unit};
use hoso_domain::register;
use hoso_domain::voucher::Voucher;
use hoso_proof::{
    Container, Object, SignatureAlgorithm, SignatureFiles, prepare, signature_value, verify,
};
use hoso_store::signatures::{self, Signature};
use hoso_store::{
    Connection as Db, Files, StoreError, dossiers, evidence, outbox, revisions, units,
};
use hoso_token::message::Certificate;
use hoso_token::{Algorithm, Login};

use crate::clock;
use crate::dossier::account;
use crate::error::Error;
use crate::open::Open;

/// The role that signs at `step` (from 1), by the data of the first voucher's form.
pub fn role(vouchers: &[Voucher], step: u8) -> Result<Role, Error> {
    let first = vouchers.first().ok_or(Code::NotFound)?;
    let form = crate::open::form(&first.form)?;
    let index = usize::from(step).checked_sub(1).ok_or(Code::WrongState)?;
    Ok(form.signatures.get(index).ok_or(Code::WrongState)?.role)
}

/// How many signatures the dossier needs.
fn steps(vouchers: &[Voucher]) -> Result<usize, Error> {
    let first = vouchers.first().ok_or(Code::NotFound)?;
    Ok(crate::open::form(&first.form)?.signatures.len())
}

/// The name of a role in approval records.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::ChiefAccountant => "chief-accountant",
        Role::AccountOwner => "account-owner",
    }
}

/// The unit's signer who holds `certificate` for `role` and `account` on the day.
///
/// Refuses a person who holds both roles that day — the chief accountant is no delegate of the owner — and
/// one beyond the number the treasury takes.
pub fn signer<'u>(
    unit: &'u Unit,
    role: Role,
    account: &str,
    certificate: Digest,
    at: DateTime<Utc>,
) -> Result<&'u Signer, Error> {
    let day = clock::day(at);
    let signer = register::people(unit, role, account, day)
        .find(|s| holds(unit, s, account, certificate, day))
        .ok_or_else(|| AppError::new(Code::NotTheSigner).with("role", role_name(role)))?;
    if register::holds_both(unit, signer, day) {
        return Err(AppError::new(Code::SignerBothRoles)
            .with("name", &signer.name)
            .into());
    }
    if register::is_beyond(unit, signer, account, day) {
        return Err(AppError::new(Code::SignerBeyond)
            .with("name", &signer.name)
            .with("account", account)
            .with("most", register::most(role))
            .into());
    }
    Ok(signer)
}

/// The unit's account owner who holds `certificate` on the day, for whichever account.
pub fn owner(unit: &Unit, certificate: Digest, at: DateTime<Utc>) -> Result<&Signer, Error> {
    let day = clock::day(at);
    let fits = |s: &&Signer| {
        s.role == Role::AccountOwner && s.valid_on(day) && s.certificates.contains(&certificate)
    };
    let owner = unit.signers.iter().find(fits).ok_or(Code::NotTheOwner)?;
    if register::holds_both(unit, owner, day) {
        return Err(AppError::new(Code::SignerBothRoles)
            .with("name", &owner.name)
            .into());
    }
    Ok(owner)
}

/// Whether the certificate is registered for that person, in any of their entries that fits.
fn holds(unit: &Unit, of: &Signer, account: &str, certificate: Digest, day: NaiveDate) -> bool {
    unit.signers.iter().any(|s| {
        s.person == of.person
            && s.role == of.role
            && s.covers(account)
            && s.valid_on(day)
            && s.certificates.contains(&certificate)
    })
}

/// Every certificate that may sign in that role for that account today.
pub fn certificates(unit: &Unit, role: Role, account: &str, at: DateTime<Utc>) -> Vec<Digest> {
    let day = clock::day(at);
    let fits = |s: &&Signer| s.role == role && s.covers(account) && s.valid_on(day);
    unit.signers
        .iter()
        .filter(fits)
        .flat_map(|s| s.certificates.iter().copied())
        .collect()
}

/// Refuses where a step before this one no longer stands — its signer was replaced — or was signed
/// by `person` as well.
pub fn earlier_steps_stand(
    unit: &Unit,
    account: &str,
    made: &[Signature],
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    for step in made {
        if step.person == person {
            return Err(AppError::new(Code::SignerBothRoles)
                .with("name", &step.holder)
                .into());
        }
        if signer(unit, step.role, account, step.certificate, at).is_err() {
            return Err(AppError::new(Code::SignerReplaced)
                .with("name", &step.holder)
                .into());
        }
    }
    Ok(())
}

/// What a revision's container is put together from.
struct Parts {
    entries: Vec<Entry>,
    made: Vec<Signature>,
    /// What was added to the signatures since.
    added: Vec<evidence::Version>,
}

impl Parts {
    fn read(db: &Db, id: DossierId, revision: u32) -> Result<Self, StoreError> {
        Ok(Self {
            entries: revisions::entries(db, id, revision)?,
            made: signatures::of_revision(db, id, revision)?,
            added: evidence::newest(db, id, revision)?,
        })
    }

    fn container(self, files: &Files) -> Result<Container, StoreError> {
        let mut container = Container::default();
        for entry in self.entries {
            let bytes = files.get(&entry.sha256)?;
            container.entries.push(Object::new(entry.path, bytes));
        }
        for step in self.made {
            let newest = self.added.iter().find(|v| v.place.step == step.step);
            container.signatures.push(SignatureFiles {
                manifest: files.get(&step.manifest)?,
                p7s: files.get(&newest.map_or(step.p7s, |v| v.p7s))?,
            });
        }
        Ok(container)
    }
}

/// The container of the current revision: entries and the signatures made so far, with what was added
/// to them.
pub fn container(open: &Open, id: DossierId) -> Result<Container, Error> {
    let parts = open.store.read(|db| {
        let number = dossiers::get(db, id)?.revision;
        Parts::read(db, id, number)
    })?;
    Ok(parts.container(open.store.files())?)
}

/// [`container`] of any revision: what was signed stays, whatever came after it.
pub fn container_of(open: &Open, id: DossierId, revision: u32) -> Result<Container, Error> {
    let parts = open.store.read(|db| Parts::read(db, id, revision))?;
    Ok(parts.container(open.store.files())?)
}

/// What every signature behind one login is made with.
pub struct Pen<'f> {
    pub certificate: &'f Certificate,
    /// Its issuers (DER) go along, so that whoever verifies needs the roots alone.
    pub between: Vec<Vec<u8>>,
    pub prefer: Algorithm,
}

/// A signature that holds and is not stored yet.
pub struct Made {
    id: DossierId,
    signature: Signature,
    manifest: Vec<u8>,
    p7s: Vec<u8>,
    approval: Option<Object>,
    next: LocalState,
    /// After the last step: the commit digest, and the bytes to be sent.
    commit: Option<(Digest, u64)>,
}

/// Signs the step the dossier waits for.
pub fn sign(
    open: &Open,
    id: DossierId,
    pen: &Pen<'_>,
    login: &mut Login<'_>,
) -> Result<Made, Error> {
    let at = clock::now();
    let (current, unit, parts) = open.store.read(|db| {
        let current = dossiers::current(db, id)?;
        let unit = units::get(db, current.dossier.unit)?;
        let parts = Parts::read(db, id, current.revision.number)?;
        Ok((current, unit, parts))
    })?;
    let LocalState::Awaiting { step } = current.revision.state else {
        return Err(Code::WrongState.into());
    };
    let vouchers = &current.revision.vouchers;
    let role = role(vouchers, step)?;
    let account = vouchers.first().map(account).unwrap_or_default();
    let signer = signer(&unit, role, account, pen.certificate.digest, at)?;

    let mut container = parts.container(open.store.files())?;
    let manifest = container.open_step(&pen.certificate.der, role_name(role), at)?;
    let p7s = detached(&manifest, pen, login, at)?;
    container.signatures.push(SignatureFiles {
        manifest: manifest.clone(),
        p7s: p7s.clone(),
    });
    let connected = open.connected();
    if let Some(trust) = &connected.trust {
        let report = verify(&container, trust);
        if !report.ok() {
            for (step, problem) in report.all_problems() {
                tracing::error!(step, %problem, "an own signature does not verify");
            }
            return Err(Code::SignatureInvalid.into());
        }
    }

    let signature = Signature {
        step,
        role,
        manifest: Digest::of(&manifest),
        manifest_size: manifest.len() as u64,
        p7s: Digest::of(&p7s),
        p7s_size: p7s.len() as u64,
        signature_value: Digest::of(&signature_value(&p7s)?),
        person: signer.person,
        holder: signer.name.clone(),
        certificate: pen.certificate.digest,
        signed_at: at,
        revocation: "not-checked".to_owned(),
    };
    let last = usize::from(step) >= steps(vouchers)?;
    let next = match step.checked_add(1) {
        Some(step) if !last => LocalState::Awaiting { step },
        _ => LocalState::Queued,
    };
    let commit = match last {
        true => Some((container.commit_content()?.digest(), size(&container))),
        false => None,
    };
    Ok(Made {
        id,
        signature,
        manifest,
        p7s,
        approval: container.object(&path::approval(step)).cloned(),
        next,
        commit,
    })
}

/// Bytes of all entries and signatures.
fn size(container: &Container) -> u64 {
    let entries = container.entries.iter().map(|o| o.entry().size);
    let signatures = container.signatures.iter();
    let signatures = signatures.map(|s| (s.manifest.len() + s.p7s.len()) as u64);
    entries.chain(signatures).sum()
}

/// Stores signatures, their files before the rows that name them; after its last step a dossier is queued
/// in the same transaction. All of them are on disk when this answers, or none.
pub fn keep(open: &Open, all: Vec<Arc<Made>>) -> Result<(), StoreError> {
    let (files, by) = (open.store.files().clone(), open.by());
    open.store.write(move |tx| {
        let contents: Vec<&[u8]> = all.iter().flat_map(|made| made.contents()).collect();
        files.put_all(&contents)?;
        for made in &all {
            let (id, approval) = (made.id, made.approval.as_ref().map(Object::entry));
            signatures::add(tx, id, &made.signature, approval, made.next.clone(), by)?;
            if let Some((digest, bytes)) = made.commit {
                outbox::put(tx, id, digest, bytes, by.at)?;
            }
        }
        Ok(())
    })
}

impl Made {
    /// Of its files.
    fn contents(&self) -> impl Iterator<Item = &[u8]> {
        let approval = self.approval.as_ref().map(Object::bytes);
        [self.manifest.as_slice(), self.p7s.as_slice()]
            .into_iter()
            .chain(approval)
    }
}

/// A detached signature (CAdES B-B) over `content`, made by the token.
pub fn detached(
    content: &[u8],
    pen: &Pen<'_>,
    login: &mut Login<'_>,
    at: DateTime<Utc>,
) -> Result<Vec<u8>, Error> {
    let algorithm = login
        .algorithm(pen.prefer)
        .ok_or(AppError::new(Code::TokenMechanism))?;
    let der = &pen.certificate.der;
    let prepared = prepare(content, der, &pen.between, at, of_token(algorithm))?;
    let raw = login.sign(prepared.to_be_signed(), algorithm)?;
    Ok(prepared.finish(&raw)?)
}

pub fn of_token(algorithm: Algorithm) -> SignatureAlgorithm {
    match algorithm {
        Algorithm::RsaPkcs1Sha256 => SignatureAlgorithm::RsaPkcs1Sha256,
        Algorithm::RsaPssSha256 => SignatureAlgorithm::RsaPssSha256,
        Algorithm::EcdsaP256Sha256 => SignatureAlgorithm::EcdsaP256Sha256,
    }
}
