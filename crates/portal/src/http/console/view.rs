//! The console's pages. They show; they decide nothing.

use hoso_domain::dossier::DossierData;
use hoso_domain::finding::Place;
use hoso_domain::form::{FieldKind, Form, display};
use hoso_domain::id::UnitId;
use hoso_domain::voucher::Voucher;
use hoso_portal_api::Problem;
use hoso_portal_api::certificate::{CertificateFile, CertificateState};
use hoso_portal_api::feed::status;
use hoso_portal_api::officer::{DeviceFile, DossierFile, DossierSummary, RevisionFile};
use maud::{DOCTYPE, Markup, html};

use super::super::session::Officer;
use crate::clock;
use crate::moves::Move;
use crate::portal::Config;
use crate::withdrawal;

fn page(title: &str, config: Option<&Config>, officer: Option<&Officer>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/officer/style.css";
            }
            body {
                header {
                    a href="/officer" { (config.map_or("Cổng Kho bạc", |c| c.name.as_str())) }
                    @if let Some(config) = config { span { (config.treasury.name) } }
                    span.grow {}
                    @if let Some(officer) = officer {
                        span { (officer.name) }
                        form method="post" action="/officer/logout" {
                            input type="hidden" name="csrf" value=(officer.csrf);
                            button { "Đăng xuất" }
                        }
                    }
                }
                @if config.is_some_and(|c| c.training) {
                    div.training { "Cổng tập huấn: không khoản tiền nào được chuyển." }
                }
                main { (body) }
            }
        }
    }
}

pub(super) fn login(config: &Config, wrong: Option<&str>) -> Markup {
    page(
        "Đăng nhập",
        Some(config),
        None,
        html! {
            div.card.narrow {
                h1 { "Đăng nhập" }
                @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
                form method="post" action="/officer/login" {
                    label for="name" { "Tên" }
                    input id="name" name="name" autocomplete="username" required autofocus;
                    label for="password" { "Mật khẩu" }
                    input id="password" name="password" type="password"
                        autocomplete="current-password" required;
                    button { "Đăng nhập" }
                }
            }
        },
    )
}

pub(super) fn fault(problem: &Problem) -> Markup {
    page(
        "Không thực hiện được",
        None,
        None,
        html! {
            div.card {
                h1 { (problem.title_vi) }
                p.soft { (problem.detail) }
                p { "Hồ sơ không thay đổi. " a href="/officer" { "Về danh sách" } }
            }
        },
    )
}

/// The status as officers say it.
fn status_words(word: &str) -> &str {
    match word {
        status::SUBMITTED => "Mới đến",
        status::RECEIVED => "Đã tiếp nhận",
        status::CHECKING => "Đang kiểm soát",
        status::SUPPLEMENT => "Đã yêu cầu bổ sung",
        status::COMPLETED => "Đã hoàn thành giao nhận",
        status::REFUSED => "Đã từ chối (Mẫu 33)",
        status::MONEY_RETURNED => "Ngân hàng trả lại tiền",
        status::WITHDRAWAL_ASKED => "Đơn vị xin rút",
        status::WITHDRAWN => "Đã cho rút hồ sơ",
        other => other,
    }
}

fn badge(word: &str) -> Markup {
    html! { span class={ "status " (word) } { (status_words(word)) } }
}

pub(super) fn list(
    config: &Config,
    officer: &Officer,
    rows: &[DossierSummary],
    paused: bool,
) -> Markup {
    page(
        "Hồ sơ",
        Some(config),
        Some(officer),
        html! {
            h1 { "Hồ sơ" }
            @if paused {
                p.error role="status" { "Cổng đang tạm ngừng phục vụ: các đơn vị chưa gửi được hồ sơ." }
            }
            div.card {
                @if rows.is_empty() { p.soft { "Chưa có hồ sơ nào." } }
                @else {
                    table {
                        thead { tr {
                            th { "Mã số hồ sơ" } th { "Đơn vị" } th { "Chứng từ" } th { "Nội dung" }
                            th { "Người nhận" } th.money { "Số tiền" } th { "Đến lúc" }
                            th { "Trạng thái" }
                        } }
                        tbody { @for r in rows { tr {
                            td { a href={ "/officer/dossiers/" (r.dossier) } {
                                @if r.treasury_number.is_empty() { "(chưa cấp)" }
                                @else { (r.treasury_number) }
                            } }
                            td { (r.unit_code) " - " (r.unit_name) }
                            td { "Mẫu " (r.form) " số " (r.number) }
                            td { (r.title) }
                            td { (r.payee) }
                            td.money { (r.total) }
                            td { (clock::shown(r.received_at)) }
                            td { (badge(&r.status)) }
                        } } }
                    }
                }
            }
            p { a href="/officer/devices" { "Máy đã đăng ký" } " · "
                a href="/officer/certificates" { "Chứng thư số mới của người ký" } " · "
                a href="/officer/notices" { "Gửi thông báo" } }
            form method="post" action="/officer/service" {
                input type="hidden" name="csrf" value=(officer.csrf);
                input type="hidden" name="serving" value=(paused);
                button.bad[!paused] {
                    @if paused { "Phục vụ lại" } @else { "Tạm ngừng phục vụ" }
                }
            }
        },
    )
}

