//! The officer's console: pages without script, in Vietnamese. Every change goes through the same
//! moves as the API and carries the session's CSRF token.

mod view;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use hoso_domain::digest::Digest;
use hoso_domain::dossier::DossierData;
use hoso_domain::entry::path;
use hoso_domain::finding::Place;
use hoso_domain::id::{DeviceId, DossierId, UnitId};
use hoso_portal_api::feed::Remark;
use hoso_portal_api::officer::{Act, DossierFile, SendNotice};
use hoso_portal_api::problem::Kind;
use serde::Deserialize;

use super::officer::{self, dossier_file, stored, summaries};
use super::session::{self, COOKIE, Officer, Seated};
use super::{Parts1, devices, pages};
use crate::fault::Fault;
use crate::moves::{self, Move};
use crate::portal::Portal;
use crate::standing::standing;
use crate::{certificate, limit};

const STYLE: &str = include_str!("console/style.css");

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/officer") }))
        .route("/officer", get(list))
        .route("/officer/style.css", get(style))
        .route("/officer/login", get(ask_login).post(login))
        .route("/officer/logout", post(logout))
        .route("/officer/service", post(service))
        .route("/officer/certificates", get(list_certificates))
        .route("/officer/certificates/{unit}/{sha256}/{act}", post(decide))
        .route("/officer/devices", get(list_devices))
        .route("/officer/devices/{id}/revoke", post(revoke))
        .route("/officer/notices", get(ask_notice).post(notify))
        .route("/officer/notices/sent", get(notice_sent))
        .route("/officer/dossiers/{id}", get(show))
        .route("/officer/dossiers/{id}/act/{act}", post(act))
        .route("/officer/dossiers/{id}/files/{sha256}", get(file))
}

type Seat = Result<Seated, Fault>;
type Sent<T> = Result<Form<T>, axum::extract::rejection::FormRejection>;

/// A fault as a page; without a session the login page.
struct Page(Fault);

impl From<Fault> for Page {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        if self.0.kind() == Kind::LoginRequired {
            return Redirect::to("/officer/login").into_response();
        }
        let status = StatusCode::from_u16(self.0.problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        html(status, view::fault(&self.0.problem))
    }
}

fn html(status: StatusCode, page: maud::Markup) -> Response {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                  frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
    ];
    (status, headers, Html(page.into_string())).into_response()
}

async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], STYLE).into_response()
}

async fn ask_login(State(portal): State<Portal>) -> Response {
    html(StatusCode::OK, view::login(&portal.0.config, None))
}

#[derive(Deserialize)]
struct LoginForm {
    name: String,
    password: String,
}

async fn login(State(portal): State<Portal>, form: Sent<LoginForm>) -> Result<Response, Page> {
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    match session::login(&portal, form.name, form.password).await {
        Ok(made) => {
            let cookie = format!(
                "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
                made.token
            );
            let mut answer = Redirect::to("/officer").into_response();
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            Ok(answer)
        }
        Err(fault) if matches!(fault.kind(), Kind::LoginRequired | Kind::RateLimited) => {
            let words = match fault.kind() {
                Kind::RateLimited => "Sai mật khẩu nhiều lần. Hãy đợi một phút rồi thử lại.",
                _ => "Tên hoặc mật khẩu không đúng.",
            };
            Ok(html(
                StatusCode::UNAUTHORIZED,
                view::login(&portal.0.config, Some(words)),
            ))
        }
        Err(fault) => Err(Page(fault)),
    }
}

#[derive(Deserialize)]
struct Signed {
    csrf: String,
}

async fn logout(
    State(portal): State<Portal>,
    seat: Seat,
    form: Sent<Signed>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    session::logout(&portal, &officer).await?;
    let gone = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    let mut answer = Redirect::to("/officer/login").into_response();
    if let Ok(gone) = HeaderValue::from_str(&gone) {
        answer.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(answer)
}

fn same(officer: &Officer, csrf: &str) -> Result<(), Fault> {
    match officer.csrf == csrf {
        true => Ok(()),
        false => Err(Fault::new(
            Kind::Forbidden,
            "the form is from another session",
        )),
    }
}

async fn list(State(portal): State<Portal>, seat: Seat) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let rows = summaries(&portal).await?;
    Ok(html(
        StatusCode::OK,
        view::list(&portal.0.config, &officer, &rows, portal.0.load.paused()),
    ))
}

#[derive(Deserialize)]
struct ServiceForm {
    csrf: String,
    serving: bool,
}

/// Tạm ngừng phục vụ, or phục vụ lại.
async fn service(
    State(portal): State<Portal>,
    seat: Seat,
    form: Sent<ServiceForm>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    limit::pause(&portal, !form.serving).await?;
    Ok(Redirect::to("/officer").into_response())
}

async fn list_certificates(State(portal): State<Portal>, seat: Seat) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let rows = portal.0.db.call(certificate::files_with_units).await?;
    Ok(html(
        StatusCode::OK,
        view::certificates(&portal.0.config, &officer, &rows),
    ))
}

#[derive(Deserialize)]
struct DecisionForm {
    csrf: String,
    #[serde(default)]
    text: String,
}

async fn decide(
    State(portal): State<Portal>,
    seat: Seat,
    Parts1((unit, sha256, act)): Parts1<(UnitId, Digest, String)>,
    form: Sent<DecisionForm>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    let decision = certificate::Decision::of(&act)?;
    certificate::decide(&portal, &officer.name, unit, sha256, decision, &form.text).await?;
    Ok(Redirect::to("/officer/certificates").into_response())
}

