//! Pictures, and what people made of them.

use observatory_model::alert::{Alert, Cadence, Token, TrendKey, TrendWatch};
use observatory_model::asked::Asked;
use observatory_model::brief::Brief;
use observatory_model::decision::{Act, Decision, Standing};
use observatory_model::edition::{Blip, Edition, Names, Zone};
use observatory_model::mail::Mail;
use observatory_model::rating::{Call, Outcome, Percent, Rating};
use observatory_model::trend::{Count, Finding, Lack, List, Picture, Step};
use observatory_model::{AlertId, DecisionId, Language, MailId, RatingId, Slug, Timestamp};
use observatory_store::{StoreError, TrendMatch};

use crate::ground::{Ground, brief, later, nine};

fn finding(slug: &str, rank: u32, growth: f64) -> Finding {
    Finding {
        slug: slug.parse().unwrap(),
        concept: None,
        name: format!("{slug} \u{0} с名"),
        language: Some(Language::En),
        aliases: Vec::new(),
        rank,
        score: 0.5,
        growth,
        growth_between: (1.0, 9.0),
        z: 3.0,
        false_alarms: 0.01,
        counts: Vec::new(),
        first_seen: nine(),
        rising_since: nine(),
        breadth: 2.0,
        sources: Vec::new(),
        institutions: Vec::new(),
        languages: Vec::new(),
        regions: Vec::new(),
        evidence: Vec::new(),
        neighbours: Vec::new(),
    }
}

fn picture(at: Timestamp, trends: Vec<Finding>, signals: Vec<Finding>) -> Picture {
    let lack = trends.is_empty().then_some(Lack::Rise);
    Picture { at, step: Step::Year, documents: 9, sources: 2, tested: 3, trends, signals, lack }
}

pub(crate) async fn the_latest_picture_is_given_whole_and_the_places_of_all(ground: &Ground) {
    let store = &ground.store;
    assert_eq!(store.latest_picture().await.unwrap(), None);
    assert_eq!(store.latest_picture_made().await.unwrap(), None);
    let mesh = "mesh".parse::<Slug>().unwrap();
    for day in 0..45 {
        let both = finding("mesh", 1, 2.0);
        let (trends, signals) = if day < 44 {
            (vec![both.clone()], vec![both, finding("other", 2, 1.5)])
        } else {
            (Vec::new(), vec![finding("mesh", 7, 1.25)])
        };
        store.keep_picture(&picture(later(day), trends, signals), later(60)).await.unwrap();
    }
    let latest = store.latest_picture().await.unwrap().unwrap();
    assert_eq!((latest.at, latest.signals.len()), (later(44), 1));
    assert_eq!(store.latest_picture_made().await.unwrap(), Some((later(44), later(60))));
    let places = store.places_of(&mesh).await.unwrap();
    assert_eq!(places.len(), 45, "also of pictures that are gone");
    assert_eq!((places[0].rank, places[0].list), (7, List::Signals));
    assert_eq!((places[1].rank, places[1].list), (1, List::Trends));
    assert!((places[0].growth - 1.25).abs() < 1e-9);
    assert_eq!(store.first_listed(&mesh).await.unwrap(), Some(later(0)));
    assert_eq!(store.first_listed(&"never".parse().unwrap()).await.unwrap(), None);
    store.keep_picture(&picture(later(44), Vec::new(), Vec::new()), later(61)).await.unwrap();
    assert_eq!(store.places_of(&mesh).await.unwrap().len(), 44, "the same instant is replaced");
}

