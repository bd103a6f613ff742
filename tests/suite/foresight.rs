//! What rises, from the network to the page.

use std::fmt::Write as _;

use observatory_model::decision::{Act, Decision};
use observatory_model::{Clock as _, DecisionId, Slug};
use observatory_worker::Silent;
use observatory_worker::jobs::paint_picture::{Wish, paint_picture};

use crate::site::TestSite;
use crate::upstream::Upstream;

/// Three years of a journal: in the last one, half of its notes are on the subject that rises.
fn journal(name: &str, language: &str, rising: &str, others: [&str; 4]) -> String {
    let mut items = String::new();
    let mut number = 0;
    for (year, months) in [(2023, 12..=12), (2024, 1..=12), (2025, 1..=12), (2026, 1..=11)] {
        for month in months {
            for note in 0..6_usize {
                number += 1;
                let is_late = year == 2026 && month >= 3;
                let subject =
                    if is_late && note < 3 { rising } else { others[(number + note) % 4] };
                write!(
                    items,
                    "<item><guid>{name}-{number}</guid><title>{subject}</title>\
                     <description>{subject}, {name}.</description>\
                     <pubDate>{:02} {} {year} 09:00:00 GMT</pubDate></item>",
                    note * 4 + 1,
                    MONTHS[month - 1],
                )
                .expect("memory is written");
            }
        }
    }
    format!(
        "<rss version=\"2.0\"><channel><title>{name}</title>\
         <language>{language}</language>{items}</channel></rss>"
    )
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[tokio::test(flavor = "multi_thread")]
async fn one_rise_in_two_languages_is_one_trend_until_editors_split_it() {
    let site = TestSite::start().await;
    let upstream = Upstream::start().await;
    let english = ["harbour cranes", "paper archives", "river ferries", "village clocks"];
    let chinese = ["港口起重机", "纸质档案", "河流渡轮", "村庄时钟"];
    for (name, language, rising, others) in [
        ("one", "en", "digital twin", english),
        ("two", "en", "digital twin", english),
        ("three", "zh", "数字孪生", chinese),
        ("four", "zh", "数字孪生", chinese),
    ] {
        upstream.set_document(
            &format!("/{name}"),
            "application/rss+xml",
            journal(name, language, rising, others),
        );
        site.add_source(&upstream.url(&format!("/{name}")), name).await;
    }
    site.harvest().await;
    site.index().await;
    let twin = "digital-twin".parse::<Slug>().expect("a slug");
    let picture = paint_picture(&site.world, &Silent, Wish::default()).await.expect("a picture");
    let (_, finding) = picture.finding(&twin).expect("it is found");
    let languages = finding.languages.iter().map(|part| part.name.as_str()).collect::<Vec<_>>();
    assert_eq!(finding.sources.len(), 4, "{finding:?}");
    assert!(languages.contains(&"en") && languages.contains(&"zh"), "{languages:?}");
    assert!(site.get("/zh/trends").await.text.contains("数字孪生"));

    let at = site.clock.now();
    let decision = Decision {
        id: DecisionId::new(at),
        trend: twin.clone(),
        at,
        by: "Ana".parse().expect("a name"),
        act: Act::Split { name: "digital twin".to_owned() },
        reason: String::new(),
    };
    site.world.store.decide(&decision).await.expect("it is kept");
    let picture = paint_picture(&site.world, &Silent, Wish::default()).await.expect("a picture");
    let sources = |slug: &Slug| picture.finding(slug).map(|(_, one)| one.sources.len());
    assert!(sources(&twin).is_none_or(|sources| sources <= 2), "{:?}", sources(&twin));
    let again = paint_picture(&site.world, &Silent, Wish { anew: true, ..Wish::default() }).await;
    assert_eq!(again.expect("a picture"), picture, "counted anew, it is the same");
}

/// A feed of entries, each with its date, title and text.
fn feed(name: &str, entries: &[(&str, &str, &str)]) -> String {
    let mut items = String::new();
    for (number, (date, title, text)) in (1..).zip(entries) {
        write!(
            items,
            "<entry><id>urn:{name}:{number}</id><title>{title}</title>\
             <summary type=\"html\">{text}</summary><updated>{date}</updated>\
             <published>{date}</published></entry>"
        )
        .expect("memory is written");
    }
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>{name}</title>\
         <id>urn:{name}</id><updated>2026-01-01T00:00:00Z</updated>{items}</feed>"
    )
}

/// What the page says once so many sources have given the same entries.
async fn told(sources: &[&str], entries: &[(&str, &str, &str)]) -> String {
    let site = TestSite::start().await;
    let upstream = Upstream::start().await;
    for name in sources {
        let address = format!("/{name}");
        upstream.set_document(&address, "application/atom+xml", feed(name, entries));
        site.add_source(&upstream.url(&address), name).await;
    }
    site.harvest().await;
    site.index().await;
    let picture = paint_picture(&site.world, &Silent, Wish::default()).await.expect("a picture");
    assert!(picture.trends.is_empty(), "{:?}", picture.trends);
    let page = site.get("/en/trends").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<svg class=line") && !page.text.contains("NaN"), "{}", page.text);
    for path in ["/ar/trends", "/zh/radar", "/en/trends.csv", "/en/trends.json"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    page.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_what_is_missing() {
    let day = "2026-03-03T09:00:00Z";
    let one = (day, "A lattice engine", "It is new.");
    let same_day = [one; 40];
    let far = ["1850-01-01T00:00:00Z", "1899-12-31T00:00:00Z", "2090-01-01T00:00:00Z"];
    let far = far.map(|date| (date, "A lattice engine", "Long ago or far ahead."));
    let odd =
        [(day, "\u{1f600} \u{202e}\u{643}\u{644}\u{645}\u{629} &lt;b&gt;", "&lt;script&gt;x"); 8];
    let none = "No document with text";
    let time = "too short a time";
    for (what, sources, entries, words) in [
        ("nothing", &["a"][..], &[][..], none),
        ("no text", &["a", "b"], &[(day, "\u{2026}", "&lt;p&gt;&lt;/p&gt;"); 9], none),
        ("one document", &["a"], &[one], time),
        ("one day", &["a", "b"], &same_day, time),
        ("far dates", &["a", "b"], &far, time),
        ("odd terms", &["a", "b"], &odd, time),
    ] {
        let page = told(sources, entries).await;
        assert!(page.contains(words), "{what}: {page}");
        assert!(!page.contains("<script>x") && !page.contains("<b>\u{202e}"), "{what}");
    }
}
