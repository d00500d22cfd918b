//! The limit: a socket, prepared octets, one write and as few reads as can be for each mail.
//!
//! It judges no reply but by its first digit, has no deadline and cannot tell recipients apart.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;

const FLIGHT: &[u8] = b"MAIL FROM:<shop@example.test>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n";

pub(crate) struct Bare {
    stream: TcpStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
}

impl Bare {
    pub(crate) async fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut bare = Self { stream, inbox: Vec::with_capacity(4_096), outbox: Vec::new() };
        bare.replies(1).await?;
        bare.stream.write_all(b"HELO bench.test\r\n").await?;
        bare.replies(1).await?;
        Ok(bare)
    }

    /// Sends the same mail `count` times, each with the commands of the next behind it.
    pub(crate) async fn send(&mut self, mail: &[u8], count: u32) -> Result<()> {
        self.stream.write_all(FLIGHT).await?;
        self.replies(3).await?;
        for left in (0..count).rev() {
            self.outbox.clear();
            self.outbox.extend_from_slice(mail);
            self.outbox.extend_from_slice(b".\r\n");
            if left > 0 {
                self.outbox.extend_from_slice(FLIGHT);
            }
            self.stream.write_all(&self.outbox).await?;
            self.replies(if left > 0 { 4 } else { 1 }).await?;
        }
        Ok(())
    }

    async fn replies(&mut self, mut wanted: usize) -> Result<()> {
        self.inbox.clear();
        let mut line = 0;
        while wanted > 0 {
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err("the server has closed".into());
            }
            while let Some(rest) = self.inbox.get(line..) {
                let Some(end) = rest.iter().position(|&b| b == b'\n') else { break };
                if !matches!(rest.first(), Some(b'2' | b'3')) {
                    return Err(rest.escape_ascii().to_string().into());
                }
                line += end + 1;
                wanted -= 1;
            }
        }
        Ok(())
    }
}
