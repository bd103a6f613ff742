//! Many sources are read now, whatever their schedule says. Below: the story of each kind of source that
//! is no feed.

pub(crate) mod arxiv;
pub(crate) mod crossref;
pub(crate) mod document;
pub(crate) mod folder;
pub(crate) mod oai;
pub(crate) mod pages;
pub(crate) mod papers;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use observatory_model::SourceId;

use crate::jobs::fetch_feed::{FetchReport, fetch_feed};
use crate::lanes::Lanes;
use crate::{Progress, WorkerError, World};

/// Reads `sources`, as many at once as the settings allow, and says what came of each, by name.
///
/// Those of one host follow one another, and one that is slow gives its place away, so that a host that is
/// stuck holds up only its own.
///
/// # Errors
/// [`WorkerError::Store`] when an outcome could not be written down; what was kept stays.
pub async fn harvest(
    world: &World,
    sources: &[SourceId],
    progress: &dyn Progress,
) -> Result<Vec<FetchReport>, WorkerError> {
    let lanes = Lanes::new(&world.settings);
    let by_host = by_host(world, sources).await?;
    let mut reports = stream::iter(by_host)
        .map(|sources| in_turn(world, &lanes, sources, progress))
        .buffer_unordered(Lanes::places(&world.settings))
        .try_concat()
        .await?;
    reports.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(reports)
}

async fn in_turn(
    world: &World,
    lanes: &Lanes,
    sources: Vec<SourceId>,
    progress: &dyn Progress,
) -> Result<Vec<FetchReport>, WorkerError> {
    let mut reports = Vec::with_capacity(sources.len());
    for source in sources {
        let place = lanes.queue().await;
        reports.extend(lanes.run(place, fetch_feed(world, source, progress)).await?);
    }
    Ok(reports)
}

/// The sources that exist, those of one host together.
async fn by_host(world: &World, wanted: &[SourceId]) -> Result<Vec<Vec<SourceId>>, WorkerError> {
    let known = world.store.sources().await?;
    let hosts = known.iter().map(|source| {
        let port = source.url.url().port_or_known_default();
        (source.id, (source.url.host().to_owned(), port))
    });
    let hosts = hosts.collect::<BTreeMap<_, _>>();
    let mut groups: BTreeMap<_, Vec<SourceId>> = BTreeMap::new();
    for source in wanted {
        if let Some(host) = hosts.get(source) {
            groups.entry(host).or_default().push(*source);
        }
    }
    Ok(groups.into_values().collect())
}
