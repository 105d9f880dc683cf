//! The world all seeds begin in, made once per process: one unit, a prepared portal, and desks on
//! which signed dossiers wait to be sent. A seed works on copies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use chrono::{DateTime, NaiveDate, SubsecRound as _, TimeDelta, Utc};
use http::Request;
use http::request::Builder;
use tempfile::TempDir;
use tower::ServiceExt as _;
use uuid::Uuid;

use hoso_domain::digest::Digest;
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::form;
use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::{Account, Role, Signer, Treasury, Unit};
use hoso_domain::voucher::{Row, Voucher};
use hoso_portal::{Clock, OfficerAccount, Portal, Rehearsal, Setup};
use hoso_portal_api::Connection;
use hoso_portal_api::officer::{self, LoggedIn, Login, SendNotice, SetBalance};
use hoso_proof::Trust;
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::{By, Keys, Store, Vault, layout, people, units};
use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};

use super::signed::{Signed, summary};

/// Desks to begin from; seeds take them in turn.
const DESKS: usize = 3;
/// Items of the feed that are there from the start: more than two pages.
const BALANCES: u32 = 450;
/// A notice comes with every so many of them: some on each page.
const NOTICE_AFTER: u32 = 90;

const OFFICER: &str = "Lường Văn Páo";
const PASSWORD: &str = "một mật khẩu dài";
const PROCEDURE: &str = "recurrent-payment";

/// What stays the same over all seeds of a process.
pub struct World {
    dir: TempDir,
    pub start: DateTime<Utc>,
    pub unit: Unit,
    pub person: PersonId,
    pub keys: Keys,
    pub connection: Connection,
    /// The authority of receipts.
    pub trust: Trust,
    /// The officer's bearer token.
    pub token: String,
    pub rehearsal: Rehearsal,
    desks: Vec<Arc<Desk>>,
}

/// One desk as a seed finds it.
pub struct Desk {
    dir: PathBuf,
    pub cases: Vec<Case>,
    /// A draft nobody sends; the accountant keeps editing it.
    pub draft: DossierId,
}

/// One signed dossier in the outbox.
pub struct Case {
    pub id: DossierId,
    /// Whether the portal must refuse it.
    pub poisoned: bool,
    first: Digest,
    /// What the accountant makes of it when the treasury asks for more; signed beforehand, so that
    /// its bytes are the same in every seed. Nothing where the portal has nothing to ask.
    pub amended: Option<Signed>,
}

impl Case {
    /// Of a revision's commit, as it was signed.
    pub fn digest(&self, revision: u32) -> Option<Digest> {
        match revision {
            1 => Some(self.first),
            2 => self.amended.as_ref().map(|signed| signed.digest),
            _ => None,
        }
    }
}

/// The signers and who stands above them.
struct Hands {
    ca: TestCa,
    chief: Issued,
    owner: Issued,
    /// Has a certificate of the same authority and no registration.
    stranger: Issued,
}

/// Where files cost no disk.
fn fast_dir() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = || tempfile::Builder::new().prefix("hoso-simulate-").to_owned();
    Ok(match memory.is_dir() {
        true => builder()
            .tempdir_in(memory)
            .or_else(|_| builder().tempdir())?,
        false => builder().tempdir()?,
    })
}

