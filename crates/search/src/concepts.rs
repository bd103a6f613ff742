//! Concepts of the glossary in the words of a search.
//!
//! Words that stand side by side and are a label of a concept, in any of the six languages, also find
//! what has one of its other labels: "مدن ذكية" finds "smart cities", and LLM finds "large language
//! model". Words and labels are compared by the rules of the label's language, so that inflected forms
//! meet. What stands in quotes is meant exactly and names nothing.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::LazyLock;

use observatory_model::Language;
use observatory_model::glossary::{Concept, Glossary};
use observatory_model::query::Clause;
use observatory_model::search::AlsoSearched;

use crate::abbreviations::{is_abbreviation, is_loud, may_abbreviate};
use crate::analyzers::Analyzer;
use crate::labels::{glossary, other_labels};
use crate::lexemes::{Lexemes, Role};

/// How much another label counts, against the words as typed.
///
/// What says it in the reader's own words comes first, unless it says it only in passing.
pub(crate) const OTHER_LABEL: f32 = 0.35;

/// Most concepts of one search: a longer search is a question, whose words say enough themselves.
pub(crate) const MOST_CONCEPTS: usize = 3;

/// Most labels that are searched beside the words as typed, of all concepts together. With them even
/// the longest search stays within a fifth of its budget.
pub(crate) const MOST_LABELS: usize = 24;

/// Most words that are looked at for one label: the longest of the glossary have 13.
const LONGEST_LABEL: usize = 14;

/// Fewest characters of a Chinese label inside a longer run. Two characters often meet across the
/// border of two words, and say then what nobody means.
const SHORTEST_INSIDE: usize = 3;

/// All labels, by the terms that the rules of their language make of them.
static NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(glossary()));

/// The labels of all languages. The first call takes a part of a search's time, so it is made when the
/// index is opened.
pub(crate) fn names() -> &'static Names {
    &NAMES
}

/// Concepts by the terms of their labels.
pub(crate) struct Names {
    languages: Vec<(Language, Analyzer, BTreeMap<String, Name>)>,
}

/// A label.
#[derive(Clone, Copy, Debug)]
struct Name {
    concept: &'static Concept,
    is_abbreviation: bool,
}

/// Parts of a search that stand side by side and name a concept.
#[derive(Clone, Debug)]
pub(crate) struct Run<'a> {
    /// The words.
    pub(crate) clauses: &'a [Clause],
    /// The words as typed.
    pub(crate) typed: String,
    /// What they name.
    pub(crate) concept: &'static Concept,
    /// Its other labels, the preferred ones first.
    pub(crate) labels: Vec<(Language, &'static str)>,
}

/// Where a label stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) concept: &'static Concept,
    /// First byte.
    pub(crate) start: usize,
    /// The byte after it.
    pub(crate) end: usize,
}

/// Between the terms of a label; no term has it.
const BETWEEN: char = '\u{1F}';

impl Names {
    fn of(glossary: &'static Glossary) -> Self {
        let mut lexemes = Lexemes::default();
        let languages = Language::ALL.map(|language| {
            let analyzer = Analyzer::new(Some(language));
            let mut names = BTreeMap::new();
            for concept in glossary.concepts() {
                for label in concept.labels(language) {
                    let name = Name { concept, is_abbreviation: is_abbreviation(label) };
                    analyzer.analyze(label, &mut lexemes);
                    for key in keys(&lexemes) {
                        let place = names.entry(key).or_insert(name);
                        // A word that is also an abbreviation counts as a word.
                        if place.is_abbreviation && place.concept == concept {
                            *place = name;
                        }
                    }
                }
            }
            (language, analyzer, names)
        });
        Self { languages: languages.into() }
    }

