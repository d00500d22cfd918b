//! The end that a person wants: Ctrl-C or SIGTERM, once in order, twice at once.

use tokio::sync::watch::{Receiver, Sender, channel};

use crate::exit::Failure;

/// How often it was said.
#[derive(Clone)]
pub(crate) struct Interrupts(Receiver<u32>);

impl Interrupts {
    /// Begins to listen, within a runtime.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let (said, heard) = channel(0);
        count(said).map_err(|error| Failure::io("listened to", "signals", &error))?;
        Ok(Self(heard))
    }

    /// Waits until it was said.
    pub(crate) async fn first(&mut self) {
        self.said(1).await;
    }

    /// Waits until it was said again.
    pub(crate) async fn second(&mut self) {
        self.said(2).await;
    }

    async fn said(&mut self, times: u32) {
        if self.0.wait_for(|said| *said >= times).await.is_err() {
            // Nobody listens any more, so nobody will hear it.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
fn count(said: Sender<u32>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            said.send_modify(|times| *times += 1);
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn count(said: Sender<u32>) -> std::io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            said.send_modify(|times| *times += 1);
        }
    });
    Ok(())
}
