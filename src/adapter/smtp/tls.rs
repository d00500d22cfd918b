//! TLS: whom we trust, and the handshake. Version 1.2 or later, rustls with ring, no global state.
//!
//! RFC 8314 (TLS for mail), RFC 3207 (STARTTLS).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use crate::adapter::url::{AdapterUrlError, Keys};

use super::link::Stream;

type Failure = Arc<dyn std::error::Error + Send + Sync>;

/// Whose certificates count, and our own.
#[derive(Clone, Default)]
pub(super) struct Trust {
    roots: Option<Arc<RootCertStore>>,
    identity: Option<Arc<Identity>>,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("own_roots", &self.roots.is_some())
            .field("own_certificate", &self.identity.is_some())
            .finish_non_exhaustive()
    }
}

impl Trust {
    /// Reads the files that `tls_ca`, `tls_cert` and `tls_key` name.
    pub(super) fn read(keys: &Keys) -> Result<Self, AdapterUrlError> {
        let path = |text: &str| Ok(PathBuf::from(text));
        let roots = match keys.get("tls_ca", path)? {
            Some(file) => Some(Arc::new(roots(&file)?)),
            None => None,
        };
        let identity = match (keys.get("tls_cert", path)?, keys.get("tls_key", path)?) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(Arc::new(Identity::read(&cert, &key)?)),
            (cert, _) => {
                let key = if cert.is_some() { "tls_cert" } else { "tls_key" };
                let reason = "needs its other half: tls_cert and tls_key go together";
                return Err(AdapterUrlError::Misplaced { key, reason });
            }
        };
        Ok(Self { roots, identity, config: Arc::default() })
    }

    pub(super) const fn is_set(&self) -> bool {
        self.roots.is_some() || self.identity.is_some()
    }

    /// The handshake over a connected stream.
    pub(super) async fn handshake(
        &self,
        host: &Host<String>,
        stream: Box<dyn Stream>,
    ) -> Result<TlsStream<Box<dyn Stream>>, Failure> {
        let config = match self.config.get() {
            Some(config) => Arc::clone(config),
            None => {
                // The system's roots are many files.
                let trust = self.clone();
                let made = tokio::task::spawn_blocking(move || trust.make()).await;
                let made = made.map_err(|error| -> Failure { Arc::new(error) })??;
                Arc::clone(self.config.get_or_init(|| made))
            }
        };
        let name = match host {
            Host::Domain(name) => {
                let name = ServerName::try_from(name.clone());
                name.map_err(|error| -> Failure { Arc::new(error) })?
            }
            Host::Ipv4(address) => ServerName::IpAddress((*address).into()),
            Host::Ipv6(address) => ServerName::IpAddress((*address).into()),
        };
        let connector = TlsConnector::from(config);
        connector.connect(name, stream).await.map_err(|error| -> Failure { Arc::new(error) })
    }

    fn make(&self) -> Result<Arc<ClientConfig>, Failure> {
        let roots = match &self.roots {
            Some(roots) => Arc::clone(roots),
            None => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                Arc::new(roots)
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| -> Failure { Arc::new(error) })?
            .with_root_certificates(roots);
        let config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(own) => builder
                .with_client_auth_cert(own.chain.clone(), own.key.clone_key())
                .map_err(|error| -> Failure { Arc::new(error) })?,
        };
        Ok(Arc::new(config))
    }
}

impl Identity {
    fn read(cert: &Path, key: &Path) -> Result<Self, AdapterUrlError> {
        let chain = certificates("tls_cert", cert)?;
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|source| unreadable("tls_key", key, source))?;
        Ok(Self { chain, key })
    }
}

fn roots(file: &Path) -> Result<RootCertStore, AdapterUrlError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("tls_ca", file)? {
        roots.add(certificate).map_err(|source| unreadable("tls_ca", file, source))?;
    }
    Ok(roots)
}

fn certificates(
    key: &'static str,
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, AdapterUrlError> {
    let wrong = |source| unreadable(key, file, source);
    let found = CertificateDer::pem_file_iter(file).map_err(wrong)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(wrong)?;
    if found.is_empty() {
        return Err(wrong(rustls::pki_types::pem::Error::NoItemsFound));
    }
    Ok(found)
}

fn unreadable(
    key: &'static str,
    file: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> AdapterUrlError {
    let path = file.display().to_string();
    AdapterUrlError::File { key, path, source: Arc::new(source) }
}
