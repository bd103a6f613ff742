//! Charts in pieces, as readers of three directions of writing see them.

use axum::http::StatusCode;
use observatory_model::Language;
use observatory_model::brief::Brief;
use observatory_model::trend::Finding;

use super::foresight::{finding, picture};
use crate::testing::{HOSTILE, TestSite, brief, now};

/// A piece in this language with three charts: all years of one, two of its years, and one that nobody
/// has counted.
fn charted(language: Language) -> Brief {
    let mut text = brief("charted", language);
    let wishes = ["trend=mesh", "trend=mesh from=2025", "trend=never"];
    text.body.charts = wishes.map(|wish| wish.parse().unwrap()).into();
    text.body.html = (1..=3)
        .map(|number| {
            format!(
                "<figure id=p{number} class=b><a class=n href=#p{number}>¶ {number}</a></figure>\n"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    text.body.paragraphs = vec![String::new(); 3];
    text
}

async fn site() -> TestSite {
    let site = TestSite::empty().await;
    let painted = picture(vec![finding("mesh", 1, &[])], Vec::new());
    site.store.keep_picture(&painted, now()).await.unwrap();
    let texts = [Language::En, Language::Ar, Language::Zh].map(charted);
    site.store.replace_briefs(&texts, now()).await.unwrap();
    site.store.freeze_charts(now()).await.unwrap();
    site
}

#[tokio::test]
async fn a_chart_is_a_picture_with_its_figures_beside_it() {
    let site = site().await;
    for (language, summary) in
        [("en", "The figures as a table"), ("ar", "الأرقام في جدول"), ("zh", "数据表")]
    {
        let path = format!("/{language}/future-vision/charted");
        let page = site.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text;
        assert_eq!(text.matches("<figure ").count(), 3, "{text}");
        assert_eq!(text.matches("</figcaption></figure>").count(), 3, "{text}");
        assert_eq!(text.matches("<svg class=line").count(), 1, "two points are no line: {text}");
        assert!(text.contains("role=img aria-label="), "{text}");
        assert_eq!(text.matches("<details open>").count(), 1, "then the table is open: {text}");
        assert_eq!(text.matches("<details>").count(), 1, "{text}");
        assert_eq!(text.matches("<th scope=row>").count(), 8 + 2, "{text}");
        assert!(text.contains(summary), "{text}");
        assert!(text.contains(&format!("/{language}/trends/mesh\"")), "{text}");
        assert!(!text.contains("<script>") && text.contains("&lt;script&gt;"), "{text}");
    }
    let page = site.get("/en/future-vision/charted").await.text;
    assert!(page.contains("There are no figures for it yet"), "never a chart of nothing: {page}");
    assert!(page.contains("800 documents from 6 sources"), "{page}");
    // Time runs in the direction of reading: the last point lies at the other side.
    let last = |text: &str| {
        let (_, line) = text.split_once("<svg class=line").unwrap();
        line.split("<circle cx=").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    let arabic = site.get("/ar/future-vision/charted").await.text;
    assert_ne!(last(&page), last(&arabic));
}

#[tokio::test]
async fn what_is_counted_later_changes_no_chart() {
    let site = site().await;
    let before = site.get("/en/future-vision/charted").await.text;
    let mut more = finding("mesh", 1, &[]);
    more.counts.iter_mut().for_each(|count| count.with = 99);
    let later = picture(
        vec![more, Finding { name: HOSTILE.to_owned(), ..finding("never", 2, &[]) }],
        Vec::new(),
    );
    site.store.keep_picture(&later, now().plus_seconds(60)).await.unwrap();
    assert_eq!(site.get("/en/future-vision/charted").await.text, before);
    site.store.freeze_charts(now().plus_seconds(60)).await.unwrap();
    let after = site.get("/en/future-vision/charted").await.text;
    assert_eq!(after.matches("<svg class=line").count(), 2, "what waited is there: {after}");
    assert_eq!(after.matches("<td class=r>99").count(), 0, "and nothing else: {after}");
}

#[tokio::test]
async fn the_figures_are_in_the_text_and_in_a_file_as_well() {
    let site = site().await;
    let text = site.get("/en/future-vision/charted.txt").await.text;
    assert!(text.contains("1 January 2026 | 14 | 100 | 14%"), "{text}");
    assert!(text.contains("¶ 3  A chart of never belongs here"), "{text}");
    let table = site.get("/zh/future-vision/charted.csv").await;
    assert_eq!(table.status, StatusCode::OK);
    assert!(table.text.contains("trend,from,with,all\r\n"), "{}", table.text);
    assert_eq!(table.text.lines().count(), 1 + 8 + 2, "{}", table.text);
    let plain = brief("plain", Language::En);
    site.store.replace_briefs(&[plain], now()).await.unwrap();
    let none = site.get("/en/future-vision/plain.csv").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "a piece without charts has no table");
}

#[tokio::test]
async fn a_draft_says_that_figures_come_with_publishing() {
    let reader = crate::reader::Reader {
        language: Language::En,
        locale: crate::locale::of(Language::En),
        path: "/".to_owned(),
        query: String::new(),
    };
    let draft = observatory_model::submission::Draft {
        text: "One.\n\n::chart trend=mesh\n\nTwo.".to_owned(),
        ..observatory_model::submission::Draft::default()
    };
    let shown = crate::desk::piece::rendered(&reader, &draft, Language::En);
    assert!(shown.as_str().contains("There are no figures for it yet"), "{shown}");
}
