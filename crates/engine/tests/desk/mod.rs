//! One desk for the engine's tests: real store, real soft tokens, real portal over TLS on loopback.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod officer;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_contract::{Code, Fact};
use hoso_domain::finding::{FindingCode, Place as At, Severity};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::{Role, Unit};
use hoso_domain::voucher::Row;
use hoso_engine::{Engine, Handle, Place};
use hoso_portal::{Further, OfficerAccount, Portal, Setup};
use hoso_testkit::ca::{Usage, Validity};
use hoso_testkit::link::{Identity, Link, TlsAuthority};
use hoso_testkit::world::{ACCOUNTANT, World};

/// The accountant's PIN of the store.
pub const PIN: &str = "258036";
pub const OFFICER: &str = "canbo";
pub const PASSWORD: &str = "mat-khau-tap-huan";

/// The two signers, and a third token whose certificate no unit has registered.
pub struct Tokens {
    pub world: World,
    pub stranger: hoso_domain::digest::Digest,
}

/// One set of tokens for the whole program: the module finds it by an environment variable.
pub fn tokens() -> &'static Tokens {
    static TOKENS: OnceLock<Tokens> = OnceLock::new();
    TOKENS.get_or_init(|| {
        // kept until the program ends, since a static is never dropped
        let dir = tempfile::tempdir().unwrap().keep();
        let world = World::new(&dir).unwrap();
        let issued = world
            .ca
            .issue(
                "Sùng Thị Mỷ",
                "Công chức",
                "Xã khác",
                Usage::Signing,
                Validity::Current,
            )
            .unwrap();
        world
            .hsm
            .add_token("Sung Thi My", "112233", "87654321", &issued)
            .unwrap();
        let (name, value) = world.env().remove(0);
        // SAFETY: every test begins here and waits for this; none reads the environment meanwhile.
        #[allow(unsafe_code, reason = "the token helper inherits the environment")]
        unsafe {
            std::env::set_var(name, value);
        }
        Tokens {
            world,
            stranger: issued.digest,
        }
    })
}

/// The tokens, for one program at a time: a soft token is a file that a login writes, and a second
/// process that looks meanwhile may find it unreadable. A real one is plugged into one PC.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Facts heard, and waiting for one.
#[derive(Default)]
pub struct Heard {
    /// Those that told of tokens.
    pub tokens: AtomicU64,
    /// Those that told how the reading of all pages ended.
    pub pages: AtomicU64,
    count: Mutex<u64>,
    more: Condvar,
}

/// Everything around one engine.
pub struct Desk {
    pub world: &'static World,
    pub engine: Engine,
    pub heard: Arc<Heard>,
    pub home: PathBuf,
    pub connection: PathBuf,
    /// Where the portal listens when it is up.
    pub address: String,
    pub runtime: tokio::runtime::Runtime,
    pub dir: tempfile::TempDir,
}

/// What a desk may have of its own.
pub struct Wish {
    pub unit: Unit,
    /// Units kept on the same PC beside it.
    pub more_units: Vec<Unit>,
    /// Further authorities of signers, in PEM.
    pub more_cas: Vec<String>,
    /// Whose tokens and authority; those of the whole program where nothing is said.
    pub world: &'static World,
    /// What stands in the connection file, when clients come by another way.
    pub reached_at: Option<String>,
    /// Revocation lists of the signers' authorities, which the portal passes on.
    pub lists: Vec<Vec<u8>>,
    /// A portal that moves no money.
    pub training: bool,
    /// The program's folder, relative to the desk's.
    pub home: &'static str,
}

/// The edge of the tests that reads the clock.
#[allow(
    clippy::disallowed_methods,
    reason = "the engine under test reads the same clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A port nobody listens on.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

pub fn engine(home: &Path, heard: &Arc<Heard>) -> Engine {
    let heard = Arc::clone(heard);
    Engine::new(
        Place::at(home),
        Arc::new(move |fact: Fact| {
            if fact == Fact::TokensChanged {
                heard.tokens.fetch_add(1, Ordering::Relaxed);
            }
            if matches!(fact, Fact::StoreRead { .. }) {
                heard.pages.fetch_add(1, Ordering::Relaxed);
            }
            *heard.count.lock().unwrap() += 1;
            heard.more.notify_all();
        }),
    )
}

impl Desk {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(wish: impl FnOnce(&mut Wish)) -> Self {
        let world = &tokens().world;
        let mut wanted = Wish {
            unit: world.unit.clone(),
            more_units: Vec::new(),
            more_cas: Vec::new(),
            world,
            reached_at: None,
            lists: Vec::new(),
            training: true,
            home: "home",
        };
        wish(&mut wanted);
        let world = wanted.world;
        let dir = tempfile::tempdir().unwrap();
        let address = free_address();
        let reached_at = wanted.reached_at.unwrap_or_else(|| address.clone());
        let connection = dir.path().join("ket-noi.hoso");
        let mut cas = vec![world.ca.pem().unwrap()];
        cas.extend(wanted.more_cas);
        let mut units = vec![wanted.unit];
        units.extend(wanted.more_units);
        let setup = Setup {
            revocation_lists: wanted.lists,
            ..setup(cas, &reached_at, units, wanted.training)
        };
        let prepared = Portal::prepare(&dir.path().join("portal"), &setup).unwrap();
        let bytes = prepared.connection;
        std::fs::write(&connection, bytes).unwrap();
        let heard = Arc::new(Heard::default());
        let home = dir.path().join(wanted.home);
        Self {
            world,
            engine: engine(&home, &heard),
            heard,
            home,
            connection,
            address,
            runtime: tokio::runtime::Runtime::new().unwrap(),
            dir,
        }
    }

