//! The exhaustive search.

use std::collections::{BTreeSet, HashSet, VecDeque};

/// What an entry is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Queued,
    Sending,
    Uncertain,
    Held,
    Sent,
    Partial,
    Dead,
    Expired,
    Cancelled,
}

/// What is known of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Pending,
    Accepted,
    Refused,
    Deferred,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wanted {
    Nothing,
    Cancel,
    Hold,
}

/// What a mailer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum At {
    Idle,
    /// The claim was committed, and the answer never came.
    Unknowing,
    Claimed,
    Offered,
    /// The gate was answered well.
    Gated,
    /// The outcome is known and not written yet.
    Answered,
    /// It gives the lease back.
    Releasing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Mailer<const N: usize> {
    at: At,
    lease: u8,
    /// How often it was born; with its number that is its id.
    life: u8,
    /// Whether the store knows the id.
    known: bool,
    /// Whether it stands still, and tells nobody that it lives.
    paused: bool,
    /// What the relay said about each recipient of this attempt; `None` for those left out.
    said: [Option<Known>; N],
    /// It had passed the gate when a person stopped the mail: that came too late for this one.
    excused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World<const N: usize> {
    state: State,
    lease: u8,
    holder: Option<(u8, u8)>,
    gated: bool,
    wanted: Wanted,
    alone: bool,
    crashes: u8,
    doubts: u8,
    expired: bool,
    recipients: [Known; N],
    mailers: [Mailer<N>; 2],
    /// How often the relay took it for each: the ground truth.
    taken: [u8; N],
    /// How often it was knowingly sent again to each, although it may have arrived.
    again: [u8; N],
    /// How often that was done without a person.
    resent: u8,
    /// A person was told that it is stopped, and has not let it go since.
    stopped: bool,
    faults: u8,
    acts: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Retry,
    Hold,
    AssumeSent,
}

/// A safeguard that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutant {
    None,
    /// Writes do not name the lease.
    NoFence,
    /// The mailer hands over without asking for the gate.
    NoGate,
    /// It asks, and does not wait for the answer.
    GateIgnored,
    /// The gate does not ask what a person wants.
    GateIgnoresWanted,
    /// A mail past the gate is queued again when its mailer dies.
    RecoveryRequeuesGated,
    /// Recovery forgets what a person wants.
    RecoveryForgetsWanted,
    /// A failed attempt forgets what a person wants.
    OutcomeForgetsWanted,
    /// A person is told that a mail past the gate is cancelled.
    CancelBehindGate,
    /// What nobody knows is sent again as often as it takes.
    DoubtsWithoutEnd,
    /// It is sent again to those who have it, too.
    DoubtsReopenAll,
    /// An outcome is written to all recipients, and not only to those of the attempt.
    OutcomeForAll,
    /// An entry is claimed that somebody is at work on.
    ClaimTakesAll,
    /// A mailer does not look for claims whose answer it never got.
    LostClaimsStay,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    leases: u8,
    faults: u8,
    acts: u8,
}

struct Search<const N: usize> {
    policy: Policy,
    mutant: Mutant,
    bounds: Bounds,
}

impl<const N: usize> World<N> {
    fn first(bounds: Bounds) -> Self {
        let mailer = Mailer {
            at: At::Idle,
            lease: 0,
            life: 0,
            known: true,
            paused: false,
            said: [None; N],
            excused: false,
        };
        Self {
            state: State::Queued,
            lease: 0,
            holder: None,
            gated: false,
            wanted: Wanted::Nothing,
            alone: false,
            crashes: 0,
            doubts: 0,
            expired: false,
            recipients: [Known::Pending; N],
            mailers: [mailer; 2],
            taken: [0; N],
            again: [0; N],
            resent: 0,
            stopped: false,
            faults: bounds.faults,
            acts: bounds.acts,
        }
    }

    fn id(&self, mailer: usize) -> (u8, u8) {
        (number(mailer), self.mailers[mailer].life)
    }