impl World {
    /// On each desk `submissions` dossiers wait that the portal must take, and one it must refuse.
    #[allow(clippy::disallowed_methods, reason = "the simulated time begins today")]
    pub fn new(submissions: usize) -> Result<Self> {
        let dir = fast_dir()?;
        // a morning in Vietnam, so that no run crosses midnight there
        let start = Utc::now()
            .trunc_subsecs(0)
            .date_naive()
            .and_hms_opt(1, 0, 0);
        let start = start.context("one o'clock")?.and_utc();
        let ca = TestCa::new("CA mô phỏng")?;
        let hands = Hands {
            chief: issue(&ca, "Lò Thị Hoa")?,
            owner: issue(&ca, "Vàng A Sử")?,
            stranger: issue(&ca, "Người Lạ")?,
            ca,
        };
        let unit = unit(&hands);
        let setup = Setup {
            name: "Cổng mô phỏng".to_owned(),
            url: "https://portal".to_owned(),
            training: true,
            units: vec![unit.clone()],
            signer_cas: vec![hands.ca.pem()?],
            revocation_lists: Vec::new(),
            officers: vec![OfficerAccount {
                name: OFFICER.to_owned(),
                password: PASSWORD.to_owned(),
            }],
        };
        let data = dir.path().join("portal");
        let prepared = Portal::prepare(&data, &setup)?;
        let connection = Connection::from_bytes(&prepared.connection)?;
        let token = fill_portal(&data, start, unit.id)?;

        let person = PersonId(Uuid::now_v7());
        let home = dir.path().join("envelope");
        let (_, keys, _) = Vault::create(&home, person, "Giàng Thị Mai", "482915")?;
        let mut world = Self {
            start,
            trust: Trust::from_pem(&[&connection.receipt_ca])?,
            unit,
            person,
            keys,
            connection,
            token,
            rehearsal: Rehearsal::default(),
            desks: Vec::new(),
            dir,
        };
        for number in 0..DESKS {
            let desk = world.desk(number, submissions, &home, &hands)?;
            world.desks.push(Arc::new(desk));
        }
        Ok(world)
    }

    /// Copies a desk and the portal for one seed.
    pub fn begin(&self, seed: u64) -> Result<(TempDir, Arc<Desk>)> {
        let dir = tempfile::Builder::new()
            .prefix("seed-")
            .tempdir_in(self.dir.path())?;
        let turn = usize::try_from(seed).unwrap_or_default() % self.desks.len();
        let desk = self.desks.get(turn).context("no desk")?;
        copy(&desk.dir, &dir.path().join("desk"))?;
        copy(&self.dir.path().join("portal"), &dir.path().join("portal"))?;
        Ok((dir, Arc::clone(desk)))
    }

    fn desk(&self, number: usize, submissions: usize, home: &Path, hands: &Hands) -> Result<Desk> {
        let dir = self.dir.path().join(format!("desk-{number}"));
        std::fs::create_dir_all(&dir)?;
        std::fs::copy(layout::envelope(home), layout::envelope(&dir))?;
        let by = By {
            person: self.person,
            at: self.start - TimeDelta::hours(2),
        };
        let (unit, person) = (self.unit.clone(), self.person);
        let store = Store::create(&dir, &self.keys, move |tx| {
            units::put(tx, &unit, by.at)?;
            people::put(tx, person, "Giàng Thị Mai", by)
        })?;
        let mut cases = Vec::new();
        for n in 0..=submissions {
            // the last one's signer is not registered
            let poisoned = n == submissions;
            let serial = number * (submissions + 1) + n;
            cases.push(self.case(&store, serial, poisoned, hands, by)?);
        }
        let draft = DossierId(Uuid::now_v7());
        let new = self.new_dossier(draft, self.voucher(9_000, "Bản nháp"));
        store.write(move |tx| dossiers::create(tx, &new, by))?;
        Ok(Desk { dir, cases, draft })
    }

    fn new_dossier(&self, id: DossierId, voucher: Voucher) -> NewDossier {
        NewDossier {
            id,
            unit: self.unit.id,
            procedure: PROCEDURE.to_owned(),
            budget_year: self.year(),
            summary: summary(&voucher),
            vouchers: vec![voucher],
        }
    }

