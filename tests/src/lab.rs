//! A laboratory of bad links: signed dossiers in a home folder and a portal's folder, made once and
//! copied for every round, with a [`Link`] between the two. Client and portal are real processes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hoso_contract::command::*;
use hoso_contract::view::{LinkView, OutboxRow};
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;
use hoso_domain::voucher::{Row, Voucher};
use hoso_portal::{OfficerAccount, Portal, Setup};
use hoso_portal_api::connection::Connection;
use hoso_testkit::ca::Validity;
use hoso_testkit::link::{Identity, Link, TlsAuthority, Way};
use hoso_testkit::world::{ACCOUNTANT, World};
use hoso_text::{Lang, failure, local_state};
use uuid::Uuid;

use crate::headless::Client;
use crate::portal::{OFFICER, PortalProcess};

/// The accountant's PIN in every home of the laboratory.
pub const PIN: &str = "258036";

/// Code and name of the second unit, where there are two; the first by code is chosen at the start.
pub const OTHER_UNIT: (&str, &str) = ("1057714", "Trạm Y tế xã Nậm Lay");

/// How long sending may take on a link that is whole.
pub const SOON: Duration = Duration::from_secs(90);

/// What is made once.
pub struct Lab {
    pub link: Link,
    pub authority: TlsAuthority,
    /// What the link shows while it is honest.
    pub own: Identity,
    /// Signed and waiting, in the home `home`.
    pub dossiers: Vec<DossierId>,
    pub world: World,
    attachment: usize,
    rounds: std::cell::Cell<u32>,
    codes: RefCell<Vec<String>>,
    dir: tempfile::TempDir,
}

impl Lab {
    /// `dossiers` signed dossiers, each with a file of `attachment` bytes that no one can compress.
    pub fn prepare(dossiers: u32, attachment: usize) -> Result<Self> {
        Self::made(dossiers, attachment, |_| {})
    }

    /// As [`Self::prepare`], without an authority of timestamps: bytes and requests that are counted
    /// are those of sending, whenever the counting ends.
    pub fn sending_only(dossiers: u32, attachment: usize) -> Result<Self> {
        Self::made(dossiers, attachment, |file| file.timestamp = None)
    }

    /// Without a dossier; the connection file has a second unit with the same signers, [`OTHER_UNIT`].
    pub fn of_two_units() -> Result<Self> {
        Self::made(0, 0, |file| {
            let mut other = file.units.first().cloned();
            if let Some(unit) = &mut other {
                unit.id = UnitId(Uuid::now_v7());
                (unit.code, unit.name) = (OTHER_UNIT.0.to_owned(), OTHER_UNIT.1.to_owned());
            }
            file.units.extend(other);
        })
    }

    fn made(
        dossiers: u32,
        attachment: usize,
        change: impl FnOnce(&mut Connection),
    ) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let world = World::new(&dir.path().join("world"))?;
        let authority = TlsAuthority::new("CA của đường truyền thử")?;
        let own = authority.issue("127.0.0.1", Validity::Current)?;
        let link = Link::start(&own)?;
        link.set_way(Way::Refused);
        let portal = dir.path().join("portal");
        let setup = Setup {
            name: "Cổng tập huấn Kho bạc".to_owned(),
            url: format!("https://{}", link.address()),
            training: true,
            units: vec![world.unit.clone()],
            signer_cas: vec![world.ca.pem()?],
            revocation_lists: Vec::new(),
            officers: vec![OfficerAccount {
                name: OFFICER.0.to_owned(),
                password: OFFICER.1.to_owned(),
            }],
        };
        let prepared = Portal::prepare(&portal, &setup)?;
        let mut connection = Connection::from_bytes(&prepared.connection)?;
        change(&mut connection);
        std::fs::write(portal.join("connection.hoso"), connection.to_bytes())?;
        let mut lab = Self {
            link,
            authority,
            own,
            dossiers: Vec::new(),
            world,
            attachment,
            rounds: std::cell::Cell::new(0),
            codes: RefCell::new(Vec::new()),
            dir,
        };
        lab.dossiers = lab.home("home", dossiers, "127.0.0.1")?;
        Ok(lab)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// One more home, with signed dossiers of its own, for clients that know the link as `host`.
    pub fn home(&self, name: &str, dossiers: u32, host: &str) -> Result<Vec<DossierId>> {
        let connection = self.path(&format!("{name}.hoso"));
        let original = std::fs::read(self.path("portal").join("connection.hoso"))?;
        let mut file: serde_json::Value = serde_json::from_slice(&original)?;
        let url = format!("https://{host}:{}", self.link.address().port());
        for (key, value) in [("tls_ca", self.authority.pem()), ("portal_url", &url)] {
            let place = file.get_mut(key).context("not a connection file")?;
            *place = value.into();
        }
        std::fs::write(&connection, serde_json::to_vec(&file)?)?;
        let mut client = Client::start(&self.path(name), &self.world.env())?;
        let code = first_run(&mut client, &connection)?;
        self.codes.borrow_mut().push(code);
        let mut made = Vec::new();
        for number in 0..dossiers {
            let bytes = noise(self.attachment, u64::from(number) ^ seed_of(name));
            let file = self.path(&format!("{name}-quyet-dinh-{number}.pdf"));
            std::fs::write(&file, bytes)?;
            made.push(signed(&self.world, &mut client, number, &[file])?);
        }
        client.stop()?;
        Ok(made)
    }