    /// The same world without what can make no difference any more, so that equal worlds look equal.
    fn plain(mut self) -> Self {
        let old = self.holder.is_some_and(|(at, life)| self.mailers[usize::from(at)].life != life);
        self.holder = self.holder.map(|(at, _)| (at, if old { u8::MAX } else { 0 }));
        for mailer in &mut self.mailers {
            mailer.life = 0;
            mailer.excused &= self.stopped && mailer.at == At::Gated;
            if matches!(mailer.at, At::Idle | At::Unknowing) {
                (mailer.lease, mailer.said) = (0, [None; N]);
            }
        }
        self
    }

    /// A person is told that the mail will not be sent.
    fn stop(&mut self) {
        self.stopped = true;
        for at in 0..2 {
            let holds = self.holder == Some(self.id(at)) && self.lease == self.mailers[at].lease;
            self.mailers[at].excused = self.mailers[at].at == At::Gated && !holds;
        }
    }

    fn leave(&mut self, state: State) {
        self.state = state;
        self.holder = None;
        self.wanted = Wanted::Nothing;
        self.alone = false;
        if state != State::Uncertain {
            self.gated = false;
        }
    }

    /// What must always hold; gives what does not.
    fn broken(&self) -> Option<&'static str> {
        for r in 0..N {
            if self.taken[r] > 1 + self.again[r] {
                return Some("sent twice");
            }
            let (known, taken) = (self.recipients[r], self.taken[r]);
            if known == Known::Accepted && taken == 0 && self.again[r] == 0 {
                return Some("reported sent, and never taken");
            }
            let nothing = matches!(known, Known::Pending | Known::Deferred | Known::Refused);
            if self.state != State::Sending && nothing && taken > self.again[r] {
                return Some("taken, and reported as not");
            }
        }
        let all = |wanted: &[Known]| self.recipients.iter().all(|known| wanted.contains(known));
        let any = |wanted: Known| self.recipients.contains(&wanted);
        let right = match self.state {
            State::Sent => all(&[Known::Accepted]),
            State::Dead => all(&[Known::Refused]),
            State::Partial => {
                all(&[Known::Accepted, Known::Refused])
                    && any(Known::Accepted)
                    && any(Known::Refused)
            }
            State::Queued => any(Known::Pending) || any(Known::Deferred),
            State::Uncertain => any(Known::Unknown),
            _ => true,
        };
        if !right {
            return Some("a state that its recipients do not have");
        }
        if (self.state == State::Sending) != self.holder.is_some() {
            return Some("a lease without a holder");
        }
        if self.resent > 1 {
            return Some("sent again and again");
        }
        if let Some((number, life)) = self.holder {
            let mailer = &self.mailers[usize::from(number)];
            let lives = mailer.life == life && mailer.known && !mailer.paused;
            if lives && mailer.at == At::Idle {
                return Some("in nobody's hands");
            }
        }
        None
    }
}

impl<const N: usize> Search<N> {
    /// Whether a write of this mailer finds its lease.
    fn holds(&self, world: &World<N>, mailer: usize) -> bool {
        let named =
            world.holder == Some(world.id(mailer)) && world.lease == world.mailers[mailer].lease;
        world.state == State::Sending && (named || self.mutant == Mutant::NoFence)
    }

    /// Every world that can come next.
    fn next(&self, world: &World<N>) -> Vec<World<N>> {
        let mut next = Vec::new();
        for mailer in 0..2 {
            if !world.mailers[mailer].paused {
                self.work(world, mailer, &mut next);
            }
            self.fate(world, mailer, &mut next);
        }
        self.upkeep(world, &mut next);
        self.person(world, &mut next);
        next
    }

