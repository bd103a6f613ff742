//! The recorded answers of real repositories, served over HTTP, harvested into a running site and
//! compared with what other clients find (`tests/conformance/repositories.py`).

use std::collections::BTreeMap;

use observatory_ingest::{arxiv, crossref, oai, opml};
use observatory_model::Timestamp;
use observatory_model::entry::Entry;
use observatory_model::source::{
    ArxivWish, CrossrefWish, FailureReason, NewSource, OaiWish, Source, SourceKind,
};
use observatory_worker::{FetchReport, Fetched};

use crate::material;
use crate::recorded::{Recording, Repository, recordings};
use crate::site::{NOON, TestSite};

/// What the other clients count in one answer or repository.
#[derive(Debug)]
struct Counted {
    records: usize,
    deleted: usize,
    empty: usize,
    keys: usize,
}

fn counted(set: &str) -> BTreeMap<String, Counted> {
    let table = include_str!("../conformance/repository_counts.tsv");
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|row| row[0] == set);
    let number = |cell: &str| cell.parse().unwrap_or(0);
    rows.map(|row| {
        let (records, deleted) = (number(row[2]), number(row[3]));
        let (empty, keys) = (number(row[4]), number(row[5]));
        (row[1].to_owned(), Counted { records, deleted, empty, keys })
    })
    .collect()
}

fn now() -> Timestamp {
    NOON.parse().expect("a time")
}

async fn add(site: &TestSite, url: &str, slug: &str, kind: SourceKind) -> Source {
    let slug = slug.replace('_', "-").parse().expect("a slug");
    let new = NewSource { kind, ..NewSource::feed(url.parse().expect("a url"), slug, None) };
    site.world.store.add_source(&new, now()).await.expect("a new source")
}

async fn entries(site: &TestSite, source: &Source) -> Vec<Entry> {
    let mut all = Vec::new();
    for page in 1.. {
        let (some, _) =
            site.world.store.entries_of_source(source.id, page, 200).await.expect("entries");
        if some.is_empty() {
            break;
        }
        all.extend(some);
    }
    all
}

fn kept(report: &FetchReport) -> (u64, u64, &[String]) {
    match &report.fetched {
        Fetched::Kept { counts, problems } => (counts.added, counts.removed, problems),
        other => panic!("{}: {other:?}", report.source),
    }
}

/// What a repository says that was recorded only with its lists.
fn oai_otherwise(asked: &str) -> (u16, &'static str, String) {
    let inside = if asked.contains("verb=Identify") {
        "<Identify><repositoryName>A recording</repositoryName>\
         <earliestDatestamp>2000-01-01</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
         <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
    } else {
        "<error code=\"noRecordsMatch\"/>"
    };
    let text = format!("<OAI-PMH><responseDate>{NOON}</responseDate>{inside}</OAI-PMH>");
    (200, "text/xml", text)
}

/// The same, where dates are days.
fn oai_otherwise_days(asked: &str) -> (u16, &'static str, String) {
    let (status, content_type, text) = oai_otherwise(asked);
    (status, content_type, text.replace("Thh:mm:ssZ", ""))
}

/// The recordings of each repository, in their order.
fn repositories() -> Option<BTreeMap<String, Vec<Recording>>> {
    let folder = material::unpack("data/scholarly/oai-pmh-responses.tar.xz")?;
    let mut found: BTreeMap<String, Vec<Recording>> = BTreeMap::new();
    for recording in recordings(&folder.path().join("oai-pmh-responses")) {
        let name = recording.file.rsplit_once('-').expect("a numbered file").0.to_owned();
        found.entry(name).or_default().push(recording);
    }
    Some(found)
}

