//! What to change, for the failures that people meet first.

use crate::adapter::Phase;

use super::settings::{Security, SmtpSettings};

pub(super) const UNRESOLVED: &str = "check the host in the adapter URL, and this machine's DNS";
pub(super) const UNREACHABLE: &str =
    "check host and port in the adapter URL, and whether a firewall closes the way";
pub(super) const OTHER_FAMILY: &str =
    "local_address= and the server's addresses must be of one kind, IPv4 or IPv6";
pub(super) const NOT_OURS: &str = "local_address= must be an address of this machine";
pub(super) const NOT_SMTP: &str =
    "check the port: this one speaks no SMTP, or TLS from the first byte (smtps://, port 465)";
pub(super) const SILENT_GREETING: &str =
    "a port that stays silent often speaks TLS from the first byte: try smtps://, port 465";
pub(super) const NO_STARTTLS: &str =
    "use smtps:// if the server speaks TLS from the first byte, or ask its operator for STARTTLS";
pub(super) const NO_MECHANISM: &str =
    "servers often offer AUTH only inside TLS: use smtp+starttls:// or smtps://, or another auth=";
pub(super) const NO_AUTH: &str = "leave user name and password out if the server wants none";
pub(super) const TOKEN_IN_CLEAR: &str =
    "a token goes through TLS only: use smtp+starttls:// or smtps://";
pub(super) const LOGIN_REFUSED: &str =
    "check user name and password in the adapter URL; many providers want an app password";
pub(super) const LOGIN_WANTED: &str =
    "the server wants a login: write USER:PASSWORD@ before the host";
pub(super) const TOO_LARGE: &str =
    "make the attachments smaller, or link to them instead of attaching them";
pub(super) const NO_SMTPUTF8: &str =
    "the server takes no address beyond ASCII: use another address, or a server with SMTPUTF8";
pub(super) const NO_8BITMIME: &str =
    "the server takes no 8-bit text: send the body as quoted-printable or base64";
pub(super) const BUSY: &str = "raise connections= in the adapter URL, or send fewer mails at once";

pub(super) fn handshake(settings: &SmtpSettings) -> &'static str {
    match settings.security {
        Security::FirstByte => {
            "use smtp+starttls:// if the port speaks STARTTLS (587); name a private root by tls_ca="
        }
        _ => "check that the host is the name in the certificate; name a private root by tls_ca=",
    }
}

pub(super) const fn for_reply(phase: Phase, code: u16) -> Option<&'static str> {
    match (phase, code) {
        (Phase::Auth, 530) => Some(LOGIN_WANTED),
        (Phase::Auth, _) => Some(LOGIN_REFUSED),
        (Phase::Tls, _) => Some(NO_STARTTLS),
        (_, 421) => Some("the server has no time or closes idle connections: a later try may work"),
        _ => None,
    }
}
