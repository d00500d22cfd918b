//! The pretend shop: people sign up, order, and get mail.

use std::time::Duration;

use mailmethod::queue::Action;
use mailmethod::{Call, MailHost};
use tokio::time::sleep;

use crate::output::Output;

/// When a mail is sent, or what is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Now,
    Later(u64),
    Held,
}

use When::{Held, Later, Now};

/// Method, sample, locale, recipients, when.
type Order = (&'static str, &'static str, &'static str, &'static str, When);

/// What the shop sends: some of it arrives, some is deferred, some is refused.
const ORDERS: [Order; MAILS] = [
    ("account/welcome", "new-customer", "en", "Ada Lovelace <ada@ok.test>", Now),
    ("orders/confirmation", "first-order", "en", "Ada Lovelace <ada@ok.test>", Now),
    ("orders/invoice", "by-card", "en", "Bob Moss <bob@greylist.test>", Now),
    ("news/digest", "full-week", "en", "Eve Nord <eve@bounce.test>", Now),
    ("orders/shipped", "at-home", "de", "Jürgen Weiß <juergen@ok.test>", Now),
    ("account/password-reset", "known-device", "en", "Sam Reed <sam@slow.test>", Now),
    (
        "team/invitation",
        "with-message",
        "en",
        "Grace Hopper <grace@ok.test>, Gus Lind <gus@bounce.test>",
        Now,
    ),
    ("orders/invoice", "overdue", "de", "Elke Brandt <elke@greylist.test>", Now),
    ("account/email-change", "changed-by-customer", "en", "Ada Lovelace <ada@ok.test>", Now),
    ("orders/confirmation", "team-order", "en", "Grace Hopper <grace@ok.test>", Now),
    ("news/digest", "quiet-week", "en", "Bob Moss <bob@ok.test>", Now),
    ("account/welcome", "team-account", "de", "Paul Anders <paul@bounce.test>", Now),
    ("orders/shipped", "left-with-neighbour", "en", "Élodie Martin <elodie@ok.test>", Now),
    (
        "orders/confirmation",
        "one-thing-with-invoice",
        "en",
        "Sinéad O'Connor <sinead@greylist.test>",
        Now,
    ),
    ("team/invitation", "new-owner", "de", "Mira Falk <mira@ok.test>", Now),
    ("account/password-reset", "last-minute", "en", "Bob Moss <bob@ok.test>", Now),
    ("news/digest", "full-week", "de", "Jürgen Weiß <juergen@ok.test>", Now),
    ("orders/invoice", "by-transfer", "en", "Max Ohm <max@slow.test>", Now),
    ("account/welcome", "signed-in-with-provider", "en", "Tove Holm <tove@ok.test>", Now),
    ("news/digest", "full-week", "en", "Ina Brook <ina@greylist.test>", Now),
    ("team/invitation", "buyer-without-message", "en", "Leo Park <leo@bounce.test>", Now),
    ("orders/invoice", "overdue", "en", "Ada Lovelace <ada@ok.test>", Later(3 * 3_600)),
    ("news/digest", "quiet-week", "de", "Elke Brandt <elke@ok.test>", Later(20 * 3_600)),
    ("orders/confirmation", "first-order", "de", "Jürgen Weiß <juergen@ok.test>", Held),
];

/// How many mails the shop sends.
pub(super) const MAILS: usize = 24;
/// How many of them are sent at once; the others follow one by one.
const AT_ONCE: usize = 9;
/// How long the shop waits between the others.
const PAUSE: Duration = Duration::from_millis(350);

/// Queues what the shop sends; whatever fails is told.
pub(super) async fn open(host: MailHost) {
    for (number, order) in ORDERS.into_iter().enumerate() {
        if let Err(error) = queue(&host, number, order).await {
            Output::trace(&format!("  the shop could not queue {}: {error}", order.0));
        }
        if number >= AT_ONCE {
            sleep(PAUSE).await;
        }
    }
}

async fn queue(host: &MailHost, number: usize, order: Order) -> Result<(), String> {
    let (name, sample, locale, to, when) = order;
    let methods = host.methods();
    let call = methods.get(name).and_then(|method| method.sample(sample));
    let call =
        call.unwrap_or_else(|| Call::new(name)).locale(locale).to(to).key(format!("demo-{number}"));
    let call = match when {
        Now => call.immediate(),
        Later(seconds) => call.after(Duration::from_secs(seconds)),
        Held => call.after(Duration::from_secs(3_600)),
    };
    let id = host.queue(&call).await.map_err(|error| error.to_string())?;
    if when == Held {
        let store = host.store().await.map_err(|error| error.to_string())?;
        store.act_on(Action::Hold, id, "the shop").await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
