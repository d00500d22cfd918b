//! G6: several mailers in processes of their own on one PostgreSQL send each mail once.

use std::time::{Duration, Instant};

use mailmethod::queue::NewEntry;
use mailmethod::testing::FaultServer;

use super::{World, kill, left, postgres_server, says, start};
use crate::support::{conserved, entry};

async fn sent_once(mailers: usize, mails: usize) {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let url = server.url_with("", "connections=4");
    let mut running: Vec<_> = (0..mailers).map(|_| start(&world, &url, "nowhere")).collect();
    for one in &mut running {
        says(one, "mailer up").await;
    }
    let begun = Instant::now();
    for group in 0..mails.div_ceil(500) {
        let some = (mails - group * 500).min(500);
        let bulk = group % 2 == 0;
        let mails = (0..some).map(|_| NewEntry { bulk, ..entry(&["a@x.test"]) });
        store.insert(mails.collect()).await.unwrap();
    }
    let all = async {
        while left(store, "state:queued,sending").await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(1_800), all).await.is_ok(),
        "it takes too long"
    );
    let took = begun.elapsed();
    for one in running {
        kill(one).await;
    }
    assert_eq!((server.taken().len(), left(store, "state:sent").await), (mails, mails));
    conserved(store, &server, 0).await;
    let rate = mails as f64 / took.as_secs_f64();
    eprintln!("{mailers} mailers, {mails} mails in {took:.1?} ({rate:.0}/s): 0 lost, 0 twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_three_mailers_send_each_mail_once() {
    sent_once(3, 600).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 8 mailers, 100,000 mails"]
async fn g6_eight_mailers_send_each_of_a_hundred_thousand_mails_once() {
    sent_once(8, 100_000).await;
}