    /// Puts a dossier into the store as the program does: drafted, frozen, signed twice, queued. What
    /// it may be amended to is signed as well, and only its files are there.
    fn case(
        &self,
        store: &Store,
        serial: usize,
        poisoned: bool,
        hands: &Hands,
        by: By,
    ) -> Result<Case> {
        let id = DossierId(Uuid::now_v7());
        let owner = match poisoned {
            true => &hands.stranger,
            false => &hands.owner,
        };
        let sign = |revision, voucher| {
            let data = self.data(id, revision, voucher);
            let (files, signers) = (store.files(), [&hands.chief, owner]);
            Signed::make(files, &data, contract(serial), &hands.ca, signers, by)
        };
        let content = format!("Thanh toán tiền điện, kỳ {serial}");
        let voucher = self.voucher(serial, &content);
        let first = sign(1, voucher.clone())?;
        let new = self.new_dossier(id, voucher);
        store.write(move |tx| dossiers::create(tx, &new, by))?;
        first.queue(store, id, by)?;
        let further = self.voucher(serial, &format!("{content}, đã bổ sung"));
        let amended = (!poisoned).then(|| sign(2, further)).transpose()?;
        Ok(Case {
            id,
            poisoned,
            first: first.digest,
            amended,
        })
    }

    fn data(&self, id: DossierId, revision: u32, voucher: Voucher) -> DossierData {
        DossierData {
            format: DATA_FORMAT,
            dossier: id,
            revision,
            unit: DossierUnit {
                code: self.unit.code.clone(),
                name: self.unit.name.clone(),
                address: self.unit.address.clone(),
                chapter: self.unit.chapter.clone(),
            },
            treasury: self.unit.treasury.clone(),
            procedure: PROCEDURE.to_owned(),
            budget_year: self.year(),
            vouchers: vec![voucher],
        }
    }

    fn year(&self) -> i32 {
        use chrono::Datelike as _;
        self.start.year()
    }

    /// A right voucher of form 13; `serial` makes number, payee and amount its own.
    fn voucher(&self, serial: usize, content: &str) -> Voucher {
        let unit = &self.unit;
        let account = unit.accounts.first().map(|a| a.number.clone());
        let fills = BTreeMap::from(
            [
                ("number", format!("{:03}", serial + 1)),
                ("budget-year", self.year().to_string()),
                ("today", self.start.format("%d/%m/%Y").to_string()),
                ("unit.name", unit.name.clone()),
                ("unit.chapter", unit.chapter.clone()),
                ("unit.address", unit.address.clone()),
                ("account", account.unwrap_or_default()),
                ("treasury.name", unit.treasury.name.clone()),
            ]
            .map(|(id, value)| (id.to_owned(), value)),
        );
        let form = form::latest("nd347-2025", "13").expect("form 13 is compiled in");
        let mut voucher = form::blank(form, &fills);
        let fields = [
            ("content", content.to_owned()),
            ("payee_name", "Công ty Điện lực Điện Biên".to_owned()),
            ("payee_tax_code", "0100100417".to_owned()),
            ("payee_account", format!("01010001{serial:05}")),
            (
                "payee_bank",
                "Ngân hàng TMCP Ngoại thương Việt Nam".to_owned(),
            ),
        ];
        for (id, value) in fields {
            voucher.fields.insert(id.to_owned(), value);
        }
        let cells = [
            ("content", "Tiền điện".to_owned()),
            ("economic_content", "6501".to_owned()),
            ("sector", "341".to_owned()),
            ("source", "13".to_owned()),
            ("amount", (1_000_000 + serial * 1_000).to_string()),
        ]
        .map(|(id, value)| (id.to_owned(), value));
        let row = Row {
            group: String::new(),
            cells: cells.into(),
        };
        voucher.grids.insert("lines".to_owned(), vec![row]);
        form::canonicalise(form, &mut voucher);
        form::compute(form, &mut voucher);
        voucher
    }
}

/// An attachment of 1 to 150 KiB, so that some go in one piece and some do not.
fn contract(serial: usize) -> Vec<u8> {
    let line = format!("Hợp đồng số {serial}, điều khoản thanh toán.\n");
    line.repeat(1 + serial * 37 % 2_800).into_bytes()
}

