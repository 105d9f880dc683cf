//! The page's parts. The lock and what stands before it come with the first; the others are files of their own, made
//! ready by the web view while somebody types a PIN (docs/adr/0005).
//!
//! Each is called like an `async` function of its name; the error is that of a file that could not be loaded.
#![allow(
    unsafe_code,
    reason = "`wasm_split` calls into a part as into a foreign function"
)]

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use hoso_contract::AppError;

use crate::frame::Frame;
use crate::screens::first_run::FirstRun;
use crate::screens::restore::RestoreDialog;
use crate::screens::unusable::Unusable;

/// All that is behind the lock.
#[wasm_split(office, preload(make_office_ready), fallible)]
pub fn office() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Frame/> }.into_any())
}

/// The first start.
#[wasm_split(first_run, fallible)]
pub fn first_run() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <FirstRun/> }.into_any())
}

/// A store that cannot be used: told, restored, exported.
#[wasm_split(unusable, fallible)]
pub fn unusable(error: AppError, store: String) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Unusable error store/> }.into_any())
}

/// Khôi phục at the lock of a store that cannot be read; `done` once it is.
#[wasm_split(restoring, fallible)]
pub fn restoring(open: RwSignal<bool>, done: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <RestoreDialog open done/> }.into_any())
}
