//! Small files of the data folder and secrets: written whole or not at all, secrets for the owner
//! only.

use std::io::{self, Write as _};
use std::path::Path;

use hoso_domain::digest::Digest;
use uuid::Uuid;

/// Temporary file, fsync, rename. `tempfile` makes it readable for the owner only.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    crate::blob::sync_parent(path)
}

/// 32 random bytes as hex: session tokens.
pub(crate) fn token() -> String {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    hex::encode(bytes)
}

/// A one-time code a person could read out: 4 × 4 of Crockford's alphabet, 80 bits.
pub(crate) fn code() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    let mut out = String::with_capacity(19);
    for (i, b) in bytes.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push('-');
        }
        let letter = ALPHABET.get(usize::from(b % 32)).copied().unwrap_or(b'0');
        out.push(char::from(letter));
    }
    out
}

/// How a token or code lies in the database.
pub(crate) fn hashed(secret: &str) -> String {
    Digest::of(secret.trim().as_bytes()).hex()
}

/// A new id, ordered by time.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// An argon2id hash of a password, as a PHC string.
pub(crate) fn hash_password(password: &str) -> Result<String, argon2::password_hash::Error> {
    use argon2::PasswordHasher as _;
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).expect("the system has randomness");
    let salt = argon2::password_hash::SaltString::encode_b64(&salt)?;
    Ok(argon2::Argon2::default()
        .hash_password(password.as_bytes(), &salt)?
        .to_string())
}

/// Whether `password` is the one hashed. A hash that cannot be read fits nothing.
pub(crate) fn password_fits(password: &str, hash: &str) -> bool {
    use argon2::PasswordVerifier as _;
    argon2::PasswordHash::new(hash).is_ok_and(|h| {
        argon2::Argon2::default()
            .verify_password(password.as_bytes(), &h)
            .is_ok()
    })
}
