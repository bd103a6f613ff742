//! Pictures, and what people made of them.

use observatory_model::decision::{Act, Decision, Standing};
use observatory_model::edition::{Blip, Edition, Names, Zone};
use observatory_model::rating::{Call, Outcome, Percent, Rating};
use observatory_model::trend::{Finding, Lack, List, Picture, Step};
use observatory_model::{DecisionId, Language, RatingId, Slug, Timestamp};
use observatory_store::StoreError;

use crate::ground::{Ground, later, nine};

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