pub(crate) async fn a_trend_is_known_by_its_places_or_by_what_was_decided(ground: &Ground) {
    let store = &ground.store;
    let slug = |name: &str| name.parse::<Slug>().unwrap();
    let (listed, decided, never) = (slug("listed"), slug("decided"), slug("never"));
    assert!(store.trends_with_a_past(&[&listed, &decided]).await.unwrap().is_empty());
    let found = vec![finding("listed", 1, 2.0)];
    store.keep_picture(&picture(later(1), found, Vec::new()), later(1)).await.unwrap();
    let decision = Decision {
        id: DecisionId::new(later(2)),
        trend: decided.clone(),
        at: later(2),
        by: "Ana".parse().unwrap(),
        act: Act::Pin,
        reason: String::new(),
    };
    store.decide(&decision).await.unwrap();
    // More than are asked for in one statement.
    let others = (0..150).map(|number| slug(&format!("other-{number}"))).collect::<Vec<_>>();
    let asked = others.iter().chain([&decided, &never, &listed]).collect::<Vec<_>>();
    assert_eq!(store.trends_with_a_past(&asked).await.unwrap(), [decided, listed].into());
    assert!(store.trends_with_a_past(&[]).await.unwrap().is_empty());
}

pub(crate) async fn decisions_are_only_added(ground: &Ground) {
    let store = &ground.store;
    let mesh = "mesh".parse::<Slug>().unwrap();
    let decide = async |seconds: i64, trend: &str, act: Act| {
        let decision = Decision {
            id: DecisionId::new(later(seconds)),
            trend: trend.parse().unwrap(),
            at: later(seconds),
            by: "Ana".parse().unwrap(),
            act,
            reason: "since it is so".to_owned(),
        };
        store.decide(&decision).await.unwrap();
    };
    decide(1, "mesh", Act::Pin).await;
    decide(2, "other", Act::Dismiss).await;
    decide(3, "mesh", Act::Unpin).await;
    let about = store.decisions(Some(&mesh)).await.unwrap();
    assert_eq!(about.iter().map(|one| one.at).collect::<Vec<_>>(), [later(1), later(3)]);
    assert!(!Standing::of(&about).is_pinned);
    assert_eq!(store.decisions(None).await.unwrap().len(), 3);
}

pub(crate) async fn a_call_is_answered_and_the_last_word_counts(ground: &Ground) {
    let store = &ground.store;
    let rating = |seconds: i64, call: bool| Rating {
        id: RatingId::new(later(seconds)),
        trend: "mesh".parse().unwrap(),
        rater: "Bo".parse().unwrap(),
        at: later(seconds),
        horizon: None,
        impact: None,
        novelty: None,
        uncertainty: None,
        call: call.then(|| Call {
            probability: Percent::try_from(80).unwrap(),
            until: later(100),
            criterion: "It is in the plan.".to_owned(),
        }),
        note: String::new(),
    };
    let (with, without) = (rating(1, true), rating(2, false));
    store.rate(&with).await.unwrap();
    store.rate(&without).await.unwrap();
    let kept = store.ratings(Some(&with.trend)).await.unwrap();
    assert_eq!(kept, [with.clone(), without.clone()]);
    let outcome = |rating: RatingId, seconds: i64, came_true: bool| Outcome {
        rating,
        at: later(seconds),
        by: "Ana".parse().unwrap(),
        came_true,
        reason: "seen".to_owned(),
    };
    let none = store.resolve(&outcome(without.id, 3, true)).await;
    assert!(matches!(none, Err(StoreError::Conflict { .. })), "{none:?}");
    store.resolve(&outcome(with.id, 4, false)).await.unwrap();
    store.resolve(&outcome(with.id, 5, true)).await.unwrap();
    let ends = store.outcomes(None).await.unwrap();
    assert!(ends.len() == 1 && ends[&with.id].came_true);
    assert!(store.outcomes(Some(&"other".parse().unwrap())).await.unwrap().is_empty());
}

