//! An alert's mail is written about what it has found.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::alert::{About, Alert, HITS_PER_MAIL, News, NewsHit, NewsTrend, TrendKey};
use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::document::Document;
use observatory_model::radar::{listed, standings};
use observatory_model::trend::List;
use observatory_model::{AlertId, Language, MailId, Timestamp};
use observatory_search::glossary;
use observatory_store::AlertNews;

use crate::{WorkerError, World};

/// Documents that are in memory at the same time.
const AT_ONCE: usize = 100;

/// Longest passage, in characters: that of a hit on the search page.
const PASSAGE_CHARACTERS: usize = 240;

/// What is told, and what is no longer there to be told.
#[derive(Debug, Default)]
struct Reading {
    told: Vec<DocumentKey>,
    gone: Vec<DocumentKey>,
    hits: Vec<NewsHit>,
}

/// Writes the mail of `alert` about everything it has found and not told yet, and puts it into the
/// queue in the transaction that marks it as told.
///
/// The documents are read now, not when they were found: what the public may not read any more stands
/// in no mail. When nothing is left, there is no mail.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Letter`]; nothing was told.
pub async fn send_alert(world: &World, alert: AlertId) -> Result<(), WorkerError> {
    let now = world.clock.now();
    let Some(AlertNews { alert, key, documents, trends }) = world.store.alert_news(alert).await?
    else {
        return Ok(());
    };
    if documents.is_empty() && trends.is_empty() {
        return Ok(());
    }
    let rising = rising(world, &alert).await?;
    let words = words_of(&alert.asked, rising.followed());
    let Reading { told, gone, mut hits } =
        read(world, &documents, &words, alert.language, now).await?;
    let is_there = |key: &&TrendKey| rising.0.iter().any(|one| one.finding.slug == key.trend);
    let (there, lost): (Vec<_>, Vec<_>) = trends.iter().partition(is_there);
    let keys = |documents: Vec<DocumentKey>, trends: Vec<&TrendKey>| {
        let documents = documents.iter().map(ToString::to_string);
        documents.chain(trends.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    let is_told = |one: &&NewsTrend| there.iter().any(|key| key.trend == one.finding.slug);
    let new = rising.0.iter().filter(is_told).cloned().collect::<Vec<_>>();
    let (told, gone) = (keys(told, there), keys(gone, lost));
    let mail = if hits.is_empty() && new.is_empty() {
        None
    } else {
        let more = hits.len().saturating_sub(HITS_PER_MAIL);
        hits.truncate(HITS_PER_MAIL);
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        let (alert, followed) = (alert.clone(), rising.followed().cloned());
        let news = News { alert, key, hits, more, trends: new, followed };
        Some(world.letters.news(MailId::new(now), &news, now)?)
    };
    let is_told = world.store.tell(alert.id, &told, &gone, mail.as_ref(), now).await?;
    tracing::info!(
        alert = %alert.id,
        alert.told = told.len(),
        alert.gone = gone.len(),
        "{}", if is_told { "wrote what an alert has found" } else { "an alert was told elsewhere" }
    );
    Ok(())
}

/// What an alert watches and stands in a list now, in the order of the lists; nothing for a search.
struct Rising(Vec<NewsTrend>, bool);

impl Rising {
    /// The one trend that is followed.
    fn followed(&self) -> Option<&NewsTrend> {
        self.0.first().filter(|_| self.1)
    }
}

/// Reads what an alert watches as it stands now: what has fallen out of the lists since it was found, or
/// was set aside, is not told.
async fn rising(world: &World, alert: &Alert) -> Result<Rising, WorkerError> {
    let Some(watch) = &alert.trends else { return Ok(Rising(Vec::new(), false)) };
    let is_one = matches!(watch.about, About::Trend(_));
    let Some(picture) = world.store.latest_picture().await? else {
        return Ok(Rising(Vec::new(), is_one));
    };
    let standings = standings(&world.store.decisions(None).await?);
    let mut rising = Vec::new();
    for list in List::ALL {
        for finding in listed(&picture, &standings, list) {
            let standing = standings.get(&finding.slug).cloned().unwrap_or_default();
            if watch.holds(finding, &standing) {
                rising.push(NewsTrend {
                    list,
                    names: finding.names(&standing, glossary()),
                    finding: finding.clone(),
                    step: picture.step,
                    at: picture.at,
                });
            }
        }
    }
    Ok(Rising(rising, is_one))
}

/// Reads the documents in parts, and keeps of each what a mail shows: newest first, of the versions of
/// one work the one in the reader's language.
async fn read(
    world: &World,
    keys: &[DocumentKey],
    words: &[String],
    language: Language,
    now: Timestamp,
) -> Result<Reading, WorkerError> {
    let mut reading = Reading::default();
    let mut best: BTreeMap<String, NewsHit> = BTreeMap::new();
    for part in keys.chunks(AT_ONCE) {
        let documents = world.store.documents(part, now).await?;
        let there = documents.iter().map(|document| &document.key).collect::<BTreeSet<_>>();
        let (told, gone): (Vec<_>, Vec<_>) = part.iter().partition(|key| there.contains(key));
        reading.told.extend(told.into_iter().cloned());
        reading.gone.extend(gone.into_iter().cloned());
        for document in documents {
            let work = document.work.clone().unwrap_or_else(|| document.key.to_string());
            let is_better = document.language == Some(language) || !best.contains_key(&work);
            if is_better {
                best.insert(work, hit(document, words));
            }
        }
    }
    reading.hits.extend(best.into_values());
    reading.hits.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.key.cmp(&b.key)));
    Ok(reading)
}

