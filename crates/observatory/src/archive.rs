//! The years behind the bundled network: invented journals, so that a demo has something that rises.

use anyhow::Context as _;
use observatory_model::glossary::Glossary;
use observatory_model::{Institution, Language, Slug, Timestamp};
use serde::Deserialize;
use serde_json::json;

/// What the journals write on, and in which words.
const ARCHIVE: &str = include_str!("../demo/archive.toml");

/// The seconds of a mean month.
const MONTH_SECONDS: i64 = 2_629_746;

/// The description of the archive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    months: u32,
    notes_a_month: u32,
    subject: Vec<Subject>,
    journal: Vec<Journal>,
}

/// What is written on, and how often at the beginning and at the end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    concept: Slug,
    from: f64,
    to: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    language: Language,
    slug: Slug,
    name: String,
    institution: Institution,
    region: Slug,
    titles: Vec<String>,
    texts: Vec<String>,
    places: Vec<String>,
}

/// A journal as a feed.
#[derive(Debug)]
pub(crate) struct JournalFeed {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    pub(crate) institution: Institution,
    pub(crate) region: Slug,
    /// A JSON Feed 1.1.
    pub(crate) body: Vec<u8>,
}

/// The journals, whose last notes were written just before `now`.
///
/// # Errors
/// When the bundled description is wrong; a test reads it.
pub(crate) fn journals(glossary: &Glossary, now: Timestamp) -> anyhow::Result<Vec<JournalFeed>> {
    let archive: Archive = toml::from_str(ARCHIVE)?;
    let feed = |journal: &Journal| {
        let notes = notes(&archive, journal, glossary, now)?;
        let body = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": journal.name,
            "language": journal.language.code(),
            "items": notes,
        });
        Ok(JournalFeed {
            slug: journal.slug.clone(),
            name: journal.name.clone(),
            institution: journal.institution.clone(),
            region: journal.region.clone(),
            body: body.to_string().into_bytes(),
        })
    };
    archive.journal.iter().map(feed).collect()
}

fn notes(
    archive: &Archive,
    journal: &Journal,
    glossary: &Glossary,
    now: Timestamp,
) -> anyhow::Result<Vec<serde_json::Value>> {
    let count = archive.months * archive.notes_a_month;
    // What is owed to each subject: the one that is owed most is written on next.
    let mut owed = vec![0.0; archive.subject.len()];
    let mut notes = Vec::new();
    for number in 0..count {
        let passed = f64::from(number) / f64::from(count.max(2) - 1);
        let weights =
            archive.subject.iter().map(|one| one.from + (one.to - one.from) * passed.powi(8));
        let weights = weights.collect::<Vec<_>>();
        let all = weights.iter().sum::<f64>();
        for (owed, weight) in owed.iter_mut().zip(&weights) {
            *owed += weight / all;
        }
        let most = owed.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other));
        let next = most.map_or(0, |(index, _)| index);
        if let Some(owed) = owed.get_mut(next) {
            *owed -= 1.0;
        }
        let subject = archive.subject.get(next).context("there is no subject")?;
        let concept = glossary.named(&subject.concept);
        let concept = concept.with_context(|| format!("no concept {}", subject.concept))?;
        let back = i64::from(count - number) * MONTH_SECONDS / i64::from(archive.notes_a_month);
        let filled = |template: &str, place: &str| {
            template
                .replace("{subject}", concept.preferred(journal.language))
                .replace("{place}", place)
        };
        let place = of(&journal.places, number / 3 + number)?;
        notes.push(json!({
            "id": format!("{}-{number}", journal.slug),
            "title": filled(of(&journal.titles, number)?, place),
            "content_text": filled(of(&journal.texts, number / 2)?, place),
            "date_published": now.plus_seconds(-back).rfc3339(),
            "authors": [{"name": journal.institution.as_str()}],
        }));
    }
    Ok(notes)
}

/// One of several phrases, in turn.
fn of(phrases: &[String], number: u32) -> anyhow::Result<&str> {
    let count = u32::try_from(phrases.len())?.max(1);
    let phrase = phrases.get(usize::try_from(number % count)?);
    phrase.map(String::as_str).context("a journal has no phrase")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_journals_write_more_and_more_of_what_rises() {
        let now = "2026-11-25".parse().unwrap();
        let feeds = journals(observatory_search::glossary(), now).unwrap();
        assert_eq!(feeds.len(), 6);
        let text = String::from_utf8(feeds[0].body.clone()).unwrap();
        let feed = serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 216);
        let twins = |half: &[serde_json::Value]| {
            let is = |item: &&serde_json::Value| {
                item["title"].as_str().unwrap().to_lowercase().contains("digital twin")
            };
            half.iter().filter(is).count()
        };
        assert!(twins(&items[108..]) > 3 * twins(&items[..108]).max(1), "{}", twins(&items[108..]));
        assert!(items[215]["date_published"].as_str().unwrap() < "2026-11-25");
    }
}
