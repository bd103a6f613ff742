//! What was planted in made-up documents: rises that must be found, and what must raise no alarm.

use observatory_model::Language;
use observatory_model::change::ChangeNumber;
use observatory_model::trend::Step;

use crate::synthetic::{Chance, document, glossary, names, picture, question, text, years};
use crate::{Archive, FALSE_ALARMS};

/// Nothing.
fn none(_: i32, _: u64, _: &mut Chance) -> String {
    String::new()
}

#[test]
fn a_rise_at_one_per_cent_in_five_sources_is_found_within_two_periods() {
    let documents = years(2013..=2021, 180, |year, source, chance| {
        let rises = year >= 2020 && source < 5 && chance.of_thousand(16);
        if rises { "lattice engine".to_owned() } else { String::new() }
    });
    let before = picture(&documents, "2020-01-01", None);
    assert_eq!(names(&before), Vec::<&str>::new());
    let seen = picture(&documents, "2022-01-01", None);
    let finding = seen.trends.iter().find(|it| it.name == "lattice engine").expect("found");
    assert_eq!(finding.slug.as_str(), "lattice-engine");
    assert!(finding.false_alarms <= FALSE_ALARMS && finding.growth > 5.0, "{finding:?}");
    assert!(finding.growth_between.0 > 1.0 && finding.growth_between.0 < finding.growth);
    assert_eq!(finding.first_seen.ymd().0, 2020);
    assert_eq!(finding.rising_since.ymd().0, 2020);
    assert_eq!((finding.sources.len(), finding.institutions.len()), (5, 5));
    assert!(finding.breadth > 4.0 && finding.breadth <= 5.0);
    assert!(finding.evidence.len() > 10 && finding.evidence.len() <= 15, "three of each source");
    assert_eq!(finding.counts.len(), 9);
    let last = finding.counts.last().unwrap();
    assert_eq!((last.from.date().as_str(), last.all), ("2021-01-01", 1440));
    // Its words alone are not told again.
    assert_eq!(names(&seen).iter().filter(|name| name.contains("lattice")).count(), 2);
    assert_eq!((seen.documents, seen.sources, seen.step), (9 * 1440, 8, Step::Year));
}

#[test]
fn the_parts_of_the_world_that_name_it_are_told() {
    let documents = years(2013..=2021, 180, |year, source, chance| {
        let rises = year >= 2020 && source < 5 && chance.of_thousand(16);
        if rises { "lattice engine".to_owned() } else { String::new() }
    });
    let mut archive = Archive::new(&glossary());
    archive.apply(documents, &[], ChangeNumber(1));
    let asked = question("2022-01-01", None);
    let unknown = archive.picture(asked);
    assert!(unknown.trends.iter().all(|it| it.regions.is_empty()), "where nothing is known");
    let regions = [("source-0", "africa"), ("source-1", "europe"), ("source-2", "africa")];
    let regions = regions.map(|(source, region)| (source.to_owned(), region.to_owned()));
    archive.locate(regions.into());
    let mut seen = archive.picture(asked);
    let finding = seen.trends.iter().find(|it| it.name == "lattice engine").expect("found");
    let of = |name: &str| finding.regions.iter().find(|part| part.name == name).unwrap().recent;
    let of_sources = |names: &[&str]| -> u32 {
        let all = finding.sources.iter().filter(|part| names.contains(&part.name.as_str()));
        all.map(|part| part.recent).sum()
    };
    assert_eq!(finding.regions.len(), 3);
    assert_eq!(of("africa"), of_sources(&["source-0", "source-2"]));
    assert_eq!(of("europe"), of_sources(&["source-1"]));
    assert_eq!(of(""), of_sources(&["source-3", "source-4"]), "where it is not known");
    assert!(of("europe") > 0);
    seen.trends.iter_mut().chain(&mut seen.signals).for_each(|it| it.regions.clear());
    assert_eq!(seen, unknown, "nothing else changes");
}

