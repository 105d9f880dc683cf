//! The printed recovery code: 160 random bits in Crockford's base 32, eight groups of four.

use zeroize::Zeroizing;

use super::KeyError;
use crate::key::random;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 32;

/// A recovery code. Zeroed when dropped; has no `Debug`.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    pub(super) fn generate() -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(random::<20>()?);
        let mut code = Zeroizing::new(String::with_capacity(LENGTH));
        let (mut held, mut bits) = (0u32, 0u32);
        for byte in bytes.iter() {
            held = (held << 8) | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                let digit = (held >> bits) & 31;
                let c = usize::try_from(digit).ok().and_then(|d| ALPHABET.get(d));
                code.push(char::from(c.copied().unwrap_or(b'0')));
            }
            held &= (1 << bits) - 1;
        }
        Ok(Self(code))
    }

    /// Reads what a person typed: any case, spaces and dashes anywhere, O as 0, I and L as 1.
    /// `None` when it is not 32 characters of the alphabet.
    pub(super) fn read(typed: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(LENGTH));
        for c in typed.chars() {
            let c = match c.to_ascii_uppercase() {
                c if c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '.' | '_') =>
                {
                    continue;
                }
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            if !u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b)) || code.len() == LENGTH {
                return None;
            }
            code.push(c);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// Eight groups of four, separated by dashes, for paper.
    pub fn text(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(LENGTH + 7));
        for (i, c) in self.0.chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                out.push('-');
            }
            out.push(c);
        }
        out
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
