//! The adapters of a host: by name, behind its policy, and changed while it is in use.

use std::sync::{Arc, PoisonError};

use super::error::{AdapterError, OpenError};
use super::mail_host::MailHost;
use super::settings::Settings;
use crate::adapter::{self, Adapter, Guarded, Receipt};
use crate::message::Message;

impl MailHost {
    /// The adapter of a name, behind the policy of the settings; opened at its first use.
    ///
    /// # Errors
    ///
    /// [`AdapterError`] if none has that name, or its URL is wrong.
    pub fn adapter(&self, name: &str) -> Result<Arc<dyn Adapter>, AdapterError> {
        let mut adapters = self.shared().adapters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(adapter) = adapters.get(name) {
            return Ok(Arc::clone(adapter));
        }
        let settings = &self.shared().settings;
        let url = settings.adapter_url(name).map_err(AdapterError::Variable)?;
        let Some(url) = url else {
            let defined = settings.adapters().chain(adapters.keys().map(String::as_str));
            let mut defined: Vec<String> = defined.map(str::to_owned).collect();
            defined.sort();
            return Err(AdapterError::Undefined { name: name.to_owned(), defined });
        };
        let opened = guarded(settings, opened(name, &url)?);
        adapters.insert(name.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }

    /// Puts an adapter in the place of a name while the host is in use, behind the same policy.
    ///
    /// The next mail goes through it. A mail that is on its way, or staged in a transaction,
    /// still goes through the old one, whose idle connections are closed.
    pub async fn set_adapter(&self, name: impl Into<String>, adapter: Arc<dyn Adapter>) {
        let adapter = guarded(&self.shared().settings, adapter);
        let old = {
            let mut adapters =
                self.shared().adapters.lock().unwrap_or_else(PoisonError::into_inner);
            adapters.insert(name.into(), adapter)
        };
        if let Some(old) = old {
            old.close().await;
        }
    }

    /// The same by a URL: for instance because its password has changed.
    ///
    /// # Errors
    ///
    /// [`AdapterError::Url`] if the URL is wrong; the old adapter stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mailmethod::{MailHost, MailMethods};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let methods = MailMethods::from_embedded::<&str, &str>([])?;
    /// # let host = MailHost::builder().methods(methods).adapter_url("default", "null:").build()?;
    /// # let password = "pa%23ss";
    /// let url = format!("smtps://shop:{password}@relay.test");
    /// host.set_adapter_url("default", &url).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_adapter_url(&self, name: &str, url: &str) -> Result<(), AdapterError> {
        self.set_adapter(name, opened(name, url)?).await;
        Ok(())
    }

    pub(super) fn open_adapters(&self) -> Result<(), OpenError> {
        self.shared().settings.check_unsubscribe_key().map_err(OpenError::Settings)?;
        let names: Vec<String> = self.shared().settings.adapters().map(str::to_owned).collect();
        for name in names {
            match self.adapter(&name) {
                Ok(_) | Err(AdapterError::Undefined { .. }) => {}
                Err(AdapterError::Variable(findings)) => return Err(OpenError::Settings(findings)),
                Err(AdapterError::Url { name, error }) => {
                    return Err(OpenError::Adapter { name, error });
                }
            }
        }
        Ok(())
    }
}

fn opened(name: &str, url: &str) -> Result<Arc<dyn Adapter>, AdapterError> {
    adapter::open(url).map_err(|error| AdapterError::Url { name: name.to_owned(), error })
}

pub(super) fn guarded(settings: &Settings, adapter: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
    Arc::new(Guarded::new(adapter, settings.policy.clone()))
}

/// Sends a message; a failure before any reply is an outcome of each recipient.
pub(crate) async fn delivered(adapter: &dyn Adapter, message: &Message) -> Receipt {
    match adapter::send(adapter, message).await {
        Ok(receipt) => receipt,
        Err(error) => Receipt::failed(error, message),
    }
}
