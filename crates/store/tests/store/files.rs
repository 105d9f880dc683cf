//! Encrypted files by digest.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::Command;

use hoso_domain::digest::Digest;
use hoso_store::{Disposition, StoreError};

use crate::world::{World, summary, vouchers};

fn place(w: &World, digest: &Digest) -> PathBuf {
    let name = digest.hex();
    w.dir().join("files").join(&name[..2]).join(&name)
}

#[test]
fn what_is_put_comes_back_and_is_stored_once() {
    let w = World::new();
    let files = w.store().files();
    for size in [0usize, 1, 65_535, 65_536, 65_537, 400_000] {
        let content: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let (digest, n) = files.put(content.as_slice(), 400_000).unwrap();
        assert_eq!(digest, Digest::of(&content));
        assert_eq!(n, u64::try_from(size).unwrap());
        assert_eq!(files.get(&digest).unwrap(), content, "{size}");
        let stored = fs::read(place(&w, &digest)).unwrap();
        assert_eq!(files.put_bytes(&content).unwrap(), digest);
        assert_eq!(files.put(content.as_slice(), 0).unwrap().0, digest);
        assert_eq!(fs::read(place(&w, &digest)).unwrap(), stored, "stored once");
    }
    let left: Vec<_> = fs::read_dir(w.dir().join("files"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.len() != 2)
        .collect();
    assert_eq!(left, Vec::<String>::new(), "no temporary file stays behind");
}

#[test]
fn several_at_once_are_all_there_and_a_damaged_copy_is_set_aside() {
    let w = World::new();
    let files = w.store().files();
    let contents: [&[u8]; 5] = [b"manifest", b"signature", b"", b"kept", b"signature"];
    let kept = files.put_bytes(b"kept").unwrap();
    let damaged = files.put_bytes(b"manifest").unwrap();
    fs::write(place(&w, &damaged), b"no age file").unwrap();
    let stored = fs::read(place(&w, &kept)).unwrap();
    let digests = files.put_all(&contents).unwrap();
    assert_eq!(digests, contents.map(Digest::of));
    for (digest, content) in digests.iter().zip(contents) {
        assert_eq!(files.get(digest).unwrap(), content);
    }
    assert_eq!(fs::read(place(&w, &kept)).unwrap(), stored, "stored once");
    let aside = place(&w, &damaged).with_file_name(format!("{damaged}.damaged-1"));
    assert_eq!(fs::read(aside).unwrap(), b"no age file");
    assert!(files.put_all(&[]).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_copy_that_the_disk_does_not_give_is_written_over_and_not_set_aside() {
    let w = World::new();
    let files = w.store().files();
    let digest = files.put_bytes(b"kept").unwrap();
    let place = place(&w, &digest);
    for all in [false, true] {
        unreadable(&place);
        assert!(matches!(files.get(&digest), Err(StoreError::Disk(_))));
        match all {
            true => assert_eq!(files.put_all(&[b"kept".as_slice()]).unwrap(), [digest]),
            false => assert_eq!(files.put_bytes(b"kept").unwrap(), digest),
        }
        assert_eq!(files.get(&digest).unwrap(), b"kept");
    }
    let shelf = fs::read_dir(place.parent().unwrap()).unwrap();
    assert_eq!(shelf.count(), 1, "nothing is set aside");
}

/// A file that is there and of which the system gives no byte: a link to itself.
#[cfg(unix)]
pub fn unreadable(place: &std::path::Path) {
    fs::remove_file(place).unwrap();
    std::os::unix::fs::symlink(place, place).unwrap();
}

#[test]
fn what_a_kill_left_half_written_is_cleared_at_the_next_opening() {
    let mut w = World::new();
    let digest = w.store().files().put_bytes(b"whole").unwrap();
    w.close();
    let half = w.dir().join("files/.new-half");
    fs::write(&half, b"half").unwrap();
    w.reopen();
    assert!(!half.exists());
    assert_eq!(w.store().files().get(&digest).unwrap(), b"whole");
}

#[test]
fn a_flipped_byte_or_a_cut_file_is_found_and_putting_it_again_heals_it() {
    let w = World::new();
    let files = w.store().files();
    let content = vec![7u8; 150_000];
    let digest = files.put_bytes(&content).unwrap();
    let good = fs::read(place(&w, &digest)).unwrap();
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(place(&w, &digest), &bad).unwrap();
        let e = files.get(&digest).unwrap_err();
        assert!(
            matches!(e, StoreError::FileDamaged(d) if d == digest),
            "byte {at}: {e:?}"
        );
    }
    for length in [0, 10, 200, good.len() - 1, good.len() - 20_000] {
        fs::write(place(&w, &digest), &good[..length]).unwrap();
        assert!(
            matches!(files.get(&digest), Err(StoreError::FileDamaged(_))),
            "{length}"
        );
    }
    // a whole file under another's name is not that file
    let other = files.put_bytes(b"other").unwrap();
    fs::copy(place(&w, &other), place(&w, &digest)).unwrap();
    assert!(matches!(
        files.verify(&digest),
        Err(StoreError::FileDamaged(_))
    ));
    files.put_bytes(&content).unwrap();
    assert_eq!(files.get(&digest).unwrap(), content);
    fs::remove_file(place(&w, &digest)).unwrap();
    let e = files.get(&digest).unwrap_err();
    assert!(matches!(e, StoreError::FileMissing(_)));
    assert_eq!(e.disposition(), Disposition::Park);
}

/// A source that breaks off, like a USB stick that is pulled.
struct Pulled(usize);

impl Read for Pulled {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        self.0 -= 1;
        out.fill(1);
        Ok(out.len())
    }
}

#[test]
fn a_source_that_breaks_off_leaves_nothing_behind() {
    let w = World::new();
    assert!(matches!(
        w.store().files().put(Pulled(3), 1),
        Err(StoreError::Source(_))
    ));
    assert_eq!(fs::read_dir(w.dir().join("files")).unwrap().count(), 0);
}

pub struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A small tmpfs under `dir`; `None` where mounting is not allowed.
pub fn tiny_disk(dir: &std::path::Path, size: &str) -> Option<Mount> {
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
        .arg(dir)
        .stderr(std::process::Stdio::null())
        .status();
    let mounted = status
        .is_ok_and(|s| s.success())
        .then(|| Mount(dir.to_owned()));
    if mounted.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "a tmpfs must be mountable in CI"
        );
        eprintln!("skipped: no right to mount a tmpfs");
    }
    mounted
}

