//! Size: what is cut off, and what is not taken at all.

use super::{Place, Problems};
use crate::lint::rules::{GMAIL_CLIP, MESSAGE_SIZE};
use crate::message::Mail;

/// The octets of HTML of which Gmail shows no more; what is known of it was measured.
const CLIP: usize = 102 * 1024;
/// The octets of a whole message that servers take which have another limit than the usual.
const MESSAGE: usize = 10 * 1024 * 1024;

pub(super) fn check(mail: &Mail, problems: &mut Problems) {
    let html = mail.html().map_or(0, str::len);
    if html > CLIP {
        let message = format!(
            "the HTML has {} kB; Gmail shows about {} and hides the rest",
            html / 1024,
            CLIP / 1024
        );
        let help = "shorten it, or lead to a page: what is hidden is the end, with the footer";
        problems.add(GMAIL_CLIP, Place::Key("html"), message, help);
    }
    // Base64 makes four octets of three, and a line end of two for each 76.
    let attached: usize = mail.attachments().iter().map(|part| part.content().len()).sum();
    let size = attached / 57 * 78 + html + mail.text().map_or(0, str::len);
    if size > MESSAGE {
        let message = format!(
            "the message has {}.{} MB as it is sent; some servers take no more than {}",
            size / 1024 / 1024,
            size / 1024 % 1024 * 10 / 1024,
            MESSAGE / 1024 / 1024
        );
        let help = "lead to a download instead of attaching it";
        problems.add(MESSAGE_SIZE, Place::Key("attachments"), message, help);
    }
}
