//! The two programs of a simulation, as they are shipped: the desk with store and courier, and the
//! portal with its router. Each begins anew from its folder whenever it is started.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use chrono::TimeDelta;
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::Rng as _;
use tower::ServiceExt as _;
use turmoil::net::TcpListener;

use hoso_contract::view::LinkView;
use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};
use hoso_engine::courier::{Courier, Order, Outside};
use hoso_portal::Portal;
use hoso_portal_api::feed::{Remark, status};
use hoso_portal_api::officer::{self, Act, DossierSummary};
use hoso_store::audit::Params;
use hoso_store::life::{self, Move};
use hoso_store::{By, Store, dossiers, outbox, revisions};

use super::line::Line;
use super::seed::{Clock, PORT, Seed, Wish};
use super::world;

/// A head that does not come for so long ends its connection, as at the shipped portal.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks of the desk at itself.
const LOOK: Duration = Duration::from_secs(15);

/// The accountant's PC.
pub async fn desk(seed: Arc<Seed>) -> turmoil::Result {
    let clock = Clock::begin(&seed, TimeDelta::zero());
    let store = Arc::new(Store::open(&seed.desk_dir(), &seed.world.keys)?);
    let (read, line, luck) = (clock.clone(), clock.clone(), Arc::clone(&seed));
    let (over, at) = (Arc::clone(&seed), Arc::clone(&seed));
    let outside = Outside {
        clock: Arc::new(move || read.now()),
        luck: Arc::new(move || luck.luck(|rng| rng.random())),
        portal: Arc::new(move |connection| {
            let pipe = Line::new(Arc::clone(&over), line.clone());
            let clock = line.clone();
            hoso_sync::Portal::over(
                Arc::new(pipe),
                connection,
                None,
                Arc::new(move || clock.now()),
            )
        }),
        addresses: Arc::new(move || at.addresses()),
        #[cfg(feature = "planted-faults")]
        planted: seed.planted.and_then(super::Planted::of_courier),
    };
    let (courier, tasks) = Courier::prepare(
        Arc::clone(&store),
        Some(seed.world.connection.clone()),
        seed.world.person,
        Arc::new(|_| {}),
        outside,
    );
    for task in tasks {
        tokio::spawn(task);
    }
    let mut wishes = seed.desk_wishes();
    loop {
        tokio::select! {
            biased;
            wish = wishes.recv() => match wish {
                Some(Wish::SendNow) => {
                    store.write(|tx| outbox::clear_waiting(tx, None))?;
                    courier.order(Order::SendNow { all: true });
                }
                Some(Wish::SendRow) => send_row(&seed, &store, &courier)?,
                Some(Wish::Edit) => edit(&seed, &store, &clock)?,
                Some(Wish::GiveUp) => give_up(&seed, &store, &courier, &clock)?,
                Some(Wish::Amend) => amend(&seed, &store, &courier, &clock)?,
                Some(Wish::Move) | None => {}
            },
            () = tokio::time::sleep(LOOK) => look(&seed, &store, &courier, &clock)?,
        }
    }
}

/// The accountant, now.
fn by(seed: &Seed, clock: &Clock) -> By {
    By {
        person: seed.world.person,
        at: clock.now(),
    }
}

