//! The portal over real TLS on loopback: what a device and an officer see.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod client;
mod world;

mod accept;
mod certificate;
mod connection;
mod device;
mod evidence;
mod feed;
mod given_up;
mod limits;
mod officer;
mod openapi;
mod packed;
mod refuse;
mod timestamp;
mod upload;
mod withdrawal;
