//! The kinds of tokens that tests run over: two signers' tokens of one kind at two readers, behind the
//! module that counts and misbehaves.
//!
//! It refuses to hide what a kind cannot show: [`Kind::cannot`] says it, and tests hold that it is so.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::ca::Issued;
use crate::kryoptic::Kryoptic;
use crate::piv::{Card, Place};
use crate::readers::{self, Readers};
use crate::shim::Shim;
use crate::softhsm::{MadeToken, SoftHsm};

/// A test of each kind out of each function that takes a [`Kind`].
#[macro_export]
macro_rules! over_every_kind {
    ($($test:ident,)*) => {
        mod softhsm2 {
            $(#[test] fn $test() { super::$test($crate::kinds::Kind::SoftHsm) })*
        }
        mod kryoptic {
            $(#[test] fn $test() { super::$test($crate::kinds::Kind::Kryoptic) })*
        }
        mod piv_card {
            $(#[test] fn $test() { super::$test($crate::kinds::Kind::PivCard) })*
        }
    };
}

/// What stands behind the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    SoftHsm,
    Kryoptic,
    /// Our own PIV card, read by OpenSC through pcscd.
    PivCard,
}

/// What a token may be able to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ability {
    Rsa2048,
    Rsa3072,
    Pss,
    P256,
    /// The PIN is locked after wrong tries.
    Lock,
    /// A flag before the last try.
    FinalTry,
    /// The PUK sets a locked PIN anew.
    Unblock,
    /// A key asks for the PIN at each signature.
    AlwaysAuthenticate,
    /// Pulled out and put in, idle and during a signature.
    Removal,
    /// A token that never answers.
    Hang,
    /// After the logout the process holds no PIN.
    Wipe,
}

impl Ability {
    pub const ALL: [Self; 11] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Pss,
        Self::P256,
        Self::Lock,
        Self::FinalTry,
        Self::Unblock,
        Self::AlwaysAuthenticate,
        Self::Removal,
        Self::Hang,
        Self::Wipe,
    ];

    /// For the table in docs/TOKENS.md.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA-2048, PKCS#1 v1.5",
            Self::Rsa3072 => "RSA-3072, PKCS#1 v1.5",
            Self::Pss => "RSA-PSS",
            Self::P256 => "ECDSA P-256",
            Self::Lock => "wrong PINs lock",
            Self::FinalTry => "a flag before the last try",
            Self::Unblock => "the PUK sets the PIN anew",
            Self::AlwaysAuthenticate => "a key that asks each time",
            Self::Removal => "pulled out idle, pulled out during a signature, put in",
            Self::Hang => "never answers a signature",
            Self::Wipe => "no PIN in its process after the logout",
        }
    }
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::SoftHsm, Self::Kryoptic, Self::PivCard];

    pub fn name(self) -> &'static str {
        match self {
            Self::SoftHsm => "SoftHSM2",
            Self::Kryoptic => "kryoptic",
            Self::PivCard => "PIV card (OpenSC)",
        }
    }

    /// Why a kind cannot show something by itself, and what is tested instead; `None`: it can.
    pub fn cannot(self, ability: Ability) -> Option<&'static str> {
        use Ability as A;
        match (self, ability) {
            (Self::SoftHsm, A::Lock) => Some("never locks; the shim's count does"),
            (Self::SoftHsm, A::FinalTry) => Some("never sets it; the shim does"),
            (Self::SoftHsm | Self::Kryoptic, A::Removal) => {
                Some("a file is not plugged in; the shim takes it away")
            }
            (Self::SoftHsm | Self::Kryoptic, A::Hang) => Some("the shim keeps silent for it"),
            (Self::Kryoptic | Self::PivCard, A::Wipe) => {
                Some("keeps it; the process ends with the batch")
            }
            _ => None,
        }
    }

    /// Wrong PINs that lock; `None`: none do.
    pub fn tries(self) -> Option<u32> {
        match self {
            Self::SoftHsm => None,
            Self::Kryoptic => Some(10),
            Self::PivCard => Some(3),
        }
    }
}

/// Sets a PIN anew, on every token made here.
pub const PUK: &str = "87654321";

