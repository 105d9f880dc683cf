//! `hoso-portal`: prepares a data folder, or serves one.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hoso_portal::{Further, OfficerAccount, Portal, Setup, TlsWish};

const USAGE: &str = "\
usage:
  hoso-portal --listen ADDR:PORT --data DIR
  hoso-portal init --data DIR --listen-url URL --unit UNIT.json... --signer-ca CA.pem...
              --officer NAME:PASSWORD... [--name NAME] [--training] [--signer-crl LIST.crl...]
  hoso-portal connection --data DIR --out FILE [--listen-url URL] [--unit CODE...] [--new-tls]
  hoso-portal pack --data DIR --from FOLDER --id ID --name NAME --out FILE
  hoso-portal openapi
";

/// What went wrong, for the person at the terminal.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}\n{USAGE}")]
    Usage(String),
    #[error("{} cannot be read or written", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    #[error("{} is not a unit", .0.display())]
    Unit(PathBuf, #[source] serde_json::Error),
    #[error(transparent)]
    Setup(#[from] hoso_portal::SetupError),
    #[error(transparent)]
    Open(#[from] hoso_portal::OpenError),
    #[error(transparent)]
    Serve(#[from] hoso_portal::ServeError),
    #[error("the data pack is not issued")]
    Pack(#[from] hoso_portal::PackFault),
    #[error("the program's threads cannot be started")]
    Runtime(#[source] std::io::Error),
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, rest)) if first == "init" => init(rest),
        Some((first, rest)) if first == "connection" => connection(rest),
        Some((first, rest)) if first == "pack" => pack(rest),
        Some((first, [])) if first == "openapi" => {
            let _ = write!(std::io::stdout(), "{}", hoso_portal::openapi());
            Ok(())
        }
        _ => serve(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut text = failure.to_string();
            let mut cause = std::error::Error::source(&failure);
            while let Some(e) = cause {
                text.push_str(&format!("\n  because: {e}"));
                cause = e.source();
            }
            let _ = writeln!(std::io::stderr(), "hoso-portal: {text}");
            ExitCode::FAILURE
        }
    }
}

/// `--name value` pairs and bare `--flag`s, in order.
struct Options(Vec<(String, String)>);

impl Options {
    fn read(arguments: &[String], flags: &[&str], known: &[&str]) -> Result<Self, Failure> {
        let mut out = Vec::new();
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            if flags.contains(&name.as_str()) {
                out.push((name.clone(), String::new()));
            } else if known.contains(&name.as_str()) {
                let value = rest.next();
                let value = value.ok_or_else(|| Failure::Usage(format!("{name} needs a value")))?;
                out.push((name.clone(), value.clone()));
            } else {
                return Err(Failure::Usage(format!("unknown option {name}")));
            }
        }
        Ok(Self(out))
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect()
    }

    fn one(&self, name: &str) -> Result<&str, Failure> {
        let given = self.all(name).last().copied();
        given.ok_or_else(|| Failure::Usage(format!("{name} is missing")))
    }
}

fn serve(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::read(arguments, &[], &["--listen", "--data"])?;
    let address: SocketAddr = options
        .one("--listen")?
        .parse()
        .map_err(|_| Failure::Usage("--listen is not an address and a port".to_owned()))?;
    let portal = Portal::open(Path::new(options.one("--data")?))?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        let handle = portal.listen(address).await?;
        // One line for whoever started it; the log goes to stderr.
        let _ = writeln!(std::io::stdout(), "listening https://{}", handle.address());
        let _ = std::io::stdout().flush();
        if let Err(e) = tokio::signal::ctrl_c().await {
            tracing::warn!(cause = %e, "Ctrl+C cannot be watched");
            handle.wait().await;
            return Ok(());
        }
        handle.shutdown().await;
        Ok(())
    })
}