#[test]
fn a_rise_split_over_six_languages_is_one() {
    let names_of = [
        (Language::En, "smart cities"),
        (Language::Fr, "villes intelligentes"),
        (Language::Es, "ciudad inteligente"),
        (Language::Ru, "умного города"),
        (Language::Ar, "والمدن الذكية"),
        (Language::Zh, "建设智慧城市的"),
    ];
    let mut count = 0;
    let mut documents = years(2014..=2021, 120, |year, _, chance| {
        if year >= 2020 && chance.of_thousand(18) { "PLANTED".to_owned() } else { String::new() }
    });
    for document in documents.iter_mut().filter(|it| it.text.contains("PLANTED")) {
        let (language, name) = names_of[count % 6];
        document.language = Some(language);
        document.text = document.text.replace("PLANTED", name);
        count += 1;
    }
    let seen = picture(&documents, "2022-01-01", None);
    assert_eq!(seen.trends.len(), 1, "{:?}", names(&seen));
    let finding = &seen.trends[0];
    assert_eq!(finding.concept.as_ref().unwrap().as_str(), "smart-cities");
    assert_eq!(finding.slug.as_str(), "smart-cities");
    assert_eq!(finding.languages.len(), 6);
    assert_eq!(finding.sources.iter().map(|part| part.recent as usize).sum::<usize>(), count);
    assert_eq!(finding.aliases.len(), 5, "{:?}", finding.aliases);
}

#[test]
fn a_prolific_source_raises_no_alarm() {
    let mut chance = Chance::new(3);
    let base = years(2014..=2021, 60, none);
    let flood = |source: &str,
                 chance: &mut Chance,
                 years: std::ops::RangeInclusive<i32>,
                 each: u64,
                 part: u64| {
        let mut documents = Vec::new();
        for year in years {
            for n in 0..each {
                let about = if chance.of_thousand(part) { "cheap loans" } else { "" };
                let text = text(chance, 20, about);
                let key = u64::try_from(year).unwrap() * 100_000 + n;
                let date = format!("{year}-{:02}-11", 1 + n % 12);
                documents.push(document(key, source, &date, text));
            }
        }
        documents
    };
    // One that begins, one that always wrote of it and writes ever more, one that takes it up alone.
    let begins = flood("new", &mut chance, 2020..=2021, 600, 700);
    let mut grows = flood("source-1", &mut chance, 2014..=2019, 20, 300);
    grows.extend(flood("source-1", &mut chance, 2020..=2021, 900, 300));
    let mut alone = flood("source-2", &mut chance, 2014..=2018, 200, 0);
    alone.extend(flood("source-2", &mut chance, 2019..=2021, 200, 400));
    for planted in [begins, grows, alone] {
        let documents = [base.clone(), planted].concat();
        let seen = picture(&documents, "2022-01-01", None);
        assert_eq!(names(&seen), Vec::<&str>::new());
    }
}

#[test]
fn a_season_raises_no_alarm() {
    let mut chance = Chance::new(5);
    let mut documents = Vec::new();
    for month in 0..36_u64 {
        for n in 0..480 {
            let season = matches!(month % 12, 9..=11) && chance.of_thousand(60);
            let about = if season { "winter storm" } else { "" };
            let text = text(&mut chance, 20, about);
            let date = format!("{}-{:02}-{:02}", 2019 + month / 12, month % 12 + 1, 1 + n % 28);
            documents.push(document(month * 1000 + n, &format!("source-{}", n % 6), &date, text));
        }
    }
    let seen = picture(&documents, "2022-01-01", Some(Step::Month));
    assert_eq!(names(&seen), Vec::<&str>::new());
    assert!(seen.tested > 100);
    // With less than a year of history the same rise is one.
    documents.retain(|it| it.date.date().as_str() >= "2021-03-01");
    let seen = picture(&documents, "2022-01-01", Some(Step::Month));
    assert_eq!(names(&seen).first(), Some(&"winter storm"));
}

#[test]
fn twice_as_many_documents_raise_no_alarm() {
    let mut documents = years(2014..=2021, 80, none);
    let more = years(2020..=2021, 80, none);
    for (key, mut document) in (1_000_000..).zip(more) {
        document.key = format!("entry:{key}");
        documents.push(document);
    }
    let seen = picture(&documents, "2022-01-01", None);
    assert_eq!(names(&seen), Vec::<&str>::new());
    assert_eq!(seen.lack, Some(observatory_model::trend::Lack::Rise));
}

#[test]
fn acronyms_are_one_with_what_they_stand_for() {
    let documents = years(2014..=2021, 120, |year, _, chance| match chance.below(1000) {
        0..=8 if year >= 2020 => "deep lattice engine (DLE)".to_owned(),
        9..=20 if year >= 2020 => "DLEs".to_owned(),
        _ => String::new(),
    });
    let seen = picture(&documents, "2022-01-01", None);
    let found = names(&seen);
    assert_eq!(seen.trends.len(), 1, "{found:?}");
    assert_eq!(seen.trends[0].slug.as_str(), "deep-lattice-engine");
    let all = [&[seen.trends[0].name.clone()], seen.trends[0].aliases.as_slice()].concat();
    assert!(all.contains(&"deep lattice engine".to_owned()) && all.len() == 2, "{all:?}");
}
