//! `hoso verify` as a process, over containers with a real form 13 and its PDF.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::form::{Form, compute, latest};
use hoso_domain::id::DossierId;
use hoso_domain::party::Treasury;
use hoso_domain::voucher::{Row, Voucher};
use hoso_proof::revocation::{RevocationList, with_lists};
use hoso_proof::timestamp::{self, Authority, Query};
use hoso_proof::{Container, SignatureFiles, Trust, sign_with_key};
use hoso_testkit::ca::{Issued, TestCa, Usage, Validity};
use hoso_testkit::clock;

struct Desk {
    dir: tempfile::TempDir,
    ca: TestCa,
    chief: Issued,
    owner: Issued,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ca = TestCa::new("Gốc thử nghiệm").unwrap();
        let person = |name, title| {
            ca.issue(
                name,
                title,
                "UBND xã Tân Phú",
                Usage::Signing,
                Validity::Current,
            )
            .unwrap()
        };
        let chief = person("Nguyễn Thị Bình", "Kế toán trưởng");
        let owner = person("Trần Văn An", "Chủ tịch");
        std::fs::write(dir.path().join("ca.pem"), ca.pem().unwrap()).unwrap();
        Self {
            dir,
            ca,
            chief,
            owner,
        }
    }

    fn sign(&self, container: &mut Container, who: &Issued, role: &str) {
        let at = clock::start();
        let manifest = container.open_step(&who.certificate_der, role, at).unwrap();
        let key = who.key_pem().unwrap();
        let p7s = sign_with_key(&manifest, &who.certificate_pem, &[], &key, at).unwrap();
        container.signatures.push(SignatureFiles { manifest, p7s });
    }

    /// The token of an authority of timestamps below this desk's root, for a signature.
    fn token(&self, p7s: &[u8]) -> Vec<u8> {
        let name = "Dấu thời gian thử nghiệm";
        let issued = self
            .ca
            .issue(name, "Máy chủ", "Thử", Usage::Timestamps, Validity::Current)
            .unwrap();
        let (root, key) = (self.ca.pem().unwrap(), issued.key_pem().unwrap());
        let authority = Authority::new(&issued.certificate_pem, &[&root], &key).unwrap();
        let query = Query::new(p7s, [7; 8]).unwrap();
        let answer = authority.answer(query.bytes(), [9; 16], clock::start());
        let trust = Trust::from_pem(&[&root]).unwrap().for_timestamps_too();
        query.read(&answer.unwrap(), &trust).unwrap().0
    }

    fn stamped(&self, p7s: &[u8]) -> Vec<u8> {
        timestamp::stamped(p7s, &self.token(p7s)).unwrap()
    }

    /// Both signatures over this data and this PDF.
    fn dossier(&self, data: &DossierData, pdf: Vec<u8>) -> Container {
        let mut container = Container::new(vec![
            ("data/dossier.json".to_owned(), data.to_bytes()),
            ("voucher/01-mau13.pdf".to_owned(), pdf),
        ]);
        self.sign(&mut container, &self.chief, "chief-accountant");
        self.sign(&mut container, &self.owner, "account-owner");
        container
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join("dossier.asice");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn verify(&self, file: &Path, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hoso"))
            .arg("verify")
            .arg(file)
            .arg("--ca")
            .arg(self.dir.path().join("ca.pem"))
            .args(more)
            .output()
            .unwrap()
    }

    /// Exit code and the codes of all problems.
    fn verdict(&self, bytes: &[u8]) -> (i32, Vec<String>) {
        let output = self.verify(&self.put(bytes), &["--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut lists = vec![json["problems"].clone()];
        lists.extend(
            json["signatures"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| s["problems"].clone()),
        );
        let codes = lists
            .iter()
            .flat_map(|l| l.as_array().unwrap())
            .map(|p| p["code"].as_str().unwrap().to_owned())
            .collect();
        (output.status.code().unwrap(), codes)
    }
}

fn form() -> &'static Form {
    latest("nd347-2025", "13").unwrap()
}

fn data(amount: &str) -> DossierData {
    let cells = [("content", "Văn phòng phẩm"), ("amount", amount)];
    let cells = cells
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let grid = form().grids().next().unwrap().id.clone();
    let mut voucher = Voucher {
        form: form().reference(),
        fields: BTreeMap::new(),
        grids: BTreeMap::from([(
            grid,
            vec![Row {
                group: String::new(),
                cells,
            }],
        )]),
    };
    compute(form(), &mut voucher);
    DossierData {
        format: DATA_FORMAT,
        dossier: DossierId(uuid::Uuid::from_u128(13)),
        revision: 1,
        unit: DossierUnit {
            code: "1234567".into(),
            name: "Ủy ban nhân dân xã Tân Phú".into(),
            address: "Số 12 đường Lê Lợi".into(),
            chapter: "830".into(),
        },
        treasury: Treasury {
            code: "1761".into(),
            name: "Kho bạc Nhà nước khu vực XVII".into(),
        },
        procedure: "recurrent-payment".into(),
        budget_year: 2026,
        vouchers: vec![voucher],
    }
}

fn pdf(data: &DossierData) -> Vec<u8> {
    hoso_print::render(form(), &data.vouchers[0], data).unwrap()
}

#[test]
fn a_good_dossier_holds_and_is_told_in_vietnamese() {
    let desk = Desk::new();
    let data = data("12500000");
    let zip = desk.dossier(&data, pdf(&data)).to_zip().unwrap();
    let output = desk.verify(&desk.put(&zip), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "HỢP LỆ",
        "voucher/01-mau13.pdf",
        "Số tiền: 12.500.000 đồng",
        "bản in khớp với dữ liệu",
        "Chữ ký 1 — Kế toán trưởng",
        "Người ký: Nguyễn Thị Bình",
        "Chữ ký 2 — Chủ tài khoản",
        "Người ký: Trần Văn An",
        "23/11/2026 08:00:00",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("KHÔNG"), "{text}");
}

#[test]
fn timestamps_and_revocation_lists_are_told_and_that_of_a_stranger_is_called_so() {
    let (desk, stranger) = (Desk::new(), Desk::new());
    let data = data("12500000");
    let mut container = desk.dossier(&data, pdf(&data));
    let list = desk
        .ca
        .revocation_list(&[&desk.owner], clock::start())
        .unwrap();
    let lists = [RevocationList::read(&list).unwrap()];
    let trust = Trust::from_pem(&[&desk.ca.pem().unwrap()]).unwrap();
    for (files, of) in container.signatures.iter_mut().zip([&desk, &stranger]) {
        files.p7s = of.stamped(&files.p7s);
        files.p7s = with_lists(&files.p7s, &lists, &trust).unwrap();
    }
    let output = desk.verify(&desk.put(&container.to_zip().unwrap()), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "Dấu thời gian: 23/11/2026 08:00:00, Dấu thời gian thử nghiệm\n",
        "Dấu thời gian thử nghiệm — chưa rõ tổ chức cấp",
        "✓ chứng thư số không bị thu hồi, theo danh sách ngày 23/11/2026 08:00:00",
        "! chứng thư số đã bị thu hồi từ 23/11/2026 08:00:00",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("Chưa kiểm tra chứng thư số"), "{text}");
    // the token of the second signature at the first
    let mut misplaced = desk.dossier(&data, pdf(&data));
    let token = desk.token(&misplaced.signatures[1].p7s);
    let first = &mut misplaced.signatures[0];
    first.p7s = timestamp::stamped(&first.p7s, &token).unwrap();
    let zip = misplaced.to_zip().unwrap();
    assert_eq!(desk.verdict(&zip), (1, vec!["timestamp-other".to_owned()]));
}

#[test]
fn a_validly_signed_pdf_of_another_amount_is_refused() {
    let desk = Desk::new();
    let zip = desk
        .dossier(&data("12500000"), pdf(&data("2500000")))
        .to_zip()
        .unwrap();
    assert_eq!(desk.verdict(&zip), (1, vec!["pdf-differs".to_owned()]));
}

#[test]
fn a_file_that_is_no_pdf_in_its_place_is_refused() {
    let desk = Desk::new();
    let zip = desk
        .dossier(&data("12500000"), b"no pdf".to_vec())
        .to_zip()
        .unwrap();
    assert_eq!(desk.verdict(&zip), (1, vec!["pdf-unreadable".to_owned()]));
}

#[test]
fn any_changed_byte_of_an_entry_is_refused() {
    let desk = Desk::new();
    let data = data("12500000");
    let container = desk.dossier(&data, pdf(&data));
    let zip = container.to_zip().unwrap();
    for object in &container.entries {
        let bytes = object.bytes();
        let start = zip.windows(bytes.len()).position(|w| w == bytes).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = zip.clone();
            changed[start + at] ^= 1;
            let (code, problems) = desk.verdict(&changed);
            assert_eq!(
                (code, problems.len()),
                (1, 1),
                "{} at {at}: {problems:?}",
                object.path()
            );
        }
    }
}

