//! A search from its words to its page of hits.

use std::sync::Arc;

use observatory_model::query::{Clause, SearchQuery, Wanted};
use observatory_model::search::{
    Cursor, HITS_PER_PAGE, LAST_PAGE, MOST_HITS_PER_PAGE, Note, Order, SearchPage, SearchRequest,
};
use tantivy::query::{AllQuery, EnableScoring, Query as _};

use crate::analyzers::Analyzer;
use crate::concepts::{Run, names};
use crate::count::{self, Deadline, Pass, count};
use crate::error::SearchError;
use crate::facets::facets;
use crate::filters::Choices;
use crate::hits::{Hits, reading};
use crate::lexemes::Lexemes;
use crate::query::{Need, Plan, Planner};
use crate::ranking::{Candidate, key_of};
use crate::schema::{Fields, SET_COUNT};
use crate::snapshot::Snapshot;
use crate::sought::Sought;
use crate::spelling::Spelling;
use crate::tally::Tally;
use crate::ways::ways;

/// How many of the first documents without words are kept with a commit: what the first pages show.
const FIRST_KEPT: usize = 101;

/// What every search needs and none changes.
pub(crate) struct Rules {
    pub(crate) fields: Fields,
    /// For the texts of documents.
    pub(crate) analyzers: [Analyzer; SET_COUNT],
    /// For the words of a search.
    pub(crate) asking: [Analyzer; SET_COUNT],
}

impl Rules {
    /// The rules of this program.
    pub(crate) fn new() -> Self {
        let analyzers = crate::schema::analyzers();
        Self {
            fields: crate::schema::schema().1,
            asking: analyzers.map(Analyzer::asking),
            analyzers,
        }
    }
}

/// Answers a search.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot
/// be read.
pub(crate) fn answer(
    snapshot: &Snapshot,
    rules: &Rules,
    request: &SearchRequest,
    deadline: Deadline,
) -> Result<SearchPage, SearchError> {
    let mut page = found(snapshot, rules, request, deadline)?;
    let query = SearchQuery::parse(&request.words, request.now);
    let count = |request: &SearchRequest| found(snapshot, rules, request, deadline);
    page.did_you_mean =
        Spelling { snapshot, rules, deadline }.meant(request, &query, &page, &count)?;
    if page.total == 0 {
        page.ways = ways(request, &query, &count)?;
    }
    Ok(page)
}

/// The documents that a search finds, all of them in their order; all its words are needed.
///
/// # Errors
/// As [`answer`].
pub(crate) fn matching(
    snapshot: &Snapshot,
    rules: &Rules,
    request: SearchRequest,
    deadline: Deadline,
) -> Result<Vec<String>, SearchError> {
    // The longest page of the last number: more than there can be in what is matched at once.
    let per_page = Some(MOST_HITS_PER_PAGE);
    let request = &SearchRequest { page: LAST_PAGE, per_page, ..request };
    let query = SearchQuery::parse(&request.words, request.now);
    let (filters, rest) = query.split();
    let choices = Choices::new(snapshot, request, &filters);
    let search = Asking { snapshot, rules, request, choices: &choices, deadline };
    let rest = rest.map(|rest| if request.only_typed { rest } else { names().apart(&rest) });
    let runs = runs_of(rest.as_ref(), request);
    let tally = match (&query.wanted, &rest) {
        (Wanted::Nothing, _) => return Ok(Vec::new()),
        (_, None) => search.everything(false)?,
        (_, Some(clause)) if query.is_plain() => {
            search.run(&runs, |planner| planner.plainly(clause, Need::Every))?.1
        }
        (_, Some(clause)) => search.run(&runs, |planner| planner.exactly(clause))?.1,
    };
    let key = |found: &Candidate| key_of(snapshot, found.segment, found.key).map_err(reading);
    tally.first.iter().map(key).collect()
}

