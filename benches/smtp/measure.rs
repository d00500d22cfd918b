//! Clocks of wall, thread and process, and what several rounds say together.

use std::fmt;
use std::fs;
use std::time::Instant;

use crate::Result;

/// What one run of a client showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Mails per second.
    pub(crate) rate: f64,
    /// Processor time of the client for one mail, in microseconds.
    pub(crate) cpu: f64,
}

/// Measures from its making to its end, on one thread.
pub(crate) struct Stopwatch {
    begun: Instant,
    cpu: f64,
}

impl Stopwatch {
    pub(crate) fn start() -> Result<Self> {
        let cpu = cpu_seconds("/proc/thread-self/schedstat")?;
        Ok(Self { begun: Instant::now(), cpu })
    }

    pub(crate) fn stop(&self, mails: u32) -> Result<Sample> {
        let wall = self.begun.elapsed().as_secs_f64();
        let cpu = cpu_seconds("/proc/thread-self/schedstat")? - self.cpu;
        Ok(Sample { rate: f64::from(mails) / wall, cpu: cpu * 1e6 / f64::from(mails) })
    }
}

/// The processor time of a task, from its scheduler's statistics.
pub(crate) fn cpu_seconds(schedstat: &str) -> Result<f64> {
    // The kernel brings the figure up to date when it schedules.
    std::thread::yield_now();
    let text = fs::read_to_string(schedstat)?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}

/// A line of `/proc/self/status` that is counted in kB, in MB.
pub(crate) fn memory_megabytes(key: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or(key)?;
    let kilobytes: f64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}

/// Median, least and most of several values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let median = *values.get(values.len() / 2)?;
        Some(Self { median, least: *values.first()?, most: *values.last()? })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.most < 10.0 { 2 } else { 0 };
        let Self { median, least, most } = self;
        f.pad(&format!("{median:.digits$} ({least:.digits$}-{most:.digits$})"))
    }
}