/// The accountant presses "Gửi ngay" at one row of Chờ gửi.
fn send_row(seed: &Seed, store: &Store, courier: &Courier) -> turmoil::Result {
    let mut waiting = Vec::new();
    for row in store.read(outbox::all)? {
        let state = store.read(|db| dossiers::current(db, row.dossier))?;
        if matches!(
            state.revision.state,
            LocalState::Queued | LocalState::Unknown
        ) {
            waiting.push(row.dossier);
        }
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let chosen = seed.luck(|rng| rng.random_range(0..waiting.len()));
    let Some(id) = waiting.into_iter().nth(chosen) else {
        return Ok(());
    };
    seed.note(|| format!("desk: sends {id} now"));
    store.write(move |tx| outbox::clear_waiting(tx, Some(id)))?;
    courier.order(Order::SendNow { all: false });
    Ok(())
}

/// The accountant types on; what was acknowledged is remembered outside.
fn edit(seed: &Seed, store: &Store, clock: &Clock) -> turmoil::Result {
    let by = by(seed, clock);
    let id = seed.desk.draft;
    let revision = store.read(|db| dossiers::current(db, id))?.revision;
    let text = format!("Sửa lần {}", revision.version);
    let (mut vouchers, mut summary) = (revision.vouchers, revision.summary);
    summary.title.clone_from(&text);
    if let Some(voucher) = vouchers.first_mut() {
        voucher.fields.insert("content".to_owned(), text.clone());
    }
    let version = revision.version;
    let saved =
        store.write(move |tx| revisions::save_draft(tx, id, version, &vouchers, &summary, by))?;
    seed.acknowledge(saved, text);
    Ok(())
}

/// The accountant takes a dossier to the counter: at once where no try of it can arrive, else when the
/// portal has confirmed that it never accepts it ([`look`]).
fn give_up(seed: &Seed, store: &Store, courier: &Courier, clock: &Clock) -> turmoil::Result {
    let mut waiting = Vec::new();
    for row in store.read(outbox::all)? {
        let id = row.dossier;
        let (state, in_doubt, held) = store.read(|db| {
            let current = dossiers::current(db, id)?;
            let held = life::treasury_holds(db, &current.dossier)?;
            Ok((current.revision.state, life::may_arrive(db, id)?, held))
        })?;
        // what the treasury holds is not carried as well
        let may_go = in_doubt || !held;
        if may_go && matches!(state, LocalState::Queued | LocalState::Unknown) {
            waiting.push((!in_doubt, id, state));
        }
    }
    // what is in doubt first: there lies the danger
    let doubts = waiting.iter().filter(|(sure, ..)| !sure).count();
    if doubts > 0 {
        waiting.retain(|(sure, ..)| !sure);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let chosen = seed.luck(|rng| rng.random_range(0..waiting.len()));
    let Some((sure, id, state)) = waiting.into_iter().nth(chosen) else {
        return Ok(());
    };
    seed.note(|| format!("desk: gives up {id}, {state:?}"));
    if sure {
        return carry(seed, store, clock, id, state);
    }
    let by = by(seed, clock);
    store.write(move |tx| life::give_up(tx, id, state, by))?;
    courier.order(Order::Look);
    Ok(())
}

/// The accountant gives what the treasury asked for, or makes anew what it refused: a further revision,
/// signed and queued. Each dossier is amended once.
fn amend(seed: &Seed, store: &Store, courier: &Courier, clock: &Clock) -> turmoil::Result {
    let mut asked = Vec::new();
    for case in &seed.desk.cases {
        let Some(amended) = &case.amended else {
            continue;
        };
        let current = store.read(|db| dossiers::current(db, case.id))?;
        let sent = current.revision.number == 1 && current.revision.state == LocalState::Sent;
        if sent && current.dossier.treasury.needs_unit() {
            asked.push((case.id, amended));
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    let chosen = seed.luck(|rng| rng.random_range(0..asked.len()));
    let Some((id, amended)) = asked.into_iter().nth(chosen) else {
        return Ok(());
    };
    seed.note(|| format!("desk: amends {id}"));
    amended.amend(store, id, by(seed, clock))?;
    courier.order(Order::Look);
    Ok(())
}

/// On paper from now on, as "Đã nộp cách khác" does it.
fn carry(
    seed: &Seed,
    store: &Store,
    clock: &Clock,
    id: DossierId,
    expected: LocalState,
) -> turmoil::Result {
    let by = by(seed, clock);
    store.write(move |tx| {
        let step = Move {
            dossier: id,
            expected,
            next: LocalState::Carried,
            act: "handed-in-otherwise",
            params: Params::new(),
        };
        life::advance(tx, &step, by)?;
        outbox::remove(tx, id)
    })?;
    Ok(())
}

/// What the invariants want to know while the desk runs.
fn look(seed: &Seed, store: &Store, courier: &Courier, clock: &Clock) -> turmoil::Result {
    let now = clock.now();
    let cap = TimeDelta::minutes(15);
    if let LinkView::Offline {
        next_try: Some(at), ..
    } = courier.link()
        && at - now > cap
    {
        seed.breach("I8", format!("the link rests until {at}, now is {now}"));
    }
    let (rows, cursor) = store.read(|db| {
        let mut rows = Vec::new();
        for row in outbox::all(db)? {
            let state = dossiers::current(db, row.dossier)?.revision.state;
            rows.push((row, state));
        }
        let cursor = hoso_store::feed::cursor(db, seed.world.unit.id)?;
        Ok((rows, cursor))
    })?;
    let mut open = 0;
    for (row, state) in rows {
        use LocalState as S;
        if row.next_try.is_some_and(|at| at - now > cap) {
            seed.breach("I8", format!("{} rests past 15 minutes", row.dossier));
        }
        match state {
            S::Queued
            | S::Sending
            | S::Unknown
            | S::Parked {
                reason: ParkReason::GivingUp,
            } => open += 1,
            S::Parked {
                reason: ParkReason::GivenUp,
            } => carry(seed, store, clock, row.dossier, state)?,
            _ => {}
        }
    }
    seed.looked(open, cursor.map(|(cursor, _)| cursor).unwrap_or_default());
    Ok(())
}

/// The treasury's server and its officer.
pub async fn portal(seed: Arc<Seed>) -> turmoil::Result {
    let clock = Clock::begin(&seed, seed.skew);
    let read = hoso_portal::Clock::new(move || clock.now());
    let portal = Portal::open_with(&seed.portal_dir(), read)?;
    #[cfg_attr(
        not(feature = "planted-faults"),
        expect(unused_mut, reason = "planted below")
    )]
    let mut rehearsal = seed.world.rehearsal.clone();
    #[cfg(feature = "planted-faults")]
    {
        rehearsal.planted = seed.planted.and_then(super::Planted::of_portal);
    }
    portal.rehearse(rehearsal);
    let router = portal.router();
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    let mut wishes = seed.portal_wishes();
    loop {
        tokio::select! {
            biased;
            wish = wishes.recv() => if wish.is_some() {
                tokio::spawn(decide(Arc::clone(&seed), router.clone()));
            },
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                tokio::spawn(connection(Arc::clone(&seed), router.clone(), TokioIo::new(stream)));
            }
        }
    }
}

async fn connection(
    seed: Arc<Seed>,
    router: axum::Router,
    stream: TokioIo<turmoil::net::TcpStream>,
) {
    let service = service_fn(move |request| answer(Arc::clone(&seed), router.clone(), request));
    // a connection that ends early is the simulation's daily bread
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(stream, service)
        .await;
}

async fn answer(
    seed: Arc<Seed>,
    router: axum::Router,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    // the connection ends without an answer
    let broken = || io::Error::from(io::ErrorKind::ConnectionAborted);
    seed.reached();
    let commit = request.method() == Method::PUT;
    let (mut late, mut lost, mut unheard) = (Duration::ZERO, false, false);
    if seed.stormy() {
        let luck = seed.luck(|rng| rng.random_range(0..1_000));
        unheard = luck < 10;
        lost = (10..40).contains(&luck) || (commit && luck < 200);
        if commit && (200..300).contains(&luck) {
            late = Duration::from_secs(seed.luck(|rng| rng.random_range(1..150)));
        }
    }
    if unheard {
        return Err(broken());
    }
    let served: Result<Response<Body>, Infallible> = if commit {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| broken())?.to_bytes();
        seed.commit_came(head.uri.path(), Digest::of(&body));
        let request = Request::from_parts(head, Body::from(body));
        // it waits before the portal's gates, whether or not its sender still does
        let work = tokio::spawn(async move {
            tokio::time::sleep(late).await;
            router.oneshot(request).await
        });
        work.await.map_err(|_| broken())?
    } else {
        router.oneshot(request.map(Body::new)).await
    };
    match served {
        Ok(_) if lost => Err(broken()),
        Ok(answer) => Ok(answer),
        Err(never) => match never {},
    }
}

