//! Processes as Linux shows them from outside: who was started by whom, and what stands in their memory.

use std::fs::{self, File};
use std::io::BufRead as _;
use std::os::unix::fs::FileExt as _;

/// What one page of memory takes in `/proc/PID/pagemap`.
const MARK: u64 = 8;
const PAGE: u64 = 4096;
/// How much is read at once.
const PART: u64 = 512 * PAGE;

/// The process and those it started.
pub fn family(process: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = all.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse::<u32>().ok()?;
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        let parent = status.lines().find_map(|l| l.strip_prefix("PPid:"))?;
        (parent.trim() == process.to_string()).then_some(id)
    });
    std::iter::once(process).chain(children).collect()
}

/// Where one of the patterns stands in the writable memory of a process; `None` where the system does
/// not let us look.
///
/// What was set aside and never written is passed over: WebKit sets aside more than any PC has.
pub fn in_memory(process: u32, patterns: &[&[u8]]) -> Option<Vec<String>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let memory = File::open(format!("/proc/{process}/mem")).ok()?;
    let pages = File::open(format!("/proc/{process}/pagemap")).ok()?;
    // what begins in one part and ends in the next is found too
    let longest = patterns.iter().map(|p| p.len() as u64).max()?;
    let mut found = Vec::new();
    for line in maps.lines().filter(|l| l.contains(" rw")) {
        let (mut from, end) = bounds(line)?;
        while from < end {
            let part = PART.min(end - from);
            let mut bytes = vec![0; (part + longest).min(end - from) as usize];
            if is_written(&pages, from, part) && memory.read_exact_at(&mut bytes, from).is_ok() {
                let places = patterns
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| holds(&bytes, p));
                found.extend(places.map(|(n, _)| format!("pattern {n} in {line}")));
            }
            from += part;
        }
    }
    Some(found)
}

/// First address and the one behind the last, of a line of `/proc/PID/maps`.
fn bounds(line: &str) -> Option<(u64, u64)> {
    let (from, end) = line.split(' ').next()?.split_once('-')?;
    let number = |s| u64::from_str_radix(s, 16).ok();
    Some((number(from)?, number(end)?))
}

/// Whether a page there is in memory or swapped out.
fn is_written(pages: &File, from: u64, size: u64) -> bool {
    let mut marks = vec![0; (size / PAGE * MARK) as usize];
    // where the system does not tell, it is looked at
    let told = pages.read_exact_at(&mut marks, from / PAGE * MARK);
    // the two highest bits of each mark
    told.is_err()
        || marks
            .chunks(MARK as usize)
            .any(|m| m.last().is_some_and(|b| b >> 6 != 0))
}

/// From one first byte to the next: what looks for it is the standard library's, fast in every build.
fn holds(bytes: &[u8], pattern: &[u8]) -> bool {
    let (mut rest, first) = (bytes, pattern.first().copied().unwrap_or_default());
    while rest.skip_until(first).is_ok_and(|passed| passed > 0) {
        let at = bytes.len() - rest.len() - 1;
        if bytes.get(at..).is_some_and(|b| b.starts_with(pattern)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_stands_in_a_process_is_found_and_its_children_are_known() {
        let mut sleeper = std::process::Command::new("cat")
            .env("HOSO_KEPT", "a-word-that-stands-nowhere-else")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert!(family(std::process::id()).contains(&sleeper.id()));
        let word = ["a-word-that-", "stands-nowhere-else"].concat();
        let found = || in_memory(sleeper.id(), &[word.as_bytes()]);
        crate::wait_until("the word", std::time::Duration::from_secs(10), || {
            found().is_some_and(|places| !places.is_empty())
        })
        .unwrap();
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    }
}
