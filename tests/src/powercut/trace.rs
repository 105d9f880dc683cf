//! strace's log as calls on files. Knows no disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

pub const CALLS: &str = "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,\
                     mkdir,unlink,unlinkat,rmdir";

/// One call, on paths relative to the disk.
#[derive(Debug)]
pub enum Call {
    /// Opened to be made or emptied.
    Make {
        path: PathBuf,
        emptied: bool,
    },
    /// `None`: at the end.
    Write {
        path: PathBuf,
        at: Option<usize>,
        bytes: Vec<u8>,
    },
    Cut {
        path: PathBuf,
        length: usize,
    },
    Sync(PathBuf),
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Folder(PathBuf),
    Remove(PathBuf),
    /// The program answered its next request.
    Answer,
}

/// Reads strace's log: whole lines, those of threads that met put together again.
pub fn read(trace: &str, disk: &Path) -> Result<Vec<Call>> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((pid, text)) = line.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        let whole;
        let text = if let Some(first) = text.strip_suffix("<unfinished ...>") {
            begun.insert(pid, first);
            continue;
        } else if text.starts_with("<... ") {
            let first = begun.remove(pid).unwrap_or_default();
            let rest = text.split_once("resumed>").map_or("", |(_, rest)| rest);
            whole = format!("{first}{rest}");
            whole.as_str()
        } else {
            text
        };
        if let Some(call) = call(text, disk).with_context(|| short(text))? {
            calls.push(call);
        }
    }
    ensure!(!calls.is_empty(), "nothing was traced");
    Ok(calls)
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn call(text: &str, disk: &Path) -> Result<Option<Call>> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(None);
    };
    // a call put together again has blanks before its bracket, and as many as fill a column after it
    let Some((arguments, result)) = rest.rsplit_once('=').and_then(|(before, result)| {
        let arguments = before.trim_end().strip_suffix(')')?;
        Some((arguments.trim_end(), result.trim_start()))
    }) else {
        return Ok(None);
    };
    if result.starts_with('-') {
        return Ok(None);
    }
    // quoted strings are hex throughout, so nothing in them looks like a separator
    let parts: Vec<&str> = arguments.split(", ").collect();
    let part = |n: usize| parts.get(n).copied().unwrap_or_default();
    let on_disk = |path: PathBuf| -> Option<PathBuf> {
        let path = path.strip_prefix(disk).ok()?.to_owned();
        // shared memory is no file's content
        (!path.to_string_lossy().ends_with("-shm")).then_some(path)
    };
    let named = |n: usize| on_disk(PathBuf::from(String::from_utf8(unhex(part(n))).ok()?));
    // an open file with its path, in hex as well: `7<\x2f\x61>`
    let open = |text: &str| {
        let (_, path) = text.split_once('<')?;
        let (path, _) = path.split_once('>')?;
        on_disk(PathBuf::from(String::from_utf8(unhex(path)).ok()?))
    };
    Ok(match name {
        "write" if part(0).starts_with("1<") => {
            let reply = unhex(part(1)).starts_with(br#"{"reply""#);
            reply.then_some(Call::Answer)
        }
        "write" => open(part(0)).map(|path| Call::Write {
            path,
            at: None,
            bytes: unhex(part(1)),
        }),
        "pwrite64" => match open(part(0)) {
            Some(path) => Some(Call::Write {
                path,
                at: Some(part(3).parse()?),
                bytes: unhex(part(1)),
            }),
            None => None,
        },
        "ftruncate" => match open(part(0)) {
            Some(path) => Some(Call::Cut {
                path,
                length: part(1).parse()?,
            }),
            None => None,
        },
        "fsync" | "fdatasync" => open(part(0)).map(Call::Sync),
        "openat" if part(2).contains("O_CREAT") => named(1).map(|path| Call::Make {
            path,
            emptied: part(2).contains("O_TRUNC"),
        }),
        "rename" => renamed(named(0), named(1)),
        "renameat" | "renameat2" => renamed(named(1), named(3)),
        "mkdir" => named(0).map(Call::Folder),
        "unlink" | "rmdir" => named(0).map(Call::Remove),
        "unlinkat" => {
            // relative to an open folder
            let folder = open(part(0));
            let name = String::from_utf8(unhex(part(1)))?;
            match folder {
                Some(folder) => Some(Call::Remove(folder.join(name))),
                None => named(1).map(Call::Remove),
            }
        }
        _ => None,
    })
}

fn renamed(from: Option<PathBuf>, to: Option<PathBuf>) -> Option<Call> {
    let (from, to) = (from?, to?);
    Some(Call::Rename { from, to })
}

/// `"\x2f\x61"` as bytes.
fn unhex(quoted: &str) -> Vec<u8> {
    let inner = quoted.trim_end_matches('.').trim_matches('"');
    inner
        .split("\\x")
        .skip(1)
        .filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn what_another_process_does_outside_the_disk_is_left_out() {
        // /t/k, and a process whose memory and files are closed to others
        let key = r"\x2f\x74\x2f\x6b";
        let trace = format!(
            "12  openat(AT_FDCWD<\\x2f>, \"{key}\", O_RDWR|O_CREAT, 0600) = 4<{key}>\n\
             12  write(4<{key}>, \"\\x61\", 1) = 1\n\
             12  unlinkat(AT_FDCWD<\\x2f>, \"{key}\", 0) = 0\n\
             13  openat(AT_FDCWD, 0x7ffc10, O_WRONLY|O_CREAT, 0600) = 5\n\
             13  pwrite64(5, 0x7ffc20, 1, 0) = 1\n\
             13  rename(0x7ffc10, 0x7ffc20) = 0\n\
             11  mkdir(\"\\x2f\\x64\\x2f\\x66\", 0777) = 0\n"
        );
        let calls = read(&trace, Path::new("/d")).unwrap();
        let said: Vec<String> = calls.iter().map(|c| format!("{c:?}")).collect();
        assert_eq!(said, [r#"Folder("f")"#]);
    }

    #[test]
    fn calls_of_threads_that_met_are_read_as_whole_as_others() {
        // /d/f
        let file = r"6<\x2f\x64\x2f\x66>";
        let trace = format!(
            "11  pwrite64({file}, \"\\x61\\x62\", 2, 4096 <unfinished ...>\n\
             12  fsync({file} <unfinished ...>\n\
             11  <... pwrite64 resumed>)              = 2\n\
             12  <... fsync resumed>)                 = 0\n\
             11  pwrite64({file}, \"\\x63\", 1, 0) = 1\n\
             11  fsync({file}) = -1 EIO (Input/output error)\n"
        );
        let calls = read(&trace, Path::new("/d")).unwrap();
        let said: Vec<String> = calls.iter().map(|c| format!("{c:?}")).collect();
        assert_eq!(
            said,
            [
                r#"Write { path: "f", at: Some(4096), bytes: [97, 98] }"#,
                r#"Sync("f")"#,
                r#"Write { path: "f", at: Some(0), bytes: [99] }"#,
            ]
        );
    }
}
