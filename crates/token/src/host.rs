//! The caller's side: starts the helper for one module and waits for answers, never for ever.
//!
//! This module refuses to call PKCS#11, to repeat a call by itself, and to outlive its helper:
//! dropping [`Host`] ends the child. It needs no async runtime; each call blocks at most its limit.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hoso_domain::digest::Digest;
use zeroize::Zeroizing;

use crate::error::TokenError;
use crate::message::{
    Algorithm, ModuleInfo, Opened, Pin, PinFlags, Request, Response, Survey, Token, frame, parse,
    read_frame,
};
use crate::module::check_module;

type Frame = Zeroizing<Vec<u8>>;

/// How long each kind of call may take before the helper counts as hung.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Loading and initialising the module.
    pub start: Duration,
    pub list: Duration,
    /// Also the time a person has at a reader with its own keys.
    pub login: Duration,
    pub sign: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            start: seconds(10),
            list: seconds(10),
            login: seconds(30),
            sign: seconds(30),
        }
    }
}

/// A running helper with one module loaded.
#[derive(Debug)]
pub struct Host {
    module: PathBuf,
    info: ModuleInfo,
    limits: Limits,
    child: Child,
    /// To the thread that writes and reads the pipes; `None` once the helper is gone.
    to: Option<Sender<Frame>>,
    from: Receiver<Option<Frame>>,
    complaints: Arc<Mutex<Vec<u8>>>,
}

impl Host {
    /// Starts `helper` for the module at `module` and waits until the module runs.
    pub fn start(helper: &Path, module: &Path) -> Result<Self, TokenError> {
        Self::start_with_env(helper, module, &[], Limits::default())
    }