    /// The concept that words as typed are a label of, by the rules of any language.
    pub(crate) fn concept(&self, typed: &str) -> Option<&'static Concept> {
        let mut lexemes = Lexemes::default();
        let is_loud = is_loud(typed);
        self.languages.iter().find_map(|(_, analyzer, names)| {
            analyzer.analyze(typed, &mut lexemes);
            let name = names.get(&key(&lexemes))?;
            name.fits(typed, is_loud).then(|| name.meant(typed))
        })
    }

    /// What a search names, from left to right, the longest labels first; at most [`MOST_CONCEPTS`].
    pub(crate) fn runs<'a>(&self, clause: &'a Clause) -> Vec<Run<'a>> {
        let mut runs = Vec::new();
        let is_loud = is_loud(&plain_words(clause));
        self.walk(clause, is_loud, &mut runs);
        runs.truncate(MOST_CONCEPTS);
        let share = MOST_LABELS.checked_div(runs.len()).unwrap_or_default();
        for run in &mut runs {
            run.labels = other_labels(run.concept, &run.typed, share);
        }
        runs
    }

    /// Calls itself once for each level of parentheses, of which the grammar allows few.
    fn walk<'a>(&self, clause: &'a Clause, is_loud: bool, runs: &mut Vec<Run<'a>>) {
        match clause {
            Clause::Word(_) => self.list(std::slice::from_ref(clause), is_loud, runs),
            Clause::All { wanted, .. } => self.list(wanted, is_loud, runs),
            Clause::Any(choices) => {
                for choice in choices {
                    self.walk(choice, is_loud, runs);
                }
            }
            _ => {}
        }
    }

    fn list<'a>(&self, clauses: &'a [Clause], is_loud: bool, runs: &mut Vec<Run<'a>>) {
        let words: Vec<Option<&str>> = clauses.iter().map(word_of).collect();
        let keys: Vec<Vec<String>> =
            self.languages.iter().map(|(_, analyzer, _)| keys_of(&words, analyzer)).collect();
        let mut at = 0;
        while at < clauses.len() && runs.len() < MOST_CONCEPTS {
            let following = words.get(at..).unwrap_or_default();
            let count = following.iter().take_while(|word| word.is_some()).count();
            let found = (1..=count.min(LONGEST_LABEL)).rev().find_map(|count| {
                let typed = following.get(..count)?.iter().flatten().copied().collect::<Vec<_>>();
                let typed = typed.join(" ");
                let concept = self.named(&keys, at..at + count, &typed, is_loud)?;
                Some((count, typed, concept))
            });
            let Some((count, typed, concept)) = found else {
                if let (None, Some(clause)) = (words.get(at).copied().flatten(), clauses.get(at)) {
                    self.walk(clause, is_loud, runs);
                }
                at += 1;
                continue;
            };
            let clauses = clauses.get(at..at + count).unwrap_or_default();
            runs.push(Run { clauses, typed, concept, labels: Vec::new() });
            at += count;
        }
    }

    /// The label that some words are, by the rules of the first language in which they are one.
    fn named(
        &self,
        keys: &[Vec<String>],
        words: std::ops::Range<usize>,
        typed: &str,
        is_loud: bool,
    ) -> Option<&'static Concept> {
        let mut sought = String::new();
        self.languages.iter().zip(keys).find_map(|((_, _, names), keys)| {
            sought.clear();
            for key in keys.get(words.clone())?.iter().filter(|key| !key.is_empty()) {
                append(&mut sought, key);
            }
            names
                .get(&sought)
                .filter(|name| name.fits(typed, is_loud))
                .map(|name| name.meant(typed))
        })
    }

    /// The same search, with the Chinese labels inside longer runs as words of their own: a run has no
    /// word borders, and 人工智能治理 is about 人工智能.
    pub(crate) fn apart(&self, clause: &Clause) -> Clause {
        match clause {
            Clause::Word(word) => match self.pieces(word) {
                Some(wanted) => Clause::All { wanted, unwanted: Vec::new() },
                None => clause.clone(),
            },
            Clause::All { wanted, unwanted } => {
                let mut pieces = Vec::with_capacity(wanted.len());
                for clause in wanted {
                    match word_of(clause).and_then(|word| self.pieces(word)) {
                        Some(mut words) => pieces.append(&mut words),
                        None => pieces.push(self.apart(clause)),
                    }
                }
                Clause::All { wanted: pieces, unwanted: unwanted.clone() }
            }
            Clause::Any(choices) => {
                Clause::Any(choices.iter().map(|choice| self.apart(choice)).collect())
            }
            other => other.clone(),
        }
    }

    /// A word with Chinese labels in it, in pieces; `None` when it has none or is one as a whole.
    fn pieces(&self, word: &str) -> Option<Vec<Clause>> {
        if word.is_ascii() || self.concept(word).is_some() {
            return None;
        }
        let mut mentions = Vec::new();
        let chinese = self.languages.iter().find(|(language, ..)| *language == Language::Zh)?;
        mentions_in(word, chinese, &mut Lexemes::default(), &mut mentions);
        mentions.retain(|mention| {
            let label = word.get(mention.start..mention.end).unwrap_or_default();
            !label.is_ascii() && label.chars().count() >= SHORTEST_INSIDE
        });
        let mut pieces = Vec::new();
        let mut at = 0;
        let ends = mentions.iter().flat_map(|mention| [mention.start, mention.end]);
        for end in ends.chain([word.len()]) {
            let piece = word.get(at..end).unwrap_or_default();
            if piece.chars().any(char::is_alphanumeric) {
                pieces.push(Clause::Word(piece.to_owned()));
            }
            at = end;
        }
        (pieces.len() > 1).then_some(pieces)
    }

    /// The labels of a language that stand in a text of it, the longest first where they overlap.
    pub(crate) fn mentions(&self, text: &str, language: Language, into: &mut Vec<Mention>) {
        let names = self.languages.iter().find(|(other, ..)| *other == language);
        if let Some(names) = names {
            mentions_in(text, names, &mut Lexemes::default(), into);
        }
    }
}