/// What is to be made for one signer.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub label: &'a str,
    /// Eight digits fit every kind.
    pub pin: &'a str,
    pub issued: &'a Issued,
    /// The key asks for the PIN at each signature.
    pub asks: bool,
}

/// Tokens of one kind, each in a reader of its own.
pub struct Tokens {
    pub kind: Kind,
    /// In the order they were wanted.
    pub made: Vec<MadeToken>,
    /// Stands before the module: counts, and misbehaves when it is told to.
    pub shim: Shim,
    module: PathBuf,
    env: Vec<(OsString, OsString)>,
    cards: Option<(Readers, Vec<Card>)>,
}

impl Tokens {
    /// Makes them under `dir`; at most [`readers::READERS`].
    pub fn make(kind: Kind, dir: &Path, wanted: &[Wanted<'_>]) -> Result<Self> {
        let dir = dir.join(format!("{kind:?}"));
        let (module, env, made, cards) = match kind {
            Kind::SoftHsm => {
                let hsm = SoftHsm::new(&dir)?;
                let made = wanted.iter().map(|w| soft(&hsm, w));
                let made = made.collect::<Result<_>>()?;
                (hsm.module().to_owned(), vec![hsm.env()], made, None)
            }
            Kind::Kryoptic => {
                let mut token = Kryoptic::new(&dir)?;
                let one = |w: &Wanted<'_>| token.add_token(w.label, w.pin, PUK, w.issued, w.asks);
                let made = wanted.iter().map(one).collect::<Result<_>>()?;
                (token.module().to_owned(), vec![token.env()], made, None)
            }
            Kind::PivCard => {
                let readers = Readers::start(&dir)?;
                let (mut made, mut cards) = (Vec::new(), Vec::new());
                for (reader, w) in (0..).zip(wanted) {
                    let card = card(w)?;
                    readers.insert(reader, &card)?;
                    made.push(MadeToken {
                        label: w.label.to_owned(),
                        serial: card.serial(),
                        pin: w.pin.to_owned(),
                        certificate: w.issued.digest,
                    });
                    cards.push(card);
                }
                let env = readers.env().to_vec();
                (readers::module()?, env, made, Some((readers, cards)))
            }
        };
        Ok(Self {
            kind,
            made,
            shim: Shim::before(&dir, &module, &env)?,
            module,
            env,
            cards,
        })
    }

    /// The module itself, with nothing before it.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// What the module itself needs in its environment; the shim needs nothing.
    pub fn env(&self) -> &[(OsString, OsString)] {
        &self.env
    }

    /// The card of a token, where it is one.
    pub fn card(&self, index: usize) -> Option<&Card> {
        self.cards.as_ref().and_then(|(_, cards)| cards.get(index))
    }

    /// Pulls a token out: really where there is a reader, else the shim takes it away.
    pub fn pull(&self, index: usize) -> Result<()> {
        match &self.cards {
            Some((readers, _)) => readers.pull(u16::try_from(index)?),
            None => self.shim.pull(&self.token(index)?.label),
        }
    }

    /// Puts it in again.
    pub fn insert(&self, index: usize) -> Result<()> {
        match &self.cards {
            Some((readers, cards)) => {
                let card = cards.get(index).context("no such card")?;
                readers.insert(u16::try_from(index)?, card)
            }
            None => self.shim.insert(&self.token(index)?.label),
        }
    }

    fn token(&self, index: usize) -> Result<&MadeToken> {
        self.made.get(index).context("no such token")
    }
}

fn soft(hsm: &SoftHsm, wanted: &Wanted<'_>) -> Result<MadeToken> {
    let Wanted {
        label,
        pin,
        issued,
        asks,
    } = *wanted;
    if asks {
        return hsm.add_asking_token(label, pin, PUK, issued);
    }
    hsm.add_token(label, pin, PUK, issued)
}

fn card(wanted: &Wanted<'_>) -> Result<Card> {
    let card = Card::new(wanted.pin, PUK)?;
    let place = if wanted.asks {
        Place::Signature
    } else {
        Place::Authentication
    };
    card.put(place, wanted.issued);
    Ok(card)
}
