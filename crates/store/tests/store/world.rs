//! A small store with one unit and one person.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::entry::Entry;
use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Treasury, Unit};
use hoso_domain::voucher::{FormRef, Voucher};
use hoso_store::dossiers::NewDossier;
use hoso_store::life::{self, Word};
use hoso_store::revisions::Summary;
use hoso_store::signatures::Signature;
use hoso_store::{By, Keys, Store, Vault};
use hoso_store::{dossiers, outbox, people, receipts, revisions, signatures, units};
use tempfile::TempDir;
use uuid::Uuid;

pub const PIN: &str = "482916";

pub struct World {
    pub folder: TempDir,
    pub keys: Keys,
    pub store: Option<Store>,
    pub unit: UnitId,
    pub by: By,
    pub recovery: String,
}

pub fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T01:00:00Z")
        .unwrap()
        .to_utc()
        + TimeDelta::seconds(seconds)
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | n)
}

pub fn dossier(n: u128) -> DossierId {
    DossierId(id(0xd000 + n))
}

pub fn person(n: u128) -> PersonId {
    PersonId(id(0xe000 + n))
}

pub fn unit(n: u128, code: &str) -> Unit {
    Unit {
        id: UnitId(id(0xa000 + n)),
        code: code.to_owned(),
        name: format!("Đơn vị {code}"),
        address: "Xã Mường Lống".to_owned(),
        chapter: "819".to_owned(),
        area: "17234".to_owned(),
        treasury: Treasury {
            code: "1361".to_owned(),
            name: "Phòng giao dịch số 5".to_owned(),
        },
        accounts: vec![],
        signers: vec![],
        hue: 210,
    }
}

pub fn vouchers(content: &str) -> Vec<Voucher> {
    vec![Voucher {
        form: FormRef {
            basis: "nd347-2025".to_owned(),
            number: "13".to_owned(),
            edition: 1,
        },
        fields: BTreeMap::from([("content".to_owned(), content.to_owned())]),
        grids: BTreeMap::new(),
    }]
}

pub fn summary(title: &str) -> Summary {
    Summary {
        number: "7".to_owned(),
        form: "13".to_owned(),
        title: title.to_owned(),
        payee: "Công ty Điện lực Kỳ Sơn".to_owned(),
        total: Dong::new(12_500_000).unwrap(),
        day: None,
        search: String::new(),
    }
}

fn new(unit: UnitId, n: u128, summary: Summary) -> NewDossier {
    NewDossier {
        id: dossier(n),
        unit,
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers: vouchers(&summary.title),
        summary,
    }
}

impl World {
    pub fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        Self::in_folder(folder)
    }

    pub fn in_folder(folder: TempDir) -> World {
        let by = By {
            person: person(1),
            at: instant(0),
        };
        let (_, keys, code) = Vault::create(folder.path(), person(1), "Vi Thị Hoà", PIN).unwrap();
        let own = unit(1, "1123456");
        let store = Store::create(folder.path(), &keys, |tx| {
            units::put(tx, &own, instant(0))?;
            people::put(tx, person(1), "Vi Thị Hoà", by)
        })
        .unwrap();
        let recovery = code.text().to_string();
        World {
            folder,
            keys,
            store: Some(store),
            unit: own.id,
            by,
            recovery,
        }
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> PathBuf {
        self.dir().join("hoso.db")
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub fn close(&mut self) {
        self.store = None;
    }

    pub fn reopen(&mut self) {
        self.close();
        self.store = Some(Store::open(self.folder.path(), &self.keys).unwrap());
    }

    pub fn at(&self, seconds: i64) -> By {
        By {
            person: self.by.person,
            at: instant(seconds),
        }
    }

    pub fn draft(&self, n: u128, title: &str) -> DossierId {
        self.draft_of(n, summary(title), self.at(i64::try_from(n).unwrap()))
    }

    pub fn draft_of(&self, n: u128, summary: Summary, by: By) -> DossierId {
        let new = new(self.unit, n, summary);
        self.store()
            .write(move |tx| dossiers::create(tx, &new, by))
            .unwrap();
        dossier(n)
    }

    /// Many drafts in one step, made in this order.
    pub fn drafts_of(&self, unit: UnitId, all: Vec<(u128, Summary)>) {
        let by = self.by;
        self.store()
            .write(move |tx| {
                for (n, summary) in all {
                    dossiers::create(tx, &new(unit, n, summary), by)?;
                }
                Ok(())
            })
            .unwrap();
    }

    pub fn state(&self, id: DossierId) -> LocalState {
        self.store()
            .read(|c| dossiers::current(c, id))
            .unwrap()
            .revision
            .state
    }

    pub fn version(&self, id: DossierId) -> u64 {
        self.store()
            .read(|c| dossiers::current(c, id))
            .unwrap()
            .revision
            .version
    }

    pub fn freeze(&self, id: DossierId) {
        let data = self.store().files().put_bytes(b"{\"format\":1}\n").unwrap();
        let entries = vec![Entry {
            path: "data/dossier.json".to_owned(),
            sha256: data,
            size: 13,
        }];
        let (by, version) = (self.at(100), self.version(id));
        self.store()
            .write(move |tx| revisions::freeze(tx, id, version, &entries, by))
            .unwrap();
    }

    pub fn signature(&self, step: u8) -> Signature {
        Signature {
            step,
            role: if step == 1 {
                Role::ChiefAccountant
            } else {
                Role::AccountOwner
            },
            manifest: Digest::of(&[step, 1]),
            manifest_size: 900,
            p7s: Digest::of(&[step, 2]),
            p7s_size: 2100,
            signature_value: Digest::of(&[step, 3]),
            person: self.by.person,
            holder: "Lô Văn Páo".to_owned(),
            certificate: Digest::of(&[step, 4]),
            signed_at: instant(200),
            revocation: "not-checked".to_owned(),
        }
    }

    pub fn sign(&self, id: DossierId, step: u8, next: LocalState) {
        let (signature, by) = (self.signature(step), self.at(200 + i64::from(step)));
        self.store()
            .write(move |tx| {
                signatures::add(tx, id, &signature, None, next.clone(), by)?;
                if next == LocalState::Queued {
                    outbox::put(tx, id, Digest::of(b"commit"), 5_000, by.at)?;
                }
                Ok(())
            })
            .unwrap();
    }

    /// A dossier signed twice, waiting to be sent.
    pub fn queued(&self, n: u128) -> DossierId {
        let id = self.draft(n, "Tiền điện tháng 10");
        self.freeze(id);
        self.sign(id, 1, LocalState::Awaiting { step: 2 });
        self.sign(id, 2, LocalState::Queued);
        id
    }

    /// The treasury says something new of a dossier.
    pub fn hears(&self, dossier: DossierId, version: u64, state: TreasuryState) {
        let word = Word {
            dossier,
            version: Some(version),
            state,
            text: String::new(),
            number: None,
            appointment: None,
            said_at: instant(400),
            remarks: Vec::new(),
        };
        let by = self.at(400);
        let heard = self.store().write(move |tx| life::hear(tx, &word, by));
        assert!(heard.unwrap());
    }

    pub fn receipt(&self, id: DossierId) -> receipts::Receipt {
        receipts::Receipt {
            dossier: id,
            revision: 1,
            bytes: b"signed receipt".to_vec(),
            digest: Digest::of(b"commit"),
            received_at: instant(300),
            seq: 41,
            signer: "Kho bạc tập huấn".to_owned(),
        }
    }
}
