//! The figures behind a line: as rows of a table, and in one sentence.

use observatory_model::trend::Count;

use crate::foresight::{chart, words};
use crate::html::Html;
use crate::reader::Reader;

/// A period in the table.
pub(crate) struct Row {
    pub(crate) from: Html,
    pub(crate) with: String,
    pub(crate) all: String,
    pub(crate) share: String,
}

/// A row for each period.
pub(crate) fn rows(reader: &Reader, counts: &[Count]) -> Vec<Row> {
    let locale = reader.locale;
    let row = |count: &Count| Row {
        from: locale.date(count.from),
        with: locale.number(u64::from(count.with)),
        all: locale.number(u64::from(count.all)),
        share: words::percent(locale, chart::share(count)),
    };
    counts.iter().map(row).collect()
}

/// What the line shows, for those who do not see it. Empty where there is nothing to show.
pub(crate) fn label(reader: &Reader, counts: &[Count]) -> String {
    let locale = reader.locale;
    let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return String::new() };
    let values = [
        ("from", locale.day(first.from)),
        ("to", locale.day(last.from)),
        ("first", words::percent(locale, chart::share(first))),
        ("last", words::percent(locale, chart::share(last))),
    ];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    locale.plain("trend.chart_label", &values)
}
