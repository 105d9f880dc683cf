//! What crosses the pipe between caller and helper: frames of JSON with a typed content.
//!
//! A frame is its length as `u32` big-endian and that many bytes of JSON, at most [`MAX_FRAME`].
//! This module refuses to leave copies of a PIN behind: a frame's buffer has its final size from
//! the start and is zeroed, and a PIN travels as hex so that no JSON escape is ever unpacked.

use std::io::{self, Read, Write};

use hoso_domain::digest::Digest;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::error::TokenError;

/// Longest content of a frame in bytes.
pub const MAX_FRAME: usize = 4 * 1024 * 1024;

/// Mã PIN as typed. Zeroed when dropped; `Debug` shows nothing of it.
pub struct Pin(Zeroizing<String>);

impl Pin {
    pub fn new(typed: String) -> Self {
        Self(Zeroizing::new(typed))
    }

    /// The PIN's characters, for the module alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Pin {
    fn from(typed: &str) -> Self {
        Self::new(typed.to_owned())
    }
}

impl Clone for Pin {
    fn clone(&self) -> Self {
        Self::from(self.expose())
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(hex::encode(self.expose().as_bytes())))
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Pin;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a PIN in hex")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Pin, E> {
                // The decoded bytes become the string's own buffer: no second copy.
                let bytes = hex::decode(v).map_err(|_| E::custom("PIN is not hex"))?;
                let text = String::from_utf8(bytes).map_err(|e| {
                    drop(Zeroizing::new(e.into_bytes()));
                    E::custom("PIN is not UTF-8")
                })?;
                Ok(Pin::new(text))
            }
        }
        d.deserialize_str(Hex)
    }
}

/// Bytes as hex on the wire.
mod bytes {
    use super::*;

    pub fn serialize<S: Serializer>(v: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(v))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// How a signature is made. The names are those of `proof`'s own list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256, salt of 32 bytes (RFC 8017, 8.1).
    RsaPssSha256,
    /// ECDSA over P-256 with SHA-256; the signature is raw `r || s`, 64 bytes.
    EcdsaP256Sha256,
}

/// The mechanisms of a token that matter here (PKCS#11 names without `CKM_`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Mechanism {
    RsaPkcs,
    Sha256RsaPkcs,
    RsaPkcsPss,
    Sha256RsaPkcsPss,
    Ecdsa,
    EcdsaSha256,
}

/// Kind of a certificate's public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum KeyKind {
    /// `bits` of the modulus.
    Rsa {
        bits: u32,
    },
    EcP256,
    /// Something this program cannot sign with.
    Other,
}

/// Whether the private key of a certificate is on the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum KeyPresence {
    Yes,
    No,
    /// The token shows keys only after a login.
    Unknown,
}

/// What the token says of its user PIN. PKCS#11 has no number of tries, and some modules never
/// set these flags: `count_low` false does not mean that all tries are left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct PinFlags {
    /// `CKF_USER_PIN_INITIALIZED`.
    pub initialised: bool,
    /// `CKF_USER_PIN_COUNT_LOW`: at least one wrong try since the last success.
    pub count_low: bool,
    /// `CKF_USER_PIN_FINAL_TRY`: another wrong one locks.
    pub final_try: bool,
    /// `CKF_USER_PIN_LOCKED`.
    pub locked: bool,
    /// `CKF_USER_PIN_TO_BE_CHANGED`: default or expired.
    pub to_be_changed: bool,
}

/// What the token says of its PUK (the security officer's PIN of PKCS#11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct PukFlags {
    /// `CKF_SO_PIN_COUNT_LOW`.
    pub count_low: bool,
    /// `CKF_SO_PIN_FINAL_TRY`.
    pub final_try: bool,
    /// `CKF_SO_PIN_LOCKED`.
    pub locked: bool,
}

/// One X.509 certificate on a token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of `der`: what [`Request::Open`] picks by.
    pub digest: Digest,
    #[serde(with = "bytes")]
    pub der: Vec<u8>,
    /// `CKA_ID`, which links certificate and key; may lie, so the signature is verified later.
    #[serde(with = "bytes")]
    pub id: Vec<u8>,
    pub label: String,
    pub kind: KeyKind,
    pub key: KeyPresence,
    /// What key and token together can do, the simplest first. Empty: it cannot sign here.
    pub algorithms: Vec<Algorithm>,
}

/// An initialised token in a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Token {
    pub label: String,
    /// As the token writes it, padding removed. Wrong tries are counted by it.
    pub serial: String,
    pub model: String,
    pub manufacturer: String,
    /// Bounds of the PIN's length in bytes.
    pub pin_min: u32,
    pub pin_max: u32,
    /// The PIN is typed on the reader's own keys; none may be sent.
    pub protected_path: bool,
    pub login_required: bool,
    pub pin: PinFlags,
    pub puk: PukFlags,
    pub mechanisms: Vec<Mechanism>,
    pub certificates: Vec<Certificate>,
}

/// A slot with something in it that cannot be read; the others still work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unreadable {
    /// The slot's own description, for people.
    pub slot: String,
    pub error: TokenError,
}

/// All tokens of the module as they are now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Survey {
    pub tokens: Vec<Token>,
    pub unreadable: Vec<Unreadable>,
}

/// What the module says of itself once it runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModuleInfo {
    pub manufacturer: String,
    pub description: String,
    /// Version of the module.
    pub version: String,
}

