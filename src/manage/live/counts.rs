//! The counts: how many mails each view has, and how the routes are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::host::MailHost;
use crate::manage::views::COUNTED;
use crate::queue::{QueueError, Route, View};

/// For how long a count is good enough.
const FRESH: Duration = Duration::from_millis(500);

/// The numbers that every page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manage) struct Counts {
    /// Every view, in order; counted up to 10,000.
    pub(in crate::manage) views: Vec<(View, u64)>,
    /// The routes that there is something to say about.
    pub(in crate::manage) routes: Vec<Route>,
}

impl Counts {
    pub(in crate::manage) fn of(&self, view: View) -> u64 {
        self.views.iter().find(|(known, _)| *known == view).map_or(0, |(_, count)| *count)
    }

    pub(super) fn json(&self) -> Value {
        let views = self.views.iter().map(|(view, count)| (view.to_string(), (*count).into()));
        Value::Object(views.collect::<Map<_, _>>())
    }
}

/// The last count and when it began, for whoever asks soon after.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Option<(Instant, Arc<Counts>)>>);

impl Cache {
    /// The numbers, half a second old at most; who asks while others count waits for them.
    pub(super) async fn get(&self, host: &MailHost) -> Result<Arc<Counts>, QueueError> {
        self.since(Instant::now().checked_sub(FRESH), host).await
    }

    /// The numbers as they are now: many who ask at once share a count that began after they asked.
    pub(super) async fn fresh(&self, host: &MailHost) -> Result<Arc<Counts>, QueueError> {
        self.since(Some(Instant::now()), host).await
    }

    async fn since(
        &self,
        moment: Option<Instant>,
        host: &MailHost,
    ) -> Result<Arc<Counts>, QueueError> {
        let mut last = self.0.lock().await;
        if let Some((began, counts)) = &*last
            && moment.is_none_or(|moment| *began >= moment)
        {
            return Ok(Arc::clone(counts));
        }
        let began = Instant::now();
        let store = host.store().await?;
        let counts = Counts { views: store.views(COUNTED).await?, routes: store.routes().await? };
        let counts = Arc::new(counts);
        *last = Some((began, Arc::clone(&counts)));
        Ok(counts)
    }

    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}
