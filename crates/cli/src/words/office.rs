//! The words of the commands over the store.

use std::fmt::Write;

use hoso_contract::view::{
    BackupBrief, BackupRow, BackupState, CheckReport, DiskView, Exported, PersonChoice,
    RestorePreview, TrailHead,
};
use hoso_engine::Waiting;
use hoso_text::{Lang, date_time, failure, size};

use super::line;

pub const NO_STORE: &str =
    "Máy này chưa có dữ liệu. Mở chương trình lần đầu, hoặc dùng “hoso restore”.";
pub const NO_PORTAL: &str = "Chưa nối cổng Kho bạc: chưa có gì để gửi.";
pub const ASK_RECOVERY: &str = "Mã khôi phục đã in";
pub const RESTORED: &str = "Đã khôi phục. Dữ liệu trước đó (nếu có) được để riêng, không xóa. Khi có \
mạng, chương trình xin cổng thu hồi máy cũ và đăng ký máy này.\n";

pub fn ask_pin(name: &str) -> String {
    format!("Mã mở khóa của {name}")
}

pub fn who(people: &[PersonChoice]) -> String {
    let mut text = "Ai mở khóa? Thêm --person với một trong các tên:".to_owned();
    for person in people {
        write!(text, "\n  {}", person.name).expect("writing to a string cannot fail");
    }
    text
}

pub fn backed_up(last: &BackupBrief, disk: DiskView) -> String {
    let mut text = String::new();
    line(
        &mut text,
        format_args!(
            "Đã sao lưu {} hồ sơ ({}) vào {}",
            last.dossiers,
            size(last.bytes, Lang::Vi),
            last.place
        ),
    );
    if last.missing > 0 {
        line(
            &mut text,
            format_args!(
                "Có {} tệp trên máy không đọc được nên không có trong bản sao lưu.",
                last.missing
            ),
        );
    }
    match disk {
        DiskView::Other => {}
        DiskView::Same => line(
            &mut text,
            format_args!("KHÔNG AN TOÀN: nơi này cùng ổ đĩa với dữ liệu; ổ hỏng thì mất cả hai."),
        ),
        DiskView::Unsure => line(
            &mut text,
            format_args!("Hãy chắc rằng nơi này không cùng ổ cứng với dữ liệu."),
        ),
    }
    text
}

pub fn backup_age(state: &BackupState) -> String {
    match &state.last {
        Some(last) => format!("Bản sao lưu gần nhất: {}\n", date_time(last.at)),
        None => "Chưa có bản sao lưu nào.\n".to_owned(),
    }
}

pub fn checked(report: &CheckReport) -> String {
    let mut text = String::new();
    let head = if report.is_clean() {
        "DỮ LIỆU NGUYÊN VẸN"
    } else {
        "DỮ LIỆU CÓ HƯ HỎNG"
    };
    line(&mut text, format_args!("{head}"));
    match report.database {
        0 => line(&mut text, format_args!("  ✓ cơ sở dữ liệu")),
        n => line(&mut text, format_args!("  ✗ cơ sở dữ liệu: {n} chỗ hỏng")),
    }
    match report.chain_broken_at {
        None => line(
            &mut text,
            format_args!("  ✓ nhật ký: {} dòng nối liền", report.audit_rows),
        ),
        Some(seq) => line(
            &mut text,
            format_args!("  ✗ nhật ký không khớp từ dòng {seq}"),
        ),
    }
    match report.missing.saturating_add(report.damaged) {
        0 => line(&mut text, format_args!("  ✓ {} tệp", report.files)),
        _ => line(
            &mut text,
            format_args!(
                "  ✗ trong {} tệp có {} tệp mất, {} tệp hỏng; thử “hoso check --mend”",
                report.files, report.missing, report.damaged
            ),
        ),
    }
    text
}

pub fn backup_checked(report: &CheckReport, place: &str) -> String {
    let mut text = String::new();
    let head = if report.is_clean() {
        "BẢN SAO LƯU NGUYÊN VẸN"
    } else {
        "BẢN SAO LƯU CÓ HƯ HỎNG"
    };
    line(&mut text, format_args!("{head}"));
    line(
        &mut text,
        format_args!("  Lúc {} · {place}", date_time(report.at)),
    );
    line(
        &mut text,
        format_args!(
            "  ✓ cơ sở dữ liệu mở được, nhật ký {} dòng nối liền",
            report.audit_rows
        ),
    );
    match report.missing.saturating_add(report.damaged) {
        0 => line(&mut text, format_args!("  ✓ {} tệp", report.files)),
        _ => line(
            &mut text,
            format_args!(
                "  ✗ trong {} tệp có {} tệp mất, {} tệp hỏng; phần còn lại vẫn khôi phục được. Chạy \
                 “hoso backup” trên máy đang dùng để chép lại.",
                report.files, report.missing, report.damaged
            ),
        ),
    }
    text
}