#[test]
fn a_full_disk_is_named_and_everything_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let inner = tempfile::tempdir_in(folder.path()).unwrap();
    let Some(mount) = tiny_disk(inner.path(), "6m") else {
        return;
    };
    let mut w = World::in_folder(inner);
    let d = w.draft(1, "Tiền điện");
    let kept = w.store().files().put_bytes(b"kept").unwrap();
    // known beforehand
    let e = w
        .store()
        .files()
        .put(io::repeat(1).take(1), 50_000_000)
        .unwrap_err();
    assert!(matches!(e, StoreError::DiskFull), "{e:?}");
    // found out on the way
    let e = w
        .store()
        .files()
        .put(io::repeat(2).take(50_000_000), 1)
        .unwrap_err();
    assert!(matches!(e, StoreError::DiskFull), "{e:?}");
    assert_eq!(e.disposition(), Disposition::Park);
    // fill it up for the database as well
    let filler = w.dir().join("filler");
    let _ = io::copy(&mut io::repeat(3), &mut fs::File::create(&filler).unwrap());
    let text = "dài ".repeat(200_000);
    let by = w.at(60);
    let e = w
        .store()
        .write(move |tx| {
            hoso_store::revisions::save_draft(tx, d, 1, &vouchers(&text), &summary("x"), by)
        })
        .unwrap_err();
    assert!(matches!(e, StoreError::DiskFull), "{e:?}");
    assert_eq!(w.version(d), 1);
    assert_eq!(w.store().files().get(&kept).unwrap(), b"kept");
    // also the right PIN still opens
    let mut vault = hoso_store::Vault::open(w.dir()).unwrap();
    assert!(
        vault
            .unlock(w.by.person, crate::world::PIN, w.by.at)
            .is_ok()
    );
    // and after a restart on the full disk
    w.close();
    if hoso_store::Store::open(w.dir(), &w.keys).is_err() {
        let store = hoso_store::Store::open_read_only(w.dir(), &w.keys).unwrap();
        assert!(store.read(|c| hoso_store::dossiers::current(c, d)).is_ok());
        assert_eq!(store.files().get(&kept).unwrap(), b"kept");
    }
    fs::remove_file(&filler).unwrap();
    w.reopen();
    assert_eq!(w.version(d), 1);
    w.close();
    drop(mount);
}

#[test]
fn a_folder_that_refuses_writing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let inner = tempfile::tempdir_in(folder.path()).unwrap();
    let Some(mount) = tiny_disk(inner.path(), "16m") else {
        return;
    };
    let mut w = World::in_folder(inner);
    let kept = w.store().files().put_bytes(b"kept").unwrap();
    w.close();
    let status = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(w.dir())
        .status()
        .unwrap();
    assert!(status.success());
    let e = hoso_store::Store::open(w.dir(), &w.keys).err().unwrap();
    assert!(matches!(e, StoreError::DiskRefused(_)), "{e:?}");
    let store = hoso_store::Store::open_read_only(w.dir(), &w.keys).unwrap();
    assert_eq!(store.read(hoso_store::units::all).unwrap().len(), 1);
    assert_eq!(store.files().get(&kept).unwrap(), b"kept");
    drop(store);
    Command::new("mount")
        .args(["-o", "remount,rw"])
        .arg(w.dir())
        .status()
        .unwrap();
    drop(w);
    drop(mount);
}
