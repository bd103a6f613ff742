//! The same documents give the same bytes, however they came.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::trend::Step;
use observatory_model::{Language, Timestamp};

use crate::counts::threshold;
use crate::postings::Shard;
use crate::synthetic::{Chance, glossary, question, years};
use crate::{Archive, InvalidArchive, Observation};

fn corpus() -> Vec<Observation> {
    years(2012..=2021, 60, |year, source, chance| match chance.below(1000) {
        0..=24 if year >= 2019 => "lattice engine (LE)".to_owned(),
        25..=40 if year >= 2020 && source < 5 => "smart cities".to_owned(),
        41..=60 => "old thing".to_owned(),
        _ => String::new(),
    })
}

fn json(archive: &Archive) -> String {
    serde_json::to_string(&archive.picture(question("2022-01-01", None))).unwrap()
}

#[test]
fn grown_in_portions_equals_read_at_once() {
    let documents = corpus();
    let mut at_once = Archive::new(&glossary());
    at_once.apply(documents.clone(), &[], ChangeNumber(9));
    let expected = json(&at_once);
    assert!(expected.contains("lattice engine") && expected.contains("smart-cities"));

    let mut chance = Chance::new(11);
    let mut shuffled = documents.clone();
    for at in (1..shuffled.len()).rev() {
        shuffled.swap(at, usize::try_from(chance.below(at as u64 + 1)).unwrap());
    }
    let mut grown = Archive::new(&glossary());
    for (round, batch) in (0..).zip(shuffled.chunks(shuffled.len() / 20 + 1)) {
        // Earlier versions that are replaced, and documents that are taken away again.
        let mut first = batch.to_vec();
        for document in first.iter_mut().step_by(3) {
            document.text.push_str(" something else (SE) entirely lattice engine");
            document.source.push_str("-of-before");
        }
        let stray = documents.iter().take(90).cloned().map(|mut document| {
            document.key.push_str("-stray");
            document
        });
        let stray = stray.collect::<Vec<_>>();
        let keys = stray.iter().map(|document| document.key.clone()).collect::<Vec<_>>();
        first.extend(stray);
        grown.apply(first, &[], ChangeNumber(round));
        if round % 4 == 0 {
            assert!(json(&grown).len() > 100);
        }
        grown.apply(batch.to_vec(), &keys, ChangeNumber(round));
    }
    assert_eq!(grown.len(), documents.len());
    assert!(json(&grown) == expected, "grown differs");
    assert!(json(&grown) == expected, "asked again");
}

#[test]
fn another_instant_is_another_picture() {
    let documents = corpus();
    let (first, rest) = documents.split_at(documents.len() - 40);
    let mut seen = BTreeSet::new();
    for step in [Step::Year, Step::Quarter] {
        let mut archive = Archive::new(&glossary());
        archive.apply(first.to_vec(), &[], ChangeNumber(1));
        let days = ["2021-12-01", "2021-12-02", "2021-12-09", "2021-12-02", "2018-01-01"];
        for (round, day) in days.into_iter().enumerate() {
            // One comes and one goes between the pictures.
            let gone = |round: usize| documents.get(round * 7).unwrap().key.clone();
            archive.apply(vec![rest.get(round).unwrap().clone()], &[gone(round)], ChangeNumber(2));
            let mut left =
                first.iter().chain(rest.get(..=round).unwrap()).cloned().collect::<Vec<_>>();
            left.retain(|it| (0..=round).all(|at| gone(at) != it.key));
            let mut fresh = Archive::new(&glossary());
            fresh.apply(left, &[], ChangeNumber(2));
            let [picture, expected] = [&archive, &fresh].map(|archive| {
                serde_json::to_string(&archive.picture(question(day, Some(step)))).unwrap()
            });
            assert!(picture == expected, "{day} {step:?}");
            seen.insert(picture);
        }
    }
    assert_eq!(seen.len(), 10);
}

#[test]
fn most_may_be_taken_away() {
    let documents = corpus();
    let mut archive = Archive::new(&glossary());
    archive.apply(documents.clone(), &[], ChangeNumber(1));
    json(&archive);
    let (kept, gone): (Vec<_>, Vec<_>) =
        documents.into_iter().partition(|document| document.key.ends_with(['3', '7']));
    let keys = gone.into_iter().map(|document| document.key).collect::<Vec<_>>();
    archive.apply(Vec::new(), &keys, ChangeNumber(2));
    let mut fresh = Archive::new(&glossary());
    fresh.apply(kept, &[], ChangeNumber(2));
    assert!(json(&archive) == json(&fresh), "differs");
}

