//! The interface for programs: what it answers, what it says of itself, and what it says when something
//! is wrong.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use super::schema::violations;
use crate::testing::{Page, TestSite};

const PIECE: &str = "brief:future-vision/everywhere/en";

/// An address of every kind, with parameters.
async fn addresses(site: &TestSite) -> Vec<(&'static str, String)> {
    let entry = site.an_entry().await.replace("/entries/", "entry:");
    let all = "q=spectrum%20islands&lang=en&lang=fr&kind=entry&kind=piece&series=future-vision\
        &from=2020&until=2027-01-01&order=newest&across=off&page=1&limit=3&hl=ar";
    vec![
        ("/api/v1/search", "/api/v1/search".to_owned()),
        ("/api/v1/search", "/api/v1/search?q=spectrum&hl=zh".to_owned()),
        ("/api/v1/search", "/api/v1/search?q=islands&limit=100".to_owned()),
        ("/api/v1/search", format!("/api/v1/search?{all}")),
        ("/api/v1/search", "/api/v1/search?q=zzzz".to_owned()),
        ("/api/v1/documents/{key}", format!("/api/v1/documents/{PIECE}?hl=ru")),
        ("/api/v1/documents/{key}", format!("/api/v1/documents/{entry}")),
        ("/api/v1/related/{key}", format!("/api/v1/related/{PIECE}?lang=fr&limit=5")),
        ("/api/v1/related/{key}", format!("/api/v1/related/{entry}?hl=ar")),
        ("/api/v1/suggest", "/api/v1/suggest?q=tit&hl=fr".to_owned()),
        ("/api/v1/suggest", "/api/v1/suggest?q=smart&limit=3".to_owned()),
        ("/api/v1/sources", "/api/v1/sources".to_owned()),
        ("/api/v1/series", "/api/v1/series?hl=es".to_owned()),
        ("/api/v1/briefs", "/api/v1/briefs?lang=ar&series=future-vision".to_owned()),
        ("/api/v1/briefs", "/api/v1/briefs?limit=2".to_owned()),
        ("/api/v1/glossary", "/api/v1/glossary?q=smart%20cities".to_owned()),
        ("/api/v1/glossary", "/api/v1/glossary?limit=1".to_owned()),
        ("/api/v1/openapi.json", "/api/v1/openapi.json".to_owned()),
    ]
}

fn json(page: &Page) -> Value {
    serde_json::from_str(&page.text).expect(&page.text)
}

#[tokio::test]
async fn real_answers_are_as_described() {
    let site = TestSite::filled().await;
    let description = json(&site.get("/api/v1/openapi.json").await);
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(description["servers"][0]["url"], "https://observatory.example.org");
    let mut described: BTreeSet<&str> =
        description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for (path, address) in addresses(&site).await {
        let page = site.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.text);
        assert_eq!(page.header("content-type"), "application/json");
        let schema = &description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
            ["schema"];
        assert!(!schema.is_null(), "{path} is not described");
        let violations = violations(&description, schema, &json(&page));
        assert!(violations.is_empty(), "{address}: {violations:#?}");
        described.remove(path);
    }
    assert!(described.is_empty(), "no answer was seen of {described:?}");
    for (address, status) in [
        ("/api/v1/search?lang=de", "400"),
        ("/api/v1/documents/brief:future-vision/nothing/en", "404"),
    ] {
        let path = if status == "400" { "/api/v1/search" } else { "/api/v1/documents/{key}" };
        let schema = &description["paths"][path]["get"]["responses"][status]["content"]["application/problem+json"]
            ["schema"];
        assert!(!schema.is_null());
        let problem = json(&site.get(address).await);
        assert_eq!(violations(&description, schema, &problem), Vec::<String>::new());
    }
}

