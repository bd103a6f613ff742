//! What a term is called: the names under which it stands in its documents.

use std::collections::BTreeMap;

use observatory_model::Language;

use crate::grams::{self, Beginnings, Place};
use crate::hashing::NumberSet;
use crate::keys::key;
use crate::lexicon::Lexicon;
use crate::scene::Scene;
use crate::varint;
use crate::words::is_han;

/// In how many documents the names are looked up, the newest ones.
pub(crate) const LOOKED_UP: usize = 200;

/// From which part of all times on a name that is written small is written small.
const SMALL: u32 = 4;

/// How many other names are told.
const MAX_ALIASES: usize = 12;

/// What a term is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// The name most used.
    pub name: String,
    /// The language in which it is most used.
    pub language: Option<Language>,
    /// Other names, most used first.
    pub aliases: Vec<String>,
}

/// Which names were used how often, and in which languages.
#[derive(Default)]
struct Used {
    forms: BTreeMap<String, u32>,
    languages: BTreeMap<Option<Language>, u32>,
    times: u32,
}

/// Finds the names of the phrases of `numbers` in documents that have them.
pub(crate) fn named(
    scene: &Scene<'_>,
    beginnings: &Beginnings,
    numbers: &NumberSet,
    documents: &[u32],
) -> Named {
    let mut used = BTreeMap::<String, Used>::new();
    let all = documents.iter().filter_map(|it| scene.documents.all.get(*it as usize));
    for document in scene.documents.newest(all, LOOKED_UP) {
        for name in names_in(scene, beginnings, numbers, document) {
            let same = name.split(' ').map(key).collect::<Vec<_>>().join(" ");
            let used = used.entry(same).or_default();
            *used.forms.entry(name).or_default() += 1;
            *used.languages.entry(document.language).or_default() += 1;
            used.times += 1;
        }
    }
    let mut ordered = used.into_values().collect::<Vec<_>>();
    ordered.sort_by(|one, other| {
        other.times.cmp(&one.times).then_with(|| one.forms.keys().cmp(other.forms.keys()))
    });
    let mut ordered = ordered.iter();
    let Some(first) = ordered.next() else { return Named::default() };
    let language = most(&first.languages).copied().flatten();
    let mut aliases = ordered.filter_map(best_form).take(MAX_ALIASES).collect::<Vec<_>>();
    let name = best_form(first).unwrap_or_default();
    aliases.retain(|alias| *alias != name);
    Named { name, language, aliases }
}

/// The names of the phrases of `numbers` in one document, each time they stand there once.
pub(crate) fn names_in(
    scene: &Scene<'_>,
    beginnings: &Beginnings,
    numbers: &NumberSet,
    document: &crate::documents::Document,
) -> Vec<String> {
    let ids = varint::read(scene.documents.words(document)).collect::<Vec<_>>();
    let mut places = Vec::<Place>::new();
    grams::places(ids.iter().copied(), &scene.documents.lexicon, &mut places);
    let mut names = Vec::new();
    let mask = crate::stops::mask(document.language);
    // Six bits of nearly every other phrase say that it is none of these.
    let bit = |number: &u64| 1_u64 << (number % 64);
    let bits = numbers.iter().fold(0, |bits, number| bits | bit(number));
    grams::each(&places, mask, beginnings, |start, length, number| {
        if bits & bit(&number) != 0 && numbers.contains(&number) {
            let words = ids.get(start..start + length).unwrap_or_default();
            names.push(written(&scene.documents.lexicon, words));
        }
    });
    names
}

/// Words as they are written: with spaces, but none between Han characters.
fn written(lexicon: &Lexicon, ids: &[u32]) -> String {
    let mut text = String::new();
    for id in ids {
        let word = lexicon.written(*id);
        let joins = text.chars().next_back().is_some_and(is_han) && word.chars().all(is_han);
        if !text.is_empty() && !joins {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The form most used; the small one where it is used at least a quarter of the times, because titles
/// and beginnings of sentences are written large.
fn best_form(used: &Used) -> Option<String> {
    let mut by_small = BTreeMap::<String, u32>::new();
    for (form, times) in &used.forms {
        *by_small.entry(form.to_lowercase()).or_default() += times;
    }
    let small = most(&by_small)?;
    let times = by_small.get(small).copied().unwrap_or_default();
    if used.forms.get(small).is_some_and(|as_is| as_is.saturating_mul(SMALL) >= times) {
        return Some(small.clone());
    }
    let forms = used.forms.iter().filter(|(form, _)| form.to_lowercase() == *small);
    forms.max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0))).map(|it| it.0.clone())
}

/// The key with the most, the first of several.
fn most<Key: Ord>(counts: &BTreeMap<Key, u32>) -> Option<&Key> {
    counts.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0))).map(|it| it.0)
}
