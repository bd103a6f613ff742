//! Words that begin and end no term, by language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use observatory_model::Language;

/// The lists, one word a line, in the order of [`Language::ALL`].
const LISTS: [&str; 6] = [
    include_str!("stops/ar.txt"),
    include_str!("stops/zh.txt"),
    include_str!("stops/en.txt"),
    include_str!("stops/fr.txt"),
    include_str!("stops/ru.txt"),
    include_str!("stops/es.txt"),
];

/// A bit for each language whose list has the word.
static STOPS: LazyLock<BTreeMap<&str, u8>> = LazyLock::new(|| {
    let mut stops = BTreeMap::new();
    for (bit, list) in LISTS.into_iter().enumerate() {
        for word in list.split_whitespace() {
            *stops.entry(word).or_default() |= 1_u8 << bit;
        }
    }
    stops
});

/// The languages in which `lower` begins and ends no term, as bits.
pub(crate) fn languages(lower: &str) -> u8 {
    STOPS.get(lower).copied().unwrap_or_default()
}

/// The bits of the lists that hold for a text of this language; for one of an unknown language those
/// of English and of the languages with other letters, which cannot meet a word of theirs by chance.
pub(crate) fn mask(language: Option<Language>) -> u8 {
    let bit = |language: Language| {
        Language::ALL.into_iter().position(|other| other == language).map_or(0, |bit| 1_u8 << bit)
    };
    let others = bit(Language::Ar) | bit(Language::Zh) | bit(Language::Ru);
    others | bit(language.unwrap_or(Language::En))
}
