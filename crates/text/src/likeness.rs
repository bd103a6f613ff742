//! How alike two texts are: near duplicates, found without comparing everything with everything.
//!
//! A text becomes the set of its runs of three words (of Chinese: of four characters), each as a number:
//! its shingles. How alike two texts are is the share of shingles they have in common (Jaccard). Texts
//! that are alike in [`ALIKE`] or more share at least one of [`BANDS`] small numbers with high
//! probability, so that candidates are found with an index instead of a search through all texts
//! (`MinHash` with banding: Broder 1997; Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*,
//! ch. 3).

use std::borrow::Cow;

use observatory_model::story::BANDS;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};
use unicode_segmentation::UnicodeSegmentation as _;

/// Rows of a band. With eight bands, texts alike in 0.8 share a band in 98 of 100 cases, texts alike in
/// 0.3 in 6.
const ROWS: usize = 4;

/// From this share of common shingles on, two texts are the same text with small changes.
pub const ALIKE: f64 = 0.8;

/// Most words that are looked at, of the beginning: a story is recognised long before, and a text of
/// any length costs the same.
const MOST_WORDS: usize = 2_000;

/// Most characters of these words: one word of a megabyte costs no more than a text.
const MOST_CHARACTERS: usize = 20_000;

/// Fewest shingles of a text that can be compared: a shorter one is a title, and titles repeat.
pub const FEWEST_SHINGLES: usize = 12;

/// A text as it is compared: its shingles, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// The shingles of plain `text`. Case, signs, white space, the points of Arabic and the width of
    /// letters make no difference.
    pub fn of(text: &str) -> Self {
        Self::of_words(&words(text))
    }

    /// The shingles of a text in [`words`].
    pub fn of_words(words: &Words) -> Self {
        let mut shingles: Vec<u64> = words.runs().map(number).collect();
        shingles.sort_unstable();
        shingles.dedup();
        Self(shingles)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the text is too short to be compared.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The share of shingles that both have, 0.0–1.0; 0.0 when one has too few to say anything.
    #[expect(clippy::cast_precision_loss, reason = "at most some thousand shingles")]
    pub fn likeness(&self, other: &Self) -> f64 {
        if self.len().min(other.len()) < FEWEST_SHINGLES {
            return 0.0;
        }
        let common = self.common(other);
        common as f64 / (self.len() + other.len() - common) as f64
    }

    /// How many of the shingles of the shorter text the longer one lacks: 0 when it holds all of it.
    pub fn missing(&self, other: &Self) -> usize {
        self.len().min(other.len()) - self.common(other)
    }

    fn common(&self, other: &Self) -> usize {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(&a), Some(&b)) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => left.next(),
                std::cmp::Ordering::Greater => right.next(),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    left.next();
                    right.next()
                }
            };
        }
        common
    }

    /// The bands under which this text is filed: two texts that share none are not alike. Empty when
    /// the text is too short.
    pub fn bands(&self) -> Vec<u64> {
        if self.len() < FEWEST_SHINGLES {
            return Vec::new();
        }
        let least = |row: u64| {
            let mixed = self.0.iter().map(|shingle| mix(shingle ^ mix(row + 1)));
            mixed.min().unwrap_or_default()
        };
        let rows: Vec<u64> = (0..).take(BANDS * ROWS).map(least).collect();
        let band = |(place, rows): (u64, &[u64])| {
            rows.iter().fold(mix(place + 1), |sum, row| mix(sum ^ row))
        };
        (0..).zip(rows.chunks(ROWS)).map(band).collect()
    }
}

/// Words with a space between each two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    joined: String,
    /// Where each word ends.
    ends: Vec<usize>,
}

impl Words {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them, with a space between each two.
    pub fn joined(&self) -> &str {
        &self.joined
    }

    /// Each three that follow each other.
    fn runs(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end + 1));
        let runs = starts.zip(self.ends.iter().skip(2));
        runs.map(|(start, end)| self.joined.get(start..*end).unwrap_or_default())
    }

    fn push(&mut self, add: impl FnOnce(&mut String)) {
        if !self.ends.is_empty() {
            self.joined.push(' ');
        }
        add(&mut self.joined);
        self.ends.push(self.joined.len());
    }
}

/// The words of the beginning of a text in lower case; of scripts without spaces, pairs of neighbours.
pub fn words(text: &str) -> Words {
    let beginning = || text.chars().take(MOST_CHARACTERS);
    let text = if text.is_ascii() {
        Cow::Borrowed(text.get(..text.len().min(MOST_CHARACTERS)).unwrap_or(text))
    } else if is_nfkc_quick(beginning()) == IsNormalized::Yes {
        Cow::Owned(beginning().filter(|c| !is_point(*c)).collect::<String>())
    } else {
        Cow::Owned(beginning().nfkc().filter(|c| !is_point(*c)).collect())
    };
    let mut words = Words::default();
    let mut previous: Option<char> = None;
    // No word goes on behind white space, and parts that are all ASCII are cut faster.
    let found = text.split_whitespace().flat_map(|part| part.unicode_words());
    for word in found.take(MOST_WORDS) {
        if let Some(character) = single_ideograph(word) {
            if let Some(before) = previous {
                words.push(|joined| joined.extend([before, character]));
            }
            previous = Some(character);
        } else {
            previous = None;
            words.push(|joined| {
                if word.is_ascii() {
                    joined.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
                } else {
                    joined.push_str(&word.to_lowercase());
                }
            });
        }
    }
    words
}