#[test]
fn a_missing_second_signature_is_refused() {
    let desk = Desk::new();
    let data = data("12500000");
    let mut container = desk.dossier(&data, pdf(&data));
    container.signatures.pop();
    container.entries.pop();
    let zip = container.to_zip().unwrap();
    assert_eq!(desk.verdict(&zip), (1, vec!["signature-count".to_owned()]));
}

#[test]
fn signers_of_an_unknown_authority_are_refused() {
    let desk = Desk::new();
    let stranger = Desk::new();
    let data = data("12500000");
    let zip = stranger.dossier(&data, pdf(&data)).to_zip().unwrap();
    let untrusted = "certificate-untrusted".to_owned();
    assert_eq!(desk.verdict(&zip), (1, vec![untrusted.clone(), untrusted]));
}

#[test]
fn input_that_cannot_be_read_ends_with_two_and_says_why() {
    let desk = Desk::new();
    let absent = desk.verify(&desk.dir.path().join("absent.asice"), &[]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(
        String::from_utf8(absent.stderr)
            .unwrap()
            .contains("Không đọc được tệp")
    );
    let html = desk.verify(&desk.put(b"<html></html>"), &[]);
    assert_eq!(html.status.code(), Some(2));
    assert!(
        String::from_utf8(html.stderr)
            .unwrap()
            .contains("không phải tệp hồ sơ")
    );
    let wrong = Command::new(env!("CARGO_BIN_EXE_hoso"))
        .arg("sign")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty());
}