    /// What a mailer does by itself.
    fn work(&self, world: &World<N>, mailer: usize, next: &mut Vec<World<N>>) {
        let me = world.mailers[mailer];
        let mut put = |change: &dyn Fn(&mut World<N>, &mut Mailer<N>)| {
            let mut new = *world;
            let mut own = me;
            change(&mut new, &mut own);
            new.mailers[mailer] = own;
            next.push(new);
        };
        match me.at {
            At::Idle if !me.known => put(&|_, own| {
                // Taken for dead: it begins anew.
                own.life += 1;
                own.known = true;
            }),
            At::Idle => {
                let waits = (world.state == State::Queued && !world.expired)
                    || (self.mutant == Mutant::ClaimTakesAll && world.state == State::Sending);
                if waits && world.lease < self.bounds.leases {
                    let claim = |at: At| {
                        move |new: &mut World<N>, own: &mut Mailer<N>| {
                            new.state = State::Sending;
                            new.lease += 1;
                            new.holder = Some((number(mailer), own.life));
                            new.gated = false;
                            new.wanted = Wanted::Nothing;
                            new.alone = new.crashes >= 2;
                            own.at = at;
                            own.lease = new.lease;
                            own.excused = false;
                            own.said = new.recipients.map(|known| {
                                let open = !matches!(known, Known::Accepted | Known::Refused);
                                open.then_some(Known::Pending)
                            });
                        }
                    };
                    put(&claim(At::Claimed));
                    if world.faults > 0 {
                        put(&|new, own| {
                            claim(At::Unknowing)(new, own);
                            new.faults -= 1;
                        });
                    }
                }
            }
            At::Unknowing if self.mutant == Mutant::LostClaimsStay => {
                put(&|_, own| own.at = At::Idle);
            }
            At::Unknowing => put(&|new, own| {
                // It lets go whatever the store says that it has.
                if new.state == State::Sending && new.holder == Some((number(mailer), own.life)) {
                    self.let_go(new, 0);
                }
                own.at = At::Idle;
            }),
            At::Claimed => {
                put(&|_, own| own.at = At::Releasing);
                for said in replies(&me.said) {
                    put(&|_, own| {
                        own.said = said;
                        let nobody = !said.contains(&Some(Known::Accepted));
                        own.at = if nobody { At::Answered } else { At::Offered };
                    });
                }
            }
            At::Offered => {
                let may = self.holds(world, mailer)
                    && (world.wanted == Wanted::Nothing
                        || self.mutant == Mutant::GateIgnoresWanted)
                    && !world.expired
                    && (me.known || self.mutant == Mutant::NoFence);
                match self.mutant {
                    Mutant::NoGate => put(&|_, own| own.at = At::Gated),
                    Mutant::GateIgnored => put(&|new, own| {
                        new.gated |= may;
                        own.at = At::Gated;
                    }),
                    _ => put(&|new, own| {
                        new.gated |= may;
                        own.at = if may { At::Gated } else { At::Releasing };
                    }),
                }
                if may && world.faults > 0 {
                    // The answer is lost: no gate.
                    put(&|new, own| {
                        new.gated = true;
                        new.faults -= 1;
                        own.at = At::Releasing;
                    });
                }
            }
            At::Gated => {
                for (takes, said) in [
                    (true, Known::Accepted),
                    (true, Known::Unknown),
                    (false, Known::Unknown),
                    (false, Known::Refused),
                    (false, Known::Deferred),
                ] {
                    put(&|new, own| {
                        for r in 0..N {
                            if own.said[r] == Some(Known::Accepted) {
                                own.said[r] = Some(said);
                                new.taken[r] += u8::from(takes);
                            }
                        }
                        own.at = At::Answered;
                    });
                }
            }
            At::Answered => {
                put(&|new, own| {
                    if self.holds(new, mailer) {
                        self.settle(new, &own.said);
                    }
                    own.at = At::Idle;
                });
                if world.faults > 0 && self.holds(world, mailer) {
                    // The answer is lost: it writes the outcome once more.
                    put(&|new, own| {
                        self.settle(new, &own.said);
                        new.faults -= 1;
                    });
                }
            }
            At::Releasing => put(&|new, own| {
                if self.holds(new, mailer) {
                    self.waits_again(new);
                }
                own.at = At::Idle;
            }),
        }
    }

    /// An attempt came to nothing: the entry waits, unless a person or time wants otherwise.
    fn waits_again(&self, world: &mut World<N>) {
        let forgets = self.mutant == Mutant::OutcomeForgetsWanted;
        let state = match world.wanted {
            Wanted::Cancel if !forgets => State::Cancelled,
            Wanted::Hold if !forgets => State::Held,
            _ if world.expired => State::Expired,
            _ => State::Queued,
        };
        world.leave(state);
    }