/// One move of the officer, on a dossier that allows one. What was begun comes first, mostly.
async fn decide(seed: Arc<Seed>, portal: axum::Router) {
    let token = &seed.world.token;
    let list = world::get(&portal, officer::DOSSIERS, token).await;
    let list = list.and_then(|body| Ok(serde_json::from_slice::<Vec<DossierSummary>>(&body)?));
    let Ok(mut open) = list else {
        return;
    };
    let begun = |d: &DossierSummary| matches!(&*d.status, status::RECEIVED | status::CHECKING);
    let new = |d: &DossierSummary| d.status == status::SUBMITTED;
    open.retain(|d| begun(d) || new(d));
    if open.iter().any(begun) && seed.luck(|rng| rng.random_bool(0.75)) {
        open.retain(begun);
    }
    if open.is_empty() {
        return;
    }
    let turn = seed.luck(|rng| rng.random_range(0..open.len()));
    let Some(dossier) = open.into_iter().nth(turn) else {
        return;
    };
    let luck = seed.luck(|rng| rng.random_range(0..10));
    let next = next_move(&dossier, luck);
    let act = Act {
        text: "Đề nghị xem lại".to_owned(),
        remarks: Vec::<Remark>::new(),
        ..Act::default()
    };
    let body = serde_json::to_vec(&act).unwrap_or_default();
    let done = world::post(&portal, &officer::act(dossier.dossier, next), token, body).await;
    seed.note(|| {
        format!(
            "officer: {next} {}: {:?}",
            dossier.dossier,
            done.map(|_| ())
        )
    });
}

fn next_move(at: &DossierSummary, luck: u32) -> &'static str {
    match &*at.status {
        status::SUBMITTED => "receive",
        status::CHECKING => "complete",
        _ => match luck {
            0..3 => "check",
            // Decree 347/2025 art. 3: at most one request per dossier
            3..6 if at.revision == 1 => "supplement",
            3..8 => "complete",
            _ => "refuse",
        },
    }
}
