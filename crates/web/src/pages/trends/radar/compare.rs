//! Two editions of the radar beside each other: what is new, what moved, what is gone.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Slug;
use observatory_model::edition::{Blip, Edition, Move};
use observatory_publish::csv;

use crate::cache::{Policy, redirect};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::foresight::names::Name;
use crate::html::Html;
use crate::machine::trends::{CSV, file};
use crate::pages::show;
use crate::pages::trends::radar::{Shown, with_page, zone_name};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The word for the radar as it stands now, where that of an edition could stand.
pub(crate) const NOW: &str = "now";

/// Rows of the page: more do not fit into the first flight of a connection. The file has all.
const MOST_ROWS: usize = 100;

#[derive(Template)]
#[template(path = "pages/radar-diff.html")]
struct ComparePage {
    c: Chrome,
    radar_href: String,
    between: Html,
    counts: Vec<Html>,
    head_from: Html,
    head_to: Html,
    rows: Vec<Row>,
    csv_href: String,
    action: String,
    ends: [End; 2],
}

/// One of the two to choose.
struct End {
    /// The name of its field.
    name: &'static str,
    label: &'static str,
    /// The editions by word and name, and whether each is the chosen one.
    choices: Vec<(String, String, bool)>,
}

struct Row {
    /// The page of the trend; radars made elsewhere have trends that have none.
    href: Option<String>,
    name: Html,
    sector: Html,
    before: Html,
    after: Html,
    what: &'static str,
}

/// What happened to a trend from one edition to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    New,
    In,
    Out,
    Gone,
    Stayed,
}

impl Fate {
    const ALL: [Self; 5] = [Self::New, Self::In, Self::Out, Self::Gone, Self::Stayed];

    const fn key(self) -> &'static str {
        match self {
            Self::New => "radar.new",
            Self::In => "radar.in",
            Self::Out => "radar.out",
            Self::Gone => "radar.gone",
            Self::Stayed => "radar.stayed",
        }
    }

    /// The word in files.
    const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::In => "in",
            Self::Out => "out",
            Self::Gone => "gone",
            Self::Stayed => "stayed",
        }
    }
}

/// A trend that is on at least one of two editions.
struct Pair<'a> {
    fate: Fate,
    before: Option<&'a Blip>,
    after: Option<&'a Blip>,
}

impl<'a> Pair<'a> {
    /// The trend as the later of the two has it.
    fn latest(&self) -> Option<&'a Blip> {
        self.after.or(self.before)
    }
}

/// What happened to every trend of two editions: what changed first, in the order of the tables.
fn pairs<'a>(before: &'a Edition, after: &'a Edition) -> Vec<Pair<'a>> {
    let old = |blip: &Blip| before.blips.iter().find(|old| old.trend == blip.trend);
    let mut pairs = after
        .blips
        .iter()
        .map(|blip| {
            let fate = match after.moved(blip, Some(before)) {
                Move::New => Fate::New,
                Move::In => Fate::In,
                Move::Out => Fate::Out,
                Move::Stayed => Fate::Stayed,
            };
            Pair { fate, before: old(blip), after: Some(blip) }
        })
        .collect::<Vec<_>>();
    let gone = after.left(before).into_iter();
    pairs.extend(gone.map(|blip| Pair { fate: Fate::Gone, before: Some(blip), after: None }));
    pairs.sort_by_key(|pair| pair.fate);
    pairs
}

/// `/{lang}/radar/diff?from=…&to=…`: what the form asks for has an address of its own.
pub(crate) async fn choose(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let word = |name: &str| reader.parameter(name)?.parse::<Slug>().ok();
    let (Some(from), Some(to)) = (word("from"), word("to")) else {
        let newest = site.store().editions().await?.into_iter().next();
        let newest = newest.ok_or(PageError::NotFound)?.name;
        let now = NOW.parse().or(Err(PageError::NotFound))?;
        let target = urls::radar_diff(reader.language, &newest, &now);
        return Ok(redirect(StatusCode::SEE_OTHER, &target, Policy::Never));
    };
    let target = urls::radar_diff(reader.language, &from, &to);
    Ok(redirect(StatusCode::SEE_OTHER, &target, Policy::Never))
}