    fn settle(&self, world: &mut World<N>, said: &[Option<Known>; N]) {
        let last = said.iter().flatten().next_back().copied();
        for (recipient, said) in world.recipients.iter_mut().zip(said) {
            match said {
                Some(known) => *recipient = *known,
                None if self.mutant == Mutant::OutcomeForAll => {
                    *recipient = last.unwrap_or(*recipient);
                }
                None => {}
            }
        }
        // Whoever was heard by the relay has met no crash.
        world.crashes = 0;
        let any = |known| world.recipients.contains(&known);
        if any(Known::Unknown) {
            world.gated = true;
            world.leave(State::Uncertain);
        } else if any(Known::Deferred) || any(Known::Pending) {
            self.waits_again(world);
        } else {
            world.leave(ended(&world.recipients));
        }
    }

    /// Takes an entry out of hands; `crash` is 1 if its mailer died.
    fn let_go(&self, world: &mut World<N>, crash: u8) {
        if world.gated && self.mutant != Mutant::RecoveryRequeuesGated {
            for known in &mut world.recipients {
                if matches!(known, Known::Pending | Known::Deferred) {
                    *known = Known::Unknown;
                }
            }
            return world.leave(State::Uncertain);
        }
        let forgets = self.mutant == Mutant::RecoveryForgetsWanted;
        let state = match world.wanted {
            Wanted::Cancel if !forgets => State::Cancelled,
            Wanted::Hold if !forgets => State::Held,
            _ if world.alone && crash > 0 => State::Held,
            _ => State::Queued,
        };
        world.crashes = (world.crashes + crash).min(3);
        world.leave(state);
    }

    /// What happens to a mailer.
    fn fate(&self, world: &World<N>, mailer: usize, next: &mut Vec<World<N>>) {
        let me = world.mailers[mailer];
        let mut put = |change: &dyn Fn(&mut World<N>, &mut Mailer<N>)| {
            let mut new = *world;
            let mut own = me;
            change(&mut new, &mut own);
            new.mailers[mailer] = own;
            next.push(new);
        };
        if world.faults > 0 {
            put(&|new, own| {
                // Killed, and started again.
                new.faults -= 1;
                *own = Mailer { life: own.life + 1, ..World::<N>::first(self.bounds).mailers[0] };
            });
            if !me.paused {
                put(&|new, own| {
                    new.faults -= 1;
                    own.paused = true;
                });
            }
        }
        if me.paused {
            put(&|_, own| own.paused = false);
        }
    }

    /// What time and the other mailers bring.
    fn upkeep(&self, world: &World<N>, next: &mut Vec<World<N>>) {
        if let Some((number, life)) = world.holder {
            let number = usize::from(number);
            let holder = world.mailers[number];
            let dead = holder.life != life || holder.paused || !holder.known;
            if dead {
                let mut new = *world;
                if holder.life == life {
                    new.mailers[number].known = false;
                }
                self.let_go(&mut new, 1);
                next.push(new);
            }
        }
        if world.state == State::Uncertain {
            let mut new = *world;
            match self.policy {
                Policy::Retry if world.doubts < 1 || self.mutant == Mutant::DoubtsWithoutEnd => {
                    new.doubts = 1;
                    new.resent += 1;
                    self.reopen(&mut new);
                    new.leave(State::Queued);
                    next.push(new);
                }
                Policy::AssumeSent => {
                    assume(&mut new);
                    next.push(new);
                }
                Policy::Retry | Policy::Hold => {}
            }
        }
        if !world.expired {
            next.push(World { expired: true, ..*world });
        }
        if world.expired && matches!(world.state, State::Queued | State::Held) {
            let mut new = *world;
            new.leave(State::Expired);
            next.push(new);
        }
    }

    /// Those of whom nobody knows get it once more.
    fn reopen(&self, world: &mut World<N>) {
        for r in 0..N {
            let reopened = world.recipients[r] == Known::Unknown
                || (self.mutant == Mutant::DoubtsReopenAll
                    && world.recipients[r] == Known::Accepted);
            if world.recipients[r] == Known::Unknown {
                world.again[r] += 1;
            }
            if reopened {
                world.recipients[r] = Known::Pending;
            }
        }
    }

