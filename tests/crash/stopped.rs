//! G7: a mailer that stands still for minutes, is taken for dead, and goes on.

use std::time::Duration;

use mailmethod::message::OnUncertain;
use mailmethod::queue::{NewEntry, State};
use mailmethod::testing::FaultServer;
use tokio::process::{Child, Command};

use super::{GO, World, drain, kill, mailer, postgres_server, says, until};
use crate::support::{conserved, entry, folder};

async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
}

/// Stops a mailer at a point for two minutes; meanwhile another one does its work.
async fn stopped_at(world: &World, point: &str) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let folder = folder();
    let go = folder.path().join("go");
    let new = NewEntry { on_uncertain: OnUncertain::Hold, ..entry(&["a@x.test", "b@x.test"]) };
    let id = store.insert(vec![new]).await.unwrap()[0];
    let mut late = mailer(world, &server.url(), point).env(GO, &go).spawn().unwrap();
    says(&mut late, point).await;
    signal(&late, "STOP").await;
    store.advance(Duration::from_secs(120)).await.unwrap();
    store.recover().await.unwrap();
    drain(store, &server.url()).await;
    let state = async |id| store.detail(id).await.unwrap().summary.state;
    let gated = matches!(point, "gated" | "answered");
    let expected = if gated { State::Uncertain } else { State::Sent };
    assert_eq!(state(id).await, expected, "{point}");

    std::fs::write(&go, "").unwrap();
    signal(&late, "CONT").await;
    // It learns that it was taken for dead, begins anew, and works as any other.
    let next = store.insert(vec![entry(&["next@x.test"])]).await.unwrap()[0];
    until(async || state(next).await == State::Sent).await;
    kill(late).await;
    assert_eq!(state(id).await, expected, "{point}: what comes late changes nothing");
    let copies = server.taken().iter().filter(|one| one.recipients.len() == 2).count();
    assert_eq!(copies, 1, "{point}");
    conserved(store, &server, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g7_a_mailer_that_stood_still_writes_and_sends_nothing_that_it_lost() {
    for point in ["claimed", "offered", "gated", "answered"] {
        let Some(database) = postgres_server::database().await else { return };
        stopped_at(&World::postgres(&database.url()).await, point).await;
    }
}

/// On SQLite the lock tells that a mailer lives, however long it stands still.
#[tokio::test(flavor = "multi_thread")]
async fn g7_a_mailer_of_a_file_that_stands_still_loses_nothing() {
    let world = World::sqlite().await;
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let folder = folder();
    let go = folder.path().join("go");
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let mut late = mailer(&world, &server.url(), "offered").env(GO, &go).spawn().unwrap();
    says(&mut late, "offered").await;
    signal(&late, "STOP").await;
    store.advance(Duration::from_secs(120)).await.unwrap();
    let other = store.lock_mailer().unwrap_err();
    assert!(other.to_string().contains("process"), "{other}");
    std::fs::write(&go, "").unwrap();
    signal(&late, "CONT").await;
    until(async || store.detail(id).await.unwrap().summary.state == State::Sent).await;
    kill(late).await;
    assert_eq!(server.taken().len(), 1);
    conserved(store, &server, 0).await;
}
