//! The output: data on stdout, everything else on stderr.

use std::env;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};

use mailmethod::source::{Finding, Severity};

use crate::args::{Colour, Global};
use crate::exit::Failure;

/// Where a command writes.
pub(crate) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    /// Whether a person reads stdout on a terminal.
    pub(crate) terminal: bool,
    pub(crate) json: bool,
    quiet: bool,
    paint_out: Paint,
    paint_err: Paint,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let mut output = Self::plain(global.json);
        output.quiet = global.quiet;
        output.paint_out = Paint(painted(global.color, output.terminal));
        output.paint_err = Paint(painted(global.color, io::stderr().is_terminal()));
        output
    }

    /// The output where the command line was not understood.
    pub(crate) fn plain(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            stdout: BufWriter::new(io::stdout().lock()),
            terminal,
            json,
            quiet: false,
            paint_out: Paint(painted(Colour::Auto, terminal)),
            paint_err: Paint(painted(Colour::Auto, io::stderr().is_terminal())),
        }
    }

    /// The colours of what goes to stdout.
    pub(crate) const fn paint(&self) -> Paint {
        self.paint_out
    }

    /// The colours of what goes to stderr.
    pub(crate) const fn paint_err(&self) -> Paint {
        self.paint_err
    }

    /// Whether only data and errors are wanted.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes data exactly as it is.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.stdout.write_all(bytes).map_err(|error| unwritten(&error))
    }

    /// Writes a line of data.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.data(line.as_bytes())?;
        self.data(b"\n")
    }

    /// Writes findings as data, each followed by an empty line.
    pub(crate) fn findings(&mut self, findings: &[Finding]) -> Result<(), Failure> {
        for finding in findings {
            self.line(&format!("{}\n", self.paint_out.finding(finding)))?;
        }
        Ok(())
    }

    /// Writes a JSON document as one line.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> Result<(), Failure> {
        self.line(&value.to_string())
    }

    /// Writes a line of data now, for as long as somebody reads: what goes on does not end because
    /// its reader has.
    pub(crate) fn told(&mut self, line: &str) -> Result<(), Failure> {
        match self.line(line).and_then(|()| self.finish()) {
            Err(Failure::Closed) => Ok(()),
            done => done,
        }
    }

    /// Says something beside the data, unless that is not wanted.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Writes findings to stderr.
    pub(crate) fn complain(&mut self, findings: &[Finding]) {
        let shown: Vec<String> =
            findings.iter().map(|finding| self.paint_err.finding(finding)).collect();
        self.error(&shown.join("\n\n"));
    }

    /// Writes to stderr. If that fails there is nobody left to tell.
    pub(crate) fn error(&mut self, text: &str) {
        if self.stdout.flush().is_ok() {
            drop(writeln!(io::stderr().lock(), "{}", self.paint_err.text(text)));
        }
    }

    /// Writes a line of a dialogue to stderr, while it is held.
    pub(crate) fn trace(line: &str) {
        drop(writeln!(io::stderr().lock(), "{line}"));
    }

    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &io::Error) -> Failure {
    Failure::io("written", "stdout", error)
}

fn painted(colour: Colour, terminal: bool) -> bool {
    let value = |name| env::var_os(name).filter(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if value("NO_COLOR").is_some() => false,
        Colour::Auto => terminal || value("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
    }
}

/// Whether to colour, and how; a colour never says what no word says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    const RED: &'static str = "1;31";
    const YELLOW: &'static str = "1;33";
    const GREEN: &'static str = "32";
    const BOLD: &'static str = "1";
    const DIM: &'static str = "2";

    /// Without colours.
    pub(crate) const fn off() -> Self {
        Self(false)
    }

    pub(crate) const fn is_on(self) -> bool {
        self.0
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap(Self::BOLD, text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap(Self::DIM, text)
    }

    /// Good, so-so or bad.
    pub(crate) fn outcome(self, word: &str, good: Option<bool>) -> String {
        self.wrap(
            match good {
                Some(true) => Self::GREEN,
                None => Self::YELLOW,
                Some(false) => Self::RED,
            },
            word,
        )
    }

    /// A finding as rustc draws it.
    pub(crate) fn finding(self, finding: &Finding) -> String {
        self.headed(&finding.to_string(), finding.severity)
    }

    /// A text whose first words are `error` or `warning`.
    fn headed(self, text: &str, severity: Severity) -> String {
        let code = match severity {
            Severity::Error => Self::RED,
            Severity::Warning => Self::YELLOW,
        };
        match text.split_once(": ") {
            Some((head, rest)) if self.0 && !head.contains('\n') => {
                format!("{}: {rest}", self.wrap(code, head))
            }
            _ => text.to_owned(),
        }
    }

    /// A text that may begin as an error does.
    pub(crate) fn text(self, text: &str) -> String {
        if text.starts_with("error") { self.headed(text, Severity::Error) } else { text.to_owned() }
    }
}

/// `1 method`, `2 methods`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