#[tokio::test]
async fn every_address_is_described_with_its_parameters() {
    let description = json(&TestSite::empty().await.get("/api/v1/openapi.json").await);
    let routes: BTreeSet<String> = super::rights::routes()
        .into_iter()
        .filter(|route| route.starts_with("/api/v1/"))
        .map(|route| route.replace("{*", "{"))
        .collect();
    let described: BTreeSet<String> =
        description["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(routes, described);
    let parameters = description["paths"]["/api/v1/search"]["get"]["parameters"].as_array();
    let named: Vec<&str> =
        parameters.unwrap().iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(named, crate::machine::api::PARAMETERS_OF_SEARCH);
    for (path, item) in description["paths"].as_object().unwrap() {
        assert!(item["get"]["operationId"].is_string(), "{path}");
        assert_eq!(item.as_object().unwrap().len(), 1, "{path} is only read");
    }
}

#[tokio::test]
async fn an_answer_has_its_fields_in_one_order() {
    let site = TestSite::filled().await;
    let page = site.get("/api/v1/search?q=%22paragraph+7%22&lang=en&limit=1").await;
    let names = ["schema", "query", "page", "total", "hits", "next", "facets", "notes", "also"];
    let places: Vec<_> =
        names.iter().map(|name| page.text.find(&format!("\"{name}\":")).expect(name)).collect();
    assert!(places[0] == 1 && places.is_sorted_by(|a, b| a < b), "{places:?}");
    let answer = json(&page);
    assert_eq!(answer["schema"], "observatory.search/1");
    assert_eq!(answer["query"], "q=%22paragraph+7%22&lang=en");
    let hit = &answer["hits"][0];
    assert_eq!(hit["key"], PIECE);
    assert_eq!(hit["paragraph"], 7);
    let own = "https://observatory.example.org/en/future-vision/everywhere#p7";
    assert_eq!(hit["passage_url"], own);
    let passage: Vec<char> = hit["passage"]["text"].as_str().unwrap().chars().collect();
    let mark = |mark: &Value| {
        let place = |index: usize| usize::try_from(mark[index].as_u64().unwrap()).unwrap();
        passage[place(0)..place(1)].iter().collect::<String>()
    };
    let marked: Vec<String> =
        hit["passage"]["marks"].as_array().unwrap().iter().map(mark).collect();
    assert!(marked.iter().all(|mark| mark.trim() == mark), "{marked:?}");
    assert_eq!(marked.concat().replace(' ', "").to_lowercase(), "paragraph7");
    assert_eq!(page.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn a_list_is_read_to_its_end_without_repeating() {
    let site = TestSite::filled().await;
    for first in ["/api/v1/search?q=islands&limit=7", "/api/v1/briefs?limit=2&hl=fr"] {
        let (mut address, mut keys) = (first.to_owned(), Vec::new());
        for _ in 0..20 {
            let page = site.get(&address).await;
            assert_eq!(page.status, StatusCode::OK, "{address}");
            let answer = json(&page);
            let list = answer["hits"].as_array().or(answer["briefs"].as_array()).unwrap().clone();
            keys.extend(list.iter().map(|item| item["key"].as_str().unwrap().to_owned()));
            let Some(next) = answer["next"].as_str() else {
                assert_eq!(page.header("link"), "");
                address.clear();
                break;
            };
            assert_eq!(page.header("link"), format!("<{next}>; rel=\"next\""));
            address = next.strip_prefix("https://observatory.example.org").unwrap().to_owned();
        }
        assert!(address.is_empty(), "{first} ends");
        let unique: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len(), "{first}");
        assert_eq!(keys.len(), if first.contains("search") { 25 } else { 7 }, "{first}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let site = TestSite::filled().await;
    for (query, name) in [
        ("search?lang=de", "lang"),
        ("search?q=a&kind=x", "kind"),
        ("search?series=news", "series"),
        ("search?topic=A%20b", "topic"),
        ("search?source=%00", "source"),
        ("search?year=20", "year"),
        ("search?from=soon", "from"),
        ("search?until=2025-02-30", "until"),
        ("search?until=2025-02-28T00:00", "until"),
        ("search?order=worst", "order"),
        ("search?across=maybe", "across"),
        ("search?page=0", "page"),
        ("search?page=51", "page"),
        ("search?limit=101", "limit"),
        ("search?limit=-1", "limit"),
        ("search?after=xyz", "after"),
        ("search?hl=de", "hl"),
        ("search?Q=a", "Q"),
        ("briefs?lang=xx", "lang"),
        ("briefs?q=a", "q"),
        ("glossary?limit=0", "limit"),
        ("suggest", "q"),
        ("suggest?q=%20", "q"),
        ("suggest?q=a&limit=11", "limit"),
        ("related/brief:future-vision/everywhere/en?limit=21", "limit"),
        ("sources?lang=en", "lang"),
        ("documents/brief:future-vision/everywhere/en?x=y", "x"),
    ] {
        let page = site.get(&format!("/api/v1/{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        let problem = json(&page);
        assert_eq!(problem["parameter"], name, "{query}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{query}");
        assert_eq!(problem["status"], 400);
    }
    for right in
        ["", "?", "?q=&lang=&from=&until=&order=&page=", "?q=a&q=b&hl=fr", "?kind=future-vision"]
    {
        let page = site.get(&format!("/api/v1/search{right}")).await;
        assert_eq!(page.status, StatusCode::OK, "{right}: {}", page.text);
    }
}

#[tokio::test]
async fn problems_are_told_as_the_standard_says() {
    let site = TestSite::filled().await;
    let long = format!("/api/v1/search?q={}", "a".repeat(5000));
    for (address, status, kind) in [
        ("/api/", 404, "not-found"),
        ("/api/v1", 404, "not-found"),
        ("/api/v2/search", 404, "not-found"),
        ("/api/v1/nothing?hl=fr", 404, "not-found"),
        ("/api/v1/documents/x", 404, "not-found"),
        ("/api/v1/documents/entry:00000000-0000-7000-8000-000000000000", 404, "not-found"),
        ("/api/v1//search", 404, "not-found"),
        (&long, 400, "request"),
        ("/api/v1/search?hl=de", 400, "parameter"),
    ] {
        let page = site.get(address).await;
        assert_eq!(page.status.as_u16(), status, "{address}");
        assert_eq!(page.header("content-type"), "application/problem+json", "{address}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("access-control-allow-origin"), "*");
        let problem = json(&page);
        let page_of_kind = format!("https://observatory.example.org/en/api#problem-{kind}");
        assert_eq!(problem["type"], page_of_kind, "{address}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], address.split('?').next().unwrap());
        assert!(problem["title"].is_string() && problem["detail"].is_string());
    }
    let french = json(&site.get("/api/v1/nothing?hl=fr").await);
    assert_eq!(french["title"], "Il n’y a rien à cette adresse");
    let help = site.get("/en/api").await;
    for (kind, ..) in crate::machine::api::problem::KINDS {
        assert!(help.text.contains(&format!("id=problem-{kind}")), "{kind} is explained");
    }
    site.store.replace_briefs(&[], crate::testing::now()).await.unwrap();
    let gone = site.get(&format!("/api/v1/documents/{PIECE}")).await;
    assert_eq!((gone.status, &json(&gone)["status"]), (StatusCode::GONE, &Value::from(410)));
    site.store.close().await;
    let failed = site.get("/api/v1/sources").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    let problem = json(&failed);
    assert!(problem["number"].is_string() && !failed.text.to_lowercase().contains("pool"));
    assert_eq!(site.get("/api/v1/search?q=spectrum").await.status, StatusCode::OK);
}

#[tokio::test]
async fn addresses_are_only_read_and_by_everybody() {
    let site = TestSite::filled().await;
    for (_, address) in addresses(&site).await {
        let ask = async |method: Method| {
            let request = Request::builder().method(method).uri(&address);
            let request = request.header("origin", "https://other.example.net");
            site.ask(request.body(Body::empty()).unwrap()).await
        };
        let got = ask(Method::GET).await;
        assert_eq!(got.header("access-control-allow-origin"), "*", "{address}");
        assert_eq!(got.header("access-control-allow-credentials"), "");
        assert!(got.header("access-control-expose-headers").contains("ETag"));
        let tag = got.header("etag").to_owned();
        let again = Request::get(&address).header("if-none-match", &tag);
        let again = site.ask(again.body(Body::empty()).unwrap()).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{address}");
        assert_eq!(again.header("access-control-allow-origin"), "*");
        let head = ask(Method::HEAD).await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{address}");
        assert_eq!(head.header("etag"), tag);
        let options = ask(Method::OPTIONS).await;
        assert_eq!(options.status, StatusCode::NO_CONTENT);
        assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS");
        assert_eq!(options.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
        assert_eq!(options.header("access-control-allow-origin"), "*");
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let refused = ask(method).await;
            assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{address}");
            assert_eq!(refused.header("allow"), "GET,HEAD,OPTIONS");
            assert_eq!(json(&refused)["status"], 405);
        }
    }
    let page = site.get("/en/search?q=a").await;
    assert_eq!(page.header("access-control-allow-origin"), "", "pages are not for other sites");
}

#[tokio::test]
async fn a_document_is_told_whole() {
    let site = TestSite::filled().await;
    let answer = json(&site.get(&format!("/api/v1/documents/{PIECE}?hl=fr")).await);
    assert_eq!(answer["passages"].as_array().unwrap().len(), 14);
    assert_eq!(answer["passages"][6]["paragraph"], 7);
    let place = "https://observatory.example.org/en/future-vision/everywhere#p7";
    assert_eq!(answer["passages"][6]["url"], place);
    assert_eq!(answer["versions"].as_array().unwrap().len(), 6);
    assert_eq!(answer["topics"][0]["label"], "spectre");
    assert_eq!(answer["kind"]["value"], "future-vision");
    let escaped = format!("/api/v1/documents/{}", PIECE.replace('/', "%2F"));
    assert_eq!(json(&site.get(&escaped).await)["key"], PIECE);
    let mut naming = crate::testing::brief("naming", observatory_model::Language::En);
    let text = "See doi:10.1000/182 and https://doi.org/10.1000/182 on this.";
    naming.body.paragraphs.push(text.to_owned());
    site.store.replace_briefs(&[naming], crate::testing::now()).await.unwrap();
    let answer = json(&site.get("/api/v1/documents/brief:future-vision/naming/en").await);
    assert_eq!(answer["identifiers"].as_array().unwrap().len(), 1, "once: {answer}");
    assert_eq!(answer["identifiers"][0]["value"], "10.1000/182");
    assert_eq!(answer["identifiers"][0]["url"], "https://doi.org/10.1000/182");
}

#[tokio::test]
async fn the_glossary_is_found_in_every_language() {
    let site = TestSite::empty().await;
    for words in ["smart%20cities", "Ville%20intelligente", "%E6%99%BA%E6%85%A7%E5%9F%8E%E5%B8%82"]
    {
        let answer = json(&site.get(&format!("/api/v1/glossary?q={words}")).await);
        assert_eq!(answer["concepts"][0]["labels"].as_array().unwrap().len(), 6, "{words}");
        assert!(answer["concepts"][0].to_string().contains("智慧城市"), "{words}: {answer}");
    }
    let all = json(&site.get("/api/v1/glossary?limit=100").await);
    assert!(all["total"].as_u64().unwrap() >= 300 && all["next"].is_string());
    assert_eq!(json(&site.get("/api/v1/glossary?q=zzzzzz").await)["total"], 0);
}

#[tokio::test]
async fn the_help_page_is_there_in_six_languages() {
    let site = TestSite::empty().await;
    for language in observatory_model::Language::ALL {
        let page = site.get(&format!("/{language}/api")).await;
        assert_eq!(page.status, StatusCode::OK);
        let t = crate::locale::of(language);
        assert!(page.text.contains(&crate::html::escape(t.say("api.title"))));
        assert!(page.text.contains("curl &#39;https://observatory.example.org/api/v1/search"));
        for route in super::rights::routes().iter().filter(|route| route.starts_with("/api/v1/")) {
            let route = route.replace("{*", "{");
            assert!(page.text.contains(&route), "{language}: {route} is named");
        }
    }
}

#[tokio::test]
async fn a_browser_can_take_the_site_as_a_search_engine() {
    let site = TestSite::filled().await;
    for language in observatory_model::Language::ALL {
        let page = site.get(&format!("/opensearch.xml?hl={language}")).await;
        let kind = "application/opensearchdescription+xml; charset=utf-8";
        assert_eq!(page.header("content-type"), kind);
        for (kind, path) in [
            ("text/html", "search"),
            ("application/rss+xml", "search.rss"),
            ("application/x-suggestions+json", "suggest.json"),
        ] {
            let place =
                format!("https://observatory.example.org/{language}/{path}?q={{searchTerms}}\"");
            let url = page.text.lines().find(|line| line.contains(&format!("type=\"{kind}\"")));
            assert!(url.is_some_and(|url| url.contains(&place)), "{}", page.text);
        }
        let name = page.text.split("<ShortName>").nth(1).unwrap().split('<').next().unwrap();
        assert!((1..=16).contains(&name.chars().count()), "{name}");
    }
    let page = site.get("/en/suggest.json?q=Smart%20cit").await;
    assert_eq!(page.header("content-type"), "application/x-suggestions+json; charset=utf-8");
    let answer = json(&page);
    assert_eq!(answer[0], "Smart cit", "what was typed comes first, as it was typed");
    let counts: Vec<usize> = (1..4).map(|place| answer[place].as_array().unwrap().len()).collect();
    assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{answer}");
    assert_eq!(json(&site.get("/en/suggest.json").await).to_string(), "[\"\",[],[],[]]");
}