/// Chứng thư số mới mà các đơn vị báo.
pub(super) fn certificates(
    config: &Config,
    officer: &Officer,
    rows: &[(CertificateFile, String)],
) -> Markup {
    page(
        "Chứng thư số mới",
        Some(config),
        Some(officer),
        html! {
            h1 { "Chứng thư số mới của người ký" }
            div.card {
                @if rows.is_empty() { p.soft { "Chưa có đơn vị nào báo." } }
                @else {
                    table {
                        thead { tr {
                            th { "Đơn vị" } th { "Người ký" } th { "Chứng thư số" } th { "Hết hạn" }
                            th { "Báo lúc" } th {}
                        } }
                        tbody { @for (file, unit) in rows { tr {
                            td { (unit) }
                            td { (file.name) }
                            td { (file.holder) br; span.soft { (file.issuer) br; (file.serial) } }
                            td { (clock::shown(file.not_after)) }
                            td { (clock::shown(file.announced_at)) }
                            td { (decision(officer, file)) }
                        } } }
                    }
                }
            }
        },
    )
}

fn decision(officer: &Officer, file: &CertificateFile) -> Markup {
    let to = |act: &str| format!("/officer/certificates/{}/{}/{act}", file.unit, file.sha256);
    html! {
        @match file.state {
            CertificateState::Registered => { span.soft { "Đã đăng ký" } }
            CertificateState::Declined => { span.soft { "Không đăng ký: " (file.text) } }
            CertificateState::Announced => {
                form method="post" action=(to("register")) {
                    input type="hidden" name="csrf" value=(officer.csrf);
                    button { "Đăng ký" }
                }
                form method="post" action=(to("decline")) {
                    input type="hidden" name="csrf" value=(officer.csrf);
                    input name="text" required placeholder="Lý do" aria-label="Lý do";
                    button.bad { "Không đăng ký" }
                }
            }
        }
    }
}

/// Máy của các đơn vị.
pub(super) fn devices(config: &Config, officer: &Officer, rows: &[(DeviceFile, String)]) -> Markup {
    page(
        "Máy đã đăng ký",
        Some(config),
        Some(officer),
        html! {
            h1 { "Máy đã đăng ký" }
            div.card {
                @if rows.is_empty() { p.soft { "Chưa có máy nào." } }
                @else {
                    table {
                        thead { tr { th { "Đơn vị" } th { "Máy" } th { "Đăng ký lúc" } th {} } }
                        tbody { @for (device, unit) in rows { tr {
                            td { (unit) }
                            td { (device.name) }
                            td { (clock::shown(device.enrolled_at)) }
                            td {
                                @match device.revoked_at {
                                    Some(at) => {
                                        span.soft {
                                            "Đã thu hồi " (clock::shown(at)) " " (device.revoked_reason)
                                        }
                                    }
                                    None => {
                                        form method="post"
                                            action={ "/officer/devices/" (device.device) "/revoke" } {
                                            input type="hidden" name="csrf" value=(officer.csrf);
                                            button.bad { "Thu hồi máy này" }
                                        }
                                    }
                                }
                            }
                        } } }
                    }
                }
            }
        },
    )
}

