//! The entries of a harvest: new, changed or the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use observatory_model::change::DocumentKey;
use observatory_model::entry::IncomingEntry;
use observatory_model::rule::Withheld;
use observatory_model::{EntryId, Language, Slug, SourceId, Timestamp, WebAddress};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection};

use super::Tally;
use super::judged::{Kept, print_of};
use crate::entries::content;
use crate::error::{StoreError, of_engine};
use crate::rows::{get, noun, optional_noun, places, time, to_json, without_nul};

/// Entries that are looked up with one question.
const LOOKED_UP: usize = 20;

/// How many entries one statement adds: as many of the first as there are, then of the next. Each
/// statement costs as much as several rows, and each length is one statement that stays prepared.
const ROWS: [usize; 3] = [20, 5, 1];

/// Adds, changes or leaves entries whose keys differ, as the rules say.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    source: SourceId,
    entries: &[Cow<'_, IncomingEntry>],
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    for some in entries.chunks(LOOKED_UP) {
        let known = known(connection, source, some).await?;
        let mut new = Vec::with_capacity(some.len());
        for incoming in some {
            if let Some(known) = known.get(&incoming.key) {
                keep_known(connection, known, incoming, now, tally).await?;
            } else if tally.is_full() {
                tally.left_over += 1;
            } else {
                let id = EntryId::new(now);
                let verdict = tally.verdicts.remove(&incoming.key).unwrap_or_default();
                let withheld = verdict.withheld.clone();
                tally.count_new(id, withheld.as_ref().map(|(how, _)| *how));
                new.push((id, Kept::of(incoming, &verdict, withheld)?));
            }
        }
        insert(connection, source, &new, now).await?;
    }
    Ok(())
}

/// An entry that is there already.
struct Known {
    id: EntryId,
    first_seen: Timestamp,
    is_deleted: bool,
    withheld: Option<(Withheld, Option<Slug>)>,
    print: Option<String>,
    is_released: bool,
    content: IncomingEntry,
}

