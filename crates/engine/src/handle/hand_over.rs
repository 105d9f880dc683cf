//! Biên bản bàn giao: what one person leaves to another, as the store knows it at this moment. It
//! changes nothing; taking the slots away is [`super::slots`]' work.

use std::path::Path;
use std::sync::PoisonError;

use chrono::{DateTime, Datelike, Utc};
use hoso_contract::Code;
use hoso_contract::command::ExportHandOver;
use hoso_contract::view::{BackupState, DiskView};
use hoso_domain::party::Unit;
use hoso_print::{Cells, Column, Minutes, Part, minutes};
use hoso_store::listing::{self, Filter};
use hoso_store::{Connection as Db, Recovery, StoreError, audit, devices, people, units};
use hoso_sync::api::device::Enrolled;
use hoso_text::{Lang, date, local_state, role, size, treasury_state};

use super::books;
use super::first_run::choices;
use super::paper::write_out;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::facts;
use crate::tokens;

/// Open dossiers named one by one, for each unit and stage; the rest is counted.
const NAMED: u32 = 200;

/// The stages as the list shows them; the last one is closed.
const STAGES: [(&str, &str); 6] = [
    ("draft", "Đang lập"),
    ("signing", "Đang ký"),
    ("waiting", "Chờ gửi"),
    ("sent", "Đã gửi, chờ Kho bạc"),
    ("answered", "Có trả lời, chưa xong"),
    ("done", "Đã xong"),
];

impl Handle<ExportHandOver> for Engine {
    fn act(&self, command: ExportHandOver) -> Result<(), Error> {
        let open = self.open()?;
        let known = open.store.read(people::all)?;
        let (from, to, code) = {
            let vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
            let all = choices(&vault);
            let name = |id| all.iter().find(|p| p.person == id).map(|p| p.name.clone());
            let stays = name(command.person);
            let code = match stays {
                Some(_) => Standing::Before,
                None => Standing::After(vault.recovery()),
            };
            // the record is also asked for once more, after the hand-over
            let mut gone = known.into_iter().filter(|p| p.left);
            let from = stays.or_else(|| gone.find(|p| p.id == command.person).map(|p| p.name));
            let (from, to) = from.zip(name(command.to)).ok_or(Code::NotFound)?;
            (from, to, code)
        };
        if command.person == command.to {
            return Err(Code::LastPerson.into());
        }
        let now = clock::now();
        let backup = open.keeper.state()?;
        let issuer = open.unit()?.name;
        let parts = open.store.read(|db| parts(db, &backup, code, now))?;
        let pdf = minutes(&Minutes {
            issuer,
            title: "BIÊN BẢN BÀN GIAO".to_owned(),
            subtitle: "Công việc kế toán trên phần mềm Hoso".to_owned(),
            opening: vec![
                format!(
                    "Lập lúc {} (giờ Việt Nam), trên máy {}.",
                    clock::shown(now),
                    hoso_store::host()
                ),
                format!("Bên giao: {from}."),
                format!("Bên nhận: {to}."),
            ],
            parts,
            closing: vec![
                "Hai bên đã đối chiếu các mục trên với dữ liệu trên máy. Mã PIN của bên giao không mở \
                 được dữ liệu trên máy này nữa kể từ khi bên nhận bấm Bàn giao và bỏ quyền. Mã khôi \
                 phục cũ không mở được nữa kể từ khi bên nhận in mã mới và gõ lại."
                    .to_owned(),
                "Bản sao lưu và dữ liệu được để riêng (store.aside-…) có trước đó vẫn mở được bằng mã \
                 PIN cũ và mã khôi phục cũ: bên nhận cất trong tủ có khóa hoặc hủy."
                    .to_owned(),
                "USB token của người nào người ấy giữ; người thôi giữ chức danh đăng ký thay đổi người \
                 ký với Kho bạc theo quy định."
                    .to_owned(),
            ],
            date: clock::day(now),
            signers: vec![
                ("BÊN GIAO".to_owned(), from),
                ("BÊN NHẬN".to_owned(), to),
                ("THỦ TRƯỞNG ĐƠN VỊ".to_owned(), String::new()),
            ],
        })?;
        write_out(Path::new(&command.path), &pdf)
    }
}

