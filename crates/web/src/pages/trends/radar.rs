//! The radar: as it stands now, or an edition as it was kept.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::Slug;
use observatory_model::Timestamp;
use observatory_model::edition::{Blip, Edition, Move};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::foresight::picture;
use crate::html::Html;
use crate::machine::trends as files;
use crate::pages::show;
use crate::pages::trends::Seen;
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
    has_moves: bool,
    forms: [(&'static str, String); 3],
}

struct Row {
    number: usize,
    href: String,
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
    let shown = Shown::of(&site, name).await?;
    let (locale, language) = (reader.locale, reader.language);
    let heading = locale.say("radar.title");
    let c = Chrome::new(&site, &reader, heading)
        .about(locale.say("radar.about"))
        .section(&reader, Section::Trends)
        .with_charts();
    let editions = site.store().editions().await?;
    let form = |ending: &str| urls::radar_as(language, shown.name.as_ref(), ending);
    let picture = picture_of(&shown, &reader, None);
    let page = RadarPage {
        c,
        trends_href: urls::trends(language),
        which: which(&shown, &reader),
        picture: picture.map(Html::trusted),
        rows: rows(&shown, &reader),
        left: left(&shown, &reader),
        editions: editions
            .iter()
            .take(EDITIONS)
            .map(|line| (urls::edition(language, &line.name), line.name.to_string()))
            .collect(),
        has_moves: shown.before.is_some(),
        forms: [("SVG", form("svg")), ("CSV", form("csv")), ("JSON", form("json"))],
    };
    show(&page, Policy::Page)
}

/// The picture for a reader, for a page or as a file.
pub(crate) fn picture_of(shown: &Shown, reader: &Reader, origin: Option<&str>) -> Option<String> {
    let count = u64::try_from(shown.edition.blips.len()).unwrap_or_default();
    let count = reader.locale.count("trend_count", count);
    let label = reader.locale.plain("radar.picture", &[("count", &count)]);
    let unsorted = reader.locale.say("radar.unsorted");
    picture::radar(&shown.edition, reader.language, &label, unsorted, origin)
}

fn which(shown: &Shown, reader: &Reader) -> Html {
    let Some(name) = &shown.name else { return Html::text(reader.locale.say("radar.now")) };
    let values =
        [("name", Html::name(name.as_str())), ("date", reader.locale.date(shown.edition.at))];
    reader.locale.fill("radar.edition", &values)
}

fn rows(shown: &Shown, reader: &Reader) -> Vec<Row> {
    let (edition, language) = (&shown.edition, reader.language);
    let zone = |zone: Option<&observatory_model::edition::Zone>| {
        let name = zone.map(|zone| Name::of(&zone.names, language));
        match name {
            Some(name) if !name.text.is_empty() => name.html(),
            _ => Html::text(reader.locale.say("radar.unsorted")),
        }
    };
    let row = |(number, blip): (usize, &Blip)| Row {
        number,
        href: urls::trend(language, &blip.trend),
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
