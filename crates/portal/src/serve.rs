//! The listener: TLS by rustls, HTTP/1.1 by hyper, one task per connection, all of them ended at
//! shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::portal::{Portal, file};

/// A client that sends no head or no TLS hello for so long is dropped.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a portal cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the address cannot be listened on")]
    Listen(#[source] std::io::Error),
    #[error("the TLS certificate or key cannot be read")]
    Pem(#[source] rustls::pki_types::pem::Error),
    #[error("the TLS certificate and key do not fit")]
    Tls(#[source] rustls::Error),
}

/// A portal that listens. Dropping it shuts down without waiting.
pub struct Handle {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Where it listens, with the port the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection at once and waits until the port is free.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        if let Err(e) = self.task.await {
            tracing::error!(cause = %e, "the listener failed");
        }
    }

    /// Runs until the listener ends by itself, which it does not.
    pub async fn wait(self) {
        if let Err(e) = self.task.await {
            tracing::error!(cause = %e, "the listener failed");
        }
    }
}

impl Portal {
    /// Binds `address` and serves.
    pub async fn listen(&self, address: SocketAddr) -> Result<Handle, ServeError> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(ServeError::Listen)?;
        self.serve(listener)
    }

    /// Serves on a bound listener; needs a tokio runtime.
    pub fn serve(&self, listener: TcpListener) -> Result<Handle, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Listen)?;
        let acceptor = TlsAcceptor::from(Arc::new(self.tls()?));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(self.clone(), listener, acceptor, stopped));
        Ok(Handle {
            address,
            stop,
            task,
        })
    }

    fn tls(&self) -> Result<rustls::ServerConfig, ServeError> {
        let root = &self.0.root;
        let chain = CertificateDer::pem_file_iter(root.join(file::TLS_CERTIFICATE))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(ServeError::Pem)?;
        let key =
            PrivateKeyDer::from_pem_file(root.join(file::TLS_KEY)).map_err(ServeError::Pem)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ServeError::Tls)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(ServeError::Tls)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

async fn accept(
    portal: Portal,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    mut stopped: watch::Receiver<bool>,
) {
    let router = portal.router();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = connections.join_next(), if !connections.is_empty() => continue,
            // An error: the handle was dropped.
            _ = stopped.wait_for(|s| *s) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, acceptor.clone(), router.clone()));
            }
            Err(e) => {
                // Out of file descriptors, mostly: others must be able to end first.
                tracing::warn!(cause = %e, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, router: axum::Router) {
    // Answers are small and whole: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let stream = match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(e)) => return tracing::debug!(cause = %e, "TLS failed"),
        Err(_) => return,
    };
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE.saturating_mul(4))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
    if let Err(e) = served {
        tracing::debug!(cause = %e, "a connection ended early");
    }
}