    /// As [`Host::start`], with variables added to the helper's environment and own limits.
    pub fn start_with_env(
        helper: &Path,
        module: &Path,
        env: &[(OsString, OsString)],
        limits: Limits,
    ) -> Result<Self, TokenError> {
        if !helper.is_file() {
            return Err(TokenError::HelperMissing {
                path: helper.to_path_buf(),
            });
        }
        let mut command = Command::new(helper);
        let path = std::env::var_os("PATH").unwrap_or_default();
        if cfg!(windows)
            && let Some(path) = with_folder_of(module, &path)
        {
            command.env("PATH", path);
        }
        command
            .arg(module)
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        no_console(&mut command);
        let mut child = command.spawn().map_err(|e| TokenError::HelperNotStarted {
            reason: e.to_string(),
        })?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(TokenError::HelperNotStarted {
                reason: "no pipes".into(),
            });
        };
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&complaints);
        std::thread::spawn(move || drain(stderr, &keep));
        let (to, requests) = channel();
        let (answers, from) = channel();
        std::thread::spawn(move || carry(stdin, stdout, &requests, &answers));

        let mut host = Self {
            module: module.to_path_buf(),
            info: ModuleInfo {
                manufacturer: String::new(),
                description: String::new(),
                version: String::new(),
            },
            limits,
            child,
            to: Some(to),
            from,
            complaints,
        };
        match host.answer("start", limits.start)? {
            Response::Ready(info) => host.info = info,
            other => return Err(host.unexpected("start", other)),
        }
        Ok(host)
    }

    /// The module this host was started for.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// What the module says of itself.
    pub fn info(&self) -> &ModuleInfo {
        &self.info
    }

    /// Process id of the helper.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// False once a call ended in [`TokenError::HostLost`] or [`TokenError::Hung`].
    pub fn is_alive(&self) -> bool {
        self.to.is_some()
    }

    /// The last words of the helper's error output (at most 16 KiB): what vendor modules print. Not for
    /// the log: a module may print what it was handed. The helper itself writes nothing a PIN could be in.
    pub fn complaints(&self) -> String {
        let kept = self
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }

    /// The readable tokens, as they are now.
    pub fn tokens(&mut self) -> Result<Vec<Token>, TokenError> {
        self.survey().map(|survey| survey.tokens)
    }

    /// All tokens, with those that cannot be read and why.
    pub fn survey(&mut self) -> Result<Survey, TokenError> {
        match self.call(&Request::Survey, self.limits.list)? {
            Response::Survey(survey) => Ok(survey),
            other => Err(self.unexpected("list", other)),
        }
    }

    /// Logs in to the token `serial` for the key of the certificate with that SHA-256, with one
    /// try. `pin: None` only for a token with `protected_path`. Never repeats a try.
    pub fn open(
        &mut self,
        serial: &str,
        certificate: Digest,
        pin: Option<Pin>,
    ) -> Result<Login<'_>, TokenError> {
        let request = Request::Open {
            serial: serial.to_owned(),
            certificate,
            pin,
        };
        match self.call(&request, self.limits.login)? {
            Response::Opened(opened) => Ok(Login { host: self, opened }),
            other => Err(self.unexpected("login", other)),
        }
    }

    /// Whether tokens came or went since the last survey or question. Costs no login and no try.
    pub fn changed(&mut self) -> Result<bool, TokenError> {
        match self.call(&Request::Changed, self.limits.list)? {
            Response::Changed(changed) => Ok(changed),
            other => Err(self.unexpected("watch", other)),
        }
    }

    /// Replaces the user PIN, with one try of the old one. Both `None` only for a token with
    /// `protected_path`. Answers the flags after it.
    pub fn change_pin(
        &mut self,
        serial: &str,
        old: Option<Pin>,
        new: Option<Pin>,
    ) -> Result<PinFlags, TokenError> {
        let serial = serial.to_owned();
        let request = Request::ChangePin { serial, old, new };
        match self.call(&request, self.limits.login)? {
            Response::PinChanged(flags) => Ok(flags),
            other => Err(self.unexpected("PIN change", other)),
        }
    }

    /// Sets a new user PIN by the PUK, with one try of it. Both `None` as in
    /// [`Host::change_pin`].
    pub fn unblock(
        &mut self,
        serial: &str,
        puk: Option<Pin>,
        new: Option<Pin>,
    ) -> Result<PinFlags, TokenError> {
        let serial = serial.to_owned();
        let request = Request::Unblock { serial, puk, new };
        match self.call(&request, self.limits.login)? {
            Response::PinChanged(flags) => Ok(flags),
            other => Err(self.unexpected("unblock", other)),
        }
    }

    fn call(&mut self, request: &Request, limit: Duration) -> Result<Response, TokenError> {
        let name = request.name();
        let frame = frame(request).map_err(|e| TokenError::Protocol {
            reason: e.to_string(),
        })?;
        let sent = self.to.as_ref().is_some_and(|to| to.send(frame).is_ok());
        if !sent {
            return Err(self.lost(name));
        }
        self.answer(name, limit)
    }

    fn answer(&mut self, name: &str, limit: Duration) -> Result<Response, TokenError> {
        let content = match self.from.recv_timeout(limit) {
            Ok(Some(content)) => content,
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return Err(self.lost(name)),
            Err(RecvTimeoutError::Timeout) => {
                self.end(Duration::ZERO);
                return Err(TokenError::Hung {
                    call: name.to_owned(),
                    seconds: limit.as_secs(),
                });
            }
        };
        match parse(&content) {
            Ok(Response::Failed(error)) => Err(error),
            Ok(response) => Ok(response),
            Err(error) => {
                self.end(Duration::ZERO);
                Err(error)
            }
        }
    }

    fn unexpected(&mut self, call: &str, _response: Response) -> TokenError {
        self.end(Duration::ZERO);
        TokenError::Protocol {
            reason: format!("another answer than asked for in {call}"),
        }
    }

    fn lost(&mut self, call: &str) -> TokenError {
        // The pipe is closed, so the process is about to be gone; it gets a moment to be so.
        let exit = self.end(Duration::from_secs(1));
        TokenError::HostLost {
            call: call.to_owned(),
            exit,
        }
    }

    /// Closes the pipe, waits up to `grace`, kills, and collects the process.
    fn end(&mut self, grace: Duration) -> String {
        self.to = None;
        let until = Instant::now() + grace;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.to_string(),
                Ok(None) if Instant::now() < until => {
                    std::thread::park_timeout(Duration::from_millis(5));
                }
                Ok(None) | Err(_) => break,
            }
        }
        // Failing means that it is gone already; waiting then collects it.
        let _ = self.child.kill();
        self.child
            .wait()
            .map_or_else(|e| e.to_string(), |status| status.to_string())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.to.is_some() {
            // Enough for a logout; modules that dead-lock on the way out are killed.
            self.end(Duration::from_millis(500));
        }
    }
}

/// A login that stands until it is dropped: one PIN, any number of signatures.
#[derive(Debug)]
pub struct Login<'h> {
    host: &'h mut Host,
    opened: Opened,
}

impl Login<'_> {
    /// What key and token offer, and the PIN's flags before and after the try.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The preferred algorithm when key and token offer it, else their first.
    pub fn algorithm(&self, preferred: Algorithm) -> Option<Algorithm> {
        let offered = &self.opened.algorithms;
        if offered.contains(&preferred) {
            Some(preferred)
        } else {
            offered.first().copied()
        }
    }

    /// Signs `data`, which is hashed on the way. RSA: as long as the modulus; ECDSA: raw `r || s`.
    pub fn sign(&mut self, data: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, TokenError> {
        let request = Request::Sign {
            data: data.to_vec(),
            algorithm,
        };
        match self.host.call(&request, self.host.limits.sign)? {
            Response::Signature(signature) => Ok(signature),
            other => Err(self.host.unexpected("sign", other)),
        }
    }
}