/// Logs the officer in and fills the feed; the token of the session.
fn fill_portal(data: &Path, start: DateTime<Utc>, unit: UnitId) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let portal = Portal::open_with(data, Clock::new(move || start))?.router();
    runtime.block_on(async {
        let login = serde_json::to_vec(&Login {
            name: OFFICER.to_owned(),
            password: PASSWORD.to_owned(),
        })?;
        let session: LoggedIn =
            serde_json::from_slice(&post(&portal, officer::LOGIN, "", login).await?)?;
        for n in 0..BALANCES {
            let body = serde_json::to_vec(&SetBalance {
                unit,
                account: format!("9523.4.1057713.{:05}", n % 3),
                figure: Dong::new(1_000_000_000 + i64::from(n))?,
            })?;
            post(&portal, officer::BALANCES, &session.token, body).await?;
            if n.is_multiple_of(NOTICE_AFTER) {
                let body = serde_json::to_vec(&SendNotice {
                    unit,
                    title: format!("Thông báo số {n}"),
                    text: "Kho bạc nghỉ giao dịch chiều thứ sáu.".to_owned(),
                })?;
                post(&portal, officer::NOTICES, &session.token, body).await?;
            }
        }
        Ok(session.token)
    })
}

/// A `POST` of the officer, past the network.
pub async fn post(portal: &Router, target: &str, token: &str, body: Vec<u8>) -> Result<Vec<u8>> {
    ask(portal, Request::post(target), token, body).await
}

/// A `GET` of the officer, past the network.
pub async fn get(portal: &Router, target: &str, token: &str) -> Result<Vec<u8>> {
    ask(portal, Request::get(target), token, Vec::new()).await
}

async fn ask(portal: &Router, head: Builder, token: &str, body: Vec<u8>) -> Result<Vec<u8>> {
    let request = head
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body))?;
    let answer = portal.clone().oneshot(request).await?;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    let said = || String::from_utf8_lossy(&body).into_owned();
    ensure!(status.is_success(), "{status}: {}", said());
    Ok(body.to_vec())
}

/// A folder with all below it. What never changes in place is linked, not copied.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for item in std::fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &target)?;
        } else if is_sealed(&item.path()) {
            std::fs::hard_link(item.path(), &target)?;
        } else {
            std::fs::copy(item.path(), &target)?;
        }
    }
    Ok(())
}

/// The store's encrypted files are named by what they hold and never written again.
fn is_sealed(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "files")
}

fn issue(ca: &TestCa, name: &str) -> Result<Issued> {
    let key = new_key(KeyType::P256)?;
    ca.issue_for(
        key,
        name,
        "Người ký",
        "Xã Nậm Lay",
        Usage::Signing,
        Validity::Current,
    )
}

fn unit(hands: &Hands) -> Unit {
    let signer = |role, name: &str, issued: &Issued| Signer {
        person: PersonId(Uuid::now_v7()),
        name: name.to_owned(),
        title: String::new(),
        role,
        delegate: false,
        valid_from: NaiveDate::from_ymd_opt(2025, 7, 1).unwrap_or_default(),
        valid_to: None,
        certificates: vec![issued.digest],
        accounts: Vec::new(),
    };
    Unit {
        id: UnitId(Uuid::now_v7()),
        code: "1057713".to_owned(),
        name: "Văn phòng HĐND và UBND xã Nậm Lay".to_owned(),
        address: "Bản Nậm Lay".to_owned(),
        chapter: "830".to_owned(),
        area: "03424".to_owned(),
        treasury: Treasury {
            code: "2365".to_owned(),
            name: "Kho bạc khu vực X".to_owned(),
        },
        accounts: vec![Account {
            number: "9523.4.1057713.03424".to_owned(),
            name: "Chi thường xuyên".to_owned(),
        }],
        signers: vec![
            signer(Role::ChiefAccountant, "Lò Thị Hoa", &hands.chief),
            signer(Role::AccountOwner, "Vàng A Sử", &hands.owner),
        ],
        hue: 168,
    }
}
