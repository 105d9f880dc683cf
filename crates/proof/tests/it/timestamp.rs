//! Timestamps: made here and by OpenSSL, read here and by OpenSSL, and every way they can be wrong.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::digest::Digest;
use hoso_proof::timestamp::{Authority, Query, Standing, Timestamp, stamped, timestamp};
use hoso_proof::{Report, TimestampError, Trust, signature_value, verify, verify_cms};
use openssl::x509::extension::ExtendedKeyUsage;

use crate::world::*;

const CONTENT: &[u8] = b"<manifest/>\n";
const NONCE: [u8; 8] = [0xff, 2, 3, 4, 5, 6, 7, 8];
const SERIAL: [u8; 16] = [0xee; 16];

fn stamping_time() -> DateTime<Utc> {
    signing_time() + TimeDelta::hours(5)
}

fn only_timestamps() -> ExtendedKeyUsage {
    let mut usage = ExtendedKeyUsage::new();
    usage.critical().time_stamping();
    usage
}

/// Long enough for OpenSSL, which judges by the clock of this run.
fn for_ages() -> (DateTime<Utc>, DateTime<Utc>) {
    (
        "2020-01-01T00:00:00Z".parse().unwrap(),
        "2090-01-01T00:00:00Z".parse().unwrap(),
    )
}

/// An authority of timestamps below a root of its own.
struct Stamps {
    root: Holder,
    holder: Holder,
}

impl Stamps {
    fn new(wish: impl FnOnce(&Holder) -> Holder) -> Self {
        let root = Wish {
            valid: for_ages(),
            ..Wish::authority("Gốc dấu thời gian", rsa())
        }
        .make();
        let holder = wish(&root);
        Self { root, holder }
    }

    fn good(key: openssl::pkey::PKey<openssl::pkey::Private>) -> Self {
        Self::new(|root| {
            Wish {
                valid: for_ages(),
                extended: Some(only_timestamps()),
                ..Wish::person("Dấu thời gian thử nghiệm", key, root)
            }
            .make()
        })
    }

    fn authority(&self) -> Authority {
        let (certificate, root) = (self.holder.pem(), self.root.pem());
        Authority::new(&certificate, &[&root], &self.holder.key_pem()).unwrap()
    }

    /// Signers as ever, and this authority for timestamps.
    fn trust(&self) -> Trust {
        world().trust().with_timestamps(&self.root.pem()).unwrap()
    }

    fn answer(&self, query: &Query) -> Vec<u8> {
        let answer = self.authority();
        answer
            .answer(query.bytes(), SERIAL, stamping_time())
            .unwrap()
    }

    /// The token of an answer to a query about `p7s`.
    fn token(&self, p7s: &[u8]) -> Vec<u8> {
        let query = Query::new(p7s, NONCE).unwrap();
        query.read(&self.answer(&query), &self.trust()).unwrap().0
    }
}

fn stamps() -> &'static Stamps {
    static STAMPS: OnceLock<Stamps> = OnceLock::new();
    STAMPS.get_or_init(|| Stamps::good(p256()))
}

fn p7s() -> &'static Vec<u8> {
    static SIGNED: OnceLock<Vec<u8>> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let w = world();
        w.chief
            .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
            .unwrap()
    })
}

fn known(said: Option<Timestamp>) -> (DateTime<Utc>, String) {
    let said = said.expect("a timestamp");
    assert_eq!(said.standing, Standing::Known);
    (said.at, said.authority)
}

/// What is told of a signature that bears this token.
fn judged(token: &[u8], trust: &Trust) -> Result<Option<Timestamp>, TimestampError> {
    timestamp(&stamped(p7s(), token).unwrap(), trust)
}

fn openssl(dir: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .args(arguments)
        .current_dir(dir)
        .env("OPENSSL_CONF", "tsa.cnf")
        .output()
        .unwrap()
}

