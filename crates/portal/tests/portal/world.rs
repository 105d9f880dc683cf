//! A unit with two signers, a portal of its own, and dossiers signed as the program signs them.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::entry::path as entry_path;
use hoso_domain::form;
use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_domain::party::{Account, Role, Signer, Treasury, Unit};
use hoso_domain::voucher::{Row, Voucher};
use hoso_portal::{Handle, OfficerAccount, Portal, Setup};
use hoso_portal_api::commit::{BlobRef, Commit, SignatureBlobs};
use hoso_portal_api::connection::Connection;
use hoso_proof::{Container, SignatureFiles, Trust, sign_with_key};
use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::client::{DeviceClient, OfficerClient, http};

pub const OFFICER: &str = "Lường Văn Páo";
pub const PASSWORD: &str = "một mật khẩu dài";

/// The edge of the test that reads the clock, as a device would.
#[allow(
    clippy::disallowed_methods,
    reason = "the test plays a device with a right clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

pub struct World {
    pub dir: TempDir,
    pub ca: TestCa,
    pub chief: Issued,
    pub owner: Issued,
    pub unit: Unit,
    pub other: Unit,
    pub connection: Connection,
    pub base: String,
    pub handle: Option<Handle>,
}

/// What goes to the portal for one revision.
#[derive(Clone)]
pub struct Sent {
    pub blobs: Vec<Vec<u8>>,
    pub commit: Commit,
    pub container: Container,
}

impl World {
    pub async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let ca = TestCa::new("CA thử").unwrap();
        let (chief, owner) = (issue(&ca, "Lò Thị Hoa"), issue(&ca, "Vàng A Sử"));
        let unit = unit("1057713", &chief, &owner);
        let other = unit_without_signers("1057714");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        let units = vec![unit.clone(), other.clone()];
        let setup = setup(&base, units, &ca, true);
        let prepared = Portal::prepare(dir.path(), &setup).unwrap();
        let connection = Connection::from_bytes(&prepared.connection).unwrap();
        let handle = Some(Portal::open(dir.path()).unwrap().serve(listener).unwrap());
        Self {
            dir,
            ca,
            chief,
            owner,
            unit,
            other,
            connection,
            base,
            handle,
        }
    }

    /// What this portal was prepared with, or another that moves money.
    pub fn setup(&self, training: bool) -> Setup {
        let units = vec![self.unit.clone(), self.other.clone()];
        setup(&self.base, units, &self.ca, training)
    }

    /// Stops the portal and starts another over the same folder and port.
    pub async fn restart(&mut self) {
        self.restart_as(|data| Portal::open(data).unwrap()).await;
    }

    /// [`World::restart`] with a portal the test opens.
    pub async fn restart_as(&mut self, open: impl FnOnce(&Path) -> Portal) {
        let handle = self.handle.take().unwrap();
        let address = handle.address();
        handle.shutdown().await;
        let portal = open(self.dir.path());
        self.handle = Some(portal.listen(address).await.unwrap());
    }

    /// Starts again with these `limits` in `portal.json`; to be done before anybody connects.
    pub async fn limited(&mut self, limits: serde_json::Value) {
        self.configured("limits", limits).await;
    }

    /// Starts again with this value in `portal.json`.
    pub async fn configured(&mut self, key: &str, value: serde_json::Value) {
        let path = self.dir.path().join("portal.json");
        let mut config: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config[key] = value;
        std::fs::write(&path, serde_json::to_vec(&config).unwrap()).unwrap();
        self.restart().await;
    }

    pub fn http(&self) -> reqwest::Client {
        http(&self.connection.tls_ca)
    }

    pub fn code(&self, unit: &Unit, n: usize) -> String {
        self.connection.enrolment(unit.id).unwrap().codes[n].clone()
    }

    pub async fn device(&self) -> DeviceClient {
        let code = self.code(&self.unit, 0);
        DeviceClient::enrolled(self.http(), &self.base, &self.unit.code, &code).await
    }

    /// Another PC of the same unit.
    pub async fn second_device(&self) -> DeviceClient {
        let code = self.code(&self.unit, 1);
        DeviceClient::enrolled(self.http(), &self.base, &self.unit.code, &code).await
    }

    pub async fn foreign_device(&self) -> DeviceClient {
        let code = self.code(&self.other, 0);
        DeviceClient::enrolled(self.http(), &self.base, &self.other.code, &code).await
    }

    pub async fn officer(&self) -> OfficerClient {
        OfficerClient::logged_in(self.http(), &self.base).await
    }

    /// Trust in the receipt authority alone, as the connection file gives it.
    pub fn receipt_trust(&self) -> Trust {
        Trust::from_pem(&[&self.connection.receipt_ca]).unwrap()
    }

    pub fn data(&self, id: DossierId, revision: u32) -> DossierData {
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
            procedure: "recurrent-payment".to_owned(),
            budget_year: today().format("%Y").to_string().parse().unwrap(),
            vouchers: vec![voucher(&self.unit)],
        }
    }

    /// Signed by the two in the form's order.
    pub fn signed(&self, data: &DossierData) -> Sent {
        self.signed_by(entries(data), &[&self.chief, &self.owner], data.revision)
    }

    pub fn signed_by(
        &self,
        entries: Vec<(String, Vec<u8>)>,
        signers: &[&Issued],
        revision: u32,
    ) -> Sent {
        let roles = ["chief-accountant", "account-owner"];
        let ca = self.ca.pem().unwrap();
        let mut container = Container::new(entries);
        for (signer, role) in signers.iter().zip(roles) {
            let at = now();
            let manifest = container
                .open_step(&signer.certificate_der, role, at)
                .unwrap();
            let key = signer.key_pem().unwrap();
            let p7s = sign_with_key(&manifest, &signer.certificate_pem, &[&ca], &key, at).unwrap();
            container.signatures.push(SignatureFiles { manifest, p7s });
        }
        self.sent(container, revision)
    }

    pub fn sent(&self, container: Container, revision: u32) -> Sent {
        let entries = container.entries.iter();
        let mut blobs: Vec<Vec<u8>> = entries.map(|o| o.bytes().to_vec()).collect();
        let mut signatures = Vec::new();
        for s in &container.signatures {
            blobs.extend([s.manifest.clone(), s.p7s.clone()]);
            let (manifest, p7s) = (BlobRef::of(&s.manifest), BlobRef::of(&s.p7s));
            signatures.push(SignatureBlobs { manifest, p7s });
        }
        let commit = Commit {
            unit: self.unit.id,
            revision,
            content: container.commit_content().unwrap(),
            signatures,
            audit_head: hoso_domain::digest::Digest::of(b"audit"),
        };
        Sent {
            blobs,
            commit,
            container,
        }
    }
}