/// Signs the forms and lists of a folder into one file for the units.
fn pack(arguments: &[String]) -> Result<(), Failure> {
    let known = ["--data", "--from", "--id", "--name", "--out"];
    let options = Options::read(arguments, &[], &known)?;
    let portal = Portal::open(Path::new(options.one("--data")?))?;
    let from = Path::new(options.one("--from")?);
    let signed = portal.issue_pack(from, options.one("--id")?, options.one("--name")?)?;
    let out = PathBuf::from(options.one("--out")?);
    std::fs::write(&out, signed.to_bytes()).map_err(|e| Failure::File(out.clone(), e))?;
    let _ = writeln!(std::io::stdout(), "{}", out.display());
    Ok(())
}

/// Writes another connection file of a prepared folder, for units that have one already or that
/// come anew.
fn connection(arguments: &[String]) -> Result<(), Failure> {
    let known = ["--data", "--out", "--listen-url", "--unit"];
    let options = Options::read(arguments, &["--new-tls"], &known)?;
    let portal = Portal::open(Path::new(options.one("--data")?))?;
    let out = PathBuf::from(options.one("--out")?);
    let further = Further {
        url: options
            .all("--listen-url")
            .last()
            .map(|url| url.trim_end_matches('/').to_owned()),
        tls: match options.all("--new-tls").is_empty() {
            true => TlsWish::Keep,
            false => TlsWish::New,
        },
        units: options
            .all("--unit")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    write_connection(&out, &portal.issue_connection(&further)?)
}

/// Writes a connection file and prints its fingerprint, for the paper that goes along.
fn write_connection(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|e| Failure::File(path.to_owned(), e))?;
    let fingerprint = hoso_portal_api::connection::fingerprint(bytes);
    let _ = writeln!(std::io::stdout(), "{}  {fingerprint}", path.display());
    Ok(())
}

fn init(arguments: &[String]) -> Result<(), Failure> {
    let known = [
        "--data",
        "--listen-url",
        "--unit",
        "--signer-ca",
        "--signer-crl",
        "--officer",
        "--name",
    ];
    let options = Options::read(arguments, &["--training"], &known)?;
    let data = PathBuf::from(options.one("--data")?);
    let read = |path: &str| {
        std::fs::read_to_string(path).map_err(|e| Failure::File(PathBuf::from(path), e))
    };
    let mut units = Vec::new();
    for path in options.all("--unit") {
        let unit = serde_json::from_str(&read(path)?)
            .map_err(|e| Failure::Unit(PathBuf::from(path), e))?;
        units.push(unit);
    }
    let signer_cas = options
        .all("--signer-ca")
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let lists = options.all("--signer-crl").into_iter();
    let revocation_lists = lists
        .map(|p| std::fs::read(p).map_err(|e| Failure::File(PathBuf::from(p), e)))
        .collect::<Result<_, _>>()?;
    let mut officers = Vec::new();
    for officer in options.all("--officer") {
        let (name, password) = officer
            .split_once(':')
            .filter(|(name, password)| !name.is_empty() && password.chars().count() >= 8)
            .ok_or_else(|| {
                Failure::Usage("--officer is NAME:PASSWORD, 8 characters at least".to_owned())
            })?;
        officers.push(OfficerAccount {
            name: name.to_owned(),
            password: password.to_owned(),
        });
    }
    let training = !options.all("--training").is_empty();
    let name = options.one("--name").unwrap_or(match training {
        true => "Cổng tập huấn Kho bạc",
        false => "Cổng Kho bạc",
    });
    let setup = Setup {
        name: name.to_owned(),
        url: options
            .one("--listen-url")?
            .trim_end_matches('/')
            .to_owned(),
        training,
        units,
        signer_cas,
        revocation_lists,
        officers,
    };
    let prepared = Portal::prepare(&data, &setup)?;
    let mut files = vec![("connection.hoso".to_owned(), prepared.connection)];
    for file in prepared.per_unit {
        files.push((format!("connection-{}.hoso", file.unit_code), file.bytes));
    }
    for (name, bytes) in files {
        write_connection(&data.join(name), &bytes)?;
    }
    Ok(())
}