fn hit(document: Document, words: &[String]) -> NewsHit {
    NewsHit {
        passage: passage(&document, words),
        key: document.key,
        kind: document.kind,
        language: document.language,
        title: document.title,
        source_name: document.source_name,
        date: document.date,
    }
}

/// The words of a search, or the names of the trend that is followed, that may stand in a text, in lower
/// case.
fn words_of(asked: &Asked, followed: Option<&NewsTrend>) -> Vec<String> {
    let names = followed
        .into_iter()
        .flat_map(|one| std::iter::once(&one.finding.name).chain(&one.finding.aliases));
    let texts = std::iter::once(&asked.words).chain(names);
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The passage that has the most words of the search; the summary or the first where none has any.
fn passage(document: &Document, words: &[String]) -> String {
    let texts = || {
        let passages = document.passages.iter().map(|passage| passage.text.as_str());
        std::iter::once(document.summary.as_str())
            .chain(passages)
            .map(str::trim)
            .filter(|text| !text.is_empty() && *text != document.title.trim())
    };
    let score = |text: &str| {
        let text = text.to_lowercase();
        words.iter().filter(|word| text.contains(word.as_str())).count()
    };
    let mut best: Option<(usize, &str)> = None;
    for text in texts() {
        let score = score(text);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, text));
        }
    }
    cut(best.map_or("", |(_, text)| text))
}

/// `text` on one line, cut between two words where it is too long.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= PASSAGE_CHARACTERS {
        return line;
    }
    let head: String = line.chars().take(PASSAGE_CHARACTERS).collect();
    // Chinese has no spaces: there the cut is where it falls.
    let end = head.rfind(' ').filter(|end| *end > head.len() / 2).unwrap_or(head.len());
    let (head, _) = head.split_at_checked(end).unwrap_or((&head, ""));
    format!("{head} …")
}

#[cfg(test)]
mod tests {
    use observatory_model::document::{Kind, Passage};
    use observatory_model::{EntryId, Timestamp};

    use super::*;

    fn document(passages: &[&str]) -> Document {
        let passage = |text: &&str| Passage { number: None, page: None, text: (*text).to_owned() };
        Document {
            key: DocumentKey::Entry(EntryId::new(Timestamp::EPOCH)),
            kind: Kind::Entry,
            language: None,
            work: None,
            title: "Title".to_owned(),
            summary: String::new(),
            headings: Vec::new(),
            passages: passages.iter().map(passage).collect(),
            authors: Vec::new(),
            topics: Vec::new(),
            identifiers: Vec::new(),
            institution: None,
            source: None,
            source_name: String::new(),
            date: Timestamp::EPOCH,
        }
    }

    #[test]
    fn the_passage_with_the_most_words_is_shown() {
        let words = words_of(&Asked::parse("q=\"Lunar dust\" -mars"), None);
        assert_eq!(words, ["lunar", "dust", "mars"]);
        let texts = ["Title", "First.", "On dust.", "LUNAR\n  dust rises.", "dust, lunar dust"];
        assert_eq!(passage(&document(&texts), &words), "LUNAR dust rises.");
        assert_eq!(passage(&document(&["Title", "First.", "Second."]), &words), "First.");
        assert_eq!(passage(&document(&["Title"]), &words), "", "the title stands above it already");
    }

    #[test]
    fn long_passages_are_cut_between_words() {
        let long = cut(&"word ".repeat(100));
        assert!(long.ends_with("word …") && long.chars().count() <= 242, "{long}");
        let chinese = cut(&"字".repeat(500));
        assert_eq!(chinese.chars().count(), 242);
    }
}
