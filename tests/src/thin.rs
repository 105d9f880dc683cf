//! One sending over a thin line, at packet level: the client and the portal that ship, as
//! processes in two network namespaces, and beside them what others would do with the same bytes.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hoso_contract::command::{GetOutbox, GetSession, Hold, OpenDossier, Release};
use hoso_contract::view::LinkView;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_portal::{OfficerAccount, Portal, Setup};
use hoso_portal_api::officer::{self, DeviceFile, DeviceToken, LoggedIn};
use hoso_portal_api::path;
use hoso_testkit::packet::{Carried, End, Line, PacketLink};
use hoso_testkit::world::World;
use serde::de::DeserializeOwned;

use crate::desk::{Running, own_file, program};
use crate::headless::Client;
use crate::lab::{PIN, SOON, Verdict, copy, first_run, noise, signed};
use crate::portal::{OFFICER, PortalProcess};
use crate::tus::Peer;

const PORT: u16 = 8443;
/// Where the plain POST goes.
const SINK: u16 = 9000;
/// No sending of a measurement lasts longer.
const PATIENCE: Duration = Duration::from_secs(45 * 60);

/// A line with an enrolled client at one end, its dossier signed and held back, and a portal at
/// the other.
pub struct Thin {
    pub link: PacketLink,
    world: World,
    dossier: DossierId,
    rounds: Cell<u32>,
    dir: tempfile::TempDir,
}

/// How a sending went.
#[derive(Debug)]
pub struct Sent {
    /// From the dossier's release, with the client online, to the stored receipt.
    pub took: Duration,
    /// Bytes of the dossier.
    pub content: u64,
    /// From the client, IP headers included.
    pub up: Carried,
    pub down: Carried,
    /// For each cut the time from the new address to the next bytes of a body on the line.
    pub resumed: Vec<Duration>,
}

impl Sent {
    /// The time the bytes alone need on `line`.
    pub fn floor(content: u64, line: Line) -> Duration {
        Duration::from_micros(content * 8_000_000 / line.bits_per_second.max(1))
    }
}

/// The modem hangs up again and again.
#[derive(Clone, Copy, Debug)]
pub struct Cuts {
    /// From one dialling to the next hanging up.
    pub every: Duration,
    /// Until it has dialled again.
    pub lasting: Duration,
}

impl Thin {
    /// A dossier with one file of `attachment` bytes that nothing can make smaller.
    pub fn prepare(attachment: usize) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let world = World::new(&dir.path().join("world"))?;
        let link = PacketLink::start(Line::FAST, 20_261_122)?;
        let portal = dir.path().join("portal");
        let setup = Setup {
            name: "Cổng tập huấn Kho bạc".to_owned(),
            url: format!("https://{}:{PORT}", End::Portal.address()),
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
        let connection = portal.join("connection.hoso");
        std::fs::write(&connection, &prepared.connection)?;
        std::fs::write(portal.join("tls-ca.pem"), tls_ca(&prepared.connection)?)?;
        let home = dir.path().join("home");
        let mut portal = up(&link, &portal)?;
        let mut client = client(&link, &world, &home)?;
        first_run(&mut client, &connection)?;
        until_online(&mut client)?;
        portal.down();
        let file = dir.path().join("quyet-dinh.pdf");
        std::fs::write(&file, noise(attachment, 7))?;
        let dossier = signed(&world, &mut client, 1, &[file])?;
        client.call(&Hold { id: dossier })?;
        client.stop()?;
        Ok(Self {
            link,
            world,
            dossier,
            rounds: Cell::new(0),
            dir,
        })
    }