    /// A desk after its first run.
    pub fn ready() -> Self {
        let desk = Self::new();
        desk.first_run();
        desk
    }

    /// A desk whose portal is reached over the link alone.
    pub fn behind_a_link() -> (Self, Link) {
        let own = TlsAuthority::new("CA của đường truyền thử").unwrap();
        let link = Link::start(&own.issue("127.0.0.1", Validity::Current).unwrap()).unwrap();
        let desk = Self::with(|wish| wish.reached_at = Some(link.address().to_string()));
        let data = desk.path("portal");
        let read = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
        // the link stands for the portal with the portal's own certificate
        let identity = Identity::from_pem(&read("tls-cert.pem"), &read("tls-key.pem")).unwrap();
        link.show(&identity).unwrap();
        let address = desk.address.parse().unwrap();
        link.lead_to(address, &read("tls-ca.pem")).unwrap();
        (desk, link)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Waits until `done` says so, looking again after every fact.
    pub fn until<T>(&self, what: &str, mut done: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(value) = done() {
                return value;
            }
            assert!(Instant::now() < end, "{what} did not happen");
            let count = self.heard.count.lock().unwrap();
            let _ = self
                .heard
                .more
                .wait_timeout(count, Duration::from_millis(200))
                .unwrap();
        }
    }

    pub fn preview(&self) -> ConnectionPreview {
        let path = self.connection.to_string_lossy().into_owned();
        self.engine.handle(PreviewConnection { path }).unwrap()
    }

