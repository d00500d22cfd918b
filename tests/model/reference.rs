//! The reference: what each operation does, said once more and simply, beside the real stores.
//!
//! Random operations of three mailers, a person and time run on a store and on the reference. After
//! each, all that can be seen of each entry is compared, and which writes found their lease.

use std::time::Duration;

use mailmethod::message::OnUncertain;
use mailmethod::queue::{
    Action, Delivery, Due, EntryId, Filter, NewEntry, Next, Order, Said, Settlement, State, Store,
    Ticket,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use uuid::Uuid;

use crate::support::{World, entry};

/// A moment: seconds of the moved clock, and the number of the operation, which stands for the real
/// time that goes by meanwhile. Times that matter are multiples of ten seconds.
type Moment = (i64, usize);

const DAY: i64 = 86_400;

fn after(moment: Moment, seconds: i64) -> Moment {
    (moment.0 + seconds, moment.1)
}

/// What is done.
#[derive(Clone, Debug)]
enum Op {
    Insert { recipients: usize, priority: u8, delay: i64, lifetime: i64, policy: OnUncertain },
    Claim { mailer: usize, limit: usize },
    ClaimSuspect { mailer: usize },
    Round { mailer: usize, settle: Option<(usize, Outcome)>, gate: Option<usize> },
    Pass { seconds: i64 },
    Beat { mailer: usize },
    Register { mailer: usize },
    Recover,
    Relinquish { mailer: usize, broke: bool },
    Accompany { mailer: usize },
    Doubts,
    Expire,
    Act { action: Action, entry: usize },
}

/// What an attempt comes to.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Accepted,
    Refused,
    /// The first of those who are open is accepted, the others refused.
    Mixed,
    /// The first is accepted, the others come again.
    Deferred {
        seconds: i64,
    },
    Unknown,
    Held,
    Released,
    Deleted,
}

fn operations() -> impl Strategy<Value = Vec<Op>> {
    let mailer = 0..3_usize;
    let seconds = prop::sample::select(vec![10, 20, 40, 60, 900, 3_600]);
    let outcome = prop_oneof![
        3 => Just(Outcome::Accepted),
        1 => Just(Outcome::Refused),
        1 => Just(Outcome::Mixed),
        2 => prop::sample::select(vec![60, 600]).prop_map(|seconds| Outcome::Deferred { seconds }),
        2 => Just(Outcome::Unknown),
        1 => Just(Outcome::Held),
        2 => Just(Outcome::Released),
        1 => Just(Outcome::Deleted),
    ];
    let policies =
        [OnUncertain::Retry, OnUncertain::Retry, OnUncertain::Hold, OnUncertain::AssumeSent];
    let insert = (1..=2_usize, 1..=5_u8, prop::sample::select(vec![0, 0, 600]), any::<bool>());
    let insert = (insert, prop::sample::select(policies.to_vec())).prop_map(
        |((recipients, priority, delay, short), policy)| Op::Insert {
            recipients,
            priority,
            delay,
            lifetime: if short { 3_600 } else { 4 * DAY },
            policy,
        },
    );
    let round = prop_oneof![
        4 => (0..64_usize).prop_map(|gate| (None, Some(gate))),
        4 => (0..64_usize, outcome.clone()).prop_map(|settle| (Some(settle), None)),
        1 => ((0..64_usize, outcome), 0..64_usize).prop_map(|(one, gate)| (Some(one), Some(gate))),
    ];
    let first = prop::collection::vec(insert.clone(), 2..5);
    let op = prop_oneof![
        4 => insert,
        8 => (mailer.clone(), 1..4_usize).prop_map(|(mailer, limit)| Op::Claim { mailer, limit }),
        2 => mailer.clone().prop_map(|mailer| Op::ClaimSuspect { mailer }),
        20 => (mailer.clone(), round)
            .prop_map(|(mailer, (settle, gate))| Op::Round { mailer, settle, gate }),
        4 => seconds.prop_map(|seconds| Op::Pass { seconds }),
        4 => mailer.clone().prop_map(|mailer| Op::Beat { mailer }),
        1 => mailer.clone().prop_map(|mailer| Op::Register { mailer }),
        3 => Just(Op::Recover),
        1 => (mailer.clone(), any::<bool>())
            .prop_map(|(mailer, broke)| Op::Relinquish { mailer, broke }),
        1 => mailer.prop_map(|mailer| Op::Accompany { mailer }),
        3 => Just(Op::Doubts),
        2 => Just(Op::Expire),
        8 => (prop::sample::select(Action::ALL.to_vec()), 0..64_usize)
            .prop_map(|(action, entry)| Op::Act { action, entry }),
    ];
    (first, prop::collection::vec(op, 1..60)).prop_map(|(first, then)| [first, then].concat())
}

