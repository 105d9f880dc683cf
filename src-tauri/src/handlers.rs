//! One handler per command, made from the contract's list: bytes in, engine, bytes out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hoso_contract::command::{self, Command, encode};
use hoso_contract::{AppError, Code};
use hoso_engine::{Engine, Handle};
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{AppHandle, Runtime, State};
use zeroize::Zeroizing;

use crate::dialog;
use crate::page::Page;

type Reply = Result<Response, AppError>;

/// Runs `command` off the window's thread; a panic becomes [`Code::Internal`].
async fn call<C>(engine: Arc<Engine>, request: C) -> Reply
where
    C: Command,
    Engine: Handle<C>,
{
    let work = move || {
        catch_unwind(AssertUnwindSafe(|| engine.handle(request))).unwrap_or_else(|_| {
            tracing::error!(command = C::NAME, "a handler panicked");
            Err(AppError::new(Code::Internal))
        })
    };
    let reply = tauri::async_runtime::spawn_blocking(work)
        .await
        .map_err(|_| AppError::new(Code::Internal))??;
    Ok(Response::new(encode(&reply)))
}

/// A request may hold a PIN, so it is read where it lies: the window's framework keeps it, and lets go
/// of it without wiping, which is out of our hands.
fn read<C: Command>(body: &InvokeBody) -> Result<C, AppError> {
    let read = match body {
        InvokeBody::Raw(bytes) => serde_json::from_slice(bytes),
        InvokeBody::Json(value) => serde_json::to_vec(value)
            .map(Zeroizing::new)
            .and_then(|bytes| serde_json::from_slice(&bytes)),
    };
    read.map_err(|error| {
        // the request itself may hold a PIN: only the place of the mistake is logged
        tracing::error!(
            command = C::NAME,
            line = error.line(),
            column = error.column(),
            "a request could not be read"
        );
        AppError::new(Code::Internal)
    })
}

macro_rules! handlers {
    ($(($handler:ident $request:ident))*) => {
        mod each {
            use super::*;
            $(handlers!(@one $handler $request);)*
        }

        /// Every handler of the contract.
        pub fn all<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$(each::$handler),*]
        }
    };
    (@one pick_path $request:ident) => {
        /// The file dialog belongs to the window, not to the engine.
        #[tauri::command]
        pub async fn pick_path<R: Runtime>(app: AppHandle<R>, request: Request<'_>) -> Reply {
            let request: command::$request = read(request.body())?;
            let chosen =
                tauri::async_runtime::spawn_blocking(move || dialog::pick(&app, &request))
                    .await
                    .map_err(|_| AppError::new(Code::Internal))?;
            Ok(Response::new(encode(&chosen)))
        }
    };
    (@one boot $request:ident) => {
        /// The page's first question.
        #[tauri::command]
        pub async fn boot(
            engine: State<'_, Arc<Engine>>,
            page: State<'_, Page>,
            request: Request<'_>,
        ) -> Reply {
            page.is_here();
            call::<command::$request>(Arc::clone(&engine), read(request.body())?).await
        }
    };
    (@one $handler:ident $request:ident) => {
        #[tauri::command]
        pub async fn $handler(engine: State<'_, Arc<Engine>>, request: Request<'_>) -> Reply {
            call::<command::$request>(Arc::clone(&engine), read(request.body())?).await
        }
    };
}

hoso_contract::commands!(handlers);