/// Those of the entries that are there already, by key.
async fn known(
    connection: &mut AnyConnection,
    source: SourceId,
    entries: &[Cow<'_, IncomingEntry>],
) -> Result<BTreeMap<String, Known>, StoreError> {
    let sql = "SELECT id, first_seen, item_key, derived_key, url, title, html, body, authors, \
        published, updated, declared_language, raw_language, language, detected_language, \
        identifiers, deleted, withheld, withheld_by, print, released FROM entries \
        WHERE source_id = $1 AND item_key IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    // A short rest is filled up with its last key: one statement serves every length.
    let filled = entries.iter().chain(entries.last().into_iter().cycle()).take(LOOKED_UP);
    let query = sqlx::query(sql).bind(source.to_string());
    let query = filled.fold(query, |query, entry| query.bind(entry.key.as_str()));
    let mut known = BTreeMap::new();
    for row in query.fetch_all(connection).await.map_err(of_engine)? {
        let content = content(&row)?;
        let withheld = optional_noun::<Withheld>(&row, "withheld")?;
        let by = get::<Option<String>>(&row, "withheld_by")?.and_then(|by| by.parse().ok());
        let entry = Known {
            id: noun(&row, "id")?,
            first_seen: time(&row, "first_seen")?,
            is_deleted: get::<Option<i64>>(&row, "deleted")?.is_some(),
            withheld: withheld.map(|how| (how, by)),
            print: get(&row, "print")?,
            is_released: get::<Option<i64>>(&row, "released")?.is_some(),
            content,
        };
        known.insert(entry.content.key.clone(), entry);
    }
    Ok(known)
}

/// Changes or leaves an entry that is there already.
async fn keep_known(
    connection: &mut AnyConnection,
    known: &Known,
    incoming: &IncomingEntry,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let published = published(&known.content, incoming);
    let was = known.withheld.as_ref().map(|(how, _)| *how);
    let is_same = if was == Some(Withheld::Dropped) {
        known.print.as_deref() == Some(print_of(incoming)?.as_str())
    } else {
        same_words(&known.content, incoming) && known.content.published == published
    };
    if is_same && !known.is_deleted {
        tally.counts.unchanged += 1;
        return Ok(());
    }
    let verdict = tally.verdicts.remove(&incoming.key).unwrap_or_default();
    let withheld = match &known.withheld {
        // Somebody has looked at it.
        _ if known.is_released => None,
        // Somebody has to look at it, also where its words change so that no rule holds it any more.
        Some((Withheld::Held, by)) if verdict.withheld.is_none() => {
            by.clone().map(|by| (Withheld::Held, by))
        }
        _ => verdict.withheld.clone(),
    };
    tally.count_changed(known.id, was, withheld.as_ref().map(|(how, _)| *how));
    let changed = IncomingEntry { published, ..incoming.clone() };
    let kept = Kept::of(&changed, &verdict, withheld)?;
    update(connection, known.id, &kept, known.first_seen, now).await
}

/// The date of publication of a known entry after this harvest: the earliest its feed has ever told.
///
/// A date that disappears stays. So does one that moves forward: a feed that writes the time of each
/// request there would else stand at the top of every list for ever.
fn published(known: &IncomingEntry, incoming: &IncomingEntry) -> Option<Timestamp> {
    match (known.published, incoming.published) {
        (Some(known), Some(incoming)) => Some(known.min(incoming)),
        (known, incoming) => known.or(incoming),
    }
}

/// Whether a reader would see no difference, dates aside.
///
/// `updated` alone is no change: there are feeds that write the time of the request there.
fn same_words(known: &IncomingEntry, incoming: &IncomingEntry) -> bool {
    known.title == incoming.title
        && known.html == incoming.html
        && known.text == incoming.text
        && known.url == incoming.url
        && known.authors == incoming.authors
        && known.declared_language == incoming.declared_language
        && known.language == incoming.language
        && known.detected_language == incoming.detected_language
        && known.raw_language == incoming.raw_language
        && known.identifiers == incoming.identifiers
}

/// The columns that [`insert`] fills.
const COLUMNS: usize = 25;

/// The statements that add each number of [`ROWS`]. What a harvest tells anew each time comes last, in the
/// order of [`told`].
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    let head = "INSERT INTO entries (id, source_id, item_key, first_seen, derived_key, url, title, \
        html, body, authors, published, updated, declared_language, language, detected_language, \
        last_changed, sort_date, raw_language, identifiers, topics, rule_language, withheld, \
        withheld_by, withheld_at, print) VALUES ";
    ROWS.map(|rows| format!("{head}{}", places(rows, COLUMNS)))
});

async fn insert(
    connection: &mut AnyConnection,
    source: SourceId,
    mut entries: &[(EntryId, Kept<'_>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (rows, sql) in ROWS.into_iter().zip(INSERTS.iter()) {
        while let Some((some, rest)) = entries.split_at_checked(rows) {
            let mut query = sqlx::query(sql.as_str());
            for (id, kept) in some {
                query = query
                    .bind(id.to_string())
                    .bind(source.to_string())
                    .bind(kept.entry.key.as_str())
                    .bind(now.millis());
                query = told(query, kept, now, now)?;
            }
            query.execute(&mut *connection).await.map_err(of_engine)?;
            entries = rest;
        }
    }
    Ok(())
}

async fn update(
    connection: &mut AnyConnection,
    id: EntryId,
    kept: &Kept<'_>,
    first_seen: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE entries SET derived_key = $2, url = $3, title = $4, html = $5, body = $6, \
        authors = $7, published = $8, updated = $9, declared_language = $10, language = $11, \
        detected_language = $12, last_changed = $13, sort_date = $14, raw_language = $15, \
        identifiers = $16, topics = $17, rule_language = $18, withheld = $19, withheld_by = $20, \
        withheld_at = $21, print = $22, deleted = NULL WHERE id = $1";
    let query = sqlx::query(sql).bind(id.to_string());
    told(query, kept, first_seen, now)?.execute(connection).await.map_err(of_engine)?;
    Ok(())
}

/// Binds what a harvest tells of an entry, which adding and changing it have in common.
fn told<'q>(
    query: Query<'q, Any, AnyArguments>,
    kept: &'q Kept<'_>,
    first_seen: Timestamp,
    now: Timestamp,
) -> Result<Query<'q, Any, AnyArguments>, StoreError> {
    let entry = &kept.entry;
    Ok(query
        .bind(i64::from(entry.derived_key))
        .bind(entry.url.as_ref().map(WebAddress::as_str))
        .bind(entry.title.as_str())
        .bind(entry.html.as_str())
        .bind(entry.text.as_str())
        .bind(to_json(&entry.authors)?)
        .bind(entry.published.map(Timestamp::millis))
        .bind(entry.updated.map(Timestamp::millis))
        .bind(entry.declared_language.as_deref())
        .bind(entry.language.map(Language::code))
        .bind(entry.detected_language.as_deref())
        .bind(now.millis())
        .bind(entry.published.unwrap_or(first_seen).millis())
        .bind(entry.raw_language.as_deref())
        .bind(to_json(&entry.identifiers)?)
        .bind(kept.topics.as_str())
        .bind(kept.language.map(Language::code))
        .bind(kept.how())
        .bind(kept.by())
        .bind(kept.how().map(|_| now.millis()))
        .bind(kept.print.as_deref()))
}

