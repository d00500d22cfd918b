//! The HTTP API: calls by name, the queue, and its own description.

use std::time::Duration;

use mailmethod::testing::{Rule, Verb};
use serde_json::json;

use crate::postgres_server::require;
use crate::queue::heard;
use crate::support::{Client, Site, TOKEN};

fn call() -> serde_json::Value {
    json!({ "arguments": { "name": "Ada", "email": "ada@ok.test" }, "locale": "de" })
}

#[tokio::test]
async fn a_program_needs_the_token() {
    let (site, client) = Site::new().await;
    let ask = |client: Client| async move {
        let mut client = client;
        let kind = ("Content-Type", "application/json");
        client
            .request(
                "POST",
                "/api/v1/methods/account.welcome/queue",
                &[kind],
                call().to_string().as_bytes(),
            )
            .await
    };
    // The session of the page is no token.
    ask(client.clone()).await.is(401).has("the token is missing");
    for wrong in ["Bearer wrong", "Bearer ", "Basic x", TOKEN] {
        let answer = ask(client.clone().plain().with("Authorization", wrong)).await;
        answer.is(401);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    assert!(site.store().await.count(&"".parse().unwrap(), 10).await.unwrap() == 0);
    ask(client.plain().with("Authorization", &format!("bearer {TOKEN}"))).await.is(201);
}

#[tokio::test]
async fn without_a_token_the_api_is_off() {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let (_site, mut client) = Site::with(folder, &location, |page| page.api_token("")).await;
    client.api("GET", "/methods", "").await.is(404).has("The API is off");
}

#[tokio::test]
async fn a_mail_is_rendered_sent_and_queued_by_name() {
    let (site, mut client) = Site::new().await;
    let body = call().to_string();
    let rendered =
        client.api("POST", "/methods/account.welcome/render", &body).await.is(200).json();
    assert_eq!((rendered["v"].as_i64(), rendered["locale"].as_str()), (Some(1), Some("de")));
    assert_eq!(rendered["subject"], "Willkommen, Ada");
    assert_eq!(rendered["envelope"]["to"], json!(["ada@ok.test"]));
    assert!(rendered["raw"].as_str().unwrap().contains("MIME-Version"));
    let explained =
        client.api("POST", "/methods/account.welcome/explain", &body).await.is(200).json();
    let from = &explained["headers"][0];
    assert_eq!((&from["name"], &from["origin"]["kind"]), (&json!("From"), &json!("folder")));
    assert!(from["origin"]["file"].as_str().unwrap().ends_with("_defaults.yaml"), "{from}");
    assert_eq!(explained["recipients"][0]["origin"]["name"], "To");
    assert!(site.relay.taken().is_empty());

    let sent = client.api("POST", "/methods/account.welcome/send", &body).await.is(200).json();
    assert_eq!(
        (&sent["outcome"], &sent["recipients"][0]["outcome"]),
        (&json!("sent"), &json!("accepted"))
    );
    assert_eq!(site.relay.taken().len(), 1);

    let mut more = call();
    more["key"] = "once".into();
    more["at"] = "2030-01-01T12:00:00+01:00".into();
    more["expires_in"] = "4d".into();
    more["priority"] = 1.into();
    let queued = client.api("POST", "/methods/account.welcome/queue", &more.to_string()).await;
    queued.is(201);
    let (id, new) = (queued.json()["id"].clone(), queued.json()["new"].clone());
    assert_eq!(new, true);
    let again = client.api("POST", "/methods/account.welcome/queue", &more.to_string()).await;
    again.is(200);
    assert_eq!((&again.json()["id"], &again.json()["new"]), (&id, &json!(false)));
    more["arguments"]["name"] = "Bob".into();
    more["to"] = json!(["Bob <bob@ok.test>", "c@ok.test"]);
    let shown = client.api("GET", &format!("/mails/{}", id.as_str().unwrap()), "").await.json();
    assert_eq!(
        (&shown["state"], &shown["due"]),
        (&json!("queued"), &json!("2030-01-01T11:00:00Z"))
    );
    assert_eq!(shown["arguments"]["name"], "Ada");
}

#[tokio::test]
async fn problems_name_every_argument_that_is_wrong() {
    let (site, mut client) = Site::new().await;
    let path = "/methods/orders.confirmation/render";
    let body = json!({ "arguments": {
        "customer": { "name": "Ada", "email": "nobody" }, "order_no": "1", "due": "soon",
        "lines": [{ "title": "x", "quantity": 1, "price": "1" }, { "title": "y", "quantity": "many", "price": "1" }],
        "ordr": 1,
    } });
    let problem = client.api("POST", path, &body.to_string()).await;
    problem.is(422);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let problem = problem.json();
    let paths: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["path"].as_str())
        .collect();
    for path in ["customer.email", "due", "lines[1].quantity", "ordr"] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    assert_eq!((&problem["status"], problem["title"].is_string()), (&json!(422), true));
    let none =
        client.api("POST", "/methods/orders.confirmatoin/render", "{\"arguments\":{}}").await;
    assert!(none.is(404).body.contains("did you mean `orders/confirmation`?"), "{}", none.body);
    for (body, status, words) in [
        ("{", 400, "line 1"),
        ("[]", 400, "is a list"),
        ("{\"arguments\": {}, \"lcoale\": \"de\"}", 400, "lcoale"),
        ("{\"arguments\": []}", 400, "invalid type"),
        ("{}", 400, "arguments"),
        ("{\"arguments\": {}, \"key\": \"k\"}", 400, "`key` is for `queue` alone"),
        ("{\"arguments\": {}, \"headers\": {\"x-a\": 1}}", 400, "is no text"),
        ("{\"arguments\": {}, \"locale\": \"??\"}", 422, "is no locale"),
    ] {
        client.api("POST", path, body).await.is(status).has(words);
    }
    for (member, value) in
        [("priority", json!(9)), ("expires_in", json!("soon")), ("at", json!("tomorrow"))]
    {
        let mut body = call();
        body[member] = value;
        client
            .api("POST", "/methods/account.welcome/queue", &body.to_string())
            .await
            .is(400)
            .has(member);
    }
    let kind = ("Content-Type", "text/plain");
    let token = format!("Bearer {TOKEN}");
    let token = ("Authorization", token.as_str());
    let path = format!("/api/v1{path}");
    client.request("POST", &path, &[token, kind], b"{}").await.is(415);
    let json = ("Content-Type", "application/json");
    let large = vec![b' '; 30 * 1_024 * 1_024];
    client.request("POST", &path, &[token, json], &large).await.is(413);
    client.request("POST", &path, &[token, json], b"\xff\xfe").await.is(400);
    client.api("GET", "/methods/orders.confirmation/render", "").await.is(405);
    client.api("GET", "/nothing", "").await.is(404);
    assert!(site.relay.taken().is_empty());
}

