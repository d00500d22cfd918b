//! What goes wrong is a page of the same style with a way back, whatever was given.

use std::time::Duration;

use mailmethod::manage::Manage;
use sqlx::{Connection as _, Executor as _};

use crate::support::{Answer, Client, Site, encoded};

/// An error as a page: in the frame of all pages, with links that lead on.
#[track_caller]
fn is_a_page(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
    for part in ["<nav aria-label=\"Pages\">", "<section class=\"problem\">", "<h1>", "Overview"] {
        assert!(answer.body.contains(part), "{what} lacks {part}: {}", answer.body);
    }
    assert!(answer.body.contains(&format!("<p class=\"big\">{status}</p>")), "{what}");
    assert!(!answer.body.contains("<script>"), "{what}");
}

const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

#[tokio::test]
async fn every_error_is_a_page_with_a_way_back() {
    let (_site, mut client) = Site::new().await;
    let long = "x".repeat(5_000);
    for (path, status) in [
        ("/nothing".to_owned(), 404),
        ("/queue/daed".to_owned(), 404),
        ("/queue/all?after=x".to_owned(), 400),
        ("/queue/all?sort=size".to_owned(), 400),
        ("/queue/rows".to_owned(), 400),
        ("/queue/rows?id=x".to_owned(), 400),
        (format!("/mail/{NOBODY}/timeline"), 404),
        (format!("/mail/{NOBODY}"), 404),
        (format!("/mail/{NOBODY}.eml"), 404),
        (format!("/mail/{NOBODY}/part/0"), 404),
        (format!("/mail/{NOBODY}/part/x"), 400),
        (format!("/mail/{long}/timeline"), 404),
        ("/mail/%3Cscript%3Ealert(1)%3C%2Fscript%3E/timeline".to_owned(), 404),
        ("/methods/no.such/test".to_owned(), 404),
        (format!("/methods/{long}/test"), 404),
        ("/methods/account.welcome/part/99999999999999999999".to_owned(), 400),
        ("/mail/%ff/timeline".to_owned(), 400),
    ] {
        let answer = client.get(&path).await;
        is_a_page(&answer, status, path.get(..80).unwrap_or(&path));
    }
    for (path, fields, status) in [
        ("/queue/bulk", vec![("action", "eat")], 400),
        ("/queue/bulk", vec![("action", "hold"), ("view", "daed"), ("id", NOBODY)], 404),
        ("/queue/bulk", vec![("action", "hold"), ("id", NOBODY)], 409),
        (
            "/queue/bulk",
            vec![("action", "hold"), ("scope", "all"), ("as_of", "99999999999999999999")],
            400,
        ),
        ("/routes/default/eat", vec![], 404),
        ("/routes/%0a/pause", vec![], 422),
        ("/methods/account.welcome/send-test", vec![("-to", "nobody")], 400),
        ("/methods/account.welcome/samples", vec![("-name", "a b")], 422),
        ("/methods/no.such/send-test", vec![("-to", "a@ok.test")], 404),
        ("/methods/no.such/test", vec![], 404),
        ("/overview", vec![], 405),
        ("/login", vec![("token", "x")], 401),
    ] {
        let answer = client.post(path, &fields).await;
        if path == "/login" {
            answer.is(status);
            continue;
        }
        is_a_page(&answer, status, path);
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = client.request(method, "/queue/all", &[], b"").await;
        assert!(matches!(answer.status, 403 | 405), "{method}: {}", answer.status);
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_or_shown_and_never_hangs() {
    let (site, mut client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    let long = "x".repeat(1_500_000);
    let ids: Vec<(&str, &str)> = vec![("id", NOBODY); 501];
    for (path, fields, status) in [
        (format!("/mail/{id}/redirect"), vec![("to", long.as_str())], 422),
        (format!("/mail/{id}/{}", "x".repeat(3_000)), vec![], 404),
        ("/queue/bulk".to_owned(), vec![("action", long.as_str())], 400),
        (
            "/queue/bulk".to_owned(),
            vec![("action", "hold"), ("q", long.as_str()), ("scope", "all")],
            400,
        ),
        ("/queue/bulk".to_owned(), [vec![("action", "hold")], ids].concat(), 400),
        ("/login".to_owned(), vec![("token", long.as_str())], 401),
        ("/theme".to_owned(), vec![("theme", "dark"), ("back", long.as_str())], 303),
        ("/methods/account.welcome/send-test".to_owned(), vec![("-to", long.as_str())], 400),
        ("/methods/account.welcome/samples".to_owned(), vec![("-name", long.as_str())], 422),
        ("/methods/orders.confirmation/test".to_owned(), vec![("order_no", long.as_str())], 303),
    ] {
        let answer = client.post(&path, &fields).await;
        assert_eq!(
            answer.status,
            status,
            "{}: {}",
            &path[..path.len().min(80)],
            &answer.text()[..200.min(answer.text().len())]
        );
    }
    // Forms without files take 2 MB.
    let huge = "x".repeat(3_000_000);
    for path in [format!("/mail/{id}/redirect"), "/queue/bulk".to_owned()] {
        let answer = client.post(&path, &[("to", &huge), ("action", "hold")]).await;
        is_a_page(&answer, 413, &path);
    }
    assert_eq!(site.state(id).await, "queued");
}

#[tokio::test]
async fn a_mail_that_vanishes_in_between_is_told() {
    let (site, mut client) = Site::new().await;
    let (id, other) =
        (site.queue_later("ada@ok.test").await, site.queue_later("bob@ok.test").await);
    client.get(&format!("/mail/{id}/timeline")).await.is(200);
    site.store().await.act_on(mailmethod::queue::Action::Delete, id, "cron").await.unwrap();
    for action in ["hold", "retry", "release", "cancel", "delete", "resend", "redirect"] {
        let fields = [("confirm", "yes"), ("to", "eve@ok.test")];
        let answer = client.post(&format!("/mail/{id}/{action}"), &fields).await;
        is_a_page(&answer, 404, action);
        answer.has("not in the queue").has("All mails");
    }
    for tab in ["html", "text", "headers", "source", "attachments"] {
        is_a_page(&client.get(&format!("/mail/{id}/{tab}")).await, 404, tab);
    }
    client.get(&format!("/mail/{id}/body")).await.is(404).lacks("<nav");
    client.get(&format!("/queue/rows?id={id}&id={other}")).await.is(200).has(&other.to_string());
    // Of those that were ticked, who is left is held.
    let ids = [id.to_string(), other.to_string()];
    let fields = [("action", "hold"), ("id", &ids[0]), ("id", &ids[1])];
    client.submit("/queue/bulk", &fields).await.has("1 mail held.");
    assert_eq!(site.state(other).await, "held");
}

#[tokio::test]
async fn a_database_that_goes_away_is_told_and_comes_back() {
    let Some(database) = crate::postgres_server::database().await else { return };
    let folder = crate::support::folder();
    let (site, mut client) = Site::with(folder, &database.url(), |page| page).await;
    let id = site.queue_later("ada@ok.test").await;
    client.get("/queue/all").await.is(200).has(&id.to_string());
    let pool = sqlx::PgPool::connect(&database.url()).await.unwrap();
    let rename = |from: &str, to: &str| {
        sqlx::query(sqlx::AssertSqlSafe(format!("ALTER SCHEMA {from} RENAME TO {to}")))
            .execute(&pool)
    };
    rename("mailmethod", "hidden").await.unwrap();
    for path in ["/overview", "/queue/all", "/routes", "/log"] {
        let answer = client.get(path).await;
        is_a_page(&answer, 503, path);
        answer.has("The queue cannot be reached").has("Mail methods");
    }
    is_a_page(&client.get(&format!("/mail/{id}/timeline")).await, 503, "mail");
    is_a_page(&client.post(&format!("/mail/{id}/hold"), &[]).await, 503, "hold");
    client.get("/methods/orders.confirmation/test").await.is(200).has("HTML preview");
    client.get("/health").await.is(200);
    client.get("/readyz").await.is(503);
    client.api("GET", "/queue", "").await.is(503);
    rename("hidden", "mailmethod").await.unwrap();
    client.get("/queue/all").await.is(200).has(&id.to_string());
    assert_eq!(site.state(id).await, "queued");
}

#[tokio::test]
async fn a_database_that_others_lock_is_read_and_told_when_it_is_written() {
    let (site, mut client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    let file = site.folder.path().join("mail.db");
    let mut other = sqlx::SqliteConnection::connect(&file.display().to_string()).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    client.get("/queue/all").await.is(200).has(&id.to_string());
    client.get(&format!("/mail/{id}/timeline")).await.is(200);
    let begun = std::time::Instant::now();
    let answer = client.post(&format!("/mail/{id}/hold"), &[]).await;
    is_a_page(&answer, 503, "hold");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    other.execute("ROLLBACK").await.unwrap();
    client.post(&format!("/mail/{id}/hold"), &[]).await;
    assert_eq!(site.state(id).await, "held");
}

#[tokio::test]
async fn a_database_that_nobody_answers_for_is_told_without_its_password() {
    let folder = crate::support::folder();
    let location =
        format!("postgres://mail:hush-hush@127.0.0.1:{}/mail", crate::support::free_port());
    let (_site, mut client) = Site::with(folder, &location, |page: Manage| page).await;
    let begun = std::time::Instant::now();
    for path in ["/overview", "/queue/all", "/log"] {
        let answer = client.get(path).await;
        is_a_page(&answer, 503, path);
        answer.lacks("hush-hush");
    }
    client.get("/health").await.is(200).lacks("hush-hush").has("cannot be");
    client.get("/methods").await.is(200);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

/// A client for hostile words in every field of the form and of every query.
async fn asked(client: &mut Client, path: &str, names: &[&str], words: &str) {
    for name in names {
        let query = encoded(&[(name, words)]);
        let answer = client.get(&format!("{path}?{query}")).await;
        assert!(answer.status < 500, "{path}?{query}: {}", answer.text());
        answer.lacks("<script>alert").lacks("<img src=x");
    }
}

#[tokio::test]
async fn hostile_words_are_words_in_every_query() {
    let (site, mut client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    for words in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "{{ 7 * 7 }}{% for x in range(9) %}",
        "\r\nSet-Cookie: a=b",
        "\u{202e}\u{0}\u{7f}\u{feff}",
        "'; DROP TABLE entry; --",
        "../../../../etc/passwd",
        "%25%00%0d",
    ] {
        let test = [
            "sample", "locale", "draft", "-part", "-width", "-dark", "-add", "-remove", "-saved",
            "name", "nmae",
        ];
        asked(&mut client, "/methods/account.welcome/test", &test, words).await;
        asked(&mut client, "/methods/account.welcome/body", &["sample", "locale", "name"], words)
            .await;
        asked(&mut client, "/queue/all", &["q", "sort", "after", "done", "limit"], words).await;
        asked(&mut client, "/queue/rows", &["id"], words).await;
        asked(&mut client, "/routes", &["done"], words).await;
        asked(&mut client, &format!("/mail/{id}/timeline"), &["done", "width", "images"], words)
            .await;
        asked(&mut client, "/methods", &["view"], words).await;
        asked(&mut client, "/login", &["once"], words).await;
    }
}
