//! G13: a mail that takes its mailer down, again and again.

use mailmethod::message::OnUncertain;
use mailmethod::queue::{NewEntry, State};
use mailmethod::testing::FaultServer;

use super::{ON_ITS_WAY, World, bury, left, mailer, postgres_server};
use crate::support::{conserved, entry};

async fn aborted(world: &World) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let to = |at: usize| if at == 10 { "abort@x.test" } else { "a@x.test" };
    let mails = (0..40).map(|at| {
        let on_uncertain = OnUncertain::Hold;
        NewEntry { on_uncertain, bulk: at % 2 == 1, ..entry(&[to(at)]) }
    });
    let poison = store.insert(mails.collect()).await.unwrap()[10];
    let mut lives = 0;
    while left(store, ON_ITS_WAY).await > 0 {
        lives += 1;
        assert!(lives <= 8, "it takes mailers down for ever");
        let mut one =
            mailer(world, &server.url_with("", "connections=2"), "abort").spawn().unwrap();
        // Whoever watches over mailers starts them again.
        tokio::select! {
            ended = one.wait() => assert!(!ended.unwrap().success()),
            () = super::until(async || left(store, ON_ITS_WAY).await == 0) => {}
        }
        super::kill(one).await;
        bury(store).await;
    }
    let detail = store.detail(poison).await.unwrap();
    assert_eq!(detail.summary.state, State::Held, "after {lives} mailers");
    assert_eq!(detail.summary.reason.as_deref(), Some("poison"));
    assert_eq!((detail.crashes, detail.summary.attempts), (3, 0));
    // Those that had passed the gate beside it wait for a person; all others were sent, once.
    let doubted = left(store, "state:uncertain").await;
    assert_eq!(left(store, "state:sent").await + doubted, 39);
    assert!(doubted <= 2 * 8 * 2, "{doubted} mails were past the gate at two crashes");
    conserved(store, &server, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_a_mail_that_takes_mailers_down_is_held_and_no_other_on_sqlite() {
    aborted(&World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_a_mail_that_takes_mailers_down_is_held_and_no_other_on_postgres() {
    let Some(database) = postgres_server::database().await else { return };
    aborted(&World::postgres(&database.url()).await).await;
}
