//! An entry of a source: a signal, shown as it was found.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::asked::Asked;
use observatory_model::change::DocumentKey;
use observatory_model::entry::Entry;
use observatory_model::story::{Likeness, SameBy, Telling};
use observatory_model::{EntryId, Slug};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section, dir};
use crate::error::PageError;
use crate::html::Html;
use crate::lines::NearLine;
use crate::locale::Locale;
use crate::pages::paper::PaperView;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Documents like it that are named below.
const RELATED: usize = 4;

#[derive(Template)]
#[template(path = "pages/entry.html")]
struct EntryPage {
    c: Chrome,
    body: Html,
    dir: &'static str,
    source_href: String,
    provenance: Html,
    languages: Option<Html>,
    contradiction: Option<Html>,
    paper: Option<PaperView>,
    original: Option<(String, Html)>,
    more: Html,
    also_at: Vec<Html>,
    topics: Vec<(String, String)>,
    related: Vec<NearLine>,
    related_href: String,
    e: Entry,
}

/// `/{lang}/entries/{id}`
pub(crate) async fn entry(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let id: EntryId = reader.part(1)?;
    let Some(entry) = site.store().entry(id).await? else {
        let gone = site.store().entry_is_gone(id).await?;
        return Err(if gone { PageError::Gone } else { PageError::NotFound });
    };
    let locale = reader.locale;
    let paper = match site.store().paper(id).await? {
        Some(paper) => Some(PaperView::new(&site, &reader, id, &paper).await?),
        None => None,
    };
    let is_unreadable = paper.as_ref().is_some_and(|paper| paper.unreadable.is_some());
    let source_href = urls::source(reader.language, &entry.source_slug);
    let source = Html::link(&source_href, &entry.source_name);
    let host = |host: &str| locale.fill("entry.original", &[("host", Html::name(host))]);
    let contradiction = contradiction(locale, &entry);
    let key = DocumentKey::Entry(id);
    // An entry can be read when nothing can be searched.
    let related = site.search().related(&key, Some(reader.language), RELATED).await;
    let related = related.unwrap_or_default();
    let related = related.iter().map(|hit| NearLine::new(reader.language, hit)).collect();
    let tellings = site.store().tellings(id).await?;
    let page = EntryPage {
        c: Chrome::new(&site, &reader, &entry.content.title)
            .section(&reader, Section::Sources)
            .unlisted()
            .reading(false),
        body: Html::trusted(entry.content.html.clone()),
        dir: dir(entry.content.language),
        provenance: provenance(locale, &entry),
        // A contradiction names both languages itself, and what could not be read has none.
        languages: (contradiction.is_none() && !is_unreadable).then(|| languages(locale, &entry)),
        contradiction,
        paper,
        original: entry.content.url.as_ref().map(|url| (url.to_string(), host(url.host()))),
        more: locale.fill("entry.source", &[("source", source)]),
        also_at: also_at(&reader, id, &tellings),
        topics: entry.topics.iter().map(|topic| topic_line(&reader, topic)).collect(),
        source_href,
        related,
        related_href: urls::related(reader.language, &key),
        e: entry,
    };
    show(&page, Policy::Page)
}

/// A topic that a rule says the entry is about: what else is, and what it is called.
fn topic_line(reader: &Reader, topic: &Slug) -> (String, String) {
    let asked = Asked { topics: vec![topic.clone()], ..Asked::parse("") };
    let name = crate::concepts::topic(reader.locale, reader.language, topic);
    (urls::search(reader.language, &asked.query()), name)
}

/// Where the same story is told too, each with the reason why it counts as the same.
fn also_at(reader: &Reader, id: EntryId, tellings: &[Telling]) -> Vec<Html> {
    let own = tellings.iter().find(|telling| telling.entry == id);
    let line = |telling: &Telling| {
        // The leading entry is like nothing: what it has in common stands at the one that is folded.
        let folded = if telling.likeness.is_some() { Some(telling) } else { own };
        let likeness = folded.and_then(|folded| folded.likeness)?;
        let since = folded.map_or(telling.since, |folded| folded.since);
        let href = urls::entry(reader.language, telling.entry);
        let values = [
            ("source", Html::link(&href, &telling.source_name)),
            ("reason", Html::text(&reason(reader.locale, likeness))),
            ("date", reader.locale.date(since)),
        ];
        Some(reader.locale.fill("story.line", &values))
    };
    tellings.iter().filter(|telling| telling.entry != id).filter_map(line).collect()
}

/// Why two entries count as one story, in words.
fn reason(locale: &Locale, likeness: Likeness) -> String {
    match likeness.by {
        SameBy::Hand => locale.say("story.hand").to_owned(),
        SameBy::Doi => locale.say("story.doi").to_owned(),
        SameBy::Arxiv => locale.say("story.arxiv").to_owned(),
        SameBy::Address => locale.say("story.address").to_owned(),
        SameBy::Words => locale.say("story.words").to_owned(),
        SameBy::Alike => {
            locale.plain("story.alike", &[("percent", &locale.number(likeness.percent.into()))])
        }
    }
}

fn provenance(locale: &Locale, entry: &Entry) -> Html {
    let content = &entry.content;
    let mut sentences = Vec::new();
    if !content.authors.is_empty() {
        sentences.push(locale.fill("entry.by", &[("authors", locale.names(&content.authors))]));
    }
    let date = [("date", locale.date(entry.date()))];
    sentences.push(if entry.date_is_first_seen() {
        locale.fill("entry.first_seen", &date)
    } else {
        locale.fill("entry.published", &date)
    });
    if let Some(updated) = content.updated.filter(|updated| updated.ymd() != entry.date().ymd()) {
        sentences.push(locale.fill("entry.changed", &[("date", locale.date(updated))]));
    }
    locale.sentences(&sentences)
}

/// What the source says of its language, and what was found.
fn languages(locale: &Locale, entry: &Entry) -> Html {
    let content = &entry.content;
    let name = |tag: &str| [("language", Html::name(locale.tag(tag)))];
    let declared = content.declared_language.as_deref().filter(|tag| !tag.trim().is_empty());
    let detected = content.detected_language.as_deref();
    locale.sentences(&[
        declared.map_or_else(
            || Html::text(locale.say("entry.undeclared")),
            |tag| locale.fill("entry.declared", &name(tag)),
        ),
        detected.map_or_else(
            || Html::text(locale.say("entry.undetected")),
            |tag| locale.fill("entry.detected", &name(tag)),
        ),
    ])
}

fn contradiction(locale: &Locale, entry: &Entry) -> Option<Html> {
    let content = &entry.content;
    let declared = content.declared_language.as_deref()?;
    let detected = content.detected_language.as_deref()?;
    let values = [
        ("declared", Html::name(locale.tag(declared))),
        ("detected", Html::name(locale.tag(detected))),
    ];
    content.language_is_contradicted().then(|| locale.fill("entry.contradicted", &values))
}
