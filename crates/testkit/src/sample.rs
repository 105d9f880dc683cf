//! A plausible voucher of any form, made from its definition alone. Names are invented.

use std::collections::BTreeMap;

use hoso_domain::catalogue::catalogue;
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::form::{Block, Choose, Column, Field, FieldKind, Form, Grid, compute};
use hoso_domain::id::DossierId;
use hoso_domain::party::Treasury;
use hoso_domain::voucher::{Row, Voucher};

/// The dossier that samples stand in.
pub fn data(form: &Form) -> DossierData {
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
        procedure: form.procedure.clone(),
        budget_year: 2026,
        vouchers: vec![],
    }
}

/// A voucher of `form` on which nothing is typed or ticked.
pub fn empty(form: &Form) -> Voucher {
    Voucher {
        form: form.reference(),
        fields: BTreeMap::new(),
        grids: BTreeMap::new(),
    }
}

/// A voucher of `form` with every field typed and `lines` lines in each of its lists.
pub fn filled(form: &Form, lines: usize) -> Voucher {
    let mut voucher = empty(form);
    fill_in(form, &mut voucher, lines);
    voucher
}

/// Types what is still blank on a voucher of `form`: fields, ticks and `lines` lines.
pub fn fill_in(form: &Form, voucher: &mut Voucher, lines: usize) {
    for block in &form.blocks {
        match block {
            Block::Ticks {
                options, choose, ..
            } => {
                if options.iter().any(|o| voucher.ticked(&o.id)) {
                    continue;
                }
                let many = if *choose == Choose::Any { 2 } else { 1 };
                let default = options.iter().filter(|o| o.default);
                let ticked: Vec<_> = default.chain(options).take(many).collect();
                for option in ticked {
                    voucher.fields.insert(option.id.clone(), "x".to_owned());
                }
            }
            Block::Fields { fields, .. } => fill(voucher, fields),
            Block::Grid(grid) => fill_grid(voucher, grid, &[], lines),
            Block::GroupedGrid { grid, groups } => fill_grid(voucher, grid, groups, lines),
            Block::PairedRows { grid, sides } => fill_grid(voucher, grid, sides, lines),
            Block::TaxBlock { grid, fields } => {
                fill(voucher, fields);
                if !grid.columns.is_empty() {
                    fill_grid(voucher, grid, &[], lines);
                }
            }
        }
    }
    compute(form, voucher);
}

fn fill(voucher: &mut Voucher, fields: &[Field]) {
    for field in fields
        .iter()
        .filter(|f| f.formula.is_none() && f.kind != FieldKind::Words)
    {
        let value = match field.kind {
            // the year, of which a month is a twelfth
            FieldKind::Money if field.id == "base_amount" => "600000000".to_owned(),
            // what a payment stands on is more than the payment
            FieldKind::Money => "50000000".to_owned(),
            _ => value(&field.id, field.kind, &field.catalogue, field.max, 0),
        };
        voucher.fields.entry(field.id.clone()).or_insert(value);
    }
}

fn fill_grid(
    voucher: &mut Voucher,
    grid: &Grid,
    groups: &[hoso_domain::form::Group],
    lines: usize,
) {
    let row = |n: usize| Row {
        group: match groups {
            [] => String::new(),
            // line after line, each group its share
            groups => groups
                .get(n * groups.len() / lines.max(1))
                .map(|g| g.id.clone())
                .unwrap_or_default(),
        },
        cells: grid
            .columns
            .iter()
            .filter(|c| c.formula.is_none() && !c.reserved)
            // form 32: only where both sides differ
            .filter(|c| !matches!(c.id.as_str(), "treasury" | "difference" | "cause"))
            .map(|c| (c.id.clone(), cell(c, n)))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
    };
    voucher
        .grids
        .insert(grid.id.clone(), (0..lines).map(row).collect());
}

fn cell(column: &Column, n: usize) -> String {
    if column.id == "ordinal" {
        return (n + 1).to_string();
    }
    value(&column.id, column.kind, &column.catalogue, column.max, n)
}

/// What stands in the catalogue's most used row of a commune.
const CODES: [(&str, &[&str]); 6] = [
    ("chapter", &["830"]),
    ("sector", &["341"]),
    ("source", &["13"]),
    ("economic-content", &["6552", "6501", "6502"]),
    ("budget-level", &["4"]),
    ("revenue-account", &["7111"]),
];

