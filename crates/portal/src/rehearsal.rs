//! What a simulation brings to a portal and a treasury never does: verdicts and printed papers shared
//! by the thousands of portals of one process, and faults sewn in on purpose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::party::Unit;
use hoso_portal_api::Commit;
use hoso_print::Notice;
use serde::Serialize;

use crate::fault::Fault;
use crate::judge::{self, Judged};
use crate::portal::Portal;
use crate::{clock, db};

type Verdict = Result<Judged, Fault>;
type Printed = Result<Vec<u8>, Fault>;

/// What is made once for each key, by whoever asks first.
struct Once<T>(Mutex<HashMap<Digest, Arc<OnceLock<T>>>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Once<T> {
    fn get(&self, key: &str, make: impl FnOnce() -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = Arc::clone(all.entry(Digest::of(key.as_bytes())).or_default());
        drop(all);
        one.get_or_init(make).clone()
    }
}

/// Shared by the portals it is given to. Clones are the same.
#[derive(Clone, Default)]
pub struct Rehearsal {
    verdicts: Arc<Once<Verdict>>,
    papers: Arc<Once<Printed>>,
    judging: Option<Arc<dyn Fn() + Send + Sync>>,
    #[cfg(feature = "planted-faults")]
    pub planted: Option<Planted>,
}

/// A fault sewn in on purpose, to show that the simulation catches it.
#[cfg(feature = "planted-faults")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planted {
    /// A submission has no key: the same one again is another dossier.
    WithoutKey,
    /// The receipt goes out before what it confirms is durable.
    AckBeforeCommit,
}

impl Rehearsal {
    /// Has `begins` called on the judge's thread whenever a judgement begins.
    pub fn judging(begins: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            judging: Some(Arc::new(begins)),
            ..Self::default()
        }
    }
}

impl Portal {
    /// Makes this portal part of a rehearsal; only the first call counts.
    pub fn rehearse(&self, rehearsal: Rehearsal) {
        // told twice changes nothing
        let _ = self.0.rehearsal.set(rehearsal);
    }

    /// The judge's word on a revision whose bytes are all there. In a rehearsal the same bytes are
    /// judged once.
    pub(crate) fn judged(&self, unit: &Unit, id: DossierId, commit: &Commit) -> Verdict {
        let judge = || {
            let today = clock::day(self.now());
            let (blobs, signers) = (&self.0.blobs, &self.0.signers);
            judge::judge(blobs, signers, unit, id, commit, today)
        };
        let Some(rehearsal) = self.0.rehearsal.get() else {
            return judge();
        };
        if let Some(begins) = &rehearsal.judging {
            begins();
        }
        let case = db::to_json(&(id, unit, &commit.content, &commit.signatures))?;
        rehearsal.verdicts.get(&case, judge)
    }

    /// The pages of a result document. In a rehearsal they are printed once for `what` they say, so
    /// that number, officer and times on them are those of the portal that printed them first; name,
    /// seal and time of the document around them are each portal's own.
    pub(crate) fn printed(&self, what: &impl Serialize, paper: &Notice) -> Printed {
        let print = || {
            hoso_print::notice(paper).map_err(|e| Fault::internal("a notice cannot be printed", e))
        };
        match self.0.rehearsal.get() {
            Some(rehearsal) => rehearsal.papers.get(&db::to_json(what)?, print),
            None => print(),
        }
    }

    #[cfg(feature = "planted-faults")]
    pub(crate) fn planted(&self, fault: Planted) -> bool {
        let rehearsal = self.0.rehearsal.get();
        rehearsal.is_some_and(|r| r.planted == Some(fault))
    }
}