    /// The recovery code of the home `home`, as it was printed.
    pub fn recovery_code(&self) -> Result<String> {
        let codes = self.codes.borrow();
        codes.first().cloned().context("no home")
    }

    /// A round on copies below the laboratory's own folder.
    pub fn round(&self) -> Result<Round<'_>> {
        self.rounds.set(self.rounds.get() + 1);
        let dir = self.path(&format!("round-{}", self.rounds.get()));
        Round::begin(self, "home", &dir.join("home"), &dir.join("portal"))
    }

    /// The link as it should be, with nothing counted.
    pub fn calm(&self) -> Result<()> {
        self.link.heal();
        self.link.show(&self.own)?;
        self.link.count_anew();
        Ok(())
    }
}

/// One sending, from the start of both programs to the receipts.
pub struct Round<'a> {
    pub lab: &'a Lab,
    pub home: PathBuf,
    pub data: PathBuf,
    pub portal: PortalProcess,
    /// What the first dossier's row said, each once, in order.
    pub said: Vec<String>,
    pub watched: DossierId,
}

impl<'a> Round<'a> {
    /// Copies of `origin` and of the portal's folder at these places; the portal is up.
    pub fn begin(lab: &'a Lab, origin: &str, home: &Path, data: &Path) -> Result<Self> {
        lab.calm()?;
        copy(&lab.path(origin), home)?;
        copy(&lab.path("portal"), data)?;
        let watched = *lab.dossiers.first().context("no dossier")?;
        let mut round = Self {
            lab,
            home: home.to_owned(),
            data: data.to_owned(),
            portal: PortalProcess::on(data)?,
            said: Vec::new(),
            watched,
        };
        round.portal_up()?;
        Ok(round)
    }

    /// Starts the portal, again perhaps, and leads the link to it.
    pub fn portal_up(&mut self) -> Result<()> {
        self.portal = PortalProcess::on(&self.data)?;
        self.portal.up()?;
        let address = self.portal.address.parse()?;
        self.lab.link.lead_to(address, &self.portal.tls_ca()?)
    }

    /// Starts the client and opens its store: it sends at once.
    pub fn client(&self) -> Result<Client> {
        self.client_in(&[])
    }

    pub fn client_in(&self, more: &[(OsString, OsString)]) -> Result<Client> {
        let environment = [&self.lab.world.env(), more].concat();
        let mut client = Client::start(&self.home, &environment)?;
        client.unlock(PIN)?;
        Ok(client)
    }

    /// Reads the watched dossier's row, and keeps what it says.
    pub fn look(&mut self, client: &mut Client) -> Result<Looked> {
        let row = client.call(&GetOutbox {})?;
        let row = row.into_iter().find(|r| r.id == self.watched);
        let link = client.call(&GetSession {})?.link;
        // state and reason of one moment; a row that is gone has no reason
        let local = match &row {
            Some(row) => row.local.clone(),
            None => client.call(&OpenDossier { id: self.watched })?.local,
        };
        let mut said = local_state(&local, None, Lang::Vi);
        let why = row.as_ref().and_then(|r| r.why.as_ref());
        if let Some(why) = why.filter(|_| local != LocalState::Sending) {
            said = format!("{said}: {}", failure(why, Lang::Vi).title);
        }
        if self.said.last() != Some(&said) {
            self.said.push(said);
        }
        Ok(Looked { row, link, local })
    }

