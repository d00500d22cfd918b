//! The hours: what has become of the mails that were queued in each of the last ones.
//!
//! Ids are in the order of queueing, so that an hour is a range of an index; it is
//! counted up to a bound, so that a busy day costs no more than a quiet one.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::database::{Column, Query};
use super::{QueueError, Store};

/// Up to how many mails of one kind are counted in an hour.
const COUNTED: i64 = 2_000;

/// What has become of the mails of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCount {
    /// When the hour began.
    pub begins: Timestamp,
    /// How many were sent, up to 2,000.
    pub sent: u64,
    /// How many failed for somebody, up to 6,000.
    pub failed: u64,
}

/// How many mails of a state lie within the ids of an hour.
macro_rules! counted {
    ($state:literal) => {
        concat!(
            ", (SELECT count(*) FROM (SELECT 1 FROM {entry} WHERE state = '",
            $state,
            "' AND state <> 'queued' AND id >= v.earliest AND id < v.behind LIMIT $1) AS found)"
        )
    };
}

const HOURS: &str = concat!(
    "WITH v(number, earliest, behind) AS ({rows}) SELECT v.number",
    counted!("sent"),
    counted!("dead"),
    counted!("partial"),
    counted!("expired"),
    " FROM v"
);

impl Store {
    /// What has become of the mails that were queued in each of the `hours` hours up to `now`, the
    /// earliest first; the last one is not over yet.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn hours(&self, now: Timestamp, hours: usize) -> Result<Vec<HourCount>, QueueError> {
        let hour = SignedDuration::from_hours(1);
        let begins = Timestamp::from_second(now.as_second() / 3_600 * 3_600).unwrap_or(now);
        let back = |steps: usize| {
            let steps = i32::try_from(steps).unwrap_or(i32::MAX);
            begins.checked_sub(hour * steps).unwrap_or(Timestamp::MIN)
        };
        let mut counts: Vec<HourCount> = (0..hours)
            .rev()
            .map(|steps| HourCount { begins: back(steps), sent: 0, failed: 0 })
            .collect();
        let end = |count: &HourCount| count.begins.checked_add(hour).unwrap_or(Timestamp::MAX);
        let columns = vec![
            Column::ints((0..).take(counts.len())),
            Column::ids(counts.iter().map(|count| first_id(count.begins))),
            Column::ids(counts.iter().map(|count| first_id(end(count)))),
        ];
        let mut reader = self.reader().await?;
        let query = Query::new(HOURS).bind(COUNTED).batch(columns);
        for row in reader.session()?.rows(query).await? {
            let mut row = row.read();
            let (number, sent) = (row.count()?, row.count()?);
            let failed = row.count()? + row.count()? + row.count()?;
            let count = usize::try_from(number).ok().and_then(|number| counts.get_mut(number));
            if let Some(count) = count {
                (count.sent, count.failed) = (sent, failed);
            }
        }
        Ok(counts)
    }
}

/// The least id that is made at a moment or later.
fn first_id(moment: Timestamp) -> Uuid {
    let millis = u64::try_from(moment.as_millisecond()).unwrap_or(0);
    Uuid::from_u64_pair(millis << 16, 0)
}