/// An entry as it must be.
#[derive(Clone, Debug)]
struct Entry {
    id: EntryId,
    priority: i64,
    due: Moment,
    expires: Moment,
    policy: OnUncertain,
    state: State,
    attempts: u64,
    crashes: u64,
    doubts: u64,
    lease: i64,
    holder: Option<Uuid>,
    alone: bool,
    gated: Option<Moment>,
    wanted: Option<&'static str>,
    poison: bool,
    recipients: Vec<Delivery>,
}

#[derive(Clone, Copy, Debug)]
struct Mailer {
    id: Uuid,
    seen: Moment,
    known: bool,
}

struct Reference {
    postgres: bool,
    route: String,
    now: Moment,
    entries: Vec<Entry>,
    mailers: Vec<Mailer>,
    tickets: Vec<Ticket>,
}

const ADDRESSES: [&str; 2] = ["a@x.test", "b@x.test"];

impl Entry {
    fn ticket(&self) -> Ticket {
        Ticket { id: self.id, lease: self.lease }
    }

    fn leave(&mut self, state: State) {
        (self.state, self.holder, self.wanted) = (state, None, None);
        if state != State::Uncertain {
            self.gated = None;
        }
    }

    fn turn(&mut self, from: &[Delivery], to: Delivery) {
        for one in self.recipients.iter_mut().filter(|one| from.contains(one)) {
            *one = to;
        }
    }

    /// Counts as sent what nobody knows.
    fn assume(&mut self) {
        self.turn(&[Delivery::Unknown], Delivery::Accepted);
        let has = |wanted| self.recipients.contains(&wanted);
        let state = if has(Delivery::Pending) || has(Delivery::Deferred) {
            State::Queued
        } else {
            match (has(Delivery::Accepted), has(Delivery::Refused)) {
                (_, false) => State::Sent,
                (false, true) => State::Dead,
                (true, true) => State::Partial,
            }
        };
        self.leave(state);
    }

    /// Takes it out of hands.
    fn let_go(&mut self, crash: bool) {
        if self.gated.is_some() {
            self.turn(&[Delivery::Pending, Delivery::Deferred], Delivery::Unknown);
            self.attempts += 1;
            self.alone = false;
            return self.leave(State::Uncertain);
        }
        self.poison |= self.wanted.is_none() && self.alone && crash;
        let state = match self.wanted {
            Some("cancel") => State::Cancelled,
            Some(_) => State::Held,
            None if self.alone && crash => State::Held,
            None => State::Queued,
        };
        self.crashes += u64::from(crash);
        self.alone = false;
        self.leave(state);
    }
}

impl Reference {
    fn known(&self, id: Uuid) -> Option<&Mailer> {
        self.mailers.iter().find(|one| one.id == id && one.known)
    }

    fn claim(&mut self, mailer: usize, limit: usize, suspect: bool) -> Vec<Ticket> {
        let id = self.mailers[mailer].id;
        if self.postgres && !suspect && self.known(id).is_none() {
            return Vec::new();
        }
        let now = self.now;
        let starves = |one: &Entry| i64::from(!suspect && after(one.due, 900) <= now);
        let mut due: Vec<usize> = (0..self.entries.len())
            .filter(|at| {
                let one = &self.entries[*at];
                let waits = one.state == State::Queued && one.due <= now;
                waits && one.expires > now && (one.crashes >= 2) == suspect
            })
            .collect();
        due.sort_by_key(|at| {
            let one = &self.entries[*at];
            let urgency = if suspect { 0 } else { one.priority - starves(one) };
            (urgency, one.due, one.id)
        });
        due.truncate(if suspect { 1 } else { limit });
        let taken = due.into_iter().map(|at| {
            let one = &mut self.entries[at];
            one.state = State::Sending;
            one.lease += 1;
            (one.holder, one.alone, one.gated, one.wanted) = (Some(id), suspect, None, None);
            one.ticket()
        });
        let taken: Vec<Ticket> = taken.collect();
        self.tickets.extend(&taken);
        taken
    }

    /// The leases that hold.
    fn held(&self) -> Vec<Ticket> {
        let held = self.entries.iter().filter(|one| one.state == State::Sending);
        held.map(Entry::ticket).collect()
    }