#[test]
fn what_was_saved_is_read_again() {
    let mut archive = Archive::new(&glossary());
    archive.apply(corpus(), &["entry:5".to_owned()], ChangeNumber(42));
    let mut file = Vec::new();
    archive.save(&mut file).unwrap();
    let loaded = Archive::load(file.as_slice(), &glossary()).unwrap();
    assert_eq!(loaded.applied(), ChangeNumber(42));
    assert!(json(&loaded) == json(&archive), "differs");
    let mut again = Vec::new();
    loaded.save(&mut again).unwrap();
    assert_eq!(again, file);

    let refused = |bytes: &[u8], glossary: &Glossary| Archive::load(bytes, glossary).unwrap_err();
    assert!(matches!(refused(&file, &Glossary::default()), InvalidArchive::Other));
    let mut other = file.clone();
    other[19] = b'0';
    assert!(matches!(refused(&other, &glossary()), InvalidArchive::Other));
    for length in [0, 10, 40, file.len() / 2, file.len() - 1] {
        refused(&file[..length], &glossary());
    }
    for at in (40..file.len()).step_by(file.len() / 50) {
        let mut changed = file.clone();
        changed[at] ^= 0x41;
        refused(&changed, &glossary());
    }
}

/// Words of three languages in any order: some that are rare, some that begin no term in one language, single
/// characters, numbers and breaks.
fn jumbled(count: u64, seed: u64) -> Vec<Observation> {
    const WORDS: [&str; 29] = [
        "deep", "learning", "nets", "net", "Nets", "the", "of", "does", "doe", "1980", "1980s",
        "on", "de", "les", "x", "X", "y", "5", "5.1", ".", "(", "人", "工", "智", "能", "的",
        "réseau", "profond", "lattice",
    ];
    let mut chance = Chance::new(seed);
    let words = |chance: &mut Chance, count: u64| {
        let mut text = String::new();
        for _ in 0..count {
            let word = match chance.below(35) {
                at @ 0..29 => WORDS.get(usize::try_from(at).unwrap()).copied().unwrap().to_owned(),
                // Each of them a few times in all, and written in two ways.
                at => format!("{}are{}", if at < 32 { 'r' } else { 'R' }, chance.below(count * 40)),
            };
            write!(text, "{word} ").unwrap();
        }
        text
    };
    let documents = (0..count).map(|at| Observation {
        key: format!("jumbled:{seed}:{at}"),
        date: Timestamp::from_millis(1_500_000_000_000 + 100_000_000 * i64::try_from(at).unwrap()),
        language: match at % 3 {
            0 => Some(Language::En),
            1 => Some(Language::Fr),
            _ => Some(Language::Zh),
        },
        source: format!("source-{}", at % 5),
        institution: None,
        authors: 1,
        title: words(&mut chance, 4),
        text: words(&mut chance, 30),
    });
    documents.collect()
}

/// Each phrase that so many documents have as make it a term, with all that have it and count.
fn terms(archive: &Archive) -> BTreeMap<u64, BTreeSet<String>> {
    let documents = &archive.documents;
    archive.with_counts(|counts| {
        let all = counts.shards.iter().flat_map(Shard::all);
        let terms = all.map(|(number, posting)| {
            let live = posting.documents().filter_map(|it| documents.all.get(it as usize));
            let keys = live.filter(|it| it.live).map(|it| documents.key(it).to_owned());
            (number, keys.collect::<BTreeSet<_>>())
        });
        let needed = threshold(documents.live()) as usize;
        terms.filter(|(_, keys)| keys.len() >= needed).collect()
    })
}

#[test]
fn what_becomes_frequent_is_found_in_all_that_was_there() {
    let (documents, mut others) = (jumbled(1_200, 5), jumbled(400, 6));
    let mut grown = Archive::new(&glossary());
    let mut taken = Vec::new();
    let mut found = 0;
    for (round, part) in documents.chunks(30).enumerate() {
        // Some are forgotten, and some come again as something else.
        let gone = taken.iter().step_by(11).map(|it: &Observation| it.key.clone());
        let gone = gone.take(round).collect::<Vec<_>>();
        taken.retain(|it| !gone.contains(&it.key));
        for (earlier, other) in taken.iter_mut().step_by(17).zip(others.drain(..4)) {
            *earlier = Observation { key: earlier.key.clone(), ..other };
        }
        taken.extend(part.to_vec());
        grown.apply(taken.clone(), &gone, ChangeNumber(1));
        let mut fresh = Archive::new(&glossary());
        fresh.apply(taken.clone(), &[], ChangeNumber(1));
        let (grown, fresh) = (terms(&grown), terms(&fresh));
        assert!(grown == fresh, "round {round}: {} and {} terms", grown.len(), fresh.len());
        found = grown.len();
    }
    assert!(found > 400, "{found}");
}