/// What a search names, unless only what was typed is wanted.
fn runs_of<'a>(clause: Option<&'a Clause>, request: &SearchRequest) -> Vec<Run<'a>> {
    let named = clause.filter(|_| !request.only_typed);
    named.map(|clause| names().runs(clause)).unwrap_or_default()
}

/// The hits of a search, without ways on from it.
fn found(
    snapshot: &Snapshot,
    rules: &Rules,
    request: &SearchRequest,
    deadline: Deadline,
) -> Result<SearchPage, SearchError> {
    let query = SearchQuery::parse(&request.words, request.now);
    let (filters, rest) = query.split();
    let choices = Choices::new(snapshot, request, &filters);
    let search = Asking { snapshot, rules, request, choices: &choices, deadline };
    let rest = rest.map(|rest| if request.only_typed { rest } else { names().apart(&rest) });
    let runs = runs_of(rest.as_ref(), request);
    let mut notes = query.notes.clone();
    let (plans, tally) = match (&query.wanted, &rest) {
        (Wanted::Nothing, _) => (no_plans(), Arc::new(Tally::new(snapshot))),
        (_, None) => (no_plans(), search.everything(Choices::are_none(request, &filters))?),
        (_, Some(clause)) if query.is_plain() => search.plainly(clause, &runs, &mut notes)?,
        (_, Some(clause)) => search.run(&runs, |planner| planner.exactly(clause))?,
    };
    if plans.iter().flatten().any(|plan| plan.has_many_words) {
        notes.push(Note::ManyPrefixWords);
    }
    let mut page = search.page(&plans, &tally)?;
    page.notes = notes;
    page.also = runs.iter().map(Run::told).collect();
    Ok(page)
}

type Plans = [Option<Plan>; SET_COUNT];

fn no_plans() -> Plans {
    std::array::from_fn(|_| None)
}

/// A search that is being answered.
struct Asking<'a> {
    snapshot: &'a Snapshot,
    rules: &'a Rules,
    request: &'a SearchRequest,
    choices: &'a Choices,
    deadline: Deadline,
}