fn argument(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).expect("a url");
    url.query_pairs().find(|(found, _)| found == name).expect("an argument").1.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_are_harvested_whole() {
    let Some(repositories) = repositories() else { return };
    let (site, expected) = (TestSite::start().await, counted("oai"));
    let mut sources = BTreeMap::new();
    for (name, recordings) in &repositories {
        let (first, from) = (&recordings[0], argument(&recordings[0].url, "from"));
        let otherwise = if from.contains('T') { oai_otherwise } else { oai_otherwise_days };
        let repository = Repository::start(recordings, &[], otherwise).await;
        let kind = SourceKind::Oai(OaiWish {
            set: None,
            prefix: Some("oai_dc".to_owned()),
            from: from.parse().ok(),
            until: argument(&first.url, "until").parse().ok(),
        });
        sources
            .insert(name, (add(&site, &repository.url(&first.url), name, kind).await, repository));
    }
    let reports = site.harvest().await;
    let (mut records, mut added, mut refused) = (0, 0, 0);
    for (name, (source, repository)) in &sources {
        let report = reports.iter().find(|report| report.source == source.slug).expect("a report");
        let (count, removed, problems) = kept(report);
        let Counted { records: all, deleted, empty, keys } = expected[*name];
        assert_eq!(
            count,
            u64::try_from(keys - deleted - empty).expect("a count"),
            "{name}: {problems:?}"
        );
        assert_eq!(removed, 0, "{name}: nothing was known before");
        assert!(problems.len() >= empty.min(20), "{name}: {problems:?}");
        // Who it is, and each recorded part once.
        assert_eq!(repository.requests().len(), repositories[*name].len() + 1, "{name}");
        assert_eq!(languages(&entries(&site, source).await), spoken(name), "{name}");
        (records, added, refused) = (records + all, added + count, refused + empty);
    }
    eprintln!(
        "{} repositories: {records} records, {added} kept, {refused} without title and text",
        sources.len()
    );
    let documents = site.world.search.document_count().await.expect("an answer");
    assert_eq!(documents, added, "everything that is kept can be found");
    for report in site.harvest().await {
        assert_eq!(kept(&report), (0, 0, &[][..]), "{}", report.source);
    }
}

/// How often each value of `dc:language` stands in entries.
fn languages(entries: &[Entry]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        let said = entry.content.raw_language.as_ref().or(entry.content.declared_language.as_ref());
        if let Some(said) = said {
            *counts.entry(said.clone()).or_default() += 1;
        }
    }
    counts
}

/// The same, as sickle reads it.
fn spoken(name: &str) -> BTreeMap<String, usize> {
    let table = include_str!("../conformance/repository_languages.tsv");
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|row| row[0] == name);
    rows.map(|row| (row[1].to_owned(), row[2].parse().expect("a count"))).collect()
}

#[test]
fn records_that_were_taken_back_are_counted_alike() {
    let Some(repositories) = repositories() else { return };
    let expected = counted("oai");
    let mut all = 0;
    for (name, recordings) in &repositories {
        let answers = recordings.iter().map(|recording| {
            oai::read(&recording.body, Some(&recording.content_type), now()).expect("an answer")
        });
        let (seen, deleted) = answers
            .map(|answer| (answer.seen, answer.records.deleted.len()))
            .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        assert_eq!((seen, deleted), (expected[name].records, expected[name].deleted), "{name}");
        all += deleted;
    }
    eprintln!("{all} records were taken back");
}

