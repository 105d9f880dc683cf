//! Khôi phục: a backup becomes the store, on this PC or a bare one. It refuses to delete: the store
//! that was there is set aside as it is.
//!
//! The backup is laid out beside the store's folder, held against its manifest, opened, and only
//! then put in its place by two renames. A power cut between them is finished at the next start.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use hoso_domain::digest::Digest;

use crate::audit::{self, Act, Params};
use crate::backup::{
    BackupError, FilePart, Manifest, Progress, Watch, copy_part, database_opens, go_on, has_room,
    of_one_file, pool, pulled, put, read_part, sync_all, write_synced,
};
use crate::error::StoreError;
use crate::files::Files;
use crate::key::Keys;
use crate::lock::Lock;
use crate::store::Store;
use crate::{By, devices, layout, numbers, vault};

/// Says that what was laid out is whole.
const WHOLE: &str = "whole";

/// A backup that was laid out beside the store's folder.
#[derive(Clone, Debug)]
pub struct LaidOut {
    pub manifest: Manifest,
    /// Files that are damaged or gone in the backup, and not in the store before either. The rest is
    /// whole.
    pub lost: Vec<Digest>,
}

/// Lays the backup at `place` out beside `dir`, which is not touched. The slots are those of the
/// store in `dir` where that is the same store — who left since stays out — else the backup's.
///
/// The restored store notes who restored what, and no longer counts its devices as this PC's: the
/// courier ends them at the portal. What waited to be sent counts from that note on as what the lost
/// store may have sent ([`crate::life::may_arrive`]). A damaged file costs that file alone; a damaged database or
/// manifest is an error.
pub fn prepare(
    place: &Path,
    keys: &Keys,
    dir: &Path,
    by: By,
    watch: Watch<'_>,
) -> Result<LaidOut, BackupError> {
    let manifest = Manifest::read(place)?;
    // refuses keys of another store before anything is written
    manifest.words(keys)?;
    let staging = layout::restoring(dir);
    clear(&staging)?;
    let laid = lay_out(place, &manifest, keys, dir, watch).map_err(|e| pulled(e, place));
    let done = laid.and_then(|lost| {
        note(&staging, keys, &manifest, lost.len(), by)?;
        own_disk(write_synced(&staging.join(WHOLE), b""))?;
        layout::sync_dir(&staging).map_err(StoreError::from)?;
        Ok(lost)
    });
    match done {
        Ok(lost) => Ok(LaidOut { manifest, lost }),
        Err(e) => {
            // what failed is told; what is left of it is in nobody's way
            let _ = clear(&staging);
            Err(e)
        }
    }
}

fn clear(staging: &Path) -> Result<(), StoreError> {
    if staging.exists() {
        fs::remove_dir_all(staging)?;
    }
    Ok(())
}

fn lay_out(
    place: &Path,
    manifest: &Manifest,
    keys: &Keys,
    dir: &Path,
    watch: Watch<'_>,
) -> Result<Vec<Digest>, BackupError> {
    let staging = layout::restoring(dir);
    layout::own_folder(&staging).map_err(StoreError::from)?;
    own_disk(has_room(&staging, manifest.size()))?;
    let mut progress = Progress {
        done: 0,
        of: manifest.size(),
    };
    let room = place.parent().unwrap_or(place);
    let database = layout::database(&staging);
    let mut own = layout::create(&database).map_err(StoreError::from)?;
    copy_part(&place.join("hoso.db"), &manifest.database, &mut own)?;
    own.sync_all().map_err(StoreError::from)?;
    drop(own);
    progress.done = manifest.database.size;
    go_on(watch(progress))?;
    let slots = match vault::slots(dir) {
        Ok(present) if present.store == manifest.store => present.bytes,
        _ => read_part(&place.join("envelope.json"), &manifest.envelope)?,
    };
    own_disk(write_synced(&layout::envelope(&staging), &slots))?;
    let (mut written, mut lost) = (Vec::new(), Vec::new());
    let lying = Files::at(&layout::files(room), &keys.files);
    let present = Files::at(&layout::files(dir), &keys.files);
    for file in &manifest.files {
        let found = match read_part(&pool(room, &file.name), &file.part()) {
            // the same content lies there encrypted anew, or in the store that is there
            Err(e) if of_one_file(&e, place) => lying
                .sealed(&file.name)
                .or_else(|_| present.sealed(&file.name))
                .ok(),
            other => Some(other?),
        };
        match found {
            Some(bytes) => {
                let own = pool(&staging, &file.name);
                put(&own, &bytes).map_err(StoreError::from)?;
                written.push(own);
            }
            None => lost.push(file.name),
        }
        progress.done = progress.done.saturating_add(file.size);
        go_on(watch(progress))?;
    }
    own_disk(sync_all(&written))?;
    database_opens(&staging, keys, manifest)?;
    Ok(lost)
}