    pub fn create_store(&self) -> RecoveryCode {
        let command = CreateStore {
            connection: self.connection.to_string_lossy().into_owned(),
            fingerprint: self.preview().fingerprint,
            person_name: ACCOUNTANT.to_owned(),
            pin: Secret(PIN.to_owned()),
        };
        self.engine.handle(command).unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// Another connection file of this desk's portal, which need not be up.
    pub fn issue(&self, further: &Further) -> String {
        let portal = Portal::open(&self.path("portal")).unwrap();
        self.write("moi.hoso", &portal.issue_connection(further).unwrap())
    }

    pub fn compare(&self, file: &str) -> Result<ConnectionChange, hoso_contract::AppError> {
        let path = file.to_owned();
        self.engine.handle(CompareConnection { path })
    }

    /// Takes a newer connection file over after it was shown.
    pub fn renew(&self, file: &str) -> ConnectionView {
        let command = RenewConnection {
            path: file.to_owned(),
            fingerprint: self.compare(file).unwrap().new.fingerprint,
        };
        self.engine.handle(command).unwrap()
    }

    /// Answers the recovery code as well.
    pub fn first_run(&self) -> (Session, String) {
        let code = self.create_store().code;
        let confirm = ConfirmRecovery {
            code: Secret(code.clone()),
        };
        (self.engine.handle(confirm).unwrap(), code)
    }

    /// The program ended, however it ended, and is started again; nobody is unlocked.
    pub fn restart(&mut self) -> Boot {
        self.engine = engine(&self.home, &self.heard);
        self.engine.handle(BootUp {}).unwrap()
    }

    pub fn unlock(&self) -> Result<Session, hoso_contract::AppError> {
        self.unlock_with(PIN)
    }

    pub fn unlock_with(&self, pin: &str) -> Result<Session, hoso_contract::AppError> {
        let Boot::Locked { people } = self.engine.handle(BootUp {}).unwrap() else {
            panic!("not locked")
        };
        self.engine.handle(Unlock {
            person: people[0].person,
            pin: Secret(pin.to_owned()),
        })
    }

    /// Unlocks and looks at the first screen until all pages were read; the session afterwards.
    pub fn unlock_and_wait(&self) -> Result<Session, hoso_contract::AppError> {
        let before = self.heard.pages.load(Ordering::Relaxed);
        let session = self.unlock()?;
        if session.read_only.is_some() {
            return Ok(session);
        }
        // a damaged page may fail it
        let _ = self.engine.handle(GetToday {});
        self.until("the reading of all pages", || {
            (self.heard.pages.load(Ordering::Relaxed) > before).then_some(())
        });
        self.engine.handle(GetSession {})
    }

    pub fn results(&self) -> Vec<ResultRow> {
        let all = GetResults {
            after: None,
            limit: 100,
            with: None,
        };
        self.engine.handle(all).unwrap().rows
    }

    pub fn view(&self, id: DossierId) -> DossierView {
        self.engine.handle(OpenDossier { id }).unwrap()
    }

    pub fn save(&self, view: &DossierView) -> Saved {
        self.engine.handle(save(view)).unwrap()
    }

    /// A draft without a mistake.
    pub fn draft(&self, content: &str, amount: &str) -> DossierId {
        let id = self
            .engine
            .handle(CreateDossier {
                basis: "nd347-2025".to_owned(),
                form: "13".to_owned(),
            })
            .unwrap();
        let mut view = self.view(id);
        let fields = [
            ("content", content),
            ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
            ("payee_tax_code", "0100047516"),
            ("payee_account", "1500205112345"),
            ("payee_bank", "Agribank Điện Biên"),
        ];
        for (field, value) in fields {
            view.vouchers[0]
                .fields
                .insert(field.to_owned(), value.to_owned());
        }
        view.vouchers[0]
            .grids
            .insert("lines".to_owned(), vec![line(content, "6551", amount)]);
        assert_eq!(errors(&self.save(&view).findings), []);
        id
    }

    pub fn submit(&self, id: DossierId) {
        let version = self.view(id).version;
        self.engine
            .handle(SubmitForSigning { id, version })
            .unwrap();
    }

    pub fn sign(&self, id: DossierId, role: Role) -> SignReport {
        let signer = self.world.signer(role);
        let _turn = turn();
        self.engine
            .handle(Sign {
                items: vec![id],
                certificate: signer.certificate(),
                pin: Secret(signer.pin.to_owned()),
            })
            .unwrap()
    }

    /// Submits and signs twice: the dossier waits to be sent.
    pub fn finish(&self, id: DossierId) {
        self.submit(id);
        for role in [Role::ChiefAccountant, Role::AccountOwner] {
            let report = self.sign(id, role);
            assert_eq!((&report.stopped, &report.items[0].error), (&None, &None));
        }
    }

    pub fn queued(&self, content: &str, amount: &str) -> DossierId {
        let id = self.draft(content, amount);
        self.finish(id);
        id
    }

    pub fn local(&self, id: DossierId) -> LocalState {
        self.view(id).local
    }

    pub fn until_sent(&self, id: DossierId) {
        self.until("sending", || {
            (self.local(id) == LocalState::Sent).then_some(())
        });
    }

    /// Sent in a pass of its own: no back-off of an earlier try counts.
    pub fn send_now(&self) {
        self.engine.handle(SendNow { id: None }).unwrap();
    }

    /// Waits until the row says that it waits for this reason.
    pub fn until_waits_for(&self, id: DossierId, code: Code) {
        let mut last = None;
        self.until(code.as_str(), || {
            let rows = self.engine.handle(GetOutbox {}).unwrap();
            last = rows.into_iter().find(|r| r.id == id).and_then(|r| r.why);
            (last.as_ref()?.code == code).then_some(())
        });
    }

    pub fn portal_up(&self) -> hoso_portal::Handle {
        self.listen(&self.path("portal"))
    }

    /// The portal of `data` at this desk's address.
    pub fn listen(&self, data: &Path) -> hoso_portal::Handle {
        let portal = Portal::open(data).unwrap();
        self.runtime
            .block_on(portal.listen(self.address.parse().unwrap()))
            .unwrap()
    }

    pub fn down(&self, portal: hoso_portal::Handle) {
        self.runtime.block_on(portal.shutdown());
    }
}

/// A portal's data folder; answers its connection file.
pub fn prepare(data: &Path, reached_at: &str, unit: Unit, training: bool) -> Vec<u8> {
    let cas = vec![tokens().world.ca.pem().unwrap()];
    prepare_for(cas, data, reached_at, vec![unit], training)
}

/// As [`prepare`], for signers under these authorities (PEM).
pub fn prepare_for(
    signer_cas: Vec<String>,
    data: &Path,
    reached_at: &str,
    units: Vec<Unit>,
    training: bool,
) -> Vec<u8> {
    let setup = setup(signer_cas, reached_at, units, training);
    Portal::prepare(data, &setup).unwrap().connection
}

fn setup(signer_cas: Vec<String>, reached_at: &str, units: Vec<Unit>, training: bool) -> Setup {
    Setup {
        name: "Cổng tập huấn".to_owned(),
        url: format!("https://{reached_at}"),
        training,
        units,
        signer_cas,
        revocation_lists: Vec::new(),
        officers: vec![OfficerAccount {
            name: OFFICER.to_owned(),
            password: PASSWORD.to_owned(),
        }],
    }
}

/// What the window would save.
pub fn save(view: &DossierView) -> SaveDraft {
    SaveDraft {
        id: view.id,
        version: view.version,
        vouchers: view.vouchers.clone(),
    }
}

pub fn line(content: &str, code: &str, amount: &str) -> Row {
    let cells = [
        ("content", content),
        ("economic_content", code),
        ("sector", "341"),
        ("source", "13"),
        ("amount", amount),
    ];
    let cells: BTreeMap<String, String> = cells
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Row {
        group: String::new(),
        cells,
    }
}

pub fn errors(findings: &[hoso_domain::finding::Finding]) -> Vec<(FindingCode, At)> {
    findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| (f.code, f.place.clone()))
        .collect()
}