#[tokio::test]
async fn a_relay_that_accepts_nobody_is_a_problem_with_its_outcome() {
    let (site, mut client) = Site::new().await;
    site.relay.rule(Rule::on(Verb::Rcpt).times(1).reply("550 5.1.1 no such user"));
    let refused = client.api("POST", "/methods/account.welcome/send", &call().to_string()).await;
    let document = refused.is(502).json();
    assert_eq!(document["sent"]["outcome"], "refused");
    assert_eq!(document["sent"]["recipients"][0]["code"], 550);
    site.relay.rule(Rule::on(Verb::Rcpt).times(1).reply("451 4.7.1 later"));
    let deferred = client.api("POST", "/methods/account.welcome/send", &call().to_string()).await;
    assert_eq!(deferred.is(503).json()["sent"]["outcome"], "deferred");
}

#[tokio::test]
async fn methods_are_described_with_the_schema_of_their_arguments() {
    let (_site, mut client) = Site::new().await;
    let all = client.api("GET", "/methods", "").await.is(200).json();
    let names: Vec<&str> = all["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"orders/confirmation") && names.len() == 8);
    let one = client.api("GET", "/methods/orders.confirmation", "").await.is(200).json();
    assert_eq!(one["schema"]["properties"]["order_no"]["type"], "string");
    let schema = client.api("GET", "/methods/orders.confirmation/schema", "").await.is(200).json();
    assert_eq!(one["schema"], schema);
}

#[tokio::test]
async fn the_queue_is_listed() {
    let (site, mut client) = Site::new().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(site.queue_later(&format!("a{number}@ok.test")).await.to_string());
    }
    let page =
        client.api("GET", "/queue?view=scheduled&limit=3&sort=oldest", "").await.is(200).json();
    assert_eq!(page["mails"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&page["mails"][0]["id"], &page["mails"][0]["view"]),
        (&json!(ids[0]), &json!("scheduled"))
    );
    let next = page["next"].as_str().unwrap();
    let rest = client
        .api("GET", &format!("/queue?view=scheduled&limit=3&sort=oldest&after={next}"), "")
        .await
        .json();
    assert_eq!((rest["mails"].as_array().unwrap().len(), &rest["next"]), (2, &json!(null)));
    assert_eq!(
        client.api("GET", "/queue?q=to:a1@ok.test", "").await.json()["mails"][0]["to"],
        json!(["a1@ok.test"])
    );
    let wrong = client.api("GET", "/queue?q=stat:x", "").await;
    assert_eq!(wrong.is(400).json()["errors"][0]["help"], "did you mean `state`?");
    client.api("GET", "/queue?limit=0", "").await.is(400);
    client.api("GET", "/queue?limit=many", "").await.is(400);
    assert_eq!(client.api("GET", "/queue/stats", "").await.json()["views"]["scheduled"], 5);
}