    /// A file with the bytes of the attachment.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("quyet-dinh.pdf")
    }

    /// Copies of home and portal for one more sending.
    fn fresh(&self) -> Result<(PathBuf, PathBuf)> {
        self.rounds.set(self.rounds.get() + 1);
        let dir = self.dir.path().join(format!("round-{}", self.rounds.get()));
        let (home, data) = (dir.join("home"), dir.join("portal"));
        copy(&self.dir.path().join("home"), &home)?;
        copy(&self.dir.path().join("portal"), &data)?;
        Ok((home, data))
    }

    /// Sends the dossier; both sides' books must agree afterwards.
    pub fn send(&self, line: Line, cuts: Option<Cuts>) -> Result<Sent> {
        let (home, data) = self.fresh()?;
        let _portal = up(&self.link, &data)?;
        let mut client = client(&self.link, &self.world, &home)?;
        client.unlock(PIN)?;
        until_online(&mut client)?;
        self.link.set(line);
        self.link.count_anew();
        let began = Instant::now();
        client.call(&Release { id: self.dossier })?;
        let content = self.content(&mut client)?;
        let mut resumed = Vec::new();
        while !self.sent(&mut client)? {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let whole = cuts.map_or(left, |cuts| left.min(cuts.every));
            let end = Instant::now() + whole;
            let arrived = client.until("the receipt", PATIENCE, |client| {
                let arrived = self.sent(client)?;
                Ok((arrived || Instant::now() >= end).then_some(arrived))
            })?;
            match cuts {
                _ if arrived => break,
                None => bail!("not sent within {} s", PATIENCE.as_secs()),
                Some(cuts) => resumed.push(self.cut(&mut client, cuts)?),
            }
        }
        let took = began.elapsed();
        let (up, down) = self.link.carried();
        let verdict = Verdict::of(&data, &mut client, &[self.dossier])?;
        ensure!(verdict.holds(), "{verdict:?}");
        self.link.set(Line::FAST);
        client.stop()?;
        Ok(Sent {
            took,
            content,
            up,
            down,
            resumed,
        })
    }

    /// Hangs up and dials; gives the time until bytes of a body are on the line again.
    fn cut(&self, client: &mut Client, cuts: Cuts) -> Result<Duration> {
        self.link.hang_up()?;
        let back = Instant::now() + cuts.lasting;
        client.until("the modem", SOON, |_| {
            Ok((Instant::now() >= back).then_some(()))
        })?;
        let before = self.link.carried().0.bodies;
        self.link.dial()?;
        let dialled = Instant::now();
        client.until("bytes on the line", SOON, |client| {
            let further = self.link.carried().0.bodies > before || self.sent(client)?;
            Ok(further.then_some(()))
        })?;
        Ok(dialled.elapsed())
    }

    /// Bytes of the dossier.
    fn content(&self, client: &mut Client) -> Result<u64> {
        let rows = client.call(&GetOutbox {})?;
        let row = rows.iter().find(|row| row.id == self.dossier);
        row.map(|row| row.bytes).context("nothing waits")
    }

    fn sent(&self, client: &mut Client) -> Result<bool> {
        let dossier = client.call(&OpenDossier { id: self.dossier })?;
        Ok(dossier.local == LocalState::Sent)
    }

    /// The attachment as one multipart POST by curl, without TLS: the time it took.
    pub fn post(&self, line: Line, sink: &mut Command) -> Result<Duration> {
        let to = format!("{}:{SINK}", End::Portal.address());
        let mut listening = Running::start(sink.arg(&to).stdout(Stdio::piped()))?;
        crate::desk::first_line(&mut listening)?;
        let mut curl = self.link.command(End::Client, "curl");
        curl.args(["--silent", "--fail", "--form"])
            .arg(format!("file=@{}", self.file().display()))
            .arg(format!("http://{to}/"));
        self.timed(line, &mut curl)
    }

    /// The attachment by tus-js-client to the portal; `None`: node or the package is not here.
    pub fn tus(&self, line: Line) -> Result<Option<Duration>> {
        if !Peer::TusJsClient.at_hand() {
            return Ok(None);
        }
        let (_, data) = self.fresh()?;
        let portal = up(&self.link, &data)?;
        let mut node = self.link.command(End::Client, "node");
        node.arg(own_file("tus/upload.cjs")?)
            .arg(format!("{}{}", portal.url(), path::UPLOADS))
            .arg(self.file())
            .env("HOSO_TOKEN", self.token(&portal, &data)?)
            .env("NODE_EXTRA_CA_CERTS", data.join("tls-ca.pem"));
        self.timed(line, &mut node).map(Some)
    }

    fn timed(&self, line: Line, command: &mut Command) -> Result<Duration> {
        self.link.set(line);
        let began = Instant::now();
        let out = command.stderr(Stdio::inherit()).output()?;
        let took = began.elapsed();
        self.link.set(Line::FAST);
        ensure!(
            out.status.success(),
            "{command:?} ended with {}",
            out.status
        );
        Ok(took)
    }

    /// What stands for the proof of the client's device in other programs' mouths.
    fn token(&self, portal: &PortalProcess, data: &Path) -> Result<String> {
        let login = serde_json::json!({ "name": OFFICER.0, "password": OFFICER.1 });
        let asked = |path: &str, bearer: &str, body: Option<&str>| {
            let mut curl = self.link.command(End::Client, "curl");
            curl.args(["--silent", "--fail", "--cacert"])
                .arg(data.join("tls-ca.pem"))
                .args(["--header", &format!("Authorization: Bearer {bearer}")])
                .args(["--header", "Content-Type: application/json"])
                .args(body.into_iter().flat_map(|body| ["--data", body]))
                .arg(format!("{}{path}", portal.url()));
            curl
        };
        let body = login.to_string();
        let logged: LoggedIn = answer(&mut asked(officer::LOGIN, "", Some(&body)))?;
        let bearer = &logged.token;
        let devices: Vec<DeviceFile> = answer(&mut asked(officer::DEVICES, bearer, None))?;
        let device = devices.first().context("no device is enrolled")?.device;
        let path = officer::token(device);
        let made: DeviceToken = answer(&mut asked(&path, bearer, Some("null")))?;
        Ok(made.token)
    }
}

