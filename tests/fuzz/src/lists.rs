//! Lists of sources: what is read of one, written and read again, is the same list.

use observatory_ingest::opml::{self, MAX_OUTLINES};
use observatory_ingest::radar::{MAX_PROBLEMS, read_radar};
use observatory_model::SourceId;
use observatory_model::source::{FailureReason, Health, Source, SourceKind, SourceState};

use crate::entries::{NOW, strange};

pub(crate) fn opml(bytes: &[u8]) {
    let list = match opml::read(bytes) {
        Ok(list) => list,
        Err(failure) => {
            assert_ne!(failure.reason, FailureReason::ParserFailed, "{failure}");
            return;
        }
    };
    assert!(list.feeds.len() <= MAX_OUTLINES && list.problems.len() <= 100);
    for problem in &list.problems {
        assert!(!problem.contains(strange), "{problem:?}");
    }
    let sources = list.feeds.into_iter().map(source).collect::<Vec<_>>();
    let written = observatory_publish::opml("Sources", &sources, NOW);
    let again = opml::read(written.as_bytes()).map(|list| list.feeds).unwrap_or_default();
    let told = |source: &Source| {
        let Source { name, url, folder, homepage, .. } = source.clone();
        (folder, url, name, homepage)
    };
    // Within a folder the order stays, and folders are sorted.
    let mut expected = sources.iter().map(told).collect::<Vec<_>>();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    let found = again.into_iter().map(source).map(|source| told(&source)).collect::<Vec<_>>();
    assert_eq!(found, expected, "{written}");
}

#[expect(clippy::expect_used, reason = "it is a slug, and an edition is written as it is")]
pub(crate) fn radar(bytes: &[u8]) {
    let name = || "2026-11".parse().expect("a slug");
    let Ok(read) = read_radar(bytes, name(), NOW) else { return };
    assert_eq!(read.edition.check(), Ok(()));
    assert!(read.problems.len() <= MAX_PROBLEMS);
    let zones = read.edition.sectors.iter().chain(&read.edition.rings);
    let names = zones.flat_map(|zone| zone.names.values());
    let blips = read.edition.blips.iter();
    let texts = names.chain(blips.flat_map(|blip| blip.names.values().chain([&blip.note])));
    for text in texts {
        assert!(!text.contains(strange) && text.chars().count() <= 1000, "{text:?}");
    }
    let written = serde_json::to_string(&read.edition).expect("it is written");
    let again = read_radar(written.as_bytes(), name(), NOW).expect("it is read again");
    assert_eq!(again.edition, read.edition);
}

#[expect(clippy::expect_used, reason = "it is a slug")]
fn source(listed: opml::Listed) -> Source {
    let name = listed.name.unwrap_or_else(|| listed.url.host().to_owned());
    assert!(!name.contains(strange) && name.chars().count() <= 300, "{name:?}");
    Source {
        id: SourceId::new(NOW),
        slug: "s".parse().expect("a slug"),
        name,
        url: listed.url,
        kind: SourceKind::Feed,
        folder: listed.folder,
        homepage: listed.homepage,
        declared_language: None,
        state: SourceState::Active,
        health: Health::default(),
        institution: None,
        region: None,
        progress: None,
    }
}
