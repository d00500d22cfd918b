//! The commands: one file each. Here they are told apart, and here they end.

mod bare;
mod check;
mod codegen;
mod completions;
mod demo;
mod doctor;
mod explain;
mod golden;
mod list;
mod new;
mod queue;
mod render;
mod rule;
mod schema;
mod send;
mod serve;
mod show;
mod why;

use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::filter::LevelFilter;

use crate::args::{Check, Cli, Command};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;
use crate::queue_args::Queue;

/// Runs the command of a command line.
pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    if let Some(Command::Completions { shell }) = &cli.command {
        return completions::run(*shell, output);
    }
    if let Some(Command::Check(Check { explain: Some(rule), .. })) = &cli.command {
        return rule::run(rule, output);
    }
    let context = Context::open(&cli.global)?;
    log(level(cli));
    match &cli.command {
        None => bare::run(&context, output),
        Some(Command::New(args)) => new::run(&context, args, output),
        Some(Command::List) => list::run(&context, output),
        Some(Command::Show { method }) => show::run(&context, method, output),
        Some(Command::Render(args)) => render::run(&context, args, output),
        Some(Command::Explain(args)) => explain::run(&context, args, output),
        Some(Command::Send(args)) => send::run(&context, args, output),
        Some(Command::Queue(args)) => queue::run(&context, args, output),
        Some(Command::Why(args)) => runtime()?.block_on(why::run(&context, args, output)),
        Some(Command::Doctor(args)) => doctor::run(&context, args, output),
        Some(Command::Check(args)) => check::run(&context, args, output),
        Some(Command::Golden(args)) => golden::run(&context, args, output),
        Some(Command::Codegen(args)) => codegen::run(&context, args, output),
        Some(Command::Schema { method, .. }) => schema::run(&context, method.as_deref(), output),
        Some(Command::Demo(args)) => demo::run(args, output),
        Some(Command::Serve(args)) => serve::run(&context, args, output),
        Some(Command::Completions { shell }) => completions::run(*shell, output),
    }
}

/// What waits for servers runs on this.
fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))
}

/// Writes what is left, tells a failure, and gives the exit code.
pub(crate) fn end(result: Result<Exit, Failure>, output: &mut Output) -> Exit {
    let ended = match result {
        Ok(exit) => output.finish().map(|()| exit),
        Err(Failure::Closed) => Err(Failure::Closed),
        Err(Failure::Told { exit, findings, text }) => {
            match text {
                Some(text) => output.error(&text),
                None => output.complain(&findings),
            }
            let told = if output.json { output.json(&json::errors(&findings)) } else { Ok(()) };
            told.and_then(|()| output.finish()).map(|()| exit)
        }
    };
    match ended {
        Ok(exit) => exit,
        Err(Failure::Closed) => Exit::Done,
        Err(Failure::Told { exit, findings, .. }) => {
            output.complain(&findings);
            exit
        }
    }
}

/// Which of the library's own lines go to stderr.
const fn level(cli: &Cli) -> LevelFilter {
    match (cli.global.quiet, cli.global.verbose, &cli.command) {
        (true, _, _) => LevelFilter::ERROR,
        (false, true, _) => LevelFilter::DEBUG,
        // They tell of each attempt themselves.
        (
            false,
            false,
            Some(Command::Queue(Queue::Run(_)) | Command::Serve(_) | Command::Demo(_)),
        ) => LevelFilter::WARN,
        (false, false, _) => LevelFilter::INFO,
    }
}

fn log(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        // What the libraries below have to say is for those who debug them.
        .with_env_filter(format!("error,mailmethod={level}"))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .finish();
    // One that is set already, as in a test, may stay.
    drop(tracing::subscriber::set_global_default(subscriber));
}
