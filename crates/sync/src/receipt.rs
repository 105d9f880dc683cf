//! Receipts. "Đã gửi" is said of nothing but a [`VerifiedReceipt`], and there is no other way to
//! get one than verifying it.

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_portal_api::{Receipt, SignedReceipt};
use hoso_proof::{Trust, verify_cms};

use crate::failure::{Cause, Failure, ReceiptTrouble};

/// What was sent, as the receipt must repeat it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expected {
    pub dossier: DossierId,
    pub unit: UnitId,
    pub revision: u32,
    /// `CommitContent::digest` of the revision.
    pub digest: Digest,
}

/// A receipt whose signature verified under the connection file's authority, for exactly what was
/// sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedReceipt {
    receipt: Receipt,
    signed: SignedReceipt,
    signer: String,
}

impl VerifiedReceipt {
    /// Verifies `signed` (of the portal, or read back from the store) against what was sent.
    pub fn verify(
        signed: SignedReceipt,
        trust: &Trust,
        expected: &Expected,
    ) -> Result<Self, Failure> {
        let invalid = |why, cause: Option<Cause>| Failure::ReceiptInvalid { why, cause };
        let p7s = signed
            .p7s_der()
            .map_err(|e| invalid(ReceiptTrouble::Unreadable, Some(e.into())))?;
        let signer = verify_cms(signed.receipt.as_bytes(), &p7s, trust)
            .map_err(|e| invalid(ReceiptTrouble::Signature, Some(e.into())))?;
        let receipt = signed
            .read()
            .map_err(|e| invalid(ReceiptTrouble::Unreadable, Some(e.into())))?;
        let said = Expected {
            dossier: receipt.id,
            unit: receipt.unit,
            revision: receipt.revision,
            digest: receipt.digest,
        };
        if said != *expected {
            return Err(invalid(ReceiptTrouble::AnotherSubmission, None));
        }
        Ok(Self {
            receipt,
            signed,
            signer: signer.subject,
        })
    }

    /// Whether it names this audit head, as that of a commit accepted just now must. One given again
    /// may name another: a restored store sends what the lost one had sent with a later head.
    pub fn repeats(&self, head: Digest) -> bool {
        self.receipt.audit_head.is_none_or(|said| said == head)
    }

    /// What the portal says.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The bytes to keep: they prove the receipt to anybody.
    pub fn signed(&self) -> &SignedReceipt {
        &self.signed
    }

    /// Common name of the portal's receipt certificate.
    pub fn signer(&self) -> &str {
        &self.signer
    }
}