/// What the API of arXiv said to what was not recorded: nothing is there.
fn missing(_: &str) -> (u16, &'static str, String) {
    (404, "text/plain", "Not found".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_to_arxiv_goes_on_where_it_stopped() {
    let Some(folder) = material::unpack("data/scholarly/arxiv-api-atom.tar.xz") else { return };
    let all = recordings(&folder.path().join("arxiv-api-atom"));
    let expected = counted("arxiv");
    let read =
        |recording: &Recording| arxiv::read(&recording.body, Some(&recording.content_type), now());
    let mut records = 0;
    for recording in &all {
        let counted = &expected[&recording.file];
        match read(recording) {
            Ok(page) => {
                assert_eq!(
                    (page.seen, counted.deleted),
                    (counted.records, 0),
                    "{}",
                    recording.file
                );
                assert!(page.records.problems.is_empty(), "{:?}", page.records.problems);
                records += page.seen;
            }
            Err(failure) => {
                assert_eq!((failure.reason, counted.deleted), (FailureReason::Declined, 1));
            }
        }
    }
    let optional = &["sortBy", "sortOrder"];
    let repository = Repository::start(&all, optional, missing).await;
    let site = TestSite::start().await;
    let wish = ArxivWish { query: "testing".to_owned(), rows: Some(10) };
    let source = add(&site, &repository.url(&all[0].url), "arxiv", SourceKind::Arxiv(wish)).await;
    let reports = site.harvest().await;
    // Six pages were recorded, of ten results each; the seventh is missing.
    let Fetched::Failed(failure) = &reports[0].fetched else { panic!("{reports:?}") };
    assert_eq!(failure.reason, FailureReason::HttpStatus, "{failure}");
    assert_eq!(repository.requests().len(), 7);
    let first = entries(&site, &source).await;
    eprintln!("arXiv: {} answers, {records} records; {} kept of six pages", all.len(), first.len());
    assert!((55..=60).contains(&first.len()), "{}: recorded at different times", first.len());

    // The rest: a page that is empty by mistake, then the end of the list.
    let nothing = |total: u32| Recording {
        file: "none".to_owned(),
        url: all[9].url.replace("start=0", "start=60").replace("max_results=100", "max_results=10"),
        status: 200,
        content_type: "application/atom+xml".to_owned(),
        body: format!("<feed><totalResults>{total}</totalResults></feed>").into_bytes(),
    };
    repository.add(&nothing(900));
    repository.add(&nothing(60));
    let reports = site.harvest().await;
    assert_eq!(kept(&reports[0]), (0, 0, &[][..]));
    let asked = repository.requests();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|asked| asked.contains("start=60")), "{asked:?}");
    let page = site.get(&format!("/en/entries/{}", first[0].id)).await;
    assert_eq!(page.status, 200);
}

