//! `doctor`: tries each adapter without a mail: name, connection, TLS, login, what the server offers.
//!
//! It contacts the configured relays and nothing else.

use mailmethod::adapter::{Class, DeliveryError, Phase, Probe};
use mailmethod::source::Finding;

use crate::args::Doctor;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(super) fn run(context: &Context, args: &Doctor, output: &mut Output) -> Result<Exit, Failure> {
    let names: Vec<String> = match &args.adapter {
        Some(name) => vec![name.clone()],
        None => context.settings.adapters().map(str::to_owned).collect(),
    };
    if names.is_empty() {
        let finding = Finding::error("adapter", "no adapter is defined")
            .help("set MAILMETHOD_SMTP_URL, or `adapters: { default: URL }` in mailmethod.yaml");
        return Err(Failure::one(Exit::Settings, finding));
    }
    let runtime = super::runtime()?;
    let mut exit = Exit::Done;
    let mut adapters = Vec::new();
    for name in &names {
        let adapter = context.adapter(name, args.trace)?;
        let probe = runtime.block_on(async {
            let probe = adapter.probe().await;
            adapter.close().await;
            probe
        });
        if exit == Exit::Done {
            exit = verdict(&probe);
        }
        // A URL may hold a password, so it is not shown.
        let shown = if name.contains(':') { "--adapter" } else { name };
        if output.json {
            adapters.push(described(shown, &probe));
        } else {
            tell(shown, &probe, output)?;
        }
    }
    if output.json {
        output.json(&serde_json::json!({ "v": 1, "adapters": adapters }))?;
    }
    Ok(exit)
}

/// What the first failure means: a login or TLS that is wrong is a matter of settings.
fn verdict(probe: &Probe) -> Exit {
    match &probe.error {
        None => Exit::Done,
        Some(error) if matches!(error.phase, Phase::Auth | Phase::Tls) => Exit::Settings,
        Some(error) if error.class == Class::Permanent => Exit::Refused,
        Some(_) => Exit::TryLater,
    }
}

/// An error and what lies behind it, without the phase, which stands before it.
fn message(error: &DeliveryError) -> String {
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        text = format!("{text}: {cause}");
    }
    let phase = format!("{}: ", error.phase.as_str());
    text.strip_prefix(&phase).map_or(text.clone(), str::to_owned)
}

fn tell(name: &str, probe: &Probe, output: &mut Output) -> Result<(), Failure> {
    output.line(name)?;
    for step in &probe.steps {
        output.line(&format!("  ok      {:9} {}", step.phase.as_str(), step.seen))?;
    }
    match &probe.error {
        Some(error) => {
            output.line(&format!("  failed  {:9} {}", error.phase.as_str(), message(error)))?;
            if let Some(help) = error.help {
                output.line(&format!("          {:9} help: {help}", ""))?;
            }
            Ok(())
        }
        None if probe.steps.is_empty() => {
            output.line("  ok      nothing to try: it contacts no server")
        }
        None => Ok(()),
    }
}

fn described(name: &str, probe: &Probe) -> serde_json::Value {
    let steps: Vec<_> = probe
        .steps
        .iter()
        .map(|step| serde_json::json!({ "phase": step.phase.as_str(), "seen": step.seen }))
        .collect();
    let error = probe.error.as_ref().map(|error| {
        serde_json::json!({
            "phase": error.phase.as_str(), "message": message(error), "help": error.help,
        })
    });
    serde_json::json!({ "adapter": name, "steps": steps, "error": error })
}
