//! One work that matches: what it is, its best passage, its other versions, and why it is here.

use observatory_model::brief::BriefAddress;
use observatory_model::change::DocumentKey;
use observatory_model::document::Kind;
use observatory_model::search::{Hit, Place, Reason};
use observatory_model::story::Telling;
use observatory_model::{EntryId, Language};

use crate::chrome::dir;
use crate::html::Html;
use crate::locale::{self, Locale};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Sources of a story that are named beside the one that is shown; its page names all.
const MOST_NAMED: usize = 3;

/// A document that matches.
pub(crate) struct HitLine {
    pub(crate) kind: &'static str,
    pub(crate) source: String,
    pub(crate) date: Html,
    pub(crate) language: Option<Language>,
    pub(crate) language_name: &'static str,
    pub(crate) foreign: bool,
    pub(crate) dir: &'static str,
    pub(crate) href: String,
    pub(crate) title: Html,
    pub(crate) passage: Html,
    pub(crate) has_passage: bool,
    pub(crate) paragraph: Option<(String, String)>,
    pub(crate) passage_page: Option<(String, String)>,
    pub(crate) versions: Vec<Version>,
    /// Where the story of an entry is told too: the page here, and the name of the source.
    pub(crate) also_at: Vec<(String, String)>,
    pub(crate) why: Vec<Html>,
}

/// The same work in another language.
pub(crate) struct Version {
    pub(crate) href: String,
    pub(crate) language: Option<Language>,
    pub(crate) name: &'static str,
}

impl HitLine {
    /// The line of a hit for one reader.
    pub(crate) async fn new(site: &Site, reader: &Reader, hit: &Hit) -> Self {
        if let DocumentKey::Entry(id) = hit.key {
            let also_at = also_at(site, reader, hit, id).await;
            return Self { also_at, ..Self::alone(reader, hit) };
        }
        let versions = versions(reader, hit, readers_own(site, reader, hit).await);
        Self { versions, ..Self::alone(reader, hit) }
    }

    fn alone(reader: &Reader, hit: &Hit) -> Self {
        let locale = reader.locale;
        let href = urls::document(reader.language, &hit.key);
        let label = |key: &str, number: u32| locale.plain(key, &[("number", &number.to_string())]);
        let place = urls::passage(reader.language, &hit.key, hit.paragraph, hit.passage_page);
        let place = place.unwrap_or_else(|| href.clone());
        // A part of a paper that knows no pages is a section.
        let numbered = if hit.kind == Kind::Paper { "search.section" } else { "search.paragraph" };
        Self {
            kind: locale.kind(hit.kind),
            source: hit.source_name.clone(),
            date: locale.date(hit.date),
            language: hit.language,
            language_name: hit.language.map_or("", locale::own_name),
            foreign: hit.language != Some(reader.language),
            dir: dir(hit.language),
            title: Html::marked(&hit.title),
            passage: Html::marked(&hit.passage),
            has_passage: !hit.passage.0.is_empty(),
            paragraph: hit.paragraph.map(|number| (place.clone(), label(numbered, number))),
            passage_page: hit.passage_page.map(|page| (place, label("search.passage_page", page))),
            why: hit.why.iter().map(|reason| why(locale, reason)).collect(),
            versions: Vec::new(),
            also_at: Vec::new(),
            href,
        }
    }
}

/// Where the story of an entry is told too, among what was found. Searching goes on without the store.
async fn also_at(site: &Site, reader: &Reader, hit: &Hit, id: EntryId) -> Vec<(String, String)> {
    if hit.versions.is_empty() {
        return Vec::new();
    }
    let tellings = site.store().tellings(id).await.unwrap_or_default();
    let others = tellings.into_iter().filter(|telling| telling.entry != id).take(MOST_NAMED);
    let other =
        |telling: Telling| (urls::entry(reader.language, telling.entry), telling.source_name);
    others.map(other).collect()
}

/// A piece in the reader's language, where the hit is in another. Searching goes on without the store,
/// so what it cannot say is left out.
async fn readers_own(site: &Site, reader: &Reader, hit: &Hit) -> Option<DocumentKey> {
    let DocumentKey::Brief { series, slug, language } = &hit.key else { return None };
    if *language == reader.language {
        return None;
    }
    let address = BriefAddress { series: *series, slug: slug.clone() };
    let versions = site.store().brief_languages(&address, site.now()).await.unwrap_or_default();
    versions.iter().any(|(language, _)| *language == reader.language).then(|| DocumentKey::Brief {
        series: *series,
        slug: slug.clone(),
        language: reader.language,
    })
}

/// The other versions, that of the reader's language first.
fn versions(reader: &Reader, hit: &Hit, own: Option<DocumentKey>) -> Vec<Version> {
    let mut keys: Vec<(DocumentKey, Option<Language>)> = hit.versions.clone();
    if let Some(own) = own
        && keys.iter().all(|(key, _)| *key != own)
    {
        keys.push((own, Some(reader.language)));
    }
    let place = |language: &Option<Language>| {
        let place = language.and_then(|it| Language::ALL.into_iter().position(|all| all == it));
        (*language != Some(reader.language), place.unwrap_or(Language::ALL.len()))
    };
    keys.sort_by_key(|(_, language)| place(language));
    let version = |(key, language): &(DocumentKey, Option<Language>)| Version {
        href: urls::document(reader.language, key),
        language: *language,
        name: language.map_or_else(|| reader.locale.say("language.rest"), locale::own_name),
    };
    keys.iter().map(version).collect()
}

/// One reason in words.
fn why(locale: &'static Locale, reason: &Reason) -> Html {
    let places: Vec<&str> = reason.fields.iter().map(|place| name_of(locale, *place)).collect();
    let places = Html::text(&places.join(locale.say("list.comma")));
    let searched = Html::name(&reason.searched);
    let line = if reason.concept.is_some() && reason.searched != reason.typed {
        let typed = Html::name(&reason.typed);
        let values = [("searched", searched), ("typed", typed), ("places", places)];
        locale.fill("search.why_name", &values)
    } else {
        locale.fill("search.why_word", &[("word", searched), ("places", places)])
    };
    let Some(language) = reason.language else { return line };
    let language = Html::text(locale.language(language));
    Html::row(&[line, locale.fill("search.why_language", &[("language", language)])], " · ")
}

fn name_of(locale: &'static Locale, place: Place) -> &'static str {
    locale.say(match place {
        Place::Title => "place.title",
        Place::Abstract => "place.abstract",
        Place::Heading => "place.heading",
        Place::Body => "place.body",
        Place::Identifier => "place.identifier",
        Place::Author => "place.author",
    })
}
