//! The command line: what may be written on it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mailmethod::message::{Address, Mailbox};

use crate::exit;
use crate::pairs::Pair;
use crate::queue_args::{Queue, Why};

/// Mail methods: declared as YAML and Jinja files, called by name, previewed, tested and sent.
#[derive(Debug, Parser)]
#[command(name = "mailmethod", version, after_long_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Change to DIR first; every relative path is relative to it
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// The settings file [default: mailmethod.yaml, if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the mail methods [default: templates]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) templates: Option<PathBuf>,
    /// Where the queue is: sqlite:PATH or postgres://USER@HOST/DATABASE
    /// [default: sqlite:mailmethod.db]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) store: Option<String>,
    /// Print JSON, errors as well
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, global = true)]
    pub(crate) color: Colour,
    /// Print no notes, only data and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print what happens inside
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the files of a new method, with a sample
    New(New),
    /// List the methods
    List,
    /// Show one method: arguments, headers, and where each value comes from
    Show {
        /// The method: account/welcome or account.welcome
        method: String,
    },
    /// Render a mail, without sending it
    Render(Render),
    /// Render a mail, and tell where each header, body and recipient comes from
    Explain(CallArgs),
    /// Render a mail and send it now
    Send(Send),
    /// Queue mails, look at them, manage them, and send what is due
    #[command(subcommand)]
    Queue(Queue),
    /// Explain a mail of the queue: what happened, what it means, what happens next
    Why(Why),
    /// Check methods: render every sample in every locale
    Check(Check),
    /// Compare every sample in every locale with its golden file
    Golden(Golden),
    /// Try each adapter as far as that goes without a mail, and say what it found
    Doctor(Doctor),
    /// Write calls that the compiler checks, or a typed client of the HTTP API
    Codegen(Codegen),
    /// Print the JSON Schema of the arguments of a method
    Schema {
        /// The method: account/welcome or account.welcome
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        method: Option<String>,
        /// Print one schema with that of each method under `$defs`
        #[arg(long)]
        all: bool,
    },
    /// Serve the management page on this machine, and send what is queued
    Serve(Serve),
    /// See it all move: a pretend shop, a pretend relay and the page, in a temporary folder
    Demo(Demo),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The method's name: orders/confirmation
    #[arg(value_parser = method_name)]
    pub(crate) name: String,
    /// Write an HTML body as well
    #[arg(long)]
    pub(crate) html: bool,
    /// Write bodies for a locale as well
    #[arg(long, value_name = "LOCALE", value_parser = locale)]
    pub(crate) locale: Vec<String>,
}

/// A method and its arguments.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The method: account/welcome or account.welcome
    pub(crate) method: String,
    /// Arguments: name=value, name:=JSON, name=@FILE, customer.email=…, lines.0.title=…;
    /// a repeated name is a list; a date may be `today`, `tomorrow` or `+7d`
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) pairs: Vec<Pair>,
    /// Arguments from a JSON or YAML file; `-` is JSON from stdin
    #[arg(long, value_name = "FILE|-")]
    pub(crate) args: Option<String>,
    /// Begin with the arguments of a sample
    #[arg(long, value_name = "SAMPLE")]
    pub(crate) sample: Option<String>,
    /// The locale to render in
    #[arg(long, value_name = "LOCALE")]
    pub(crate) locale: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) call: CallArgs,
    /// What to print; each part exactly as it is
    #[arg(long, value_enum, default_value_t)]
    pub(crate) part: Part,
    /// Write into FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Html,
    Text,
    /// All headers as they will be sent, decoded
    Headers,
    /// The message itself
    Raw,
    #[default]
    Summary,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) call: CallArgs,
    /// Send through this adapter instead of the method's own
    #[arg(long, value_name = "URL|NAME")]
    pub(crate) adapter: Option<String>,
    /// Send to this address instead of all recipients; the headers stay
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) to: Vec<Address>,
    /// Print the dialogue with the server to stderr
    #[arg(long)]
    pub(crate) trace: bool,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The methods; without one, all
    #[arg(value_name = "METHOD")]
    pub(crate) methods: Vec<String>,
    /// Exit 1 on warnings, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Mend what can be mended without changing a mail, and check again
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print the page of a rule; without a name, all rules
    #[arg(
        long,
        value_name = "RULE",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["methods", "strict", "fix"]
    )]
    pub(crate) explain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Try this adapter only; without it, all that the settings define
    #[arg(long, value_name = "URL|NAME")]
    pub(crate) adapter: Option<String>,
    /// Print the dialogue with the server to stderr
    #[arg(long)]
    pub(crate) trace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8225")]
    pub(crate) listen: SocketAddr,
    /// Show the page alone: send nothing
    #[arg(long)]
    pub(crate) no_mailer: bool,
    /// Open the page in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Answer to this name as well, as behind a proxy
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Show no content of queued mails
    #[arg(long)]
    pub(crate) hide_bodies: bool,
    /// Leave the files of mail methods alone: no reloading of broken ones, no saving of samples
    #[arg(long)]
    pub(crate) production: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Do not open the page in a browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Golden {
    /// Compare and write nothing: this is what happens without a flag, too
    #[arg(long, conflicts_with = "accept")]
    pub(crate) check: bool,
    /// Make the goldens as the mails are now
    #[arg(long)]
    pub(crate) accept: bool,
    /// The folder of the goldens
    #[arg(long, value_name = "DIR", default_value = mailmethod::testing::DEFAULT_DIR)]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Codegen {
    /// The language
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Lang,
    /// Write into FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write nothing; exit 1 if FILE is not what would be written
    #[arg(long, requires = "output")]
    pub(crate) check: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// A struct for each method, which is a call
    #[default]
    Rust,
    /// A client of the HTTP API
    Typescript,
    /// A client of the HTTP API
    Python,
}

fn locale(text: &str) -> Result<String, String> {
    mailmethod::method::locale_tag(text)
        .ok_or_else(|| "a locale is a tag such as de or de-AT".to_owned())
}

fn method_name(text: &str) -> Result<String, String> {
    let name = text.replace('.', "/");
    mailmethod::method::check_name(&name).map_err(|error| error.to_string())?;
    Ok(name)
}

pub(crate) fn address(text: &str) -> Result<Address, String> {
    text.parse::<Mailbox>()
        .map(|mailbox| mailbox.address().clone())
        .map_err(|error| error.to_string())
}
