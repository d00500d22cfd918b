//! G20: people who cancel, hold and try again while mailers are at work.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mailmethod::mailer::MailerSettings;
use mailmethod::queue::{Action, EntryId, QueueError, State, Store};

use crate::puppet::{self, Puppet};
use crate::support::{World, entry};
use crate::working::{Working, count, on_both, state, until};

on_both! {
    g20_what_a_person_stops_in_time_never_leaves
    #[ignore = "long: 10,000 actions"]
    g20_ten_thousand_actions_against_mailers_at_work
}

/// What came of a mail, as the person saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Stopped,
    TooLate,
    Again,
}

/// Whether an action was done; if not, it must have been too late.
async fn done(store: &Store, action: Action, id: EntryId) -> bool {
    match store.act_on(action, id, "me").await {
        Ok(()) => true,
        Err(QueueError::NotPossible { state, .. }) => {
            assert!(state.contains("too late") || state == "sent", "{action} {id}: {state}");
            false
        }
        Err(error) => panic!("{action} {id}: {error}"),
    }
}

/// One mail and a person who changes their mind.
async fn handled(store: &Store, at: usize) -> (EntryId, Seen) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let wait = Duration::from_micros(u64::try_from(at * 7_919 % 40_000).unwrap());
    tokio::time::sleep(wait).await;
    let (stop, state_then, again) = match at % 4 {
        0 | 1 => (Action::Cancel, State::Cancelled, Action::Retry),
        _ => (Action::Hold, State::Held, Action::Release),
    };
    if !done(store, stop, id).await {
        return (id, Seen::TooLate);
    }
    if at.is_multiple_of(2) {
        return (id, Seen::Stopped);
    }
    // It may have been on its way: then it stops before the gate, and no later.
    while state(store, id).await != state_then {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    store.act_on(again, id, "me").await.unwrap();
    (id, Seen::Again)
}

async fn race(world: &World, people: usize, mails: usize) {
    let store = &world.store;
    let puppet = Puppet::paced(4, Duration::from_millis(1));
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    let mut handling = tokio::task::JoinSet::new();
    for person in 0..people {
        let store = store.clone();
        handling.spawn(async move {
            let mut seen = Vec::new();
            for at in (person..mails).step_by(people) {
                seen.push(handled(&store, at).await);
            }
            seen
        });
    }
    let seen: Vec<(EntryId, Seen)> = handling.join_all().await.into_iter().flatten().collect();
    until("all is at rest", async || count(store, "state:queued,sending").await == 0).await;
    working.end().await;
    check(store, &puppet, &seen).await;
}

/// What was stopped has not left, all else has left once.
async fn check(store: &Store, puppet: &Arc<Puppet>, seen: &[(EntryId, Seen)]) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    for (message, _) in puppet.taken() {
        *taken.entry(message).or_default() += 1;
    }
    let mut counts = [0_usize; 3];
    for (id, seen) in seen {
        let summary = store.detail(*id).await.unwrap().summary;
        let copies = taken.get(&summary.message_id).copied().unwrap_or_default();
        let expected = match seen {
            Seen::Stopped => matches!(summary.state, State::Cancelled | State::Held),
            Seen::TooLate | Seen::Again => summary.state == State::Sent,
        };
        let copies_then = usize::from(*seen != Seen::Stopped);
        assert!(expected && copies == copies_then, "{id}: {seen:?}, {copies} copies: {summary:?}");
        counts[*seen as usize] += 1;
    }
    let [stopped, late, again] = counts;
    assert!(stopped > 0 && again > 0, "{counts:?}");
    eprintln!("{stopped} were stopped, {again} sent once they were let go, {late} too late");
}

async fn g20_what_a_person_stops_in_time_never_leaves(world: &World) {
    race(world, 6, 150).await;
}

async fn g20_ten_thousand_actions_against_mailers_at_work(world: &World) {
    race(world, 16, 10_000).await;
}
