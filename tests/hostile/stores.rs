//! Stores that are not as they should be.

use super::*;
use crate::puppet::{self, Puppet};
use mailmethod::queue::QueueError;

on_both! {
    a_schema_of_tomorrow_is_left_alone
    a_store_that_may_only_be_read_says_so_and_goes_on_once_it_may_be_written
    a_mail_whose_row_is_damaged_is_held_and_no_other
}

async fn a_schema_of_tomorrow_is_left_alone(world: &World) {
    let sql = "INSERT INTO @migration (version, applied_at) VALUES (99, 0)";
    world.sql(sql, sql).await;
    let location = world.location.parse().unwrap();
    let errors = [
        Store::open(&location).await.map(drop).unwrap_err(),
        Store::open_existing(&location).await.map(drop).unwrap_err(),
        Store::migrate(&location).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, QueueError::Newer { found: 99, .. }), "{error:?}");
    }
    assert_eq!(world.number("SELECT max(version) FROM @migration").await, 99);
}

/// Takes away the right to write, or gives it back.
async fn read_only(world: &World, is: bool) {
    if !world.is_postgres() {
        let file = world.store.sqlite_file().unwrap();
        world.sql("PRAGMA wal_checkpoint(TRUNCATE)", "").await;
        let mut bytes = std::fs::read(file).unwrap();
        // A version of writing that SQLite does not know makes a file read-only, for root as well.
        bytes[18] = if is { 3 } else { 2 };
        return std::fs::write(file, bytes).unwrap();
    }
    let database = world.location.rsplit('/').next().unwrap();
    let value = if is { "on" } else { "off" };
    let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = {value}");
    // Whoever wants to change that back must be allowed to write.
    world.sql("", &format!("SET TRANSACTION READ WRITE; {sql}")).await;
}

async fn a_store_that_may_only_be_read_says_so_and_goes_on_once_it_may_be_written(world: &World) {
    let id = world.store.insert(vec![entry(&["ok@x.test"])]).await.unwrap()[0];
    read_only(world, true).await;
    let location = world.location.parse().unwrap();
    {
        let store = Store::open(&location).await.unwrap();
        let error = store.insert(vec![entry(&["ok@x.test"])]).await.unwrap_err();
        assert!(matches!(error, QueueError::ReadOnly(_)), "{error:?}");
        assert_eq!(state(&store, id).await, State::Queued);
        let puppet = Puppet::new(1);
        let mailer = drained(&store, puppet::adapter(&puppet));
        let error = mailer.drain(std::future::pending()).await.unwrap_err();
        assert!(matches!(error, QueueError::ReadOnly(_)), "{error:?}");
        assert_eq!(puppet.offers(), 0);
    }
    read_only(world, false).await;
    let store = Store::open(&location).await.unwrap();
    let puppet = Puppet::new(1);
    drained(&store, puppet::adapter(&puppet)).drain(std::future::pending()).await.unwrap();
    assert_eq!(state(&store, id).await, State::Sent);
}

async fn a_mail_whose_row_is_damaged_is_held_and_no_other(world: &World) {
    let store = &world.store;
    let damaged = ["sender@x.test", "address@x.test", "nobody@x.test"];
    let mut mails: Vec<NewEntry> = damaged.iter().map(|to| entry(&[to])).collect();
    mails[1] = entry(&["address@x.test", "beside@x.test"]);
    mails.push(entry(&["ok@x.test"]));
    let ids = store.insert(mails).await.unwrap();
    let of = |to: &str| format!("(SELECT entry FROM @recipient WHERE address LIKE '{to}')");
    let sql = format!(
        "UPDATE @mail SET sender = 'no sender' WHERE id = {}; \
         DELETE FROM @recipient WHERE address LIKE 'nobody_x.test'; \
         UPDATE @recipient SET address = 'no address' WHERE address LIKE 'address_x.test'",
        of("sender_x.test")
    );
    world.sql(&sql, &sql).await;
    let puppet = Puppet::new(2);
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    until("the sound one leaves", async || state(store, ids[3]).await == State::Sent).await;
    let at_rest = async || count(store, "state:queued,sending").await == 0;
    until("all are seen", at_rest).await;
    for (id, what) in ids.iter().zip(damaged) {
        assert_eq!(state(store, *id).await, State::Held, "{what}");
    }
    working.end().await;
    assert_eq!(puppet.taken().len(), 1);
    for id in &ids[..3] {
        let reason = store.detail(*id).await.unwrap().summary.reason.unwrap();
        assert!(reason.contains("damaged"), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_for_on_postgres_is_durable_whatever_is_usual_there() {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    let name = world.location.rsplit('/').next().unwrap();
    let script = format!(
        "ALTER DATABASE {name} SET synchronous_commit = off; CREATE TABLE durable (how text); \
         CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           INSERT INTO durable VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$; \
         CREATE TRIGGER noting AFTER INSERT OR UPDATE ON @entry FOR EACH ROW EXECUTE FUNCTION noted()"
    );
    world.sql("", &script).await;
    let store = Store::open(&world.location.parse().unwrap()).await.unwrap();
    store.insert(vec![entry(&["ok@x.test"])]).await.unwrap();
    let puppet = Puppet::new(1);
    drained(&store, puppet::adapter(&puppet)).drain(std::future::pending()).await.unwrap();
    store.prepare(&[entry(&["ok@x.test"])]).await.unwrap().commit().await.unwrap();
    // The entry, its claim, its gate, its outcome; and one more.
    assert_eq!(world.number("SELECT count(*) FROM durable WHERE how = 'on'").await, 5);
    assert_eq!(world.number("SELECT count(*) FROM durable WHERE how <> 'on'").await, 0);
}