    fn holds(&mut self, mailer: Uuid, ticket: Ticket) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|one| {
            one.ticket() == ticket && one.state == State::Sending && one.holder == Some(mailer)
        })
    }

    fn gate(&mut self, mailer: Uuid, ticket: Ticket) -> bool {
        let now = self.now;
        let lives = self.known(mailer).is_some_and(|one| after(one.seen, 20) > now);
        let may = lives || !self.postgres;
        let Some(one) = self.holds(mailer, ticket) else { return false };
        let passes = may && one.wanted.is_none() && one.expires > now;
        if passes {
            one.gated = Some(now);
        }
        passes
    }

    /// Writes an outcome; gives whether the lease held.
    fn settle(&mut self, mailer: Uuid, settlement: &Settlement) -> bool {
        let now = self.now;
        let Some(one) = self.holds(mailer, settlement.ticket) else { return false };
        for (address, known, _) in &settlement.recipients {
            let at = ADDRESSES.iter().position(|one| *one == address.as_str()).unwrap();
            one.recipients[at] = *known;
        }
        if settlement.counted {
            one.attempts += 1;
            one.crashes = 0;
        }
        if let Next::Again(Some(wait)) = settlement.next {
            one.due = after(now, wait / 1_000_000);
        }
        let cancelled = one.wanted == Some("cancel");
        match &settlement.next {
            Next::Again(_) | Next::Held(_) if cancelled => one.leave(State::Cancelled),
            Next::Again(_) if one.wanted.is_some() => one.leave(State::Held),
            Next::Again(_) if one.expires <= now => one.leave(State::Expired),
            Next::Again(_) => one.leave(State::Queued),
            Next::Held(_) => {
                one.poison = false;
                one.leave(State::Held);
            }
            Next::Done(state) => one.leave(*state),
            Next::Doubt => {
                one.gated = one.gated.or(Some(now));
                one.leave(State::Uncertain);
            }
            Next::Delete => {
                let id = one.id;
                self.entries.retain(|one| one.id != id);
            }
        }
        true
    }

    /// A mailer that has just begun; on SQLite nobody else is known from then on.
    fn begun(&mut self, id: Uuid) -> Mailer {
        if !self.postgres {
            for one in &mut self.mailers {
                one.known = false;
            }
        }
        Mailer { id, seen: self.now, known: true }
    }

    fn register(&mut self, mailer: usize, id: Uuid) {
        let new = self.begun(id);
        // Whoever had its place before lives on for a while.
        let before = std::mem::replace(&mut self.mailers[mailer], new);
        self.mailers.push(before);
    }

    fn recover(&mut self) {
        let (now, postgres) = (self.now, self.postgres);
        if postgres {
            for one in &mut self.mailers {
                one.known &= after(one.seen, 30) >= now;
            }
        }
        let known: Vec<Uuid> =
            self.mailers.iter().filter(|one| one.known).map(|one| one.id).collect();
        for one in self.entries.iter_mut().filter(|one| one.state == State::Sending) {
            if !postgres || one.holder.is_none_or(|holder| !known.contains(&holder)) {
                one.let_go(true);
            }
        }
    }

    fn doubts(&mut self) {
        let now = self.now;
        for one in self.entries.iter_mut().filter(|one| one.state == State::Uncertain) {
            let old = one.gated.is_some_and(|gated| after(gated, 900) <= now);
            match one.policy {
                OnUncertain::Retry if one.doubts < 1 && old => {
                    one.turn(&[Delivery::Unknown], Delivery::Pending);
                    one.doubts += 1;
                    one.due = now;
                    one.leave(State::Queued);
                }
                OnUncertain::AssumeSent => one.assume(),
                OnUncertain::Retry | OnUncertain::Hold => {}
            }
        }
    }

    fn expire(&mut self) {
        let now = self.now;
        let waits = |one: &Entry| matches!(one.state, State::Queued | State::Held);
        for one in self.entries.iter_mut().filter(|one| waits(one) && one.expires <= now) {
            one.leave(State::Expired);
        }
    }

    /// Does what a person wants; gives whether it was possible.
    fn act(&mut self, action: Action, at: usize) -> bool {
        let now = self.now;
        let one = &mut self.entries[at];
        let ungated = one.state == State::Sending && one.gated.is_none();
        match (action, one.state) {
            (Action::Retry, State::Queued) if one.due <= now && one.attempts == 0 => return false,
            (Action::Retry, State::Sending | State::Held | State::Sent)
            | (Action::Delete, State::Sending) => return false,
            (Action::Retry, state) => {
                use Delivery::{Deferred, Pending, Refused, Unknown};
                one.turn(&[Unknown, Refused, Deferred], Pending);
                if !matches!(state, State::Queued | State::Uncertain) {
                    one.attempts = 0;
                }
                one.doubts += u64::from(state == State::Uncertain);
                if state != State::Queued {
                    one.expires = one.expires.max(after(now, DAY));
                }
                (one.due, one.crashes, one.poison) = (now, 0, false);
                one.leave(State::Queued);
            }
            (Action::Hold, State::Queued) => {
                one.poison = false;
                one.leave(State::Held);
            }
            (Action::Hold, State::Sending) if ungated => one.wanted = Some("hold"),
            (Action::Release, State::Held) => {
                one.crashes = if one.poison { 2 } else { 0 };
                one.poison = false;
                one.expires = one.expires.max(after(now, DAY));
                one.leave(State::Queued);
            }
            (Action::Cancel, State::Queued | State::Held | State::Uncertain) => {
                // That nobody knows stays on record.
                let gated = one.gated;
                one.leave(State::Cancelled);
                one.gated = gated;
            }
            (Action::Cancel, State::Sending) if ungated => one.wanted = Some("cancel"),
            (Action::Delete, _) => drop(self.entries.remove(at)),
            (Action::MarkSent, State::Uncertain) => one.assume(),
            _ => return false,
        }
        true
    }

    /// The settlement of an outcome, as a judge would write it.
    fn settlement(&self, ticket: Ticket, outcome: Outcome) -> Settlement {
        let release = Settlement::release(ticket);
        let Some(one) = self.entries.iter().find(|one| one.id == ticket.id) else { return release };
        let open: Vec<usize> = (0..one.recipients.len())
            .filter(|at| !matches!(one.recipients[*at], Delivery::Accepted | Delivery::Refused))
            .collect();
        let known = |each: &dyn Fn(usize) -> Delivery| {
            let all = open.iter().enumerate();
            let all = all.map(|(at, place)| (ADDRESSES[*place].parse().unwrap(), each(at), said()));
            all.collect::<Vec<_>>()
        };
        let first = |first, rest| move |at| if at == 0 { first } else { rest };
        let (recipients, next) = match outcome {
            Outcome::Accepted => (known(&|_| Delivery::Accepted), None),
            Outcome::Refused => (known(&|_| Delivery::Refused), None),
            Outcome::Mixed => (known(&first(Delivery::Accepted, Delivery::Refused)), None),
            Outcome::Deferred { seconds } => {
                let wait = Next::Again(Some(seconds * 1_000_000));
                (known(&first(Delivery::Deferred, Delivery::Accepted)), Some(wait))
            }
            Outcome::Unknown => (known(&|_| Delivery::Unknown), Some(Next::Doubt)),
            Outcome::Held => (Vec::new(), Some(Next::Held("as told".to_owned()))),
            Outcome::Released => (Vec::new(), Some(Next::Again(None))),
            Outcome::Deleted => (Vec::new(), Some(Next::Delete)),
        };
        let mut all = one.recipients.clone();
        for (place, (_, known, _)) in open.iter().zip(&recipients) {
            all[*place] = *known;
        }
        let has = |wanted| all.contains(&wanted);
        let done = Next::Done(match (has(Delivery::Accepted), has(Delivery::Refused)) {
            (_, false) => State::Sent,
            (false, true) => State::Dead,
            (true, true) => State::Partial,
        });
        let counted = !recipients.is_empty();
        Settlement { recipients, next: next.unwrap_or(done), counted, ..release }
    }
}

