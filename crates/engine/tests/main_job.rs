//! The main job without a window: real store, real soft tokens, real portal over TLS on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_contract::{Code, Fact};
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::{FindingCode, Place as At, Severity};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::party::Role;
use hoso_domain::voucher::Row;
use hoso_engine::{Engine, Handle, Place};
use hoso_portal::{OfficerAccount, Portal, Setup};
use hoso_testkit::world::{ACCOUNTANT, World};

/// Facts heard, and waiting for one.
#[derive(Default)]
struct Heard {
    count: Mutex<u64>,
    more: Condvar,
}

/// Everything around one engine.
struct Desk {
    world: World,
    engine: Engine,
    heard: Arc<Heard>,
    connection: PathBuf,
    portal: PathBuf,
    address: String,
    runtime: tokio::runtime::Runtime,
}

fn engine(home: &Path, heard: &Arc<Heard>) -> Engine {
    let heard = Arc::clone(heard);
    Engine::new(
        Place::at(home),
        Arc::new(move |_: Fact| {
            *heard.count.lock().unwrap() += 1;
            heard.more.notify_all();
        }),
    )
}

impl Desk {
    fn new(dir: &Path) -> Self {
        let world = World::new(&dir.join("world")).unwrap();
        let (name, value) = world.env().remove(0);
        // SAFETY: this program has one test, and no other thread reads the environment yet.
        #[allow(unsafe_code, reason = "the token helper inherits the environment")]
        unsafe {
            std::env::set_var(name, value);
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let portal = dir.join("portal");
        let prepared = Portal::prepare(
            &portal,
            &Setup {
                name: "Cổng tập huấn".to_owned(),
                url: format!("https://{address}"),
                training: true,
                units: vec![world.unit.clone()],
                signer_cas: vec![world.ca.pem().unwrap()],
                officers: vec![OfficerAccount {
                    name: "canbo".to_owned(),
                    password: "mat-khau-tap-huan".to_owned(),
                }],
            },
        )
        .unwrap();
        let connection = dir.join("ket-noi.hoso");
        std::fs::write(&connection, &prepared.connection).unwrap();
        let heard = Arc::new(Heard::default());
        let engine = engine(&dir.join("home"), &heard);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self {
            world,
            engine,
            heard,
            connection,
            portal,
            address,
            runtime,
        }
    }

    /// Waits until `done` says so, looking again after every fact.
    fn until<T>(&self, what: &str, mut done: impl FnMut() -> Option<T>) -> T {
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

    fn first_run(&self) -> Session {
        let path = self.connection.to_string_lossy().into_owned();
        let preview = self
            .engine
            .handle(PreviewConnection { path: path.clone() })
            .unwrap();
        assert!(preview.training);
        let wrong = CreateStore {
            connection: path.clone(),
            fingerprint: "0000 0000 0000 0000 0000 0000 0000 0000".to_owned(),
            person_name: ACCOUNTANT.to_owned(),
            pin: Secret("258036".to_owned()),
        };
        let refused = self.engine.handle(wrong.clone()).unwrap_err();
        assert_eq!(refused.code, Code::FingerprintMismatch);
        let code = self
            .engine
            .handle(CreateStore {
                fingerprint: preview.fingerprint,
                ..wrong
            })
            .unwrap();
        let mistyped = self
            .engine
            .handle(ConfirmRecovery {
                code: Secret("0000".to_owned()),
            })
            .unwrap_err();
        assert_eq!(mistyped.code, Code::WrongRecoveryCode);
        self.engine
            .handle(ConfirmRecovery {
                code: Secret(code.code),
            })
            .unwrap()
    }

    fn view(&self, id: DossierId) -> DossierView {
        self.engine.handle(OpenDossier { id }).unwrap()
    }

    fn save(&self, view: &DossierView) -> Saved {
        let command = SaveDraft {
            id: view.id,
            version: view.version,
            vouchers: view.vouchers.clone(),
        };
        self.engine.handle(command).unwrap()
    }

    fn sign(&self, id: DossierId, role: Role) -> SignReport {
        let signer = self.world.signer(role);
        self.engine
            .handle(Sign {
                items: vec![id],
                certificate: signer.certificate(),
                pin: Secret(signer.pin.to_owned()),
            })
            .unwrap()
    }

    fn portal_up(&self) -> hoso_portal::Handle {
        let portal = Portal::open(&self.portal).unwrap();
        self.runtime
            .block_on(portal.listen(self.address.parse().unwrap()))
            .unwrap()
    }
}

fn line(content: &str, code: &str, amount: &str) -> Row {
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

fn errors(findings: &[hoso_domain::finding::Finding]) -> Vec<(FindingCode, At)> {
    findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| (f.code, f.place.clone()))
        .collect()
}

#[test]
fn a_dossier_is_drafted_signed_and_sent_exactly_once() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::new(dir.path());
    let session = desk.first_run();
    assert_eq!(session.person.name, ACCOUNTANT);

    // draft, with a deliberate mistake at one field
    let id = desk
        .engine
        .handle(CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        })
        .unwrap();
    let mut view = desk.view(id);
    let fields = [
        ("content", "Mua văn phòng phẩm quý IV"),
        ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
        ("payee_tax_code", "0100047516"),
        ("payee_account", "1500205112345"),
    ];
    for (field, value) in fields {
        view.vouchers[0]
            .fields
            .insert(field.to_owned(), value.to_owned());
    }
    view.vouchers[0].grids.insert(
        "lines".to_owned(),
        vec![
            line("Giấy in A4", "6551", "6.450.000"),
            line("Tủ hồ sơ", "6552", "3.200.000"),
            line("Sách pháp luật", "6608", "850.000"),
        ],
    );
    let saved = desk.save(&view);
    let bank = At::Field {
        voucher: 0,
        field: "payee_bank".to_owned(),
    };
    assert_eq!(
        errors(&saved.findings),
        [(FindingCode::PayeeAccountMissing, bank)]
    );
    let blocked = desk
        .engine
        .handle(SubmitForSigning {
            id,
            version: saved.version,
        })
        .unwrap_err();
    assert_eq!(blocked.code, Code::BlockedByFindings);