/// The points and lengthening strokes of Arabic: the same words are written with and without them.
const fn is_point(c: char) -> bool {
    matches!(c, '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}')
}

/// The one character of a word of Chinese, which Unicode cuts into its characters.
fn single_ideograph(word: &str) -> Option<char> {
    let mut characters = word.chars();
    let first = characters
        .next()
        .filter(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'));
    first.filter(|_| characters.next().is_none())
}

/// A number for a run of words, the same on every machine and in every version (FNV-1a, mixed).
pub fn number(run: &str) -> u64 {
    mix(run.bytes().fold(FNV_BASIS, fnv))
}

/// Where FNV-1a begins.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

const fn fnv(sum: u64, byte: u8) -> u64 {
    (sum ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// A permutation of the numbers of 64 bits that scatters neighbours (the finaliser of `SplitMix64`).
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "The Council of the International Telecommunication Union opened its session \
        in Geneva on Tuesday with a debate about connectivity for schools in rural districts. \
        Delegates of forty States asked how satellites could help, and what they would cost.";

    fn share_a_band(left: &Shingles, right: &Shingles) -> bool {
        let bands = right.bands();
        left.bands().iter().any(|band| bands.contains(band))
    }

    #[test]
    fn the_same_story_with_small_changes_is_alike() {
        let first = Shingles::of(STORY);
        let upper = STORY.to_uppercase().replace(", ", " – ");
        assert!((first.likeness(&Shingles::of(&upper)) - 1.0).abs() < f64::EPSILON);
        let longer = Shingles::of(&format!("{STORY} Read more on our site."));
        assert!(first.likeness(&longer) >= ALIKE, "{}", first.likeness(&longer));
        assert!(share_a_band(&first, &longer));
        let chinese = "国际电信联盟理事会在日内瓦开会，讨论农村学校的互联互通和卫星费用问题。";
        let shorter = "国际电信联盟理事会在日内瓦开会，讨论农村学校的互联互通和卫星费用问题";
        assert!(Shingles::of(chinese).likeness(&Shingles::of(shorter)) > 0.99);
    }

    #[test]
    fn runs_are_three_words_with_a_space_between_each_two() {
        let found = words("La Unión — de las Telecomunicaciones, 2026 联盟会");
        assert_eq!(found.joined(), "la unión de las telecomunicaciones 2026 联盟 盟会");
        let single = found.joined().split(' ').collect::<Vec<_>>();
        assert_eq!(found.len(), single.len());
        let runs = single.windows(3).map(|run| run.join(" ")).collect::<Vec<_>>();
        assert_eq!(found.runs().collect::<Vec<_>>(), runs);
        assert_eq!((words("a b").runs().count(), words("").len()), (0, 0));
    }

    #[test]
    fn other_stories_are_not_alike() {
        let other = STORY
            .replace("schools in rural districts", "hospitals on small islands")
            .replace("satellites", "undersea cables")
            .replace("Geneva on Tuesday", "Nairobi on Friday");
        let (first, other) = (Shingles::of(STORY), Shingles::of(&other));
        assert!(first.likeness(&other) < ALIKE, "{}", first.likeness(&other));
        let short = Shingles::of("Daily news digest of today");
        assert!(short.likeness(&short) < ALIKE, "a title says nothing");
        assert_eq!(short.bands(), [] as [u64; 0]);
        assert_eq!(Shingles::of("").len(), 0);
    }

    #[test]
    fn every_script_is_compared() {
        let texts = [
            "يشير الذكاء الاصطناعي إلى الأنظمة التي تحاكي الذكاء البشري لأداء المهام، ويمكنها تحسين نفسها \
             استنادا إلى المعلومات التي تجمعها في المدارس والمستشفيات.",
            "Международный союз электросвязи открыл в Женеве сессию Совета, на которой делегаты обсудили, \
             как спутники могут связать сельские школы и сколько это будет стоить.",
            "国际电信联盟理事会在日内瓦开会，讨论农村学校的互联互通和卫星费用问题，四十个国家的代表出席。",
        ];
        for text in texts {
            let (first, longer) = (Shingles::of(text), Shingles::of(&format!("{text} + 1")));
            assert!(first.len() >= FEWEST_SHINGLES, "{text}");
            assert!(first.likeness(&longer) >= ALIKE && share_a_band(&first, &longer), "{text}");
            for other in texts.iter().filter(|other| **other != text) {
                assert!(first.likeness(&Shingles::of(other)) < 0.01, "{text}");
            }
        }
        assert_eq!(words("الذَّكاءُ الاصطناعيّ"), words("الذكاء الاصطناعي"));
        assert_eq!(words("ＡＢＣ １２"), words("abc 12"));
    }

    #[test]
    fn a_part_is_missing_nothing() {
        let first = Shingles::of(STORY);
        let longer = Shingles::of(&format!("Geneva, 4 May. {STORY} Read more."));
        assert_eq!((first.missing(&longer), longer.missing(&first)), (0, 0));
        let other = Shingles::of(&STORY.replace("Geneva", "Nairobi"));
        assert_eq!(first.missing(&other), 3);
    }

    #[test]
    fn sketches_are_the_same_in_every_version() {
        let bands = Shingles::of(STORY).bands();
        assert_eq!(bands.len(), BANDS);
        assert_eq!(
            bands.first(),
            Some(&2_314_693_738_697_404_382),
            "kept in databases: never change it without a migration"
        );
    }

    #[test]
    fn a_long_text_costs_no_more_than_its_beginning() {
        let long = STORY.repeat(2_000);
        assert!(Shingles::of(&long).len() <= MOST_WORDS);
    }
}
