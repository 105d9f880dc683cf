//! One handler per command, made from the contract's list: bytes in, engine, bytes out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hoso_contract::command::{self, Command, encode};
use hoso_contract::{AppError, Code};
use hoso_engine::{Engine, Handle};
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::closing::Closing;
use crate::dialog;
use crate::page::Page;
use crate::seals::Seals;

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

/// A command with a PIN comes sealed; opened it is wiped once it was read.
fn read<C: Command>(seals: &Seals, body: &InvokeBody) -> Result<C, AppError> {
    let bytes = match body {
        InvokeBody::Raw(bytes) if C::is_sealed() => {
            seals.open(C::NAME, bytes).ok_or_else(|| {
                tracing::error!(command = C::NAME, "a sealed request could not be opened");
                AppError::new(Code::Internal)
            })?
        }
        InvokeBody::Raw(bytes) => return parse(bytes),
        InvokeBody::Json(_) if C::is_sealed() => return Err(AppError::new(Code::Internal)),
        InvokeBody::Json(value) => {
            return C::deserialize(value).map_err(|error| unreadable::<C>(&error));
        }
    };
    parse(&bytes)
}

fn parse<C: Command>(bytes: &[u8]) -> Result<C, AppError> {
    serde_json::from_slice(bytes).map_err(|error| unreadable::<C>(&error))
}

/// The request itself may hold a PIN: only the place of the mistake is logged.
fn unreadable<C: Command>(error: &serde_json::Error) -> AppError {
    tracing::error!(
        command = C::NAME,
        line = error.line(),
        column = error.column(),
        "a request could not be read"
    );
    AppError::new(Code::Internal)
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
        pub async fn pick_path<R: Runtime>(
            app: AppHandle<R>,
            seals: State<'_, Seals>,
            request: Request<'_>,
        ) -> Reply {
            let request: command::$request = read(&seals, request.body())?;
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
            seals: State<'_, Seals>,
            request: Request<'_>,
        ) -> Reply {
            page.is_here();
            call::<command::$request>(Arc::clone(&engine), read(&seals, request.body())?).await
        }
    };
    (@one seal_key $request:ident) => {
        /// The page seals to the window's process, not to the engine.
        #[tauri::command]
        pub fn seal_key(seals: State<'_, Seals>) -> Response {
            Response::new(seals.make())
        }
    };
    (@one hold_window $request:ident) => {
        /// Closing belongs to the window, not to the engine.
        #[tauri::command]
        pub fn hold_window(
            closing: State<'_, Closing>,
            seals: State<'_, Seals>,
            request: Request<'_>,
        ) -> Reply {
            let request: command::$request = read(&seals, request.body())?;
            closing.hear(request.unsaved);
            Ok(Response::new(encode(&())))
        }
    };
    (@one close_window $request:ident) => {
        /// Without another question.
        #[tauri::command]
        pub fn close_window<R: Runtime>(window: WebviewWindow<R>) -> Reply {
            window.destroy().map_err(|error| {
                tracing::error!(%error, "the window could not be closed");
                AppError::new(Code::Internal)
            })?;
            Ok(Response::new(encode(&())))
        }
    };
    (@one $handler:ident $request:ident) => {
        #[tauri::command]
        pub async fn $handler(
            engine: State<'_, Arc<Engine>>,
            seals: State<'_, Seals>,
            request: Request<'_>,
        ) -> Reply {
            call::<command::$request>(Arc::clone(&engine), read(&seals, request.body())?).await
        }
    };
}

hoso_contract::commands!(handlers);
