//! Measurements of evidence: a batch beside the bare token, a large container beside bare SHA-256,
//! and the memory that takes.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use hoso_contract::command::{Secret, Sign, TryModule};
use hoso_domain::digest::Digest;
use hoso_domain::entry::path;
use hoso_proof::{Container, SignatureFiles, Trust, sign_with_key, verify};
use hoso_testkit::world::{SignerInWorld, World};

use crate::books_bench::{Bench, PIN};
use crate::headless::Client;

/// What was measured, and what it is compared with.
pub struct Taken {
    pub value: f64,
    pub reference: f64,
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied();
    middle.context("nothing was measured")
}

/// Bytes that do not repeat, the same in every run.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..size / 8).flat_map(next).collect()
}

const DOSSIERS: usize = 500;

/// Milliseconds for a batch of 500 dossiers that wait, as the window orders it, beside as many bare
/// `C_Sign`, taken once before and once after it.
pub fn batch(dir: &Path) -> Result<Taken> {
    let bench = Bench::new(dir)?;
    let items = bench.waiting(DOSSIERS)?;
    let Bench {
        engine,
        home,
        world,
    } = bench;
    drop(engine);
    let chief = &world.chief;
    let before = bare_of(&world, chief)?;
    let mut client = Client::start(&home, &world.env())?;
    client.unlock(PIN)?;
    let path = world.module().to_string_lossy().into_owned();
    client.call(&TryModule { path })?;
    let command = Sign {
        items,
        certificate: chief.certificate(),
        pin: Secret(chief.pin.to_owned()),
    };
    let since = Instant::now();
    let report = client.call(&command)?;
    let value = milliseconds(since.elapsed());
    let signed = report.items.iter().filter(|i| i.error.is_none()).count();
    ensure!(signed == DOSSIERS, "{signed} signed: {:?}", report.stopped);
    client.stop()?;
    let after = bare_of(&world, chief)?;
    Ok(Taken {
        value,
        reference: (before + after) / 2.0,
    })
}

/// What the bench is called with to take [`bare_signatures`]; module, serial and PIN follow.
pub const BARE: &str = "--bare-signatures";

/// In a process of its own: SoftHSM2 finds its tokens by the environment alone.
fn bare_of(world: &World, person: &SignerInWorld) -> Result<f64> {
    let mut bench = Command::new(std::env::current_exe()?);
    bench.arg(BARE).arg(world.module());
    bench.args([person.token.serial.as_str(), person.pin]);
    let out = bench.envs(world.env()).output()?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "no bare signatures: {said}");
    Ok(String::from_utf8(out.stdout)?.trim().parse()?)
}

/// Milliseconds for 500 `C_Sign` in one session after one login, nothing of ours around them.
pub fn bare_signatures(module: &str, serial: &str, pin: &str) -> Result<f64> {
    let module = Pkcs11::new(module)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let mut slots = module.get_slots_with_initialized_token()?.into_iter();
    let slot = slots.find(|slot| {
        let info = module.get_token_info(*slot);
        info.is_ok_and(|info| info.serial_number().trim() == serial)
    });
    let session = module.open_ro_session(slot.context("that token is not here")?)?;
    session.login(UserType::User, Some(&AuthPin::new(Box::from(pin))))?;
    let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
    let key = *keys.first().context("the token has no key")?;
    // about as long as the attributes that a signer signs
    let data = noise(192);
    // the first one is not counted
    session.sign(&Mechanism::Sha256RsaPkcs, key, &data)?;
    let since = Instant::now();
    for _ in 0..DOSSIERS {
        session.sign(&Mechanism::Sha256RsaPkcs, key, &data)?;
    }
    Ok(milliseconds(since.elapsed()))
}

/// Sizes of a container's files that make 20 MB.
const LARGE: [usize; 4] = [8 * 1024, 192 * 1024, 10_000_000, 9_800_000];

fn large() -> Vec<(String, Vec<u8>)> {
    let names = [
        path::DATA.to_owned(),
        path::voucher(0, "13"),
        path::file("hop-dong.pdf"),
        path::file("nghiem-thu.pdf"),
    ];
    names.into_iter().zip(LARGE.map(noise)).collect()
}

/// Milliseconds to build a container of 20 MB, signed, up to the zip in the parts it is written in, and
/// to read that file and verify it, each beside SHA-256 over the same bytes.
pub fn large_container(dir: &Path) -> Result<(Taken, Taken)> {
    const ROUNDS: usize = 15;
    let world = World::new(dir)?;
    let trust = Trust::from_pem(&[&world.ca.pem()?])?;
    let chief = &world.chief;
    let der = &chief.issued.certificate_der;
    let pem = &chief.issued.certificate_pem;
    let key = chief.issued.key_pem()?;
    let entries = large();
    let (mut build, mut check, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let since = Instant::now();
        for (_, bytes) in &entries {
            std::hint::black_box(Digest::of(bytes));
        }
        let hashing = milliseconds(since.elapsed());

        let parts = entries.clone();
        let at = Utc::now();
        let since = Instant::now();
        let mut container = Container::new(parts);
        let manifest = container.open_step(der, "chief-accountant", at)?;
        let p7s = sign_with_key(&manifest, pem, &[], &key, at)?;
        container.signatures.push(SignatureFiles { manifest, p7s });
        let zip = container.zip()?;
        let made = milliseconds(since.elapsed());
        let file = zip.to_vec();
        drop((container, zip));
        let since = Instant::now();
        let back = Container::from_zip(file)?;
        let report = verify(&back, &trust);
        let verified = milliseconds(since.elapsed());
        ensure!(report.ok(), "the large container does not verify");
        if round > 0 {
            bare.push(hashing);
            build.push(made);
            check.push(verified);
        }
    }
    let reference = median(bare)?;
    let beside = |values| -> Result<Taken> {
        Ok(Taken {
            value: median(values)?,
            reference,
        })
    };
    Ok((beside(build)?, beside(check)?))
}

/// Most megabytes taken above the idle process while a container of 20 MB is built, signed, written
/// as a file, read back and verified; beside 64. The system is asked the way Linux tells it.
pub fn memory(dir: &Path) -> Result<Taken> {
    let world = World::new(dir)?;
    let trust = Trust::from_pem(&[&world.ca.pem()?])?;
    let chief = &world.chief;
    let key = chief.issued.key_pem()?;
    let idle = kilobytes("VmRSS")?;
    // sets the peak back to what is in use now
    std::fs::write("/proc/self/clear_refs", "5")?;
    let at = Utc::now();
    let mut container = Container::new(large());
    let der = &chief.issued.certificate_der;
    let manifest = container.open_step(der, "chief-accountant", at)?;
    let p7s = sign_with_key(&manifest, &chief.issued.certificate_pem, &[], &key, at)?;
    container.signatures.push(SignatureFiles { manifest, p7s });
    let zip = container.to_zip()?;
    drop(container);
    let back = Container::from_zip(zip)?;
    ensure!(
        verify(&back, &trust).ok(),
        "the large container does not verify"
    );
    let peak = kilobytes("VmHWM")?;
    Ok(Taken {
        value: (peak - idle) / 1024.0,
        reference: 64.0,
    })
}

/// A line of `/proc/self/status`.
fn kilobytes(name: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix(name));
    let number = line.and_then(|l| l.trim_start_matches(':').split_whitespace().next());
    Ok(number.context("the system tells no memory")?.parse()?)
}