/// A folder with what `openssl ts` needs to play this authority.
fn bench(stamps: &Stamps, digest: &str, digits: u8) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\ncerts = root.pem\n\
         signer_key = tsa-key.pem\nsigner_digest = {digest}\ndefault_policy = 1.2.3.4.1\n\
         digests = sha256, sha384, sha512\naccuracy = secs:1, millisecs:500, microsecs:100\n\
         clock_precision_digits = {digits}\nordering = yes\ntsa_name = yes\n\
         ess_cert_id_chain = yes\n"
    );
    for (name, bytes) in [
        ("tsa.cnf", config.into_bytes()),
        ("serial", b"01\n".to_vec()),
        ("tsa.pem", stamps.holder.pem().into_bytes()),
        ("tsa-key.pem", stamps.holder.key_pem().into_bytes()),
        ("root.pem", stamps.root.pem().into_bytes()),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn our_queries_and_tokens_are_understood_by_openssl() {
    for stamps in [Stamps::good(p256()), Stamps::good(rsa())] {
        let dir = bench(&stamps, "sha256", 0);
        let query = Query::new(p7s(), NONCE).unwrap();
        let answer = stamps.answer(&query);
        let token = stamps.token(p7s());
        for (name, bytes) in [
            ("query.tsq", query.bytes()),
            ("answer.tsr", &answer),
            ("token.der", &token),
        ] {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let text = openssl(dir.path(), &["ts", "-query", "-in", "query.tsq", "-text"]);
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains("Hash Algorithm: sha256"), "{text}");
        assert!(text.contains("Nonce: 0x7F02030405060708"), "{text}");
        assert!(text.contains("Certificate required: yes"), "{text}");

        let by_query = [
            "ts",
            "-verify",
            "-queryfile",
            "query.tsq",
            "-in",
            "answer.tsr",
            "-CAfile",
            "root.pem",
        ];
        assert!(openssl(dir.path(), &by_query).status.success());
        let digest = Digest::of(&signature_value(p7s()).unwrap()).hex();
        let verify_token = |digest: &str| {
            let arguments = [
                "ts",
                "-verify",
                "-digest",
                digest,
                "-in",
                "token.der",
                "-token_in",
                "-CAfile",
                "root.pem",
            ];
            openssl(dir.path(), &arguments).status.success()
        };
        assert!(verify_token(&digest));
        assert!(!verify_token(&Digest::of(b"other").hex()));
        let text = openssl(dir.path(), &["ts", "-reply", "-in", "answer.tsr", "-text"]);
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(
            text.contains("Time stamp: Mar 10 07:30:00 2026 GMT"),
            "{text}"
        );
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn tokens_of_openssl_are_understood_by_us_whatever_they_are_made_with() {
    for (key, digest, digits) in [
        (rsa(), "sha512", 3),
        (p256(), "sha384", 0),
        (rsa(), "sha256", 6),
    ] {
        let stamps = Stamps::good(key);
        let dir = bench(&stamps, digest, digits);
        let query = Query::new(p7s(), NONCE).unwrap();
        std::fs::write(dir.path().join("query.tsq"), query.bytes()).unwrap();
        let reply = [
            "ts",
            "-reply",
            "-queryfile",
            "query.tsq",
            "-out",
            "answer.tsr",
        ];
        assert!(openssl(dir.path(), &reply).status.success());
        let answer = std::fs::read(dir.path().join("answer.tsr")).unwrap();
        let (token, said) = query.read(&answer, &stamps.trust()).unwrap();
        assert_eq!(said.authority, "Dấu thời gian thử nghiệm");
        assert!(answer.ends_with(&token), "kept byte for byte");
        let both = stamped(p7s(), &token).unwrap();
        assert_eq!(timestamp(&both, &stamps.trust()).unwrap(), Some(said));
        assert!(openssl_accepts(CONTENT, &both, &world().root.pem()));
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn an_imprint_by_a_longer_digest_counts_as_well() {
    let stamps = Stamps::good(rsa());
    let dir = bench(&stamps, "sha256", 0);
    std::fs::write(dir.path().join("value"), signature_value(p7s()).unwrap()).unwrap();
    for digest in ["-sha384", "-sha512"] {
        let ask = [
            "ts",
            "-query",
            "-data",
            "value",
            digest,
            "-cert",
            "-out",
            "query.tsq",
        ];
        assert!(openssl(dir.path(), &ask).status.success());
        let reply = [
            "ts",
            "-reply",
            "-queryfile",
            "query.tsq",
            "-token_out",
            "-out",
            "token.der",
        ];
        assert!(openssl(dir.path(), &reply).status.success());
        let token = std::fs::read(dir.path().join("token.der")).unwrap();
        known(judged(&token, &stamps.trust()).unwrap());
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_stamped_signature_holds_as_before_and_a_second_time_adds_nothing() {
    let (w, stamps) = (world(), stamps());
    let token = stamps.token(p7s());
    let once = stamped(p7s(), &token).unwrap();
    assert_eq!(stamped(&once, &token).unwrap(), once);
    assert_eq!(
        verify_cms(CONTENT, &once, &w.trust()).unwrap(),
        verify_cms(CONTENT, p7s(), &w.trust()).unwrap()
    );
    assert_eq!(
        known(timestamp(&once, &stamps.trust()).unwrap()),
        (stamping_time(), "Dấu thời gian thử nghiệm".to_owned())
    );
    assert_eq!(timestamp(p7s(), &stamps.trust()).unwrap(), None);
    assert!(openssl_accepts(CONTENT, &once, &w.root.pem()));
    // a later one beside it changes nothing of what is told
    let later = Query::new(p7s(), NONCE).unwrap();
    let at = stamping_time() + TimeDelta::days(1);
    let answer = stamps
        .authority()
        .answer(later.bytes(), [1; 16], at)
        .unwrap();
    let (second, _) = later.read(&answer, &stamps.trust()).unwrap();
    let both = stamped(&once, &second).unwrap();
    assert_ne!(both, once);
    assert_eq!(
        known(timestamp(&both, &stamps.trust()).unwrap()).0,
        stamping_time()
    );
    assert!(openssl_accepts(CONTENT, &both, &w.root.pem()));
}

#[test]
fn a_token_whose_inside_is_ber_is_read_and_kept() {
    let stamps = stamps();
    let token = stamps.token(p7s());
    let loose = with_indefinite_inside(&token);
    assert_ne!(loose, token);
    let both = stamped(p7s(), &loose).unwrap();
    assert!(both.windows(loose.len()).any(|w| w == loose));
    known(timestamp(&both, &stamps.trust()).unwrap());
    // with no length at all it could not stand in a file of strict DER
    let endless = [&[0x30, 0x80][..], contents(&token), &[0, 0]].concat();
    assert!(stamped(p7s(), &endless).is_err());
    let query = Query::new(p7s(), NONCE).unwrap();
    let status = [0x30, 0x03, 0x02, 0x01, 0x00];
    let answer = in_sequence(&[&status[..], &endless].concat());
    let refused = query.read(&answer, &stamps.trust()).unwrap_err();
    assert_eq!(refused.code(), "timestamp-malformed");
}

/// Of an element with a length of two octets, as tokens have.
fn contents(element: &[u8]) -> &[u8] {
    assert_eq!(element[1], 0x82);
    &element[4..]
}

fn in_sequence(content: &[u8]) -> Vec<u8> {
    element(0x30, content)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

/// The same token, its SignedData of indefinite length.
fn with_indefinite_inside(token: &[u8]) -> Vec<u8> {
    let inside = contents(token);
    let (kind, rest) = inside.split_at(11);
    let signed = contents(contents(rest));
    let loose = [&[0x30, 0x80][..], signed, &[0, 0]].concat();
    in_sequence(&[kind, &element(0xa0, &loose)].concat())
}

#[test]
fn no_changed_byte_of_a_token_tells_another_time() {
    let stamps = stamps();
    let token = stamps.token(p7s());
    let truth = judged(&token, &stamps.trust()).unwrap().unwrap();
    let mut refusals = 0;
    for at in 0..token.len() {
        let mut changed = token.clone();
        changed[at] ^= 0x01;
        let Ok(both) = stamped(p7s(), &changed) else {
            refusals += 1;
            continue;
        };
        match timestamp(&both, &stamps.trust()) {
            // in what no signature covers: the list of digests, say
            Ok(Some(said)) if said.standing == Standing::Known => {
                assert_eq!(said, truth, "byte {at}");
            }
            Ok(Some(_)) | Err(_) => refusals += 1,
            Ok(None) => panic!("byte {at}: no timestamp"),
        }
    }
    // outside the signature lie versions, the list of digests and the root that is known anyway
    assert!(refusals * 2 > token.len(), "{refusals} of {}", token.len());
    for length in (0..token.len()).step_by(7) {
        assert!(stamped(p7s(), &token[..length]).is_err());
    }
}

#[test]
fn a_token_of_another_signature_is_wrong() {
    let w = world();
    let other = w
        .owner
        .sign(CONTENT, &w.chain(), signing_time(), EcdsaP256Sha256)
        .unwrap();
    let token = stamps().token(&other);
    let refused = judged(&token, &stamps().trust()).unwrap_err();
    assert_eq!(refused.code(), "timestamp-other");
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let stamps = stamps();
    let asked = Query::new(p7s(), NONCE).unwrap();
    let again = Query::new(p7s(), [9; 8]).unwrap();
    assert_ne!(asked.bytes(), again.bytes());
    let refused = asked.read(&stamps.answer(&again), &stamps.trust());
    assert_eq!(refused.unwrap_err().code(), "timestamp-nonce");
    assert!(again.read(&stamps.answer(&again), &stamps.trust()).is_ok());
}

#[test]
fn a_certificate_not_made_for_timestamps_alone_says_no_time() {
    let with = |usage: Option<ExtendedKeyUsage>| {
        Stamps::new(|root| {
            Wish {
                valid: for_ages(),
                extended: usage,
                ..Wish::person("Máy chủ", p256(), root)
            }
            .make()
        })
    };
    let mut other = ExtendedKeyUsage::new();
    other.critical().server_auth();
    let mut both = ExtendedKeyUsage::new();
    both.critical().time_stamping().server_auth();
    let mut not_critical = ExtendedKeyUsage::new();
    not_critical.time_stamping();
    for usage in [Some(other), Some(both), Some(not_critical), None] {
        let stamps = with(usage);
        let query = Query::new(p7s(), NONCE).unwrap();
        let refused = query.read(&stamps.answer(&query), &stamps.trust());
        assert_eq!(refused.unwrap_err().code(), "timestamp-certificate");
    }
    // no signer's certificate, and none below the signers' authorities either
    let signer = Stamps {
        root: Wish::authority("Gốc khác", rsa()).make(),
        holder: Wish::person("Nguyễn Thị Bình", p256(), &world().root).make(),
    };
    let query = Query::new(p7s(), NONCE).unwrap();
    let trust = world().trust().for_timestamps_too();
    let refused = query.read(&signer.answer(&query), &trust).unwrap_err();
    assert_eq!(refused.code(), "timestamp-certificate");
}

#[test]
fn an_authority_is_judged_at_the_time_it_names() {
    let until = |end: TimeDelta| {
        Stamps::new(|root| {
            Wish {
                valid: (signing_time() - TimeDelta::days(9), stamping_time() + end),
                extended: Some(only_timestamps()),
                ..Wish::person("Dấu thời gian", p256(), root)
            }
            .make()
        })
    };
    // long ended when this runs
    let good = until(TimeDelta::seconds(1));
    known(judged(&good.token(p7s()), &good.trust()).unwrap());
    let ended = until(TimeDelta::seconds(-1));
    let query = Query::new(p7s(), NONCE).unwrap();
    let refused = query.read(&ended.answer(&query), &ended.trust());
    assert_eq!(refused.unwrap_err().code(), "timestamp-certificate");
}

#[test]
fn an_unknown_authority_is_refused_when_asked_and_told_when_found() {
    let stranger = Stamps::good(p256());
    let query = Query::new(p7s(), NONCE).unwrap();
    let answer = stranger.answer(&query);
    let refused = query.read(&answer, &stamps().trust()).unwrap_err();
    assert!(
        matches!(&refused, TimestampError::UnknownAuthority { authority }
        if authority == "Dấu thời gian thử nghiệm")
    );
    let token = stranger.token(p7s());
    for trust in [stamps().trust(), world().trust()] {
        let said = judged(&token, &trust).unwrap().unwrap();
        assert_eq!(said.standing, Standing::Unknown);
        assert_eq!(said.at, stamping_time());
    }
    // beside one that is known, that one counts
    let once = stamped(p7s(), &token).unwrap();
    let both = stamped(&once, &stamps().token(p7s())).unwrap();
    known(timestamp(&both, &stamps().trust()).unwrap());
}

#[test]
fn what_is_no_answer_or_grants_nothing_is_refused() {
    let stamps = stamps();
    let query = Query::new(p7s(), NONCE).unwrap();
    let code = |answer: &[u8]| query.read(answer, &stamps.trust()).unwrap_err().code();
    let good = stamps.answer(&query);
    let long = vec![0x30; 300 * 1024];
    for junk in [
        &b""[..],
        b"<html>Access denied</html>",
        &good[..good.len() - 1],
        &[good.as_slice(), &[0]].concat(),
        &[0x30, 5, 0x30, 3, 2, 1, 0],
        &long,
    ] {
        assert_eq!(code(junk), "timestamp-malformed");
    }
    // status 2, failInfo badAlg
    let refusal = [0x30, 9, 0x30, 7, 2, 1, 2, 3, 2, 7, 0x80];
    assert_eq!(code(&refusal), "timestamp-refused");
    for length in 0..good.len() {
        assert!(query.read(&good[..length], &stamps.trust()).is_err());
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn the_training_authority_refuses_what_it_cannot_grant_and_says_why() {
    let stamps = stamps();
    let dir = bench(stamps, "sha256", 0);
    std::fs::write(dir.path().join("value"), "anything").unwrap();
    let ask = |more: &[&str]| {
        let mut arguments = vec!["ts", "-query", "-data", "value", "-out", "query.tsq"];
        arguments.extend(more);
        assert!(openssl(dir.path(), &arguments).status.success());
        std::fs::read(dir.path().join("query.tsq")).unwrap()
    };
    let told = |query: &[u8]| {
        let answer = stamps
            .authority()
            .answer(query, SERIAL, stamping_time())
            .unwrap();
        std::fs::write(dir.path().join("answer.tsr"), answer).unwrap();
        let text = openssl(dir.path(), &["ts", "-reply", "-in", "answer.tsr", "-text"]);
        String::from_utf8(text.stdout).unwrap()
    };
    for (query, word) in [
        (ask(&["-sha512"]), "unrecognized or unsupported algorithm"),
        (
            ask(&["-sha256", "-tspolicy", "1.2.3.4.1"]),
            "policy is not supported",
        ),
        (b"no query".to_vec(), "data submitted has the wrong format"),
    ] {
        let text = told(&query);
        assert!(text.contains("Status: Rejected."), "{text}");
        assert!(text.contains(word), "{text}");
    }
    // without -cert the token brings no certificate, and OpenSSL is given it
    let plain = told(&ask(&["-sha256", "-no_nonce"]));
    assert!(plain.contains("Status: Granted."), "{plain}");
    let verify = [
        "ts",
        "-verify",
        "-queryfile",
        "query.tsq",
        "-in",
        "answer.tsr",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "tsa.pem",
    ];
    assert!(openssl(dir.path(), &verify).status.success());
}

/// The dossier of the tests, its first signature stamped with `token`.
fn reported(token: &[u8], trust: &Trust) -> Report {
    let mut dossier = world().dossier();
    let first = &mut dossier.signatures[0];
    first.p7s = stamped(&first.p7s, token).unwrap();
    verify(&dossier, trust)
}

#[test]
fn a_report_tells_each_steps_timestamp_and_only_a_wrong_one_is_a_problem() {
    let stamps = stamps();
    let dossier = world().dossier();
    let token = stamps.token(&dossier.signatures[0].p7s);
    let report = reported(&token, &stamps.trust());
    assert!(report.ok());
    assert_eq!(known(report.steps[0].timestamp.clone()).0, stamping_time());
    assert_eq!(report.steps[1].timestamp, None);

    let unknown = reported(&token, &world().trust());
    assert!(unknown.ok());
    let said = unknown.steps[0].timestamp.clone().unwrap();
    assert_eq!(said.standing, Standing::Unknown);

    let wrong = reported(&stamps.token(&dossier.signatures[1].p7s), &stamps.trust());
    assert!(!wrong.ok());
    let problems: Vec<_> = wrong.all_problems().map(|(s, p)| (s, p.code())).collect();
    assert_eq!(problems, [(1, "timestamp-other")]);
    let digest = |c: &hoso_proof::Container| c.commit_content().unwrap().digest();
    let mut with = dossier.clone();
    with.signatures[0].p7s = stamped(&with.signatures[0].p7s, &token).unwrap();
    assert_eq!(digest(&with), digest(&dossier));
}