/// Empty where nothing is lost.
pub fn restored_without(lost: u32) -> String {
    match lost {
        0 => String::new(),
        n => format!(
            "Không có {n} tệp: trong bản sao lưu các tệp đó bị hỏng hoặc mất. “hoso check --mend” lấy \
             lại được nếu bản sao lưu khác còn.\n"
        ),
    }
}

pub fn exported(done: &Exported) -> String {
    let mut text = format!("Đã xuất {} hồ sơ vào {}\n", done.dossiers, done.folder);
    if done.unreadable > 0 {
        line(
            &mut text,
            format_args!("{} hồ sơ không đọc được trọn vẹn.", done.unreadable),
        );
    }
    if let Some(seq) = done.trail_until {
        line(
            &mut text,
            format_args!("Nhật ký chỉ đọc được đến dòng {seq}; phần sau không có trong bản xuất."),
        );
    }
    text.push_str("Mở tệp index.html bằng trình duyệt.\n");
    text
}

pub fn trail(head: TrailHead) -> String {
    format!(
        "NHẬT KÝ NGUYÊN VẸN: {} dòng nối liền\nDòng cuối: {}:{}\n",
        head.seq, head.seq, head.hash
    )
}

pub fn synced(waiting: Waiting) -> String {
    match waiting.standing {
        0 => "Không còn hồ sơ nào chờ gửi; kết quả đã cập nhật.\n".to_owned(),
        _ => format!(
            "Đã gửi hết các hồ sơ gửi được; kết quả đã cập nhật.\n{}",
            still_waiting(waiting)
        ),
    }
}

/// Empty where nothing waits.
pub fn still_waiting(waiting: Waiting) -> String {
    let mut text = String::new();
    if waiting.going > 0 {
        line(
            &mut text,
            format_args!(
                "Còn {} hồ sơ chờ gửi; không mất gì, lần sau gửi tiếp.",
                waiting.going
            ),
        );
    }
    if waiting.standing > 0 {
        line(
            &mut text,
            format_args!(
                "{} hồ sơ đang giữ lại hoặc cần xử lý, chương trình không tự gửi: mở chương trình, xem \
                 phần Chờ gửi của từng đơn vị.",
                waiting.standing
            ),
        );
    }
    text
}

/// The newest backup of each store, to choose from.
pub fn which(rows: &[&BackupRow]) -> String {
    let mut text =
        "Trong thư mục có bản sao lưu của nhiều máy, không có bản nào của dữ liệu trên máy \
                    này. Hãy chạy lại lệnh, thay thư mục bằng đường dẫn của đúng bản cần dùng:"
            .to_owned();
    for row in rows {
        let people: Vec<&str> = row.people.iter().map(|p| p.name.as_str()).collect();
        let at = row.made_at.map(date_time).unwrap_or_default();
        write!(
            text,
            "\n  máy {} · {at} · {} hồ sơ · người mở khóa: {}\n    {}",
            row.pc,
            row.dossiers,
            people.join(", "),
            row.place
        )
        .expect("writing to a string cannot fail");
    }
    text
}

pub fn backups(rows: &[BackupRow]) -> String {
    let mut text = String::new();
    for row in rows {
        match (&row.error, row.made_at) {
            (None, Some(at)) => line(
                &mut text,
                format_args!(
                    "{} · {} hồ sơ · {} · máy {} · {}",
                    date_time(at),
                    row.dossiers,
                    size(row.bytes, Lang::Vi),
                    row.pc,
                    row.place
                ),
            ),
            (error, _) => {
                let why = error.as_ref().map(|e| failure(e, Lang::Vi).title);
                line(
                    &mut text,
                    format_args!("✗ {} · {}", row.place, why.unwrap_or_default()),
                );
            }
        }
    }
    text
}

pub fn preview(preview: &RestorePreview) -> String {
    let mut text = String::new();
    line(
        &mut text,
        format_args!(
            "Bản sao lưu lúc {} của máy {} ({})",
            date_time(preview.made_at),
            preview.pc,
            size(preview.bytes, Lang::Vi)
        ),
    );
    for (code, name) in &preview.units {
        line(&mut text, format_args!("  Đơn vị {code} · {name}"));
    }
    line(&mut text, format_args!("  {} hồ sơ", preview.dossiers));
    if let Some((number, title, at)) = &preview.newest {
        line(
            &mut text,
            format_args!(
                "  Hồ sơ sửa sau cùng: {number} {title} ({})",
                date_time(*at)
            ),
        );
    }
    line(
        &mut text,
        format_args!(
            "  Nhật ký đến dòng {}:{}",
            preview.audit_rows, preview.audit_head
        ),
    );
    if preview.missing > 0 {
        line(
            &mut text,
            format_args!("  Lúc sao lưu đã có {} tệp không đọc được", preview.missing),
        );
    }
    if preview.lost > 0 {
        line(
            &mut text,
            format_args!(
                "  Nơi sao lưu đã mất {} tệp của bản này; phần còn lại vẫn khôi phục được",
                preview.lost
            ),
        );
    }
    text
}
