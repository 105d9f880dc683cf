//! Places that are not the portal: authorities of timestamps and of revocation lists. What they answer
//! is signed and proves itself, so `http` will do, as the authorities serve it; `https` is trusted under
//! the portal's TLS authority and no other. They are asked now and then: no connection is kept.

use crate::failure::Failure;
use crate::wire::CONNECT;

pub(super) fn client(tls: &rustls::ClientConfig) -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("hoso/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| Failure::Nonsense {
            what: "the HTTP client cannot be made",
        })
}
