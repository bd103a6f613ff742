//! What rises, in two lists, each finding with its line and the reason it is here.

pub(crate) mod one;
pub(crate) mod radar;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::alert::Chance;
use observatory_model::decision::Standing;
use observatory_model::radar::{Sight, standings};
use observatory_model::trend::{Finding, List, Picture};
use observatory_model::vocabulary::Vocabulary;
use observatory_model::{Language, Slug};
use observatory_search::glossary;

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::foresight::{chart, words};
use crate::html::Html;
use crate::pages::alerts::trends::at_most;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Findings of each list on the page: more do not fit into the first flight of a connection. The files
/// have all.
const SHOWN: usize = 15;

/// What was found and what people decided, for as long as one page is made.
pub(crate) struct Seen {
    pub(crate) picture: Option<Arc<Picture>>,
    pub(crate) standings: BTreeMap<Slug, Standing>,
}

impl Seen {
    pub(crate) async fn of(site: &Site) -> Result<Self, PageError> {
        let picture = site.picture().await?;
        let decisions = site.store().decisions(None).await?;
        Ok(Self { picture, standings: standings(&decisions) })
    }

    pub(crate) fn sight<'a>(&'a self, site: &'a Site) -> Sight<'a> {
        Sight {
            picture: self.picture.as_deref(),
            standings: &self.standings,
            vocabularies: site.vocabularies(),
            glossary: glossary(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/trends.html")]
struct TrendsPage {
    c: Chrome,
    counted: Option<Html>,
    lack: Option<String>,
    lists: Vec<ListView>,
    radar_href: String,
    set_aside: Vec<SetAside>,
    csv_href: String,
    json_href: String,
    atom_href: String,
    watch_action: String,
    /// Topics to choose: their words and names.
    topics: Vec<(String, String)>,
    /// How sure one can be, to choose: in per cent, and in words.
    chances: Vec<(String, String)>,
}

struct ListView {
    title: &'static str,
    about: &'static str,
    risk: Option<String>,
    lines: Vec<TrendLine>,
}

/// A trend in a list.
pub(crate) struct TrendLine {
    pub(crate) href: String,
    pub(crate) name: Html,
    pub(crate) line: Option<Html>,
    pub(crate) named_by: Html,
    pub(crate) growth: String,
    pub(crate) stage: Option<String>,
}

struct SetAside {
    href: String,
    name: Html,
    reason: String,
}

/// `/{lang}/trends`
pub(crate) async fn trends(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let seen = Seen::of(&site).await?;
    let (locale, language) = (reader.locale, reader.language);
    let sight = seen.sight(&site);
    let mut lists = Vec::new();
    for list in [List::Trends, List::Signals] {
        let mut found = sight.listed(list);
        found.truncate(SHOWN);
        if found.is_empty() {
            continue;
        }
        let (title, about) = match list {
            List::Trends => ("trends.rising", "trends.rising_about"),
            List::Signals => ("trends.signals", "trends.signals_about"),
        };
        lists.push(ListView {
            title: locale.sentence(title),
            about: locale.sentence(about),
            risk: words::risk(locale, &found),
            lines: found
                .iter()
                .map(|one| TrendLine::new(&site, &reader, &sight, list, one))
                .collect(),
        });
    }
    let heading = locale.say("trends.title");
    let c = Chrome::new(&site, &reader, heading)
        .about(locale.say("trends.about"))
        .section(&reader, Section::Trends)
        .with_charts()
        .feed(urls::trends_as(language, "atom"), heading.to_owned());
    let page = TrendsPage {
        c,
        counted: seen.picture.as_deref().map(|picture| counted(&reader, picture)),
        lack: lists.is_empty().then(|| words::lack(locale, seen.picture.as_deref())).flatten(),
        lists,
        radar_href: urls::radar(language),
        set_aside: set_aside(&reader, &seen),
        csv_href: urls::trends_as(language, "csv"),
        json_href: urls::trends_as(language, "json"),
        atom_href: urls::trends_as(language, "atom"),
        watch_action: urls::watched_trends(language),
        topics: topics(&site, language),
        chances: Chance::CHOICES.map(|one| (one.to_string(), at_most(locale, one))).into(),
    };
    show(&page, Policy::Page)
}

/// The sectors of the house: what a trend is about beside them is followed from its page.
fn topics(site: &Site, language: Language) -> Vec<(String, String)> {
    let words = site.vocabularies().words(Vocabulary::Sectors);
    let named = |word: &Slug| {
        let label = site.vocabularies().label(Vocabulary::Sectors, word, language);
        (word.to_string(), label.to_owned())
    };
    words.map(named).collect()
}

impl TrendLine {
    pub(crate) fn new(
        site: &Site,
        reader: &Reader,
        sight: &Sight<'_>,
        list: List,
        finding: &Finding,
    ) -> Self {
        let (locale, language) = (reader.locale, reader.language);
        let standing = sight.standing(&finding.slug);
        let name = Name::of(&finding.names(&standing, sight.glossary), language);
        let found = Some((list, finding));
        Self {
            href: urls::trend(language, &finding.slug),
            name: name.html(),
            line: chart::line(&finding.counts, language.direction(), None),
            named_by: words::named_by(locale, finding),
            growth: format!("× {}", words::decimal(locale, finding.growth)),
            stage: words::stage(locale, site.vocabularies(), language, &standing, found),
        }
    }
}

/// When, and from how much, the picture was made.
pub(crate) fn counted(reader: &Reader, picture: &Picture) -> Html {
    let locale = reader.locale;
    // The day that the picture ends with, not the midnight after it.
    let day = picture.at.plus_seconds(-1);
    let sources = u64::from(picture.sources);
    let values = [
        ("date", locale.date(day)),
        ("documents", Html::text(&locale.count("trend_documents", picture.documents))),
        ("sources", Html::text(&locale.count("trend_sources", sources))),
    ];
    locale.fill("trends.counted", &values)
}

fn set_aside(reader: &Reader, seen: &Seen) -> Vec<SetAside> {
    let picture = seen.picture.as_deref();
    let line = |(slug, standing): (&Slug, &Standing)| {
        let dismissed = standing.dismissed.as_ref()?;
        let found = picture.and_then(|picture| picture.finding(slug));
        let name = found.map_or_else(
            || Html::name(slug.as_str()),
            |(_, one)| Name::of(&one.names(standing, glossary()), reader.language).html(),
        );
        let href = urls::trend(reader.language, slug);
        Some(SetAside { href, name, reason: dismissed.reason.clone() })
    };
    seen.standings.iter().filter_map(line).take(SHOWN).collect()
}
