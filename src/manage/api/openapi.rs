//! The OpenAPI document of the API, made from its table.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::schemas;
use super::table::{ENDPOINTS, Endpoint};
use crate::codegen;
use crate::manage::app::App;
use crate::method::MailMethods;

/// `GET /api/v1/openapi.json`.
pub(super) async fn document(State(app): State<App>) -> Json<Value> {
    Json(describe(&app.host().methods()))
}

/// The document, with the arguments of these methods.
pub(super) fn describe(methods: &MailMethods) -> Value {
    let mut paths = Map::new();
    for endpoint in &ENDPOINTS {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.to_owned(), operation(endpoint));
        }
    }
    let mut components = schemas::all();
    for method in methods.iter() {
        let name = format!("Arguments.{}", method.name().replace('/', "."));
        components.insert(name, codegen::schema(method));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mailmethod",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Mail methods by name, and the queue. In paths a method's name has `.` for `/`. \
                The arguments of each method are in `components/schemas`, under `Arguments.NAME`.",
        },
        "servers": [{ "url": "." }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": components,
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), endpoint.id.into());
    operation.insert("summary".to_owned(), endpoint.summary.into());
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = endpoint.body {
        let required = body != "Act";
        operation.insert(
            "requestBody".to_owned(),
            json!({ "required": required, "content": { "application/json": { "schema": named(body) } } }),
        );
    }
    let mut answers = Map::new();
    let (status, shape) = endpoint.answer;
    let content = if shape.contains('/') {
        json!({ shape: { "schema": { "type": "string" } } })
    } else {
        json!({ "application/json": { "schema": named(shape) } })
    };
    answers.insert(status.to_string(), json!({ "description": "done", "content": content }));
    if endpoint.id == "queue" {
        let same = json!({ "application/json": { "schema": named(shape) } });
        let told = "the key has this entry already";
        answers.insert("200".to_owned(), json!({ "description": told, "content": same }));
    }
    for status in endpoint.problems.iter().chain(&[400, 401, 403]) {
        let content = json!({ "application/problem+json": { "schema": named("Problem") } });
        let entry = json!({ "description": meaning(*status), "content": content });
        answers.insert(status.to_string(), entry);
    }
    operation.insert("responses".to_owned(), answers.into());
    Value::Object(operation)
}

fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let names =
        endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let path = names.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let query = endpoint.query.iter().map(|(name, kind, about)| {
        json!({ "name": name, "in": "query", "description": about, "schema": { "type": kind } })
    });
    path.chain(query).collect()
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "the request cannot be read",
        401 => "the token is missing or wrong",
        403 => "this is not allowed",
        404 => "there is no such method, mail, action or route",
        409 => "it is not possible in this state, or a key is taken",
        413 => "the body is too large",
        415 => "the body is no JSON",
        422 => "arguments are wrong: all of them are told",
        502 => "the relay accepted nobody",
        503 => "a service does not answer, or the relay accepts nobody for now",
        _ => "something is wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::manage::api::schemas;
    use crate::manage::api::table::ENDPOINTS;
    use crate::method::MailMethods;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_describes_every_endpoint_and_names_only_what_it_has() {
        let methods = MailMethods::from_embedded([(
            "a/b.yaml",
            "arguments: {name: string}\nheaders: {to: a@x.test, from: b@x.test}\ntext: Hi",
        )]);
        let document = describe(&methods.unwrap());
        let mut ids = BTreeSet::new();
        for endpoint in &ENDPOINTS {
            let operation = &document["paths"][endpoint.path][endpoint.method];
            assert_eq!(operation["operationId"], endpoint.id);
            assert!(ids.insert(endpoint.id), "{} is there twice", endpoint.id);
        }
        let known = schemas::all();
        for part in document.to_string().split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(known.contains_key(name), "there is no schema {name}");
        }
        assert!(document["components"]["schemas"]["Arguments.a.b"].is_object());
    }
}
