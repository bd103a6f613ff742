//! Input that is empty, thin, odd or hostile: a picture says what is missing, and every figure can be
//! written.

use std::fmt::Write as _;

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::{Lack, Picture, Step};
use observatory_model::{Language, Timestamp};
use proptest::prelude::*;

use crate::postings::Shard;
use crate::synthetic::{document, glossary, names, picture, question, years};
use crate::{Archive, Observation, Question};

/// Everything of a picture is a number.
fn sound(picture: &Picture) {
    let text = serde_json::to_string(picture).unwrap();
    // What is no number is written as null, and nothing else of a finding with a concept is.
    let back = serde_json::from_str::<Picture>(&text).expect("every figure is one");
    for finding in back.trends.iter().chain(&back.signals) {
        let (low, high) = finding.growth_between;
        for figure in [finding.growth, low, high, finding.z, finding.score, finding.breadth] {
            assert!(figure.is_finite(), "{finding:?}");
        }
        assert!((0.0..=1.0).contains(&finding.false_alarms) && !finding.name.is_empty());
    }
}

fn lack(documents: &[Observation], at: &str) -> Option<Lack> {
    for step in [None, Some(Step::Month), Some(Step::Quarter), Some(Step::Year)] {
        sound(&picture(documents, at, step));
    }
    picture(documents, at, None).lack
}

#[test]
fn what_is_missing_is_said() {
    let one = document(1, "a", "2021-05-05", "one document of smart cities".to_owned());
    assert_eq!(lack(&[], "2022-01-01"), Some(Lack::Documents));
    assert_eq!(lack(std::slice::from_ref(&one), "2022-01-01"), Some(Lack::Time));
    let day = (0..300).map(|key| Observation { key: format!("{key}"), ..one.clone() });
    assert_eq!(lack(&day.collect::<Vec<_>>(), "2022-01-01"), Some(Lack::Time));
    let empty = years(2014..=2021, 5, |_, _, _| String::new()).into_iter().map(|mut it| {
        it.text = " … 。 <p></p> ".to_owned();
        it
    });
    assert_eq!(lack(&empty.collect::<Vec<_>>(), "2022-01-01"), Some(Lack::Documents));
    let mut single = years(2014..=2021, 60, |year, _, chance| {
        if year > 2019 && chance.of_thousand(60) {
            "lattice engine".to_owned()
        } else {
            String::new()
        }
    });
    assert_eq!(lack(&single, "2022-01-01"), None);
    for document in &mut single {
        document.source = "only".to_owned();
    }
    assert_eq!(lack(&single, "2022-01-01"), Some(Lack::Sources));
    let seen = picture(&single, "2022-01-01", None);
    assert_eq!(names(&seen).first(), Some(&"lattice engine"), "told, with what is missing");
}

#[test]
fn far_dates_harm_nothing() {
    let mut documents = years(2014..=2021, 40, |year, _, chance| {
        if year > 2019 && chance.of_thousand(60) {
            "lattice engine".to_owned()
        } else {
            String::new()
        }
    });
    let expected = names(&picture(&documents, "2022-01-01", None)).join(", ");
    assert!(expected.contains("lattice engine"));
    for (key, date) in
        (0..).zip(["0001-01-01", "1850-06-01", "2022-01-01", "2090-01-01", "9999-12-31"])
    {
        documents.push(document(900_000 + key, "far", date, "far lattice engine".to_owned()));
    }
    let seen = picture(&documents, "2022-01-01", None);
    assert_eq!(names(&seen).join(", "), expected);
    let first = seen.trends.iter().find(|it| it.name == "lattice engine").unwrap();
    assert_eq!(first.first_seen.date(), "0001-01-01");
    for at in ["0001-01-01", "0003-01-01", "1900-01-01", "9999-12-31"] {
        sound(&picture(&documents, at, None));
    }
}

