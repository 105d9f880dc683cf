//! What the card knows and answers, one command after the other.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Padding;

use super::Place;
use super::apdu::{Command, find, tlv};

/// `A000000308`, the PIV application, with its version.
const APPLICATION: [u8; 11] = [
    0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
];
const PROVIDER: usize = 5;
/// A FASC-N of nobody: the card is known by its GUID instead (SP 800-73-4, part 1, 3.1.2).
const NOBODY: [u8; 25] = [
    0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb,
];
/// The PIN of the application and its PUK, as references of VERIFY and its kin.
const PIN: u8 = 0x80;
const PUK: u8 = 0x81;

/// GET RESPONSE: the next part of the answer before.
const MORE: u8 = 0xc0;

const DONE: u16 = 0x9000;
const WRONG: u16 = 0x63c0;
const LOCKED: u16 = 0x6983;
const NOT_VERIFIED: u16 = 0x6982;
const BAD_LENGTH: u16 = 0x6700;
const BAD_DATA: u16 = 0x6a80;
const NOT_FOUND: u16 = 0x6a82;
const NO_SUCH_REFERENCE: u16 = 0x6a88;
const NO_SUCH_INSTRUCTION: u16 = 0x6d00;

/// What a command leads to.
pub(super) enum Reply {
    Bytes(Vec<u8>),
    /// A signature over that block is to be made with the key there.
    Sign(Place, Vec<u8>),
}

/// A PIN or PUK: eight bytes, filled up with FF.
struct Secret {
    value: Vec<u8>,
    left: u8,
    of: u8,
}

impl Secret {
    fn new(typed: &str, of: u8) -> Self {
        let value = padded(typed.as_bytes());
        Self {
            value,
            left: of,
            of,
        }
    }

    /// One try.
    fn compare(&mut self, given: &[u8]) -> Result<(), u16> {
        if self.left == 0 {
            return Err(LOCKED);
        }
        if given == self.value {
            self.left = self.of;
            return Ok(());
        }
        self.left -= 1;
        Err(WRONG | u16::from(self.left))
    }

    fn state(&self) -> u16 {
        match self.left {
            0 => LOCKED,
            left => WRONG | u16::from(left),
        }
    }

    fn set(&mut self, value: &[u8]) {
        self.value = padded(value);
        self.left = self.of;
    }
}

fn padded(value: &[u8]) -> Vec<u8> {
    let filled = value.iter().copied().chain(std::iter::repeat(0xff));
    filled.take(8).collect()
}

pub(super) struct State {
    guid: [u8; 16],
    keys: BTreeMap<Place, (PKey<Private>, Vec<u8>)>,
    pin: Secret,
    puk: Secret,
    /// VERIFY with a PIN in it so far, whatever came of it.
    pub verifications: u32,
    /// What stands until the power goes.
    verified: bool,
    puk_verified: bool,
    /// VERIFY came after the last signature: what the signature key asks for.
    fresh: bool,
    /// Data of commands so far that are chained.
    chain: Vec<u8>,
    /// What GET RESPONSE takes.
    rest: Vec<u8>,
}

impl State {
    /// Three tries of each.
    pub fn new(guid: [u8; 16], pin: &str, puk: &str) -> Self {
        Self {
            guid,
            keys: BTreeMap::new(),
            pin: Secret::new(pin, 3),
            puk: Secret::new(puk, 3),
            verifications: 0,
            verified: false,
            puk_verified: false,
            fresh: false,
            chain: Vec::new(),
            rest: Vec::new(),
        }
    }

    pub fn put(&mut self, place: Place, key: PKey<Private>, certificate: Vec<u8>) {
        self.keys.insert(place, (key, certificate));
    }

    /// The power went, or the reader sent a reset.
    pub fn reset(&mut self) {
        (self.verified, self.puk_verified, self.fresh) = (false, false, false);
        self.chain.clear();
        self.rest.clear();
    }

    pub fn take(&mut self, bytes: &[u8]) -> Reply {
        let Some(command) = Command::parse(bytes) else {
            return answer(BAD_LENGTH);
        };
        if command.chained {
            self.chain.extend_from_slice(command.data);
            return answer(DONE);
        }
        let mut data = std::mem::take(&mut self.chain);
        data.extend_from_slice(command.data);
        if command.instruction != MORE {
            self.rest.clear();
        }
        let done = match command.instruction {
            0xa4 => self.select(&data),
            MORE => Ok(()),
            0xcb => self.get(&data),
            0x20 => self.verify(command.p2, &data),
            0x24 => self.change(command.p2, &data),
            0x2c => self.unblock(command.p1, command.p2, &data),
            0x87 => match self.what_to_sign(command.p2, &data) {
                Ok((place, block)) => return Reply::Sign(place, block),
                Err(status) => Err(status),
            },
            _ => Err(NO_SUCH_INSTRUCTION),
        };
        match done {
            Ok(()) => Reply::Bytes(self.next(command.room)),
            Err(status) => answer(status),
        }
    }

    /// The next part of an answer, and how much is left of it.
    fn next(&mut self, room: usize) -> Vec<u8> {
        let mut part: Vec<u8> = self.rest.drain(..room.min(self.rest.len())).collect();
        let status = match self.rest.len() {
            0 => DONE,
            left => 0x6100 | u16::from(u8::try_from(left).unwrap_or(0)),
        };
        part.extend(status.to_be_bytes());
        part
    }

