//! What has changed is told to the lookout, and what it sees is kept as the picture of the day.

use std::collections::BTreeSet;

use observatory_model::Timestamp;
use observatory_model::change::{Change, ChangeNumber, DocumentKey};
use observatory_model::document::{Class, Document};
use observatory_model::radar::standings;
use observatory_model::trend::{Picture, Step};
use observatory_trends::{Observation, Question};

use crate::jobs::match_trends::match_trends;
use crate::{Progress, WorkerError, World};

/// Findings a list may have: what a person reads through in one sitting.
const MOST_FINDINGS: usize = 50;

/// Characters of a document's text that are looked at: about its first two thousand words, which say
/// what it is about; a long report must not outweigh a hundred abstracts.
const MAX_TEXT_CHARS: usize = 14_000;

const DAY_SECONDS: i64 = 86_400;

/// Which picture is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Count from the first change again.
    pub anew: bool,
    /// Stand at this instant, and know nothing of what came after; `None`: at the end of this day.
    pub at: Option<Timestamp>,
    /// The length of a period; `None`: the longest of which the documents fill enough.
    pub step: Option<Step>,
}

/// Brings the archive up to the present and keeps what rises as the picture of this day, in place of an
/// earlier one of the same day.
///
/// What the public may not read is not looked at: it is not in what the store gives. A story that
/// several sources tell counts once, for the source that told it first.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Lookout`]; the earlier picture stays.
pub async fn paint_picture(
    world: &World,
    progress: &dyn Progress,
    wish: Wish,
) -> Result<Picture, WorkerError> {
    let turn = world.lookout.take_turn().await;
    // A store that was put back from a copy may be behind what was counted of it.
    let is_ahead = world.lookout.applied().await? > world.store.last_change().await?;
    let decisions = world.store.decisions(None).await?;
    let split = standings(&decisions).into_iter().flat_map(|(trend, standing)| {
        standing.split.into_iter().map(move |name| (trend.clone(), name))
    });
    world.lookout.begin(split.collect(), wish.anew || is_ahead).await?;
    let mut after = world.lookout.applied().await?;
    // What follows may still be folded under a story that was told.
    let last = world.store.stories_followed().await?;
    while let Some((batch, count)) = next_batch(world, after, last).await? {
        after = batch.up_to;
        world.lookout.apply(batch.upserts, batch.removals, batch.up_to).await?;
        progress.indexed(count);
    }
    let now = world.clock.now();
    let at = wish.at.unwrap_or_else(|| end_of_day(now));
    let question = Question { at, step: wish.step, limit: MOST_FINDINGS };
    let sources = world.store.sources().await?.into_iter();
    let regions = sources.filter_map(|it| Some((it.slug.to_string(), it.region?.to_string())));
    let picture = world.lookout.paint(question, regions.collect()).await?;
    world.store.keep_picture(&picture, now).await?;
    drop(turn);
    // A picture of another day says nothing of what a piece of today shows, and is no news.
    if wish.at.is_none() {
        world.store.freeze_charts(now).await?;
        match_trends(world, &picture).await?;
    }
    Ok(picture)
}

/// The instant at which the day of `now` ends, in UTC.
pub(crate) fn end_of_day(now: Timestamp) -> Timestamp {
    let day = now.millis().div_euclid(DAY_SECONDS * 1000);
    Timestamp::from_millis((day + 1) * DAY_SECONDS * 1000)
}

struct Observed {
    upserts: Vec<Observation>,
    removals: Vec<String>,
    up_to: ChangeNumber,
}

async fn next_batch(
    world: &World,
    after: ChangeNumber,
    last: ChangeNumber,
) -> Result<Option<(Observed, u64)>, WorkerError> {
    if after >= last {
        return Ok(None);
    }
    let mut changes = world.store.changes_after(after, world.settings.index_batch).await?;
    changes.retain(|change| change.number <= last);
    let Some(up_to) = changes.last().map(|change| change.number) else { return Ok(None) };
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let keys = changes.into_iter().map(|Change { document, .. }| document);
    let keys = keys.filter(|key| matches!(key, DocumentKey::Entry(_))).collect::<Vec<_>>();
    let documents = world.store.documents(&keys, world.clock.now()).await?;
    let upserts = documents.into_iter().filter_map(observation_of).collect::<Vec<_>>();
    let kept = upserts.iter().map(|one| one.key.as_str()).collect::<BTreeSet<_>>();
    let keys = keys.iter().map(ToString::to_string);
    let removals = keys.filter(|key| !kept.contains(key.as_str())).collect();
    Ok(Some((Observed { upserts, removals, up_to }, count)))
}

/// What the lookout sees of a document; `None` for pieces of the house, which speak of trends and are
/// none, and for what tells a story that another has told.
fn observation_of(document: Document) -> Option<Observation> {
    let source = document.source.filter(|_| document.kind.class() != Class::Piece)?;
    let key = document.key.to_string();
    if document.work.is_some_and(|work| work != key) {
        return None;
    }
    let mut text = document.summary;
    for passage in document.passages {
        if text.len() >= MAX_TEXT_CHARS {
            break;
        }
        text.push_str("\n\n");
        text.extend(passage.text.chars().take(MAX_TEXT_CHARS));
    }
    Some(Observation {
        key,
        date: document.date,
        language: document.language,
        source: source.to_string(),
        institution: document.institution,
        authors: u32::try_from(document.authors.len()).unwrap_or(u32::MAX),
        title: document.title,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(end_of_day(at("2026-11-24T23:59:59Z")), at("2026-11-25"));
        assert_eq!(end_of_day(at("2026-11-25")), at("2026-11-26"));
        assert_eq!(end_of_day(at("1969-12-31T12:00:00Z")), at("1970-01-01"));
    }
}
