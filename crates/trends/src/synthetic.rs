//! Documents made up for tests: words drawn by a fixed rule, the same every time.

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::{Picture, Step};
use observatory_model::{Language, Timestamp};

use crate::{Archive, Observation, Question};

/// Numbers that look like chance (xorshift, Marsaglia 2003).
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(crate) const fn of_thousand(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }
}

/// A word that means nothing; small numbers come often.
pub(crate) fn word(chance: &mut Chance) -> String {
    let size = 1_u64 << (4 + chance.below(8));
    let mut number = chance.below(size);
    let mut word = String::from("w");
    for _ in 0..3 {
        word.push(char::from(b"abcdefghijklmnopqr"[usize::try_from(number % 18).unwrap()]));
        number /= 18;
    }
    word
}

/// A sentence of such words, with `planted` in the middle.
pub(crate) fn text(chance: &mut Chance, words: usize, planted: &str) -> String {
    let mut parts = (0..words).map(|_| word(chance)).collect::<Vec<_>>();
    if !planted.is_empty() {
        parts.insert(words / 2, planted.to_owned());
    }
    parts.join(" ")
}

/// A document of this day.
pub(crate) fn document(key: u64, source: &str, date: &str, text: String) -> Observation {
    Observation {
        key: format!("entry:{key}"),
        date: date.parse().unwrap(),
        language: Some(Language::En),
        source: source.to_owned(),
        institution: Some(format!("Institute of {source}")),
        authors: 2,
        title: String::new(),
        text,
    }
}

/// `each` documents of eight sources in each of the years; `planted` says what stands in one.
pub(crate) fn years(
    years: std::ops::RangeInclusive<i32>,
    each: u64,
    mut planted: impl FnMut(i32, u64, &mut Chance) -> String,
) -> Vec<Observation> {
    let mut chance = Chance::new(7);
    let mut documents = Vec::new();
    for year in years {
        for source in 0..8 {
            for _ in 0..each {
                let (month, day) = (1 + chance.below(12), 1 + chance.below(28));
                let planted = planted(year, source, &mut chance);
                let text = text(&mut chance, 20, &planted);
                let date = format!("{year:04}-{month:02}-{day:02}");
                let key = documents.len() as u64;
                documents.push(document(key, &format!("source-{source}"), &date, text));
            }
        }
    }
    documents
}

/// What an archive of these documents says.
pub(crate) fn picture(documents: &[Observation], at: &str, step: Option<Step>) -> Picture {
    let mut archive = Archive::new(&glossary());
    archive.apply(documents.to_vec(), &[], ChangeNumber(1));
    archive.picture(question(at, step))
}

pub(crate) fn question(at: &str, step: Option<Step>) -> Question {
    Question { at: at.parse::<Timestamp>().unwrap(), step, limit: 50 }
}

/// Two concepts in six languages.
pub(crate) fn glossary() -> Glossary {
    Glossary::read([
        "smart-cities\tمدن ذكية | المدن الذكية\t智慧城市\tsmart city | smart cities\tville intelligente | villes intelligentes\tумный город | умные города\tciudad inteligente | ciudades inteligentes\n\
         green-power\tطاقة خضراء\t绿色能源\tgreen power | GP\ténergie verte\tзеленая энергия\tenergía verde",
    ])
    .unwrap()
}

/// The names of all findings.
pub(crate) fn names(picture: &Picture) -> Vec<&str> {
    picture.trends.iter().chain(&picture.signals).map(|finding| finding.name.as_str()).collect()
}
