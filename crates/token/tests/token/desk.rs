//! A desk with two soft tokens, and the check of their signatures by OpenSSL.

use std::ffi::OsString;
use std::path::Path;

use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use hoso_testkit::shim::{Call, Fault, Shim, fingerprint};
use hoso_testkit::softhsm::{MadeToken, SoftHsm};
use hoso_token::{Algorithm, Host, Limits, Pin, TokenError};
use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use openssl::x509::X509;

pub const DATA: &[u8] = b"31 Apr: attributes to be signed";

pub fn helper() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_hoso-token"))
}

/// One SoftHSM2 folder with one token per key kind.
pub struct Desk {
    pub dir: tempfile::TempDir,
    pub ca: TestCa,
    pub hsm: SoftHsm,
    pub rsa: (MadeToken, Issued),
    pub ec: (MadeToken, Issued),
}

impl Desk {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ca = TestCa::new("CA").unwrap();
        let hsm = SoftHsm::new(dir.path()).unwrap();
        let make = |label: &str, pin, kind| {
            let key = new_key(kind).unwrap();
            let issued = ca
                .issue_for(
                    key,
                    label,
                    "Kế toán trưởng",
                    "Xã",
                    Usage::Signing,
                    Validity::Current,
                )
                .unwrap();
            (
                hsm.add_token(label, pin, "87654321", &issued).unwrap(),
                issued,
            )
        };
        let rsa = make("Lo Thi Hoa", "246810", KeyType::Rsa2048);
        let ec = make("Vang A Su", "135791", KeyType::P256);
        Self {
            dir,
            ca,
            hsm,
            rsa,
            ec,
        }
    }

    pub fn host(&self) -> Host {
        self.start(self.hsm.module(), &[], Limits::default())
            .unwrap()
    }

    pub fn start(
        &self,
        module: &Path,
        env: &[(&str, &str)],
        limits: Limits,
    ) -> Result<Host, TokenError> {
        let mut all = vec![self.hsm.env()];
        all.extend(
            env.iter()
                .map(|(n, v)| (OsString::from(n), OsString::from(v))),
        );
        Host::start_with_env(helper(), module, &all, limits)
    }

    /// The same tokens behind the module with scripted faults.
    pub fn shim(&self, faults: impl IntoIterator<Item = Fault>) -> Shim {
        let mut shim = Shim::new(self.dir.path(), &self.hsm).unwrap();
        let typed = self.rsa.0.pin.clone();
        shim.script(|s| {
            s.faults = faults.into_iter().collect();
            s.typed = typed;
        })
        .unwrap();
        shim
    }
}

/// A host on the module with scripted faults, and nothing in its environment.
pub fn behind(shim: &Shim) -> Host {
    Host::start(helper(), shim.module()).unwrap()
}

/// Each login as user and fingerprint of the PIN.
pub fn logins(shim: &Shim) -> Vec<(u64, String)> {
    let one = |call: Call| (call.user.unwrap(), call.pins.concat());
    shim.logins().into_iter().map(one).collect()
}

/// What the log says of one login of a user with that PIN.
pub fn typed(user: u64, pin: &str) -> (u64, String) {
    (user, fingerprint(pin.as_bytes()))
}

pub fn verify(issued: &Issued, algorithm: Algorithm, signature: &[u8]) -> bool {
    let key = X509::from_der(&issued.certificate_der)
        .unwrap()
        .public_key()
        .unwrap();
    if algorithm == Algorithm::EcdsaP256Sha256 {
        assert_eq!(signature.len(), 64);
        let number = |b: &[u8]| openssl::bn::BigNum::from_slice(b).unwrap();
        let (r, s) = (number(&signature[..32]), number(&signature[32..]));
        let signature = openssl::ecdsa::EcdsaSig::from_private_components(r, s).unwrap();
        let digest = openssl::sha::sha256(DATA);
        return signature.verify(&digest, &key.ec_key().unwrap()).unwrap();
    }
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    if algorithm == Algorithm::RsaPssSha256 {
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier
            .set_rsa_pss_saltlen(RsaPssSaltlen::custom(32))
            .unwrap();
    }
    verifier.verify_oneshot(signature, DATA).unwrap()
}

/// The PIN of a token, as typed.
pub fn pin(made: &MadeToken) -> Option<Pin> {
    Some(Pin::from(made.pin.as_str()))
}
