//! The parts of a search that stand or fall as one, in one language: a word in all its forms and
//! fields, a phrase.

use std::sync::Arc;

use observatory_model::query::Clause;
use observatory_model::search::Place;
use tantivy::Term;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::query::{BoostQuery, Occur, PhraseQuery, Query};
use tantivy::schema::Field;

use crate::analyzers::Analyzer;
use crate::fielded::{Fielded, Part};
use crate::lexemes::{Lexeme, Lexemes, Role};
use crate::query::one_of;
use crate::results::Rules;
use crate::schema::{AUTHOR_SET, TextFields, part};
use crate::snapshot::Snapshot;
use crate::sought::{Origin, Trace};
use crate::statistics::Lengths;

/// Most terms of a search in one language. A word is one term, but a run of Chinese has as many as
/// it has characters, and 512 bytes hold 170 of them.
const MOST_TERMS: usize = 64;

/// How much a phrase counts in each weighed field, in the order of
/// [`TextFields::parts`](crate::schema::TextFields::parts).
pub(crate) const PHRASE_COUNTS: [f32; 4] = [2.0, 1.2, 1.2, 1.0];

/// A part of a search that stands or falls as one.
#[derive(Default)]
pub(crate) struct Unit {
    /// `None` when no document has it.
    pub(crate) query: Option<Box<dyn Query>>,
    /// Half a word: a pair of ideographs.
    pub(crate) is_pair: bool,
    /// How many words it is.
    pub(crate) words: usize,
    /// In how many documents it is, roughly.
    pub(crate) found_in: u64,
    /// By what it is seen in a hit.
    pub(crate) traces: Vec<Trace>,
    /// The term of a single word.
    pub(crate) main: Option<String>,
}

impl Unit {
    /// All of `words`, or one of `others`.
    pub(crate) fn any_of(words: Vec<Self>, others: Vec<Self>) -> Self {
        let mut unit = Self { words: words.iter().map(|word| word.words).sum(), ..Self::default() };
        let has_all = !words.is_empty() && words.iter().all(|word| word.query.is_some());
        let mut all = Vec::new();
        let mut any = Vec::new();
        for word in words {
            if let Some(query) = word.query.filter(|_| has_all) {
                all.push((Occur::Must, query));
                unit.traces.extend(word.traces);
            }
        }
        if !all.is_empty() {
            any.push((Occur::Should, one_of(all)));
        }
        for other in others {
            if let Some(query) = other.query {
                any.push((Occur::Should, query));
                unit.traces.extend(other.traces);
            }
        }
        unit.query = (!any.is_empty()).then(|| one_of(any));
        unit
    }

    /// The same with another weight.
    pub(crate) fn boosted(mut self, boost: f32) -> Self {
        self.query = self.query.map(|query| Box::new(BoostQuery::new(query, boost)) as _);
        self
    }
}

/// Where a word may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Anywhere,
    Title,
    Author,
}

/// Makes the units of one language.
pub(crate) struct Units<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    set: usize,
    lexemes: Lexemes,
    /// Of names of authors.
    names: Lexemes,
    pub(crate) terms_left: usize,
    pub(crate) scope: Scope,
    /// Whether the words of a hyphenated word may also stand apart: in a question, `boundary-layer` is two
    /// words that say something each.
    pub(crate) is_loose: bool,
    pub(crate) segments: Arc<[SegmentId]>,
    /// Whether a prefix stands for more words than are searched.
    pub(crate) has_many_words: bool,
}

/// A term in one field.
pub(crate) struct Found {
    pub(crate) infos: Vec<(usize, TermInfo)>,
    pub(crate) documents: u64,
}

