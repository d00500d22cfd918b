//! The commands: one file each. Here they are told apart, and here they end.

mod bare;
mod check;
mod completions;
mod demo;
mod doctor;
mod golden;
mod list;
mod new;
mod render;
mod send;
mod serve;
mod show;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;

/// Runs the command of a command line.
pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    if let Some(Command::Completions { shell }) = &cli.command {
        return completions::run(*shell, output);
    }
    let context = Context::open(&cli.global)?;
    log(cli.global.quiet, cli.global.verbose);
    match &cli.command {
        None => bare::run(&context, output),
        Some(Command::New(args)) => new::run(&context, args, output),
        Some(Command::List) => list::run(&context, output),
        Some(Command::Show { method }) => show::run(&context, method, output),
        Some(Command::Render(args)) => render::run(&context, args, output),
        Some(Command::Send(args)) => send::run(&context, args, output),
        Some(Command::Doctor(args)) => doctor::run(&context, args, output),
        Some(Command::Check(args)) => check::run(&context, args, output),
        Some(Command::Golden(args)) => golden::run(&context, args, output),
        Some(Command::Demo(args)) => demo::run(args, output),
        Some(Command::Serve(args)) => serve::run(&context, args, output),
        Some(Command::Completions { shell }) => completions::run(*shell, output),
    }
}

/// What waits for servers runs on this.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
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

/// Lets the library's own lines through to stderr.
fn log(quiet: bool, verbose: bool) {
    let level = match (quiet, verbose) {
        (true, _) => tracing_subscriber::filter::LevelFilter::ERROR,
        (false, false) => tracing_subscriber::filter::LevelFilter::INFO,
        (false, true) => tracing_subscriber::filter::LevelFilter::DEBUG,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .finish();
    // One that is set already, as in a test, may stay.
    drop(tracing::subscriber::set_global_default(subscriber));
}
