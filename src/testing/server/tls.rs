//! The fault server's TLS: a certificate for loopback that nobody trusts by itself.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// A certificate for `localhost` and 127.0.0.1, and its key: public, and good for nothing else.
const LOOPBACK: &[u8] = include_bytes!("loopback.pem");

/// The server's side; `wants_certificate` lets in only those who show the loopback certificate.
pub(super) fn acceptor(wants_certificate: bool) -> io::Result<TlsAcceptor> {
    let wrong = |error: &dyn std::error::Error| io::Error::other(error.to_string());
    let chain = CertificateDer::pem_slice_iter(LOOPBACK).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::from_pem_slice(LOOPBACK).map_err(|error| wrong(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?;
    let builder = if wants_certificate {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(chain.iter().cloned());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        builder.with_client_cert_verifier(verifier.map_err(|error| wrong(&error))?)
    } else {
        builder.with_no_client_auth()
    };
    let config = builder.with_single_cert(chain, key).map_err(|error| wrong(&error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificate as a file that `tls_ca=` can name; it goes when it is dropped.
#[derive(Debug)]
pub(super) struct RootFile(PathBuf);

impl RootFile {
    pub(super) fn write(port: u16) -> io::Result<Self> {
        let name = format!("mailmethod-fault-server-{}-{port}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, LOOPBACK)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for RootFile {
    fn drop(&mut self) {
        // A file that is gone already is what was wanted.
        std::fs::remove_file(&self.0).ok();
    }
}