/// When the record is made, seen from the hand-over.
#[derive(Clone, Copy)]
enum Standing {
    Before,
    /// And how the recovery codes stand since.
    After(Recovery),
}

fn parts(
    db: &Db,
    backup: &BackupState,
    code: Standing,
    now: DateTime<Utc>,
) -> Result<Vec<Part>, StoreError> {
    let all = units::all(db)?;
    let mut parts = vec![whose(db, &all)?];
    for unit in &all {
        parts.push(dossiers(db, unit)?);
        parts.push(balances(db, unit, now)?);
        parts.push(certificates(db, unit)?);
    }
    parts.push(plugged(db)?);
    parts.push(kept(backup, now));
    parts.push(recovery(db, code)?);
    parts.push(trail(db)?);
    for (n, part) in (1u32..).zip(&mut parts) {
        part.heading = format!("{n}. {}", part.heading);
    }
    Ok(parts)
}

fn words(head: &str, share: u16) -> Column {
    Column {
        head: head.to_owned(),
        share,
        cells: Cells::Words,
    }
}

fn figures(head: &str, share: u16) -> Column {
    Column {
        cells: Cells::Figures,
        ..words(head, share)
    }
}

/// What stands over a unit's part.
fn of(unit: &Unit, what: &str) -> String {
    format!("{what} – {}", unit.name)
}

/// The units, and whether this PC is one the portal knows.
fn whose(db: &Db, all: &[Unit]) -> Result<Part, StoreError> {
    let mut rows = Vec::new();
    for unit in all {
        let device = devices::of_unit(db, unit.id)?
            .and_then(|d| serde_json::from_str::<Enrolled>(&d.doc).ok())
            .map(|d| d.device.to_string());
        rows.push(vec![
            unit.code.clone(),
            unit.name.clone(),
            format!("{} – {}", unit.treasury.code, unit.treasury.name),
            device.unwrap_or_else(|| "Chưa đăng ký".to_owned()),
        ]);
    }
    Ok(Part {
        heading: "Đơn vị".to_owned(),
        said: Vec::new(),
        columns: vec![
            words("Mã ĐVQHNS", 20),
            words("Đơn vị", 50),
            words("Kho bạc giao dịch", 45),
            words("Mã máy đăng ký với cổng", 55),
        ],
        rows,
    })
}

/// Every open dossier by stage, and how many are closed.
fn dossiers(db: &Db, unit: &Unit) -> Result<Part, StoreError> {
    let counted = listing::stages(db, unit.id)?;
    let count = |stage: &str| counted.get(stage).copied().unwrap_or(0);
    let said = STAGES.map(|(stage, name)| format!("{name}: {}", count(stage)));
    let mut said = vec![format!("{}.", said.join("; "))];
    let mut rows = Vec::new();
    for (stage, name) in STAGES.into_iter().filter(|(stage, _)| *stage != "done") {
        let filter = Filter {
            stage: stage.to_owned(),
            ..Filter::default()
        };
        let page = listing::page(db, unit.id, &filter, None, NAMED)?;
        let more = page.total.saturating_sub(u64::from(NAMED));
        if more > 0 {
            said.push(format!(
                "{name}: còn {more} hồ sơ cũ hơn không nêu tên dưới đây."
            ));
        }
        for row in page.rows {
            let local = local_state(&row.local, None, Lang::Vi);
            let treasury = treasury_state(&row.treasury, Lang::Vi);
            let states = [local, treasury];
            rows.push(vec![
                row.number,
                row.form,
                row.title,
                row.total.to_string(),
                states
                    .into_iter()
                    .filter(|s| !s.is_empty())
                    .collect::<Vec<_>>()
                    .join(" – "),
            ]);
        }
    }
    Ok(Part {
        heading: of(unit, "Hồ sơ"),
        said,
        columns: vec![
            words("Số chứng từ", 24),
            words("Mẫu", 14),
            words("Nội dung", 62),
            figures("Số tiền", 30),
            words("Tình trạng", 40),
        ],
        rows,
    })
}