impl Name {
    /// The concept: the one whose label is written so, where the rules of the language make the same of
    /// two labels. "Developed" and "developing" are one word for them.
    fn meant(self, typed: &str) -> &'static Concept {
        glossary().concept(typed).unwrap_or(self.concept)
    }

    /// Whether words as typed may mean this label: an abbreviation must look like one.
    fn fits(self, typed: &str, is_loud: bool) -> bool {
        !self.is_abbreviation || may_abbreviate(typed, is_loud)
    }
}

impl Run<'_> {
    /// What readers are told of it.
    pub(crate) fn told(&self) -> AlsoSearched {
        let order = |language: &Language| Language::ALL.iter().position(|other| other == language);
        let mut labels: Vec<(Language, String)> =
            self.labels.iter().map(|&(language, label)| (language, label.to_owned())).collect();
        labels.sort_by_key(|(language, _)| order(language));
        AlsoSearched { typed: self.typed.clone(), concept: self.concept.name.clone(), labels }
    }

    /// Whether it begins with the first of these clauses, which are of the same search. Told by where
    /// they are kept: the same words may stand twice in a search.
    pub(crate) fn begins(&self, clauses: &[Clause]) -> bool {
        std::ptr::eq(self.clauses.as_ptr(), clauses.as_ptr()) && self.clauses.len() <= clauses.len()
    }
}

const fn word_of(clause: &Clause) -> Option<&str> {
    match clause {
        Clause::Word(word) => Some(word.as_str()),
        _ => None,
    }
}

/// The words of a search that is nothing but words.
fn plain_words(clause: &Clause) -> String {
    let clauses = match clause {
        Clause::All { wanted, .. } => wanted.as_slice(),
        one => std::slice::from_ref(one),
    };
    clauses.iter().filter_map(word_of).collect::<Vec<_>>().join(" ")
}

/// The terms of a text as the key of a label.
fn key(lexemes: &Lexemes) -> String {
    keys(lexemes).into_iter().next().unwrap_or_default()
}

/// The keys of each word; empty for what is none.
fn keys_of(words: &[Option<&str>], analyzer: &Analyzer) -> Vec<String> {
    let mut lexemes = Lexemes::default();
    let of = |word: Option<&str>| {
        analyzer.analyze(word.unwrap_or_default(), &mut lexemes);
        key(&lexemes)
    };
    words.iter().copied().map(of).collect()
}