#[test]
fn odd_terms_are_terms() {
    let planted = [
        "😀 عربي 😀 كلمة غريبة",
        "<b onclick=x>bold&nbsp;claim</b>",
        "\u{202e}evil \u{200f}mark",
        "𝒳 𠀀𠀁 ﷺ",
    ];
    for text in planted {
        let documents = years(2014..=2021, 60, |year, _, chance| {
            if year > 2019 && chance.of_thousand(60) { text.to_owned() } else { String::new() }
        });
        let seen = picture(&documents, "2022-01-01", None);
        sound(&seen);
        assert!(!seen.trends.is_empty(), "{text}");
        for name in names(&seen) {
            assert!(!name.contains(['<', '>', '&', '=', '\u{202e}']), "{name}");
        }
    }
}

#[test]
fn a_large_glossary_is_bounded() {
    let mut text = String::new();
    for n in 0..30_000 {
        writeln!(
            text,
            "c-{n}\ta{n}\tz{n}\tlabel {n} | other {n}\tf{n}\tr{n}\ts{n} o p q r s t u v w x y z aa"
        )
        .unwrap();
    }
    let glossary = Glossary::read([text.as_str()]).unwrap();
    let mut archive = Archive::new(&glossary);
    archive.apply(years(2014..=2021, 30, |_, _, _| "label 77".to_owned()), &[], ChangeNumber(1));
    sound(&archive.picture(question("2022-01-01", None)));
}

#[test]
fn a_million_terms_that_stand_once_are_counted_and_not_kept() {
    let mut archive = Archive::default();
    let mut terms = 0_u32;
    let mut documents = years(2014..=2021, 16, |year, _, chance| {
        if year > 2019 && chance.of_thousand(250) {
            "lattice engine".to_owned()
        } else {
            String::new()
        }
    });
    let each = 1_000_000 / documents.len() + 1;
    for document in &mut documents {
        for _ in 0..each {
            terms += 1;
            // A full stop ends the phrase: each is a term of its own.
            write!(document.text, ". t{terms}").unwrap();
        }
    }
    assert!(terms >= 1_000_000);
    archive.apply(documents, &[], ChangeNumber(1));
    let seen = archive.picture(question("2022-01-01", None));
    sound(&seen);
    assert!(names(&seen).contains(&"lattice engine"), "{:?}", names(&seen));
    // It says how many were frequent enough to be tested.
    assert!((1..20_000).contains(&seen.tested), "{}", seen.tested);
    let kept = archive.with_counts(|counts| counts.shards.iter().map(Shard::len).sum::<usize>());
    assert!(kept < 40_000, "{kept}");
}

#[test]
fn a_list_is_as_long_as_was_asked() {
    let mut archive = Archive::default();
    assert!(archive.is_empty());
    archive.apply(
        years(2014..=2021, 60, |year, _, chance| {
            let planted = format!("term{} engine{}", chance.below(3), chance.below(3));
            if year > 2019 && chance.of_thousand(400) { planted } else { String::new() }
        }),
        &[],
        ChangeNumber(1),
    );
    for limit in [0, 1, 2, usize::MAX] {
        let seen = archive.picture(Question { limit, ..question("2022-01-01", None) });
        assert!(seen.trends.len() <= limit);
        assert_eq!(
            seen.trends.iter().map(|it| it.rank).collect::<Vec<_>>(),
            (1..=u32::try_from(seen.trends.len()).unwrap()).collect::<Vec<_>>()
        );
        assert!(limit == 0 || !seen.trends.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_observation_panics(
        texts in prop::collection::vec(("\\PC{0,60}", any::<String>(), 0_i64..4_000_000_000_000, 0_usize..8, "[a-c]"), 0..80),
        at in 0_i64..4_000_000_000_000,
    ) {
        let mut archive = Archive::new(&glossary());
        for (round, part) in (0..).zip(texts.chunks(30)) {
            let observations = part.iter().map(|(title, text, date, language, source)| Observation {
                key: title.chars().take(2).collect(),
                date: Timestamp::from_millis(*date),
                language: Language::ALL.into_iter().nth(*language),
                source: source.clone(),
                institution: Some(text.clone()).filter(|text| text.len() > 20),
                authors: u32::MAX,
                title: title.clone(),
                text: text.repeat(1 + text.len() % 3),
            });
            archive.apply(observations.collect(), &[], ChangeNumber(round));
        }
        for step in [None, Some(Step::Month), Some(Step::Year)] {
            sound(&archive.picture(Question { at: Timestamp::from_millis(at), step, limit: 10 }));
        }
    }
}
