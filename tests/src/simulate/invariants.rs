//! The invariants I1–I10 of the courier, each said once. Both databases are read directly, with
//! both programs stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};

use hoso_domain::digest::Digest;
use hoso_domain::entry::CommitContent;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_portal_api::commit::{Commit, SignedReceipt};
use hoso_portal_api::feed::{DossierStatus, Item, status, treasury_state};
use hoso_portal_api::path;
use hoso_store::{Store, audit, dossiers, feed, receipts, results, revisions, signatures};
use hoso_sync::{Expected, VerifiedReceipt};

use super::Breach;
use super::seed::Seed;
use super::world::Case;

/// What became of one seed.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Revisions the portal accepted.
    pub submissions: u64,
    /// Those of them that mend what it accepted before.
    pub amended: u64,
    /// Revisions the portal would have taken that were handed in on paper instead.
    pub carried: u64,
    /// Revisions the portal has more than once, or has beside the paper.
    pub duplicates: u64,
    /// Revisions called sent that the portal does not have, and those that never arrived.
    pub lost: u64,
    pub breaches: Vec<Breach>,
}

impl Verdict {
    fn breach(&mut self, invariant: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.breaches.push(Breach { invariant, what });
    }
}

/// One revision as it stands here.
struct Here<'a> {
    case: &'a Case,
    number: u32,
    state: LocalState,
    /// Of the commit, as it was signed.
    digest: Digest,
}

impl<'a> Here<'a> {
    /// All of a dossier: the one that waited from the start, and what it was amended to.
    fn all(store: &Store, case: &'a Case) -> Result<Vec<Self>> {
        let rows = store.read(|db| revisions::all(db, case.id))?;
        rows.into_iter()
            .map(|row| {
                let digest = case.digest(row.number);
                Ok(Self {
                    case,
                    number: row.number,
                    state: row.state,
                    digest: digest.context("a revision nobody signed")?,
                })
            })
            .collect()
    }

    /// Whether it stands as accepted. In this simulation nothing else is ever replaced.
    fn is_sent(&self) -> bool {
        matches!(self.state, LocalState::Sent | LocalState::Superseded)
    }

    /// What the portal accepted of it.
    fn at<'b>(&self, served: &'b Served) -> Option<&'b Revision> {
        served.revisions.iter().find(|r| self.is(r))
    }

    fn is(&self, theirs: &Revision) -> bool {
        (theirs.dossier, theirs.commit.revision, theirs.digest)
            == (self.case.id, self.number, self.digest)
    }
}

impl std::fmt::Display for Here<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} revision {}", self.case.id, self.number)
    }
}

/// The portal's rows.
struct Served {
    /// Newest item of the feed.
    last: u64,
    dossiers: BTreeMap<DossierId, Standing>,
    revisions: Vec<Revision>,
    items: Vec<(u64, Item)>,
}

struct Standing {
    version: u64,
    status: String,
    documents: Vec<Digest>,
}

struct Revision {
    dossier: DossierId,
    digest: Digest,
    receipt: SignedReceipt,
    commit: Commit,
}

fn open(seed: &Seed) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = seed.portal_dir().join("portal.db");
    Ok(Connection::open_with_flags(file, flags)?)
}

/// Whether a cursor has come to the end of the portal's feed.
pub fn read_through(seed: &Seed, cursor: &str) -> Result<bool> {
    let unit = seed.world.unit.id.to_string();
    let query = "SELECT feed_seq FROM unit WHERE unit_id = ?1";
    let last: u64 = open(seed)?.query_row(query, [unit], |r| r.get(0))?;
    Ok(position(cursor) == Some(last))
}

/// The sequence a cursor stands for; its form is the portal's affair, and known here.
fn position(cursor: &str) -> Option<u64> {
    cursor.rsplit_once('-')?.1.parse().ok()
}

