//! What goes back to the unit: debit advice and form 33 as PDF inside an ASiC-E container signed
//! by the portal. Also the receipt's signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use hoso_portal_api::{Receipt, SignedReceipt};
use hoso_print::Notice;
use hoso_proof::{Container, SignatureFiles};
use openssl::x509::X509;

use crate::clock;
use crate::fault::Fault;
use crate::judge::Summary;
use crate::portal::{Config, Seal};

/// The role the portal signs results in, as its manifests' approval would name it.
const ROLE: &str = "treasury";

/// A result document ready to be stored.
pub(crate) struct Paper {
    /// As offered when it is saved.
    pub(crate) name: String,
    pub(crate) container: Vec<u8>,
}

/// Prints a notice as PDF.
pub(crate) type Press<'a> = &'a dyn Fn(&Notice) -> Result<Vec<u8>, Fault>;

/// What a paper needs to know of its dossier.
pub(crate) struct Subject<'a> {
    pub(crate) config: &'a Config,
    pub(crate) summary: &'a Summary,
    /// Mã số hồ sơ.
    pub(crate) number: &'a str,
    pub(crate) received: DateTime<Utc>,
    pub(crate) officer: &'a str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) press: Press<'a>,
}

/// Giấy báo Nợ: what was taken from the unit's account.
pub(crate) fn debit_advice(subject: &Subject<'_>, seal: &Seal, text: &str) -> Result<Paper, Fault> {
    let s = subject.summary;
    let words = hoso_domain::words::amount(s.total, Default::default());
    let rows = [
        ("Mã số hồ sơ", subject.number.to_owned()),
        ("Đơn vị", format!("{} - {}", s.unit_code, s.unit_name)),
        ("Tài khoản ghi Nợ", s.account.clone()),
        ("Chứng từ", format!("Mẫu số {} - số {}", s.form, s.number)),
        ("Nội dung", s.title.clone()),
        ("Người nhận", s.payee.clone()),
        ("Số tiền ghi Nợ", format!("{} đồng", s.total)),
        ("Bằng chữ", words),
        ("Năm ngân sách", s.budget_year.to_string()),
        ("Thời điểm hạch toán", clock::shown(subject.at)),
    ];
    let paper = Notice {
        title: "GIẤY BÁO NỢ".to_owned(),
        subtitle: training_mark(subject.config),
        number: format!("{}/BN", subject.number),
        rows: shown_rows(rows),
        closing: lines(text),
        ..heading(subject)
    };
    let pdf = (subject.press)(&paper)?;
    seal_pdf(pdf, &format!("bao-no-{}", subject.number), seal, subject.at)
}

/// Mẫu số 33, Decree 347/2025: thông báo từ chối, with its reasons.
pub(crate) fn refusal(
    subject: &Subject<'_>,
    seal: &Seal,
    text: &str,
    remarks: &[String],
) -> Result<Paper, Fault> {
    let s = subject.summary;
    let office = &subject.config.treasury.name;
    let day = clock::day(subject.received).format("ngày %d tháng %m năm %Y");
    let mut closing = vec![format!("Lý do: {text}")];
    closing.extend(remarks.iter().map(|r| format!("- {r}")));
    closing.push(format!(
        "{office} xin thông báo để đơn vị biết và có biện pháp xử lý theo đúng quy định của \
         pháp luật./."
    ));
    let paper = Notice {
        title: "THÔNG BÁO".to_owned(),
        subtitle: "Kết quả giải quyết thủ tục hành chính (Mẫu số 33)".to_owned(),
        number: format!("{}/TB-KBNN", subject.number),
        opening: vec![
            format!(
                "Sau khi kiểm tra, {office} thông báo kết quả giải quyết thủ tục hành chính như sau:"
            ),
            format!(
                "Kho bạc Nhà nước từ chối đề nghị tại hồ sơ số {} {day} về nội dung: {}",
                subject.number, s.title
            ),
        ],
        rows: shown_rows([
            ("Mã số hồ sơ", subject.number.to_owned()),
            ("Đơn vị", format!("{} - {}", s.unit_code, s.unit_name)),
            ("Chứng từ", format!("Mẫu số {} - số {}", s.form, s.number)),
            ("Số tiền", format!("{} đồng", s.total)),
        ]),
        closing,
        ..heading(subject)
    };
    let pdf = (subject.press)(&paper)?;
    seal_pdf(pdf, &format!("mau33-{}", subject.number), seal, subject.at)
}

fn heading(subject: &Subject<'_>) -> Notice {
    Notice {
        parent: "KHO BẠC NHÀ NƯỚC".to_owned(),
        issuer: subject.config.treasury.name.clone(),
        date: clock::day(subject.at),
        signer_title: "GIAO DỊCH VIÊN".to_owned(),
        signer_name: subject.officer.to_owned(),
        ..blank(clock::day(subject.at))
    }
}

fn blank(date: NaiveDate) -> Notice {
    Notice {
        date,
        ..Notice::default()
    }
}

fn training_mark(config: &Config) -> String {
    match config.training {
        true => "(Bản tập huấn, không có giá trị thanh toán)".to_owned(),
        false => String::new(),
    }
}

fn shown_rows<const N: usize>(rows: [(&str, String); N]) -> Vec<(String, String)> {
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(str::to_owned)
        .collect()
}

fn seal_pdf(pdf: Vec<u8>, stem: &str, seal: &Seal, at: DateTime<Utc>) -> Result<Paper, Fault> {
    let failed = |e: hoso_proof::ProofError| Fault::internal("a result cannot be signed", e);
    let certificate = X509::from_pem(seal.certificate.as_bytes())
        .and_then(|c| c.to_der())
        .map_err(|e| Fault::internal("the portal's certificate cannot be read", e))?;
    let mut container = Container::new(vec![(format!("document/{stem}.pdf"), pdf)]);
    let manifest = container
        .open_step(&certificate, ROLE, at)
        .map_err(failed)?;
    let p7s = hoso_proof::sign_with_key(
        &manifest,
        &seal.certificate,
        &[seal.ca.as_str()],
        &seal.key,
        at,
    )
    .map_err(failed)?;
    container.signatures.push(SignatureFiles { manifest, p7s });
    let zip = container
        .to_zip()
        .map_err(|e| Fault::internal("a result cannot be written", e))?;
    Ok(Paper {
        name: format!("{stem}.asice"),
        container: zip,
    })
}

/// Signs a receipt: detached CAdES B-B over exactly the text that travels.
pub(crate) fn sign_receipt(receipt: &Receipt, seal: &Seal) -> Result<SignedReceipt, Fault> {
    let text = serde_json::to_string(receipt)
        .map_err(|e| Fault::internal("a receipt cannot be written", e))?;
    let p7s = hoso_proof::sign_with_key(
        text.as_bytes(),
        &seal.certificate,
        &[seal.ca.as_str()],
        &seal.key,
        receipt.received_at,
    )
    .map_err(|e| Fault::internal("a receipt cannot be signed", e))?;
    Ok(SignedReceipt {
        receipt: text,
        p7s: STANDARD.encode(p7s),
    })
}
