//! The radar: as it stands now, or an edition as it was kept.

pub(crate) mod compare;
pub(crate) mod filter;

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Slug;
use observatory_model::Timestamp;
use observatory_model::edition::{Blip, Edition, Move, Zone};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::foresight::picture;
use crate::html::Html;
use crate::machine::trends as files;
use crate::pages::show;
use crate::pages::trends::Seen;
use crate::pages::trends::radar::filter::{Filter, Form};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Editions that the page leads to.
const EDITIONS: usize = 12;

#[derive(Template)]
#[template(path = "pages/radar.html")]
struct RadarPage {
    c: Chrome,
    trends_href: String,
    which: Html,
    picture: Option<Html>,
    rows: Vec<Row>,
    left: Vec<Html>,
    editions: Vec<(String, String)>,
    compare_href: String,
    has_moves: bool,
    /// `None` where there is nothing to filter.
    form: Option<Form>,
    action: String,
    /// How many are shown of how many, where filters are on.
    counted: Option<Html>,
    forms: [(&'static str, String); 3],
}

struct Row {
    number: usize,
    /// `None` where there is no page of the trend.
    href: Option<String>,
    name: Html,
    sector: Html,
    ring: Html,
    moved: &'static str,
    is_unseen: bool,
    note: String,
}

/// A radar and those before it.
pub(crate) struct Shown {
    pub(crate) edition: Edition,
    pub(crate) before: Option<Edition>,
    /// When the editions before it were made, the latest first.
    pub(crate) earlier: Vec<Timestamp>,
    /// Its word in addresses; `None` for the present one.
    pub(crate) name: Option<Slug>,
}

impl Shown {
    /// The edition of this name, or the radar as it stands now.
    pub(crate) async fn of(site: &Site, name: Option<Slug>) -> Result<Self, PageError> {
        let lines = site.store().editions().await?;
        let edition = if let Some(name) = &name {
            site.store().edition(name).await?.ok_or(PageError::NotFound)?
        } else {
            let word = "now".parse().or(Err(PageError::NotFound))?;
            Seen::of(site).await?.sight(site).radar(word, site.now())
        };
        let earlier = lines.into_iter().filter(|line| line.at < edition.at).collect::<Vec<_>>();
        let mut before = None;
        if let Some(line) = earlier.first() {
            before = site.store().edition(&line.name).await?;
        }
        Ok(Self { edition, before, earlier: earlier.iter().map(|line| line.at).collect(), name })
    }

    /// Leaves out what the filter does not let through.
    pub(crate) fn narrow(&mut self, filter: &Filter) {
        if filter.is_on() {
            let held = self.edition.blips.iter().filter(|blip| filter.holds(self, blip));
            self.edition.blips = held.cloned().collect();
        }
    }

    /// The key of the sentence that says where a trend has come from.
    pub(crate) fn moved(&self, blip: &Blip) -> &'static str {
        match self.edition.moved(blip, self.before.as_ref()) {
            Move::New => "radar.new",
            Move::In => "radar.in",
            Move::Out => "radar.out",
            Move::Stayed => "radar.stayed",
        }
    }
}

/// `/{lang}/radar`, `/{lang}/radar/{edition}`, and with `.svg`, `.csv` or `.json` the same as a file
pub(crate) async fn radar(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let mut name = None;
    if let Ok(word) = reader.part::<String>(1) {
        if let Some((word, ending)) = word.split_once('.') {
            let edition = word.parse::<Slug>().or(Err(PageError::NotFound))?;
            return files::of_radar(&site, &reader, Some(edition), ending).await;
        }
        name = Some(word.parse::<Slug>().or(Err(PageError::NotFound))?);
    }
    let mut shown = Shown::of(&site, name).await?;
    let (locale, language) = (reader.locale, reader.language);
    let heading = locale.say("radar.title");
    let filter = Filter::read(&reader, &shown.edition);
    let form = (!shown.edition.blips.is_empty()).then(|| filter.form(&shown, &reader));
    let total = shown.edition.blips.len();
    let left = if filter.is_on() { Vec::new() } else { left(&shown, &reader) };
    shown.narrow(&filter);
    let c = Chrome::new(&site, &reader, heading)
        .about(locale.say("radar.about"))
        .section(&reader, Section::Trends)
        .with_charts();
    let editions = site.store().editions().await?;
    let file = |ending: &str| {
        format!("{}{}", urls::radar_as(language, shown.name.as_ref(), ending), filter.query())
    };
    let linked = with_page(&site, shown.edition.blips.iter().take(picture::MOST_DOTS)).await?;
    let picture = picture_of(&shown, &linked, &reader, None);
    let page = RadarPage {
        c,
        trends_href: urls::trends(language),
        which: which(&shown, &reader),
        picture: picture.map(Html::trusted),
        rows: rows(&shown, &linked, &reader),
        left,
        compare_href: urls::radar_choose(language),
        action: shown
            .name
            .as_ref()
            .map_or_else(|| urls::radar(language), |name| urls::edition(language, name)),
        counted: filter.is_on().then(|| counted(&reader, shown.edition.blips.len(), total)),
        form,
        editions: editions
            .iter()
            .take(EDITIONS)
            .map(|line| (urls::edition(language, &line.name), line.name.to_string()))
            .collect(),
        has_moves: shown.before.is_some(),
        forms: [("SVG", file("svg")), ("CSV", file("csv")), ("JSON", file("json"))],
    };
    show(&page, Policy::Page)
}

/// The trends of these that have a page: those of which anything is known beside that they are on a radar.
/// One that was brought from elsewhere may have none.
pub(crate) async fn with_page(
    site: &Site,
    blips: impl Iterator<Item = &Blip>,
) -> Result<BTreeSet<Slug>, PageError> {
    let trends = blips.map(|blip| &blip.trend).collect::<Vec<_>>();
    Ok(site.store().trends_with_a_past(&trends).await?)
}

/// The picture for a reader, for a page or as a file.
pub(crate) fn picture_of(
    shown: &Shown,
    linked: &BTreeSet<Slug>,
    reader: &Reader,
    origin: Option<&str>,
) -> Option<String> {
    let count = u64::try_from(shown.edition.blips.len()).unwrap_or_default();
    let count = reader.locale.count("trend_count", count);
    let label = reader.locale.plain("radar.picture", &[("count", &count)]);
    let unsorted = reader.locale.say("radar.unsorted");
    picture::radar(&shown.edition, linked, reader.language, &label, unsorted, origin)
}

fn which(shown: &Shown, reader: &Reader) -> Html {
    let Some(name) = &shown.name else { return Html::text(reader.locale.say("radar.now")) };
    let values =
        [("name", Html::name(name.as_str())), ("date", reader.locale.date(shown.edition.at))];
    reader.locale.fill("radar.edition", &values)
}

fn counted(reader: &Reader, shown: usize, total: usize) -> Html {
    let number = |count: usize| u64::try_from(count).unwrap_or_default();
    let values = [
        ("count", Html::text(&reader.locale.number(number(shown)))),
        ("total", Html::text(&reader.locale.count("trend_count", number(total)))),
    ];
    reader.locale.fill("radar.shown", &values)
}

/// The name of a sector or a ring; what is said of trends that nobody sorted, where it has none.
fn zone_name(reader: &Reader, zone: Option<&Zone>) -> Html {
    let name = zone.map(|zone| Name::of(&zone.names, reader.language));
    match name {
        Some(name) if !name.text.is_empty() => name.html(),
        _ => Html::text(reader.locale.say("radar.unsorted")),
    }
}

fn rows(shown: &Shown, linked: &BTreeSet<Slug>, reader: &Reader) -> Vec<Row> {
    let (edition, language) = (&shown.edition, reader.language);
    let zone = |zone: Option<&Zone>| zone_name(reader, zone);
    let row = |(number, blip): (usize, &Blip)| Row {
        number,
        href: linked.contains(&blip.trend).then(|| urls::trend(language, &blip.trend)),
        name: Name::of(&blip.names, language).html(),
        sector: zone(edition.sector_of(blip).and_then(|place| edition.sectors.get(place))),
        ring: zone(edition.ring_of(blip).and_then(|place| edition.rings.get(place))),
        moved: reader.locale.sentence(shown.moved(blip)),
        is_unseen: Edition::is_unseen(blip, &shown.earlier),
        note: blip.note.clone(),
    };
    (1..).zip(&edition.blips).take(picture::MOST_DOTS).map(row).collect()
}

fn left(shown: &Shown, reader: &Reader) -> Vec<Html> {
    let Some(before) = &shown.before else { return Vec::new() };
    let left = shown.edition.left(before);
    left.into_iter().map(|blip| Name::of(&blip.names, reader.language).html()).collect()
}