    /// What a person does.
    fn person(&self, world: &World<N>, next: &mut Vec<World<N>>) {
        if world.acts == 0 {
            return;
        }
        let mut put = |change: &dyn Fn(&mut World<N>)| {
            let mut new = *world;
            new.acts -= 1;
            change(&mut new);
            next.push(new);
        };
        let before_gate = !world.gated || self.mutant == Mutant::CancelBehindGate;
        match world.state {
            State::Queued => {
                for state in [State::Held, State::Cancelled] {
                    put(&|new| {
                        new.stop();
                        new.state = state;
                    });
                }
            }
            State::Held => {
                put(&|new| {
                    new.stop();
                    new.state = State::Cancelled;
                });
                put(&|new| {
                    (new.stopped, new.state) = (false, State::Queued);
                    new.crashes = 2;
                });
            }
            State::Sending if before_gate => {
                for wanted in [Wanted::Cancel, Wanted::Hold] {
                    put(&|new| {
                        new.stop();
                        new.wanted = wanted;
                    });
                }
            }
            State::Uncertain => {
                put(&|new| {
                    new.stop();
                    new.leave(State::Cancelled);
                });
                put(&|new| {
                    self.reopen(new);
                    new.leave(State::Queued);
                });
                put(&|new| assume(new));
            }
            State::Dead | State::Partial | State::Expired | State::Cancelled => {
                let open = world.recipients.iter().any(|known| *known != Known::Accepted);
                if open {
                    put(&|new| {
                        self.reopen(new);
                        for known in &mut new.recipients {
                            if *known != Known::Accepted {
                                *known = Known::Pending;
                            }
                        }
                        (new.stopped, new.expired, new.crashes) = (false, false, 0);
                        new.leave(State::Queued);
                    });
                }
            }
            State::Sending | State::Sent => {}
        }
    }

    /// Walks all worlds, or until `enough` is broken; gives how many there are, and what is broken in
    /// some of them.
    fn walk(&self, enough: Option<&'static str>) -> (usize, BTreeSet<&'static str>) {
        let first = World::first(self.bounds);
        let mut seen = HashSet::from([first]);
        let mut todo = VecDeque::from([first]);
        let mut broken = BTreeSet::new();
        while let Some(world) = todo.pop_front() {
            if enough.is_some_and(|enough| broken.contains(enough)) {
                break;
            }
            if let Some(what) = world.broken() {
                broken.insert(what);
                // What follows from there says nothing new.
                continue;
            }
            for new in self.next(&world).into_iter().map(World::plain) {
                let sender = (0..2).find(|at| {
                    let (before, after) = (world.mailers[*at].at, new.mailers[*at].at);
                    (before, after) == (At::Gated, At::Answered)
                });
                let late = sender.is_some_and(|at| !world.mailers[at].excused);
                if world.stopped && late && new.taken != world.taken {
                    broken.insert("sent although it was stopped");
                }
                if seen.insert(new) {
                    todo.push_back(new);
                }
            }
            if !self.comes_to_an_end(world) {
                broken.insert("stuck");
            }
        }
        (seen.len(), broken)
    }

    /// Whether all goes well from here, if nothing more goes wrong: the mail comes to its end, or to a
    /// person's eyes.
    fn comes_to_an_end(&self, mut world: World<N>) -> bool {
        if self.bounds.leases <= world.lease {
            return true;
        }
        (world.faults, world.acts) = (0, 0);
        for _ in 0..40 {
            match world.state {
                State::Queued | State::Sending => {}
                _ => return true,
            }
            // The first thing that can be done is done: mailers go on and work, then time passes.
            let mut next = Vec::new();
            for mailer in 0..2 {
                if world.mailers[mailer].paused {
                    self.fate(&world, mailer, &mut next);
                } else if world.mailers[mailer].at != At::Idle || !world.mailers[mailer].known {
                    self.work(&world, mailer, &mut next);
                }
            }
            self.upkeep(&World { expired: true, ..world }, &mut next);
            for mailer in 0..2 {
                if !world.mailers[mailer].paused {
                    self.work(&world, mailer, &mut next);
                }
            }
            let Some(new) = next.into_iter().find(|new| *new != world) else { return false };
            world = new;
        }
        false
    }
}

