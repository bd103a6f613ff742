//! The charts of a piece, drawn from the figures that were frozen with it.

use std::fmt::Write as _;

use askama::Template;
use observatory_model::brief::Body;
use observatory_model::chart::{ChartWish, FrozenChart};
use observatory_search::glossary;
use observatory_store::FrozenCharts;

use crate::foresight::chart;
use crate::foresight::names::Name;
use crate::foresight::table::{self, Row};
use crate::html::Html;
use crate::locale::Locale;
use crate::reader::Reader;
use crate::urls;

/// Where a figure ends; no author can write it.
const END: &str = "</figure>";

/// What stands in a figure after its number.
#[derive(Template)]
#[template(path = "parts/figure.html")]
struct Figure {
    t: &'static Locale,
    line: Option<Html>,
    rows: Vec<Row>,
    caption: Html,
}

/// The text of a piece with its charts. One for which there are no figures says so in words.
pub(crate) fn drawn(reader: &Reader, body: &Body, frozen: &FrozenCharts) -> Html {
    if body.charts.is_empty() {
        return Html::trusted(body.html.clone());
    }
    let mut html = String::with_capacity(body.html.len() + 4_096 * body.charts.len());
    let mut wishes = body.charts.iter();
    for part in body.html.split_inclusive(END) {
        match part.strip_suffix(END).zip(wishes.as_slice().first()) {
            Some((before, wish)) => {
                wishes.next();
                html.push_str(before);
                html.push_str(figure(reader, wish, frozen).as_str());
                html.push_str(END);
            }
            None => html.push_str(part),
        }
    }
    Html::trusted(html)
}

fn figure(reader: &Reader, wish: &ChartWish, frozen: &FrozenCharts) -> Html {
    let t = reader.locale;
    let Some((found, _)) = frozen.get(wish) else {
        let href = urls::trend(reader.language, &wish.trend);
        let link = Html::link_to_name(&href, &Html::name(wish.trend.as_str()));
        let caption = t.fill("figure.none", &[("name", link)]);
        return Html::trusted(format!("<figcaption>{caption}</figcaption>"));
    };
    let label = table::label(reader, &found.counts);
    let figure = Figure {
        t,
        line: chart::line(&found.counts, reader.language.direction(), Some(&label)),
        rows: table::rows(reader, &found.counts),
        caption: caption(reader, found),
    };
    // A template of fields that are there writes into a string: nothing of that can fail.
    Html::trusted(figure.render().unwrap_or_default())
}

/// What it shows, when that was counted and in how much.
fn caption(reader: &Reader, found: &FrozenChart) -> Html {
    let t = reader.locale;
    let name = name(reader, found);
    let href = urls::trend(reader.language, &found.trend);
    let values = [
        ("name", Html::link_to_name(&href, &name.html())),
        ("date", t.date(found.at.plus_seconds(-1))),
        ("documents", Html::text(&t.count("trend_documents", found.documents))),
        ("sources", Html::text(&t.count("trend_sources", u64::from(found.sources)))),
    ];
    t.sentences(&[t.fill("figure.caption", &values), t.fill("figure.frozen", &values)])
}

fn name(reader: &Reader, found: &FrozenChart) -> Name {
    Name::of(&found.names(glossary()), reader.language)
}

/// A chart as plain text: what it shows, and its figures, a line for each period.
pub(crate) fn plain(reader: &Reader, wish: &ChartWish, frozen: &FrozenCharts) -> String {
    let t = reader.locale;
    let Some((found, _)) = frozen.get(wish) else {
        return t.plain("figure.none", &[("name", wish.trend.as_str())]);
    };
    let mut text = t.plain("figure.caption", &[("name", &name(reader, found).text)]);
    let heads = ["trend.period", "trend.with", "trend.all", "trend.share"];
    write!(text, "\n{}", heads.map(|head| t.say(head)).join(" | ")).unwrap_or_default();
    for (row, count) in table::rows(reader, &found.counts).iter().zip(&found.counts) {
        let (from, Row { with, all, share, .. }) = (t.day(count.from), row);
        write!(text, "\n{from} | {with} | {all} | {share}").unwrap_or_default();
    }
    text
}

/// The figures of all charts of a piece as rows of a table: trend, beginning of the period, documents
/// that name it, all documents.
pub(crate) fn rows(body: &Body, frozen: &FrozenCharts) -> Vec<[String; 4]> {
    let found = body.charts.iter().filter_map(|wish| frozen.get(wish));
    let rows = found.flat_map(|(found, _)| {
        found.counts.iter().map(|count| {
            [
                found.trend.to_string(),
                count.from.rfc3339(),
                count.with.to_string(),
                count.all.to_string(),
            ]
        })
    });
    rows.collect()
}