fn said() -> Said {
    Said { phase: "dot", code: Some(250), enhanced: None, text: "as told".to_owned() }
}

/// A store and the reference beside it.
struct Pair<'s> {
    store: &'s Store,
    reference: Reference,
}

impl<'s> Pair<'s> {
    async fn new(store: &'s Store, case: usize) -> Self {
        let reference = Reference {
            postgres: store.sqlite_file().is_none(),
            route: format!("case{case}"),
            now: (0, 0),
            entries: Vec::new(),
            mailers: Vec::new(),
            tickets: Vec::new(),
        };
        let mut pair = Self { store, reference };
        for _ in 0..3 {
            let id = store.register("test", 1).await.unwrap();
            let mailer = pair.reference.begun(id);
            pair.reference.mailers.push(mailer);
        }
        pair
    }

    async fn step(&mut self, op: Op) -> Result<(), TestCaseError> {
        let (store, reference) = (self.store, &mut self.reference);
        reference.now.1 += 1;
        let now = reference.now;
        match op {
            Op::Insert { recipients, priority, delay, lifetime, policy } => {
                let new = NewEntry {
                    route: reference.route.clone(),
                    priority,
                    due: Due::In(delay * 1_000_000),
                    expires_in: lifetime * 1_000_000,
                    on_uncertain: policy,
                    ..entry(&ADDRESSES[..recipients])
                };
                let due = after(now, delay);
                reference.entries.push(Entry {
                    id: new.id,
                    priority: i64::from(priority),
                    due,
                    expires: after(due, lifetime),
                    policy,
                    state: State::Queued,
                    attempts: 0,
                    crashes: 0,
                    doubts: 0,
                    lease: 0,
                    holder: None,
                    alone: false,
                    gated: None,
                    wanted: None,
                    poison: false,
                    recipients: vec![Delivery::Pending; recipients],
                });
                store.insert(vec![new]).await.unwrap();
            }
            Op::Claim { mailer, limit } => {
                let id = reference.mailers[mailer].id;
                let claimed = store.claim(id, &reference.route, limit).await.unwrap();
                let claimed: Vec<Ticket> = claimed.iter().map(|claim| claim.ticket()).collect();
                prop_assert_eq!(claimed, reference.claim(mailer, limit, false));
            }
            Op::ClaimSuspect { mailer } => {
                let id = reference.mailers[mailer].id;
                let claimed = store.claim_suspect(id, &reference.route).await.unwrap();
                let claimed: Vec<Ticket> = claimed.iter().map(|claim| claim.ticket()).collect();
                prop_assert_eq!(claimed, reference.claim(mailer, 1, true));
            }
            Op::Round { mailer, settle, gate } => self.round(mailer, settle, gate).await?,
            Op::Pass { seconds } => {
                store.advance(Duration::from_secs(seconds.unsigned_abs())).await.unwrap();
                reference.now.0 += seconds;
            }
            Op::Beat { mailer } => {
                let one = &mut reference.mailers[mailer];
                let told = store.beat(one.id, None).await.unwrap();
                prop_assert_eq!(told, one.known);
                if told {
                    one.seen = now;
                }
            }
            Op::Register { mailer } => {
                let id = store.register("test", 1).await.unwrap();
                reference.register(mailer, id);
            }
            Op::Recover => {
                store.recover().await.unwrap();
                reference.recover();
            }
            Op::Relinquish { mailer, broke } => {
                let id = reference.mailers[mailer].id;
                store.relinquish(id, Some(&reference.route), broke).await.unwrap();
                let mine = |one: &&mut Entry| one.holder == Some(id);
                reference.entries.iter_mut().filter(mine).for_each(|one| one.let_go(broke));
            }
            Op::Accompany { mailer } => {
                let id = reference.mailers[mailer].id;
                store.accompany(id).await.unwrap();
                let mine = |one: &&mut Entry| one.holder == Some(id);
                reference.entries.iter_mut().filter(mine).for_each(|one| one.alone = false);
            }
            Op::Doubts => {
                while store.resolve_doubts().await.unwrap() > 0 {}
                reference.doubts();
            }
            Op::Expire => {
                while !store.expire().await.unwrap().is_empty() {}
                reference.expire();
            }
            Op::Act { action, entry } => {
                if !reference.entries.is_empty() {
                    let at = entry % reference.entries.len();
                    let id = reference.entries[at].id;
                    let acted = store.act_on(action, id, "tester").await;
                    prop_assert_eq!(acted.is_ok(), reference.act(action, at), "{:?}", acted);
                }
            }
        }
        Ok(())
    }

