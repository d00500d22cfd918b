//! `queue add`: queues a mail, or many, and prints an id a line; what is printed is committed.
//!
//! While some mails are committed, the next ones are rendered.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::Arc;

use jiff::Timestamp;
use mailmethod::message::Mail;
use mailmethod::queue::EntryId;
use mailmethod::{Call, Stamp};
use serde_json::json;

use crate::context::{Context, built};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Add;
use crate::{request, store, when};

/// How many mails one commit takes at most, and of how many octets.
const AT_ONCE: (usize, usize) = (500, 16 * 1_024 * 1_024);
/// How many commits are asked for at the same time.
const AHEAD: usize = 2;

pub(super) async fn run(
    context: &Context,
    args: &Add,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map(|text| when::time(context, text)).transpose()?;
    let (call, mail) = request::call(context, &args.call, args.count.map(|_| 1))?;
    let method = context.find(&args.call.method)?;
    let call = Arc::new(wished(call, args, at, output));
    let host = built(context.host())?;
    let total = args.count.unwrap_or(1);
    let mut chunks = Chunks { at_once: at_once(&mail), asked: 0, total };
    let (mut running, mut done, mut failure) = (VecDeque::new(), 0, None);
    loop {
        while failure.is_none() && running.len() < AHEAD {
            let Some(numbers) = chunks.next() else { break };
            let one = |number| match args.count {
                Some(_) if request::is_numbered(method) => {
                    request::numbered(method, (*call).clone(), number).map(Arc::new)
                }
                _ => Ok(Arc::clone(&call)),
            };
            let calls: Vec<Arc<Call>> = numbers.map(one).collect::<Result<_, _>>()?;
            let host = host.clone();
            running.push_back(tokio::spawn(async move { host.queue_many(&calls).await }));
        }
        let Some(queued) = running.pop_front() else { break };
        match queued.await.unwrap_or_else(|broken| resume_unwind(Box::new(broken))) {
            Ok(ids) => {
                done += ids.len();
                output.told(&lines(&ids, output.json))?;
            }
            Err(error) => {
                failure.get_or_insert_with(|| store::unqueued(&error, method.name()));
            }
        }
    }
    match failure {
        Some(failure) => Err(partly(failure, done, total)),
        None => Ok(Exit::Done),
    }
}

/// The numbers of the mails of each commit.
struct Chunks {
    at_once: u64,
    asked: u64,
    total: u64,
}

impl Iterator for Chunks {
    type Item = RangeInclusive<u64>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.asked + 1;
        self.asked = self.total.min(self.asked + self.at_once);
        (first <= self.asked).then_some(first..=self.asked)
    }
}

fn lines(ids: &[EntryId], json: bool) -> String {
    let lines = ids.iter().map(|id| match json {
        true => json!({ "v": 1, "id": id }).to_string(),
        false => id.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The call with what the command line says about its delivery.
fn wished(mut call: Call, args: &Add, at: Option<Timestamp>, output: &mut Output) -> Call {
    if let Some(key) = &args.key {
        call = call.key(key);
    }
    if let Some(policy) = args.on_conflict {
        call = call.on_conflict(policy.into());
    }
    if let Some(at) = at {
        call = due(call, at, output);
    }
    if let Some(delay) = args.after {
        call = call.after(delay);
    }
    if let Some(lifetime) = args.expires {
        call = call.expires_in(lifetime);
    }
    if args.at_next_run {
        call = call.at_next_run();
    }
    if let Some(priority) = args.priority {
        call = call.priority(priority);
    }
    call
}

/// A mail for a time that is over is due now: its lifetime begins now, too.
fn due(call: Call, at: Timestamp, output: &mut Output) -> Call {
    if at > Stamp::now().date() {
        return call.at(at);
    }
    output.note(&format!("note: {at} is over: the mail is due now"));
    call
}

/// How many mails like this one go into one commit.
fn at_once(mail: &Mail) -> u64 {
    let files = mail.attachments().iter().map(|file| file.content().len());
    let bodies = [mail.text(), mail.html()].into_iter().flatten().map(str::len);
    let octets = files.chain(bodies).sum::<usize>() * 3 / 2 + 1_024;
    u64::try_from((AT_ONCE.1 / octets).clamp(1, AT_ONCE.0)).unwrap_or(1)
}

/// The failure of one of several commits: the others stay.
fn partly(failure: Failure, done: usize, total: u64) -> Failure {
    match failure {
        Failure::Told { exit, mut findings, text } if done > 0 => {
            for finding in &mut findings {
                finding.message = format!(
                    "{} ({done} of {total} mails are queued, those whose ids are printed)",
                    finding.message
                );
            }
            Failure::Told { exit, findings, text }
        }
        failure => failure,
    }
}