    /// Waits until `found` finds something in the watched row.
    pub fn until<T>(
        &mut self,
        client: &mut Client,
        what: &str,
        limit: Duration,
        mut found: impl FnMut(&Looked) -> Option<T>,
    ) -> Result<T> {
        client.until(what, limit, |client| Ok(found(&self.look(client)?)))
    }

    /// Waits until all dossiers are sent; gives the time it took.
    pub fn until_sent(&mut self, client: &mut Client) -> Result<Duration> {
        let began = Instant::now();
        self.until(client, "the receipt", SOON, |looked| {
            (looked.local == LocalState::Sent).then_some(())
        })?;
        client.until("the other receipts", SOON, |client| {
            Ok(client.call(&GetOutbox {})?.is_empty().then_some(()))
        })?;
        Ok(began.elapsed())
    }

    /// One to one, or says what is not.
    pub fn verdict(&self, client: &mut Client, dossiers: &[DossierId]) -> Result<Verdict> {
        Verdict::of(&self.data, client, dossiers)
    }
}

/// What the window would show of one dossier.
pub struct Looked {
    pub row: Option<OutboxRow>,
    pub link: LinkView,
    pub local: LocalState,
}

impl Looked {
    /// The code of why it waits.
    pub fn why(&self) -> Option<hoso_contract::Code> {
        self.row.as_ref()?.why.as_ref().map(|why| why.code)
    }
}

/// Both sides' books compared: what the portal accepted, what the client holds receipts for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Receipts with exactly one accepted revision of the same digest.
    pub matched: usize,
    /// Accepted by the portal and unknown to the client, or twice for one dossier or one content.
    pub duplicates: Vec<String>,
    /// A receipt the portal has nothing for, or a dossier without a receipt.
    pub lost: Vec<String>,
}

impl Verdict {
    pub fn of(data: &Path, client: &mut Client, dossiers: &[DossierId]) -> Result<Self> {
        let mut verdict = Self::default();
        let mut accepted: BTreeMap<DossierId, Vec<String>> = BTreeMap::new();
        let mut contents: BTreeMap<String, usize> = BTreeMap::new();
        for (id, digest) in accepted_by(data)? {
            *contents.entry(digest.clone()).or_default() += 1;
            accepted.entry(id).or_default().push(digest);
        }
        for (digest, _) in contents.into_iter().filter(|(_, times)| *times > 1) {
            verdict.duplicates.push(format!("content {digest}"));
        }
        let results = client.call(&GetResults {
            after: None,
            limit: 500,
            with: None,
        })?;
        let receipts: BTreeMap<DossierId, Digest> = results
            .rows
            .into_iter()
            .filter_map(|row| row.receipt.map(|r| (row.id, r.digest)))
            .collect();
        for id in dossiers {
            let at_portal = accepted.remove(id).unwrap_or_default();
            match (receipts.get(id), at_portal.as_slice()) {
                (Some(own), [one]) if own.to_string() == *one => verdict.matched += 1,
                (None, _) => verdict.lost.push(format!("no receipt for {id}")),
                (Some(_), []) => verdict.lost.push(format!("the portal has no {id}")),
                (Some(_), [_]) => verdict.lost.push(format!("{id} with another content")),
                (Some(_), _) => verdict.duplicates.push(format!("{id} more than once")),
            }
        }
        let unknown = accepted.into_keys().map(|id| format!("{id} is not ours"));
        verdict.duplicates.extend(unknown);
        Ok(verdict)
    }

    /// Nothing twice, nothing lost.
    pub fn holds(&self) -> bool {
        self.duplicates.is_empty() && self.lost.is_empty()
    }
}

/// Dossier and digest of every revision in the portal's own book.
pub fn accepted_by(data: &Path) -> Result<Vec<(DossierId, String)>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let book = rusqlite::Connection::open_with_flags(data.join("portal.db"), flags)?;
    let mut ask = book.prepare("SELECT dossier_id, digest FROM revision")?;
    let rows = ask.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (id, digest) = row?;
        Ok((id.parse().map(DossierId)?, digest))
    })
    .collect()
}

/// What every dossier signed here is about.
pub(crate) const SIGNED: &str = "Mua văn phòng phẩm quý IV";