impl Served {
    fn read(seed: &Seed) -> Result<Self> {
        let db = open(seed)?;
        let digest = |hex: &str| Digest::from_hex(hex).context("a digest of the portal");
        let unit = seed.world.unit.id.to_string();
        let mut dossiers = BTreeMap::new();
        let mut query = db.prepare("SELECT dossier_id, version, status FROM dossier")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let standing = Standing {
                version: row.get(1)?,
                status: row.get(2)?,
                documents: Vec::new(),
            };
            dossiers.insert(row.get::<_, String>(0)?.parse()?, standing);
        }
        let mut query = db.prepare("SELECT dossier_id, sha256 FROM document")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let id: DossierId = row.get::<_, String>(0)?.parse()?;
            if let Some(standing) = dossiers.get_mut(&id) {
                standing.documents.push(digest(&row.get::<_, String>(1)?)?);
            }
        }
        let mut revisions = Vec::new();
        let mut query =
            db.prepare("SELECT dossier_id, digest, receipt, p7s, body FROM revision")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            revisions.push(Revision {
                dossier: row.get::<_, String>(0)?.parse()?,
                digest: digest(&row.get::<_, String>(1)?)?,
                receipt: SignedReceipt {
                    receipt: row.get(2)?,
                    p7s: row.get(3)?,
                },
                commit: serde_json::from_str(&row.get::<_, String>(4)?)?,
            });
        }
        let mut items = Vec::new();
        let mut query = db.prepare("SELECT seq, item FROM feed WHERE unit_id = ?1 ORDER BY seq")?;
        let mut rows = query.query([&unit])?;
        while let Some(row) = rows.next()? {
            items.push((
                row.get(0)?,
                serde_json::from_str(&row.get::<_, String>(1)?)?,
            ));
        }
        Ok(Self {
            last: items.last().map_or(0, |(seq, _)| *seq),
            dossiers,
            revisions,
            items,
        })
    }

    /// What the treasury said last about a dossier.
    fn said(&self, id: DossierId) -> TreasuryState {
        let word = self.items.iter().rev().find_map(|(_, item)| match item {
            Item::Dossier(status) if status.dossier == id => Some(status.treasury_state()),
            _ => None,
        });
        word.unwrap_or_default()
    }
}

/// What must hold whenever the desk is down, in the middle of the storm as well.
pub fn at_rest(seed: &Seed) -> Result<()> {
    let store = Store::open_read_only(&seed.desk_dir(), &seed.world.keys)?;
    let served = Served::read(seed)?;
    let mut verdict = Verdict::default();
    edits_are_kept(seed, &store, &mut verdict)?;
    cursor_is_not_ahead(seed, &store, &served, &mut verdict)?;
    for breach in verdict.breaches {
        seed.breach(breach.invariant, breach.what);
    }
    Ok(())
}

/// All of them, at the end of a seed.
pub fn judge(seed: &Seed) -> Result<Verdict> {
    let store = Store::open(&seed.desk_dir(), &seed.world.keys)?;
    let served = Served::read(seed)?;
    let mut verdict = Verdict {
        submissions: served.revisions.len() as u64,
        ..Verdict::default()
    };
    let further = served.revisions.iter().filter(|r| r.commit.revision > 1);
    verdict.amended = further.count() as u64;
    edits_are_kept(seed, &store, &mut verdict)?;
    one_server_dossier_each(seed, &served, &mut verdict);
    for case in &seed.desk.cases {
        let here = Here::all(&store, case)?;
        only_what_was_signed(&served, case, &here, &mut verdict);
        for revision in &here {
            accepted_means_receipt(seed, &store, &served, revision, &mut verdict)?;
            same_bytes(seed, &store, &served, revision, &mut verdict)?;
        }
        nothing_blocks(&store, case, &mut verdict)?;
    }
    decisions_are_shown(&store, &served, &mut verdict)?;
    cursor_is_not_ahead(seed, &store, &served, &mut verdict)?;
    files_are_kept(&store, &mut verdict)?;
    all_is_readable(seed, &store, &mut verdict)?;
    Ok(verdict)
}

/// I1: no acknowledged edit is lost.
fn edits_are_kept(seed: &Seed, store: &Store, verdict: &mut Verdict) -> Result<()> {
    let Some((version, text)) = seed.acknowledged() else {
        return Ok(());
    };
    let draft = store
        .read(|db| dossiers::current(db, seed.desk.draft))?
        .revision;
    let found = draft
        .vouchers
        .first()
        .map(|v| v.field("content").to_owned());
    if draft.version != version || found.as_deref() != Some(&text) {
        let what = format!(
            "version {} with {found:?}, not {version} with {text}",
            draft.version
        );
        verdict.breach("I1", what);
    }
    Ok(())
}

/// I2: each local id has at most one dossier at the portal, and the reverse. That one which was given
/// up is never accepted afterwards is seen in [`accepted_means_receipt`].
fn one_server_dossier_each(seed: &Seed, served: &Served, verdict: &mut Verdict) {
    let mut by_digest: BTreeMap<Digest, u64> = BTreeMap::new();
    for revision in &served.revisions {
        *by_digest.entry(revision.digest).or_default() += 1;
    }
    for (digest, count) in by_digest.into_iter().filter(|(_, count)| *count > 1) {
        verdict.duplicates += count - 1;
        verdict.breach(
            "I2",
            format!("{count} dossiers at the portal for {}", digest.hex()),
        );
    }
    let local: BTreeSet<DossierId> = seed.desk.cases.iter().map(|c| c.id).collect();
    for id in served.dossiers.keys().filter(|id| !local.contains(id)) {
        verdict.breach(
            "I2",
            format!("the portal has {id}, which this desk does not know"),
        );
    }
}