/// Thông báo cho một đơn vị, ngoài mọi hồ sơ.
pub(super) fn notices(
    config: &Config,
    officer: &Officer,
    units: &[(UnitId, String)],
    said: Option<&str>,
) -> Markup {
    page(
        "Gửi thông báo",
        Some(config),
        Some(officer),
        html! {
            h1 { "Gửi thông báo" }
            @if let Some(said) = said { p role="status" { (said) } }
            div.card {
                form method="post" action="/officer/notices" {
                    input type="hidden" name="csrf" value=(officer.csrf);
                    label for="unit" { "Đơn vị" }
                    select id="unit" name="unit" {
                        @for (id, name) in units { option value=(id) { (name) } }
                    }
                    label for="title" { "Tiêu đề" }
                    input id="title" name="title" required;
                    label for="text" { "Nội dung" }
                    textarea id="text" name="text" {}
                    button { "Gửi" }
                }
            }
        },
    )
}

pub(super) fn dossier(
    config: &Config,
    officer: &Officer,
    file: &DossierFile,
    data: &DossierData,
    moves: &[Move],
) -> Markup {
    let s = &file.summary;
    page(
        "Hồ sơ",
        Some(config),
        Some(officer),
        html! {
            h1 {
                @if s.treasury_number.is_empty() { "Hồ sơ chưa cấp mã số" }
                @else { "Hồ sơ " (s.treasury_number) }
                " " (badge(&s.status))
            }
            div.card {
                dl {
                    dt { "Đơn vị" } dd { (s.unit_code) " - " (s.unit_name) }
                    dt { "Chứng từ" } dd { "Mẫu số " (s.form) ", số " (s.number) }
                    dt { "Nội dung" } dd { (s.title) }
                    dt { "Người nhận" } dd { (s.payee) }
                    dt { "Số tiền" } dd { (s.total) " đồng" }
                    dt { "Năm ngân sách" } dd { (data.budget_year) }
                    dt { "Lần gửi" } dd { (s.revision) }
                }
            }
            @if let Some(revision) = file.revisions.last() { (sent(s, revision)) }
            @for (i, voucher) in data.vouchers.iter().enumerate() { (sheet(i, voucher)) }
            (actions(officer, file, data, moves))
            (past(file))
        },
    )
}

fn sent(s: &DossierSummary, revision: &RevisionFile) -> Markup {
    html! {
        h2 { "Tệp và chữ ký" }
        div.card {
            table {
                thead { tr { th { "Tệp" } th.money { "Cỡ (byte)" } th { "SHA-256" } } }
                tbody { @for e in &revision.entries { tr {
                    td {
                        a href={ "/officer/dossiers/" (s.dossier) "/files/" (e.sha256) } { (e.path) }
                    }
                    td.money { (e.size) }
                    td { code { (e.sha256) } }
                } } }
            }
            table {
                thead { tr { th { "Bước" } th { "Vai trò" } th { "Người ký" } th { "Ký lúc" } } }
                tbody { @for signer in &revision.signers { tr {
                    td { (signer.step) }
                    td { (role_words(&signer.role)) }
                    td { (signer.name) " " span.soft { (signer.serial) } }
                    td { (clock::shown(signer.signed_at)) }
                } } }
            }
        }
    }
}

fn role_words(role: &str) -> &str {
    match role {
        "chief-accountant" => "Kế toán trưởng",
        "account-owner" => "Chủ tài khoản",
        other => other,
    }
}

fn sheet(index: usize, voucher: &Voucher) -> Markup {
    let Some(form) = hoso_domain::form::find(&voucher.form) else {
        return html! {};
    };
    html! {
        h2 { "Chứng từ " (index + 1) ": " (form.title) }
        div.card {
            dl {
                @for f in form.fields() {
                    @if !voucher.field(&f.id).is_empty() {
                        dt { (f.label) } dd { (display(f.kind, voucher.field(&f.id))) }
                    }
                }
            }
            @for grid in form.grids() {
                table {
                    thead { tr { @for c in &grid.columns {
                        th.money[c.kind == FieldKind::Money] { (c.label) }
                    } } }
                    tbody { @for row in voucher.rows(&grid.id) { tr { @for c in &grid.columns {
                        td.money[c.kind == FieldKind::Money] { (display(c.kind, row.cell(&c.id))) }
                    } } } }
                }
            }
        }
    }
}