/// The keys of a label: as it is written, without accents, and hyphenated words in one piece.
fn keys(lexemes: &Lexemes) -> Vec<String> {
    let mut found = [String::new(), String::new(), String::new()];
    let [written, bare, joined] = &mut found;
    for chain in lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
        let whole = chain.iter().find(|lexeme| lexeme.role == Role::Joined);
        if let Some(whole) = whole {
            append(joined, lexemes.term(whole));
        }
        for (at, lexeme) in chain.iter().enumerate() {
            if !matches!(lexeme.role, Role::Main | Role::Single) {
                continue;
            }
            let term = lexemes.term(lexeme);
            append(written, term);
            let variant = chain.get(at + 1).filter(|next| next.role == Role::Variant);
            append(bare, variant.map_or(term, |variant| lexemes.term(variant)));
            if whole.is_none() {
                append(joined, term);
            }
        }
    }
    let mut keys: Vec<String> = found.into_iter().filter(|key| !key.is_empty()).collect();
    keys.dedup();
    keys
}

fn append(key: &mut String, term: &str) {
    if !key.is_empty() {
        key.push(BETWEEN);
    }
    key.push_str(term);
}

/// The labels in a text.
fn mentions_in(
    text: &str,
    (_, analyzer, names): &(Language, Analyzer, BTreeMap<String, Name>),
    lexemes: &mut Lexemes,
    into: &mut Vec<Mention>,
) {
    analyzer.analyze(text, lexemes);
    let terms: Vec<_> = lexemes
        .items()
        .iter()
        .filter(|lexeme| matches!(lexeme.role, Role::Main | Role::Single))
        .collect();
    let mut at = 0;
    let mut sought = String::new();
    while let Some(first) = terms.get(at) {
        sought.clear();
        let mut longest = None;
        for (count, lexeme) in terms.get(at..).unwrap_or_default().iter().enumerate() {
            append(&mut sought, lexemes.term(lexeme));
            // Is there a label that goes on so?
            let mut following =
                names.range::<str, _>((Bound::Included(sought.as_str()), Bound::Unbounded));
            let Some((next, name)) = following.next().filter(|(next, _)| next.starts_with(&sought))
            else {
                break;
            };
            let written = text.get(first.start..lexeme.end).unwrap_or_default();
            if *next == sought && name.fits(written, false) {
                longest = Some((count + 1, name.concept, lexeme.end));
            }
        }
        if let Some((_, concept, end)) = longest {
            into.push(Mention { concept, start: first.start, end });
        }
        at += longest.map_or(1, |(count, ..)| count);
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::Timestamp;
    use observatory_model::query::{SearchQuery, Wanted};

    use super::*;

    /// Words and concepts that a search names.
    fn named(words: &str) -> Vec<(String, &'static str)> {
        let Wanted::These(clause) = SearchQuery::parse(words, Timestamp::EPOCH).wanted else {
            return Vec::new();
        };
        let clause = names().apart(&clause);
        let runs = names().runs(&clause);
        runs.into_iter().map(|run| (run.typed, run.concept.name.as_str())).collect()
    }

    #[track_caller]
    fn check(words: &str, expected: &[(&str, &str)]) {
        let found = named(words);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(typed, name)| (typed.as_str(), *name)).collect();
        assert_eq!(found, expected, "{words}");
    }

    #[test]
    fn the_glossary_is_read_whole() {
        let whole = Glossary::read(crate::labels::FILES).unwrap();
        assert!(whole.len() >= 300, "{}", whole.len());
        assert_eq!(*glossary(), whole);
        for (language, _, names) in &names().languages {
            assert!(names.len() >= whole.len(), "{language}: {}", names.len());
        }
        let abbreviations = glossary().concepts().iter().flat_map(|concept| {
            Language::ALL.into_iter().flat_map(|language| concept.labels(language))
        });
        let longest = abbreviations.map(|label| label.split(' ').count()).max();
        assert!(longest.unwrap() <= LONGEST_LABEL, "{longest:?}");
    }

    #[test]
    fn every_label_names_its_concept() {
        for concept in glossary().concepts() {
            for language in Language::ALL {
                for label in concept.labels(language) {
                    let owner = glossary().concept(label).map(|owner| &owner.name);
                    let named = names().concept(label).map(|found| &found.name);
                    assert_eq!(named, owner, "{label}");
                }
            }
        }
    }

    #[test]
    fn inflected_words_name_a_concept_in_every_language() {
        for words in [
            "smart cities",
            "Smart City",
            "مدن ذكية",
            "المدن الذكية",
            "والمدن الذكية",
            "智慧城市",
            "villes intelligentes",
            "умных городов",
            "в умном городе",
            "ciudades inteligentes",
        ] {
            let found = named(words);
            assert!(found.iter().any(|(_, name)| *name == "smart-city"), "{words}: {found:?}");
        }
        check("reseaux de neurones", &[("reseaux de neurones", "neural-network")]);
        check("cyber-security", &[("cyber-security", "cybersecurity")]);
    }

    #[test]
    fn the_longest_label_counts_and_words_in_quotes_name_nothing() {
        check(
            "2025 generative artificial intelligence for smart cities",
            &[
                ("generative artificial intelligence", "generative-ai"),
                ("smart cities", "smart-city"),
            ],
        );
        check("\"smart cities\"", &[]);
        check("smart \"cities\"", &[]);
        check("-\"smart cities\" -smart", &[]);
        check("title:smart", &[]);
        check("deep learning OR blockchain", &[("blockchain", "blockchain")]);
        let many = "blockchain robotics 5G cybersecurity broadband internet";
        assert_eq!(named(many).len(), MOST_CONCEPTS);
    }

    #[test]
    fn abbreviations_are_told_from_words() {
        check("LLM", &[("LLM", "large-language-model")]);
        check("llm", &[("llm", "large-language-model")]);
        check("AI policy", &[("AI", "artificial-intelligence")]);
        for words in ["it", "us", "ai", "j'ai", "its", "leo", "odd", "ran", "THE ODD LEADERS RAN"] {
            check(words, &[]);
        }
        check(
            "ITU LLM",
            &[("ITU", "international-telecommunication-union"), ("LLM", "large-language-model")],
        );
        check("5g", &[("5g", "5g")]);
    }

    #[test]
    fn chinese_labels_are_found_inside_longer_runs() {
        check("人工智能", &[("人工智能", "artificial-intelligence")]);
        check("人工智能与就业", &[("人工智能", "artificial-intelligence")]);
        check("中国的人工智慧城市", &[("智慧城市", "smart-city")]);
        check("這是人工智慧", &[]);
        check("中国的因特网2025", &[("因特网", "internet")]);
    }

    #[test]
    fn other_labels_are_told_in_the_order_of_the_languages() {
        let Wanted::These(clause) = SearchQuery::parse("LLM", Timestamp::EPOCH).wanted else {
            panic!()
        };
        let runs = names().runs(&clause);
        let also = runs.first().unwrap().told();
        assert_eq!(also.typed, "LLM");
        assert!(also.labels.len() <= MOST_LABELS);
        assert!(also.labels.contains(&(Language::En, "large language model".to_owned())));
        assert!(!also.labels.iter().any(|(_, label)| label == "LLM"));
        let order: Vec<_> = also
            .labels
            .iter()
            .map(|(language, _)| Language::ALL.iter().position(|other| other == language))
            .collect();
        assert!(order.is_sorted());
    }

    #[test]
    fn labels_in_a_text_are_found() {
        let mut mentions = Vec::new();
        let text = "In smart cities, AI and its neural networks help; leo does not.";
        names().mentions(text, Language::En, &mut mentions);
        let found: Vec<_> = mentions
            .iter()
            .map(|m| (text.get(m.start..m.end).unwrap(), m.concept.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("smart cities", "smart-city"),
                ("AI", "artificial-intelligence"),
                ("neural networks", "neural-network"),
            ]
        );
    }

    mod searched {
        use observatory_model::Language::{Ar, En, Fr, Ru, Zh};
        use observatory_model::search::SearchRequest;

        use crate::fixture::{ask, document, found, index_of};

        #[tokio::test]
        async fn a_concept_finds_its_other_names_and_its_own_words_come_first() {
            let (_folder, search) = index_of(vec![
                document(0, Some(En), "Smart cities", "They were built in 2025."),
                document(1, Some(Ar), "مدن ذكية", "بنيت في 2025."),
                document(2, Some(Fr), "Villes intelligentes", "Construites en 2024."),
                document(3, Some(Ru), "Умные города", "Построены в 2025 году."),
                document(4, Some(Zh), "智慧城市", "建于2025年。"),
                document(5, None, "Smart cities", "Im Jahr 2025 gebaut."),
                document(6, Some(Ar), "ندوة", "ندوة عن smart cities في جنيف 2025"),
                document(7, Some(En), "Cities", "A smart mayor. 2025."),
            ])
            .await;
            assert_eq!(found(&search, "مدن ذكية 2025").await, [0, 1, 3, 4, 5, 6]);
            assert_eq!(found(&search, "smart cities 2025").await, [0, 1, 3, 4, 5, 6, 7]);
            assert_eq!(found(&search, "\"smart cities\"").await, [0, 5, 6]);
            assert_eq!(found(&search, "(smart cities) OR zebra").await.len(), 8);
            let page = ask(&search, "المدن الذكية").await;
            let first = page.hits.first().unwrap();
            assert_eq!(crate::fixture::number_of(&first.key), 1);
            let also = page.also.first().unwrap();
            assert_eq!(
                (also.concept.as_str(), also.typed.as_str()),
                ("smart-city", "المدن الذكية")
            );
            let request = SearchRequest {
                words: "مدن ذكية".to_owned(),
                only_typed: true,
                ..SearchRequest::default()
            };
            let typed = search.search(request).await.unwrap();
            assert_eq!((typed.total, typed.also.len()), (1, 0));
        }

        #[tokio::test]
        async fn an_abbreviation_meets_its_long_form_in_one_language() {
            let (_folder, search) = index_of(vec![
                document(0, Some(En), "", "A large language model answers."),
                document(1, Some(En), "", "LLMs and an LLM."),
                document(2, Some(Fr), "", "Un grand modèle de langage."),
                document(3, Some(En), "", "A large model."),
            ])
            .await;
            assert_eq!(found(&search, "LLM").await, [0, 1, 2]);
            assert_eq!(found(&search, "large language models").await, [0, 1, 2]);
        }

        #[tokio::test]
        async fn a_concept_counts_once_by_whatever_names_it_is_said() {
            let mut once = document(0, Some(En), "", "The AI policy of one country and its users.");
            once.date = "2026-02-01".parse().unwrap();
            let mut twice =
                document(1, Some(En), "", "The AI policy on artificial intelligence now it is.");
            twice.date = "2026-01-01".parse().unwrap();
            // What was asked for is not more frequent than its other name, which would count more then.
            let other =
                |number| document(number, Some(En), "", "artificial intelligence elsewhere");
            let none = |number| document(number, Some(En), "", "nothing of the kind");
            let (others, fillers) = ((2..5).map(other), (5..30).map(none));
            let all = [once, twice].into_iter().chain(others).chain(fillers).collect();
            let (_folder, search) = index_of(all).await;
            // Both say it as it was asked for, in texts of one length: the newer stands first.
            let long = "AI policy zebra zoo zinc zone zest zeal";
            for words in ["AI policy", long, "(AI policy) OR zebra"] {
                let page = ask(&search, words).await;
                let order: Vec<u32> =
                    page.hits.iter().map(|hit| crate::fixture::number_of(&hit.key)).collect();
                assert_eq!(order.get(..2), Some([0, 1].as_slice()), "{words}: {order:?}");
            }
        }
    }
}
