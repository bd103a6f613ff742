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
