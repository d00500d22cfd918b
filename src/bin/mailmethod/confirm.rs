//! The question before many mails are changed: on a terminal only; elsewhere `--yes` says it.

use std::io::{self, IsTerminal as _, Write as _};

use mailmethod::source::Finding;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Asks whether to do it; whether the answer was yes.
pub(crate) fn ask(question: &str, output: &mut Output) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let message = format!("{question} There is no terminal to ask on");
        let finding = Finding::error("confirm", message)
            .help("say --yes, or --dry-run to see what would be done");
        return Err(Failure::one(Exit::Usage, finding));
    }
    output.finish()?;
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    asked.map_err(|error| Failure::io("written", "stderr", &error))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| Failure::io("read", "stdin", &error))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
