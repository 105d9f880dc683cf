//! Measurements of evidence: a batch beside the bare token, a large container beside bare SHA-256,
//! and the memory that takes.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use hoso_domain::digest::Digest;
use hoso_domain::entry::path;
use hoso_proof::{
    Container, SignatureAlgorithm, SignatureFiles, Trust, prepare, sign_with_key, verify,
};
use hoso_testkit::world::{SignerInWorld, World};
use hoso_token::{Algorithm, Host, Limits, Login, helper_path};

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

/// The next step, as the engine makes it, up to the verified container.
fn sign(
    container: &mut Container,
    person: &SignerInWorld,
    login: &mut Login<'_>,
    trust: &Trust,
) -> Result<Vec<u8>> {
    let at = Utc::now();
    let der = &person.issued.certificate_der;
    let manifest = container.open_step(der, "chief-accountant", at)?;
    let prepared = prepare(&manifest, der, &[], at, SignatureAlgorithm::RsaPkcs1Sha256)?;
    let signed = prepared.to_be_signed().to_vec();
    let value = login.sign(&signed, Algorithm::RsaPkcs1Sha256)?;
    let p7s = prepared.finish(&value)?;
    container.signatures.push(SignatureFiles { manifest, p7s });
    let report = verify(container, trust);
    ensure!(report.ok(), "an own signature does not verify: {report:?}");
    Ok(signed)
}

/// Milliseconds for a batch of 500 dossiers with one login, beside as many bare `C_Sign` in the
/// same session: manifest, CMS, verification and zip are ours.
pub fn batch(dir: &Path) -> Result<Taken> {
    const DOSSIERS: usize = 500;
    let world = World::new(dir)?;
    let trust = Trust::from_pem(&[&world.ca.pem()?])?;
    let unsigned = Container::new(vec![
        (path::DATA.to_owned(), noise(8 * 1024)),
        (path::voucher(0, "13"), noise(48 * 1024)),
    ]);
    let mut host = Host::start_with_env(
        &helper_path(),
        world.module(),
        &world.env(),
        Limits::default(),
    )?;
    let chief = &world.chief;
    let pin = Some(chief.pin.into());
    let mut login = host.open(&chief.token.serial, chief.certificate(), pin)?;
    let signed = sign(&mut unsigned.clone(), chief, &mut login, &trust)?;
    let (mut own, mut bare) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..DOSSIERS {
        let mut container = unsigned.clone();
        let since = Instant::now();
        sign(&mut container, chief, &mut login, &trust)?;
        container.to_zip()?;
        own += since.elapsed();
        let since = Instant::now();
        login.sign(&signed, Algorithm::RsaPkcs1Sha256)?;
        bare += since.elapsed();
    }
    Ok(Taken {
        value: milliseconds(own),
        reference: milliseconds(bare),
    })
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

/// Milliseconds to build, and to verify, a container of 20 MB, each beside SHA-256 over the same
/// bytes.
pub fn large_container(dir: &Path) -> Result<(Taken, Taken)> {
    const ROUNDS: usize = 15;
    let world = World::new(dir)?;
    let trust = Trust::from_pem(&[&world.ca.pem()?])?;
    let chief = &world.chief;
    let der = &chief.issued.certificate_der;
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
        let made = milliseconds(since.elapsed());
        let pem = &chief.issued.certificate_pem;
        let p7s = sign_with_key(&manifest, pem, &[], &chief.issued.key_pem()?, at)?;
        container.signatures.push(SignatureFiles { manifest, p7s });
        let since = Instant::now();
        let report = verify(&container, &trust);
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
    let back = Container::from_zip(&zip)?;
    drop(zip);
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
