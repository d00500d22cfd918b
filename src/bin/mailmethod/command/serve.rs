//! `serve`: the management page on this machine, and a mailer beside it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mailmethod::MailHost;
use mailmethod::manage::{self, Hosts, Login, Manage};
use mailmethod::queue::QueueError;
use mailmethod::source::Finding;
use tokio::net::TcpListener;

use super::queue::{Interrupts, Tally};
use crate::args::Serve;
use crate::browser;
use crate::context::{Context, built};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// The variable that holds the token of the API.
const TOKEN: &str = "MAILMETHOD_TOKEN";
/// The shortest token that lets somebody in from another machine.
const TOKEN_LENGTH: usize = 16;
/// How long a store that is away is left alone.
const BREATH: Duration = Duration::from_secs(5);

pub(super) fn run(context: &Context, args: &Serve, output: &mut Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))?;
    let served = runtime.block_on(serve(context, args, output));
    runtime.shutdown_timeout(Duration::from_secs(1));
    served.map(|()| Exit::Done)
}

async fn serve(context: &Context, args: &Serve, output: &mut Output) -> Result<(), Failure> {
    let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
    allowed(args.listen, token.as_deref())?;
    let mut stop = Interrupts::listen()?;
    let tally = Tally::new(context.settings.rendering.timezone.clone(), output);
    let host = built(context.host().observer(Arc::new(tally)))?;
    let listener = bound(args.listen).await?;
    let address =
        listener.local_addr().map_err(|error| Failure::io("read", "the address", &error))?;
    let (url, page) = page(&host, address, args, token);
    output.line(&url)?;
    output.finish()?;
    tell(context, address, output);
    if args.open {
        browser::open(&url);
    }
    let ended = |mut stop: Interrupts| async move { stop.first().await };
    let page = manage::serve(listener, page.router(), ended(stop.clone()));
    let page = tokio::spawn(page);
    let mailer = (!args.no_mailer).then(|| tokio::spawn(mailer(host, stop.clone())));
    stop.first().await;
    output.note("ending: what is being handed over is finished first; once more ends at once");
    let ending = async {
        drop(page.await);
        if let Some(mailer) = mailer {
            drop(mailer.await);
        }
    };
    tokio::select! {
        () = ending => {}
        () = stop.second() => {}
    }
    Ok(())
}

/// Refuses to let other machines in without a secret between them and the page.
fn allowed(listen: SocketAddr, token: Option<&str>) -> Result<(), Failure> {
    if listen.ip().is_loopback() || token.is_some_and(|token| token.len() >= TOKEN_LENGTH) {
        return Ok(());
    }
    let message =
        format!("{listen} can be reached from other machines, and nothing keeps them out");
    let help = format!(
        "listen on 127.0.0.1 and put a proxy with a login in front, or set {TOKEN} to a secret of \
         {TOKEN_LENGTH} characters or more"
    );
    Err(Failure::one(Exit::NotAllowed, Finding::error("not-allowed", message).help(help)))
}

async fn bound(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| {
        let message = format!("cannot listen on {listen}: {error}");
        let finding =
            Finding::error("listen", message).help("`--listen 127.0.0.1:0` takes any free port");
        Failure::one(Exit::TryLater, finding)
    })
}

/// The page, and the URL that opens it once.
fn page(
    host: &MailHost,
    address: SocketAddr,
    args: &Serve,
    token: Option<String>,
) -> (String, Manage) {
    let loopback = address.ip().is_loopback();
    let login = match &token {
        Some(token) => Login::with_token(address.port(), token),
        None => Login::new(address.port()),
    };
    let shown = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
    };
    let url = format!("http://{}/{}", SocketAddr::new(shown, address.port()), login.link());
    let hosts = Hosts::loopback().and(&args.host);
    let hosts = if loopback { hosts } else { hosts.and_addresses() };
    let mut page = Manage::with_login(host, login).hosts(hosts);
    if loopback && !args.production {
        page = page.development();
    }
    if args.hide_bodies {
        page = page.hide_bodies();
    }
    if let Some(token) = token {
        page = page.api_token(token);
    }
    (url, page)
}

/// Says on stderr what is served, and what to do next.
fn tell(context: &Context, address: SocketAddr, output: &mut Output) {
    let methods = context.methods();
    let missing = methods.iter().next().is_none() && methods.broken().next().is_none();
    let folder = context.settings.templates.display();
    output.note("the link above opens the page once; Ctrl-C ends it");
    if missing {
        output.note(&format!(
            "there is no mail method in {folder}/ yet: `mailmethod new account/welcome --html` makes one, \
             and the page shows it at once"
        ));
    }
    if context.settings.adapters().next().is_none() {
        output.note(
            "no adapter is defined: what is queued waits. Name one by MAILMETHOD_SMTP_URL or in mailmethod.yaml",
        );
    }
    if !address.ip().is_loopback() {
        output.note(&format!(
            "{address} can be reached from other machines, in clear: put a proxy with TLS in front"
        ));
    }
}

/// Sends what is queued, unless somebody else does; a store that is away is waited for.
async fn mailer(host: MailHost, stop: Interrupts) {
    let ended = |mut stop: Interrupts| async move { stop.first().await };
    loop {
        let lock = host.store().await.and_then(|store| store.lock_mailer());
        let ran = match lock {
            Ok(lock) => host.mailer().reloading().run_by(lock, ended(stop.clone())).await,
            Err(QueueError::MailerRuns { holder, .. }) => {
                Output::trace(&format!(
                    "another mailer works on this queue ({}): this is the page alone, until that one ends",
                    holder.trim()
                ));
                host.mailer().reloading().run(ended(stop.clone())).await
            }
            Err(error) => Err(error),
        };
        match ran {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "the queue cannot be reached, and is tried again"),
        }
        tokio::select! {
            () = ended(stop.clone()) => return,
            () = tokio::time::sleep(BREATH) => {}
        }
    }
}