#[tokio::test]
async fn a_mail_is_managed() {
    let (site, mut client) = Site::new().await;
    let id = &site.queue_later("ada@ok.test").await.to_string();
    let held = client.api("POST", &format!("/mails/{id}/hold"), "").await.is(200).json();
    assert_eq!((&held["action"], &held["id"]), (&json!("hold"), &json!(id)));
    client.api("POST", &format!("/mails/{id}/hold"), "{}").await.is(409).has("Nothing was changed");
    client.api("POST", &format!("/mails/{id}/eat"), "").await.is(404);
    client.api("POST", "/mails/01900000-0000-7000-8000-000000000000/hold", "").await.is(404);
    client.api("POST", &format!("/mails/{id}/redirect"), "{\"to\": \"no\"}").await.is(422);
    client.api("POST", &format!("/mails/{id}/redirect"), "{}").await.is(400);
    let new = client
        .api("POST", &format!("/mails/{id}/redirect"), "{\"to\": [\"z@ok.test\"]}")
        .await
        .is(200)
        .json();
    assert_eq!(new["origin"], json!(id));
    let why = client.api("GET", &format!("/mails/{id}/why"), "").await.is(200).json();
    assert_eq!(why["state"], "cancelled");
    assert!(why["explanation"]["next"].is_string(), "{why}");
    let raw = client.api("GET", &format!("/mails/{id}/raw"), "").await;
    assert_eq!(raw.is(200).header("content-type"), "message/rfc822");
}

#[tokio::test]
async fn many_mails_and_routes_are_managed() {
    let (site, mut client) = Site::new().await;
    for number in 0..4 {
        site.queue_later(&format!("a{number}@ok.test")).await;
    }
    let all = "{\"filter\": \"view:scheduled\", \"dry_run\": true}";
    assert_eq!(client.api("POST", "/queue/hold", all).await.is(200).json()["entries"], 4);
    client
        .api("POST", "/queue/hold", "{\"filter\": \"view:scheduled\", \"expected\": 3}")
        .await
        .is(409);
    client.api("POST", "/queue/hold", "{}").await.is(400).has("all");
    client.api("POST", "/queue/hold", "{\"filter\": \"x\", \"ids\": []}").await.is(400);
    client.api("POST", "/queue/hold", "{\"ids\": [\"x\"]}").await.is(400);
    client.api("POST", "/queue/eat", "{\"all\": true}").await.is(404);
    let done = client
        .api("POST", "/queue/hold", "{\"filter\": \"view:scheduled\", \"expected\": 4}")
        .await
        .is(200)
        .json();
    assert_eq!(done["entries"], 4);
    client.api("POST", "/routes/default/pause", "").await.is(200);
    assert!(client.api("GET", "/routes", "").await.json()["routes"][0]["paused"].is_string());
    client.api("POST", "/routes/default/eat", "").await.is(404);
}

#[tokio::test]
async fn a_program_hears_what_changes_and_what_it_missed() {
    let (site, client) = Site::new().await;
    let token = format!("Bearer {TOKEN}");
    let token = ("Authorization", token.as_str());
    let mut stream = client.stream("/api/v1/events", &[token]).await;
    let text = heard(&mut stream, &["event: hello", "event: counts"]).await;
    assert!(text.contains("content-type: text/event-stream"), "{text}");
    let id = site.queue("ada@ok.test").await.to_string();
    let text = heard(&mut stream, &["event: mails", &id]).await;
    let last = text.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    site.send().await;
    heard(&mut stream, &["\"state\":\"sent\""]).await;
    drop(stream);
    let missed = ("Last-Event-ID", last.as_str());
    let mut again = client.stream("/api/v1/events", &[token, missed]).await;
    heard(&mut again, &["event: hello", &id, "\"state\":\"sent\""]).await;
    let mut nobody = client.stream("/api/v1/events", &[]).await;
    heard(&mut nobody, &["401 Unauthorized"]).await;
}

#[tokio::test]
async fn generated_clients_speak_with_the_real_server() {
    let (site, _client) = Site::new().await;
    let Some(python) = require::program("python", &["python3"], &[]) else { return };
    let code =
        mailmethod::codegen::generate(&site.host.methods(), mailmethod::codegen::Language::Python);
    std::fs::write(site.folder.path().join("mails.py"), code).unwrap();
    let program = format!(
        "from mails import MailMethods, MailMethodError\nimport mails\n\
         client = MailMethods('http://{}', '{TOKEN}')\n\
         mail = mails.AccountWelcome(name='Ada', email='ada@ok.test')\n\
         print(client.render(mail, locale='de')['subject'])\n\
         print(client.send(mail)['outcome'])\n\
         first = client.queue(mail, key='k')\nprint(first['new'], client.queue(mail, key='k')['id'] == first['id'])\n\
         try:\n    client.render(mails.AccountWelcome(name='Ada', email='nobody'))\n\
         except MailMethodError as error:\n    print(error.status, error.errors[0]['path'])\n",
        site.address
    );
    let file = site.folder.path().join("program.py");
    std::fs::write(&file, program).unwrap();
    let run = tokio::process::Command::new(python).arg(&file).env_remove("http_proxy").output();
    let output = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(out, "Willkommen, Ada\nsent\nTrue True\n422 email\n", "{err}");
}
