//! The table: what replies mean, in our own words.

use super::Meaning;

/// Short for a row's words.
const fn says(summary: &'static str, advice: &'static str, source: &'static str) -> Meaning {
    Meaning { summary, advice, source }
}

/// What an acceptance means.
pub(super) const ACCEPTED: Meaning = says(
    "The relay has taken the mail.",
    "There is nothing to do; whether it is read, only its reader knows.",
    "RFC 5321 4.2.5",
);
/// What a refusal means of which nothing more is known.
pub(super) const REFUSED: Meaning = says(
    "The server refuses the mail for good.",
    "Read its words; correct what they name, and send it anew.",
    "RFC 5321 4.2.1",
);
/// What means nothing in particular.
pub(super) const DEFERRED: Meaning =
    says("The mail was not taken for now.", "Wait: it is tried again by itself.", "RFC 5321 4.2.1");

/// Enhanced codes: `4.7.1` in its own class, `x.7.1` in every other.
pub(super) const ENHANCED: &[(&str, Meaning)] = &[
    (
        "4.7.1",
        says(
            "The server does not know you yet, or not well enough, and takes a second try later (greylisting), or it has put a limit on you.",
            "Wait: it is tried again by itself. If it goes on for hours, ask the operator of that server.",
            "RFC 6647",
        ),
    ),
    (
        "4.7.0",
        says(
            "The server limits how much it takes from you, or checks you first.",
            "Wait: it is tried again by itself. If it happens to many mails, send more slowly: `rate=` in the adapter URL.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "4.2.2",
        says(
            "The recipient's mailbox is full.",
            "Wait: it is tried again until it expires. Tell the recipient in another way if it is urgent.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "5.2.2",
        says(
            "The recipient's mailbox is full, and the server will not keep the mail.",
            "Reach the recipient in another way, then retry.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "4.4.7",
        says(
            "The server kept the mail for as long as it was willing to, and could not pass it on.",
            "Wait or retry; the trouble is between that server and the next one.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "4.3.2",
        says(
            "The server is being shut down or is in maintenance.",
            "Wait: it is tried again by itself.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.0.0",
        says(
            "The server gives no reason.",
            "Read its words; they are all that is known.",
            "RFC 3463 3.1",
        ),
    ),
    (
        "x.1.0",
        says(
            "Something is wrong with an address.",
            "Read the server's words, correct the address, and redirect the mail.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.1",
        says(
            "There is no such mailbox at that domain.",
            "Check the address for a slip and redirect the mail, or remove the address from your list.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.2",
        says(
            "The domain behind the @ does not exist or takes no mail.",
            "Check the domain for a slip and redirect the mail.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.3",
        says(
            "The server cannot read the recipient's address.",
            "Correct the address and redirect the mail.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.4",
        says(
            "The address matches several mailboxes there.",
            "Ask the recipient for the whole address and redirect the mail.",
            "RFC 3463 3.2",
        ),
    ),
    ("x.1.5", says("The address is right.", "There is nothing to do.", "RFC 3463 3.2")),
    (
        "x.1.6",
        says(
            "The mailbox has moved and left no new address.",
            "Ask the recipient for the new address and redirect the mail.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.7",
        says(
            "The server cannot read the sender's address.",
            "Correct the header `return-path` or `from` of the method, and send it anew.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.8",
        says(
            "The domain of the sender's address does not exist or does not resolve.",
            "Check `return-path` and `from` of the method, and the DNS of their domain.",
            "RFC 3463 3.2",
        ),
    ),
    (
        "x.1.9",
        says(
            "The mail was passed on to a system that speaks another protocol.",
            "There is nothing to do, but expect no notice of what becomes of it.",
            "RFC 3886",
        ),
    ),
    (
        "x.1.10",
        says(
            "The recipient's domain says that it takes no mail at all.",
            "Check the domain for a slip and redirect the mail.",
            "RFC 7505 4.1",
        ),
    ),
    (
        "x.2.0",
        says(
            "Something is wrong with the recipient's mailbox.",
            "Read the server's words; the recipient or its operator can mend it.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "x.2.1",
        says(
            "The mailbox exists and is switched off.",
            "Reach the recipient in another way, or redirect the mail.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "x.2.2",
        says(
            "The recipient's mailbox is full.",
            "Reach the recipient in another way, then retry.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "x.2.3",
        says(
            "The message is larger than this mailbox may receive.",
            "Make the attachments smaller, or link to them, and send it anew.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "x.2.4",
        says(
            "The address is a mailing list that cannot be expanded.",
            "Tell the owner of the list.",
            "RFC 3463 3.3",
        ),
    ),
    (
        "x.3.0",
        says(
            "Something is wrong with the receiving system.",
            "Wait, and if it stays so tell its operator.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.1",
        says(
            "The disk of the receiving system is full.",
            "Wait, and if it stays so tell its operator.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.2",
        says(
            "The server takes no mail from the network at the moment.",
            "Wait, and if it stays so tell its operator.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.3",
        says(
            "The server lacks a feature that this mail needs.",
            "Send a simpler mail: plain text, no attachments, no addresses beyond ASCII.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.4",
        says(
            "The message is larger than this server takes.",
            "Make the attachments smaller, or link to them, and send it anew.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.5",
        says(
            "The receiving system is not configured rightly.",
            "Tell its operator; retry once it is mended.",
            "RFC 3463 3.4",
        ),
    ),
    (
        "x.3.6",
        says(
            "The server changed the priority that was asked for.",
            "There is nothing to do.",
            "RFC 6710 7",
        ),
    ),
    (
        "x.4.0",
        says(
            "Something is wrong with the network or the routing behind the server.",
            "Wait, and if it stays so tell its operator.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.1",
        says(
            "The next server does not answer.",
            "Wait: it is most often down for a while only.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.2",
        says(
            "The connection to the next server broke off.",
            "Wait: a further try most often goes through.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.3",
        says(
            "A directory server, mostly DNS, did not answer there.",
            "Wait; check the DNS of the domains in this mail if it stays so.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.4",
        says(
            "The server knows no way to the recipient's domain.",
            "Check the domain for a slip; else its MX record in DNS is wrong.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.5",
        says(
            "The receiving system is overloaded.",
            "Wait; send more slowly if it happens often: `rate=` in the adapter URL.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.6",
        says(
            "The mail goes round in circles between servers.",
            "Tell the operators: forwarding at the recipient's side leads back to itself.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.4.7",
        says(
            "The mail was too old when it came, or waited too long for the next server.",
            "Retry; it gets another day.",
            "RFC 3463 3.5",
        ),
    ),
    (
        "x.5.0",
        says(
            "The server and we do not speak the same protocol.",
            "Look at the dialogue, and tell the operator of that server.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.1",
        says(
            "The server does not accept this command now, or not before a login.",
            "Look at the dialogue; most often user name and password are missing in the adapter URL.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.2",
        says(
            "The server cannot read a command.",
            "Look at the dialogue: an unusual address is the likely reason.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.3",
        says(
            "There are more recipients than the server takes in one mail.",
            "Wait: the others are sent in further transactions.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.4",
        says(
            "The server does not accept a parameter of a command.",
            "Look at the dialogue, and tell the operator of that server.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.5",
        says(
            "The server speaks another version of the protocol.",
            "Tell the operator of that server.",
            "RFC 3463 3.6",
        ),
    ),
    (
        "x.5.6",
        says(
            "A line of the login was longer than the server takes.",
            "Use a shorter token or password, or another `auth=` in the adapter URL.",
            "RFC 4954 6",
        ),
    ),
    (
        "x.6.0",
        says(
            "Something is wrong with the content of the mail.",
            "Read the server's words, change the method, and send it anew.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.1",
        says(
            "The recipient's system does not take this kind of content.",
            "Leave out or change the attachment, and send it anew.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.2",
        says(
            "The content would have to be converted, and that is forbidden.",
            "Send it as plain text, or to another address.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.3",
        says(
            "The content would have to be converted, and the server cannot.",
            "Send it as plain text, or to another address.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.4",
        says(
            "The content was converted and lost something on the way.",
            "Tell the recipient, or send it anew in a simpler form.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.5",
        says(
            "The content could not be converted.",
            "Send it as plain text, or to another address.",
            "RFC 3463 3.7",
        ),
    ),
    (
        "x.6.6",
        says(
            "The server could not fetch the content.",
            "Retry; the message itself is here and whole.",
            "RFC 4468 5",
        ),
    ),
    (
        "x.6.7",
        says(
            "The server takes no address with letters beyond ASCII in this place.",
            "Use an address of ASCII letters, and redirect the mail.",
            "RFC 6531 3.6",
        ),
    ),
    (
        "x.6.8",
        says(
            "The server would have to answer in UTF-8, which was not agreed on.",
            "Use addresses of ASCII letters.",
            "RFC 6531 3.6",
        ),
    ),
    (
        "x.6.9",
        says(
            "The headers hold UTF-8, and a server on the way takes none.",
            "Use addresses of ASCII letters, and send it anew.",
            "RFC 6531 3.6",
        ),
    ),
    (
        "x.7.0",
        says(
            "A rule of the server's security keeps the mail out.",
            "Read the server's words: they mostly name the rule or link to it.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.1",
        says(
            "The server does not let you send this mail to this recipient: a block, a filter, or no right to relay.",
            "Read the server's words; check that you log in, that SPF and DKIM of your domain are right, and that you are on no block list.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.2",
        says(
            "You may not send to this mailing list.",
            "Ask its owner for the right to post.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.3",
        says(
            "The mail would have to be protected in another way to go on.",
            "Tell the operator of that server.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.4",
        says(
            "The server lacks a security feature that this mail asks for.",
            "Tell the operator of that server.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.5",
        says(
            "The server could not verify or decrypt the content.",
            "Check signatures and encryption of the mail.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.6",
        says(
            "The server does not know the cryptography that the mail uses.",
            "Check signatures and encryption of the mail.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.7",
        says(
            "The server found that the content was changed on the way.",
            "Retry; if it happens again, something between you and the server rewrites mail.",
            "RFC 3463 3.8",
        ),
    ),
    (
        "x.7.8",
        says(
            "User name or password are wrong.",
            "Correct them in the adapter URL; the mails wait and lose nothing.",
            "RFC 4954 6",
        ),
    ),
    (
        "x.7.9",
        says(
            "The way of logging in is too weak for the server.",
            "Choose another `auth=` in the adapter URL.",
            "RFC 4954 6",
        ),
    ),
    (
        "x.7.10",
        says(
            "The server wants TLS first.",
            "Use smtp+starttls:// or smtps:// in the adapter URL.",
            "RFC 5248",
        ),
    ),
    (
        "x.7.11",
        says(
            "The server wants TLS before this way of logging in.",
            "Use smtp+starttls:// or smtps:// in the adapter URL.",
            "RFC 4954 6",
        ),
    ),
    (
        "x.7.12",
        says(
            "The server wants you to set or renew your password before this way of logging in.",
            "Log in once in the provider's own way, then retry.",
            "RFC 4954 6",
        ),
    ),
    (
        "x.7.13",
        says(
            "Your account at the relay is switched off.",
            "Ask the relay's operator; the mails wait.",
            "RFC 5248",
        ),
    ),
    (
        "x.7.14",
        says(
            "The server trusts no relation between you and it.",
            "Ask its operator what is missing.",
            "RFC 5248",
        ),
    ),
    (
        "x.7.15",
        says(
            "The server takes only mail of a higher priority now.",
            "Wait: it is tried again.",
            "RFC 6710 7",
        ),
    ),
    (
        "x.7.16",
        says(
            "The message is too large for its priority.",
            "Make it smaller, or wait.",
            "RFC 6710 7",
        ),
    ),
    (
        "x.7.17",
        says(
            "The mailbox belongs to somebody else now.",
            "Ask the recipient for the present address; do not send this content there.",
            "RFC 7293 14",
        ),
    ),
    (
        "x.7.18",
        says(
            "The domain belongs to somebody else now.",
            "Ask the recipient for the present address; do not send this content there.",
            "RFC 7293 14",
        ),
    ),
    (
        "x.7.19",
        says(
            "The server cannot tell since when the mailbox has had its owner.",
            "Retry, or reach the recipient in another way.",
            "RFC 7293 14",
        ),
    ),
    (
        "x.7.20",
        says(
            "The server wants a DKIM signature that holds, and found none.",
            "Let your relay sign with DKIM, and check its record in DNS.",
            "RFC 7372 3.1",
        ),
    ),
    (
        "x.7.21",
        says(
            "The DKIM signature holds, but is none that the server accepts.",
            "Check key length and domain of the signature.",
            "RFC 7372 3.1",
        ),
    ),
    (
        "x.7.22",
        says(
            "The DKIM signature is not of the domain in From.",
            "Let your relay sign for the domain of `from`.",
            "RFC 7372 3.1",
        ),
    ),
    (
        "x.7.23",
        says(
            "SPF says that your relay may not send for this domain.",
            "Add the relay to the SPF record of the domain in `return-path`.",
            "RFC 7372 3.2",
        ),
    ),
    (
        "x.7.24",
        says(
            "The SPF record of your domain cannot be read.",
            "Mend the SPF record of the domain in `return-path`.",
            "RFC 7372 3.2",
        ),
    ),
    (
        "x.7.25",
        says(
            "The address of your relay has no name, or a wrong one, in DNS.",
            "Give the relay's IP address a reverse DNS name that leads back to it.",
            "RFC 7372 3.3",
        ),
    ),
    (
        "x.7.26",
        says(
            "Several checks of who you are failed at once: SPF, DKIM or DMARC.",
            "Check all three for the domain of `from`.",
            "RFC 7372 3.4",
        ),
    ),
    (
        "x.7.27",
        says(
            "The sender's domain says that it takes no mail, so nobody answers there.",
            "Use a sender whose domain has an MX record.",
            "RFC 7505 4.2",
        ),
    ),
    (
        "x.7.28",
        says(
            "The server thinks that you send too much.",
            "Wait; send more slowly: `rate=` in the adapter URL.",
            "RFC 5248",
        ),
    ),
    (
        "x.7.29",
        says(
            "The chain of earlier checks (ARC) does not hold.",
            "Tell the operator of the forwarder on the way.",
            "RFC 8617 10",
        ),
    ),
    (
        "x.7.30",
        says(
            "The mail asks for TLS all the way, and a server on the way has none.",
            "Send it without that demand, or in another way.",
            "RFC 8689 5",
        ),
    ),
];

/// Codes of replies, in one phase, or in every other.
pub(super) const CODES: &[(u16, &str, Meaning)] = &[
    (
        421,
        "",
        says(
            "The server is closing, or has no time for another connection.",
            "Wait: this costs no attempt, and the route is asked again soon.",
            "RFC 5321 3.8",
        ),
    ),
    (
        450,
        "rcpt",
        says(
            "The mailbox is busy, or the server does not know you yet and takes a second try later (greylisting).",
            "Wait: it is tried again by itself.",
            "RFC 6647",
        ),
    ),
    (
        450,
        "",
        says(
            "The mail was not taken for now.",
            "Wait: it is tried again by itself.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        451,
        "rcpt",
        says(
            "The server has some trouble of its own, or does not know you yet and takes a second try later (greylisting).",
            "Wait: it is tried again by itself.",
            "RFC 6647",
        ),
    ),
    (
        451,
        "",
        says(
            "The server has some trouble of its own.",
            "Wait: it is tried again by itself.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        452,
        "rcpt",
        says(
            "There are too many recipients for one mail, or the mailbox is full.",
            "Wait: it is tried again by itself.",
            "RFC 5321 4.5.3.1.10",
        ),
    ),
    (
        452,
        "",
        says(
            "The server has no room left.",
            "Wait: it is tried again by itself.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        454,
        "tls",
        says(
            "The server offers TLS and cannot do it at the moment.",
            "Wait, and if it stays so tell its operator.",
            "RFC 3207 4",
        ),
    ),
    (
        454,
        "",
        says(
            "The server cannot check logins at the moment.",
            "Wait: this costs no attempt.",
            "RFC 4954 6",
        ),
    ),
    (
        455,
        "",
        says(
            "The server cannot take a parameter of a command now.",
            "Wait: it is tried again by itself.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        500,
        "",
        says(
            "The server does not know a command.",
            "Look at the dialogue, and tell the operator of that server.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        501,
        "",
        says(
            "The server cannot read a command: an unusual address is the likely reason.",
            "Correct the address, and redirect the mail.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        502,
        "",
        says(
            "The server lacks a command.",
            "Look at the dialogue, and tell the operator of that server.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        503,
        "",
        says(
            "The server wants the commands in another order, most often a login first.",
            "Add user name and password to the adapter URL.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        504,
        "",
        says(
            "The server lacks a parameter of a command.",
            "Choose another `auth=` in the adapter URL, or tell the operator of that server.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        521,
        "",
        says(
            "This host takes no mail at all.",
            "Check the domain for a slip, or the relay's name in the adapter URL.",
            "RFC 7504 3",
        ),
    ),
    (
        530,
        "",
        says(
            "The server wants a login, or TLS, first.",
            "Add user name and password to the adapter URL, and use smtp+starttls:// or smtps://.",
            "RFC 4954 6",
        ),
    ),
    (
        534,
        "",
        says(
            "The way of logging in is too weak for the server.",
            "Choose another `auth=` in the adapter URL; some providers want a password for applications.",
            "RFC 4954 6",
        ),
    ),
    (
        535,
        "",
        says(
            "User name or password are wrong.",
            "Correct them in the adapter URL; the mails wait and lose nothing.",
            "RFC 4954 6",
        ),
    ),
    (
        538,
        "",
        says(
            "The server wants TLS before this way of logging in.",
            "Use smtp+starttls:// or smtps:// in the adapter URL.",
            "RFC 4954 6",
        ),
    ),
    (
        550,
        "rcpt",
        says(
            "There is no such mailbox, or you may not send to it.",
            "Read the server's words; check the address for a slip and redirect the mail.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        550,
        "mail",
        says(
            "The server does not take mail from this sender.",
            "Check `return-path` and `from` of the method, and SPF of their domain.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        550,
        "",
        says(
            "A rule of the server keeps this mail out, most often a filter for its content.",
            "Read the server's words; change the content, or ask its operator.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        551,
        "",
        says(
            "The recipient is not at this server.",
            "Take the address from the server's words, if it names one, and redirect the mail.",
            "RFC 5321 3.4",
        ),
    ),
    (
        552,
        "rcpt",
        says(
            "There are too many recipients for one mail, or the mailbox is full.",
            "Reach the recipient in another way, then retry.",
            "RFC 5321 4.5.3.1.10",
        ),
    ),
    (
        552,
        "",
        says(
            "The message is larger than the server takes.",
            "Make the attachments smaller, or link to them, and send it anew.",
            "RFC 1870 6",
        ),
    ),
    (
        553,
        "",
        says(
            "The server does not accept an address as it is written.",
            "Correct the address, and redirect the mail.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        554,
        "greeting",
        says(
            "The server does not talk to us: a block list is the likely reason.",
            "Check whether the address of your machine or relay is on a block list.",
            "RFC 5321 3.1",
        ),
    ),
    (
        554,
        "",
        says(
            "The server refuses the mail as a whole, most often as spam.",
            "Read the server's words; check SPF, DKIM and the content.",
            "RFC 5321 4.2.3",
        ),
    ),
    (
        555,
        "",
        says(
            "The server does not know a parameter of the sender or a recipient.",
            "Look at the dialogue, and tell the operator of that server.",
            "RFC 5321 4.1.1.11",
        ),
    ),
    (
        556,
        "",
        says(
            "The recipient's domain takes no mail at all.",
            "Check the domain for a slip and redirect the mail.",
            "RFC 7504 4",
        ),
    ),
];

/// Phases in which something happened without a reply.
pub(super) const PHASES: &[(&str, Meaning)] = &[
    (
        "policy",
        says(
            "Our own settings do not let mail go there: `allow` lists who may get some.",
            "Add the address or its domain to `allow` in mailmethod.yaml, then retry.",
            "mailmethod.yaml",
        ),
    ),
    (
        "render",
        says(
            "The call gives no mail: the method or its arguments are wrong.",
            "Mend the method or its templates, then release it: the call is tried again.",
            "mailmethod check",
        ),
    ),
    (
        "dns",
        says(
            "The name of the relay does not resolve.",
            "Check the host in the adapter URL, and the DNS of this machine.",
            "mailmethod doctor",
        ),
    ),
    (
        "connect",
        says(
            "The relay cannot be reached.",
            "Check host and port in the adapter URL, and whether a firewall is between.",
            "mailmethod doctor",
        ),
    ),
    (
        "greeting",
        says(
            "The relay let us connect and said nothing, or nothing that we understand.",
            "Check that the port in the adapter URL is one for SMTP.",
            "mailmethod doctor",
        ),
    ),
    (
        "ehlo",
        says(
            "The relay did not answer our greeting rightly.",
            "Check that the port in the adapter URL is one for SMTP.",
            "mailmethod doctor",
        ),
    ),
    (
        "tls",
        says(
            "The relay and we found no TLS that both accept.",
            "Check the scheme of the adapter URL and the relay's certificate; `tls_ca=` names roots of your own.",
            "mailmethod doctor",
        ),
    ),
    (
        "auth",
        says(
            "The login at the relay failed.",
            "Correct user name and password in the adapter URL; the mails wait and lose nothing.",
            "mailmethod doctor",
        ),
    ),
    (
        "mail",
        says(
            "The connection broke while the sender was told.",
            "Wait: nothing was sent, and it is tried again.",
            "RFC 5321 4.1.1.2",
        ),
    ),
    (
        "rcpt",
        says(
            "The connection broke while the recipients were told.",
            "Wait: nothing was sent, and it is tried again.",
            "RFC 5321 4.1.1.3",
        ),
    ),
    (
        "data",
        says(
            "The connection broke before the body was complete.",
            "Wait: nothing was taken, and it is tried again.",
            "RFC 5321 4.1.1.4",
        ),
    ),
    (
        "dot",
        says(
            "The connection broke after the whole mail had left: nobody knows whether the relay has taken it.",
            "Ask the recipient or look into the relay's log for the Message-ID; then mark it as sent, or retry.",
            "RFC 1047",
        ),
    ),
];