/// Takes POSTs at `address` and forgets what they bring, until it is killed.
pub async fn sink(address: &str) -> Result<()> {
    use axum::body::Body;
    use axum::routing::post;
    use http_body_util::BodyExt as _;
    use std::io::Write as _;

    let swallow = async |mut body: Body| while let Some(Ok(_)) = body.frame().await {};
    let router = axum::Router::new().route("/", post(swallow));
    let listener = tokio::net::TcpListener::bind(address).await?;
    writeln!(std::io::stdout(), "listening {address}")?;
    Ok(axum::serve(listener, router).await?)
}

fn answer<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let out = command.output().context("cannot start curl")?;
    ensure!(
        out.status.success(),
        "{command:?} ended with {}",
        out.status
    );
    serde_json::from_slice(&out.stdout).context("not understood")
}

fn until_online(client: &mut Client) -> Result<()> {
    client.until("a portal that answers", SOON, |client| {
        let link = client.call(&GetSession {})?.link;
        Ok(matches!(link, LinkView::Online { .. }).then_some(()))
    })
}

fn tls_ca(connection: &[u8]) -> Result<String> {
    Ok(hoso_portal_api::Connection::from_bytes(connection)?.tls_ca)
}

fn up(link: &PacketLink, data: &Path) -> Result<PortalProcess> {
    let mut portal = PortalProcess::on(data)?;
    portal.address = format!("{}:{PORT}", End::Portal.address());
    portal.up_by(link.command(End::Portal, program("hoso-portal")?))?;
    Ok(portal)
}

fn client(link: &PacketLink, world: &World, home: &Path) -> Result<Client> {
    let environment: Vec<(OsString, OsString)> = world.env();
    let mut command = link.command(End::Client, program("hoso-headless")?);
    command.envs(environment);
    Client::run(command, home)
}
