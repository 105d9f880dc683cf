//! Signing one step of one dossier: the container as it stands, the token's signature over its
//! manifest, the result verified before it is stored.

use chrono::{DateTime, NaiveDate, Utc};

use hoso_contract::{AppError, Code};
use hoso_domain::digest::Digest;
use hoso_domain::entry::path;
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_domain::party::{Role, Signer, Unit};
use hoso_domain::register;
use hoso_domain::voucher::Voucher;
use hoso_proof::{
    Container, SignatureAlgorithm, SignatureFiles, Trust, prepare, signature_value, verify,
};
use hoso_store::signatures::{self, Signature};
use hoso_store::{dossiers, evidence, outbox, revisions};
use hoso_token::{Algorithm, Login};

use crate::clock;
use crate::dossier::account;
use crate::error::Error;
use crate::open::Open;
use crate::tokens::Found;

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

/// The container of the current revision: entries and the signatures made so far, with what was added
/// to them.
pub fn container(open: &Open, id: DossierId) -> Result<Container, Error> {
    let (entries, made, added) = open.store.read(|db| {
        let number = dossiers::get(db, id)?.revision;
        Ok((
            revisions::entries(db, id, number)?,
            signatures::of_revision(db, id, number)?,
            evidence::newest(db, id, number)?,
        ))
    })?;
    let files = open.store.files();
    let mut container = Container {
        entries: Vec::new(),
        signatures: Vec::new(),
    };
    for entry in entries {
        let bytes = files.get(&entry.sha256)?;
        container.entries.push((entry, bytes));
    }
    for step in made {
        let newest = added.iter().find(|v| v.place.step == step.step);
        container.signatures.push(SignatureFiles {
            manifest: files.get(&step.manifest)?,
            p7s: files.get(&newest.map_or(step.p7s, |v| v.p7s))?,
        });
    }
    Ok(container)
}

/// Signs the step the dossier waits for and stores the signature; after the last step the dossier
/// is queued in the same transaction.
pub fn sign(
    open: &Open,
    id: DossierId,
    found: &Found,
    prefer: Algorithm,
    login: &mut Login<'_>,
) -> Result<(), Error> {
    let certificate = &found.certificate;
    let at = clock::now();
    let current = open.store.read(|db| dossiers::current(db, id))?;
    let LocalState::Awaiting { step } = current.revision.state else {
        return Err(Code::WrongState.into());
    };
    let unit = open
        .store
        .read(|db| hoso_store::units::get(db, current.dossier.unit))?;
    let vouchers = &current.revision.vouchers;
    let role = role(vouchers, step)?;
    let account = vouchers.first().map(account).unwrap_or_default();
    let signer = signer(&unit, role, account, certificate.digest, at)?.clone();

    let mut container = container(open, id)?;
    let manifest = container.open_step(&certificate.der, role_name(role), at)?;
    let connected = open.connected();
    let p7s = detached(
        &manifest,
        found,
        connected.trust.as_ref(),
        prefer,
        login,
        at,
    )?;
    container.signatures.push(SignatureFiles {
        manifest: manifest.clone(),
        p7s: p7s.clone(),
    });
    if let Some(trust) = &connected.trust {
        let report = verify(&container, trust);
        if !report.ok() {
            for (step, problem) in report.all_problems() {
                tracing::error!(step, %problem, "an own signature does not verify");
            }
            return Err(Code::SignatureInvalid.into());
        }
    }

    let files = open.store.files();
    let approval = container
        .entries
        .iter()
        .find(|(e, _)| e.path == path::approval(step));
    if let Some((_, bytes)) = approval {
        files.put_bytes(bytes)?;
    }
    let approval = approval.map(|(entry, _)| entry.clone());
    let signature = Signature {
        step,
        role,
        manifest: files.put_bytes(&manifest)?,
        manifest_size: manifest.len() as u64,
        p7s: files.put_bytes(&p7s)?,
        p7s_size: p7s.len() as u64,
        signature_value: Digest::of(&signature_value(&p7s)?),
        person: signer.person,
        holder: signer.name,
        certificate: certificate.digest,
        signed_at: at,
        revocation: "not-checked".to_owned(),
    };
    let last = usize::from(step) >= steps(vouchers)?;
    let next = match step.checked_add(1) {
        Some(step) if !last => LocalState::Awaiting { step },
        _ => LocalState::Queued,
    };
    let commit = container.commit_content()?.digest();
    let bytes: u64 = container.entries.iter().map(|(e, _)| e.size).sum::<u64>()
        + container
            .signatures
            .iter()
            .map(|s| (s.manifest.len() + s.p7s.len()) as u64)
            .sum::<u64>();
    let by = open.by();
    Ok(open.store.write(move |tx| {
        signatures::add(tx, id, &signature, approval.as_ref(), next, by)?;
        if last {
            outbox::put(tx, id, commit, bytes, by.at)?;
        }
        Ok(())
    })?)
}

/// A detached signature (CAdES B-B) over `content`, made by the token. The issuers between go along, so
/// that whoever verifies needs the roots alone.
pub fn detached(
    content: &[u8],
    found: &Found,
    trust: Option<&Trust>,
    prefer: Algorithm,
    login: &mut Login<'_>,
    at: DateTime<Utc>,
) -> Result<Vec<u8>, Error> {
    let algorithm = login
        .algorithm(prefer)
        .ok_or(AppError::new(Code::TokenMechanism))?;
    let certificate = &found.certificate.der;
    let between = match trust {
        Some(trust) => trust.path(certificate, &found.others(), at)?.between,
        None => Vec::new(),
    };
    let prepared = prepare(content, certificate, &between, at, of_token(algorithm))?;
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