async fn list_devices(State(portal): State<Portal>, seat: Seat) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let rows = portal.0.db.call(devices::files_with_units).await?;
    Ok(html(
        StatusCode::OK,
        view::devices(&portal.0.config, &officer, &rows),
    ))
}

async fn revoke(
    State(portal): State<Portal>,
    seat: Seat,
    Parts1(id): Parts1<DeviceId>,
    form: Sent<Signed>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    devices::revoked(&portal, id, None, String::new()).await?;
    Ok(Redirect::to("/officer/devices").into_response())
}

async fn ask_notice(State(portal): State<Portal>, seat: Seat) -> Result<Response, Page> {
    notices(&portal, seat, None).await
}

async fn notice_sent(State(portal): State<Portal>, seat: Seat) -> Result<Response, Page> {
    notices(&portal, seat, Some("Đã gửi thông báo tới đơn vị.")).await
}

async fn notices(portal: &Portal, seat: Seat, said: Option<&str>) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let units = portal.0.db.call(devices::units).await?;
    let page = view::notices(&portal.0.config, &officer, &units, said);
    Ok(html(StatusCode::OK, page))
}

#[derive(Deserialize)]
struct NoticeForm {
    csrf: String,
    unit: UnitId,
    title: String,
    text: String,
}

async fn notify(
    State(portal): State<Portal>,
    seat: Seat,
    form: Sent<NoticeForm>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    let asked = SendNotice {
        unit: form.unit,
        title: form.title.trim().to_owned(),
        text: form.text.trim().to_owned(),
    };
    officer::notify(&portal, asked).await?;
    Ok(Redirect::to("/officer/notices/sent").into_response())
}

async fn show(
    State(portal): State<Portal>,
    seat: Seat,
    Parts1(id): Parts1<DossierId>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let (file, data) = opened(&portal, id).await?;
    let moves = allowed(&portal, id).await?;
    let page = view::dossier(&portal.0.config, &officer, &file, &data, &moves);
    Ok(html(StatusCode::OK, page))
}

async fn allowed(portal: &Portal, id: DossierId) -> Result<Vec<Move>, Fault> {
    let at = portal.0.db.call(move |tx| standing(tx, id)).await?;
    let at = at.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
    Ok(Move::ALL.into_iter().filter(|m| m.allowed(&at)).collect())
}

/// The file of a dossier and the data of its newest revision.
async fn opened(portal: &Portal, id: DossierId) -> Result<(DossierFile, DossierData), Fault> {
    let file = dossier_file(portal, id).await?;
    let data = file
        .revisions
        .last()
        .and_then(|r| r.entries.iter().find(|e| e.path == path::DATA))
        .map(|e| e.sha256.hex())
        .ok_or_else(|| Fault::new(Kind::Internal, "a dossier without data"))?;
    let (_, bytes) = stored(portal, id, &data).await?;
    let data = DossierData::from_bytes(&bytes)
        .map_err(|e| Fault::internal("stored data cannot be read", e))?;
    Ok((file, data))
}

#[derive(Deserialize)]
struct ActForm {
    csrf: String,
    version: u64,
    #[serde(default)]
    text: String,
    /// A place as JSON, out of the picker; empty for none.
    #[serde(default)]
    place: String,
    #[serde(default)]
    remark: String,
    /// `2026-11-25`; empty for none.
    #[serde(default)]
    appointment: String,
}

async fn act(
    State(portal): State<Portal>,
    seat: Seat,
    Parts1((id, act)): Parts1<(DossierId, String)>,
    form: Sent<ActForm>,
) -> Result<Response, Page> {
    let Seated(officer) = seat?;
    let Form(form) = form.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    same(&officer, &form.csrf)?;
    let made = Move::of(&act).ok_or_else(|| Fault::new(Kind::NotFound, "no such move"))?;
    let asked = Act {
        text: form.text.trim().to_owned(),
        remarks: remarks(&form)?,
        appointment: appointment(&form.appointment)?,
        version: Some(form.version),
    };
    moves::make(&portal, &officer.name, id, made, asked).await?;
    Ok(Redirect::to(&format!("/officer/dossiers/{id}")).into_response())
}

fn remarks(form: &ActForm) -> Result<Vec<Remark>, Fault> {
    let text = form.remark.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let place = match form.place.is_empty() {
        true => Place::Dossier,
        false => serde_json::from_str(&form.place)
            .map_err(|e| Fault::new(Kind::Malformed, e.to_string()))?,
    };
    Ok(vec![Remark {
        place,
        text: text.to_owned(),
    }])
}

/// The end of a working day at the treasury.
fn appointment(day: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>, Fault> {
    if day.trim().is_empty() {
        return Ok(None);
    }
    let malformed = || Fault::new(Kind::Malformed, "the day is not a date");
    let day: chrono::NaiveDate = day.trim().parse().map_err(|_| malformed())?;
    let local = day.and_hms_opt(17, 0, 0).ok_or_else(malformed)?;
    let at = local
        .and_local_timezone(crate::clock::zone())
        .single()
        .ok_or_else(malformed)?;
    Ok(Some(at.to_utc()))
}

async fn file(
    State(portal): State<Portal>,
    seat: Seat,
    Parts1((id, sha256)): Parts1<(DossierId, String)>,
    headers: HeaderMap,
) -> Result<Response, Page> {
    seat?;
    let (sha256, bytes) = stored(&portal, id, &sha256).await?;
    // Only what a reader shows without running anything is shown in place.
    let pdf = bytes.starts_with(b"%PDF-");
    let (kind, place) = match pdf {
        true => ("application/pdf", "inline"),
        false => ("application/octet-stream", "attachment"),
    };
    let mut answer = pages::bytes(&headers, bytes, sha256, kind);
    answer
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(place));
    Ok(answer)
}
