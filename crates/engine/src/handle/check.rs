//! Kiểm tra: the whole store, looked at and mended from a backup.

use std::path::Path;

use hoso_contract::Code;
use hoso_contract::command::{CheckStore, MendFiles, VerifyTrail};
use hoso_contract::view::{CheckReport, KnownRow, TrailHead};
use hoso_store::audit::{self, Head};
use hoso_store::backup::{self, BackupError};
use hoso_store::{check, restore};

use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

impl Handle<CheckStore> for Engine {
    fn act(&self, _: CheckStore) -> Result<CheckReport, Error> {
        let open = self.open()?;
        let _turn = open.keeper.turn();
        Ok(told(&look(&open)?))
    }
}

impl Handle<VerifyTrail> for Engine {
    fn act(&self, command: VerifyTrail) -> Result<TrailHead, Error> {
        let open = self.open()?;
        let head = open.store.read(|db| match command.known {
            Some(KnownRow {
                seq: Some(seq),
                hash,
            }) => audit::verify_against(db, Head { seq, hash }).map(Some),
            Some(KnownRow { seq: None, hash }) => audit::verify_with(db, hash),
            None => audit::verify(db).map(Some),
        })?;
        let head = head.ok_or(Code::TrailBroken)?;
        Ok(TrailHead {
            seq: head.seq,
            hash: head.hash,
        })
    }
}

impl Handle<MendFiles> for Engine {
    fn act(&self, _: MendFiles) -> Result<CheckReport, Error> {
        let open = self.writable()?;
        let folder = open.keeper.folder()?;
        let _turn = open.keeper.turn();
        let seen = look(&open)?;
        let mut wrong = [seen.missing, seen.damaged].concat();
        let mut foreign = true;
        // an older one, or another folder's, may have what the newest has not
        for found in backup::list(Path::new(&folder), clock::now())? {
            match restore::mend(&open.store, &found.place, &wrong) {
                Ok(mended) => {
                    foreign = false;
                    wrong.retain(|name| !mended.contains(name));
                    if wrong.is_empty() {
                        break;
                    }
                }
                // the next may be ours, or whole
                Err(BackupError::Store(error)) => return Err(error.into()),
                Err(error) => tracing::warn!(%error, "a backup was passed over"),
            }
        }
        if foreign {
            return Err(Code::NotABackup.into());
        }
        Ok(told(&look(&open)?))
    }
}

fn look(open: &Open) -> Result<check::Report, Error> {
    let report = check::full(&open.store, &mut open.keeper.watch())?;
    let report = report.ok_or(BackupError::Cancelled)?;
    for complaint in &report.database {
        tracing::error!(complaint, "the full check of the database");
    }
    Ok(report)
}

fn told(report: &check::Report) -> CheckReport {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    CheckReport {
        at: clock::now(),
        database: count(report.database.len()),
        audit_rows: report.audit_rows,
        chain_broken_at: report.chain_broken_at,
        files: report.files,
        missing: count(report.missing.len()),
        damaged: count(report.damaged.len()),
    }
}
