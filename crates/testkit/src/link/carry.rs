//! Bytes below TLS: connections taken or refused, slowed, stopped, counted.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::exchange::exchange;
use super::{Shared, Way, locked};

/// What may be under way unseen, so that a client's bytes do not all vanish into a buffer.
const BUFFER: u32 = 16 * 1024;
/// One step of a slow line.
const PIECE: usize = 2 * 1024;

/// Listens, also where a listener just was.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_recv_buffer_size(BUFFER)?;
    socket.bind(address)?;
    socket.listen(64)
}

/// Takes connections for as long as the runtime lives.
pub(super) async fn listen(shared: Arc<Shared>, first: TcpListener) {
    let mut way = shared.way.subscribe();
    let mut listener = Some(first);
    let mut connections = JoinSet::new();
    loop {
        if *way.borrow_and_update() == Way::Refused {
            listener = None;
            connections.shutdown().await;
            let _ = way.changed().await;
            continue;
        }
        let Some(open) = &listener else {
            // an error: the port is still being let go of
            listener = bind(shared.address).ok();
            tokio::task::yield_now().await;
            continue;
        };
        tokio::select! {
            accepted = open.accept() => if let Ok((client, _)) = accepted {
                shared.counters.connections.fetch_add(1, Ordering::SeqCst);
                connections.spawn(connection(Arc::clone(&shared), client));
            },
            _ = way.changed() => {}
            _ = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// One client's connection, until either side ends it or a rule breaks it.
async fn connection(shared: Arc<Shared>, client: TcpStream) {
    let _ = client.set_nodelay(true);
    let (near, far) = tokio::io::duplex(BUFFER as usize);
    let (from_client, to_client) = client.into_split();
    let (from_near, to_near) = tokio::io::split(far);
    let broken = Arc::new(Notify::new());
    let counters = &shared.counters;
    let up = async {
        carry(&shared, from_client, to_near, &counters.up).await;
        // the answer may still be on its way
        pending::<()>().await;
    };
    let down = carry(&shared, from_near, to_client, &counters.down);
    let served = serve(Arc::clone(&shared), near, Arc::clone(&broken));
    tokio::select! {
        () = broken.notified() => {}
        () = up => {}
        _ = async { tokio::join!(served, down) } => {}
    }
}

/// Carries bytes one way at the link's pace.
async fn carry(
    shared: &Shared,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    counter: &AtomicU64,
) {
    let mut way = shared.way.subscribe();
    let mut piece = [0u8; PIECE];
    while let Ok(n @ 1..) = from.read(&mut piece).await {
        let rate = locked(&shared.pace).bytes_per_second;
        if let Some(micros) = (n as u64 * 1_000_000).checked_div(rate) {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
        passable(&mut way).await;
        counter.fetch_add(n as u64, Ordering::SeqCst);
        let Some(bytes) = piece.get(..n) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    passable(&mut way).await;
    let _ = to.shutdown().await;
}

async fn passable(way: &mut watch::Receiver<Way>) {
    // an error: the link was dropped, and this task with it
    let _ = way.wait_for(|way| *way != Way::Silent).await;
}

/// Ends TLS and hands each request on.
async fn serve(shared: Arc<Shared>, near: DuplexStream, broken: Arc<Notify>) {
    let shown = locked(&shared.shown).clone();
    let Ok(stream) = shown.accept(near).await else {
        return;
    };
    let each = service_fn(|request| exchange(Arc::clone(&shared), Arc::clone(&broken), request));
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), each)
        .await;
}
