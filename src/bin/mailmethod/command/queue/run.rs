//! `queue run`: a mailer, in the foreground. A line for each attempt goes to stderr.

use std::sync::Arc;

use mailmethod::MailHost;
use mailmethod::adapter::{Adapter, Opener};
use mailmethod::host::HostMailer;
use mailmethod::mailer::Drained;
use mailmethod::message::Address;
use mailmethod::queue::Store;
use mailmethod::source::Finding;
use serde_json::json;
use tokio::runtime::Builder;

use super::stop::Interrupts;
use super::tally::Tally;
use crate::context::{Context, built};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Run;
use crate::store::failed;

pub(super) fn run(context: &Context, args: &Run, output: &mut Output) -> Result<Exit, Failure> {
    let zone = context.settings.rendering.timezone.clone();
    let tally = Arc::new(Tally::new(zone, output));
    let opener = match args.connections {
        Some(most) => Opener::new().connections(most),
        None => Opener::new(),
    };
    let instead = args.adapter.as_deref().map(|name| context.opened(name, &opener)).transpose()?;
    let host = host(context, instead.is_none().then_some(&opener), &tally)?;
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))?;
    let ended = runtime.block_on(Box::pin(work(context, &host, instead, args, output)));
    // Whoever wants it to end at once waits for nothing.
    runtime.shutdown_background();
    match ended? {
        Ended::InOrder(drained) => tell(&drained, &tally, output),
        Ended::AtOnce => {
            output.note("interrupted: what was being sent is uncertain or due again");
            Ok(Exit::Interrupted)
        }
    }
}

/// How a mailer ended.
enum Ended {
    InOrder(Drained),
    AtOnce,
}

/// A host with every adapter of the settings, opened; without an opener, with none.
fn host(
    context: &Context,
    opener: Option<&Opener>,
    tally: &Arc<Tally>,
) -> Result<MailHost, Failure> {
    let mut builder = context.host().observer(Arc::<Tally>::clone(tally));
    if let Some(opener) = opener {
        let names: Vec<&str> = context.settings.adapters().collect();
        if names.is_empty() {
            return Err(no_adapter());
        }
        for name in names {
            builder = builder.adapter(name, context.opened(name, opener)?);
        }
    }
    built(builder)
}

fn no_adapter() -> Failure {
    let finding = Finding::error("adapter", "no adapter is defined").help(
        "give --adapter, set MAILMETHOD_SMTP_URL, or write `adapters: { default: URL }` in mailmethod.yaml",
    );
    Failure::one(Exit::Settings, finding)
}

async fn work(
    context: &Context,
    host: &MailHost,
    instead: Option<Arc<dyn Adapter>>,
    args: &Run,
    output: &mut Output,
) -> Result<Ended, Failure> {
    let mut stop = Interrupts::listen()?;
    let store = host.store().await.map_err(|error| failed(&error))?;
    let mut mailer = host.mailer().reloading();
    if let Some(lanes) = args.connections.and_then(|most| usize::try_from(most).ok()) {
        mailer = mailer.lanes(lanes);
    }
    if let Some(adapter) = instead {
        mailer = mailer.through(adapter);
    }
    // Not waited for: who starts a second mailer by mistake wants to know.
    let lock =
        if args.once { None } else { Some(store.lock_mailer().map_err(|error| failed(&error))?) };
    begin(context, &store, args, output);
    let told = told(stop.clone(), output.is_quiet());
    let working = async {
        match lock {
            Some(lock) => mailer.run_by(lock, told).await.map(|()| Drained::default()),
            None => HostMailer::drain(mailer, told).await,
        }
    };
    tokio::select! {
        done = working => done.map(Ended::InOrder).map_err(|error| failed(&error)),
        () = stop.second() => Ok(Ended::AtOnce),
    }
}

/// Waits until a person wants the end, and says what that means.
async fn told(mut stop: Interrupts, quiet: bool) {
    stop.first().await;
    if !quiet {
        Output::trace("ending: what has passed the gate is finished; once more ends at once");
    }
}

fn begin(context: &Context, store: &Store, args: &Run, output: &mut Output) {
    if !args.once {
        output.note(&format!("sending what is due in {}; Ctrl-C ends", store.location()));
    }
    let redirect: Vec<&str> =
        context.settings.policy.redirect.iter().map(Address::as_str).collect();
    if !redirect.is_empty() {
        output.note(&format!("all mail is redirected to {}", redirect.join(", ")));
    }
    let broken: Vec<&str> = context.methods().broken().collect();
    if !broken.is_empty() {
        output.note(&format!(
            "calls of these methods are held, because their files are wrong: {}",
            broken.join(", ")
        ));
    }
}

fn tell(drained: &Drained, tally: &Tally, output: &mut Output) -> Result<Exit, Failure> {
    let Drained { waiting, paused } = drained;
    for (route, error) in waiting {
        output.note(&format!("route {route} is given up, and its mails wait: {error}"));
    }
    for route in paused {
        output.note(&format!(
            "route {route} is paused, and its mails wait: `mailmethod queue resume {route}`"
        ));
    }
    output.note(&tally.sum());
    if output.json {
        let waiting =
            waiting.iter().map(|(route, error)| json!({ "route": route, "error": error }));
        output.json(&json!({
            "v": 1, "attempts": tally.document(), "waiting": waiting.collect::<Vec<_>>(),
            "paused": paused,
        }))?;
    }
    Ok(if waiting.is_empty() { Exit::Done } else { Exit::TryLater })
}
