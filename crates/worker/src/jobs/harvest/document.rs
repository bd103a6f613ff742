//! One document at one address is read, and kept as a paper when it has changed.

use observatory_ingest::{Conditional, Fetch, Fetched as Answer, document};
use observatory_model::rhythm::Timetable;
use observatory_model::source::Source;
use observatory_store::{Harvest, PaperHarvest};

use super::papers::{Arrived, Taken, keep, take};
use crate::jobs::fetch_feed::{Fetched, write_down};
use crate::schedule::after_success;
use crate::{WorkerError, World};

/// The key of the one entry that such a source has, wherever it moves to.
pub(crate) const KEY: &str = "document";

/// Reads the document at the address of `source`.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down, [`WorkerError::Reader`] when this
/// machine cannot read documents.
pub(crate) async fn harvest_document(
    world: &World,
    source: &Source,
) -> Result<Fetched, WorkerError> {
    let conditional = Conditional {
        etag: source.health.etag.as_deref(),
        last_modified: source.health.last_modified.as_deref(),
    };
    let fetch = match world.fetcher.fetch_document(&source.url, conditional).await {
        Ok(Answer::Body(fetch)) => fetch,
        Ok(Answer::NotModified { moved_to, fresh_seconds }) => {
            let next = after_success(&world.settings, fresh_seconds, Timetable::default());
            let (store, now) = (&world.store, world.clock.now());
            store.record_not_modified(source.id, moved_to.as_ref(), next, now).await?;
            return Ok(Fetched::NotModified);
        }
        Err(failure) => return write_down(world, source, failure).await,
    };
    let known = world.store.known_papers(source.id).await?.remove(KEY);
    let (etag, last_modified) = (fetch.etag.clone(), fetch.last_modified.clone());
    let moved_to = fetch.moved_to.clone();
    let next = after_success(&world.settings, fetch.fresh_seconds, Timetable::default());
    let arrived = arrived(source, fetch);
    let file = known.as_ref().and_then(|known| known.file.as_ref());
    let mut harvest = PaperHarvest::default();
    let mut title = None;
    match take(world, arrived, file).await? {
        Taken::Same => harvest.same.push((KEY.to_owned(), String::new())),
        Taken::Read(paper) => {
            title = paper.read.is_ok().then(|| paper.entry.title.clone());
            harvest.papers.push(*paper);
        }
    }
    harvest.end = Some(Harvest { title, etag, last_modified, moved_to, ..Harvest::nothing(next) });
    let counts = keep(world, source, &harvest).await?;
    Ok(Fetched::Kept { counts, problems: Vec::new() })
}

/// A document as it came from its address.
pub(crate) fn arrived(source: &Source, fetch: Fetch) -> Arrived {
    let url = fetch.moved_to.clone().unwrap_or_else(|| source.url.clone());
    Arrived {
        key: KEY.to_owned(),
        name: document::name_of(&fetch),
        url: Some(url),
        stamp: String::new(),
        content_type: fetch.content_type,
        bytes: fetch.bytes,
    }
}