/// A login that stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Opened {
    pub algorithms: Vec<Algorithm>,
    /// The key asks for the PIN at each signature; the helper keeps it for this login only.
    pub always_authenticate: bool,
    /// Flags read just before the try.
    pub before: PinFlags,
    /// Flags read after it. A success sets the count back, so `count_low` and `final_try` are
    /// false here even where a module leaves them standing.
    pub after: PinFlags,
}

/// Caller to helper. One at a time; each has one answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    Survey,
    /// One try with the PIN just typed. `pin: None` only where the reader has its own keys.
    Open {
        serial: String,
        certificate: Digest,
        pin: Option<Pin>,
    },
    /// Whether tokens came or went since the last survey or question.
    Changed,
    /// One try with the old PIN. Both `None` only where the reader has its own keys.
    ChangePin {
        serial: String,
        old: Option<Pin>,
        new: Option<Pin>,
    },
    /// One try with the PUK; sets a new user PIN. Both `None` as above.
    Unblock {
        serial: String,
        puk: Option<Pin>,
        new: Option<Pin>,
    },
    /// `data` is hashed by token or helper, never before.
    Sign {
        #[serde(with = "bytes")]
        data: Vec<u8>,
        algorithm: Algorithm,
    },
    /// Logs out and forgets the PIN.
    Close,
}

impl Request {
    /// Name for errors.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Survey => "list",
            Self::Open { .. } => "login",
            Self::Changed => "watch",
            Self::ChangePin { .. } => "PIN change",
            Self::Unblock { .. } => "unblock",
            Self::Sign { .. } => "sign",
            Self::Close => "logout",
        }
    }
}

/// Helper to caller. `Ready` or `Failed` comes once unasked, after loading the module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Response {
    Ready(ModuleInfo),
    Survey(Survey),
    Opened(Opened),
    Signature(#[serde(with = "bytes")] Vec<u8>),
    Changed(bool),
    /// The flags after it.
    PinChanged(PinFlags),
    Closed,
    Failed(TokenError),
}

/// Length first, then JSON, in one buffer of its final size.
pub fn frame<T: Serialize>(message: &T) -> io::Result<Zeroizing<Vec<u8>>> {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0 += buf.len();
            Ok(buf.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, message)?;
    let too_long = || io::Error::new(io::ErrorKind::InvalidData, "frame too long");
    if count.0 > MAX_FRAME {
        return Err(too_long());
    }
    let length = u32::try_from(count.0).map_err(|_| too_long())?;
    let mut out = Zeroizing::new(Vec::with_capacity(4 + count.0));
    out.extend_from_slice(&length.to_be_bytes());
    serde_json::to_writer(&mut *out, message)?;
    Ok(out)
}

/// The content of the next frame; `None` when the other side closed between two frames.
pub fn read_frame(from: &mut impl Read) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut length = [0u8; 4];
    let mut have = 0;
    while have < length.len() {
        let rest = length.get_mut(have..).unwrap_or_default();
        match from.read(rest) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    let mut content = Zeroizing::new(vec![0u8; length]);
    from.read_exact(&mut content)?;
    Ok(Some(content))
}

/// Reads one typed message out of a frame's content.
pub fn parse<T: DeserializeOwned>(content: &[u8]) -> Result<T, TokenError> {
    serde_json::from_slice(content).map_err(|e| TokenError::Protocol {
        // serde_json quotes no content, only its place.
        reason: format!(
            "{:?} at line {} column {}",
            e.classify(),
            e.line(),
            e.column()
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_request_survives_the_frame() {
        let request = Request::Open {
            serial: "a\"1".into(),
            certificate: Digest::of(b"c"),
            pin: Some(Pin::from("12\\34\"é")),
        };
        let frame = frame(&request).unwrap();
        assert_eq!(
            frame.capacity(),
            frame.len(),
            "a buffer that grew left a copy behind"
        );
        let content = read_frame(&mut frame.as_slice()).unwrap().unwrap();
        let Request::Open {
            serial,
            certificate,
            pin,
        } = parse(&content).unwrap()
        else {
            panic!("another request came out");
        };
        assert_eq!((serial.as_str(), certificate), ("a\"1", Digest::of(b"c")));
        assert_eq!(pin.unwrap().expose(), "12\\34\"é");
    }

    #[test]
    fn debug_shows_no_pin() {
        let request = Request::Open {
            serial: String::new(),
            certificate: Digest::of(b""),
            pin: Some(Pin::from("246810")),
        };
        assert!(!format!("{request:?}").contains("246810"));
    }

    #[test]
    fn a_frame_beyond_the_limit_is_refused_before_memory_is_taken() {
        let head = u32::MAX.to_be_bytes();
        assert!(read_frame(&mut head.as_slice()).is_err());
        let data = vec![0u8; MAX_FRAME];
        assert!(
            frame(&Request::Sign {
                data,
                algorithm: Algorithm::RsaPkcs1Sha256
            })
            .is_err()
        );
    }

    #[test]
    fn an_end_between_frames_is_no_error_and_inside_one_it_is() {
        assert!(read_frame(&mut [].as_slice()).unwrap().is_none());
        assert!(read_frame(&mut [0u8, 0].as_slice()).is_err());
        assert!(read_frame(&mut [0u8, 0, 0, 9, b'"'].as_slice()).is_err());
    }
}