    async fn round(
        &mut self,
        mailer: usize,
        settle: Option<(usize, Outcome)>,
        gate: Option<usize>,
    ) -> Result<(), TestCaseError> {
        let reference = &mut self.reference;
        if reference.tickets.is_empty() {
            return Ok(());
        }
        let held: Vec<Ticket> = reference.held();
        // Mostly leases that hold; the others are late.
        let ticket = |at: usize| match at % 4 {
            1.. if !held.is_empty() => held[at % held.len()],
            _ => reference.tickets[at % reference.tickets.len()],
        };
        // Mostly it is the right mailer that writes.
        let holder = gate.or(settle.map(|(at, _)| at)).filter(|at| at % 5 > 0).map(ticket);
        let holder = holder.and_then(|ticket| {
            reference.entries.iter().find(|one| one.ticket() == ticket).and_then(|one| one.holder)
        });
        let id = holder.unwrap_or(reference.mailers[mailer].id);
        let settle: Vec<Settlement> = settle
            .map(|(at, outcome)| reference.settlement(ticket(at), outcome))
            .into_iter()
            .collect();
        let gate: Vec<Ticket> = gate.map(ticket).into_iter().collect();
        let passed = self.store.round(id, settle.clone(), gate.clone()).await.unwrap();
        let settled: Vec<EntryId> = settle
            .iter()
            .filter(|one| reference.settle(id, one))
            .map(|one| one.ticket.id)
            .collect();
        let gated: Vec<EntryId> =
            gate.into_iter().filter(|one| reference.gate(id, *one)).map(|one| one.id).collect();
        prop_assert_eq!(passed.settled.into_iter().collect::<Vec<_>>(), settled);
        prop_assert_eq!(passed.gated.into_iter().collect::<Vec<_>>(), gated);
        Ok(())
    }

