//! `observatory search`: the same search as on the site.

mod shown;

use clap::{Args, ValueEnum};
use observatory_model::asked::Asked;
use observatory_model::document::Kind;
use observatory_model::query::{Clause, Filter, SearchQuery, Wanted};
use observatory_model::search::{MOST_HITS_PER_PAGE, Order};
use observatory_model::{Clock as _, Language, Series, Slug, SystemClock, Timestamp};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::lifecycle;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The words. "Several words" in quotes are a phrase, -word leaves out, OR and ( ) combine,
    /// lang:ar, title:word, 2024..2026, intell* and document symbols narrow.
    words: Vec<String>,
    /// Only this language: ar, zh, en, fr, ru or es. May be given several times, as all that narrow.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Vec<Language>,
    /// Only this kind: piece, paper, entry, or the name of a series.
    #[arg(long, value_parser = Narrow::read)]
    kind: Vec<Narrow>,
    /// Only pieces of this series.
    #[arg(long)]
    series: Vec<Series>,
    /// Only what is about this topic.
    #[arg(long)]
    topic: Vec<Slug>,
    /// Only this source, by the word in its address.
    #[arg(long)]
    source: Vec<Slug>,
    /// Only this institution, by its name.
    #[arg(long, value_name = "NAME")]
    institution: Vec<String>,
    /// Only documents of this year.
    #[arg(long)]
    year: Vec<i32>,
    /// Only documents since then: 2025, 2025-03, 2025-03-31, or so long ago: 10d, 2w, 3m, 1y.
    #[arg(long, alias = "from", value_name = "DATE")]
    since: Option<String>,
    /// Only documents until then, that day included.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// What comes first.
    #[arg(long, value_enum, default_value_t = First::Best)]
    order: First,
    /// Only with the words as typed, without their other names in six languages.
    #[arg(long)]
    typed: bool,
    /// The page.
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// Hits on a page, 1-100; 20 without it.
    #[arg(long, value_name = "HITS", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_HITS_PER_PAGE)))]
    limit: Option<u32>,
    /// Say of each hit why it is here.
    #[arg(long)]
    explain: bool,
}

/// What comes first.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum First {
    Best,
    Newest,
}

/// What `--kind` takes: a class of documents, or a series.
#[derive(Clone, Copy, Debug)]
enum Narrow {
    Class(observatory_model::document::Class),
    Series(Series),
}

impl Narrow {
    fn read(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(Kind::Piece(series)) => Ok(Self::Series(series)),
            _ => text.parse().map(Self::Class).map_err(
                |error: observatory_model::document::InvalidClass| format!("{error}, or a series"),
            ),
        }
    }
}

impl Search {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let now = SystemClock.now();
        let mut dates = (None, None);
        for (field, value) in [("since", &self.since), ("until", &self.until)] {
            let Some(value) = value else { continue };
            let Some((from, before)) = ends(field, value, now) else {
                said.tell(&format!(
                    "error: --{field} is a date, as 2025-03-31, or so long ago, as 2w"
                ));
                return Ok(Exit::WrongUse);
            };
            dates = (dates.0.or(from), dates.1.or(before));
        }
        let explain = self.explain;
        let mut request = self.asked().request(now);
        (request.from, request.before) = dates;
        request.per_page = self.limit;
        let (store, search) = lifecycle::open_look(&config).await?;
        let words = request.words.clone();
        let found = search.search(request).await;
        store.close().await;
        let found = found?;
        if said.json {
            shown::as_json(&found, &words, now);
        } else {
            shown::in_words(&found, explain, said);
        }
        Ok(if found.total == 0 { Exit::No } else { Exit::Done })
    }

    /// The same search as an address of the site would ask it.
    fn asked(&self) -> Asked {
        let mut asked = Asked {
            words: self.words.join(" "),
            languages: self.lang.clone(),
            series: self.series.clone(),
            topics: self.topic.clone(),
            sources: self.source.clone(),
            institutions: self.institution.clone(),
            years: self.year.clone(),
            only_typed: self.typed,
            page: self.page,
            ..Asked::default()
        };
        if matches!(self.order, First::Newest) {
            asked.order = Order::Newest;
        }
        for kind in &self.kind {
            match kind {
                Narrow::Class(class) => asked.classes.push(*class),
                Narrow::Series(series) => asked.series.push(*series),
            }
        }
        asked
    }
}

/// What `since:VALUE` or `until:VALUE` means in the search box.
fn ends(
    field: &str,
    value: &str,
    now: Timestamp,
) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    match SearchQuery::parse(&format!("{field}:{value}"), now).wanted {
        Wanted::These(Clause::Filter(Filter::Dates { from, before })) => Some((from, before)),
        _ => None,
    }
}