impl<'a> Units<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, rules: &'a Rules, set: usize) -> Self {
        let readers = snapshot.searcher.segment_readers().iter();
        Self {
            snapshot,
            rules,
            set,
            lexemes: Lexemes::default(),
            names: Lexemes::default(),
            terms_left: MOST_TERMS,
            scope: Scope::Anywhere,
            is_loose: false,
            segments: readers.map(tantivy::SegmentReader::segment_id).collect(),
            has_many_words: false,
        }
    }

    /// How many documents the language has.
    pub(crate) fn size(&self) -> u64 {
        self.snapshot.set_sizes.get(self.set).copied().unwrap_or(0)
    }

    /// The fields of the language.
    pub(crate) fn texts(&self) -> TextFields {
        let [first, ..] = &self.rules.fields.texts;
        *self.rules.fields.texts.get(self.set).unwrap_or(first)
    }

    fn analyzer(&self) -> &'a Analyzer {
        let [first, ..] = &self.rules.asking;
        let set = if self.scope == Scope::Author { AUTHOR_SET } else { self.set };
        self.rules.asking.get(set).unwrap_or(first)
    }

    /// The parts of a word that must each occur.
    pub(crate) fn of(&mut self, word: &str) -> tantivy::Result<Vec<Unit>> {
        self.analyzer().analyze(word, &mut self.lexemes);
        let lexemes = std::mem::take(&mut self.lexemes);
        let mut units = Vec::new();
        for chain in lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
            if self.terms_left == 0 {
                break;
            }
            let has = |role| chain.iter().any(|lexeme| lexeme.role == role);
            let only = |role| chain.iter().filter(move |lexeme| lexeme.role == role);
            if has(Role::Single) {
                let role = if has(Role::Pair) { Role::Pair } else { Role::Single };
                for lexeme in only(role).take(self.terms_left) {
                    units.push(self.unit(word, &lexemes, &[lexeme])?);
                }
            } else if only(Role::Main).nth(1).is_none() {
                units.push(self.unit(word, &lexemes, &chain.iter().collect::<Vec<_>>())?);
            } else {
                units.append(&mut self.symbol(word, &lexemes, chain)?);
            }
            self.terms_left = self.terms_left.saturating_sub(chain.len());
        }
        self.lexemes = lexemes;
        Ok(units)
    }

    /// Words that stand side by side; `None` when the rules of the language leave none.
    pub(crate) fn phrase(&mut self, words: &str) -> tantivy::Result<Option<Unit>> {
        self.analyzer().analyze(words, &mut self.lexemes);
        let lexemes = std::mem::take(&mut self.lexemes);
        let mut parts: Vec<&Lexeme> = Vec::new();
        for chain in lexemes.items().chunk_by(|left, right| left.chain == right.chain) {
            let has_pairs = chain.iter().any(|lexeme| lexeme.role == Role::Pair);
            parts.extend(chain.iter().filter(|lexeme| match lexeme.role {
                Role::Main | Role::Pair => true,
                Role::Single => !has_pairs,
                Role::Variant | Role::Joined => false,
            }));
        }
        parts.truncate(self.terms_left);
        let unit = match parts.as_slice() {
            [] => None,
            // A single word in quotes may still be written in its other form.
            [_] => {
                let forms = lexemes.items().iter().filter(|one| one.role != Role::Single);
                let forms: Vec<&Lexeme> = forms.collect();
                let forms = if forms.is_empty() { &parts } else { &forms };
                Some(self.unit(words, &lexemes, forms)?)
            }
            parts => Some(self.sequence(words, &lexemes, parts)?),
        };
        self.terms_left = self.terms_left.saturating_sub(parts.len());
        self.lexemes = lexemes;
        Ok(unit)
    }

    /// Words in the title.
    pub(crate) fn in_title(&mut self, clause: &Clause) -> tantivy::Result<Vec<Unit>> {
        self.within(Scope::Title, clause)
    }

    /// Words in the names of the authors.
    pub(crate) fn by_author(&mut self, clause: &Clause) -> tantivy::Result<Vec<Unit>> {
        self.within(Scope::Author, clause)
    }

    fn within(&mut self, scope: Scope, clause: &Clause) -> tantivy::Result<Vec<Unit>> {
        let before = std::mem::replace(&mut self.scope, scope);
        let units = match clause {
            Clause::Word(word) => self.of(word),
            Clause::Phrase(words) => self.phrase(words).map(|unit| unit.into_iter().collect()),
            Clause::Prefix(start) => self.prefix(start).map(|unit| unit.into_iter().collect()),
            _ => Ok(Vec::new()),
        };
        self.scope = before;
        units
    }

    /// One word in any of its forms, in any field.
    pub(crate) fn unit(
        &mut self,
        typed: &str,
        lexemes: &Lexemes,
        forms: &[&Lexeme],
    ) -> tantivy::Result<Unit> {
        let is_pair = forms.iter().any(|lexeme| lexeme.role == Role::Pair);
        let mut unit = Unit { is_pair, words: 1, ..Unit::default() };
        let mut trace = Trace { origin: Origin::as_typed(typed), ..Trace::default() };
        let mut parts = Vec::new();
        for (form, lexeme) in forms.iter().enumerate() {
            let word = lexemes.term(lexeme);
            for (field, lengths, place) in self.places() {
                let term = Term::from_field_text(field, word);
                let Some(found) = self.look_up(&term)? else { continue };
                unit.found_in = unit.found_in.max(found.documents);
                let weight = if lengths.is_some() || place == Place::Author { 1.0 } else { 0.0 };
                if !matches!(place, Place::Title | Place::Abstract) {
                    trace.elsewhere.push((place, term));
                }
                parts.push(Part { field, lengths, weight, form, found: found.infos });
            }
            trace.writings.push(vec![(0, word.to_owned())]);
        }
        if self.scope == Scope::Anywhere && !is_pair {
            self.author_of(typed, forms, &mut parts, &mut trace)?;
        }
        unit.query = self.fielded(parts, unit.found_in, 1.0);
        unit.main = forms.first().map(|lexeme| lexemes.term(lexeme).to_owned());
        unit.traces.push(trace);
        Ok(unit)
    }

    /// The same word as it stands in names.
    fn author_of(
        &mut self,
        typed: &str,
        forms: &[&Lexeme],
        parts: &mut Vec<Part>,
        trace: &mut Trace,
    ) -> tantivy::Result<()> {
        let Some(lexeme) = forms.first() else { return Ok(()) };
        let [first, ..] = &self.rules.asking;
        let analyzer = self.rules.asking.get(AUTHOR_SET).unwrap_or(first);
        analyzer.analyze(typed.get(lexeme.start..lexeme.end).unwrap_or_default(), &mut self.names);
        let [name] = self.names.items() else { return Ok(()) };
        let field = self.rules.fields.author;
        let term = Term::from_field_text(field, self.names.term(name));
        if let Some(found) = self.look_up(&term)? {
            // A form of its own: a word that is a name too does not count twice.
            let form = forms.len();
            parts.push(Part { field, lengths: None, weight: 1.0, form, found: found.infos });
            trace.elsewhere.push((Place::Author, term));
        }
        Ok(())
    }

    /// Terms at the distances they have in the search, in any field.
    pub(crate) fn sequence(
        &self,
        typed: &str,
        lexemes: &Lexemes,
        parts: &[&Lexeme],
    ) -> tantivy::Result<Unit> {
        let first = parts.first().map_or(0, |lexeme| lexeme.position);
        let writing: Vec<(usize, String)> = parts
            .iter()
            .map(|lexeme| (lexeme.position - first, lexemes.term(lexeme).to_owned()))
            .collect();
        let mut unit = Unit { words: 1, ..Unit::default() };
        let mut places = Vec::new();
        for (field, boost) in self.phrase_places() {
            let mut terms = Vec::with_capacity(writing.len());
            let mut found_in = u64::MAX;
            for (distance, term) in &writing {
                let term = Term::from_field_text(field, term);
                found_in = found_in.min(self.snapshot.searcher.doc_freq(&term)?);
                terms.push((*distance, term));
            }
            if found_in > 0 && terms.len() > 1 {
                unit.found_in = unit.found_in.max(found_in);
                let phrase = Box::new(PhraseQuery::new_with_offset(terms));
                places.push((Occur::Should, boosted(phrase, boost)));
            }
        }
        if !places.is_empty() {
            unit.query = Some(one_of(places));
        }
        let writings = vec![writing];
        unit.traces.push(Trace { origin: Origin::as_typed(typed), writings, ..Trace::default() });
        Ok(unit)
    }

    /// Where a word is looked for, and how much it counts there.
    fn places(&self) -> Vec<(Field, Option<Lengths>, Place)> {
        let texts = self.texts();
        let lengths = |part: usize| {
            let lengths = self.snapshot.lengths.get(self.set).and_then(|parts| parts.get(part));
            Some(lengths.cloned().unwrap_or_default())
        };
        let title = (texts.part(part::TITLE), lengths(part::TITLE), Place::Title);
        match self.scope {
            Scope::Title => vec![title],
            Scope::Author => vec![(self.rules.fields.author, None, Place::Author)],
            Scope::Anywhere => vec![
                title,
                (texts.part(part::SUMMARY), lengths(part::SUMMARY), Place::Abstract),
                (texts.part(part::HEADING), lengths(part::HEADING), Place::Heading),
                (texts.part(part::BODY), lengths(part::BODY), Place::Body),
                (texts.whole, None, Place::Body),
            ],
        }
    }

    fn phrase_places(&self) -> Vec<(Field, f32)> {
        let texts = self.texts();
        let [title, ..] = PHRASE_COUNTS;
        match self.scope {
            Scope::Title => vec![(texts.part(part::TITLE), title)],
            Scope::Author => vec![(self.rules.fields.author, 1.0)],
            Scope::Anywhere => texts.parts.into_iter().zip(PHRASE_COUNTS).collect(),
        }
    }

    /// The documents of a term; `None` when there are none.
    pub(crate) fn look_up(&self, term: &Term) -> tantivy::Result<Option<Found>> {
        let mut found = Found { infos: Vec::new(), documents: 0 };
        for (place, reader) in self.snapshot.searcher.segment_readers().iter().enumerate() {
            if let Some(info) = reader.inverted_index(term.field())?.get_term_info(term)? {
                found.documents += u64::from(info.doc_freq);
                found.infos.push((place, info));
            }
        }
        Ok(Some(found).filter(|found| !found.infos.is_empty()))
    }

    /// The query of a word in its fields; `None` when it is in none.
    pub(crate) fn fielded(
        &self,
        parts: Vec<Part>,
        found_in: u64,
        boost: f32,
    ) -> Option<Box<dyn Query>> {
        if parts.is_empty() {
            return None;
        }
        let segments = Arc::clone(&self.segments);
        Some(Box::new(Fielded::new(parts, segments, found_in, self.size(), boost)))
    }
}