/// I2, of revisions: the portal has none of a dossier but those that were made and signed here.
fn only_what_was_signed(served: &Served, case: &Case, here: &[Here<'_>], verdict: &mut Verdict) {
    let theirs = served.revisions.iter().filter(|r| r.dossier == case.id);
    for theirs in theirs.filter(|r| !here.iter().any(|h| h.is(r))) {
        let what = format!(
            "the portal has a revision {} of {} that was not signed here",
            theirs.commit.revision, case.id
        );
        verdict.breach("I2", what);
    }
}

/// I3: "accepted" here means a verified receipt, stored, and the revision at the portal.
fn accepted_means_receipt(
    seed: &Seed,
    store: &Store,
    served: &Served,
    here: &Here<'_>,
    verdict: &mut Verdict,
) -> Result<()> {
    let (id, poisoned) = (here.case.id, here.case.poisoned);
    let receipt = store.read(|db| receipts::of_revision(db, id, here.number))?;
    let sent = here.is_sent();
    let carried = is_carried(&here.state);
    verdict.carried += u64::from(carried && !poisoned);
    let theirs = here.at(served);
    let through = sent && theirs.is_some();
    if sent && theirs.is_none() || !(poisoned || carried || through) {
        verdict.lost += 1;
    }
    if carried && theirs.is_some() {
        verdict.duplicates += 1;
        let what = format!("{here} was given up, and accepted all the same");
        verdict.breach("I2", what);
        return Ok(());
    }
    if !sent {
        if theirs.is_some() {
            let what = format!("{here} was accepted and stands as {:?}", here.state);
            verdict.breach("I3", what);
        }
        return Ok(());
    }
    let Some(theirs) = theirs else {
        verdict.breach(
            "I3",
            format!("{here} stands as sent, the portal does not have it"),
        );
        return Ok(());
    };
    let signed = receipt.and_then(|r| serde_json::from_slice::<SignedReceipt>(&r.bytes).ok());
    let Some(signed) = signed else {
        verdict.breach("I3", format!("{here} stands as sent without a receipt"));
        return Ok(());
    };
    if signed != theirs.receipt {
        verdict.breach(
            "I3",
            format!("{here}: another receipt than the portal stored"),
        );
    }
    let expected = Expected {
        dossier: id,
        unit: seed.world.unit.id,
        revision: here.number,
        digest: here.digest,
    };
    if let Err(failure) = VerifiedReceipt::verify(signed, &seed.world.trust, &expected) {
        verdict.breach("I3", format!("{here}: {failure}"));
    }
    Ok(())
}

/// Whether it was given up, so that it is handed in on paper.
fn is_carried(state: &LocalState) -> bool {
    matches!(
        state,
        LocalState::Carried
            | LocalState::Parked {
                reason: ParkReason::GivenUp
            }
    )
}

/// I4: what the treasury decided is shown here, with its documents.
fn decisions_are_shown(store: &Store, served: &Served, verdict: &mut Verdict) -> Result<()> {
    for (id, standing) in &served.dossiers {
        let found = store.read(|db| Ok((dossiers::get(db, *id)?, results::of_dossier(db, *id)?)));
        let Ok((here, documents)) = found else {
            continue; // I2 says so
        };
        let word = match &*standing.status {
            // what was handed in since is no word: the one about the revision before stands
            status::SUBMITTED => served.said(*id),
            status => treasury_state(status),
        };
        if here.treasury_version != standing.version || here.treasury != word {
            let what = format!(
                "{id}: the treasury is at {} ({}), shown is {} ({:?})",
                standing.version, standing.status, here.treasury_version, here.treasury
            );
            verdict.breach("I4", what);
        }
        for sha256 in &standing.documents {
            if !documents.iter().any(|d| d.sha256 == *sha256 && d.verified) {
                verdict.breach(
                    "I4",
                    format!("{id}: a document of the treasury is not here"),
                );
            }
        }
    }
    Ok(())
}

/// I5: the cursor is never ahead of the rows it stands for.
fn cursor_is_not_ahead(
    seed: &Seed,
    store: &Store,
    served: &Served,
    verdict: &mut Verdict,
) -> Result<()> {
    let unit = seed.world.unit.id;
    let (cursor, balances, kept) = store.read(|db| {
        let cursor = feed::cursor(db, unit)?;
        Ok((cursor, feed::balances(db, unit)?, feed::kept(db, unit, "")?))
    })?;
    let Some(at) = cursor.and_then(|(cursor, _)| position(&cursor)) else {
        return Ok(());
    };
    if at > served.last {
        verdict.breach(
            "I5",
            format!("the cursor is at {at}, the feed ends at {}", served.last),
        );
    }
    for (seq, item) in served.items.iter().filter(|(seq, _)| *seq <= at) {
        match item {
            Item::Dossier(status) if !is_shown(store, status)? => {
                let what = format!("the cursor is at {at}, item {seq} is not stored");
                verdict.breach("I5", what);
            }
            Item::Balance(balance) => {
                let kept = balances.iter().find(|b| b.account == balance.account);
                if kept.is_none_or(|b| b.version < *seq) {
                    let what = format!("the cursor is at {at}, balance {seq} is not stored");
                    verdict.breach("I5", what);
                }
            }
            Item::Notice(notice) => {
                let key = format!("notice:{}", notice.id);
                let times = kept.iter().filter(|k| k.key == key).count();
                if times != 1 {
                    let what = format!("the cursor is at {at}, notice {seq} is kept {times} times");
                    verdict.breach("I5", what);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_shown(store: &Store, status: &DossierStatus) -> Result<bool> {
    let here = store.read(|db| dossiers::get(db, status.dossier));
    // a dossier of another desk has no place here
    Ok(here.map_or(true, |d| d.treasury_version >= status.version))
}

/// I6: no file is freed before its receipt (and none at all yet).
fn files_are_kept(store: &Store, verdict: &mut Verdict) -> Result<()> {
    for digest in store.read(revisions::named_files)? {
        if let Err(error) = store.files().verify(&digest) {
            verdict.breach("I6", format!("{}: {error}", digest.hex()));
        }
    }
    Ok(())
}

/// I7: no item blocks the queue; the one the portal must refuse waits for a person.
fn nothing_blocks(store: &Store, case: &Case, verdict: &mut Verdict) -> Result<()> {
    let state = store
        .read(|db| dossiers::current(db, case.id))?
        .revision
        .state;
    let wanted = match case.poisoned {
        true => LocalState::Parked {
            reason: ParkReason::RefusedByPortal,
        },
        false => LocalState::Sent,
    };
    if state != wanted && !is_carried(&state) {
        verdict.breach(
            "I7",
            format!("{} ends as {state:?}, not as {wanted:?}", case.id),
        );
    }
    Ok(())
}

/// I9: the same bytes are signed, sent and stored.
fn same_bytes(
    seed: &Seed,
    store: &Store,
    served: &Served,
    here: &Here<'_>,
    verdict: &mut Verdict,
) -> Result<()> {
    let (id, number) = (here.case.id, here.number);
    let (entries, steps) = store.read(|db| {
        Ok((
            revisions::entries(db, id, number)?,
            signatures::of_revision(db, id, number)?,
        ))
    })?;
    let content = CommitContent {
        entries,
        manifests: steps.iter().map(|s| s.manifest).collect(),
        signatures: steps.iter().map(|s| s.signature_value).collect(),
    };
    if content.digest() != here.digest {
        verdict.breach("I9", format!("{here}: the rows are not what was signed"));
    }
    let door = match number {
        1 => path::dossier(id),
        number => path::revision(id, number),
    };
    if seed.bodies(&door) > 1 {
        verdict.breach("I9", format!("{here}: two tries, two bodies"));
    }
    for revision in served.revisions.iter().filter(|r| r.digest == here.digest) {
        if revision.commit.content != content {
            verdict.breach("I9", format!("{here}: the portal stored another content"));
        }
        let signed = revision.commit.signatures.iter();
        let blobs = revision.commit.content.entries.iter().map(|e| e.sha256);
        for sha256 in blobs.chain(signed.flat_map(|s| [s.manifest.sha256, s.p7s.sha256])) {
            let bytes = std::fs::read(blob(&seed.portal_dir(), sha256)).unwrap_or_default();
            if Digest::of(&bytes) != sha256 {
                verdict.breach("I9", format!("{here}: {} at the portal", sha256.hex()));
            }
        }
    }
    Ok(())
}

fn blob(portal: &Path, sha256: Digest) -> PathBuf {
    let hex = sha256.hex();
    let shard: String = hex.chars().take(2).collect();
    portal.join("blobs").join(shard).join(hex)
}

/// I10: whatever the storm cut off, everything is readable. Full disks are `inject` and `links`.
fn all_is_readable(seed: &Seed, store: &Store, verdict: &mut Verdict) -> Result<()> {
    if let Err(error) = store.check() {
        verdict.breach("I10", format!("the desk's store: {error}"));
    }
    if let Err(error) = store.read(audit::verify) {
        verdict.breach("I10", format!("the desk's trail: {error}"));
    }
    let word: String = open(seed)?.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if word != "ok" {
        verdict.breach("I10", format!("the portal's database: {word}"));
    }
    Ok(())
}
