//! One commune's office with its two signers and their tokens: the same in every test and in the
//! demonstration, except for the keys.
//!
//! Names and codes are invented. It refuses to know a portal or a store: those are made by whoever
//! needs them, from these values.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::NaiveDate;
use hoso_domain::digest::Digest;
use hoso_domain::id::{PersonId, UnitId};
use hoso_domain::party::{Account, Role, Signer, Treasury, Unit};
use uuid::Uuid;

use crate::ca::{Issued, TestCa, Usage, Validity};
use crate::softhsm::{MadeToken, SoftHsm};

/// The accountant, who has no certificate and needs none.
pub const ACCOUNTANT: &str = "Giàng Thị Mai";

/// A registered signer with a token.
#[derive(Debug, Clone)]
pub struct SignerInWorld {
    pub person: PersonId,
    pub name: &'static str,
    pub title: &'static str,
    pub role: Role,
    /// PIN of the token.
    pub pin: &'static str,
    pub token: MadeToken,
    pub issued: Issued,
}

impl SignerInWorld {
    /// SHA-256 of the DER certificate.
    pub fn certificate(&self) -> Digest {
        self.issued.digest
    }
}

/// Everything a test needs to let the two sign.
#[derive(Debug)]
pub struct World {
    pub dir: PathBuf,
    pub ca: TestCa,
    pub hsm: SoftHsm,
    pub unit: Unit,
    /// Kế toán trưởng: signs first.
    pub chief: SignerInWorld,
    /// Chủ tài khoản: signs second.
    pub owner: SignerInWorld,
}

impl World {
    /// Makes keys, certificates and tokens under `dir` (about a second); writes `ca.pem` there.
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let ca = TestCa::new("CA thử nghiệm Hoso")?;
        std::fs::write(dir.join("ca.pem"), ca.pem()?)?;
        let hsm = SoftHsm::new(&dir.join("softhsm"))?;
        let chief = signer(&ca, &hsm, Role::ChiefAccountant)?;
        let owner = signer(&ca, &hsm, Role::AccountOwner)?;
        let unit = unit(&chief, &owner);
        Ok(Self {
            dir: dir.to_path_buf(),
            ca,
            hsm,
            unit,
            chief,
            owner,
        })
    }

    /// The PKCS#11 module.
    pub fn module(&self) -> &Path {
        self.hsm.module()
    }

    /// What a process needs in its environment to find the tokens.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        vec![self.hsm.env()]
    }

    /// The signer of a role.
    pub fn signer(&self, role: Role) -> &SignerInWorld {
        match role {
            Role::ChiefAccountant => &self.chief,
            Role::AccountOwner => &self.owner,
        }
    }
}

const ORGANISATION: &str = "Văn phòng HĐND và UBND xã Nậm Lay";

fn signer(ca: &TestCa, hsm: &SoftHsm, role: Role) -> Result<SignerInWorld> {
    let (name, title, label, pin, number) = match role {
        Role::ChiefAccountant => (
            "Lò Thị Hoa",
            "Kế toán trưởng",
            "Lo Thi Hoa",
            "246810",
            0xc41e_u128,
        ),
        Role::AccountOwner => (
            "Vàng A Sử",
            "Chủ tài khoản",
            "Vang A Su",
            "135791",
            0x04e4_u128,
        ),
    };
    let issued = ca.issue(name, title, ORGANISATION, Usage::Signing, Validity::Current)?;
    let token = hsm.add_token(label, pin, "87654321", &issued)?;
    Ok(SignerInWorld {
        person: PersonId(fixed(number)),
        name,
        title,
        role,
        pin,
        token,
        issued,
    })
}

/// A UUIDv7 of 1/1/2026 that is the same in every run.
fn fixed(number: u128) -> Uuid {
    Uuid::from_u128(0x019b_7690_0000_7000_8000_0000_0000_0000 | number)
}

fn unit(chief: &SignerInWorld, owner: &SignerInWorld) -> Unit {
    let since = NaiveDate::from_ymd_opt(2025, 7, 1).unwrap_or_default();
    let register = |s: &SignerInWorld| Signer {
        person: s.person,
        name: s.name.to_owned(),
        title: s.title.to_owned(),
        role: s.role,
        delegate: false,
        valid_from: since,
        valid_to: None,
        certificates: vec![s.certificate()],
        accounts: Vec::new(),
    };
    Unit {
        id: UnitId(fixed(0x0057_7130)),
        code: "1057713".to_owned(),
        name: ORGANISATION.to_owned(),
        address: "Bản Nậm Lay, xã Nậm Lay, tỉnh Điện Biên".to_owned(),
        chapter: "830".to_owned(),
        area: "03424".to_owned(),
        treasury: Treasury {
            code: "2365".to_owned(),
            name: "Kho bạc Nhà nước khu vực X – Phòng Giao dịch số 7".to_owned(),
        },
        accounts: vec![Account {
            number: "9523.4.1057713.03424".to_owned(),
            name: "Dự toán chi thường xuyên giao tự chủ".to_owned(),
        }],
        signers: vec![register(chief), register(owner)],
        hue: 168,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_world_has_two_tokens_and_names_their_certificates_in_the_unit() {
        let dir = tempfile::tempdir().unwrap();
        let world = World::new(dir.path()).unwrap();
        assert_ne!(world.chief.token.serial, world.owner.token.serial);
        assert!(!world.chief.token.serial.is_empty());
        for role in [Role::ChiefAccountant, Role::AccountOwner] {
            let signer = world.unit.signers.iter().find(|s| s.role == role).unwrap();
            assert_eq!(signer.certificates, [world.signer(role).certificate()]);
            assert_eq!(signer.person, world.signer(role).person);
        }
        assert_eq!(world.unit.code.len(), 7);
        assert!(world.dir.join("ca.pem").is_file());
    }
}
