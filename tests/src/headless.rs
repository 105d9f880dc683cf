//! The program without its window: an engine on `HOSO_HOME` that reads one request a line and
//! writes one line for each reply and each fact; and the other side of those pipes, for tests that
//! kill it. Never shipped.
//!
//! ```text
//! > {"name":"send_now","body":{"id":null}}
//! < {"fact":{"fact":"link-changed"}}
//! < {"reply":{"Ok":null}}
//! ```

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hoso_contract::command::{BootUp, Command as Request, GetToday, Secret, Unlock};
use hoso_contract::view::{Boot, Session};
use hoso_contract::{AppError, Code, Fact};
use hoso_engine::{Engine, Handle, Place};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::desk::program;

#[derive(Serialize, Deserialize)]
struct Asked {
    name: String,
    body: Value,
}

/// One line of output.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Said {
    Fact(Fact),
    Reply(Result<Value, AppError>),
}

macro_rules! table {
    ($(($handler:ident $request:ident))*) => {
        fn act(engine: &Engine, asked: Asked) -> Result<Value, AppError> {
            use hoso_contract::command::*;
            match asked.name.as_str() {
                $(<$request as Request>::NAME => table!(@one $handler $request engine asked.body),)*
                _ => Err(AppError::new(Code::Internal)),
            }
        }
    };
    // there is nobody to choose a file
    (@one pick_path $request:ident $engine:ident $body:expr) => { Err(AppError::new(Code::Internal)) };
    (@one seal_key $request:ident $engine:ident $body:expr) => { Err(AppError::new(Code::Internal)) };
    // nor a window
    (@one hold_window $request:ident $engine:ident $body:expr) => { Err(AppError::new(Code::Internal)) };
    (@one close_window $request:ident $engine:ident $body:expr) => { Err(AppError::new(Code::Internal)) };
    (@one $handler:ident $request:ident $engine:ident $body:expr) => {
        handled::<$request>($engine, $body)
    };
}

hoso_contract::commands!(table);

fn handled<C: Request>(engine: &Engine, body: Value) -> Result<Value, AppError>
where
    Engine: Handle<C>,
{
    let unreadable = |_| AppError::new(Code::Internal);
    let request: C = serde_json::from_value(body).map_err(unreadable)?;
    let reply = engine.handle(request)?;
    serde_json::to_value(reply).map_err(unreadable)
}

/// Serves until the input ends.
pub fn serve() -> Result<()> {
    let place = Place::of_this_user();
    hoso_engine::log::start(&place);
    let out = Arc::new(Mutex::new(std::io::stdout()));
    let say = move |said: &Said| -> Result<()> {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_writer(&mut *out, said)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    };
    let tell = say.clone();
    let engine = Engine::new(
        place,
        Arc::new(move |fact| {
            // an error: nobody listens any more
            let _ = tell(&Said::Fact(fact));
        }),
    );
    for line in std::io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        say(&Said::Reply(act(&engine, asked)))?;
    }
    engine
        .handle(hoso_contract::command::Lock {})
        .map(drop)
        .or(Ok(()))
}

/// The environment of a program whose clock is wrong by `off`, such as `-400d`.
pub fn wrong_clock(off: &str) -> Result<Vec<(OsString, OsString)>> {
    let libraries = ["x86_64", "aarch64"]
        .map(|arch| format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketime.so.1"));
    let library = libraries.iter().find(|l| Path::new(l).exists());
    let library = library.context("libfaketime is not installed (Debian: faketime)")?;
    let pairs = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME", off),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    Ok(pairs.map(|(k, v)| (k.into(), v.into())).into())
}

/// A running headless program.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    replies: Receiver<Result<Value, AppError>>,
    facts: Receiver<Fact>,
}

/// No command takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

