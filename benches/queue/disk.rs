//! The limit: how often a second the disk makes 8 KB durable.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::Result;

/// Above this the disk promises what it does not keep, and a ratio to it says nothing.
pub(crate) const COMPARABLE: f64 = 8_000.0;

/// Appends 8 KB and waits until it is on the disk, for so many times; gives how often a second.
pub(crate) fn raw(folder: &Path, times: u32) -> Result<f64> {
    let path = folder.join("raw");
    let mut file = File::create(&path)?;
    let block = vec![7_u8; 8 * 1_024];
    let begun = Instant::now();
    for _ in 0..times {
        file.write_all(&block)?;
        file.sync_data()?;
    }
    let rate = f64::from(times) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
