//! The examples that need a database: they run here, and say what they say.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "support/postgres.rs"]
mod postgres_server;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// An example, as cargo has built it beside the tests; it is built if these were asked for alone.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !program.exists() {
        let built =
            Command::new(env!("CARGO")).args(["build", "--example", name]).status().unwrap();
        assert!(built.success());
    }
    program
}

#[tokio::test]
async fn two_workers_on_postgresql_send_each_mail_once() {
    let Some(database) = postgres_server::database().await else { return };
    let output =
        Command::new(example("worker")).env("DATABASE_URL", database.url()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let (attempts, last): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.starts_with("mailer "));
    let sent: BTreeSet<&str> =
        attempts.iter().filter_map(|line| line.split(": sent ").nth(1)).collect();
    assert_eq!(sent.len(), attempts.len(), "{said}");
    assert_eq!(last, [format!("{0} of {0} mails arrived, each once", sent.len())], "{said}");
    assert!(said.contains("mailer 1: sent") && said.contains("mailer 2: sent"), "{said}");
}

#[tokio::test]
async fn the_sql_for_other_languages_is_sql() {
    let Some(database) = postgres_server::database().await else { return };
    mailmethod::queue::Store::open(&database.url().parse().unwrap()).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    connection.execute("CREATE TABLE orders (number text)").await.unwrap();
    let sql = include_str!("../examples/other_language.sql");
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM mailmethod.call")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(waiting, 1);
}