    /// Compares all that can be seen.
    async fn compare(&self, closely: bool) -> Result<(), TestCaseError> {
        let filter: Filter = format!("route:{}", self.reference.route).parse().unwrap();
        let listed = self.store.list(&filter, Order::Oldest, None, 1_000).await.unwrap();
        let ids = |list: &[EntryId]| list.to_vec();
        let there: Vec<EntryId> = listed.iter().map(|one| one.id).collect();
        let wanted: Vec<EntryId> = self.reference.entries.iter().map(|one| one.id).collect();
        prop_assert_eq!(ids(&there), ids(&wanted));
        let now = self.store.time().await.unwrap();
        for (real, wanted) in listed.iter().zip(&self.reference.entries) {
            let outcomes: Vec<Delivery> = real.recipients.iter().map(|one| one.outcome).collect();
            prop_assert_eq!(
                (real.state, real.attempts, &outcomes),
                (wanted.state, wanted.attempts, &wanted.recipients),
                "{:?}",
                wanted
            );
            prop_assert_eq!(real.done_at.is_some(), wanted.state.is_final());
            if let Some(due) = real.due_at {
                let wait = due.duration_since(now).as_secs();
                let expected = wanted.due.0 - self.reference.now.0;
                prop_assert!((expected - 10..=expected + 10).contains(&wait), "{wait} {expected}");
            }
            if closely {
                let detail = self.store.detail(real.id).await.unwrap();
                prop_assert_eq!(
                    (detail.crashes, detail.doubts, detail.wanted.as_deref()),
                    (wanted.crashes, wanted.doubts, wanted.wanted),
                    "{:?}",
                    wanted
                );
                prop_assert_eq!(detail.gated_at.is_some(), wanted.gated.is_some(), "{:?}", wanted);
                let poison = detail.summary.reason.as_deref() == Some("poison");
                prop_assert_eq!(poison, wanted.poison && wanted.state == State::Held);
            }
        }
        Ok(())
    }
}

/// Runs so many random histories on a store.
fn compare(store: &Store, runtime: &tokio::runtime::Runtime, cases: u32) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let case = std::cell::Cell::new(0);
    let done = TestRunner::new(config).run(&operations(), |operations| {
        case.set(case.get() + 1);
        runtime.block_on(async {
            let mut pair = Pair::new(store, case.get()).await;
            for (at, op) in operations.into_iter().enumerate() {
                let closely = at % 4 == 3;
                pair.step(op).await?;
                pair.compare(closely).await?;
            }
            let done = pair.compare(true).await;
            for one in &pair.reference.mailers {
                store.relinquish(one.id, None, false).await.unwrap();
            }
            store.act(Action::Delete, &Filter::default(), None, "tester").await.unwrap();
            done
        })
    });
    if let Err(difference) = done {
        panic!("{difference}");
    }
}

fn on_sqlite(cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::sqlite());
    compare(&world.store, &runtime, cases);
}

fn on_postgres(cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(database) = runtime.block_on(crate::postgres_server::database()) else { return };
    let world = runtime.block_on(World::postgres(&database.url()));
    compare(&world.store, &runtime, cases);
}

#[test]
fn sqlite_does_what_the_reference_says() {
    on_sqlite(24);
}

#[test]
fn postgres_does_what_the_reference_says() {
    on_postgres(24);
}

#[test]
#[ignore = "long: 1,500 random histories on each store"]
fn both_stores_do_what_the_reference_says_for_long() {
    on_sqlite(1_500);
    on_postgres(1_500);
}
