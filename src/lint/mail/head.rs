//! Headers: sender, answers, subject, and how readers unsubscribe.

use super::{Place, Problems};
use crate::lint::rules::{
    BULK_UNSUBSCRIBE, IDN_DOMAIN, NO_DISPLAY_NAME, PREHEADER_LENGTH, REPLY_TO, SUBJECT_LENGTH,
};
use crate::message::{Address, Mail, Mailbox};

/// More characters of a subject are shown by few inboxes on a screen, and by none on a telephone.
const SUBJECT: usize = 70;
/// More characters of a preheader are shown by none.
const PREHEADER: usize = 130;
/// Fewer leave the line to whatever comes next.
const SHORT_PREHEADER: usize = 20;
/// The beginnings of addresses that nobody reads.
const UNREAD: [&str; 4] = ["noreply", "no-reply", "donotreply", "do-not-reply"];

pub(super) fn check(mail: &Mail, bulk: bool, problems: &mut Problems) {
    subject(mail, problems);
    preheader(mail, problems);
    sender(mail, problems);
    reply_to(mail, problems);
    if bulk {
        unsubscribing(mail, problems);
    }
}

fn subject(mail: &Mail, problems: &mut Problems) {
    let length = mail.subject().chars().count();
    if mail.subject().trim().is_empty() {
        let help = "say in a few words what the mail is about";
        problems.add(SUBJECT_LENGTH, Place::Key("Subject"), "the mail has no subject", help);
    } else if length > SUBJECT {
        let message =
            format!("the subject has {length} characters; inboxes show {SUBJECT} at most");
        let help = "put what matters first, and the rest into the preheader";
        problems.add(SUBJECT_LENGTH, Place::Key("Subject"), message, help);
    }
}

fn preheader(mail: &Mail, problems: &mut Problems) {
    let Some(preheader) = mail.preheader() else { return };
    let length = preheader.chars().count();
    if length > PREHEADER {
        let message =
            format!("the preheader has {length} characters; inboxes show {PREHEADER} at most");
        problems.add(PREHEADER_LENGTH, Place::Key("preheader"), message, "shorten it");
    } else if length < SHORT_PREHEADER {
        let message = format!("the preheader has {length} characters, too few to say something");
        let help = "go on where the subject ends: it is the second thing that is read of a mail";
        problems.add(PREHEADER_LENGTH, Place::Key("preheader"), message, help);
    }
}

fn sender(mail: &Mail, problems: &mut Problems) {
    if mail.from().name().is_none_or(|name| name.trim().is_empty()) {
        let shown = problems.shown(&mail.from().address().to_string());
        let message = format!("the sender is {shown} without a name");
        let help = "write `from: Name <address>`: inboxes show the name";
        problems.add(NO_DISPLAY_NAME, Place::Key("From"), message, help);
    }
    let named = [("From", std::slice::from_ref(mail.from())), ("Reply-To", mail.reply_to())];
    for (key, mailboxes) in named {
        for mailbox in mailboxes {
            let domain = mailbox.address().domain();
            if domain.split('.').any(|label| label.starts_with("xn--")) {
                let domain = problems.shown(domain);
                let message = format!("{key} has the domain {domain}, which readers see like this");
                let help = "use an ASCII domain for what is sent and answered";
                problems.add(IDN_DOMAIN, Place::Key(key), message, help);
            }
        }
    }
}

fn reply_to(mail: &Mail, problems: &mut Problems) {
    let list = mail.reply_to();
    let key = || Place::Key("Reply-To");
    let unread = |address: &Address| {
        let local = address.local_part().to_ascii_lowercase();
        UNREAD.iter().any(|beginning| local.starts_with(beginning))
    };
    let help = "readers do answer: name an address that somebody reads";
    if list.len() > 1 {
        let message =
            format!("Reply-To names {} addresses; some mail programs take one", list.len());
        problems.add(REPLY_TO, key(), message, "name one");
    }
    if let Some(one) = list.iter().find(|one| unread(one.address())) {
        let shown = problems.shown(&one.address().to_string());
        let message = format!("answers go to {shown}, which nobody reads");
        problems.add(REPLY_TO, key(), message, help);
    } else if list.is_empty() && unread(mail.from().address()) {
        let shown = problems.shown(&mail.from().address().to_string());
        let message = format!("answers go to {shown}, which nobody reads");
        problems.add(REPLY_TO, Place::Key("From"), message, help);
    }
    let same = |one: &Mailbox, other: &Mailbox| one.address() == other.address();
    if let [only] = list
        && same(only, mail.from())
    {
        let message = "Reply-To is the address of From, where answers go anyway";
        problems.add(REPLY_TO, key(), message, "leave it out");
    }
    if let Some(one) = list.iter().find(|one| mail.to().iter().any(|to| same(one, to))) {
        let shown = problems.shown(&one.address().to_string());
        let message = format!("an answer of {shown} goes back to the same address");
        problems.add(REPLY_TO, key(), message, "name the address of who wants an answer");
    }
}

fn unsubscribing(mail: &Mail, problems: &mut Problems) {
    let help = "write `unsubscribe: LIST` in the method, which writes both headers with a token";
    let key = Place::Key("List-Unsubscribe");
    let Some(value) = mail.header("List-Unsubscribe") else {
        let message = "a bulk mail without List-Unsubscribe";
        problems.add(BULK_UNSUBSCRIBE, Place::Key("kind"), message, help);
        return;
    };
    if !value.contains("<https://") {
        let message = format!("List-Unsubscribe has no https address: {}", problems.shown(&value));
        problems.add(BULK_UNSUBSCRIBE, key, message, help);
        return;
    }
    match mail.header("List-Unsubscribe-Post") {
        None => {
            let message = "List-Unsubscribe without List-Unsubscribe-Post is no one-click";
            problems.add(BULK_UNSUBSCRIBE, key, message, help);
        }
        Some(value) if value != "List-Unsubscribe=One-Click" => {
            let message = format!("List-Unsubscribe-Post is {:?}", problems.shown(&value));
            let help = "RFC 8058 knows one value: List-Unsubscribe=One-Click";
            problems.add(BULK_UNSUBSCRIBE, Place::Key("List-Unsubscribe-Post"), message, help);
        }
        Some(_) => {}
    }
}