/// What the treasury said last of each account, and what the books of this year sum up to.
fn balances(db: &Db, unit: &Unit, now: DateTime<Utc>) -> Result<Part, StoreError> {
    let year = clock::day(now).year();
    let mut rows = Vec::new();
    for row in facts::balances(db, unit.id, None)? {
        rows.push(vec![
            format!("Tài khoản {} {}", row.account, row.name),
            row.treasury_figure.to_string(),
            row.usable.to_string(),
            format!("Kho bạc báo {}", clock::shown(row.at)),
        ]);
    }
    let books = books::view(db, unit.id, year)?;
    let of_books = format!("Sổ năm {year}");
    for row in books.balances.estimates {
        rows.push(vec![
            format!(
                "Dự toán: nguồn {}, loại khoản {}, CTMT {}",
                row.source, row.sector, row.programme
            ),
            row.used.to_string(),
            row.left.to_string(),
            of_books.clone(),
        ]);
    }
    for row in books.balances.advances {
        rows.push(vec![
            format!(
                "Tạm ứng: NDKT {}, nguồn {}",
                row.economic_content, row.source
            ),
            row.advanced.to_string(),
            row.open.to_string(),
            of_books.clone(),
        ]);
    }
    for row in books.balances.deposits {
        rows.push(vec![
            format!("Tiền gửi: tài khoản {}", row.account),
            row.opening.to_string(),
            row.closing.to_string(),
            of_books.clone(),
        ]);
    }
    for row in books.contracts {
        rows.push(vec![
            format!("Hợp đồng {}", row.contract.number),
            row.paid_out.to_string(),
            row.left.to_string(),
            of_books.clone(),
        ]);
    }
    let said = if rows.is_empty() {
        vec!["Chưa có số dư nào trên máy.".to_owned()]
    } else {
        vec![
            "Hai cột số, theo từng dòng: tài khoản – số Kho bạc báo, số còn dùng được; dự toán – đã \
             dùng, còn lại; tạm ứng – đã ứng, còn dư; tiền gửi – đầu năm, hiện có; hợp đồng – đã \
             trả, còn lại."
                .to_owned(),
        ]
    };
    Ok(Part {
        heading: of(unit, "Số dư trên sổ"),
        said,
        columns: vec![
            words("Dòng", 70),
            figures("Số thứ nhất", 32),
            figures("Số thứ hai", 32),
            words("Theo", 36),
        ],
        rows,
    })
}

/// Who signs for the unit, with which certificate, and until when.
fn certificates(db: &Db, unit: &Unit) -> Result<Part, StoreError> {
    let seen = tokens::seen(db, unit.id)?;
    let mut rows = Vec::new();
    for signer in &unit.signers {
        let of_signer = format!("{} {}", signer.mark(), role(signer.role, Lang::Vi));
        let until = signer.valid_to.map(date).unwrap_or_default();
        let row = |certificate: String, end: String| {
            vec![
                signer.name.clone(),
                of_signer.trim().to_owned(),
                until.clone(),
                certificate,
                end,
            ]
        };
        if signer.certificates.is_empty() {
            rows.push(row("Chưa đăng ký".to_owned(), String::new()));
        }
        for certificate in &signer.certificates {
            let end = seen.get(certificate).map(|s| date(clock::day(s.not_after)));
            rows.push(row(
                certificate.hex(),
                end.unwrap_or_else(|| "Chưa cắm trên máy này".to_owned()),
            ));
        }
    }
    Ok(Part {
        heading: of(unit, "Người ký và chứng thư số đã đăng ký với Kho bạc"),
        said: Vec::new(),
        columns: vec![
            words("Họ tên", 34),
            words("Ký với tư cách", 30),
            words("Bổ nhiệm đến", 24),
            words("Chứng thư số (SHA-256)", 56),
            words("Hết hạn", 26),
        ],
        rows,
    })
}

