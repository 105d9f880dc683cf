//! The commands over a store: backup, restore, check, export, verify-audit, sync. Secrets come from
//! standard input or the terminal, never from the command line, which other programs can read.

use std::io::{BufRead as _, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use hoso_contract::command::{
    BackUp, BootUp, CheckStore, Command, ExportYear, GetBackupState, GetSession, ListBackups, Lock,
    MendFiles, PreviewRestore, Restore, Secret, SendNow, Unlock, VerifyTrail,
};
use hoso_contract::view::{
    BackupRow, Boot, CheckReport, KnownRow, LinkView, PersonChoice, RestoreKey,
};
use hoso_contract::{AppError, Code, Fact};
use hoso_engine::{Engine, Handle, Place};
use hoso_text::Lang;

use crate::arguments::{Office, Task};
use crate::words;

/// Why a command ended without its answer.
pub enum Stop {
    /// The engine's code, in words.
    Said(AppError),
    /// Words of our own.
    Own(String),
    /// The console is gone.
    Console(std::io::Error),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Stop::Said(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Console(error)
    }
}

/// Runs `office`; 0 done, 1 something is wrong with the data, 2 it could not be done.
pub fn run(office: &Office, out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<u8> {
    match task(office, out, err) {
        Ok(code) => Ok(code),
        Err(Stop::Console(error)) => Err(error),
        Err(Stop::Own(text)) => writeln!(err, "{text}").map(|()| 2),
        Err(Stop::Said(error)) => {
            tell(&error, err)?;
            Ok(match error.code {
                Code::TrailBroken | Code::BackupDamaged | Code::StoreDamaged => 1,
                _ => 2,
            })
        }
    }
}

fn tell(error: &AppError, err: &mut dyn Write) -> std::io::Result<()> {
    let words = hoso_text::failure(error, Lang::Vi);
    writeln!(err, "{}. {} {}", words.title, words.cause, words.remedy)
}

fn task(office: &Office, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Stop> {
    let place = Place::of_this_user();
    let (facts, heard) = channel();
    let tell = Arc::new(move |fact| {
        // nobody listens once the command is over
        let _ = facts.send(fact);
    });
    let engine = match office.task {
        Task::Sync { .. } => Engine::new(place, tell),
        _ => Engine::quiet(place, tell),
    };
    match &office.task {
        Task::Restore { from, go } => return restore(&engine, office, from, *go, out, err),
        Task::CheckBackup { from } => return check_backup(&engine, office, from, out, err),
        _ => {}
    }
    unlock(&engine, office, err)?;
    let code = match &office.task {
        Task::Backup { to } => backup(&engine, to.as_deref(), out)?,
        Task::Check { mend } => check(&engine, *mend, out, err)?,
        Task::Export { year, to } => export(&engine, *year, to, out)?,
        Task::VerifyAudit { head } => verify_audit(&engine, *head, out)?,
        Task::Sync { minutes } => sync(&engine, *minutes, &heard, out, err)?,
        Task::Restore { .. } | Task::CheckBackup { .. } => 2,
    };
    engine.handle(Lock {})?;
    Ok(code)
}

fn ask<C: Command>(engine: &Engine, command: C) -> Result<C::Reply, Stop>
where
    Engine: Handle<C>,
{
    Ok(engine.handle(command)?)
}

fn unlock(engine: &Engine, office: &Office, err: &mut dyn Write) -> Result<(), Stop> {
    let people = match ask(engine, BootUp {})? {
        Boot::Locked { people } => people,
        Boot::FirstRun => return Err(Stop::Own(words::NO_STORE.to_owned())),
        Boot::Unusable { error, .. } => return Err(error.into()),
        Boot::Open(_) => return Ok(()),
    };
    let person = chosen(&people, office.person.as_deref())?;
    let pin = secret(&words::ask_pin(&person.name), err)?;
    let person = person.person;
    ask(engine, Unlock { person, pin }).map(drop)
}

/// The person named, or the only one.
fn chosen(people: &[PersonChoice], name: Option<&str>) -> Result<PersonChoice, Stop> {
    let found = match name {
        Some(name) => people.iter().find(|p| p.name == name),
        None => people.first().filter(|_| people.len() == 1),
    };
    found.cloned().ok_or_else(|| Stop::Own(words::who(people)))
}

/// One line; unseen where a person types it.
fn secret(prompt: &str, err: &mut dyn Write) -> Result<Secret, Stop> {
    if std::io::stdin().is_terminal() {
        write!(err, "{prompt}: ")?;
        err.flush()?;
        return Ok(Secret(rpassword::read_password()?));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let typed = line.trim_end_matches(['\r', '\n']).to_owned();
    Ok(Secret(typed))
}

fn backup(engine: &Engine, to: Option<&Path>, out: &mut dyn Write) -> Result<u8, Stop> {
    let folder = match to {
        Some(to) => Some(std::path::absolute(to)?.to_string_lossy().into_owned()),
        None => None,
    };
    let state = ask(engine, BackUp { folder })?;
    if let Some(last) = &state.last {
        out.write_all(words::backed_up(last, state.disk).as_bytes())?;
    }
    Ok(0)
}

/// What the check found is told also where nothing of it could be mended.
fn check(
    engine: &Engine,
    mend: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, Stop> {
    let mut report: CheckReport = ask(engine, CheckStore {})?;
    let mut unmended = None;
    if mend && report.missing.saturating_add(report.damaged) > 0 {
        match engine.handle(MendFiles {}) {
            Ok(after) => report = after,
            Err(error) => unmended = Some(error),
        }
    }
    out.write_all(words::checked(&report).as_bytes())?;
    let state = ask(engine, GetBackupState {})?;
    out.write_all(words::backup_age(&state).as_bytes())?;
    if let Some(error) = unmended {
        tell(&error, err)?;
    }
    Ok(if report.is_clean() { 0 } else { 1 })
}

fn export(engine: &Engine, year: i32, to: &Path, out: &mut dyn Write) -> Result<u8, Stop> {
    let folder = std::path::absolute(to)?.to_string_lossy().into_owned();
    let done = ask(engine, ExportYear { year, folder })?;
    out.write_all(words::exported(&done).as_bytes())?;
    let whole = done.unreadable == 0 && done.trail_until.is_none();
    Ok(if whole { 0 } else { 1 })
}

fn verify_audit(engine: &Engine, known: Option<KnownRow>, out: &mut dyn Write) -> Result<u8, Stop> {
    let head = ask(engine, VerifyTrail { known })?;
    out.write_all(words::trail(head).as_bytes())?;
    Ok(0)
}

/// Sends what waits in all units and reads the answers, until nothing is left that goes by itself, the
/// link fails or time is up.
fn sync(
    engine: &Engine,
    minutes: u64,
    heard: &Receiver<Fact>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, Stop> {
    let end = Instant::now() + Duration::from_secs(minutes.saturating_mul(60));
    ask(engine, SendNow { id: None })?;
    loop {
        // looked at after each fact, and once a second
        let _ = heard.recv_timeout(Duration::from_secs(1));
        let waiting = engine.waiting()?;
        let sent = waiting.going == 0;
        let link = ask(engine, GetSession {})?.link;
        match link {
            LinkView::Online {
                unread: Some(why), ..
            } if sent => {
                write!(err, "{}", words::still_waiting(waiting))?;
                return Err(why.into());
            }
            LinkView::Online { .. } if sent => {
                out.write_all(words::synced(waiting).as_bytes())?;
                return Ok(if waiting.standing == 0 { 0 } else { 1 });
            }
            LinkView::NotSetUp => return Err(Stop::Own(words::NO_PORTAL.to_owned())),
            LinkView::Offline { why: Some(why), .. } => {
                write!(err, "{}", words::still_waiting(waiting))?;
                return Err(why.into());
            }
            _ if Instant::now() >= end => {
                write!(err, "{}", words::still_waiting(waiting))?;
                return Ok(1);
            }
            _ => {}
        }
    }
}

fn restore(
    engine: &Engine,
    office: &Office,
    from: &Path,
    go: Go,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, Stop> {
    let found = backups(engine, from)?;
    if let Go::List = go {
        readable(&found)?;
        out.write_all(words::backups(&found).as_bytes())?;
        return Ok(0);
    }
    let newest = newest(&found)?;
    let key = key_of(newest, office, err)?;
    let place = newest.place.clone();
    let preview = ask(
        engine,
        PreviewRestore {
            place: place.clone(),
            key: key.clone(),
        },
    )?;
    out.write_all(words::preview(&preview).as_bytes())?;
    if let Go::Preview = go {
        return Ok(0);
    }
    let restored = ask(engine, Restore { place, key })?;
    out.write_all(words::RESTORED.as_bytes())?;
    out.write_all(words::restored_without(restored.lost).as_bytes())?;
    Ok(if restored.lost == 0 { 0 } else { 1 })
}

fn backups(engine: &Engine, from: &Path) -> Result<Vec<BackupRow>, Stop> {
    let folder = std::path::absolute(from)?.to_string_lossy().into_owned();
    ask(engine, ListBackups { folder })
}

/// Those that can be read, or why none can.
fn readable(found: &[BackupRow]) -> Result<Vec<&BackupRow>, Stop> {
    let rows: Vec<&BackupRow> = found.iter().filter(|r| r.error.is_none()).collect();
    if rows.is_empty() {
        let why = found.iter().find_map(|r| r.error.clone());
        let why = why.unwrap_or_else(|| AppError::new(Code::NotABackup));
        return Err(why.into());
    }
    Ok(rows)
}

/// The newest that can be read: of the store on this PC, else of the only store there is one of. Between
/// the stores of other PCs a person chooses.
fn newest(found: &[BackupRow]) -> Result<&BackupRow, Stop> {
    let rows = readable(found)?;
    if let Some(own) = rows.iter().find(|r| r.here) {
        return Ok(*own);
    }
    let mut stores: Vec<&BackupRow> = Vec::new();
    for row in rows {
        if stores.iter().all(|seen| seen.store != row.store) {
            stores.push(row);
        }
    }
    match stores.as_slice() {
        [only] => Ok(*only),
        several => Err(Stop::Own(words::which(several))),
    }
}

fn key_of(row: &BackupRow, office: &Office, err: &mut dyn Write) -> Result<RestoreKey, Stop> {
    let PersonChoice { person, name, .. } = chosen(&row.people, office.person.as_deref())?;
    Ok(if office.recovery {
        let code = secret(words::ASK_RECOVERY, err)?;
        RestoreKey::Recovery { person, code }
    } else {
        let pin = secret(&words::ask_pin(&name), err)?;
        RestoreKey::Pin { person, pin }
    })
}

/// Reads the newest backup whole; also on a PC without a store.
fn check_backup(
    engine: &Engine,
    office: &Office,
    from: &Path,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, Stop> {
    let found = backups(engine, from)?;
    let newest = newest(&found)?;
    let key = key_of(newest, office, err)?;
    let report = engine.check_backup(Path::new(&newest.place), &key)?;
    out.write_all(words::backup_checked(&report, &newest.place).as_bytes())?;
    Ok(if report.is_clean() { 0 } else { 1 })
}

/// How far a restore goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Go {
    List,
    Preview,
    Restore,
}
