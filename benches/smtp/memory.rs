//! How much memory large mails take, in a process of its own: `smtp --memory ADDRESS CONNECTIONS`.

use std::net::SocketAddr;
use std::process::Command;

use mailmethod::adapter::{Adapter as _, Verdict, send};
use mailmethod::message::Message;
use tokio::task::JoinSet;

use crate::Result;
use crate::clients::{adapter, message};
use crate::measure::memory_megabytes;

pub(crate) const FLAG: &str = "--memory";
const OCTETS: usize = 20_000_000;

/// The most that a process had resident, in MB, and how much of that was there before it sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) before: f64,
    pub(crate) most: f64,
}

/// Starts the process and reads what it prints.
pub(crate) fn of(server: SocketAddr, connections: u32) -> Result<Memory> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([FLAG, &server.to_string(), &connections.to_string()]);
    let output = command.output()?;
    let printed = String::from_utf8(output.stdout)?;
    let (before, most) = printed
        .trim()
        .split_once(' ')
        .ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(Memory { before: before.parse()?, most: most.parse()? })
}

/// What the process does: as many different mails as connections, all at once.
pub(crate) fn sent(mut arguments: impl Iterator<Item = String>) -> Result<Memory> {
    let server: SocketAddr = arguments.next().ok_or("no address")?.parse()?;
    let connections: u32 = arguments.next().ok_or("no number")?.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let adapter = adapter(server, connections, "")?;
        let messages: Vec<Message> =
            (0..connections).map(|_| message(OCTETS)).collect::<Result<_>>()?;
        let before = memory_megabytes("VmHWM")?;
        let mut tasks: JoinSet<Result<()>> = JoinSet::new();
        for message in &messages {
            let (adapter, message) = (adapter.clone(), message.clone());
            tasks.spawn(async move {
                match send(&adapter, &message).await?.summary() {
                    Verdict::Sent => Ok(()),
                    _ => Err("not delivered".into()),
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        adapter.close().await;
        Ok(Memory { before, most: memory_megabytes("VmHWM")? })
    })
}