    fn select(&mut self, name: &[u8]) -> Result<(), u16> {
        let [provider, version] = [APPLICATION.get(..PROVIDER), APPLICATION.get(PROVIDER..)];
        let (Some(provider), Some(version)) = (provider, version) else {
            return Err(NOT_FOUND);
        };
        if !name.starts_with(provider) {
            return Err(NOT_FOUND);
        }
        let about = [tlv(&[0x4f], version), tlv(&[0x79], &tlv(&[0x4f], provider))];
        self.rest = tlv(&[0x61], &about.concat());
        Ok(())
    }

    fn get(&mut self, data: &[u8]) -> Result<(), u16> {
        self.rest = match find(data, 0x5c).ok_or(BAD_DATA)? {
            // discovery: the PIN of the application is the one that counts
            [0x7e] => {
                let about = [
                    tlv(&[0x4f], &APPLICATION),
                    tlv(&[0x5f, 0x2f], &[0x40, 0x00]),
                ];
                tlv(&[0x7e], &about.concat())
            }
            [0x5f, 0xc1, 0x02] => {
                let about = [
                    tlv(&[0x30], &NOBODY),
                    tlv(&[0x34], &self.guid),
                    tlv(&[0x35], b"20401231"),
                    tlv(&[0x3e], &[]),
                    tlv(&[0xfe], &[]),
                ];
                tlv(&[0x53], &about.concat())
            }
            name => {
                let found = self.keys.iter().find(|(place, _)| place.object() == name);
                let (_, (_, certificate)) = found.ok_or(NOT_FOUND)?;
                let about = [
                    tlv(&[0x70], certificate),
                    tlv(&[0x71], &[0]),
                    tlv(&[0xfe], &[]),
                ];
                tlv(&[0x53], &about.concat())
            }
        };
        Ok(())
    }

    fn verify(&mut self, reference: u8, given: &[u8]) -> Result<(), u16> {
        match (reference, given) {
            (PIN, []) if self.verified => Ok(()),
            (PIN, []) => Err(self.pin.state()),
            (PIN, given) => {
                self.verifications += 1;
                (self.verified, self.fresh) = (false, false);
                self.pin.compare(given)?;
                (self.verified, self.fresh) = (true, true);
                Ok(())
            }
            (PUK, []) => Err(self.puk.state()),
            (PUK, given) => {
                self.puk_verified = false;
                self.puk.compare(given)?;
                self.puk_verified = true;
                Ok(())
            }
            _ => Err(NO_SUCH_REFERENCE),
        }
    }

    fn change(&mut self, reference: u8, data: &[u8]) -> Result<(), u16> {
        let (old, new) = data.split_at_checked(8).ok_or(BAD_LENGTH)?;
        let secret = match reference {
            PIN => &mut self.pin,
            PUK => &mut self.puk,
            _ => return Err(NO_SUCH_REFERENCE),
        };
        secret.compare(old)?;
        secret.set(new);
        Ok(())
    }

    /// With the PUK before the new PIN, or the new PIN alone once the PUK was verified.
    fn unblock(&mut self, p1: u8, reference: u8, data: &[u8]) -> Result<(), u16> {
        let new = match (reference, p1) {
            (PIN, 0) => {
                let (puk, new) = data.split_at_checked(8).ok_or(BAD_LENGTH)?;
                self.puk.compare(puk)?;
                new
            }
            (PIN, 2) if self.puk_verified => data,
            (PIN, _) => return Err(NOT_VERIFIED),
            _ => return Err(NO_SUCH_REFERENCE),
        };
        self.pin.set(new);
        Ok(())
    }

    /// The key and the block it is to sign. The signature key asks for the PIN each time.
    fn what_to_sign(&mut self, reference: u8, data: &[u8]) -> Result<(Place, Vec<u8>), u16> {
        let place = Place::of(reference).ok_or(NO_SUCH_REFERENCE)?;
        if !self.keys.contains_key(&place) {
            return Err(NO_SUCH_REFERENCE);
        }
        let allowed = self.verified && (place == Place::Authentication || self.fresh);
        self.fresh = false;
        if !allowed {
            return Err(NOT_VERIFIED);
        }
        let template = find(data, 0x7c).ok_or(BAD_DATA)?;
        let block = find(template, 0x81).ok_or(BAD_DATA)?;
        Ok((place, block.to_vec()))
    }

    /// Signs, and answers the first part of the signature.
    pub fn sign(&mut self, place: Place, block: &[u8]) -> Vec<u8> {
        let made = self.keys.get(&place).map(|(key, _)| raw(key, block));
        match made {
            Some(Ok(signature)) => {
                self.rest = tlv(&[0x7c], &tlv(&[0x82], &signature));
                self.next(256)
            }
            _ => BAD_DATA.to_be_bytes().to_vec(),
        }
    }
}

fn answer(status: u16) -> Reply {
    Reply::Bytes(status.to_be_bytes().to_vec())
}

/// RSA: the block as it is, filled up by the reader's side; EC: ECDSA over the digest, in DER.
fn raw(key: &PKey<Private>, block: &[u8]) -> Result<Vec<u8>> {
    if let Ok(rsa) = key.rsa() {
        let mut signature = vec![0; usize::try_from(rsa.size())?];
        rsa.private_encrypt(block, &mut signature, Padding::NONE)?;
        return Ok(signature);
    }
    if let Ok(ec) = key.ec_key() {
        return Ok(EcdsaSig::sign(block, &ec)?.to_der()?);
    }
    bail!("a key of no kind a PIV card has")
}