/// The entries of an unsigned revision, its PDF printed as the program prints it.
pub fn entries(data: &DossierData) -> Vec<(String, Vec<u8>)> {
    let mut out = vec![(entry_path::DATA.to_owned(), data.to_bytes())];
    for (i, v) in data.vouchers.iter().enumerate() {
        out.push((entry_path::voucher(i, &v.form.number), print(data, i)));
    }
    out.push((
        entry_path::file("hop-dong.txt"),
        "Hợp đồng số 12".as_bytes().to_vec(),
    ));
    out
}

pub fn print(data: &DossierData, index: usize) -> Vec<u8> {
    let voucher = &data.vouchers[index];
    hoso_print::render(form::find(&voucher.form).unwrap(), voucher, data).unwrap()
}

pub fn new_dossier() -> DossierId {
    DossierId(Uuid::now_v7())
}

pub fn issue(ca: &TestCa, name: &str) -> Issued {
    let key = new_key(KeyType::P256).unwrap();
    ca.issue_for(
        key,
        name,
        "Người ký",
        "Xã Nậm Lay",
        Usage::Signing,
        Validity::Current,
    )
    .unwrap()
}

fn today() -> NaiveDate {
    now()
        .with_timezone(&chrono::FixedOffset::east_opt(7 * 3600).unwrap())
        .date_naive()
}

fn unit_without_signers(code: &str) -> Unit {
    Unit {
        id: UnitId(Uuid::now_v7()),
        code: code.to_owned(),
        name: format!("Văn phòng HĐND và UBND xã {code}"),
        address: "Bản Nậm Lay".to_owned(),
        chapter: "830".to_owned(),
        area: "03424".to_owned(),
        treasury: Treasury {
            code: "2365".to_owned(),
            name: "Kho bạc khu vực X".to_owned(),
        },
        accounts: vec![Account {
            number: format!("9523.4.{code}.03424"),
            name: "Chi thường xuyên".to_owned(),
        }],
        signers: Vec::new(),
        hue: 168,
    }
}

fn unit(code: &str, chief: &Issued, owner: &Issued) -> Unit {
    let signer = |role, name: &str, issued: &Issued| Signer {
        person: PersonId(Uuid::now_v7()),
        name: name.to_owned(),
        title: String::new(),
        role,
        delegate: false,
        valid_from: NaiveDate::from_ymd_opt(2025, 7, 1).unwrap(),
        valid_to: None,
        certificates: vec![issued.digest],
        accounts: Vec::new(),
    };
    Unit {
        signers: vec![
            signer(Role::ChiefAccountant, "Lò Thị Hoa", chief),
            signer(Role::AccountOwner, "Vàng A Sử", owner),
        ],
        ..unit_without_signers(code)
    }
}

/// A right voucher of form 13, dated today.
pub fn voucher(unit: &Unit) -> Voucher {
    let day = today();
    let year = day.format("%Y").to_string();
    let date = day.format("%d/%m/%Y").to_string();
    let fills = [
        ("number", "012"),
        ("budget-year", &year),
        ("today", &date),
        ("unit.name", &unit.name),
        ("unit.chapter", &unit.chapter),
        ("unit.address", &unit.address),
        ("account", &unit.accounts[0].number),
        ("treasury.name", &unit.treasury.name),
    ];
    let fills = fills.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let form = form::latest("nd347-2025", "13").unwrap();
    let mut voucher = form::blank(form, &fills);
    for (id, value) in [
        ("content", "Thanh toán tiền điện tháng 11"),
        ("payee_name", "Công ty Điện lực Điện Biên"),
        ("payee_tax_code", "0100100417"),
        ("payee_account", "0101000123456"),
        ("payee_bank", "Ngân hàng TMCP Ngoại thương Việt Nam"),
    ] {
        voucher.fields.insert(id.to_owned(), value.to_owned());
    }
    let cells = [
        ("content", "Tiền điện"),
        ("economic_content", "6501"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", "10500000"),
    ];
    let cells = cells.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let row = Row {
        group: String::new(),
        cells,
    };
    voucher.grids.insert("lines".to_owned(), vec![row]);
    form::canonicalise(form, &mut voucher);
    form::compute(form, &mut voucher);
    voucher
}

fn setup(url: &str, units: Vec<Unit>, ca: &TestCa, training: bool) -> Setup {
    Setup {
        name: "Cổng thử".to_owned(),
        url: url.to_owned(),
        training,
        units,
        signer_cas: vec![ca.pem().unwrap()],
        revocation_lists: Vec::new(),
        officers: vec![OfficerAccount {
            name: OFFICER.to_owned(),
            password: PASSWORD.to_owned(),
        }],
    }
}