impl Asking<'_> {
    fn everything(&self, is_unfiltered: bool) -> Result<Arc<Tally>, SearchError> {
        let pass = self.pass(true);
        let is_first = is_unfiltered && pass.after.is_none() && pass.keep <= FIRST_KEPT;
        if let Some(tally) = self.snapshot.everything.get().filter(|_| is_first) {
            return Ok(Arc::clone(tally));
        }
        let scoring = EnableScoring::disabled_from_searcher(&self.snapshot.searcher);
        let all = AllQuery.weight(scoring).map_err(reading)?;
        let wanted = count::Wanted { weight: &*all, nearby: &[], set: None };
        if !is_first {
            return Ok(Arc::new(count(self.snapshot, &[wanted], &pass)?));
        }
        let pass = Pass { keep: FIRST_KEPT, ..pass };
        let tally = Arc::new(count(self.snapshot, &[wanted], &pass)?);
        Ok(Arc::clone(self.snapshot.everything.get_or_init(|| tally)))
    }

    /// Words without operators: all of them; all but one behind those where they do not fill a page, by
    /// rank and not by date; some where nothing has all.
    fn plainly(
        &self,
        clause: &Clause,
        runs: &[Run<'_>],
        notes: &mut Vec<Note>,
    ) -> Result<(Plans, Arc<Tally>), SearchError> {
        let (plans, tally) = self.run(runs, |planner| planner.plainly(clause, Need::Every))?;
        let is_long = plans.iter().flatten().any(|plan| plan.is_long);
        if tally.matching > 0 && !is_long {
            let is_short_of = self.request.order == Order::Best
                && tally.matching < u64::from(HITS_PER_PAGE)
                && plans.iter().flatten().any(|plan| plan.may_lack_one);
            if is_short_of {
                let wider = self.run(runs, |planner| planner.plainly(clause, Need::AllButOne))?;
                if wider.1.total > tally.total {
                    let has_all = tally.total > 0;
                    notes.push(if has_all { Note::LackOneWord } else { Note::SomeWords });
                    return Ok(wider);
                }
            }
            return Ok((plans, tally));
        }
        // Nothing has all words, or what has them is not the best there is: see `is_long`.
        let has_all = tally.matching > 0;
        let (plans, tally) = self.run(runs, |planner| planner.plainly(clause, Need::Some))?;
        if tally.matching > 0 && !has_all {
            notes.push(Note::SomeWords);
        }
        Ok((plans, tally))
    }

    /// Plans the search in every language and counts what all plans find together.
    fn run<P>(&self, runs: &[Run<'_>], plan: P) -> Result<(Plans, Arc<Tally>), SearchError>
    where
        P: Fn(Planner<'_>) -> tantivy::Result<Option<Plan>>,
    {
        let mut plans = no_plans();
        let sizes = self.snapshot.set_sizes.into_iter().enumerate();
        for (place, (set, size)) in plans.iter_mut().zip(sizes) {
            if size > 0 && self.choices.may_have(set) {
                let planner = Planner::new(self.snapshot, self.rules, runs, set);
                *place = plan(planner).map_err(reading)?;
            }
        }
        let wanted: Vec<count::Wanted<'_>> = plans
            .iter()
            .enumerate()
            .filter_map(|(set, plan)| {
                let plan = plan.as_ref()?;
                Some(count::Wanted { weight: &*plan.weight, nearby: &plan.nearby, set: Some(set) })
            })
            .collect();
        let tally = count(self.snapshot, &wanted, &self.pass(false))?;
        Ok((plans, Arc::new(tally)))
    }

    fn pass(&self, is_everything: bool) -> Pass<'_> {
        let per_page = self.per_page();
        let keep = match self.request.after {
            Some(_) => per_page,
            None => self.request.page.clamp(1, LAST_PAGE) * per_page,
        };
        Pass {
            choices: self.choices,
            order: self.request.order,
            // One more tells whether there is a next.
            keep: place_of(keep) + 1,
            after: self.request.after.as_ref(),
            now: self.request.now,
            is_everything,
            deadline: self.deadline,
        }
    }

    fn per_page(&self) -> u32 {
        self.request.per_page.unwrap_or(HITS_PER_PAGE).clamp(1, MOST_HITS_PER_PAGE)
    }

    fn page(&self, plans: &Plans, tally: &Tally) -> Result<SearchPage, SearchError> {
        let per_page = self.per_page();
        let pages = tally.total.div_ceil(u64::from(per_page));
        let last_page = u32::try_from(pages).unwrap_or(LAST_PAGE).clamp(1, LAST_PAGE);
        let page = match self.request.after {
            Some(_) => 1,
            None => self.request.page.clamp(1, last_page),
        };
        let skipped = place_of((page - 1) * per_page);
        let end = skipped + place_of(per_page);
        let shown = tally.first.get(skipped..).unwrap_or_default();
        let shown = shown.get(..place_of(per_page)).unwrap_or(shown);
        let next = match shown.last().filter(|_| tally.first.len() > end) {
            Some(last) => Some(self.cursor(last)?),
            None => None,
        };
        let (snapshot, rules) = (self.snapshot, self.rules);
        let mut hits = Hits { snapshot, rules, lexemes: Lexemes::default() };
        let nothing = Sought::default();
        let mut told = Vec::with_capacity(shown.len());
        for candidate in shown {
            self.deadline.check()?;
            let members = tally.works.members(candidate.work);
            let shown = hits.for_reader(candidate, members, self.request.reader)?;
            let set = hits.set_of(shown.segment, shown.document)?;
            let plan = plans.get(set).and_then(Option::as_ref);
            let sought = plan.map_or(&nothing, |plan| &plan.sought);
            told.push(hits.hit(&shown, set, sought, members)?);
        }
        Ok(SearchPage {
            total: tally.total,
            page,
            last_page,
            hits: told,
            next,
            facets: facets(self.snapshot, self.request, tally),
            ..SearchPage::default()
        })
    }

    fn cursor(&self, last: &Candidate) -> Result<Cursor, SearchError> {
        Ok(Cursor {
            score: last.rank,
            date: observatory_model::Timestamp::from_millis(last.date),
            key: key_of(self.snapshot, last.segment, last.key).map_err(reading)?,
        })
    }
}

fn place_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Es, Fr, Ru, Zh};
    use observatory_model::document::{Class, Kind};
    use observatory_model::{Language, Series, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{
        ask, document, entry, found, index_of, index_of_texts, number_of, piece, slug,
    };

    #[tokio::test]
    async fn forms_of_a_word_find_each_other_in_all_languages() {
        for (language, text, words) in [
            (Ar, "أطلقت الوكالة أقمارًا صناعيةً جديدة", "الاقمار الصناعيه"),
            (Ar, "شؤون المرأة في الجامعات", "شئون مراه"),
            (Ar, "تحميـــل البيانات من مستشفى", "تحميل مستشفي"),
            (Zh, "这是一段简体中文的文字", "段简"),
            (Zh, "这是一段简体中文的文字", "是一段"),
            (Zh, "这是一段简体中文的文字", "\"简体中文\""),
            (Zh, "中国的5G网络建设", "5G网络"),
            (Zh, "中国的5G网络建设", "网"),
            (Zh, "中国的5G网络建设", "網絡"),
            (Zh, "中國的5G網絡建設", "\"网络建设\""),
            (Zh, "国际电信联盟（ITU）在日内瓦", "ITU 日内瓦"),
            (En, "Connecting schools by satellites", "satellite connection"),
            (En, "International cooperation on Wi-Fi", "co-operation wifi"),
            (En, "Recommendation ITU-T Y.3172 on AI/ML", "Y.3172"),
            (En, "Document C23/52 of Council", "C23/52"),
            (En, "Document C23/52 of Council", "C23"),
            (En, "Document C23/52 of Council", "52"),
            (En, "Resolution A/RES/78/265", "a/res/78/265"),
            (En, "The U.N. and the 5G era", "UN 5g"),
            (Fr, "Un événement sur l’accès à l'eau", "evenements eau"),
            (Fr, "DEVELOPPEMENT DURABLE", "développement"),
            (Ru, "доверенные лица и ёлки", "доверенное елка"),
            (Ru, "Развитие спутниковой связи", "спутниковая связь"),
            (Es, "Dípticos de la administración", "dipticos administracion"),
        ] {
            let (_folder, search) =
                index_of_texts(&[(Some(language), text), (Some(language), "Xyz")]).await;
            assert_eq!(found(&search, words).await, [0], "{words} in {text}");
        }
    }

    #[tokio::test]
    async fn a_page_in_two_languages_is_found_in_both() {
        let (_folder, search) = index_of_texts(&[
            (Some(Ru), "Развитие сетей. Developing networks. تطوير الشبكات"),
            (Some(En), "Nothing of it"),
        ])
        .await;
        for words in ["сеть", "networks", "الشبكة", "сети networks"] {
            assert_eq!(found(&search, words).await, [0], "{words}");
        }
    }

    /// Which of two texts, each the other's neighbour, a search for each finds.
    async fn meet(language: Language, left: &str, right: &str) {
        let texts = [(Some(language), left), (Some(language), right), (Some(language), "x")];
        let (_folder, search) = index_of_texts(&texts).await;
        for words in [left, right] {
            assert_eq!(found(&search, words).await, [0, 1], "{left} {right}");
        }
    }

    #[tokio::test]
    async fn what_readers_of_other_programs_missed_is_found() {
        // charabia#36, dlme#1010: words with and without hamza, vowel signs and tatweel, with ة or ه,
        // ى or ي, with and without the article.
        for (left, right) in [
            ("أسماء", "اسماء"),
            ("مسؤول", "مسئول"),
            ("كِتَاب", "كتاب"),
            ("كتـــاب", "كتاب"),
            ("مكتبة", "مكتبه"),
            ("مصطفى", "مصطفي"),
            ("المكتبة", "مكتبة"),
        ] {
            meet(Ar, left, right).await;
        }
        // charabia#377: whether a word is found does not depend on the word after it.
        let texts =
            ["satellites orbit", "satellites", "satellites, of"].map(|text| (Some(En), text));
        let (_folder, search) = index_of_texts(&texts).await;
        assert_eq!(found(&search, "satellite").await, [0, 1, 2]);
        let text = (Some(Ar), "اللغة العربية جميلة");
        let (_folder, search) = index_of_texts(&[text]).await;
        for words in ["العربية", "اللغة", "لغة", "عربية جميلة"] {
            assert_eq!(found(&search, words).await, [0], "{words}");
        }
        // typesense#2093, #3037, #1665: accents do not count, Russian endings neither.
        meet(Fr, "événement", "evenement").await;
        meet(Es, "Dípticos", "dipticos").await;
        meet(Ru, "доверенное", "доверенные").await;
        // openlibrary#7551: no English endings are cut in other languages.
        let texts = [(None, "Universität"), (None, "Universalien"), (Some(Fr), "news")];
        let (_folder, search) = index_of_texts(&texts).await;
        assert_eq!(found(&search, "universität").await, [0]);
        assert_eq!(found(&search, "universal").await, [] as [u32; 0]);
    }

    #[tokio::test]
    async fn parts_of_chinese_runs_and_mixed_words_are_found() {
        // Pagefind#987: parts of a run, across what a dictionary would cut; paperless-ngx #14156 and
        // #14157: phrases of Chinese, and Chinese with Latin words.
        let text = (Some(Zh), "这是一段简体中文，发票编号INV-2024在北京開具");
        let (_folder, search) = index_of_texts(&[text, (Some(Zh), "简单的体会")]).await;
        for words in [
            "段简",
            "是一段",
            "\"一段简体\"",
            "发票 INV-2024",
            "发票编号INV-2024",
            "北京 inv",
            "开具",
        ] {
            assert_eq!(found(&search, words).await, [0], "{words}");
        }
        assert_eq!(found(&search, "\"体简\"").await, [] as [u32; 0]);
    }

    #[tokio::test]
    async fn an_article_is_not_marked_everywhere() {
        // meilisearch#4105: a search for a word with the article does not light up every ال.
        let text = "الحكومة والناس في المدينة";
        let (_folder, search) = index_of_texts(&[(Some(Ar), text)]).await;
        let page = ask(&search, "المدينة").await;
        let marked = &page.hits.first().unwrap().passage.0;
        let marked: Vec<&str> =
            marked.iter().filter(|piece| piece.marked).map(|piece| piece.text.as_str()).collect();
        assert_eq!(marked, ["المدينة"]);
    }

    #[tokio::test]
    async fn an_english_abstract_in_a_paper_of_another_script_is_found_in_every_form() {
        // Pagefind#1184: a text in two languages is found in both.
        let texts = [
            (
                Some(Zh),
                "本文研究网络。Abstract: we study the networks of large cities and their growth.",
            ),
            (Some(Zh), "别的 Networks"),
        ];
        let (_folder, search) = index_of_texts(&texts).await;
        assert_eq!(found(&search, "network").await, [0]);
        assert_eq!(found(&search, "networks").await, [0, 1]);
        assert_eq!(found(&search, "city studies").await, [0]);
        assert_eq!(found(&search, "网络 network").await, [0]);
        assert!(ask(&search, "network").await.hits.first().unwrap().passage.has_marks());
    }

    #[tokio::test]
    async fn operators_are_obeyed() {
        let (_folder, search) = index_of_texts(&[
            (Some(En), "red apple"),
            (Some(En), "green apple"),
            (Some(En), "green pear"),
            (Some(Fr), "apple pear"),
            (Some(En), "pear of the green apple tree"),
        ])
        .await;
        assert_eq!(found(&search, "apple").await, [0, 1, 3, 4]);
        assert_eq!(found(&search, "green apple").await, [1, 4]);
        assert_eq!(found(&search, "\"green apple\"").await, [1, 4]);
        assert_eq!(found(&search, "\"apple green\"").await, [] as [u32; 0]);
        assert_eq!(found(&search, "apple -green").await, [0, 3]);
        assert_eq!(found(&search, "apple -(red OR pear)").await, [1]);
        assert_eq!(found(&search, "red OR pear").await, [0, 2, 3, 4]);
        assert_eq!(found(&search, "green apple OR pear").await, [1, 2, 4]);
        assert_eq!(found(&search, "green -apple -tree").await, [2]);
        assert_eq!(found(&search, "-green").await, [] as [u32; 0]);
        assert_eq!(found(&search, "?!").await, [] as [u32; 0]);
        assert_eq!(found(&search, "apple —").await, [0, 1, 3, 4]);
    }

    #[tokio::test]
    async fn when_nothing_has_all_words_some_are_enough_and_it_is_said() {
        let (_folder, search) = index_of_texts(&[
            (Some(En), "satellites for schools of the rural north and south"),
            (Some(En), "schools"),
            (Some(En), "ponds"),
        ])
        .await;
        let page = ask(&search, "satellites schools zebra").await;
        assert_eq!(page.notes, [Note::SomeWords]);
        assert_eq!(page.hits.iter().map(|hit| number_of(&hit.key)).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(ask(&search, "satellites schools").await.notes, []);
        let question = "satellites for schools of the rural north and south";
        let page = ask(&search, question).await;
        assert_eq!((page.total, page.notes.as_slice()), (2, [].as_slice()));
        assert_eq!(ask(&search, "zebra").await.total, 0);
        assert_eq!(ask(&search, "\"schools for satellites\"").await.total, 0);
        assert_eq!(ask(&search, "satellites zebra -schools").await.total, 0);
        assert_eq!(found(&search, "(schools zebra) -satellites").await, [1]);
        assert_eq!(ask(&search, "schools (zebra OR lion)").await.total, 0);
    }

    #[tokio::test]
    async fn titles_count_more_and_no_language_drowns_another() {
        let (_folder, search) = index_of(vec![
            document(0, Some(En), "Ponds", "satellites and other things that fly above us"),
            document(1, Some(En), "Satellites", "ponds and other things that lie below us"),
        ])
        .await;
        let page = ask(&search, "satellites").await;
        assert_eq!(page.hits.first().map(|hit| number_of(&hit.key)), Some(1));
    }

    async fn mixed() -> (tempfile::TempDir, crate::Search) {
        let mut documents: Vec<_> =
            (0..30).map(|n| document(n, Some(En), "Network", "x")).collect();
        documents.extend((30..40).map(|n| document(n, Some(Fr), "Network", "x")));
        documents.push(document(40, None, "Network", "x"));
        documents.push(piece("network", En, "Network", &["x"]));
        documents.push(document(41, Some(Ar), "شبكة", "x"));
        index_of(documents).await
    }

    #[tokio::test]
    async fn each_facet_is_counted_without_itself_and_with_the_others() {
        let (_folder, search) = mixed().await;
        let request = SearchRequest { words: "network".to_owned(), ..SearchRequest::default() };
        let all = search.search(request.clone()).await.unwrap();
        assert_eq!((all.total, all.last_page), (42, 3));
        assert_eq!(all.facets.languages, [(Some(En), 31), (Some(Fr), 10), (None, 1)]);
        assert_eq!(all.facets.classes, [(Class::Piece, 1), (Class::Entry, 41)]);
        assert_eq!(all.facets.series, [(Series::FutureVision, 1)]);
        let source = |code: &str, count| (slug(code), format!("Source {code}"), count);
        assert_eq!(all.facets.sources, [source("en", 30), source("fr", 10), source("other", 1)]);

        let french = SearchRequest { languages: vec![Fr, Ru], ..request.clone() };
        let french = search.search(french).await.unwrap();
        assert_eq!(french.total, 10);
        assert_eq!(
            french.facets.languages,
            [(Some(En), 31), (Some(Fr), 10), (Some(Ru), 0), (None, 1)]
        );
        assert_eq!(french.facets.classes, [(Class::Entry, 10)]);
        assert_eq!(french.facets.sources, [source("fr", 10)]);

        let both = SearchRequest {
            languages: vec![En],
            sources: vec![slug("fr"), slug("en")],
            classes: vec![Class::Entry],
            ..request.clone()
        };
        let both = search.search(both).await.unwrap();
        assert_eq!(both.total, 30);
        assert_eq!(both.facets.languages, [(Some(En), 30), (Some(Fr), 10)]);
        assert_eq!(both.facets.classes, [(Class::Entry, 30)]);
        assert_eq!(both.facets.sources, [source("en", 30), source("fr", 0)]);

        let dated = SearchRequest {
            from: Some("2026-01-06".parse().unwrap()),
            before: Some("2026-01-11".parse().unwrap()),
            ..request
        };
        let dated = search.search(dated).await.unwrap();
        assert_eq!(
            (dated.total, dated.facets.languages.as_slice()),
            (5, [(Some(En), 5)].as_slice())
        );
    }

    #[tokio::test]
    async fn no_words_show_everything_newest_first_page_by_page() {
        let (_folder, search) = mixed().await;
        let mut seen = Vec::new();
        for page in 1..=3 {
            let request = SearchRequest { page, ..SearchRequest::default() };
            let answer = search.search(request).await.unwrap();
            assert_eq!((answer.total, answer.page, answer.last_page), (43, page, 3));
            seen.extend(answer.hits.into_iter().map(|hit| (hit.date, hit.key)));
        }
        assert_eq!(seen.first().map(|(_, key)| key.clone()), Some(entry(41)));
        assert!(seen.is_sorted_by(|left, right| left.0 > right.0), "{seen:?}");
        assert_eq!(seen.len(), 43);
        for page in [0, 99, u32::MAX] {
            let request = SearchRequest { page, ..SearchRequest::default() };
            let answer = search.search(request).await.unwrap();
            assert_eq!(answer.page, if page == 0 { 1 } else { 3 });
            assert!(!answer.hits.is_empty());
        }
    }

    #[tokio::test]
    async fn equals_are_in_the_order_of_their_keys_across_segments() {
        let (_folder, search) = index_of(vec![]).await;
        let same = |number| {
            let mut document = document(number, Some(En), "same", "text");
            document.date = Timestamp::EPOCH;
            document
        };
        for numbers in [[4, 1, 7], [3, 0, 6], [5, 2, 8]] {
            let documents = numbers.map(same).to_vec();
            search.apply(crate::fixture::batch(documents, 2)).await.unwrap();
            search.commit().await.unwrap();
        }
        assert!(search.report().segments > 1);
        for words in ["", "same"] {
            let page = ask(&search, words).await;
            let numbers: Vec<u32> = page.hits.iter().map(|hit| number_of(&hit.key)).collect();
            assert_eq!(numbers, (0..9).collect::<Vec<_>>(), "{words}");
        }
    }

    #[tokio::test]
    async fn a_hit_says_what_it_is() {
        let (_folder, search) = index_of(vec![piece(
            "satellites",
            Ar,
            "الأقمار الصناعية",
            &["مقدمة.", "تدور الأقمار حول الأرض."],
        )])
        .await;
        let page = ask(&search, "قمر OR الأقمار").await;
        let hit = page.hits.first().unwrap();
        assert_eq!(hit.key.to_string(), "brief:future-vision/satellites/ar");
        assert_eq!((hit.kind, hit.language), (Kind::Piece(Series::FutureVision), Some(Ar)));
        assert_eq!((&hit.source, hit.source_name.as_str()), (&None, "A. Author"));
        assert_eq!(hit.date.date(), "2025-06-01");
        assert_eq!(hit.paragraph, Some(2));
        assert!(hit.score > 0.0);
        let nothing_sought = ask(&search, "").await;
        let hit = nothing_sought.hits.first().unwrap();
        assert_eq!(hit.passage.text(), "What this is about.");
        assert_eq!((hit.paragraph, hit.passage.has_marks()), (None, false));
    }

    #[tokio::test]
    async fn a_search_without_time_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = crate::fixture::settings(folder.path());
        settings.budget_milliseconds = 0;
        let search = crate::Search::open(&settings, crate::fixture::STORE).await.unwrap();
        search
            .apply(crate::fixture::batch(vec![document(0, Some(En), "a", "b")], 1))
            .await
            .unwrap();
        search.commit().await.unwrap();
        for words in ["", "a"] {
            // No hits to be shown, so that only the counting can run out of time.
            let request = SearchRequest {
                words: words.to_owned(),
                languages: vec![Ar],
                ..SearchRequest::default()
            };
            assert!(matches!(search.search(request).await, Err(SearchError::TooSlow)));
        }
    }

    /// Words as anybody might send them: any characters, and many of those that mean something.
    fn any_words() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            "\\PC{0,8}",
            "[()\"«»“” \\-a-c\u{627}\u{644}字段е́]{0,16}",
            prop_oneof![
                Just(" OR "),
                Just("(("),
                Just(" -("),
                Just("-\""),
                Just("ال"),
                Just("网络")
            ]
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        proptest::collection::vec(part, 0..64).prop_map(|parts| {
            let words: String = parts.concat();
            words.chars().take(4096).collect()
        })
    }

    #[test]
    fn every_text_is_a_search_that_is_answered() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let texts = Language::ALL.map(|language| (Some(language), "a b c ال 字段 網 е́ (x) \"y\""));
        let (_folder, search) = runtime.block_on(index_of_texts(&texts));
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let answered = runner.run(&any_words(), |words| {
            let query = SearchQuery::parse(&words, Timestamp::EPOCH);
            prop_assert!(query.notes.len() <= 4);
            if let Wanted::These(clause) = &query.wanted {
                let (terms, depth) = size_of(clause);
                prop_assert!(terms <= observatory_model::query::MAX_TERMS);
                prop_assert!(depth <= 2 * observatory_model::query::MAX_DEPTH + 3);
            }
            let request = SearchRequest { words, ..SearchRequest::default() };
            prop_assert!(runtime.block_on(search.search(request)).is_ok());
            Ok(())
        });
        answered.unwrap();
    }

    fn size_of(clause: &Clause) -> (usize, usize) {
        let sum = |clauses: &mut dyn Iterator<Item = &Clause>| {
            clauses.map(size_of).fold((0, 1), |(terms, depth), (more, deeper)| {
                (terms + more, depth.max(deeper + 1))
            })
        };
        match clause {
            Clause::Phrase(words) => (words.split(' ').count(), 1),
            Clause::All { wanted, unwanted } => sum(&mut wanted.iter().chain(unwanted)),
            Clause::Any(choices) => sum(&mut choices.iter()),
            Clause::Title(clause) | Clause::Author(clause) => size_of(clause),
            Clause::Word(_) | Clause::Prefix(_) | Clause::Identifier(_) | Clause::Filter(_) => {
                (1, 1)
            }
        }
    }
}
