//! `queue add`: queues a mail, or many, and prints an id a line; what is printed is committed.

use jiff::Timestamp;
use mailmethod::message::Mail;
use mailmethod::{Call, Stamp};
use serde_json::json;

use crate::context::{Context, built};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Add;
use crate::{request, store, when};

/// How many mails one commit takes at most, and of how many octets.
const AT_ONCE: (usize, usize) = (500, 32 * 1_024 * 1_024);

pub(super) async fn run(
    context: &Context,
    args: &Add,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map(|text| when::time(context, text)).transpose()?;
    let (call, mail) = request::call(context, &args.call, args.count.map(|_| 1))?;
    let method = context.find(&args.call.method)?;
    let call = wished(call, args, at, output);
    let host = built(context.host())?;
    let total = args.count.unwrap_or(1);
    let chunk = chunk(&mail);
    let mut done = 0;
    while done < total {
        let end = total.min(done + chunk);
        let numbers = done + 1..=end;
        let calls: Vec<Call> = match args.count {
            None => vec![call.clone()],
            Some(_) => numbers
                .map(|number| request::numbered(method, call.clone(), number))
                .collect::<Result<_, _>>()?,
        };
        let queued = host.queue_many(&calls).await;
        let ids = queued.map_err(|error| partly(store::unqueued(&error, method.name()), done))?;
        let lines: Vec<String> = ids
            .iter()
            .map(|id| match output.json {
                true => json!({ "v": 1, "id": id }).to_string(),
                false => id.to_string(),
            })
            .collect();
        output.told(&lines.join("\n"))?;
        done = end;
    }
    Ok(Exit::Done)
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
fn chunk(mail: &Mail) -> u64 {
    let files = mail.attachments().iter().map(|file| file.content().len());
    let bodies = [mail.text(), mail.html()].into_iter().flatten().map(str::len);
    let octets = files.chain(bodies).sum::<usize>() * 3 / 2 + 1_024;
    u64::try_from((AT_ONCE.1 / octets).clamp(1, AT_ONCE.0)).unwrap_or(1)
}

/// The failure of one of several commits: those before it stay.
fn partly(failure: Failure, done: u64) -> Failure {
    match failure {
        Failure::Told { exit, mut findings, text } if done > 0 => {
            for finding in &mut findings {
                finding.message =
                    format!("{} (the first {done} mails are queued)", finding.message);
            }
            Failure::Told { exit, findings, text }
        }
        failure => failure,
    }
}