pub(crate) async fn an_edition_stays_as_it_was(ground: &Ground) {
    let store = &ground.store;
    let zone = |code: &str| Zone { code: code.parse().unwrap(), names: Names::new() };
    let edition = |name: &str, seconds: i64, ring: &str| Edition {
        name: name.parse().unwrap(),
        at: later(seconds),
        sectors: vec![zone("social")],
        rings: vec![zone("now")],
        blips: vec![Blip {
            trend: "mesh".parse().unwrap(),
            names: [(Language::Zh, "网状".to_owned())].into(),
            sector: "social".parse().unwrap(),
            ring: ring.parse().unwrap(),
            note: "so".to_owned(),
            growth: Some(2.5),
            looked_at: Some(nine()),
        }],
    };
    let first = edition("2026-05", 1, "now");
    store.keep_edition(&first).await.unwrap();
    store.keep_edition(&edition("2026-11", 2, "now")).await.unwrap();
    let again = store.keep_edition(&edition("2026-05", 3, "now")).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    let nowhere = store.keep_edition(&edition("2027-05", 4, "never")).await;
    assert!(matches!(nowhere, Err(StoreError::Conflict { .. })), "{nowhere:?}");
    let names = store.editions().await.unwrap();
    let names = names.iter().map(|line| line.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["2026-11", "2026-05"]);
    assert_eq!(store.edition(&first.name).await.unwrap(), Some(first));
    assert_eq!(store.edition(&"2027-05".parse().unwrap()).await.unwrap(), None);
}

/// A text with these charts.
fn charted(version: u32, charts: &[&str]) -> Brief {
    let mut text = brief("future-vision/mesh", Language::En, nine());
    text.version = version;
    text.body.charts = charts.iter().map(|wish| wish.parse().unwrap()).collect();
    text
}

fn counted(slug: &str, with: u32) -> Finding {
    let count = |year: i32| Count {
        from: format!("{year}-01-01").parse().unwrap(),
        with: with + u32::try_from(year).unwrap() - 2020,
        all: 100,
    };
    Finding { counts: (2020..=2025).map(count).collect(), ..finding(slug, 1, 2.0) }
}

pub(crate) async fn the_figures_of_a_chart_are_taken_once(ground: &Ground) {
    let store = &ground.store;
    let piece = "future-vision/mesh".parse().unwrap();
    let charts = ["trend=mesh from=2021 to=2023", "trend=twin", "trend=mesh from=2030"];
    store.replace_briefs(&[charted(2, &charts)], later(1)).await.unwrap();
    assert_eq!(store.freeze_charts(later(1)).await.unwrap(), 0, "nothing was counted yet");
    assert!(store.charts(&piece, 2).await.unwrap().is_empty());

    let first = picture(later(1), vec![counted("mesh", 10)], Vec::new());
    store.keep_picture(&first, later(1)).await.unwrap();
    assert_eq!(store.freeze_charts(later(2)).await.unwrap(), 1);
    let frozen = store.charts(&piece, 2).await.unwrap();
    let (figures, taken) = &frozen[&charts[0].parse().unwrap()];
    assert_eq!((figures.at, *taken, figures.documents), (later(1), later(2), 9));
    assert_eq!(figures.counts.iter().map(|count| count.with).collect::<Vec<_>>(), [11, 12, 13]);

    // Another picture, the same text again, a name that editors gave: nothing of it changes a figure.
    let second = picture(later(2), vec![counted("mesh", 50), counted("double", 70)], Vec::new());
    store.keep_picture(&second, later(2)).await.unwrap();
    store.replace_briefs(&[charted(2, &charts)], later(3)).await.unwrap();
    let decide = async |trend: &str, act: Act| {
        let decision = Decision {
            id: DecisionId::new(later(3)),
            trend: trend.parse().unwrap(),
            at: later(3),
            by: "Ana".parse().unwrap(),
            act,
            reason: "so".to_owned(),
        };
        store.decide(&decision).await.unwrap();
    };
    decide("double", Act::Rename { language: Language::Fr, name: "jumeau".to_owned() }).await;
    assert_eq!(store.freeze_charts(later(3)).await.unwrap(), 0);
    assert_eq!(store.charts(&piece, 2).await.unwrap(), frozen);

    // What waited is taken when there is something, also under the name it was merged into.
    decide("twin", Act::Merge { into: "double".parse().unwrap() }).await;
    assert_eq!(store.freeze_charts(later(4)).await.unwrap(), 1);
    let twin = store.charts(&piece, 2).await.unwrap().remove(&"trend=twin".parse().unwrap());
    let (twin, _) = twin.unwrap();
    assert_eq!((twin.trend.as_str(), twin.counts.len()), ("double", 6));
    assert_eq!(twin.chosen[&Language::Fr], "jumeau");

    // The next version is written beside the figures of its own day; the one before keeps its own.
    store.replace_briefs(&[charted(3, &charts[..1])], later(5)).await.unwrap();
    assert_eq!(store.freeze_charts(later(5)).await.unwrap(), 1);
    let of_next = store.charts(&piece, 3).await.unwrap();
    assert_eq!(of_next[&charts[0].parse().unwrap()].0.counts[0].with, 51);
    assert_eq!(store.charts(&piece, 2).await.unwrap().len(), 2);
}

