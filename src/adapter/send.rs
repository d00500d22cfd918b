//! Sending: one message to all of its recipients, in as few transactions as the server allows.

use crate::message::{Address, Message};

use super::{Adapter, DeliveryError, Depth, Outcome, Receipt};

/// Sends a message to every recipient of its envelope and waits for the outcome of each.
///
/// Recipients that the server wants in a further transaction ("too many
/// recipients") get one, for as long as each takes somebody. The receipt lists
/// the recipients in the order of the envelope.
///
/// # Errors
///
/// [`DeliveryError`] if the first transaction could not be opened at all. A
/// failure of a later one is in the receipt, beside what was delivered.
///
/// # Cancel safety
///
/// A cancelled send may or may not have delivered the mail; the adapter stays usable.
pub async fn send(adapter: &dyn Adapter, message: &Message) -> Result<Receipt, DeliveryError> {
    let all: Vec<Address> = message.envelope().addresses().cloned().collect();
    let receipt = adapter.offer(message, &all, Depth::Data).await?.accept().await;
    Ok(send_rest(adapter, message, receipt).await)
}

/// Goes on with the recipients that the server wants in further transactions, after a first one.
///
/// It may need a connection of its own: no offer should be open on the adapter meanwhile.
pub async fn send_rest(adapter: &dyn Adapter, message: &Message, mut receipt: Receipt) -> Receipt {
    let mut rest: Vec<Address> = receipt.recipients.iter().map(|one| one.address.clone()).collect();
    loop {
        rest = further(&receipt, &rest);
        if rest.is_empty() || receipt.error.is_some() {
            return receipt;
        }
        match adapter.offer(message, &rest, Depth::Data).await {
            Ok(offer) => merge(&mut receipt, offer.accept().await),
            Err(error) => {
                let recipients = rest.iter().map(|address| error.outcome_for(address)).collect();
                merge(&mut receipt, Receipt { recipients, error: Some(error) });
            }
        }
    }
}

/// Who of the last transaction goes into the next one; nobody if it took nobody.
fn further(receipt: &Receipt, last: &[Address]) -> Vec<Address> {
    let of_last = |address: &Address| last.contains(address);
    let took_one = receipt
        .recipients
        .iter()
        .any(|recipient| recipient.outcome == Outcome::Accepted && of_last(&recipient.address));
    if !took_one {
        return Vec::new();
    }
    let mut rest = receipt.for_next_transaction();
    rest.retain(of_last);
    rest
}

/// Puts the outcomes of a further transaction in the place of the earlier ones.
fn merge(receipt: &mut Receipt, later: Receipt) {
    for outcome in later.recipients {
        if let Some(earlier) =
            receipt.recipients.iter_mut().find(|earlier| earlier.address == outcome.address)
        {
            *earlier = outcome;
        }
    }
    receipt.error = later.error;
}