/// Tokens somebody signed with here. Who holds them now is for the two to write down.
fn plugged(db: &Db) -> Result<Part, StoreError> {
    let used = crate::open::tries(db, &[])?.used;
    let said = if used.is_empty() {
        "Chưa có USB token nào ký trên máy này.".to_owned()
    } else {
        let serials: Vec<String> = used.into_iter().collect();
        format!("Số sê-ri: {}.", serials.join(", "))
    };
    Ok(Part {
        heading: "USB token đã ký trên máy này".to_owned(),
        said: vec![said],
        ..Part::default()
    })
}

/// A table of what a thing is called and what it is.
fn named(heading: &str, said: Vec<String>, rows: Vec<[String; 2]>) -> Part {
    Part {
        heading: heading.to_owned(),
        said,
        columns: vec![words("Mục", 45), words("Trên máy này", 125)],
        rows: rows.into_iter().map(Vec::from).collect(),
    }
}

fn kept(backup: &BackupState, now: DateTime<Utc>) -> Part {
    let mut said = Vec::new();
    let mut rows = Vec::new();
    match &backup.last {
        Some(last) => {
            let age = match (clock::day(now) - clock::day(last.at)).num_days() {
                0 => "hôm nay".to_owned(),
                days => format!("{days} ngày trước"),
            };
            rows.push([
                "Bản mới nhất".to_owned(),
                format!("{} ({age})", clock::shown(last.at)),
            ]);
            rows.push([
                "Gồm".to_owned(),
                format!("{} hồ sơ, {}", last.dossiers, size(last.bytes, Lang::Vi)),
            ]);
            rows.push(["Tại".to_owned(), last.place.clone()]);
            if last.missing > 0 {
                said.push(format!("{} tệp không đọc được khi sao lưu.", last.missing));
            }
        }
        None => said.push("Chưa có bản sao lưu nào ghi nhận trên máy này.".to_owned()),
    }
    if backup.folder.is_empty() {
        said.push("Chưa chọn nơi sao lưu.".to_owned());
    } else if backup.disk == DiskView::Same {
        said.push("Nơi sao lưu nằm cùng ổ đĩa với dữ liệu: không an toàn.".to_owned());
    }
    named("Sao lưu", said, rows)
}

/// The printed code, which opens for anybody who knows it, and whether it was replaced since.
fn recovery(db: &Db, code: Standing) -> Result<Part, StoreError> {
    let replaced = audit::newest(db, "recovery-replaced")?;
    let handed_over = audit::newest(db, "handed-over")?;
    let since = replaced.as_ref().map(|r| r.seq) > handed_over.map(|h| h.seq);
    let said = match code {
        Standing::Before => {
            "Ai biết mã này mở được dữ liệu trên máy mà không cần PIN. Biên bản lập trước khi bàn giao, \
             mã chưa đổi theo: bên nhận in mã mới ngay sau khi bấm Bàn giao và bỏ quyền, rồi hủy tờ cũ."
        }
        Standing::After(Recovery::Confirmed) if since => {
            "Đã đổi sau khi bàn giao: mã cũ không mở được dữ liệu trên máy này nữa. Tờ cũ đem hủy."
        }
        Standing::After(_) => {
            "CHƯA đổi sau khi bàn giao: ai biết mã cũ vẫn mở được dữ liệu trên máy này. Bên nhận in mã \
             mới ngay, rồi hủy tờ cũ."
        }
    };
    let last = replaced.map_or_else(
        || "Chưa đổi lần nào trên máy này".to_owned(),
        |row| clock::shown(row.at),
    );
    Ok(named(
        "Mã khôi phục",
        vec![said.to_owned()],
        vec![["Đổi lần cuối".to_owned(), last]],
    ))
}

fn trail(db: &Db) -> Result<Part, StoreError> {
    let head = audit::head(db)?;
    let said = "Dòng cuối giữ mọi dòng trước nó. Kiểm tra về sau: hoso verify-audit --head SỐ:MÃ.";
    Ok(named(
        "Nhật ký",
        vec![said.to_owned()],
        vec![
            ["Dòng cuối, số".to_owned(), head.seq.to_string()],
            ["Mã băm của dòng cuối".to_owned(), head.hash.hex()],
        ],
    ))
}
