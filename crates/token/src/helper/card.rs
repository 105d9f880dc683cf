//! One module at work: the survey of its tokens, a login, signatures.
//!
//! It refuses to pick a token by slot or label, to send an empty PIN, to log in without one unless
//! the token has its own keys, to open sessions that could write, and to go on after the token
//! was removed.

mod objects;
mod pin;
mod watch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use hoso_domain::digest::Digest;

use super::fault::{self, PinFacts};
use super::key;
use super::raw::Raw;
use crate::error::TokenError;
use crate::message::{
    Algorithm, KeyPresence, Mechanism, ModuleInfo, Opened, Pin, PinFlags, Survey, Token, Unreadable,
};

/// A loaded module and, during a batch, its one login.
pub struct Card {
    path: PathBuf,
    module: Pkcs11,
    raw: Raw,
    open: Option<Open>,
    /// The tokens as the caller last heard of them: slot and serial.
    known: Vec<(u64, String)>,
    /// Serials whose PIN was set anew here: some modules leave the flag of the lock standing until the
    /// next login.
    unblocked: BTreeSet<String>,
}

struct Open {
    session: Session,
    slot: Slot,
    key: ObjectHandle,
    mechanisms: Vec<Mechanism>,
    algorithms: Vec<Algorithm>,
    protected_path: bool,
    /// Kept only for a key that asks at each signature.
    pin: Option<Pin>,
    always_authenticate: bool,
}

