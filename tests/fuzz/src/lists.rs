//! Lists of sources: what is read of one, written and read again, is the same list.

use observatory_ingest::opml::{self, MAX_OUTLINES};
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
        progress: None,
    }
}
