//! A revision with its two signatures: made once per process, so that its bytes are the same in every
//! seed, and put into a store as the program does it.

use anyhow::{Context as _, Result};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::entry::{Entry, path};
use hoso_domain::form;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_domain::party::Role;
use hoso_domain::voucher::Voucher;
use hoso_proof::{Container, SignatureFiles, sign_with_key, signature_value};
use hoso_store::revisions::{self, Summary};
use hoso_store::signatures::{self, Signature};
use hoso_store::{By, Files, Store, StoreError, dossiers, outbox};
use hoso_testkit::ca::{Issued, TestCa};

const ROLES: [(Role, &str); 2] = [
    (Role::ChiefAccountant, "chief-accountant"),
    (Role::AccountOwner, "account-owner"),
];

/// What is frozen, who signed it, and what goes to the portal of it. Its files lie in the store.
#[derive(Clone, Debug)]
pub struct Signed {
    voucher: Voucher,
    entries: Vec<Entry>,
    /// In their order, each with the approval record it covers.
    steps: Vec<(Signature, Option<Entry>)>,
    /// Of the commit.
    pub digest: Digest,
    bytes: u64,
}

impl Signed {
    /// Prints and signs the dossier `data` with one attachment; what it is made of is put into `files`.
    pub fn make(
        files: &Files,
        data: &DossierData,
        attachment: Vec<u8>,
        ca: &TestCa,
        signers: [&Issued; 2],
        by: By,
    ) -> Result<Self> {
        let voucher = data.vouchers.first().context("a voucher")?;
        let form = form::find(&voucher.form).context("form 13")?;
        let pdf = hoso_print::render(form, voucher, data)?;
        let mut container = Container::new(vec![
            (path::DATA.to_owned(), data.to_bytes()),
            (path::voucher(0, &voucher.form.number), pdf),
            (path::file("hop-dong.txt"), attachment),
        ]);
        let told = container.entries.iter().map(|o| o.entry().clone());
        let entries: Vec<Entry> = told.collect();
        for object in &container.entries {
            files.put_bytes(object.bytes())?;
        }
        let mut steps = Vec::new();
        for (step, (issued, (role, name))) in (1u8..).zip(signers.into_iter().zip(ROLES)) {
            let manifest = container.open_step(&issued.certificate_der, name, by.at)?;
            let (certificate, key) = (&issued.certificate_pem, issued.key_pem()?);
            let p7s = sign_with_key(&manifest, certificate, &[&ca.pem()?], &key, by.at)?;
            let record = container.object(&path::approval(step));
            if let Some(record) = record {
                files.put_bytes(record.bytes())?;
            }
            let approval = record.map(|record| record.entry().clone());
            let signature = Signature {
                step,
                role,
                manifest: files.put_bytes(&manifest)?,
                manifest_size: manifest.len() as u64,
                p7s: files.put_bytes(&p7s)?,
                p7s_size: p7s.len() as u64,
                signature_value: Digest::of(&signature_value(&p7s)?),
                person: by.person,
                holder: name.to_owned(),
                certificate: issued.digest,
                signed_at: by.at,
                revocation: "not-checked".to_owned(),
            };
            container.signatures.push(SignatureFiles { manifest, p7s });
            steps.push((signature, approval));
        }
        Ok(Self {
            voucher: voucher.clone(),
            entries,
            steps,
            digest: container.commit_content()?.digest(),
            bytes: container.entries.iter().map(|o| o.entry().size).sum(),
        })
    }

    /// Trình ký, both signatures, Chờ gửi: what stands as a draft in the store must be what was signed.
    pub fn queue(&self, store: &Store, id: DossierId, by: By) -> Result<(), StoreError> {
        let entries = self.entries.clone();
        store.write(move |tx| {
            let version = dossiers::current(tx, id)?.revision.version;
            revisions::freeze(tx, id, version, &entries, by)
        })?;
        let (last, digest, bytes) = (self.steps.len(), self.digest, self.bytes);
        for (signature, approval) in self.steps.iter().cloned() {
            let last = usize::from(signature.step) == last;
            let next = match last {
                true => LocalState::Queued,
                false => LocalState::Awaiting {
                    step: signature.step + 1,
                },
            };
            store.write(move |tx| {
                signatures::add(tx, id, &signature, approval.as_ref(), next, by)?;
                match last {
                    true => outbox::put(tx, id, digest, bytes, by.at),
                    false => Ok(()),
                }
            })?;
        }
        Ok(())
    }

    /// Bổ sung, Lập lại: what was sent is mended into this revision, which is signed and queued.
    pub fn amend(&self, store: &Store, id: DossierId, by: By) -> Result<(), StoreError> {
        store.write(move |tx| revisions::mend(tx, id, &LocalState::Sent, by))?;
        let voucher = self.voucher.clone();
        store.write(move |tx| {
            let version = dossiers::current(tx, id)?.revision.version;
            let summary = summary(&voucher);
            revisions::save_draft(tx, id, version, &[voucher], &summary, by)
        })?;
        self.queue(store, id, by)
    }
}

/// What lists show of a dossier of one voucher.
pub fn summary(voucher: &Voucher) -> Summary {
    Summary {
        number: voucher.field("number").to_owned(),
        form: voucher.form.number.clone(),
        title: voucher.field("content").to_owned(),
        payee: voucher.field("payee_name").to_owned(),
        total: Dong::parse(voucher.field("total")).unwrap_or_default(),
        day: voucher.field("voucher_date").parse().ok(),
        search: String::new(),
    }
}
