//! A filled form 13, and reading a PDF's text back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::form::{Form, compute, latest};
use hoso_domain::id::DossierId;
use hoso_domain::party::Treasury;
use hoso_domain::voucher::{Row, Voucher};

pub fn form() -> &'static Form {
    latest("nd347-2025", "13").unwrap()
}

pub fn data() -> DossierData {
    DossierData {
        format: DATA_FORMAT,
        dossier: DossierId(uuid::Uuid::from_u128(
            0x0193_4f00_0000_7000_8000_0000_0000_0013,
        )),
        revision: 1,
        unit: DossierUnit {
            code: "1234567".into(),
            name: "Ủy ban nhân dân xã Tân Phú".into(),
            address: "Số 12 đường Lê Lợi, xã Tân Phú, tỉnh Đồng Nai".into(),
            chapter: "830".into(),
        },
        treasury: Treasury {
            code: "1761".into(),
            name: "Phòng Giao dịch số 5 - Kho bạc Nhà nước khu vực XVII".into(),
        },
        procedure: "recurrent-payment".into(),
        budget_year: 2026,
        vouchers: vec![],
    }
}

fn pairs(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter()
        .map(|(id, value)| ((*id).to_owned(), (*value).to_owned()))
        .collect()
}

pub fn line(content: &str, invoice: &str, amount: &str) -> Row {
    Row {
        group: String::new(),
        cells: pairs(&[
            ("content", content),
            ("invoice_no", invoice),
            ("invoice_date", "2026-11-18"),
            ("document_no", "BBNT-07"),
            ("document_date", "2026-11-20"),
            ("economic_content", "6552"),
            ("sector", "341"),
            ("source", "13"),
            ("amount", amount),
        ]),
    }
}

pub fn empty() -> Voucher {
    Voucher {
        form: form().reference(),
        fields: BTreeMap::new(),
        grids: BTreeMap::new(),
    }
}

pub fn filled() -> Voucher {
    let mut voucher = Voucher {
        form: form().reference(),
        fields: pairs(&[
            ("number", "RDT-0147"),
            ("budget_year", "2026"),
            ("voucher_date", "2026-11-22"),
            ("estimate_final", "x"),
            ("actual", "x"),
            ("transfer", "x"),
            ("unit_name", "Ủy ban nhân dân xã Tân Phú"),
            ("chapter", "830"),
            ("address", "Số 12 đường Lê Lợi, xã Tân Phú, tỉnh Đồng Nai"),
            ("account", "9523.4.1234567"),
            (
                "treasury_name",
                "Phòng Giao dịch số 5 - Kho bạc Nhà nước khu vực XVII",
            ),
            ("contractor_decision_no", "118/QĐ-UBND"),
            ("contractor_decision_date", "2026-10-05"),
            ("contract_no", "27/2026/HĐMB"),
            ("contract_date", "2026-10-12"),
            ("contract_total", "48750000"),
            (
                "contract_party",
                "Công ty TNHH Thương mại và Dịch vụ Văn phòng phẩm Hồng Đức",
            ),
            ("acceptance_no", "07/BBNT"),
            ("acceptance_date", "2026-11-20"),
            ("acceptance_total", "48750000"),
            (
                "acceptance_party",
                "Công ty TNHH Thương mại và Dịch vụ Văn phòng phẩm Hồng Đức",
            ),
            (
                "content",
                "Thanh toán tiền mua văn phòng phẩm và sửa chữa máy in quý IV năm 2026",
            ),
            (
                "payee_name",
                "Công ty TNHH Thương mại và Dịch vụ Văn phòng phẩm Hồng Đức",
            ),
            ("payee_tax_code", "3601234567"),
            ("payee_account", "119000123456"),
            (
                "payee_bank",
                "Ngân hàng TMCP Công Thương Việt Nam - Chi nhánh Đồng Nai",
            ),
        ]),
        grids: BTreeMap::from([(
            "lines".to_owned(),
            vec![
                line(
                    "Mua giấy in A4, bút, bìa hồ sơ phục vụ bộ phận một cửa",
                    "0001234",
                    "12500000",
                ),
                line("Sửa chữa, thay mực 04 máy in", "0001235", "8250000"),
                line("Mua 02 máy quét tài liệu", "1C26THD-0001236", "28000000"),
            ],
        )]),
    };
    compute(form(), &mut voucher);
    voucher
}

pub fn pdf(voucher: &Voucher) -> Vec<u8> {
    hoso_print::render(form(), voucher, &data()).unwrap()
}

/// The text layer, every run of whitespace one space. `mode` is an option of `pdftotext`.
pub fn text(pdf: &[u8], mode: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("document.pdf");
    std::fs::write(&path, pdf).unwrap();
    let out = Command::new("pdftotext")
        .args([mode, "-enc", "UTF-8"])
        .arg(&path)
        .arg("-")
        .output();
    let out = out.expect("pdftotext (poppler-utils) is installed");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    squeezed(&String::from_utf8(out.stdout).unwrap())
}

pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves the document where a person can look at it.
pub fn keep(name: &str, pdf: &[u8]) {
    std::fs::write(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name), pdf).unwrap();
}