pub(crate) fn either(left: Unit, right: Unit) -> Unit {
    let parts = [left.query, right.query].into_iter().flatten();
    let parts: Vec<_> = parts.map(|query| (Occur::Should, query)).collect();
    let mut traces = left.traces;
    for (trace, other) in traces.iter_mut().zip(right.traces) {
        trace.writings.extend(other.writings);
        trace.elsewhere.extend(other.elsewhere);
    }
    Unit {
        query: (!parts.is_empty()).then(|| one_of(parts)),
        words: 1,
        found_in: left.found_in.max(right.found_in),
        traces,
        ..Unit::default()
    }
}

fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    if (boost - 1.0).abs() < f32::EPSILON { query } else { Box::new(BoostQuery::new(query, boost)) }
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Es, Fr, Ru, Zh};
    use observatory_model::document::Document;
    use observatory_model::search::{Note, SearchRequest};

    use crate::fixture::{ask, batch, document, entry, found, index_of, index_of_texts, slug};
    use crate::{Batch, Search};

    fn full(number: u32, title: &str, text: &str) -> Document {
        document(number, Some(En), title, text)
    }

    #[tokio::test]
    async fn a_star_stands_for_every_ending_and_only_for_endings() {
        let (_folder, search) = index_of_texts(&[
            (Some(En), "educational reform"),
            (Some(En), "to educate"),
            (Some(En), "education"),
            (Some(Fr), "l’éducation"),
            (Some(Ar), "والمدارس في المدينة"),
            (Some(Zh), "网络安全"),
            (Some(Ru), "спутниковая связь"),
            (Some(En), "reeducation"),
        ])
        .await;
        assert_eq!(found(&search, "educat*").await, [0, 1, 2, 3]);
        assert_eq!(found(&search, "educational*").await, [0]);
        assert_eq!(found(&search, "ÉDUCAT*").await, [0, 1, 2, 3]);
        assert_eq!(found(&search, "مدار*").await, [4]);
        assert_eq!(found(&search, "المدار*").await, [4]);
        assert_eq!(found(&search, "网*").await, [5]);
        assert_eq!(found(&search, "спутник*").await, [6]);
        assert_eq!(found(&search, "educat* -reform").await, [1, 2, 3]);
        assert_eq!(found(&search, "zzz* OR educate").await, [0, 1, 2]);
        let page = ask(&search, "educatio*").await;
        assert!(page.hits.iter().all(|hit| hit.passage.has_marks()), "{:?}", page.hits);
        assert_eq!(page.notes, []);
    }

    #[tokio::test]
    async fn a_star_stands_for_the_most_frequent_words_and_it_is_said() {
        let mut texts: Vec<String> = (0..70).map(|number| format!("preword{number}")).collect();
        texts.push("prefrequent one".to_owned());
        texts.push("prefrequent two".to_owned());
        let texts: Vec<_> = texts.iter().map(|text| (Some(En), text.as_str())).collect();
        let (_folder, search) = index_of_texts(&texts).await;
        let page = ask(&search, "pre*").await;
        assert_eq!((page.total, page.notes.as_slice()), (65, [Note::ManyPrefixWords].as_slice()));
        assert_eq!(ask(&search, "prefrequent -prew*").await.total, 2);
    }

    #[tokio::test]
    async fn words_that_were_taken_away_stand_for_nothing() {
        let texts = ["secretword one", "secretive two"].map(|text| (Some(En), text));
        let (_folder, search) = index_of_texts(&texts).await;
        let removed = Batch { removals: vec![entry(0)], ..batch(Vec::new(), 2) };
        search.apply(removed).await.unwrap();
        search.commit().await.unwrap();
        assert_eq!(found(&search, "secret*").await, [1]);
        let snapshot = search.inner.live().snapshot();
        let field = search.inner.rules.fields.texts[2].words;
        let lives = |word| snapshot.lives(&super::Term::from_field_text(field, word)).unwrap();
        // It is in the dictionary still.
        let term = super::Term::from_field_text(field, "secretword");
        assert_eq!(snapshot.searcher.doc_freq(&term).unwrap(), 1);
        assert!(lives("secretive") && !lives("secretword") && !lives("nothing"));
        let page = ask(&search, "").await;
        assert_eq!((page.total, page.facets.languages.as_slice()), (1, [(Some(En), 1)].as_slice()));
    }

    async fn authored() -> (tempfile::TempDir, Search) {
        let mut shannon = full(0, "A theory of communication", "bits by networks");
        shannon.authors = vec!["Claude E. Shannon".to_owned()];
        shannon.headings = vec!["Noisy channels".to_owned()];
        shannon.summary = "What can be sent.".to_owned();
        let mut other = full(1, "Shannon in communications", "theory");
        other.authors = vec!["Édouard Lucas".to_owned(), "Ada Lovelace".to_owned()];
        index_of(vec![shannon, other]).await
    }

    #[tokio::test]
    async fn fields_are_searched_for_themselves() {
        let (_folder, search) = authored().await;
        assert_eq!(found(&search, "title:communication").await, [0, 1]);
        assert_eq!(found(&search, "title:\"theory of communication\"").await, [0]);
        assert_eq!(found(&search, "title:theories").await, [0]);
        assert_eq!(found(&search, "title:communicat*").await, [0, 1]);
        assert_eq!(found(&search, "title:network*").await, [] as [u32; 0]);
        assert_eq!(found(&search, "author:shannon").await, [0]);
        assert_eq!(found(&search, "author:\"ada lovelace\"").await, [1]);
        assert_eq!(found(&search, "author:\"lucas ada\"").await, [] as [u32; 0]);
        assert_eq!(found(&search, "author:edouard").await, [1]);
        assert_eq!(found(&search, "author:love*").await, [1]);
        assert_eq!(found(&search, "shannon").await, [0, 1]);
        assert_eq!(found(&search, "noisy channel").await, [0]);
        assert_eq!(found(&search, "sent bits").await, [0]);
        assert_eq!(found(&search, "theory -author:shannon").await, [1]);
    }

    #[tokio::test]
    async fn identifiers_find_what_is_known_by_them_and_what_names_them() {
        let mut known = full(0, "Something", "else");
        known.identifiers =
            vec!["10.1000/182".parse_identifier(), "A/RES/78/265".parse_identifier()];
        let named = full(1, "On Y.3172", "See ITU-T Y.3172 and doi:10.1000/182.");
        let (_folder, search) = index_of(vec![known, named, full(2, "Y and 3172", "x")]).await;
        assert_eq!(found(&search, "10.1000/182").await, [0, 1]);
        assert_eq!(found(&search, "a/res/78/265").await, [0]);
        assert_eq!(found(&search, "ITU-T Y.3172").await, [1]);
        assert_eq!(found(&search, "https://doi.org/10.1000/182").await, [0, 1]);
    }

    trait Parsed {
        fn parse_identifier(&self) -> observatory_model::identifier::Identifier;
    }

    impl Parsed for str {
        fn parse_identifier(&self) -> observatory_model::identifier::Identifier {
            observatory_model::identifier::Identifier::parse(self).unwrap()
        }
    }

    #[tokio::test]
    async fn filters_among_the_words_hold_beside_them_below_or_and_behind_a_minus() {
        let mut first = full(0, "", "red");
        first.topics = vec![slug("data"), slug("cities")];
        first.institution = Some("World Bank".to_owned());
        let mut second = document(1, Some(Es), "", "red");
        second.date = "2020-05-05".parse().unwrap();
        let third = document(2, Some(Fr), "", "green 2020");
        let (_folder, search) = index_of(vec![first, second, third]).await;
        for (words, expected) in [
            ("red lang:en", vec![0]),
            ("lang:en", vec![0]),
            ("-lang:en red", vec![1]),
            ("lang:fr OR red", vec![0, 1, 2]),
            ("topic:data", vec![0]),
            ("topic:data topic:cities red", vec![0]),
            ("topic:nothing", vec![]),
            ("source:es OR source:fr", vec![1, 2]),
            ("kind:paper red", vec![]),
            ("red -kind:entry", vec![]),
            ("institution:\"World Bank\"", vec![0]),
            ("-institution:\"World Bank\" lang:en", vec![]),
            ("2020", vec![1, 2]),
            ("red 2020", vec![1]),
            ("year:2020", vec![1]),
            ("since:2021 red", vec![0]),
            ("until:2020 red", vec![1]),
            ("red -2019..2021", vec![0]),
        ] {
            assert_eq!(found(&search, words).await, expected, "{words}");
        }
        // A filter in the words always holds, also for its own facet.
        let page = ask(&search, "red lang:en").await;
        assert_eq!(page.facets.languages, [(Some(En), 1)]);
        let request = SearchRequest {
            words: "lang:en".to_owned(),
            languages: vec![Es],
            ..SearchRequest::default()
        };
        let page = search.search(request).await.unwrap();
        assert_eq!(page.facets.languages, [(Some(En), 1), (Some(Es), 0)]);
        assert_eq!(page.total, 0);
    }
}