pub(crate) async fn a_trend_is_found_once_by_those_who_watch(ground: &Ground) {
    let store = &ground.store;
    let old = picture(later(1), vec![counted("old", 1)], Vec::new());
    store.keep_picture(&old, later(1)).await.unwrap();
    let alert = Alert {
        id: AlertId::new(later(1)),
        asked: Asked::parse(""),
        trends: TrendWatch::parse("topic=&chance=1"),
        name: "Any new trend".to_owned().into(),
        mail: "reader@example.org".parse().unwrap(),
        language: Language::Zh,
        cadence: Cadence::Once,
        created: later(1),
        confirmed: None,
    };
    let mail = Mail {
        id: MailId::new(later(1)),
        to: alert.mail.clone(),
        language: Language::Zh,
        subject: "s".to_owned(),
        text: "t".to_owned(),
        html: "h".to_owned(),
        stop: None,
        calendar: None,
        written: later(1),
    };
    let (question, key) = (Token::new([1; 16]), Token::new([2; 16]));
    assert!(store.ask_alert(&alert, question, key, &mail, later(1)).await.unwrap());
    assert!(store.watched_trends(None, 9).await.unwrap().is_empty(), "nobody has confirmed it");
    store.confirm_alert(question, later(2)).await.unwrap();
    assert!(store.watched_searches(None, 9).await.unwrap().is_empty(), "it is no search");
    let watched = store.watched_trends(None, 9).await.unwrap();
    assert_eq!(watched.len(), 1);
    assert_eq!(Some(&watched[0].watch), alert.trends.as_ref());

    let key_of = |trend: &str| TrendKey { list: List::Trends, trend: trend.parse().unwrap() };
    let found = TrendMatch {
        alert: alert.id,
        cadence: Cadence::Once,
        trends: vec![key_of("old"), key_of("mesh")],
        documents: Vec::new(),
    };
    let found = [found];
    assert_eq!(store.keep_trends(&found, later(3)).await.unwrap(), 1, "the old one was there");
    assert_eq!(store.keep_trends(&found, later(3)).await.unwrap(), 0);
    let news = store.alert_news(alert.id).await.unwrap().unwrap();
    assert_eq!((news.trends.clone(), news.documents.len()), (vec![key_of("mesh")], 0));
    let mail = Mail { id: MailId::new(later(4)), ..mail };
    assert!(store.tell(alert.id, &news.trends, &[], Some(&mail), later(4)).await.unwrap());
    assert_eq!(store.keep_trends(&found, later(5)).await.unwrap(), 0, "what was told is told");
    assert!(store.alert_news(alert.id).await.unwrap().unwrap().trends.is_empty());
    assert!(store.end_alert(key).await.unwrap());
    assert!(store.watched_trends(None, 9).await.unwrap().is_empty());
}