/// What was laid out takes the place of the store in `dir`; gives where that one lies now. Where that
/// fails the store stays, and nothing of what was laid out.
pub fn take_over(dir: &Path, at: DateTime<Utc>) -> Result<Option<PathBuf>, BackupError> {
    let staging = layout::restoring(dir);
    if !staging.join(WHOLE).exists() {
        return Err(BackupError::NotABackup);
    }
    put_in_place(&staging, dir, at).inspect_err(|_| {
        // without a store there it is the only one, and [`finish`] takes it
        if dir.exists() {
            let _ = clear(&staging);
        }
    })
}

fn put_in_place(
    staging: &Path,
    dir: &Path,
    at: DateTime<Utc>,
) -> Result<Option<PathBuf>, BackupError> {
    let aside = match dir.exists() {
        true => Some(set_aside(dir, at)?),
        false => None,
    };
    if let Err(e) = layout::rename(staging, dir) {
        if let Some(aside) = &aside {
            let _ = layout::rename(aside, dir);
        }
        return Err(StoreError::from(e).into());
    }
    settle(dir)?;
    Ok(aside)
}

/// Ends a restore that was cut off: between its two renames the store takes its place; before them
/// what was laid out goes, unless somebody has the store open and may be laying it out now.
pub fn finish(dir: &Path) -> Result<(), StoreError> {
    let staging = layout::restoring(dir);
    if !dir.exists() && staging.join(WHOLE).exists() {
        layout::rename(&staging, dir)?;
        settle(dir)?;
    }
    if staging.exists()
        && let Ok(_held) = Store::lock(dir)
    {
        clear(&staging)?;
    }
    Ok(())
}

/// Puts files that are missing or damaged in an open store back from a backup; gives those it did.
pub fn mend(store: &Store, place: &Path, wanted: &[Digest]) -> Result<Vec<Digest>, BackupError> {
    let manifest = Manifest::read(place)?;
    manifest.words(store.keys())?;
    let room = place.parent().unwrap_or(place);
    let lying = Files::at(&layout::files(room), &store.keys().files);
    let mut mended = Vec::new();
    for part in manifest.files.iter().filter(|f| wanted.contains(&f.name)) {
        let FilePart { name, .. } = part;
        let whole = read_part(&pool(room, name), &part.part()).ok();
        if let Some(bytes) = whole.or_else(|| lying.sealed(name).ok()) {
            store.files().mend(name, &bytes)?;
            mended.push(*name);
        }
    }
    Ok(mended)
}

fn settle(dir: &Path) -> Result<(), StoreError> {
    let _ = fs::remove_file(dir.join(WHOLE));
    let home = dir.parent().unwrap_or(dir);
    layout::sync_dir(home)?;
    // on a bare PC the home is new as well
    Ok(layout::sync_dir(home.parent().unwrap_or(home))?)
}

fn set_aside(dir: &Path, at: DateTime<Utc>) -> Result<PathBuf, BackupError> {
    // nobody may be at work in it
    drop(Lock::take(dir)?);
    let stamp = at.format("%Y%m%dT%H%M%SZ");
    let aside = (1u32..)
        .map(|n| match n {
            1 => layout::beside(dir, &format!("aside-{stamp}")),
            n => layout::beside(dir, &format!("aside-{stamp}-{n}")),
        })
        .find(|p| !p.exists())
        .ok_or(StoreError::AlreadyThere)?;
    layout::rename(dir, &aside).map_err(StoreError::from)?;
    Ok(aside)
}

fn note(
    staging: &Path,
    keys: &Keys,
    manifest: &Manifest,
    lost: usize,
    by: By,
) -> Result<(), BackupError> {
    let mut params = Params::from([
        ("pc".to_owned(), manifest.pc.clone()),
        ("at".to_owned(), crate::sql::instant(manifest.made_at)),
        ("seq".to_owned(), manifest.audit.seq.to_string()),
    ]);
    if lost > 0 {
        params.insert("lost".to_owned(), lost.to_string());
    }
    let store = Store::open(staging, keys)?;
    store.write(move |tx| {
        devices::replace_all(tx, by.at)?;
        numbers::forget_blocks(tx)?;
        let act = Act {
            unit: None,
            act: "restored",
            dossier: None,
            params,
        };
        audit::append(tx, &act, by).map(drop)
    })?;
    drop(store);
    for left in [layout::lock(staging), layout::owner(staging)] {
        let _ = fs::remove_file(left);
    }
    Ok(())
}

/// While a store is laid out, the disk that fails is the PC's own.
fn own_disk<T>(result: Result<T, BackupError>) -> Result<T, BackupError> {
    result.map_err(|e| match e {
        BackupError::PlaceFull { .. } => StoreError::DiskFull.into(),
        BackupError::Place(e) => StoreError::from(e).into(),
        other => other,
    })
}
