//! The glossary: every concept in all six languages, nothing twice, and official names as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use observatory_model::Language;
use observatory_model::glossary::Glossary;

#[test]
fn every_concept_has_labels_in_six_languages_and_no_label_means_two() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../search-index/glossary");
    let mut owners = BTreeMap::new();
    let mut count = 0;
    let files = crate::material::files(&folder).into_iter();
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "tsv")) {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let glossary =
            Glossary::read([&*text]).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        count += glossary.len();
        for line in text.lines().skip(1) {
            let name = line.split('\t').next().expect("a name");
            let english = line.split('\t').nth(3).and_then(|cell| cell.split(" | ").next());
            let concept = glossary.concept(english.expect("a label")).expect(line);
            assert_eq!(concept.name.as_str(), name, "{line}");
            for language in Language::ALL {
                for label in concept.labels(language) {
                    let before = owners.insert((language, label.to_lowercase()), name.to_owned());
                    assert_eq!(before, None, "{label} ({language}) is a label of {name} too");
                }
            }
        }
    }
    assert!(count >= 300, "{count} concepts");
}

/// Every concept of the glossary.
fn glossary() -> Glossary {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../search-index/glossary");
    let files = crate::material::files(&folder).into_iter();
    let tables = files.filter(|file| file.extension().is_some_and(|end| end == "tsv"));
    let texts: Vec<_> = tables.map(|file| std::fs::read_to_string(file).expect("UTF-8")).collect();
    Glossary::read(texts.iter().map(String::as_str)).expect("a glossary")
}

/// Everything that a Turtle file says of a subject with `property` in a language, in its order.
fn said<'a>(turtle: &'a str, property: &str) -> Vec<(&'a str, Language, &'a str)> {
    let mut found = Vec::new();
    // Each statement stands for itself, and ends with a point and an empty line.
    for statement in turtle.split(".\n\n") {
        let Some((subject, rest)) = statement.trim().split_once(' ') else { continue };
        let Some(rest) = rest.trim_start().strip_prefix(property) else { continue };
        let mut parts = rest.split('"').skip(1);
        while let (Some(text), Some(after)) = (parts.next(), parts.next()) {
            let code = after.strip_prefix('@').and_then(|after| after.get(..2));
            if let Some(language) = code.and_then(|code| code.parse().ok()) {
                found.push((subject, language, text));
            }
            // What follows belongs to another property.
            if after.contains(';') {
                break;
            }
        }
    }
    found
}

#[test]
fn what_has_an_official_name_has_it_in_the_glossary_too() {
    let Some(folder) = crate::material::unpack("data/multilingual/sdg-terms-6lang.tar.xz") else {
        return;
    };
    let read = |name: &str| {
        let file = folder.path().join("sdg-terms-6lang").join(name);
        std::fs::read_to_string(file).expect("an official list")
    };
    let (codes, goals) = (read("sdg-codes.ttl"), read("sdg-kos-goals-targets-indicators.ttl"));
    let mut official = said(&codes, "skos:prefLabel");
    let languages: BTreeSet<_> = official.iter().map(|(_, language, _)| *language).collect();
    assert_eq!(languages.len(), Language::ALL.len(), "{languages:?}");
    // The short names of the goals are there in English alone.
    official.extend(said(&goals, "skos:altLabel"));
    let glossary = glossary();
    let mut of_subjects: BTreeMap<&str, Vec<(Language, &str)>> = BTreeMap::new();
    for (subject, language, name) in official {
        of_subjects.entry(subject).or_default().push((language, name));
    }
    let (mut names, mut concepts, mut missing) = (0, 0, Vec::new());
    for of_one in of_subjects.values() {
        let mut english = of_one.iter().filter(|(language, _)| *language == Language::En);
        let Some(concept) = english.find_map(|(_, name)| glossary.concept(name)) else { continue };
        concepts += 1;
        for (language, name) in of_one {
            names += 1;
            let is_label = glossary.concept(name).is_some_and(|other| other.name == concept.name);
            if !is_label {
                missing.push(format!("{name} ({language}) is no label of {}", concept.name));
            }
        }
    }
    eprintln!("{} of {names} official names of {concepts} concepts", names - missing.len());
    assert_eq!(missing, [] as [String; 0], "of {names} names of {concepts} concepts");
    assert!(concepts >= 25 && names >= 45, "{names} names of {concepts} concepts");
}
