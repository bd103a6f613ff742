//! The glossary: every concept in all six languages, nothing twice.

use std::collections::BTreeMap;
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
