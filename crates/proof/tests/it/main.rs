//! Containers and signatures at the crate's boundary, with certificates made on the spot and the
//! system's `openssl`, `unzip` and `python3` as judges that share no code with us.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod container;
mod order;
mod revocation;
mod signature;
mod timestamp;
mod world;
mod zip;