fn actions(officer: &Officer, file: &DossierFile, data: &DossierData, moves: &[Move]) -> Markup {
    html! {
        h2 { "Xử lý" }
        div.card {
            @if moves.is_empty() { p.soft { "Đang chờ đơn vị hoặc đã kết thúc." } }
            @for m in moves {
                details {
                    summary { (move_words(*m)) }
                    form method="post"
                        action={ "/officer/dossiers/" (file.summary.dossier) "/act/" (m.name()) } {
                        input type="hidden" name="csrf" value=(officer.csrf);
                        input type="hidden" name="version" value=(file.summary.version);
                        @if *m == Move::Receive {
                            label for="appointment" { "Hẹn trả kết quả" }
                            input id="appointment" type="date" name="appointment";
                        }
                        @if m.needs_text() {
                            label for={ "text-" (m.name()) } { "Nội dung gửi đơn vị" }
                            textarea id={ "text-" (m.name()) } name="text" required {}
                            label for={ "place-" (m.name()) } { "Tại" }
                            select id={ "place-" (m.name()) } name="place" { (places(data)) }
                            label for={ "remark-" (m.name()) } { "Ghi chú tại chỗ đó" }
                            input id={ "remark-" (m.name()) } name="remark";
                        }
                        button.bad[*m == Move::Refuse] { (move_words(*m)) }
                    }
                }
            }
        }
    }
}

fn move_words(m: Move) -> &'static str {
    match m {
        Move::Receive => "Tiếp nhận",
        Move::Check => "Bắt đầu kiểm soát",
        Move::Supplement => "Yêu cầu bổ sung (một lần)",
        Move::Refuse => "Từ chối (Mẫu số 33)",
        Move::Complete => "Hoàn thành, phát hành báo Nợ",
        Move::MoneyReturned => "Ngân hàng trả lại tiền",
        Move::AcceptWithdrawal => "Đồng ý cho rút hồ sơ",
        Move::DeclineWithdrawal => "Không đồng ý cho rút",
    }
}

fn places(data: &DossierData) -> Markup {
    let option = |place: &Place, words: String| {
        let value = serde_json::to_string(place).unwrap_or_default();
        html! { option value=(value) { (words) } }
    };
    html! {
        (option(&Place::Dossier, "Cả hồ sơ".to_owned()))
        @for (i, voucher) in data.vouchers.iter().enumerate() {
            @if let Some(form) = hoso_domain::form::find(&voucher.form) {
                optgroup label={ "Chứng từ " (i + 1) } {
                    @for (place, words) in of_voucher(i, voucher, form) { (option(&place, words)) }
                }
            }
        }
    }
}

fn of_voucher(index: usize, voucher: &Voucher, form: &Form) -> Vec<(Place, String)> {
    let field = |id: &str| Place::Field {
        voucher: index,
        field: id.to_owned(),
    };
    let mut out: Vec<(Place, String)> = form
        .fields()
        .map(|f| (field(&f.id), f.label.clone()))
        .collect();
    for grid in form.grids() {
        for row in 0..voucher.rows(&grid.id).len() {
            for column in &grid.columns {
                let place = Place::Cell {
                    voucher: index,
                    block: grid.id.clone(),
                    row,
                    column: column.id.clone(),
                };
                out.push((place, format!("Dòng {}: {}", row + 1, column.label)));
            }
        }
    }
    out
}

fn past(file: &DossierFile) -> Markup {
    html! {
        @if !file.documents.is_empty() {
            h2 { "Kết quả đã phát hành" }
            div.card { @for d in &file.documents {
                p {
                    a href={ "/officer/dossiers/" (file.summary.dossier) "/files/" (d.sha256) }
                        download=(d.name) { (d.name) }
                }
            } }
        }
        h2 { "Nhật ký" }
        div.card {
            table {
                thead { tr { th { "Lúc" } th { "Ai" } th { "Việc" } th { "Nội dung" } } }
                tbody { @for h in &file.history { tr {
                    td { (clock::shown(h.at)) }
                    td { @if h.who.is_empty() { "Cổng" } @else { (h.who) } }
                    td {
                        @match Move::of(&h.act) {
                            Some(m) => { (move_words(m)) }
                            None if h.act == withdrawal::ASKED => { "Đơn vị xin rút hồ sơ" }
                            None => { "Nhận bản gửi " (h.revision) }
                        }
                    }
                    td {
                        (h.text)
                        @for r in &h.remarks { div.soft { (r.text) } }
                    }
                } } }
            }
        }
    }
}
