//! `demo`: a pretend shop, a pretend relay and the page, in one process and a temporary folder.
//!
//! Nothing but loopback is used, and nothing is left behind.

mod files;
mod folder;
mod shop;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mailmethod::MailHost;
use mailmethod::adapter::AllowRule;
use mailmethod::host::Settings;
use mailmethod::mailer::Retry;
use mailmethod::manage::{self, Hosts, Login, Manage};
use mailmethod::source::Finding;
use mailmethod::testing::{FaultServer, Golden, Rule, Verb};
use tokio::net::TcpListener;

use self::folder::Folder;
use crate::args::Demo;
use crate::command::queue::{Interrupts, Tally};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Where the page is, unless somebody else is there.
const PORT: u16 = 8225;
/// The domains that the relay obeys, as who may get a test.
pub(super) const DOMAINS: [&str; 4] = ["@ok.test", "@greylist.test", "@bounce.test", "@slow.test"];
/// How long everything may take to end.
const GRACE: Duration = Duration::from_secs(3);

pub(super) fn run(args: &Demo, output: &mut Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("started", "the runtime", &error))?;
    let folder =
        Folder::new().map_err(|error| Failure::io("made", "a temporary folder", &error))?;
    let shown = runtime.block_on(show(args, folder.path(), output));
    runtime.shutdown_timeout(Duration::from_millis(500));
    drop(folder);
    shown.map(|()| Exit::Done)
}

async fn show(args: &Demo, folder: &Path, output: &mut Output) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::one(
            Exit::TryLater,
            Finding::error("demo", format!("the demo does not start: {error}")),
        )
    };
    let relay = relay().await.map_err(|error| failed(&error))?;
    let mut stop = Interrupts::listen()?;
    let host = host(folder, &relay, output).map_err(|error| failed(&error))?;
    let listener = listener().await.map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    let login = Login::new(address.port());
    let url = format!("http://{address}/{}", login.link());
    greet(folder, &host, &relay, output)?;
    lead(&url, args, output)?;

    let ended = |mut stop: Interrupts| async move { stop.first().await };
    let page = page(&host, login, folder).router();
    let page = tokio::spawn(manage::serve(listener, page, ended(stop.clone())));
    let retry = Retry {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(15),
        greylisted: Duration::from_secs(5),
    };
    let mailer = host.mailer().retry(retry).every(Duration::from_secs(1));
    let mailer = tokio::spawn(mailer.run(ended(stop.clone())));
    let shop = tokio::spawn(shop::open(host));
    stop.first().await;
    shop.abort();
    drop(tokio::time::timeout(GRACE, async { (page.await, mailer.await) }).await);
    Ok(())
}

/// The relay: it obeys the domain of each recipient.
async fn relay() -> std::io::Result<FaultServer> {
    let relay = FaultServer::start().await?;
    let greylisted = "451 4.7.1 Greylisted, come back in a moment";
    relay.rule(Rule::on(Verb::Rcpt).address("@greylist.test").times_each(2).reply(greylisted));
    relay.rule(Rule::on(Verb::Rcpt).address("@bounce.test").reply("550 5.1.1 No such user here"));
    let late = "451 4.4.1 mx.slow.test: connection timed out";
    relay.rule(Rule::on(Verb::Rcpt).address("@slow.test").late(late, Duration::from_secs(2)));
    Ok(relay)
}

fn host(folder: &Path, relay: &FaultServer, output: &Output) -> Result<MailHost, String> {
    let templates = folder.join("templates");
    files::write(&templates).map_err(|error| error.to_string())?;
    let settings = Settings::parse("mailmethod.yaml", files::SETTINGS, &|_name| None);
    let mut settings = settings.map_err(|findings| findings.to_string())?;
    settings.templates = templates;
    settings.set_adapter("default", relay.url());
    settings.set_store(format!("sqlite:{}", folder.join("mail.db").display()));
    let tally = Tally::new(settings.rendering.timezone.clone(), output);
    let host = MailHost::builder().settings(settings).observer(Arc::new(tally)).build();
    let host = host.map_err(|error| error.to_string())?;
    let golden = Golden::new(&host.methods(), &folder.join("golden")).accept();
    golden.map_err(|error| error.to_string())?;
    Ok(host)
}

/// The usual port, or any that is free.
async fn listener() -> std::io::Result<TcpListener> {
    match TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], PORT))).await {
        Ok(listener) => Ok(listener),
        Err(_taken) => TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await,
    }
}

fn page(host: &MailHost, login: Login, folder: &Path) -> Manage {
    let testers = DOMAINS.iter().filter_map(|domain| domain.parse::<AllowRule>().ok());
    let note = format!(
        "A demo: a pretend shop and a pretend relay. Edit {} and the page follows. Nothing leaves this machine.",
        folder.join("templates").display()
    );
    Manage::with_login(host, login)
        .hosts(Hosts::loopback())
        .development()
        .testers(testers)
        .goldens(folder.join("golden"))
        .note(note)
}

/// Says what there is.
fn greet(
    folder: &Path,
    host: &MailHost,
    relay: &FaultServer,
    output: &mut Output,
) -> Result<(), Failure> {
    let methods = host.methods().iter().count();
    let templates = folder.join("templates");
    output.line(&format!(
        "✔ {methods} mail methods in {}   (edit them: the page follows)",
        templates.display()
    ))?;
    output.line(&format!(
        "✔ pretend relay {} · mailer at work · a pretend shop queues {} mails",
        relay.address(),
        shop::MAILS
    ))?;
    output.line("  it takes @ok.test, wants two more tries for @greylist.test, refuses @bounce.test, and @slow.test times out")
}

/// Says where the page is, and opens it.
fn lead(url: &str, args: &Demo, output: &mut Output) -> Result<(), Failure> {
    let opening = if args.no_open { "" } else { "   (--no-open keeps the browser shut)" };
    output.line(&format!("→ {url}{opening}"))?;
    output.line("  Try: Methods → orders/confirmation, change the date due, press Render. Ctrl-C cleans up.")?;
    output.finish()?;
    if !args.no_open {
        crate::browser::open(url);
    }
    Ok(())
}
