//! docs/dossier.schema.json: what it says holds for every form's data file, and it would notice what
//! does not.

use std::path::Path;

use hoso_domain::form::library;
use hoso_testkit::sample;
use serde_json::{Value, json};

fn schema() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dossier.schema.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// What the schema uses of JSON Schema, and no more: an unknown word is an error.
fn check(root: &Value, rule: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    for (word, said) in rule.as_object().unwrap() {
        let fine = match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => {
                let name = said.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, at, wrong);
                true
            }
            "type" => match said.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                other => panic!("type {other}"),
            },
            "const" => value == said,
            "minimum" => value.as_i64() >= said.as_i64(),
            "pattern" => {
                // the one pattern there is: a UUID in small letters
                let text = value.as_str().unwrap_or_default();
                text.parse::<uuid::Uuid>()
                    .is_ok_and(|u| u.to_string() == text)
            }
            "required" => said
                .as_array()
                .unwrap()
                .iter()
                .all(|key| value.get(key.as_str().unwrap()).is_some()),
            "properties" => {
                for (key, rule) in said.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        check(root, rule, inner, &format!("{at}/{key}"), wrong);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = rule["properties"].as_object();
                let more = value.as_object().into_iter().flatten();
                let mut more = more.filter(|(key, _)| known.is_none_or(|k| !k.contains_key(*key)));
                if said.is_object() {
                    for (key, inner) in more {
                        check(root, said, inner, &format!("{at}/{key}"), wrong);
                    }
                    true
                } else {
                    more.next().is_none()
                }
            }
            "items" => {
                for (n, inner) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, said, inner, &format!("{at}/{n}"), wrong);
                }
                true
            }
            other => panic!("the test does not know {other:?}"),
        };
        if !fine {
            wrong.push(format!("{at}: {word} {said}"));
        }
    }
}

fn wrong(value: &Value) -> Vec<String> {
    let (schema, mut wrong) = (schema(), Vec::new());
    check(&schema, &schema, value, "", &mut wrong);
    wrong
}

#[test]
fn the_data_file_of_every_form_is_as_the_schema_says() {
    for form in library() {
        let mut data = sample::data(form);
        data.vouchers = vec![sample::filled(form, 3), sample::empty(form)];
        let value: Value = serde_json::from_slice(&data.to_bytes()).unwrap();
        assert_eq!(wrong(&value), Vec::<String>::new(), "form {}", form.number);
    }
}

#[test]
fn the_schema_notices_what_is_not_so() {
    let form = library()[0];
    let mut data = sample::data(form);
    data.vouchers = vec![sample::filled(form, 1)];
    let good: Value = serde_json::from_slice(&data.to_bytes()).unwrap();
    for (key, value) in [
        ("format", json!(2)),
        ("revision", json!(0)),
        ("dossier", json!("x")),
        ("more", json!(1)),
        (
            "vouchers",
            json!([{"form": {}, "fields": {"a": 1}, "grids": {}}]),
        ),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!wrong(&bad).is_empty(), "{key}");
    }
}
