//! What the rules say of the entries of a harvest: counted, and written with them.

use std::borrow::Cow;

use observatory_model::change::DocumentKey;
use observatory_model::entry::IncomingEntry;
use observatory_model::rule::{Verdict, Withheld};
use observatory_model::{EntryId, Language, Slug, SourceId};
use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;

use super::Tally;
use crate::error::{StoreError, of_engine};
use crate::migrate::hex;
use crate::rows::to_json;

/// Most entries of one source of which it is remembered that they were dropped: more than any feed has at
/// once, and no more than a feed that invents new keys at each answer may fill the store with.
const MOST_DROPPED: i64 = 5_000;

/// Longest title of an entry that was dropped, in characters.
const DROPPED_TITLE: usize = 200;

impl Tally {
    /// Whether no more new entries are taken.
    pub(super) const fn is_full(&self) -> bool {
        let counts = &self.counts;
        counts.added + counts.held + counts.dropped >= self.most_new
    }

    pub(super) fn count_new(&mut self, id: EntryId, withheld: Option<Withheld>) {
        match withheld {
            None => {
                self.counts.added += 1;
                self.changed.insert(DocumentKey::Entry(id));
            }
            // What the public has never seen changes nothing for it.
            Some(Withheld::Held) => self.counts.held += 1,
            Some(Withheld::Dropped) => self.counts.dropped += 1,
        }
    }

    pub(super) fn count_changed(
        &mut self,
        id: EntryId,
        was: Option<Withheld>,
        now: Option<Withheld>,
    ) {
        match now {
            Some(Withheld::Held) if was != now => self.counts.held += 1,
            Some(Withheld::Dropped) if was != now => self.counts.dropped += 1,
            _ => self.counts.changed += 1,
        }
        if was.is_none() || now.is_none() {
            self.changed.insert(DocumentKey::Entry(id));
        }
    }
}

/// An entry as it is written: what came, and what the rules say of it.
pub(super) struct Kept<'a> {
    pub(super) entry: Cow<'a, IncomingEntry>,
    pub(super) topics: String,
    pub(super) language: Option<Language>,
    withheld: Option<(Withheld, Slug)>,
    pub(super) print: Option<String>,
}

impl<'a> Kept<'a> {
    pub(super) fn of(
        entry: &'a IncomingEntry,
        verdict: &Verdict,
        withheld: Option<(Withheld, Slug)>,
    ) -> Result<Self, StoreError> {
        if withheld.as_ref().is_some_and(|(how, _)| *how == Withheld::Dropped) {
            let print = Some(print_of(entry)?);
            let entry = Cow::Owned(without_words(entry));
            return Ok(Self { entry, topics: "[]".to_owned(), language: None, withheld, print });
        }
        let topics = to_json(&verdict.topics)?;
        let (entry, language) = (Cow::Borrowed(entry), verdict.language);
        Ok(Self { entry, topics, language, withheld, print: None })
    }

    /// How it is withheld.
    pub(super) fn how(&self) -> Option<&'static str> {
        self.withheld.as_ref().map(|(how, _)| how.code())
    }

    /// The rule that withholds it.
    pub(super) fn by(&self) -> Option<&str> {
        self.withheld.as_ref().map(|(_, by)| by.as_str())
    }
}

/// What is left of an entry that is dropped.
fn without_words(entry: &IncomingEntry) -> IncomingEntry {
    IncomingEntry {
        title: shortened(&entry.title),
        html: String::new(),
        text: String::new(),
        authors: Vec::new(),
        identifiers: Vec::new(),
        ..entry.clone()
    }
}

/// The title of an entry that is dropped.
pub(crate) fn shortened(title: &str) -> String {
    title.chars().take(DROPPED_TITLE).collect()
}

/// The print of the words of an entry, dates aside: while it is the same, there is nothing to look at
/// again.
pub(crate) fn print_of(entry: &IncomingEntry) -> Result<String, StoreError> {
    let words = IncomingEntry { published: None, updated: None, ..entry.clone() };
    Ok(hex(&Sha256::digest(to_json(&words)?.as_bytes())))
}

/// The oldest of what was dropped when it came.
macro_rules! oldest {
    () => {
        " FROM entries WHERE source_id = $1 AND withheld = 'dropped' AND first_seen = withheld_at \
         AND id NOT IN (SELECT id FROM entries WHERE source_id = $1 \
         AND withheld = 'dropped' ORDER BY withheld_at DESC, id DESC LIMIT $2)"
    };
}

/// Forgets the oldest of what was dropped when it came, and never public.
pub(super) async fn prune_dropped(
    connection: &mut AnyConnection,
    source: SourceId,
) -> Result<(), StoreError> {
    // What is left of papers goes first, since it belongs to them. A paper that is dropped has no parts.
    let papers = concat!("DELETE FROM papers WHERE entry_id IN (SELECT id", oldest!(), ")");
    for sql in [papers, concat!("DELETE", oldest!())] {
        sqlx::query(sql)
            .bind(source.to_string())
            .bind(MOST_DROPPED)
            .execute(&mut *connection)
            .await
            .map_err(of_engine)?;
    }
    Ok(())
}
