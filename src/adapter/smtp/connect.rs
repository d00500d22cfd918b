//! The connection: from a name to a socket, from the local address that the settings name.
//!
//! It speaks no SMTP; what comes behind it is the session's.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use lettre::transport::smtp::extension::ClientId;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use url::Host;

use crate::adapter::error::{Fault, millis};
use crate::adapter::{Class, DeliveryError, Phase, Probe, Trace};

use super::deadlines::Deadlines;
use super::helps;
use super::settings::SmtpSettings;

/// Our address as a name, for those who have none to give.
pub(super) fn own_name(address: Option<SocketAddr>) -> ClientId {
    match address {
        Some(SocketAddr::V4(address)) => ClientId::Ipv4(*address.ip()),
        Some(SocketAddr::V6(address)) => ClientId::Ipv6(*address.ip()),
        None => ClientId::Domain("localhost".to_owned()),
    }
}

/// Opens a connection to the first of the server's addresses that answers.
pub(super) async fn connect(
    settings: &SmtpSettings,
    deadlines: &Deadlines,
    trace: Option<&Trace>,
    probe: &mut Probe,
) -> Result<TcpStream, DeliveryError> {
    let error = |phase, fault| {
        let error = DeliveryError::new(phase, Class::Transient)
            .with_host(Arc::clone(&settings.label))
            .with_fault(fault);
        if let Some(trace) = trace {
            trace.line(&format!("*** {error}"));
        }
        error
    };
    let mut addresses = resolve(settings, deadlines, &error).await?;
    if matches!(settings.host, Host::Domain(_)) {
        let shown: Vec<String> = addresses.iter().map(|a| a.ip().to_string()).collect();
        probe.saw(Phase::Dns, format!("the name is {}", shown.join(", ")));
    }
    if let Some(local) = settings.local_address {
        addresses.retain(|address| address.is_ipv4() == local.is_ipv4());
    }
    if addresses.is_empty() {
        return Err(error(Phase::Connect, Fault::Unreachable).with_help(helps::OTHER_FAMILY));
    }
    let until = Instant::now() + deadlines.connect;
    let mut failed = None;
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        if let Some(trace) = trace {
            trace.line(&format!("=== connecting to {} ({})", settings.label, address.ip()));
        }
        // An address that swallows packets may not use up the time of the next one.
        let share = until.saturating_duration_since(Instant::now()) / left.max(1);
        left = left.saturating_sub(1);
        match timeout(share, dial(address, settings.local_address)).await {
            Ok(Ok(stream)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY cannot be set");
                }
                probe.saw(Phase::Connect, format!("connected to {address}"));
                return Ok(stream);
            }
            Ok(Err(source)) => failed = Some(source),
            Err(_elapsed) => {}
        }
    }
    let Some(source) = failed else {
        let fault = Fault::TimedOut { millis: millis(deadlines.connect) };
        return Err(error(Phase::Connect, fault).with_help(helps::UNREACHABLE));
    };
    let ours = source.kind() == io::ErrorKind::AddrNotAvailable && settings.local_address.is_some();
    let help = if ours { helps::NOT_OURS } else { helps::UNREACHABLE };
    Err(error(Phase::Connect, Fault::Unreachable).with_source(source).with_help(help))
}

async fn dial(address: SocketAddr, local: Option<IpAddr>) -> io::Result<TcpStream> {
    let Some(local) = local else { return TcpStream::connect(address).await };
    let socket = if local.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind((local, 0).into())?;
    socket.connect(address).await
}

async fn resolve(
    settings: &SmtpSettings,
    deadlines: &Deadlines,
    error: &impl Fn(Phase, Fault) -> DeliveryError,
) -> Result<Vec<SocketAddr>, DeliveryError> {
    let name = match &settings.host {
        Host::Ipv4(address) => return Ok(vec![(*address, settings.port).into()]),
        Host::Ipv6(address) => return Ok(vec![(*address, settings.port).into()]),
        Host::Domain(name) => name.as_str(),
    };
    let looked = timeout(deadlines.dns, tokio::net::lookup_host((name, settings.port))).await;
    let unresolved = || error(Phase::Dns, Fault::Unresolved).with_help(helps::UNRESOLVED);
    match looked {
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() { Err(unresolved()) } else { Ok(found) }
        }
        Ok(Err(source)) => Err(unresolved().with_source(source)),
        Err(_elapsed) => Err(error(Phase::Dns, Fault::TimedOut { millis: millis(deadlines.dns) })),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::{Deadlines, Probe, SmtpSettings, connect};

    #[tokio::test]
    async fn a_socket_never_waits_to_fill_a_packet() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let settings = SmtpSettings::from_url(&url).unwrap();
        let deadlines = Deadlines::capped(None);
        let stream = connect(&settings, &deadlines, None, &mut Probe::default()).await.unwrap();
        assert!(stream.nodelay().unwrap());
    }
}