impl Drop for Login<'_> {
    fn drop(&mut self) {
        if self.host.is_alive() {
            // A failed logout ends with the process; the next call tells of a lost host.
            let _ = self.host.call(&Request::Close, self.host.limits.list);
        }
    }
}

/// Writes each request and reads its answer. Ends with either side; dropping `stdin` ends the
/// helper.
fn carry(
    mut stdin: ChildStdin,
    mut stdout: ChildStdout,
    requests: &Receiver<Frame>,
    answers: &Sender<Option<Frame>>,
) {
    loop {
        let answer = read_frame(&mut stdout).ok().flatten();
        let over = answer.is_none();
        if answers.send(answer).is_err() || over {
            return;
        }
        let Ok(request) = requests.recv() else { return };
        if stdin.write_all(&request).is_err() {
            let _ = answers.send(None);
            return;
        }
    }
}

fn drain(mut stderr: impl Read, keep: &Mutex<Vec<u8>>) {
    const KEEP: usize = 16 * 1024;
    let mut buffer = [0u8; 1024];
    while let Ok(n @ 1..) = stderr.read(&mut buffer) {
        let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(buffer.iter().take(n));
        let over = kept.len().saturating_sub(KEEP);
        kept.drain(..over);
    }
}

/// The search path with the module's folder at its end: there Windows finds the libraries that a module
/// outside the system's folder brought along.
fn with_folder_of(module: &Path, path: &OsStr) -> Option<OsString> {
    let folder = module.parent().filter(|f| f.is_absolute())?;
    let folders = std::env::split_paths(path).chain([folder.to_owned()]);
    std::env::join_paths(folders).ok()
}

#[cfg(windows)]
fn no_console(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn no_console(_: &mut Command) {}

/// The program `hoso-token` beside this one (test programs: one folder up). Debug builds take
/// `HOSO_TOKEN_HELPER` first. The path may not exist; [`Host::start`] then says so.
pub fn helper_path() -> PathBuf {
    if cfg!(debug_assertions)
        && let Some(path) = std::env::var_os("HOSO_TOKEN_HELPER")
    {
        return path.into();
    }
    let name = format!("hoso-token{}", std::env::consts::EXE_SUFFIX);
    let here = std::env::current_exe().unwrap_or_default();
    let folder = here.parent().unwrap_or(Path::new(""));
    let beside = folder.join(&name);
    match folder.parent() {
        Some(above) if !beside.is_file() && folder.file_name() == Some(OsStr::new("deps")) => {
            above.join(name)
        }
        _ => beside,
    }
}

/// The program for this module: [`helper_path`], or the one built for a module of another
/// architecture where it lies beside, e.g. `hoso-token-x86` for a 32-bit DLL on a 64-bit PC.
pub fn helper_for(module: &Path) -> PathBuf {
    beside(helper_path(), module)
}

fn beside(usual: PathBuf, module: &Path) -> PathBuf {
    let Err(TokenError::ModuleWrongArchitecture { found, .. }) = check_module(module) else {
        return usual;
    };
    let name = format!("hoso-token-{found}{}", std::env::consts::EXE_SUFFIX);
    let other = usual.with_file_name(name);
    if other.is_file() { other } else { usual }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn libraries_beside_a_module_are_looked_for_after_those_of_the_system() {
        let [system, vendor] = ["system", "vendor"].map(|name| std::env::temp_dir().join(name));
        let module = vendor.join("module.dll");
        let path = with_folder_of(&module, system.as_os_str()).unwrap();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        assert_eq!(folders, [system.clone(), vendor]);
        // a bare name says nothing of a folder
        assert_eq!(
            with_folder_of(Path::new("module.dll"), system.as_os_str()),
            None
        );
    }

    #[test]
    fn a_module_of_another_architecture_gets_the_helper_built_for_it_where_there_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let usual = path("hoso-token");
        // the head of a 32-bit library for Intel
        let mut head = vec![0u8; 52];
        let [magic, kind, machine] = [&b"\x7fELF\x01\x01\x01"[..], &[3, 0], &[3, 0]];
        head.splice(..7, magic.iter().copied());
        head.splice(16..18, kind.iter().copied());
        head.splice(18..20, machine.iter().copied());
        std::fs::write(path("old.so"), head).unwrap();
        std::fs::write(path("text.so"), "no library").unwrap();
        let chosen = |module: &str| beside(usual.clone(), &path(module));
        assert_eq!(
            chosen("old.so"),
            usual,
            "none is installed: the usual one says why"
        );
        let other = path(&format!("hoso-token-x86{}", std::env::consts::EXE_SUFFIX));
        std::fs::write(&other, "").unwrap();
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert_eq!(chosen("old.so"), other);
        }
        for module in ["text.so", "none.so"] {
            assert_eq!(chosen(module), usual);
        }
    }
}
