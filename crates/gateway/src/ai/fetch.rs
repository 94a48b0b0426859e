//! Fetches pictures and files that a request has by their address, for providers that take the bytes alone: before the
//! call, all at once, each within its time and size, and from the public internet unless the service's document says
//! otherwise. A name is looked up once and the connection goes to what was found; redirects are looked at likewise.

mod kind;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::spec::{self, FetchFrom, Reach};
use llm::{Fetched, ProviderKind, Remote, RequestError};
use message::{Body, Frame, Known};
use parking_lot::Mutex;

use super::at_once::{self, Waiting};
use super::target::Asked;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::outside::{self, Why};

/// Files that are fetched for one request at most.
const FILES: usize = 20;

/// What was fetched for a request, kept for its further targets.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    pub(crate) settings: spec::Fetch,
    have: Mutex<Option<Arc<Fetched>>>,
}

/// A file and its type.
type Outcome = Result<(&'static str, Bytes), Why>;

// === impl Fetches ===

impl Fetches {
    pub(crate) fn new(settings: spec::Fetch) -> Self {
        Self { settings, have: Mutex::default() }
    }

    /// The files that a target wants; `None`: it wants none that may be fetched.
    pub(crate) async fn of(
        &self,
        x: &mut Exchange<'_>,
        asked: &Asked<'_>,
        kind: ProviderKind,
        to: &llm::Target<'_>,
    ) -> Result<Option<Arc<Fetched>>, RequestError> {
        if self.settings.from == FetchFrom::Nowhere {
            return Ok(None);
        }
        let have = Arc::clone(self.have.lock().get_or_insert_default());
        let to = llm::Target { fetched: Some(&have), ..*to };
        let remotes = asked.scanned.remotes((asked.dialect, asked.body), kind, &to);
        if let Some(over) = remotes.get(FILES) {
            return Err(over.refuse(&format!("a request may have {FILES} files by their addresses")));
        }
        if !remotes.is_empty() {
            let mut all = Fetched::clone(&have);
            let found = self.fetch(x.core, &remotes).await;
            // The answer was waited for.
            x.mark("fetch");
            for (remote, found) in remotes.iter().zip(found) {
                let (media_type, bytes) = found.map_err(|why| remote.refuse(&why))?;
                if !all.insert(&remote.url, media_type, &bytes) {
                    return Err(remote.refuse("its text is not UTF-8"));
                }
            }
            *self.have.lock() = Some(Arc::new(all));
        }
        let have = Arc::clone(self.have.lock().get_or_insert_default());
        Ok(Some(have))
    }

    /// Fetches all at once, in the order of the list.
    async fn fetch(&self, core: &Core, remotes: &[Remote]) -> Vec<Outcome> {
        let left = AtomicUsize::new(core.shared.config.ai_body_limit);
        let left = &left;
        let each =
            remotes.iter().map(|remote| -> Waiting<'_, Outcome> { Box::pin(self.one(core, remote, left)) });
        at_once::all(each.collect()).await
    }

    async fn one(&self, core: &Core, remote: &Remote, left: &AtomicUsize) -> Outcome {
        let limit = self.settings.timeout.0;
        let fetching = self.follow(core, remote, left);
        let Ok(outcome) = tokio::time::timeout(limit, fetching).await else {
            return Err(format!("it did not come within {limit:?}").into());
        };
        let (told, bytes) = outcome?;
        kind::of(remote.medium, &told, &bytes).map(|media_type| (media_type, bytes))
    }

    /// The file and its type as the server tells it, from where redirects lead.
    async fn follow(&self, core: &Core, remote: &Remote, left: &AtomicUsize) -> Result<(String, Bytes), Why> {
        let reach = match self.settings.from {
            FetchFrom::Anywhere => Reach::Anywhere,
            FetchFrom::Public | FetchFrom::Nowhere => Reach::Public,
        };
        let (head, body) = outside::get(core.into(), &remote.url, (reach, "*/*")).await?;
        let told = head.fields.get_str(Known::ContentType).unwrap_or_default().to_owned();
        Ok((told, self.read(body, left).await?))
    }

    async fn read(&self, mut body: Body, left: &AtomicUsize) -> Result<Bytes, Why> {
        let most = usize::try_from(self.settings.max_size.0).unwrap_or(usize::MAX);
        let too_long = || Why::Owned(format!("it is longer than {}", self.settings.max_size));
        if body.remaining().is_some_and(|length| length > most as u64) {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Why::Borrowed("the connection to its server broke"))?;
            let Frame::Data(data) = frame else { continue };
            if bytes.len() + data.len() > most {
                return Err(too_long());
            }
            let take = |left: usize| left.checked_sub(data.len());
            if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
                return Err("the request's files are too long together".into());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes.into())
    }
}