/// `/{lang}/radar/diff/{from}_{to}`, and with `.csv` the same as a file. Either may be `now`.
pub(crate) async fn compare(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let word: String = reader.part(2)?;
    let (word, is_file) = word.strip_suffix(".csv").map_or((&*word, false), |word| (word, true));
    let (from, to) = word.split_once('_').ok_or(PageError::NotFound)?;
    let named = |word: &str| {
        let name = word.parse::<Slug>().or(Err(PageError::NotFound))?;
        Ok::<_, PageError>((name.as_str() != NOW).then_some(name))
    };
    let (from, to) = (named(from)?, named(to)?);
    let before = Shown::of(&site, from).await?;
    let after = Shown::of(&site, to).await?;
    let found = pairs(&before.edition, &after.edition);
    if is_file {
        let rows = found.iter().map(|pair| as_file(pair, &reader));
        let columns = ["trend", "name", "what", "sector", "ring_before", "ring_after"];
        return Ok(file(CSV, "radar-diff.csv", csv(columns, rows)));
    }
    let heading = reader.locale.say("radar.compare");
    let c = Chrome::new(&site, &reader, heading)
        .about(reader.locale.say("radar.compare_about"))
        .section(&reader, Section::Trends)
        .with_charts();
    let editions = site.store().editions().await?;
    let mut offered = vec![(NOW.to_owned(), reader.locale.say("radar.now").to_owned())];
    offered.extend(editions.iter().map(|line| (line.name.to_string(), line.name.to_string())));
    let end = |name, label: &'static str, end: &Shown| {
        let chosen = end.name.as_ref().map_or(NOW, Slug::as_str);
        let choice = |(word, name): &(String, String)| (word.clone(), name.clone(), word == chosen);
        let label = reader.locale.sentence(label);
        End { name, label, choices: offered.iter().map(choice).collect() }
    };
    let ends = [end("from", "radar.from", &before), end("to", "radar.to", &after)];
    let name_of = |end: &Shown| {
        let now = || Html::text(reader.locale.say("radar.now"));
        end.name.as_ref().map_or_else(now, |name| Html::name(name.as_str()))
    };
    let (head_from, head_to) = (name_of(&before), name_of(&after));
    let values = [("from", head_from.clone()), ("to", head_to.clone())];
    let page = ComparePage {
        c,
        radar_href: urls::radar(reader.language),
        between: reader.locale.fill("radar.between", &values),
        counts: counts(&found, &reader),
        rows: rows(&site, &found, (&before.edition, &after.edition), &reader).await?,
        head_from,
        head_to,
        csv_href: format!("{}.csv", urls::in_language(reader.language, &reader.path)),
        action: urls::radar_choose(reader.language),
        ends,
    };
    show(&page, Policy::Page)
}

/// How many of each, those that there are.
fn counts(found: &[Pair<'_>], reader: &Reader) -> Vec<Html> {
    let of = |fate: Fate| {
        let count = found.iter().filter(|pair| pair.fate == fate).count();
        let count = u64::try_from(count).unwrap_or_default();
        let number = Html::strong(&reader.locale.number(count));
        let values = [("what", Html::text(reader.locale.say(fate.key()))), ("count", number)];
        (count > 0).then(|| reader.locale.fill("radar.counted", &values))
    };
    Fate::ALL.into_iter().filter_map(of).collect()
}

async fn rows(
    site: &Site,
    found: &[Pair<'_>],
    (before, after): (&Edition, &Edition),
    reader: &Reader,
) -> Result<Vec<Row>, PageError> {
    let ring = |edition: &Edition, blip: Option<&Blip>| {
        let Some(blip) = blip else { return Html::text("–") };
        zone_name(reader, edition.ring_of(blip).and_then(|place| edition.rings.get(place)))
    };
    let changed = found.iter().filter(|pair| pair.fate != Fate::Stayed);
    let changed = changed.filter_map(|pair| Some((pair, pair.latest()?))).take(MOST_ROWS);
    let changed = changed.collect::<Vec<_>>();
    let linked = with_page(site, changed.iter().map(|(_, blip)| *blip)).await?;
    let mut rows = Vec::new();
    for (pair, blip) in changed {
        let edition = if pair.after.is_some() { after } else { before };
        let sector = edition.sector_of(blip).and_then(|place| edition.sectors.get(place));
        rows.push(Row {
            href: linked.contains(&blip.trend).then(|| urls::trend(reader.language, &blip.trend)),
            name: Name::of(&blip.names, reader.language).html(),
            sector: zone_name(reader, sector),
            before: ring(before, pair.before),
            after: ring(after, pair.after),
            what: reader.locale.sentence(pair.fate.key()),
        });
    }
    Ok(rows)
}

fn as_file(pair: &Pair<'_>, reader: &Reader) -> [String; 6] {
    let ring = |blip: Option<&Blip>| blip.map(|blip| blip.ring.to_string()).unwrap_or_default();
    let latest = pair.latest();
    [
        latest.map(|blip| blip.trend.to_string()).unwrap_or_default(),
        latest.map(|blip| Name::of(&blip.names, reader.language).text).unwrap_or_default(),
        pair.fate.code().to_owned(),
        latest.map(|blip| blip.sector.to_string()).unwrap_or_default(),
        ring(pair.before),
        ring(pair.after),
    ]
}
