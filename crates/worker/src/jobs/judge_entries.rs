//! The rules of the house are held against what comes in, and against what is there.

use std::collections::BTreeMap;

use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::document::Document;
use observatory_model::entry::{Entry, HarvestCounts, IncomingEntry};
use observatory_model::rule::{Rule, Verdicts};
use observatory_model::source::Source;
use observatory_model::{EntryId, Slug, Timestamp};
use observatory_search::find_in;
use observatory_store::{Harvest, Page, Store, document_of};

use crate::WorkerError;

/// Entries that are held against rules in one step: their texts are in memory at the same time.
const AT_ONCE: u32 = 200;

/// Entries of a trial that are named.
const EXAMPLES: usize = 10;

/// Keeps what a feed brought, as the rules say.
///
/// # Errors
/// [`WorkerError::Store`]; [`WorkerError::Search`] where the rules could not be held against it: then
/// nothing is kept, since something of it might be meant to be held.
pub(crate) async fn keep_harvest(
    store: &Store,
    source: &Source,
    harvest: &Harvest,
    now: Timestamp,
) -> Result<HarvestCounts, WorkerError> {
    let verdicts = judge(store, source, &harvest.entries, now).await?;
    Ok(store.record_judged_harvest(source.id, harvest, verdicts, now).await?)
}

/// Keeps one answer of a repository, as the rules say.
///
/// # Errors
/// As [`keep_harvest`].
pub async fn keep_page(
    store: &Store,
    source: &Source,
    page: &Page,
    now: Timestamp,
) -> Result<HarvestCounts, WorkerError> {
    let verdicts = judge(store, source, &page.entries, now).await?;
    Ok(store.record_judged_page(source.id, page, verdicts, now).await?)
}

/// What the rules that are on say of these entries of a source. All rules see an entry as it came: what
/// one says changes nothing for another.
///
/// # Errors
/// As [`keep_harvest`].
pub async fn judge(
    store: &Store,
    source: &Source,
    entries: &[IncomingEntry],
    now: Timestamp,
) -> Result<Verdicts, WorkerError> {
    let is_about = |rule: &Rule| {
        let sources = &rule.asked.sources;
        !rule.is_paused && (sources.is_empty() || sources.contains(&source.slug))
    };
    let mut rules = if entries.is_empty() { Vec::new() } else { store.rules().await? };
    rules.retain(is_about);
    let mut verdicts = Verdicts::new();
    if rules.is_empty() {
        return Ok(verdicts);
    }
    for part in entries.chunks(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)) {
        let mut keys = BTreeMap::new();
        let mut documents = Vec::with_capacity(part.len());
        for incoming in part {
            let entry = as_if_kept(source, incoming, now);
            keys.insert(DocumentKey::Entry(entry.id), incoming.key.clone());
            documents.push(document_of(entry));
        }
        let searches = rules.iter().map(|rule| rule.asked.clone()).collect();
        let found = find_in(documents, searches, now).await?;
        for (rule, found) in rules.iter().zip(found) {
            for key in found.iter().filter_map(|document| keys.get(document)) {
                verdicts.entry(key.clone()).or_default().add(rule);
            }
        }
    }
    Ok(verdicts)
}

fn as_if_kept(source: &Source, incoming: &IncomingEntry, now: Timestamp) -> Entry {
    Entry {
        id: EntryId::new(now),
        source: source.id,
        source_slug: source.slug.clone(),
        source_name: source.name.clone(),
        institution: source.institution.clone(),
        first_seen: now,
        last_changed: now,
        topics: Vec::new(),
        content: incoming.clone(),
    }
}

/// What a rule would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Entries that were looked at.
    pub looked: u64,
    /// Those that the search finds.
    pub found: u64,
    /// How many of them by source, the most first.
    pub by_source: Vec<(Slug, u64)>,
    /// The first of them, the latest last: their ids, sources and titles.
    pub examples: Vec<(EntryId, Slug, String)>,
    /// There are more than were looked at.
    pub is_cut: bool,
}

/// Holds a search against the entries that were first seen since then, at most `most`, and changes
/// nothing.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Search`].
pub async fn try_rule(
    store: &Store,
    asked: &Asked,
    since: Timestamp,
    most: u64,
    now: Timestamp,
) -> Result<Trial, WorkerError> {
    let (mut trial, mut after) = (Trial::default(), None);
    let mut by_source = BTreeMap::<Slug, u64>::new();
    loop {
        let entries = store.entries_to_judge(since, after, AT_ONCE).await?;
        let Some(last) = entries.last() else { break };
        if trial.looked >= most {
            trial.is_cut = true;
            break;
        }
        after = Some(last.id);
        trial.looked += u64::try_from(entries.len()).unwrap_or(u64::MAX);
        for (entry, source, title) in find(&entries, asked, now).await? {
            trial.found += 1;
            *by_source.entry(source.clone()).or_default() += 1;
            if trial.examples.len() < EXAMPLES {
                trial.examples.push((entry, source, title));
            }
        }
    }
    trial.by_source = by_source.into_iter().collect();
    trial.by_source.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(trial)
}

/// Applies a rule to what was there before it, first seen since then. Goes on where an earlier call
/// was stopped. Returns how many entries it found, and how many are different now.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Search`]; what was done stays, and the next call goes on.
pub async fn apply_rule(
    store: &Store,
    rule: &Rule,
    since: Timestamp,
    now: Timestamp,
) -> Result<(u64, u64), WorkerError> {
    let (mut found, mut changed, mut after) = (0, 0, rule.applied);
    loop {
        let entries = store.entries_to_judge(since, after, AT_ONCE).await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.id);
        let ids = find(&entries, &rule.asked, now).await?;
        let ids = ids.into_iter().map(|(entry, ..)| entry).collect::<Vec<_>>();
        found += u64::try_from(ids.len()).unwrap_or(u64::MAX);
        changed += store.apply_rule(rule, &ids, after, now).await?;
    }
    store.apply_rule(rule, &[], None, now).await?;
    Ok((found, changed))
}

/// Which of these entries a search finds.
async fn find(
    entries: &[Entry],
    asked: &Asked,
    now: Timestamp,
) -> Result<Vec<(EntryId, Slug, String)>, WorkerError> {
    let documents = entries.iter().cloned().map(document_of).collect::<Vec<Document>>();
    let found = find_in(documents, vec![asked.clone()], now).await?;
    let found = found.into_iter().next().unwrap_or_default();
    let is_found = |entry: &&Entry| found.contains(&DocumentKey::Entry(entry.id));
    let told = |entry: &Entry| (entry.id, entry.source_slug.clone(), entry.content.title.clone());
    Ok(entries.iter().filter(is_found).map(told).collect())
}
