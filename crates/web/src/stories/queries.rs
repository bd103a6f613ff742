//! Whatever stands in a query string, every door that reads one answers soon and without a fault.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, Uri};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::{Builder, Runtime};
use url::form_urlencoded::byte_serialize;

use crate::testing::{TestSite, settings};

/// The doors that read words, up to where the words stand.
const DOORS: [&str; 12] = [
    "/en/search?q=",
    "/ar/search?",
    "/api/v1/search?q=",
    "/api/v1/search?",
    "/zh/suggest?q=",
    "/zh/suggest.json?q=",
    "/api/v1/suggest?q=",
    "/api/v1/suggest?",
    "/fr/search.atom?q=",
    "/ru/search.rss?q=",
    "/es/search.json?q=",
    "/en/search.csv?q=",
];

/// Query strings of each kind that are tried.
const CASES: u32 = 48;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

/// Asks every door, and fails when one fails or takes longer than the site promises.
fn ask_all(site: &TestSite, written: &[u8]) -> Result<u32, TestCaseError> {
    let bound = Duration::from_secs(settings().response_timeout_seconds);
    let mut answered = 0;
    for door in DOORS {
        let bytes = [door.as_bytes(), written].concat();
        // What is no address at all never comes this far: the connection refuses it.
        let Ok(uri) = Uri::try_from(bytes.as_slice()) else { continue };
        let begun = Instant::now();
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let page = RUNTIME.block_on(site.ask(request));
        let words = String::from_utf8_lossy(written);
        prop_assert!(!page.status.is_server_error(), "{} {}: {}", page.status, door, words);
        prop_assert!(begun.elapsed() < bound, "{door}: {words} took {:?}", begun.elapsed());
        answered += 1;
    }
    Ok(answered)
}

fn run<S>(strategy: S, bytes: impl Fn(&S::Value) -> Vec<u8>)
where
    S: Strategy,
{
    let site = RUNTIME.block_on(TestSite::filled());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let answered = std::cell::Cell::new(0);
    let tried = TestRunner::new(config).run(&strategy, |value| {
        answered.set(answered.get() + ask_all(&site, &bytes(&value))?);
        Ok(())
    });
    if let Err(found) = tried {
        panic!("{found}");
    }
    assert!(answered.get() > 20, "{} requests came through", answered.get());
}

fn encoded(words: &str) -> Vec<u8> {
    byte_serialize(words.as_bytes()).collect::<String>().into_bytes()
}

#[test]
fn any_words_are_answered() {
    run("\\PC{0,600}", |words| encoded(words));
    run("(?s).{0,4096}", |words| encoded(words));
}

#[test]
fn any_words_of_the_little_language_are_answered() {
    let part = prop_oneof![
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("\"".to_owned()),
        Just("-".to_owned()),
        Just(" OR ".to_owned()),
        Just("*".to_owned()),
        Just("..".to_owned()),
        Just(":".to_owned()),
        Just(" ".to_owned()),
        "(lang|kind|series|title|author|topic|source|date|since|until|titre|标题|العنوان):",
        "[0-9]{1,5}(-[0-9]{1,3}){0,2}[dwmy]?",
        "(spectrum|islands|智慧城市|умный|مدن|10\\.1000/182|A/RES/78/265|ITU-T Y\\.3172)",
    ];
    let words = proptest::collection::vec(part, 0..120).prop_map(|parts| parts.concat());
    run(words, |words| encoded(words));
}

#[test]
fn any_parameters_are_answered() {
    let name = "(q|lang|kind|series|topic|source|institution|year|from|until|order|across|page|limit|after|hl|x)";
    let value = prop_oneof![
        "[a-z0-9-]{0,12}".prop_map(String::into_bytes),
        "\\PC{0,40}".prop_map(|text| encoded(&text)),
        "-?[0-9]{1,22}".prop_map(String::into_bytes),
    ];
    let pair = (name, value).prop_map(|(name, value)| [name.as_bytes(), b"=", &value].concat());
    run(proptest::collection::vec(pair, 0..40), |pairs| pairs.join(&b'&'));
}

#[test]
fn any_bytes_are_answered_or_no_address() {
    // Most bytes are no address: few of them come through.
    run(proptest::collection::vec(any::<u8>(), 0..4), Clone::clone);
    run("[^\\x00-\\x20\\x7f#\"<>`{}\\\\^|]{0,1300}", |text| text.clone().into_bytes());
    run("(%[0-9A-Fa-f]{2}|%|[a-z+&=]){0,1500}", |text| text.clone().into_bytes());
}
