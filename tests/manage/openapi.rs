//! The OpenAPI document, held against what the API really answers, by an independent validator.

use std::collections::BTreeSet;

use boon::{Compiler, Draft, Schemas};
use mailmethod::testing::{Rule, Verb};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Site};

/// The document, and the operations that were seen to keep it.
struct Described {
    document: Value,
    seen: BTreeSet<(String, String)>,
}

/// A step of a JSON pointer.
fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Described {
    /// Calls an endpoint, and holds its answer against its description.
    async fn call(&mut self, client: &mut Client, endpoint: &str, body: &Value) -> Answer {
        let (method, path) = endpoint.split_once(' ').unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = client.api(&method.to_uppercase(), path, &body).await;
        let (template, operation) = self.operation(method, path);
        let status = answer.status.to_string();
        let described = &operation["responses"][&status]["content"];
        let (kind, _) = described
            .as_object()
            .and_then(|kinds| kinds.iter().next())
            .unwrap_or_else(|| panic!("{endpoint}: {status} is not described: {}", answer.body));
        assert_eq!(answer.header("content-type"), kind, "{endpoint}");
        if kind.ends_with("json") {
            let place = ["paths", &template, method, "responses", &status, "content", kind];
            let place: Vec<String> = place.iter().map(|name| step(name)).collect();
            self.accepts(&format!("/{}/schema", place.join("/")), &answer, endpoint);
        }
        if answer.status < 300 {
            self.seen.insert((method.to_owned(), template));
        }
        answer
    }

    /// The operation that a path is meant for.
    fn operation(&self, method: &str, path: &str) -> (String, Value) {
        let path = path.split('?').next().unwrap();
        let is = |template: &str| {
            let (own, given) = (template.split('/'), path.split('/'));
            own.clone().count() == given.clone().count()
                && own.zip(given).all(|(own, given)| own == given || own.starts_with('{'))
        };
        let paths = self.document["paths"].as_object().unwrap();
        let fits = paths
            .iter()
            .filter(|(template, operations)| is(template) && operations.get(method).is_some());
        // What is written out goes before what is not.
        let (template, operations) =
            fits.min_by_key(|(name, _)| name.matches('{').count()).unwrap();
        (template.clone(), operations[method].clone())
    }

    fn accepts(&self, place: &str, answer: &Answer, endpoint: &str) {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.add_resource("mem:///openapi", self.document.clone()).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(&format!("mem:///openapi#{place}"), &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{endpoint}: {place}: {error:#}"));
        let answer = answer.json();
        let valid = schemas.validate(&answer, index);
        assert!(valid.is_ok(), "{endpoint}: {:#}\n{answer:#}", valid.unwrap_err());
    }
}

#[tokio::test]
async fn every_endpoint_answers_as_it_is_described() {
    let (site, mut client) = Site::new().await;
    let document = client.api("GET", "/openapi.json", "").await.is(200).json();
    let mut api = Described { document, seen: BTreeSet::new() };
    let client = &mut client;
    let none = Value::Null;
    for endpoint in [
        "get /openapi.json",
        "get /methods",
        "get /methods/orders.confirmation",
        "get /methods/orders.confirmation/schema",
        "get /queue/stats",
        "get /routes",
    ] {
        api.call(client, endpoint, &none).await.is(200);
    }
    let call = json!({ "arguments": { "name": "Ada", "email": "ada@ok.test" }, "locale": "de" });
    let with_file = site.host.methods().get("orders/confirmation").unwrap().example("team-order");
    let with_file = json!({ "arguments": with_file.unwrap() });
    api.call(client, "post /methods/account.welcome/render", &call).await.is(200);
    api.call(client, "post /methods/orders.confirmation/render", &with_file).await.is(200);
    api.call(client, "post /methods/account.welcome/explain", &call).await.is(200);
    api.call(client, "post /methods/account.welcome/send", &call).await.is(200);
    let mut keyed = call.clone();
    keyed["key"] = "k".into();
    let queued = api.call(client, "post /methods/account.welcome/queue", &keyed).await;
    let id = queued.is(201).json()["id"].as_str().unwrap().to_owned();
    api.call(client, "post /methods/account.welcome/queue", &keyed).await.is(200);
    let mut taken = with_file.clone();
    taken["key"] = "taken".into();
    api.call(client, "post /methods/orders.confirmation/queue", &taken).await.is(201);
    taken["arguments"]["order_no"] = "2027-001".into();
    api.call(client, "post /methods/orders.confirmation/queue", &taken).await.is(409);
    site.relay.rule(Rule::on(Verb::Rcpt).times(1).reply("451 4.7.1 later"));
    site.send().await;
    manage(&mut api, client, &id).await;
    refuse(&mut api, client, &id).await;
    let all: BTreeSet<(String, String)> = operations(&api.document);
    let unseen: Vec<_> = all.difference(&api.seen).collect();
    // What never ends is looked at by the tests of events.
    assert_eq!(unseen, [&("get".to_owned(), "/events".to_owned())]);
}

async fn manage(api: &mut Described, client: &mut Client, id: &str) {
    let none = Value::Null;
    api.call(client, "get /queue?limit=1", &none).await.is(200);
    api.call(client, &format!("get /mails/{id}"), &none).await.is(200);
    api.call(client, &format!("get /mails/{id}/why"), &none).await.is(200);
    api.call(client, &format!("get /mails/{id}/raw"), &none).await.is(200);
    let (redirect, to) = (format!("post /mails/{id}/redirect"), json!({ "to": "b@ok.test" }));
    let copy =
        api.call(client, &redirect, &to).await.is(200).json()["id"].as_str().unwrap().to_owned();
    api.call(client, &format!("post /mails/{copy}/hold"), &none).await.is(200);
    api.call(client, "post /queue/release", &json!({ "ids": [copy] })).await.is(200);
    api.call(client, "post /routes/default/pause", &none).await.is(200);
    api.call(client, "get /routes", &none).await.is(200);
    api.call(client, "post /routes/default/resume", &none).await.is(200);
}

async fn refuse(api: &mut Described, client: &mut Client, id: &str) {
    let none = Value::Null;
    let wrong = json!({ "arguments": { "name": "Ada", "email": "nobody" } });
    api.call(client, "post /methods/account.welcome/render", &wrong).await.is(422);
    api.call(client, "post /methods/no.such/send", &wrong).await.is(404);
    api.call(client, "post /methods/account.welcome/queue", &json!({})).await.is(400);
    api.call(client, "get /queue?q=stat:dead", &none).await.is(400);
    api.call(client, &format!("post /mails/{id}/release"), &none).await.is(409);
    api.call(client, "get /mails/01900000-0000-7000-8000-000000000000", &none).await.is(404);
}

/// Every method and path of a document.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, operations)| {
            let names = operations.as_object().unwrap().keys();
            names.map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
        })
        .collect()
}

/// All references below a value.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let (_site, mut client) = Site::new().await;
    let document = client.api("GET", "/openapi.json", "").await.is(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 40, "{found:?}");
    for reference in found {
        let place = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
    assert!(document["components"]["schemas"]["Arguments.orders.confirmation"].is_object());
    let ids: Vec<&Value> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|operations| operations.as_object().unwrap().values())
        .map(|operation| &operation["operationId"])
        .collect();
    let different: BTreeSet<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(different.len(), ids.len(), "{ids:?}");
}