/// What the relay may say to those who are still open.
fn replies<const N: usize>(open: &[Option<Known>; N]) -> Vec<[Option<Known>; N]> {
    let mut all = vec![*open];
    for r in 0..N {
        if open[r].is_none() {
            continue;
        }
        let said = [Known::Accepted, Known::Refused, Known::Deferred];
        all = all
            .into_iter()
            .flat_map(|so_far| {
                said.map(|known| {
                    let mut one = so_far;
                    one[r] = Some(known);
                    one
                })
            })
            .collect();
    }
    all
}

fn ended(recipients: &[Known]) -> State {
    let accepted = recipients.contains(&Known::Accepted);
    let refused = recipients.contains(&Known::Refused);
    match (accepted, refused) {
        (_, false) => State::Sent,
        (false, true) => State::Dead,
        (true, true) => State::Partial,
    }
}

/// Counts as sent what nobody knows.
fn assume<const N: usize>(world: &mut World<N>) {
    for r in 0..N {
        if world.recipients[r] == Known::Unknown {
            world.recipients[r] = Known::Accepted;
            world.again[r] += 1;
        }
    }
    let open = world.recipients.iter().any(|one| matches!(one, Known::Pending | Known::Deferred));
    world.leave(if open { State::Queued } else { ended(&world.recipients) });
}

/// A mailer in few bits: worlds are compared by the million.
fn number(mailer: usize) -> u8 {
    u8::try_from(mailer).unwrap()
}

fn holds<const N: usize>(bounds: Bounds) -> usize {
    let mut all = 0;
    for policy in [Policy::Retry, Policy::Hold, Policy::AssumeSent] {
        let (worlds, broken) = Search::<N> { policy, mutant: Mutant::None, bounds }.walk(None);
        assert!(broken.is_empty(), "{policy:?}, {bounds:?}: {broken:?}");
        all += worlds;
    }
    all
}

#[test]
fn every_order_of_events_of_a_mail_to_one_keeps_what_must_hold() {
    assert!(holds::<1>(Bounds { leases: 2, faults: 1, acts: 1 }) > 20_000);
}

#[test]
fn every_order_of_events_of_a_mail_to_two_keeps_what_must_hold() {
    assert!(holds::<2>(Bounds { leases: 2, faults: 1, acts: 0 }) > 20_000);
}

#[test]
#[ignore = "long: millions of worlds, minutes without optimization"]
fn every_order_of_more_events_keeps_what_must_hold() {
    assert!(holds::<1>(Bounds { leases: 5, faults: 4, acts: 2 }) > 100_000);
    assert!(holds::<2>(Bounds { leases: 3, faults: 3, acts: 1 }) > 1_000_000);
}

#[test]
fn every_mutant_is_found() {
    let bounds = Bounds { leases: 2, faults: 2, acts: 1 };
    let policy = Policy::Retry;
    for (mutant, expected) in [
        (Mutant::NoFence, "sent twice"),
        (Mutant::NoGate, "sent twice"),
        (Mutant::GateIgnored, "sent twice"),
        (Mutant::GateIgnoresWanted, "sent although it was stopped"),
        (Mutant::RecoveryRequeuesGated, "sent twice"),
        (Mutant::RecoveryForgetsWanted, "sent although it was stopped"),
        (Mutant::OutcomeForgetsWanted, "sent although it was stopped"),
        (Mutant::CancelBehindGate, "sent although it was stopped"),
        (Mutant::ClaimTakesAll, "sent twice"),
        (Mutant::LostClaimsStay, "in nobody's hands"),
    ] {
        let (_, found) = Search::<1> { policy, mutant, bounds }.walk(Some(expected));
        assert!(found.contains(expected), "{mutant:?}: {found:?}");
    }
    let bounds = Bounds { leases: 3, faults: 0, acts: 0 };
    for (mutant, expected) in [
        (Mutant::DoubtsWithoutEnd, "sent again and again"),
        (Mutant::DoubtsReopenAll, "taken, and reported as not"),
        (Mutant::OutcomeForAll, "taken, and reported as not"),
    ] {
        let (_, found) = Search::<2> { policy, mutant, bounds }.walk(Some(expected));
        assert!(found.contains(expected), "{mutant:?}: {found:?}");
    }
}
