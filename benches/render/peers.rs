//! The peers: the libraries below mailmethod on their own, and the usual other stack.
//!
//! They do what the whole call does and nothing more: no types are checked, no
//! limit but the engine's own, no address is fenced.

use std::time::{Duration, SystemTime};

use encodify::qp;
use lettre::message::header::{ContentType as LettreType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use mailmethod::Stamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::order::{Order, TEMPLATES};

/// The time and the id of every message.
pub(crate) const SECONDS: i64 = 1_793_000_000;
const ID: &str = "0192f0c0000070008000000000000029";

/// The stamp that gives our message the same ids.
pub(crate) fn stamp() -> Result<Stamp, Box<dyn std::error::Error>> {
    Ok(Stamp::new(jiff::Timestamp::from_second(SECONDS)?, ID.parse()?))
}

/// What the templates of one mail print.
pub(crate) struct Rendered {
    pub(crate) subject: String,
    pub(crate) order_no: String,
    pub(crate) filename: String,
    pub(crate) html: String,
    pub(crate) text: String,
}

/// minijinja with the settings that mailmethod gives it, and the same templates.
pub(crate) struct Engine(Environment<'static>);

impl Engine {
    pub(crate) fn new() -> Result<Self, minijinja::Error> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|name| {
            if name.ends_with(".html.j2") { AutoEscape::Html } else { AutoEscape::None }
        });
        env.set_debug(true);
        env.set_auto_reload(false);
        env.set_fuel(Some(5_000_000));
        env.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()?,
        );
        let headers = [
            ("to", "{{ customer.name }} <{{ customer.email }}>"),
            ("subject", "Order {{ order_no }} confirmed"),
            ("x-order", "{{ order_no }}"),
            ("filename", "invoice-{{ order_no }}.pdf"),
        ];
        for (name, source) in headers.into_iter().chain(TEMPLATES) {
            env.add_template(name, source)?;
        }
        Ok(Self(env))
    }

    /// Renders all templates of the mail.
    pub(crate) fn render(&self, order: &Order) -> Result<Rendered, minijinja::Error> {
        let lines = order.lines.iter().map(|line| {
            context! { title => line.title, quantity => line.quantity, price => line.price }
        });
        let context: Value = context! {
            customer => context! { name => order.customer.name, email => order.customer.email },
            order_no => order.order_no,
            lines => lines.collect::<Vec<_>>(),
            total => order.total,
            due => order.due,
            note => order.note,
        };
        let render = |name| self.0.get_template(name)?.render(context.clone());
        // The builders get the recipient from the order, but the header is rendered as well.
        std::hint::black_box(render("to")?);
        Ok(Rendered {
            subject: render("subject")?,
            order_no: render("x-order")?,
            filename: render("filename")?,
            html: render("orders/confirmation.html.j2")?,
            text: render("orders/confirmation.txt.j2")?,
        })
    }
}

/// Writes the message with mail-builder alone: the same octets as ours.
pub(crate) fn with_mail_builder(mail: &Rendered, order: &Order) -> std::io::Result<Vec<u8>> {
    let multipart = |subtype: &'static str, number: u8, parts| {
        let kind = ContentType::new(subtype).attribute("boundary", format!("=_{ID}_{number}"));
        MimePart::new(kind, BodyPart::Multipart(parts))
    };
    let body = |essence: &'static str, text: &str| {
        let mut encoded = Vec::with_capacity(text.len() + text.len() / 4);
        qp::BODY.encode_append(text, &mut encoded);
        MimePart::new(ContentType::new(essence).attribute("charset", "utf-8"), encoded)
            .transfer_encoding("quoted-printable")
    };
    let kind = ContentType::new("application/pdf").attribute("name", mail.filename.as_str());
    let disposition = ContentType::new("attachment").attribute("filename", mail.filename.as_str());
    let pdf = MimePart::new(kind, order.invoice.content().as_ref())
        .header("Content-Disposition", disposition);
    let bodies = vec![body("text/plain", &mail.text), body("text/html", &mail.html)];
    MessageBuilder::new()
        .from(("Example Shop", "orders@shop.example.test"))
        .to((order.customer.name, order.customer.email))
        .reply_to(("Example Shop Help", "help@shop.example.test"))
        .subject(mail.subject.as_str())
        .date(SECONDS)
        .message_id(format!("{ID}@shop.example.test"))
        .header("X-Order", Raw::new(mail.order_no.as_str()))
        .body(multipart(
            "multipart/mixed",
            1,
            vec![multipart("multipart/alternative", 2, bodies), pdf],
        ))
        .write_to_vec()
}

/// Writes the message with lettre's builder: it chooses encodings and boundaries itself.
pub(crate) fn with_lettre(
    mail: &Rendered,
    order: &Order,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(SECONDS)?);
    let bodies = MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.text.clone()))
        .singlepart(SinglePart::html(mail.html.clone()));
    let pdf = Attachment::new(mail.filename.clone())
        .body(order.invoice.content().to_vec(), LettreType::parse("application/pdf")?);
    let message = lettre::Message::builder()
        .from(mailbox("Example Shop", "orders@shop.example.test")?)
        .to(mailbox(order.customer.name, order.customer.email)?)
        .reply_to(mailbox("Example Shop Help", "help@shop.example.test")?)
        .subject(mail.subject.as_str())
        .date(date)
        .message_id(Some(format!("<{ID}@shop.example.test>")))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("X-Order"),
            mail.order_no.clone(),
        ))
        .multipart(MultiPart::mixed().multipart(bodies).singlepart(pdf))?;
    Ok(message.formatted())
}

fn mailbox(name: &str, address: &str) -> Result<Mailbox, lettre::address::AddressError> {
    Ok(Mailbox::new(Some(name.to_owned()), address.parse()?))
}
