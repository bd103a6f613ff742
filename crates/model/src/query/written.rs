//! A search in words again: one writing for all that mean the same.

use super::{Clause, Filter, SearchQuery, Wanted, dates, typed};
use crate::clock::Timestamp;
use crate::identifier::Scheme;

/// Quotes that make a phrase, and what ends it.
const QUOTES: [(char, char, &[char]); 5] = [
    ('"', '"', &['"', '＂']),
    ('“', '”', &['“', '”']),
    ('«', '»', &['»']),
    ('「', '」', &['」']),
    ('『', '』', &['』']),
];

/// The words of a search.
pub(super) fn written(query: &SearchQuery) -> String {
    let clause = match &query.wanted {
        Wanted::Everything => return String::new(),
        // A sign with which nothing can be found.
        Wanted::Nothing => return "-".to_owned(),
        Wanted::These(clause) => clause,
    };
    let is_right = |words: &String| {
        // Times are whole days by now, so that any instant will do.
        SearchQuery::parse(words, Timestamp::EPOCH).wanted == query.wanted
    };
    let natural = one(clause, " ");
    if is_right(&natural) {
        return natural;
    }
    // Words that stood apart may mean something side by side; a word that means nothing parts them.
    let parted = one(clause, " AND ");
    if is_right(&parted) {
        return parted;
    }
    // Plain words among which there are signs: with a sign that does not fit they stay plain.
    let plain = format!(") {natural}");
    if is_right(&plain) { plain } else { natural }
}

/// A whole search, or what stands between parentheses.
fn one(clause: &Clause, between: &str) -> String {
    match clause {
        Clause::All { wanted, unwanted } if typed(clause).is_none() => {
            let wanted: Vec<String> = wanted.iter().map(|part| joined(part, between)).collect();
            let mut words = wanted.join(between);
            for part in unwanted {
                words.push_str(" -");
                words.push_str(&single(part, between));
            }
            words
        }
        other => joined(other, between),
    }
}

/// A term, or terms that `OR` joins: these need no parentheses beside others.
fn joined(clause: &Clause, between: &str) -> String {
    match clause {
        Clause::Any(choices) if typed(clause).is_none() => {
            let choices: Vec<String> = choices.iter().map(|part| single(part, between)).collect();
            choices.join(" OR ")
        }
        other => single(other, between),
    }
}

/// A term that stands alone.
fn single(clause: &Clause, between: &str) -> String {
    if let Some(words) = typed(clause) {
        return words;
    }
    match clause {
        Clause::Word(word) => word.clone(),
        Clause::Phrase(words) => quoted(words),
        Clause::Prefix(beginning) => format!("{beginning}*"),
        Clause::Title(inner) => format!("title:{}", single(inner, between)),
        Clause::Author(inner) => format!("author:{}", single(inner, between)),
        Clause::Identifier(identifier) => {
            let field = if identifier.scheme == Scheme::Doi { "doi" } else { "symbol" };
            format!("{field}:{}", quoted(&identifier.value))
        }
        Clause::Filter(filter) => filtered(filter),
        Clause::All { .. } | Clause::Any(_) => {
            let inner = one(clause, between);
            // A parenthesis that a word leaves open would take the one that ends the group.
            let is_open = inner.rsplit(' ').next().is_some_and(|word| word.contains(['(', '（']));
            format!("({inner}{})", if is_open { " " } else { "" })
        }
    }
}

fn quoted(words: &str) -> String {
    let fits = |(_, _, ends): &&(char, char, &[char])| !words.contains(*ends);
    let (open, close, _) = QUOTES.iter().find(fits).unwrap_or(&('"', '"', &[]));
    format!("{open}{words}{close}")
}

fn filtered(filter: &Filter) -> String {
    match filter {
        Filter::Language(language) => format!("lang:{language}"),
        Filter::Class(class) => format!("kind:{}", class.code()),
        Filter::Series(series) => format!("series:{series}"),
        Filter::Topic(slug) => format!("topic:{slug}"),
        Filter::Source(slug) => format!("source:{slug}"),
        Filter::Institution(name) => format!("institution:{}", quoted(name)),
        Filter::Dates { from, before } => dates::written((*from, *before)).unwrap_or_default(),
    }
}