    // a stale window overwrites nothing
    let stale = desk
        .engine
        .handle(SaveDraft {
            id,
            version: view.version,
            vouchers: view.vouchers.clone(),
        })
        .unwrap_err();
    assert_eq!(stale.code, Code::Stale);

    view.version = saved.version;
    view.vouchers[0]
        .fields
        .insert("payee_bank".to_owned(), "Agribank Điện Biên".to_owned());
    let saved = desk.save(&view);
    assert_eq!(errors(&saved.findings), []);
    let kept = desk.view(id);
    assert_eq!(kept.vouchers[0].field("total"), "10500000");
    assert_eq!(
        kept.vouchers[0].field("total_words"),
        "Mười triệu năm trăm nghìn đồng."
    );

    // a file in each drawer
    let file = dir.path().join("quyet-dinh.pdf");
    std::fs::write(&file, b"%PDF-1.4 quyet dinh giao du toan").unwrap();
    for drawer in [Drawer::Treasury, Drawer::Unit] {
        let path = file.to_string_lossy().into_owned();
        desk.engine.handle(Attach { id, drawer, path }).unwrap();
    }

    let version = desk.view(id).version;
    desk.engine
        .handle(SubmitForSigning { id, version })
        .unwrap();
    assert_eq!(desk.view(id).local, LocalState::Awaiting { step: 1 });
    assert!(desk.engine.handle(CountPages { id, voucher: 0 }).unwrap() >= 1);

    // the owner cannot sign before the chief; a wrong PIN costs one try and stops there
    let tokens = desk.engine.handle(FindTokens {}).unwrap();
    let roles: Vec<Role> = tokens
        .tokens
        .iter()
        .flat_map(|t| &t.certificates)
        .flat_map(|c| c.roles.clone())
        .collect();
    assert_eq!(roles.len(), 2, "{tokens:?}");
    let early = desk.sign(id, Role::AccountOwner);
    assert_eq!(
        early.items[0].error.as_ref().unwrap().code,
        Code::NotTheSigner
    );
    let chief = desk.world.chief.certificate();
    let wrong = desk
        .engine
        .handle(Sign {
            items: vec![id],
            certificate: chief,
            pin: Secret("999999".to_owned()),
        })
        .unwrap();
    let stopped = wrong.stopped.unwrap();
    assert_eq!(stopped.code, Code::TokenWrongPin);
    assert_eq!(stopped.params["wrong"], "1");

    let report = desk.sign(id, Role::ChiefAccountant);
    assert_eq!(report.stopped, None);
    assert_eq!(report.items[0].error, None);
    assert_eq!(desk.view(id).local, LocalState::Awaiting { step: 2 });
    assert_eq!(desk.sign(id, Role::AccountOwner).items[0].error, None);

    // the portal is down: the row waits and says why
    let row = desk.until("the reason of waiting", || {
        let rows = desk.engine.handle(GetOutbox {}).unwrap();
        rows.into_iter().find(|r| r.why.is_some())
    });
    assert_eq!(row.why.unwrap().code, Code::PortalUnreachable);

    // evidence leaves the store and holds for anyone
    let out = dir.path().join("ho-so.asice");
    let path = out.to_string_lossy().into_owned();
    desk.engine.handle(ExportContainer { id, path }).unwrap();
    let verdict = hoso_engine::evidence::verify_file(&out, &desk.world.dir.join("ca.pem")).unwrap();
    assert!(verdict.ok, "{verdict:?}");
    assert_eq!(verdict.signatures.len(), 2);

    // the portal comes up: sent, and the receipt is verified
    let portal = desk.portal_up();
    desk.engine.handle(SendNow { id: None }).unwrap();
    desk.until("sending", || {
        (desk.view(id).local == LocalState::Sent).then_some(())
    });
    let results = desk.engine.handle(GetResults {}).unwrap();
    assert_eq!(results.len(), 1);
    assert!(results[0].receipt.is_some());
    assert_eq!(results[0].treasury, TreasuryState::None);
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());

    // locked, and opened again by the same person
    let Boot::Locked { people } = desk.engine.handle(Lock {}).unwrap() else {
        panic!("not locked")
    };
    assert_eq!(people[0].name, ACCOUNTANT);
    let unlock = Unlock {
        person: people[0].person,
        pin: Secret("258036".to_owned()),
    };
    desk.engine.handle(unlock).unwrap();
    assert_eq!(desk.view(id).local, LocalState::Sent);
    desk.runtime.block_on(portal.shutdown());
}