/// What Crossref says at the end of a list.
fn no_more_works(_: &str) -> (u16, &'static str, String) {
    let text = r#"{"status":"ok","message-type":"work-list","message":{"items":[]}}"#;
    (200, "application/json", text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn works_of_crossref_are_harvested_by_cursor() {
    let Some(folder) = material::unpack("data/scholarly/crossref-api-responses.tar.xz") else {
        return;
    };
    let all = recordings(&folder.path().join("crossref-api-responses"));
    let expected = counted("crossref");
    let (mut works, mut named, mut empty) = (0, 0, 0);
    for recording in &all {
        let read =
            crossref::read(&recording.body, recording.status, Some(&recording.content_type), now());
        match (read, expected.get(&recording.file)) {
            (Ok(page), Some(counted)) => {
                assert_eq!(page.seen, counted.records, "{}", recording.file);
                let problems = &page.records.problems;
                let kept = page.records.entries.len();
                assert_eq!(kept, counted.keys - counted.empty, "{}: {problems:?}", recording.file);
                (works, empty) = (works + page.seen, empty + counted.empty);
            }
            (Err(failure), counted) if recording.status >= 400 => {
                assert!(counted.is_none_or(|counted| counted.deleted == 1));
                named += usize::from(failure.reason == FailureReason::Declined);
            }
            (Err(_), None) => {}
            (read, _) => panic!("{}: {read:?}", recording.file),
        }
    }
    eprintln!(
        "Crossref: {} answers, {works} works, {empty} without words, {named} errors named",
        all.len()
    );

    let api = all.iter().filter(|recording| recording.url.contains("api.crossref.org"));
    let api = api.cloned().collect::<Vec<_>>();
    let repository = Repository::start(&api, &["mailto"], no_more_works).await;
    let site = TestSite::start().await;
    let base = repository.url("https://api.crossref.org/members/98/works");
    let wish = CrossrefWish { rows: Some(5), ..CrossrefWish::default() };
    let source = add(&site, &base, "crossref", SourceKind::Crossref(wish)).await;
    let reports = site.harvest().await;
    let (added, _, problems) = kept(&reports[0]);
    let asked = repository.requests();
    assert!(asked.iter().all(|asked| asked.contains("mailto=test%40example.org")), "{asked:?}");
    // One of them is an issue without a title.
    assert_eq!((added, problems.len(), asked.len()), (19, 1, 5), "{problems:?}");
    let found = entries(&site, &source).await;
    assert!(found.iter().all(|entry| entry.content.key.starts_with("doi:10.")));
    assert!(found.iter().all(|entry| !entry.content.identifiers.is_empty()));
}

#[test]
fn lists_in_opml_are_read_whether_well_formed_or_not() {
    let Some(folder) = material::unpack("data/feeds/opml-lists.tar.xz") else { return };
    let root = folder.path().join("opml-lists");
    let expected = counted("opml");
    let (mut feeds, mut unread, mut broken) = (0, 0, 0);
    for (name, counted) in &expected {
        let bytes = std::fs::read(root.join(name)).expect("a readable file");
        let list = opml::read(&bytes).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let found = list.feeds.len() + list.duplicates;
        let named = list.problems.len();
        assert!(
            found + named >= counted.records,
            "{name}: {found} of {}: {:?}",
            counted.records,
            list.problems
        );
        (feeds, unread, broken) = (feeds + found, unread + named, broken + counted.deleted);
    }
    let theirs = expected.values().map(|counted| counted.records).sum::<usize>();
    eprintln!(
        "{} lists ({broken} not well-formed): {feeds} feeds, {unread} problems; lxml finds {theirs}",
        expected.len()
    );
    assert_eq!(expected.len(), 118);
}

/// A repository that knows three records, forgets a token once, and takes the first record back later.
fn forgetful(asked: &str) -> (u16, &'static str, String) {
    let record = |number: u32, word: &str| {
        format!(
            "<record><header><identifier>oai:a:{number}</identifier></header><metadata><oai_dc:dc>\
             <dc:title>A paper on {word}</dc:title></oai_dc:dc></metadata></record>"
        )
    };
    let inside = if asked.contains("from=") {
        "<ListRecords><record><header status=\"deleted\"><identifier>oai:a:1</identifier></header>\
         </record></ListRecords>"
            .to_owned()
    } else {
        let records = record(1, "pangolins") + &record(2, "quaggas");
        format!("<ListRecords>{records}<resumptionToken>t 1</resumptionToken></ListRecords>")
    };
    if asked.contains("verb=Identify") {
        return oai_otherwise(asked);
    }
    (200, "text/xml", format!("<OAI-PMH><responseDate>{NOON}</responseDate>{inside}</OAI-PMH>"))
}

fn part(inside: &str) -> Recording {
    Recording {
        file: String::new(),
        url: "http://a.org/oai?verb=ListRecords&resumptionToken=t%201".to_owned(),
        status: 200,
        content_type: "text/xml".to_owned(),
        body: format!("<OAI-PMH>{inside}</OAI-PMH>").into_bytes(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_token_costs_nothing_and_what_is_taken_back_is_gone() {
    let parts = [
        part("<error code='badResumptionToken'>expired</error>"),
        part(
            "<ListRecords><record><header><identifier>oai:a:3</identifier></header><metadata><dc>\
             <title>A paper on okapis</title></dc></metadata></record><resumptionToken/></ListRecords>",
        ),
    ];
    let repository = Repository::start(&parts, &[], forgetful).await;
    let site = TestSite::start().await;
    let wish = OaiWish { prefix: Some("oai_dc".to_owned()), ..OaiWish::default() };
    let source = add(&site, &repository.url("http://a.org/oai"), "a", SourceKind::Oai(wish)).await;
    assert_eq!(kept(&site.harvest().await[0]), (3, 0, &[][..]));
    let asked = repository.requests();
    assert_eq!(asked.len(), 5, "who, list, token, list again, token: {asked:?}");
    let found = entries(&site, &source).await;
    let first = found.iter().find(|entry| entry.content.key == "oai:a:1").expect("an entry");
    let page = format!("/en/entries/{}", first.id);
    assert_eq!(site.get(&page).await.status, 200);

    site.clock.advance(3600);
    assert_eq!(kept(&site.harvest().await[0]), (0, 1, &[][..]));
    assert_eq!(repository.requests().len(), 1, "who it is is known");
    assert_eq!(site.get(&page).await.status, 410);
    let documents = site.world.search.document_count().await.expect("an answer");
    assert_eq!(documents, 2, "it has left the index");
    let listed = site.get("/en/sources/a").await.text;
    assert!(!listed.contains("pangolins") && listed.contains("quaggas"), "{listed}");
}
