//! The one way out of the page: commands as JSON bytes, replies as bytes, the event `fact`.
//!
//! Knows no command by name; the contract's types carry names and shapes.

use js_sys::{Array, ArrayBuffer, Function, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use hoso_contract::command::{Command, SealKey, decode};
use hoso_contract::seal::seal;
use hoso_contract::{AppError, Code, Fact};
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke, catch)]
    fn invoke(name: &str, body: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback, catch)]
    fn transform_callback(callback: &Function) -> Result<JsValue, JsValue>;
}

/// Runs one command in the engine.
pub async fn call<C: Command>(command: C) -> Result<C::Reply, AppError> {
    let mut body = serde_json::to_vec(&command).map_err(|_| unreadable(C::NAME))?;
    drop(command);
    if C::is_sealed() {
        let open = Zeroizing::new(body);
        let key = post(SealKey::NAME, b"{}").await?;
        body = seal(&key, C::NAME, &open).map_err(|_| unreadable(C::NAME))?;
    }
    decode(post(C::NAME, &body).await?).map_err(|_| unreadable(C::NAME))
}

async fn post(name: &str, body: &[u8]) -> Result<Vec<u8>, AppError> {
    let body: JsValue = Uint8Array::from(body).into();
    let promise = invoke(name, &body).map_err(|e| failure(&e, name))?;
    let reply = JsFuture::from(promise).await;
    reply.map(|r| bytes(&r)).map_err(|e| failure(&e, name))
}

/// Hears every fact until the page ends.
pub async fn listen(hear: impl Fn(Fact) + 'static) {
    let closure = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let payload = Reflect::get(&event, &"payload".into()).unwrap_or(JsValue::NULL);
        if let Some(fact) = json(&payload).and_then(|text| serde_json::from_str(&text).ok()) {
            hear(fact);
        }
    });
    let Ok(handler) = transform_callback(closure.as_ref().unchecked_ref()) else {
        return;
    };
    // the page listens as long as it lives
    closure.forget();
    let target = Object::new();
    let args = Object::new();
    let set = |o: &Object, key: &str, value: &JsValue| {
        let _ = Reflect::set(o, &key.into(), value);
    };
    set(&target, "kind", &"Any".into());
    set(&args, "event", &"fact".into());
    set(&args, "target", &target);
    set(&args, "handler", &handler);
    if let Ok(promise) = invoke("plugin:event|listen", &args) {
        let _ = JsFuture::from(promise).await;
    }
}

/// A reply as bytes, whichever way the web view handed it over.
fn bytes(reply: &JsValue) -> Vec<u8> {
    if let Some(text) = reply.as_string() {
        return text.into_bytes();
    }
    if reply.is_instance_of::<ArrayBuffer>() {
        return Uint8Array::new(reply).to_vec();
    }
    if reply.is_instance_of::<Uint8Array>() || Array::is_array(reply) {
        return Uint8Array::new(reply).to_vec();
    }
    json(reply).unwrap_or_default().into_bytes()
}

fn json(value: &JsValue) -> Option<String> {
    if let Some(text) = value.as_string() {
        return Some(text);
    }
    JSON::stringify(value).ok().and_then(|s| s.as_string())
}

/// The rejected promise as the engine's error; anything else is a defect of the program.
fn failure(error: &JsValue, command: &str) -> AppError {
    json(error)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| unreadable(command))
}

fn unreadable(command: &str) -> AppError {
    AppError::new(Code::Internal).with("command", command)
}