impl Client {
    /// Starts on `home`; nothing is opened yet.
    pub fn start(home: &Path, environment: &[(OsString, OsString)]) -> Result<Self> {
        let mut command = Command::new(program("hoso-headless")?);
        command.envs(environment.iter().map(|(k, v)| (k, v)));
        Self::run(command, home)
    }

    /// As [`Client::start`], by a command that ends up as `hoso-headless`.
    pub fn run(mut command: Command, home: &Path) -> Result<Self> {
        let mut child = command
            .env("HOSO_HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start hoso-headless")?;
        let input = child.stdin.take();
        let out = child.stdout.take().context("no standard output")?;
        let (reply, replies) = channel();
        let (fact, facts) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                // a killed program may end in the middle of a line
                let Ok(said) = line.map(|l| serde_json::from_str(&l)) else {
                    return;
                };
                let heard = match said {
                    Ok(Said::Reply(said)) => reply.send(said).is_ok(),
                    Ok(Said::Fact(said)) => fact.send(said).is_ok(),
                    Err(_) => false,
                };
                if !heard {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            input,
            replies,
            facts,
        })
    }

    /// One command; the outer error is a program that ended or hangs.
    pub fn ask<C: Request>(&mut self, request: &C) -> Result<Result<C::Reply, AppError>> {
        let asked = Asked {
            name: C::NAME.to_owned(),
            body: serde_json::to_value(request)?,
        };
        let mut line = serde_json::to_vec(&asked)?;
        line.push(b'\n');
        let input = self.input.as_mut().context("the program was stopped")?;
        input.write_all(&line)?;
        input.flush()?;
        match self.replies.recv_timeout(PATIENCE) {
            Ok(Ok(value)) => Ok(Ok(serde_json::from_value(value)?)),
            Ok(Err(error)) => Ok(Err(error)),
            Err(RecvTimeoutError::Timeout) => bail!("{} was not answered", C::NAME),
            Err(RecvTimeoutError::Disconnected) => bail!("the program ended at {}", C::NAME),
        }
    }

    /// One command that must succeed.
    pub fn call<C: Request>(&mut self, request: &C) -> Result<C::Reply> {
        self.ask(request)?
            .map_err(|error| anyhow::anyhow!("{}: {error:?}", C::NAME))
    }

    /// Opens the store for its first person.
    pub fn unlock(&mut self, pin: &str) -> Result<Session> {
        let Boot::Locked { people } = self.call(&BootUp {})? else {
            bail!("there is no store to open");
        };
        let person = people.first().context("nobody to unlock for")?.person;
        let pin = Secret(pin.to_owned());
        self.call(&Unlock { person, pin })
    }

    /// Looks after every fact, and five times a second, until `look` finds something.
    pub fn until<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&mut Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let end = Instant::now() + limit;
        loop {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            if Instant::now() >= end {
                bail!("{what}: waited {} s in vain", limit.as_secs());
            }
            self.next_fact(Duration::from_millis(200));
        }
    }

    /// Looks at the first screen and waits until all pages of the store were read beside it. That is
    /// told once: every fact is looked at.
    pub fn read_through(&mut self) -> Result<()> {
        const LIMIT: Duration = Duration::from_secs(300);
        self.call(&GetToday {})?;
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            let fact = self.next_fact(Duration::from_millis(200));
            if fact == Some(Fact::StoreRead { sound: true }) {
                return Ok(());
            }
        }
        bail!("not all pages were read in {} s", LIMIT.as_secs())
    }

    /// The next fact, or `None` when none came in time or the program ended.
    pub fn next_fact(&mut self, limit: Duration) -> Option<Fact> {
        match self.facts.recv_timeout(limit) {
            Ok(fact) => Some(fact),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                // ended: let the next command say so
                std::thread::park_timeout(limit);
                None
            }
        }
    }

    /// Whether it ended by itself, or was ended by another.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// For whoever kills it from outside.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Locks the store and ends.
    pub fn stop(mut self) -> Result<()> {
        self.input = None;
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the program ended with {status}");
        Ok(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.kill();
    }
}
