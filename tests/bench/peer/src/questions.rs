//! 200 questions made from the records: the same ones in every run on the same records.

use std::collections::BTreeMap;

use crate::records::Record;

/// The kinds, 40 questions each.
pub(crate) const KINDS: [&str; 5] = ["one word", "AND", "phrase", "prefix", "filtered"];

/// A question, for the site and for its peers.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) kind: &'static str,
    /// Lower-case words; of a prefix, its letters.
    pub(crate) words: Vec<String>,
    /// First and last year.
    pub(crate) years: Option<(i64, i64)>,
}

impl Question {
    /// The address of the page of the site, and a line feed.
    pub(crate) fn path(&self) -> String {
        let words = self.words.join("+");
        match (self.kind, self.years) {
            ("phrase", _) => format!("/en/search?q=%22{words}%22\n"),
            ("prefix", _) => format!("/en/search?q={words}*\n"),
            (_, Some((first, last))) => {
                format!("/en/search?q={words}&from={first}&until={last}\n")
            }
            _ => format!("/en/search?q={words}\n"),
        }
    }
}

/// A small generator: the same numbers on every machine (Knuth's MMIX constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

/// Words of plain letters, long enough to mean something.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| word.len() > 3 && word.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Makes the questions.
pub(crate) fn make(records: &[Record]) -> Vec<Question> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in records.iter().step_by(7) {
        for word in words(&record.title) {
            *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
        }
    }
    let few = records.len() / 7 / 2000;
    let known: Vec<&String> =
        counts.iter().filter(|(_, count)| **count > few).map(|(word, _)| word).collect();
    let mut chance = Chance(2026);
    let mut questions = Vec::new();
    while questions.len() < 200 {
        let kind = KINDS.get(questions.len() % KINDS.len()).copied().unwrap_or_default();
        let Some(record) = records.get(chance.below(records.len())) else { break };
        let word = known.get(chance.below(known.len())).map_or("", |word| word.as_str());
        let chosen: Vec<String> = match kind {
            "AND" => {
                let mut all: Vec<&str> = words(&record.text).collect();
                all.sort_unstable();
                all.dedup();
                let count = 2 + chance.below(2);
                (0..count)
                    .filter_map(|_| all.get(chance.below(all.len())))
                    .map(|word| word.to_ascii_lowercase())
                    .collect()
            }
            "phrase" => {
                let all: Vec<&str> = record.title.split(' ').collect();
                let at = chance.below(all.len());
                let pair: Vec<&str> = all.into_iter().skip(at).take(2).collect();
                let is_plain = pair.iter().all(|word| words(word).next().is_some());
                let lower = pair.iter().map(|word| word.to_ascii_lowercase());
                if is_plain { lower.collect() } else { Vec::new() }
            }
            "prefix" => vec![word.chars().take(5).collect()],
            _ => vec![word.to_owned()],
        };
        let needed = if matches!(kind, "AND" | "phrase") { 2 } else { 1 };
        if chosen.len() >= needed && chosen.iter().all(|word| !word.is_empty()) {
            let years = (kind == "filtered").then(|| {
                let first = 2000 + i64::try_from(chance.below(16)).unwrap_or(0);
                (first, first + 4)
            });
            questions.push(Question { kind, words: chosen, years });
        }
    }
    questions
}
