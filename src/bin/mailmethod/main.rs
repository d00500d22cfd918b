//! The program `mailmethod`: lists, shows, renders, checks, sends and queues mail methods.
//!
//! It knows the public interface of the library alone, and decides nothing about
//! mail: it reads a command line and writes what the library says.

mod ago;
mod args;
mod browser;
mod bug;
mod command;
mod complaint;
mod confirm;
mod context;
mod entries;
mod exit;
mod json;
mod outcome;
mod output;
mod pairs;
mod queue_args;
mod request;
mod scaffold;
mod selection;
mod store;
mod stored;
mod summary;
mod table;
mod timeline;
mod usage;
mod when;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let json = usage::wants_json(&arguments);
    let exit = bug::guarded(json, || match usage::parse(arguments) {
        Ok(cli) => {
            let mut output = output::Output::new(&cli.global);
            let result = command::run(&cli, &mut output);
            command::end(result, &mut output)
        }
        Err(error) => usage::explain(&error, json),
    });
    ExitCode::from(exit as u8)
}