/// Takes an entry back: it leaves the lists and the index, and its page says that it is gone.
pub(super) async fn take_back(
    connection: &mut AnyConnection,
    source: SourceId,
    key: &str,
    now: Timestamp,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let sql = "UPDATE entries SET deleted = $3, last_changed = $3 \
        WHERE source_id = $1 AND item_key = $2 AND deleted IS NULL RETURNING id";
    let row = sqlx::query(sql)
        .bind(source.to_string())
        .bind(key)
        .bind(now.millis())
        .fetch_optional(connection)
        .await
        .map_err(of_engine)?;
    if let Some(row) = row {
        tally.counts.removed += 1;
        tally.changed.insert(DocumentKey::Entry(noun(&row, "id")?));
    }
    Ok(())
}

/// An entry as both databases can keep it.
pub(super) fn cleaned(entry: &IncomingEntry) -> Cow<'_, IncomingEntry> {
    let optional = [&entry.declared_language, &entry.detected_language, &entry.raw_language];
    let texts = [&entry.key, &entry.title, &entry.html, &entry.text];
    let has_nul =
        texts.into_iter().chain(optional.into_iter().flatten()).any(|text| text.contains('\0'));
    if !has_nul {
        return Cow::Borrowed(entry);
    }
    Cow::Owned(IncomingEntry {
        key: without_nul(&entry.key),
        title: without_nul(&entry.title),
        html: without_nul(&entry.html),
        text: without_nul(&entry.text),
        declared_language: entry.declared_language.as_deref().map(without_nul),
        detected_language: entry.detected_language.as_deref().map(without_nul),
        raw_language: entry.raw_language.as_deref().map(without_nul),
        ..entry.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> IncomingEntry {
        IncomingEntry {
            key: "k".to_owned(),
            derived_key: false,
            url: None,
            title: "t".to_owned(),
            html: String::new(),
            text: String::new(),
            authors: Vec::new(),
            published: None,
            updated: None,
            declared_language: None,
            language: None,
            detected_language: None,
            raw_language: None,
            identifiers: Vec::new(),
        }
    }

    #[test]
    fn dates_that_vanish_or_move_forward_change_nothing() {
        let (early, late) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        let at = |published| IncomingEntry { published, ..entry() };
        let after = |known, incoming| published(&at(known), &at(incoming));
        assert_eq!(after(Some(early), None), Some(early));
        assert_eq!(after(Some(early), Some(late)), Some(early));
        assert_eq!(after(Some(late), Some(early)), Some(early));
        assert_eq!(after(None, Some(late)), Some(late));
        assert_eq!(after(None, None), None);
    }

    #[test]
    fn words_are_compared_and_the_time_of_the_request_is_not() {
        let stamped = IncomingEntry { updated: Some(Timestamp::EPOCH), ..entry() };
        assert!(same_words(&entry(), &stamped));
        let retitled = IncomingEntry { title: "other".to_owned(), ..entry() };
        assert!(!same_words(&entry(), &retitled));
        let signed = IncomingEntry { authors: vec!["a".to_owned()], ..entry() };
        assert!(!same_words(&entry(), &signed));
    }

    #[test]
    fn what_no_database_can_keep_is_left_out() {
        let dirty = IncomingEntry { title: "a\0b".to_owned(), ..entry() };
        assert_eq!(cleaned(&dirty).title, "ab");
        assert!(matches!(cleaned(&entry()), Cow::Borrowed(_)));
    }
}
