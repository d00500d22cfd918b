//! The command line of `queue` and `why`: what may be written on it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use mailmethod::message::{Address, OnConflict};

use crate::args::{CallArgs, address};

/// What a filter is, below the commands that take one.
const FILTER_HELP: &str = "\
A filter is of terms that all hold: state:dead,held method:orders.* to:@example.test older:2h.
A comma is an or, * stands for anything, !TERM or -TERM is a not, other words are looked for in
subject, method, Message-ID and recipients. Keys: state view method to from subject id locale route
key message-id reason code attempt priority size older newer has args.NAME";

#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    /// Queue a mail, and print its id
    Add(Box<Add>),
    /// List mails, the oldest first
    #[command(after_help = FILTER_HELP)]
    List(List),
    /// Show all that is known of a mail
    Show(Show),
    /// Explain a mail: what happened, what it means, what happens next
    Why(Why),
    /// Count the mails of each view
    Stats,
    /// Watch the counts change, until Ctrl-C
    Watch,
    /// Try now: what waits, was refused, expired, cancelled, or is uncertain
    #[command(after_help = FILTER_HELP)]
    Retry(Act),
    /// Keep back what waits
    #[command(after_help = FILTER_HELP)]
    Hold(Act),
    /// Let go what is held
    #[command(after_help = FILTER_HELP)]
    Release(Act),
    /// Never send what has not left
    #[command(after_help = FILTER_HELP)]
    Cancel(Act),
    /// Forget mails
    #[command(after_help = FILTER_HELP)]
    Delete(Act),
    /// Count as sent what is uncertain
    #[command(after_help = FILTER_HELP)]
    MarkSent(Act),
    /// Queue what has ended once more, with a new Message-ID, and print the new ids
    #[command(after_help = FILTER_HELP)]
    Resend(Act),
    /// Queue mails to another address in place of their own, and print the new ids
    #[command(after_help = FILTER_HELP)]
    Redirect(Redirect),
    /// Let nothing out by a route: the name of an adapter
    Pause(Route),
    /// Let a route go on
    Resume(Route),
    /// Send what is due, as it becomes due, until Ctrl-C or SIGTERM
    Run(Run),
    /// Make the tables of the store, or bring them to this version
    Migrate,
    /// Forget mails that ended long ago, and wipe old contents
    Purge(Purge),
    /// Write messages as .eml
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    pub(crate) call: CallArgs,
    /// Queue it once only: the same key and content is the same mail
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// What to do if another content has the key [default: the method's, or error]
    #[arg(long, value_enum, value_name = "POLICY")]
    pub(crate) on_conflict: Option<Policy>,
    /// Send it at this time and not before: 2026-12-07T08:00 (in the time zone of the settings),
    /// 2026-12-07T08:00+01:00, 2026-12-07T08:00[Europe/Berlin], 2026-12-07, today, tomorrow, +7d
    #[arg(long, value_name = "TIME", conflicts_with = "after")]
    pub(crate) at: Option<String>,
    /// Send it after so long: 90s, 15m, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) after: Option<Duration>,
    /// Try it for so long after it is due
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) expires: Option<Duration>,
    /// Leave it to the mailer's next regular run
    #[arg(long)]
    pub(crate) at_next_run: bool,
    /// From 1 (first) to 5 [default: the method's, or 3]
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) priority: Option<u8>,
    /// Queue so many mails; the argument `n`, if there is one, counts from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) count: Option<u64>,
}

/// What happens if a key belongs to another content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    /// Queue nothing
    Error,
    /// Take the mail that has the key
    Skip,
    /// Put the new mail in the place of the old one, unless that may have left
    Replace,
}

impl From<Policy> for OnConflict {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Error => Self::Error,
            Policy::Skip => Self::Skip,
            Policy::Replace => Self::Replace,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only these; without one, all
    pub(crate) filter: Vec<String>,
    /// So many at most
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The mail: its id, or the first six digits or more
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The mail: its id, or the first six digits or more
    pub(crate) id: String,
    /// Print the dialogues that were kept, too
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Which mails, and how sure it is.
#[derive(Debug, Args)]
pub(crate) struct Act {
    /// Ids, each of six digits or more, or a filter
    #[arg(value_name = "ID|FILTER")]
    pub(crate) what: Vec<String>,
    /// All mails to which it can be done
    #[arg(long, conflicts_with = "what")]
    pub(crate) all: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Redirect {
    #[command(flatten)]
    pub(crate) act: Act,
    /// The new recipient; the headers stay
    #[arg(long, value_name = "ADDR", value_parser = address, required = true)]
    pub(crate) to: Vec<Address>,
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// The name of an adapter: default
    pub(crate) route: String,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Send everything through this adapter, whichever the methods name
    #[arg(long, value_name = "URL|NAME")]
    pub(crate) adapter: Option<String>,
    /// So many connections at most, whatever the adapters' URLs say
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) connections: Option<u32>,
    /// End once nothing is due; a relay that is down is not waited for
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Those that ended so long ago [default: `queue.purge_after` of the settings, or 90d]
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub(crate) older: Option<Duration>,
    /// Do not ask: it never does
    #[arg(short, long, hide = true)]
    pub(crate) yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The mails: their ids, or the first six digits or more
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Write into this file, or into files of this folder, instead of stdout
    #[arg(short, long, value_name = "DIR|FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    mailmethod::method::duration(text)
        .ok_or_else(|| "a duration is a number and s, m, h or d: 90s, 15m, 24h, 7d".to_owned())
}

/// A duration that may be nothing.
fn age(text: &str) -> Result<Duration, String> {
    if matches!(text, "0" | "0s" | "0m" | "0h" | "0d") {
        Ok(Duration::ZERO)
    } else {
        duration(text)
    }
}

#[cfg(test)]
mod tests {
    use super::FILTER_HELP;
    use mailmethod::queue::Filter;

    #[test]
    fn the_help_names_the_keys_that_there_are() {
        let (terms, keys) = FILTER_HELP.split_once("Keys: ").unwrap();
        let example = terms.lines().next().unwrap().rsplit_once("hold: ").unwrap().1;
        let example: Filter = example.trim_end_matches('.').parse().unwrap();
        assert!(!example.is_all());
        let keys: Vec<&str> = keys.split_whitespace().collect();
        for key in &keys {
            let wrong = format!("{key}:").parse::<Filter>().unwrap_err();
            assert!(wrong.message.contains("without a value"), "{key}: {wrong}");
        }
        let all = "zzzzzzzz:1".parse::<Filter>().unwrap_err().help;
        let known = all.split_once("the keys are ").unwrap().1.split(", ").take(keys.len() - 1);
        assert!(known.eq(keys[..keys.len() - 1].iter().copied()), "{all}");
    }
}