/// A draft without a mistake.
pub fn drafted(
    client: &mut Client,
    content: &str,
    number: u32,
    files: &[PathBuf],
) -> Result<DossierId> {
    let id = client.call(&CreateDossier {
        basis: "nd347-2025".to_owned(),
        form: "13".to_owned(),
    })?;
    for file in files {
        let path = file.to_string_lossy().into_owned();
        let drawer = Drawer::Treasury;
        client.call(&Attach { id, drawer, path })?;
    }
    let mut view = client.call(&OpenDossier { id })?;
    let voucher = view.vouchers.first_mut().context("no voucher")?;
    type_into(voucher, content, &format!("15002051123{number:02}"));
    client.call(&SaveDraft {
        id,
        version: view.version,
        vouchers: view.vouchers,
    })?;
    Ok(id)
}

/// What a voucher of form 13 needs to be submitted.
pub(crate) fn type_into(voucher: &mut Voucher, content: &str, account: &str) {
    for (field, value) in [
        ("content", content),
        ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
        ("payee_tax_code", "0100047516"),
        ("payee_account", account),
        ("payee_bank", "Agribank Điện Biên"),
    ] {
        voucher.fields.insert(field.to_owned(), value.to_owned());
    }
    voucher.grids.insert("lines".to_owned(), vec![line()]);
}

/// Drafted, and waiting for the chief accountant.
pub fn submitted(client: &mut Client, number: u32, files: &[PathBuf]) -> Result<DossierId> {
    let id = drafted(client, SIGNED, number, files)?;
    let version = client.call(&OpenDossier { id })?.version;
    client.call(&SubmitForSigning { id, version })?;
    Ok(id)
}

/// Drafted, submitted and signed by both.
pub(crate) fn signed(
    world: &World,
    client: &mut Client,
    number: u32,
    files: &[PathBuf],
) -> Result<DossierId> {
    let id = submitted(client, number, files)?;
    signed_by_both(world, client, id)?;
    Ok(id)
}

/// Taken back, said otherwise, and signed anew by both.
pub(crate) fn amended(world: &World, client: &mut Client, id: DossierId) -> Result<()> {
    client.call(&Mend { id })?;
    let mut view = client.call(&OpenDossier { id })?;
    let voucher = view.vouchers.first_mut().context("no voucher")?;
    let content = format!("{SIGNED} (sửa)");
    voucher.fields.insert("content".to_owned(), content);
    client.call(&SaveDraft {
        id,
        version: view.version,
        vouchers: view.vouchers,
    })?;
    let version = client.call(&OpenDossier { id })?.version;
    client.call(&SubmitForSigning { id, version })?;
    signed_by_both(world, client, id)
}

fn signed_by_both(world: &World, client: &mut Client, id: DossierId) -> Result<()> {
    for role in [Role::ChiefAccountant, Role::AccountOwner] {
        let signer = world.signer(role);
        let report = client.call(&Sign {
            items: vec![id],
            certificate: signer.certificate(),
            pin: Secret(signer.pin.to_owned()),
        })?;
        let refused = report.items.iter().find_map(|i| i.error.clone());
        let wrong = report.stopped.or(refused);
        ensure!(wrong.is_none(), "not signed: {wrong:?}");
    }
    Ok(())
}

/// Gives the recovery code.
pub(crate) fn first_run(client: &mut Client, connection: &Path) -> Result<String> {
    let path = connection.to_string_lossy().into_owned();
    let preview = client.call(&PreviewConnection { path: path.clone() })?;
    let code = client.call(&CreateStore {
        connection: path,
        fingerprint: preview.fingerprint,
        person_name: ACCOUNTANT.to_owned(),
        pin: Secret(PIN.to_owned()),
    })?;
    let typed = Secret(code.code.clone());
    client.call(&ConfirmRecovery { code: typed })?;
    Ok(code.code)
}

pub(crate) fn line() -> Row {
    let cells = [
        ("content", "Giấy in A4"),
        ("economic_content", "6551"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", "1.250.000"),
    ];
    Row {
        group: String::new(),
        cells: cells
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
    }
}

/// The readable line of every file that is attached here.
pub(crate) const ATTACHED: &str = "% Hóa đơn bán hàng, Nậm Lay";

/// A "PDF" that nothing can make smaller but its first two lines; the same for the same seed.
pub(crate) fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = format!("%PDF-1.4\n{ATTACHED}\n").into_bytes();
    bytes.resize_with(size.max(bytes.len()), || random.u8(..));
    bytes
}

fn seed_of(name: &str) -> u64 {
    name.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte))
}

/// A folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), &target)?;
        } else {
            bail!("{} is neither file nor folder", entry.path().display());
        }
    }
    Ok(())
}