impl Card {
    /// Loads and initialises; the file was checked before.
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let start = |e: Error| fault::at_start(path, &e);
        let module = Pkcs11::new(path).map_err(start)?;
        let raw = Raw::of(path).map_err(start)?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(e) => return Err(start(e)),
        }
        Ok(Self {
            path: path.to_path_buf(),
            module,
            raw,
            open: None,
            known: Vec::new(),
            unblocked: BTreeSet::new(),
        })
    }

    /// The module's words about itself; empty where it has none.
    pub fn info(&self) -> ModuleInfo {
        match self.module.get_library_info() {
            Ok(info) => ModuleInfo {
                manufacturer: info.manufacturer_id().to_owned(),
                description: info.library_description().to_owned(),
                version: info.library_version().to_string(),
            },
            Err(_) => ModuleInfo {
                manufacturer: String::new(),
                description: self.path.display().to_string(),
                version: String::new(),
            },
        }
    }

    /// All initialised tokens; one that fails does not hide the others.
    pub fn survey(&mut self) -> Result<Survey, TokenError> {
        self.mark()?;
        let mut survey = Survey::default();
        for slot in self.slots()? {
            match self.token(slot) {
                Ok(Some(token)) => survey.tokens.push(token),
                Ok(None) => {}
                Err(error) => {
                    let slot = self.module.get_slot_info(slot).map_or_else(
                        |_| format!("slot {}", slot.id()),
                        |info| info.slot_description().trim().to_owned(),
                    );
                    survey.unreadable.push(Unreadable { slot, error });
                }
            }
        }
        Ok(survey)
    }

    fn slots(&self) -> Result<Vec<Slot>, TokenError> {
        self.raw.slots().map_err(|e| fault::on_token(&e))
    }

    /// `None` for an uninitialised token (SoftHSM2 always shows one).
    fn token(&self, slot: Slot) -> Result<Option<Token>, TokenError> {
        let info = self.token_info(slot)?;
        if !info.token_initialized() {
            return Ok(None);
        }
        let mechanisms = self.mechanisms(slot)?;
        let session = self
            .module
            .open_ro_session(slot)
            .map_err(|e| fault::on_token(&e))?;
        let mut certificates = Vec::new();
        for found in self.certificates(&session)? {
            let visible = !self.keys_with_id(&session, &found.id)?.is_empty();
            let presence = match (visible, info.login_required()) {
                (true, _) => KeyPresence::Yes,
                (false, true) => KeyPresence::Unknown,
                (false, false) => KeyPresence::No,
            };
            certificates.push(found.describe(presence, &mechanisms));
        }
        let facts = pin::facts(&info);
        Ok(Some(Token {
            label: info.label().trim().to_owned(),
            serial: info.serial_number().trim().to_owned(),
            model: info.model().trim().to_owned(),
            manufacturer: info.manufacturer_id().trim().to_owned(),
            pin_min: facts.min,
            pin_max: facts.max,
            protected_path: info.protected_authentication_path(),
            login_required: info.login_required(),
            pin: facts.flags,
            puk: pin::puk_flags(&info),
            mechanisms,
            certificates,
        }))
    }

    fn token_info(&self, slot: Slot) -> Result<TokenInfo, TokenError> {
        self.module.get_token_info(slot).map_err(|e| match &e {
            // The wrapper refuses the whole answer when one field is out of order.
            Error::Pkcs11(..) => fault::on_token(&e),
            _ => TokenError::Unreadable {
                reason: fault::code(&e),
            },
        })
    }

    fn mechanisms(&self, slot: Slot) -> Result<Vec<Mechanism>, TokenError> {
        let types = self
            .module
            .get_mechanism_list(slot)
            .map_err(|e| fault::on_token(&e))?;
        Ok(key::known(&types))
    }

    /// One login with one try, for the key of that certificate.
    pub fn open(
        &mut self,
        serial: &str,
        certificate: Digest,
        pin: Option<Pin>,
    ) -> Result<Opened, TokenError> {
        self.close();
        let (slot, info) = self.find_token(serial, Some(certificate))?;
        let protected_path = info.protected_authentication_path();
        let before = pin::facts(&info);
        self.check_lock(serial, before)?;
        match (&pin, protected_path) {
            (Some(_), true) => return Err(TokenError::PinOnReader),
            (None, false) => return Err(TokenError::PinNeeded),
            (Some(pin), false) => pin::check(pin, before)?,
            (None, true) => {}
        }
        let mechanisms = self.mechanisms(slot)?;
        let session = self
            .module
            .open_ro_session(slot)
            .map_err(|e| fault::on_token(&e))?;
        // No try is spent on a token that shows certificates and not this one. A token that shows
        // none may hide them until the login.
        let visible = self.certificates(&session)?;
        let mut found = visible.iter().find(|c| c.digest == certificate).cloned();
        if found.is_none() && !visible.is_empty() {
            return Err(TokenError::NoSuchCertificate);
        }

        self.login(&session, UserType::User, pin.as_ref(), slot, before)?;
        self.unblocked.remove(serial);
        let after = self.flags_after_success(slot, before);

        if found.is_none() {
            found = self
                .certificates(&session)?
                .into_iter()
                .find(|c| c.digest == certificate);
        }
        let result = found
            .ok_or(TokenError::NoSuchCertificate)
            .and_then(|found| {
                let key = self.private_key(&session, &found)?;
                Ok((found, key))
            });
        let (found, key) = match result {
            Ok(pair) => pair,
            Err(error) => {
                logout(&session);
                return Err(error);
            }
        };
        let always_authenticate = matches!(
            session
                .get_attributes(key, &[AttributeType::AlwaysAuthenticate])
                .as_deref(),
            Ok([Attribute::AlwaysAuthenticate(true)])
        );
        let algorithms = key::algorithms(found.key.kind, &mechanisms);
        self.open = Some(Open {
            session,
            slot,
            key,
            mechanisms,
            algorithms: algorithms.clone(),
            protected_path,
            pin: pin.filter(|_| always_authenticate),
            always_authenticate,
        });
        Ok(Opened {
            algorithms,
            always_authenticate,
            before: before.flags,
            after,
        })
    }

    /// The one place where a PIN goes to the module.
    fn login(
        &self,
        session: &Session,
        user: UserType,
        pin: Option<&Pin>,
        slot: Slot,
        known: PinFacts,
    ) -> Result<(), TokenError> {
        // An exact copy that is zeroed on drop; a `String` turned into a box could leave one.
        let secret = pin.map(|pin| AuthPin::new(Box::<str>::from(pin.expose())));
        match session.login(user, secret.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(e) => {
                let flags = self.flags(slot, known);
                Err(fault::with_pin(&e, PinFacts { flags, ..known }))
            }
        }
    }

    /// The PIN's flags as they are now; those known before where the token does not answer.
    fn flags(&self, slot: Slot, known: PinFacts) -> PinFlags {
        self.module
            .get_token_info(slot)
            .map_or(known.flags, |info| pin::facts(&info).flags)
    }

    /// A signature over `data` with the key of the login.
    pub fn sign(&mut self, data: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, TokenError> {
        let open = self.open.as_ref().ok_or(TokenError::NotOpen)?;
        let result = self.sign_open(open, data, algorithm);
        if result.as_ref().is_err_and(fault::loses_session) {
            self.close();
        }
        result
    }

    fn sign_open(
        &self,
        open: &Open,
        data: &[u8],
        algorithm: Algorithm,
    ) -> Result<Vec<u8>, TokenError> {
        let mechanism = key::choose(algorithm, &open.mechanisms)
            .filter(|_| open.algorithms.contains(&algorithm))
            .ok_or(TokenError::NoMechanism { algorithm })?;
        let (ck, input) = key::prepare(mechanism, data);
        let token = |e: Error| fault::on_token(&e);
        open.session.sign_init(&ck, open.key).map_err(token)?;
        if open.always_authenticate {
            let pin = open.pin.as_ref();
            if pin.is_none() && !open.protected_path {
                return Err(TokenError::PinNeeded);
            }
            let known = self.token_info(open.slot).map(|info| pin::facts(&info))?;
            self.login(
                &open.session,
                UserType::ContextSpecific,
                pin,
                open.slot,
                known,
            )?;
        }
        // in one part: ECDSA and plain RSA know no other
        let signature = self.raw.sign(&open.session, &input).map_err(token)?;
        if signature.is_empty() {
            return Err(TokenError::Refused {
                call: "C_Sign".into(),
                code: "no bytes".into(),
            });
        }
        Ok(signature)
    }

    /// Logs out and forgets; also when the token is gone.
    pub fn close(&mut self) {
        if let Some(open) = self.open.take() {
            logout(&open.session);
        }
    }

    /// The token with that serial. Serials are unique per maker only: among equals the one with
    /// the certificate, and none where that does not tell them apart.
    fn find_token(
        &self,
        serial: &str,
        wanted: Option<Digest>,
    ) -> Result<(Slot, TokenInfo), TokenError> {
        let mut found = Vec::new();
        let mut unreadable = None;
        for slot in self.slots()? {
            match self.token_info(slot) {
                Ok(info) if !info.token_initialized() => {}
                Ok(info) if info.serial_number().trim() == serial => found.push((slot, info)),
                Ok(_) => {}
                Err(error) => unreadable = Some(error),
            }
        }
        if let (true, Some(wanted)) = (found.len() > 1, wanted) {
            found.retain(|(slot, _)| {
                let session = self.module.open_ro_session(*slot);
                session.is_ok_and(|s| {
                    self.certificates(&s)
                        .is_ok_and(|c| c.iter().any(|c| c.digest == wanted))
                })
            });
        }
        let serial = || serial.to_owned();
        let first = found.pop();
        match first {
            Some(_) if !found.is_empty() => Err(TokenError::TwinTokens { serial: serial() }),
            Some(one) => Ok(one),
            None => Err(unreadable.unwrap_or_else(|| TokenError::NoSuchToken { serial: serial() })),
        }
    }
}

fn logout(session: &Session) {
    // Not logged in, or gone: nothing stands either way.
    let _ = session.logout();
}
