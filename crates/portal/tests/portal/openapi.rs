//! docs/openapi.json: what the code says, what is served, and no answer beyond it.

use std::collections::BTreeSet;
use std::path::Path;

use hoso_portal_api::Problem;
use hoso_portal_api::officer::{self, DeviceToken};
use hoso_portal_api::problem::CONTENT_TYPE;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::client::read;
use crate::world::World;

/// Every path, method and operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut out = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            out.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    out
}

fn document() -> Value {
    serde_json::from_str(&hoso_portal::openapi()).unwrap()
}

#[test]
fn the_file_in_docs_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    assert!(
        std::fs::read_to_string(file).unwrap_or_default() == hoso_portal::openapi(),
        "write it anew: hoso-portal openapi > docs/openapi.json"
    );
}

#[test]
fn every_reference_leads_to_a_schema_and_every_name_is_given_once() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(to)) = map.get("$ref") {
                    found.insert(to.rsplit('/').next().unwrap().to_owned());
                }
                map.values().for_each(|v| references(v, found));
            }
            Value::Array(all) => all.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }
    let document = document();
    let mut wanted = BTreeSet::new();
    references(&document, &mut wanted);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in &wanted {
        assert!(schemas.contains_key(name), "{name}");
    }
    let operations = operations(&document);
    let ids: BTreeSet<_> = operations
        .iter()
        .map(|(_, _, o)| o["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), operations.len());
}

/// `{id}` and its like filled in.
fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{n}", "1")
        .replace("{k}", "1")
        .replace("{sha256}", &"0".repeat(64))
        .replace("{act}", "check")
        .replace("{unit}", id)
        .replace("{decision}", "decline")
}

const ID: &str = "01900000-0000-7000-8000-000000000000";

async fn ask(world: &World, method: &str, target: &str) -> Response {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let url = format!("{}{target}", world.base);
    world.http().request(method, url).send().await.unwrap()
}

#[tokio::test]
async fn what_is_described_is_served_and_nothing_else_is() {
    let world = World::new().await;
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let item = item.as_object().unwrap();
        for method in ["get", "put", "post", "delete", "patch"] {
            let answer = ask(&world, method, &filled(path, ID)).await;
            let status = answer.status().as_u16();
            assert_eq!(
                item.contains_key(method),
                status != 405,
                "{method} {path}: {status}"
            );
            if !answer.status().is_success() {
                assert_ne!(read::<Problem>(answer).await.detail, "no such path");
            }
        }
    }
    // A route that was added and not described.
    let source = [
        include_str!("../../src/http.rs"),
        include_str!("../../src/http/officer.rs"),
    ];
    let routes: usize = source.iter().map(|s| s.matches(".route(").count()).sum();
    assert_eq!(routes, document["paths"].as_object().unwrap().len());
}

#[tokio::test]
async fn whatever_is_sent_the_answer_is_one_that_is_described() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let given = officer.post(&officer::token(device.id), &()).await;
    let token = read::<DeviceToken>(given).await.token;
    let deep = "[".repeat(5000);
    let odd = format!(r#"{{"unit":"{ID}","revision":99999999999,"key":null,"serving":"yes"}}"#);
    let bodies = ["", "{", "null", "[]", "{}", "\u{0}", &deep, &odd];
    let numbers = ["0", "-1", "99999999999999999999", "x"];
    let http = world.http();
    for (path, method, operation) in operations(&document()) {
        let described = operation["responses"].as_object().unwrap();
        for (n, body) in bodies.iter().enumerate() {
            let id = [ID, "x", "%00", "%ff"][n % 4];
            let number = numbers[n % 4];
            let mut target = filled(&path, id);
            let mut headers = Vec::new();
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                match (parameter["in"].as_str().unwrap(), name) {
                    ("query", "wait") => {}
                    ("query", name) => {
                        let before = if target.contains('?') { '&' } else { '?' };
                        target.push_str(&format!("{before}{name}={number}"));
                    }
                    ("header", "Tus-Resumable") => headers.push((name, "1.0.0")),
                    ("header", name) => headers.push((name, number)),
                    _ => {}
                }
            }
            let bearer = match operation["tags"][0] == "officer" {
                true => &officer.token,
                false => &token,
            };
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let mut request = http
                .request(verb, format!("{}{target}", world.base))
                .bearer_auth(bearer);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            if operation.get("requestBody").is_some() {
                request = request.body((*body).to_owned());
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let what = format!("{method} {target} {body:.20}: {status}");
            assert!(described.contains_key(&status.to_string()), "{what}");
            assert!(status < 500, "{what}");
            if status >= 400 && method != "head" {
                assert_eq!(answer.headers()["content-type"], CONTENT_TYPE, "{what}");
            }
        }
    }
}
