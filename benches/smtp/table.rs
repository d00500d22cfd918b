//! What was measured, as a table, and how it stands against the targets.

use crate::clients::Client;
use crate::measure::{Sample, Spread};

/// All rounds of one client in one case.
#[derive(Debug)]
struct Row {
    client: Client,
    samples: Vec<Sample>,
}

/// Clients that took turns with the same load.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) title: String,
    rows: Vec<Row>,
}

impl Case {
    pub(crate) fn new(title: String, clients: impl Iterator<Item = Client>) -> Self {
        let rows = clients.map(|client| Row { client, samples: Vec::new() }).collect();
        Self { title, rows }
    }

    pub(crate) fn add(&mut self, client: Client, sample: Sample) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.client == client) {
            row.samples.push(sample);
        }
    }

    fn samples(&self, client: Client) -> &[Sample] {
        let row = self.rows.iter().find(|row| row.client == client);
        row.map(|row| row.samples.as_slice()).unwrap_or_default()
    }

    /// One client's figure over another's, round by round.
    fn ratio(&self, over: Client, under: Client, of: fn(&Sample) -> f64) -> Option<Spread> {
        let pairs = self.samples(over).iter().zip(self.samples(under));
        Spread::of(pairs.map(|(over, under)| of(over) / of(under)))
    }

    pub(crate) fn rates(&self, over: Client, under: Client) -> Option<Spread> {
        self.ratio(over, under, |sample| sample.rate)
    }

    pub(crate) fn costs(&self, over: Client, under: Client) -> Option<Spread> {
        self.ratio(over, under, |sample| sample.cpu)
    }

    pub(crate) fn print(&self) {
        println!(
            "\n{:<28} {:>24} {:>20} {:>17} {:>17} {:>17}",
            self.title,
            "mails/s: median (range)",
            "client us of CPU",
            "x smtp-source",
            "x lettre NODELAY",
            "x bare client",
        );
        for Row { client, samples } in &self.rows {
            let shown = |spread: Option<Spread>| spread.map_or("-".to_owned(), |s| s.to_string());
            println!(
                "{:<28} {:>24} {:>20} {:>17} {:>17} {:>17}",
                client.name(),
                shown(Spread::of(samples.iter().map(|sample| sample.rate))),
                shown(Spread::of(samples.iter().map(|sample| sample.cpu))),
                shown(self.rates(*client, Client::SmtpSource)),
                shown(self.rates(*client, Client::LettreNodelay)),
                shown(self.rates(*client, Client::Bare)),
            );
        }
    }
}

/// Prints whether the median of a ratio is where it should be.
pub(crate) fn at_least(what: &str, ratio: Option<Spread>, target: f64) {
    judge(what, ratio, &format!(">= {target}"), |median| median >= target);
}

/// The same, for what should be small.
pub(crate) fn at_most(what: &str, ratio: Option<Spread>, target: f64) {
    judge(what, ratio, &format!("<= {target}"), |median| median <= target);
}

fn judge(what: &str, ratio: Option<Spread>, target: &str, met: impl Fn(f64) -> bool) {
    match ratio {
        None => println!("{:<8} {what}: {target}", "no peer"),
        Some(ratio) => {
            let verdict = if met(ratio.median) { "met" } else { "MISSED" };
            println!("{verdict:<8} {what}: {target}, is {ratio}");
        }
    }
}
