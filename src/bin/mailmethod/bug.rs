//! The bug: a panic becomes a message that asks to report it, and exit code 70.

use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};

use mailmethod::source::Finding;

use crate::exit::Exit;
use crate::json;

/// Runs the program; a panic in it is told and gives [`Exit::Bug`].
pub(crate) fn guarded(json: bool, run: impl FnOnce() -> Exit) -> Exit {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| tell(json, &info.to_string())));
    let exit = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Exit::Bug);
    panic::set_hook(usual);
    exit
}

/// If this cannot be written there is nobody left to tell.
fn tell(json: bool, what: &str) {
    let help = "please report it, with the command and the version that `mailmethod -V` prints";
    if json {
        let finding = Finding::error("bug", what).help(help);
        drop(writeln!(io::stdout(), "{}", json::errors(&[finding])));
    }
    drop(writeln!(io::stderr(), "error[bug]: this is a bug in mailmethod: {what}\nhelp: {help}"));
}

#[cfg(test)]
mod tests {
    use super::{Exit, guarded};

    #[test]
    fn a_panic_is_a_bug_and_not_the_end_of_the_process() {
        assert_eq!(guarded(false, || panic!("a test of the hook")), Exit::Bug);
        assert_eq!(guarded(false, || Exit::Done), Exit::Done);
    }
}