/// What is typed where an id ends (or begins) like this.
const TEXTS: [(&str, &[&str]); 41] = [
    ("project_name", &["Sửa chữa trụ sở làm việc xã Tân Phú"]),
    ("cash_payer", &["Trần Văn Bình"]),
    ("fee_name", &["Lệ phí chứng thực"]),
    ("form_code", &["26T"]),
    ("foreign_amount", &["0"]),
    ("foreign_", &["0"]),
    ("payer_address", &["Số 12 đường Lê Lợi"]),
    ("agent_address", &["Số 7 đường Trần Phú"]),
    ("budget", &["xã"]),
    ("number", &["RDT-0147"]),
    ("_no", &["0001234", "1C26THD-0001236", "07/BBNT"]),
    ("unit_name", &["Ủy ban nhân dân xã Tân Phú"]),
    ("unit_code", &["1234567"]),
    (
        "treasury_name",
        &["Phòng Giao dịch số 5 - Kho bạc Nhà nước khu vực XVII"],
    ),
    ("treasury", &["Kho bạc Nhà nước khu vực XVII"]),
    (
        "address",
        &["Số 12 đường Lê Lợi, xã Tân Phú, tỉnh Đồng Nai"],
    ),
    ("ward", &["xã Tân Phú"]),
    ("province", &["tỉnh Đồng Nai"]),
    (
        "bank",
        &["Ngân hàng TMCP Công Thương Việt Nam - Chi nhánh Đồng Nai"],
    ),
    ("issuer", &["Ủy ban nhân dân tỉnh Đồng Nai"]),
    ("superior", &["Ủy ban nhân dân tỉnh Đồng Nai"]),
    ("post", &["Chủ tịch", "Phó Chủ tịch"]),
    ("place", &["Đồng Nai"]),
    ("_code", &["1056432"]),
    ("area", &["26182"]),
    ("period", &["11/2026"]),
    (
        "party",
        &["Công ty TNHH Thương mại và Dịch vụ Văn phòng phẩm Hồng Đức"],
    ),
    ("prepared_by", &["Nguyễn Thị Lan"]),
    ("receiver", &["Trần Văn Bình"]),
    ("payer_name", &["Ủy ban nhân dân xã Tân Phú"]),
    (
        "payee_name",
        &["Công ty TNHH Thương mại và Dịch vụ Văn phòng phẩm Hồng Đức"],
    ),
    (
        "payee",
        &["Nguyễn Thị Hoa", "Trần Văn Bình", "Lê Thị Kim Ngân"],
    ),
    ("agency", &["Thuế cơ sở 3 tỉnh Đồng Nai"]),
    ("full_name", &["Trần Quốc Bảo"]),
    (
        "programme_name",
        &["Chương trình mục tiêu quốc gia xây dựng nông thôn mới"],
    ),
    (
        "reason",
        &["Hạch toán nhầm mã nội dung kinh tế tại chứng từ RDT-0122 ngày 05/11/2026"],
    ),
    (
        "rule",
        &["Tạm ứng 30% giá trị hợp đồng, không quá 150.000.000 đồng"],
    ),
    ("document", &["Quyết định số 118/QĐ-UBND"]),
    (
        "content",
        &[
            "Mua giấy in A4, bút, bìa hồ sơ phục vụ bộ phận một cửa",
            "Sửa chữa, thay mực 04 máy in",
            "Mua 02 máy quét tài liệu",
        ],
    ),
    (
        "description",
        &[
            "Thanh toán tiền điện tháng 10",
            "Thanh toán tiền nước tháng 10",
        ],
    ),
    ("name", &["Nguyễn Thị Lan", "Trần Quốc Bảo"]),
];

fn value(id: &str, kind: FieldKind, list: &str, max: usize, n: usize) -> String {
    let pick = |of: &[&str]| of.get(n % of.len().max(1)).map_or("", |s| s).to_owned();
    match kind {
        FieldKind::Words => String::new(),
        FieldKind::Money => (1_250_000 + 375_500 * (n as i64 % 7)).to_string(),
        FieldKind::Date => "2026-11-20".to_owned(),
        FieldKind::Year => "2026".to_owned(),
        FieldKind::Integer => "4".to_owned(),
        FieldKind::TreasuryAccount => "9523.4.1234567".to_owned(),
        FieldKind::BankAccount => pick(&["119000123456", "5901205001234", "0381000456789"]),
        FieldKind::TaxCode => "0100047516".to_owned(),
        FieldKind::IdentityNumber => "075085001234".to_owned(),
        // a tax is paid to the budget, not out of it
        FieldKind::Code if id == "tax_economic_content" => "1001".to_owned(),
        FieldKind::Code => match CODES.iter().find(|(of, _)| *of == list) {
            Some((_, codes)) => pick(codes),
            None => catalogue(list)
                .and_then(|c| c.rows.iter().find(|r| r.usable()))
                .map(|r| r.code.clone())
                .unwrap_or_default(),
        },
        FieldKind::Text | FieldKind::Paragraph => {
            let fits = |text: &&str| max == 0 || text.chars().count() <= max;
            if max == 1 {
                return "x".to_owned();
            }
            let known = TEXTS
                .iter()
                .find(|(end, _)| id.ends_with(end) || id.starts_with(end));
            let texts: Vec<&str> = known
                .map_or(&[][..], |(_, t)| t)
                .iter()
                .copied()
                .filter(fits)
                .collect();
            match texts.as_slice() {
                [] => "Nội dung đã ghi"
                    .chars()
                    .take(if max == 0 { 500 } else { max })
                    .collect(),
                texts => pick(texts),
            }
        }
    }
}
