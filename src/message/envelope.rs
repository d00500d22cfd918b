//! The envelope: from whom and to whom, as the SMTP server is told it.
//!
//! An envelope is not a header. `To:` is what the reader sees; the envelope is
//! where the mail goes, and after sealing it alone still knows the `Bcc`.
//!
//! RFC 5321 §2.3.1 (envelope and content), §4.1.1.2 (MAIL), §4.1.1.3 (RCPT).

use std::collections::HashSet;

use super::{Address, MessageError};

/// Which header made an address a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Named in `To:`.
    To,
    /// Named in `Cc:`.
    Cc,
    /// A blind copy: in the envelope only, in no byte of the message.
    Bcc,
}

/// One recipient (forward-path) and the header that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Where the mail goes.
    pub address: Address,
    /// The header that named it first.
    pub field: Field,
}

/// The sender (reverse-path) and the recipients of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    sender: Option<Address>,
    recipients: Vec<Recipient>,
}

impl Envelope {
    /// Pairs a sender with one or more recipients, in order; a repeated address is kept once.
    ///
    /// A `sender` of `None` is the null reverse-path `<>`, as bounces carry it.
    ///
    /// # Errors
    ///
    /// [`MessageError::NoRecipient`] if `recipients` is empty.
    pub fn new(sender: Option<Address>, recipients: Vec<Recipient>) -> Result<Self, MessageError> {
        if recipients.is_empty() {
            return Err(MessageError::NoRecipient);
        }
        Ok(Self::of(sender, recipients))
    }

    /// The envelope of recipients that are known not to be empty: a mail has one at least.
    pub(super) fn of(sender: Option<Address>, mut recipients: Vec<Recipient>) -> Self {
        if recipients.len() > 1 {
            let mut seen = HashSet::with_capacity(recipients.len());
            recipients.retain(|recipient| seen.insert(recipient.address.clone()));
        }
        Self { sender, recipients }
    }

    /// The reverse-path; `None` is the null sender `<>`.
    #[must_use]
    pub fn sender(&self) -> Option<&Address> {
        self.sender.as_ref()
    }

    /// The recipients, never empty: To, then Cc, then Bcc, each in the order given.
    #[must_use]
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// The recipients' addresses, in order.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.recipients.iter().map(|recipient| &recipient.address)
    }

    /// Whether a path of this envelope needs SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.sender.iter().chain(self.addresses()).any(Address::needs_smtputf8)
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Field, Recipient};
    use crate::message::MessageError;

    fn recipient(address: &str, field: Field) -> Recipient {
        Recipient { address: address.parse().unwrap(), field }
    }

    #[test]
    fn an_address_named_twice_is_one_recipient_where_it_stood_first() {
        let list = vec![
            recipient("b@x.test", Field::To),
            recipient("a@x.test", Field::To),
            recipient("b@X.TEST", Field::Cc),
            recipient("B@x.test", Field::Bcc),
        ];
        let envelope = Envelope::new(None, list.clone()).unwrap();
        assert_eq!(envelope.recipients(), [list[0].clone(), list[1].clone(), list[3].clone()]);
    }

    #[test]
    fn an_envelope_has_a_recipient() {
        assert_eq!(Envelope::new(None, Vec::new()).unwrap_err(), MessageError::NoRecipient);
    }

    #[test]
    fn one_path_is_enough_to_need_smtputf8() {
        let list = vec![recipient("a@x.test", Field::To), recipient("ü@x.test", Field::Bcc)];
        assert!(Envelope::new(None, list.clone()).unwrap().needs_smtputf8());
        let sender = Some("ü@x.test".parse().unwrap());
        assert!(Envelope::new(sender, list[..1].to_vec()).unwrap().needs_smtputf8());
        assert!(!Envelope::new(None, list[..1].to_vec()).unwrap().needs_smtputf8());
    }
}
