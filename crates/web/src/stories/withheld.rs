//! What rules hold or drop shows at no door, as what is under embargo does.

use observatory_model::asked::Asked;
use observatory_model::entry::IncomingEntry;
use observatory_model::rule::{Act, Rule, Verdict, Withheld};
use observatory_model::{Clock as _, EntryId, Language, RuleId};
use observatory_store::Page;

use super::rights::{HIDDEN, seen};
use crate::testing::{TestSite, entry};

fn words(number: u32) -> IncomingEntry {
    IncomingEntry {
        key: format!("withheld-{number}"),
        title: "Spectrum zyxwembargo".to_owned(),
        html: "<p>zyxwembargo</p>".to_owned(),
        text: "Satellites, spectrum and zyxwembargo".to_owned(),
        authors: vec!["zyxwembargo".to_owned()],
        url: Some("https://zyxwembargo.example/a".parse().unwrap()),
        ..entry(number)
    }
}

fn page(numbers: &[u32]) -> Page {
    Page {
        entries: numbers.iter().map(|number| words(*number)).collect(),
        progress: "{}".to_owned(),
        ..Page::default()
    }
}

/// Entries that a rule holds and drops: two when they come, and two that were public before.
pub(super) async fn withhold(site: &TestSite) {
    let now = site.clock.now();
    let source = site.store.source_by_slug(&"a-source".parse().unwrap()).await.unwrap().unwrap();
    site.store.record_page(source.id, &page(&[2, 3]), now).await.unwrap();
    site.index().await;
    let public = site.store.newest_entries(200).await.unwrap();
    for (key, act) in [("withheld-2", Act::Hold), ("withheld-3", Act::Drop)] {
        let own = public.iter().find(|entry| entry.content.key == key).unwrap();
        assert_eq!(site.get(&format!("/en/entries/{}", own.id)).await.status, 200);
        let rule = Rule {
            id: RuleId::new(now),
            name: HIDDEN.parse().unwrap(),
            asked: Asked::default(),
            act,
            is_paused: false,
            added: now,
            applied: None,
        };
        assert_eq!(site.store.apply_rule(&rule, &[own.id], None, now).await.unwrap(), 1);
    }
    let verdict = |how| Verdict {
        withheld: Some((how, HIDDEN.parse().unwrap())),
        topics: vec!["zyxwembargo".parse().unwrap()],
        language: Some(Language::Fr),
    };
    let verdicts = [(0, Withheld::Held), (1, Withheld::Dropped)];
    let verdicts = verdicts.map(|(number, how)| (format!("withheld-{number}"), verdict(how)));
    site.store.record_judged_page(source.id, &page(&[0, 1]), verdicts.into(), now).await.unwrap();
}

async fn withheld(site: &TestSite) -> Vec<EntryId> {
    let mut ids = Vec::new();
    for how in [Withheld::Held, Withheld::Dropped] {
        let lines = site.store.withheld(how, None, 9).await.unwrap();
        assert_eq!(lines.len(), 2, "when it came, and afterwards");
        ids.extend(lines.iter().map(|line| line.entry));
    }
    ids
}

#[tokio::test]
async fn a_withheld_entry_is_like_one_that_never_was() {
    let site = TestSite::filled().await;
    let before = site.get("/en/sources/a-source").await.text;
    withhold(&site).await;
    site.index().await;
    let nobody = EntryId::new(site.clock.now()).to_string();
    for id in withheld(&site).await {
        for door in [
            "/en/entries/ID",
            "/ar/entries/ID",
            "/api/v1/documents/entry:ID",
            "/api/v1/related/entry:ID",
            "/en/related?of=entry:ID",
        ] {
            let own = seen(&site, &door.replace("ID", &id.to_string())).await;
            let none = seen(&site, &door.replace("ID", &nobody)).await;
            let spaced = |id: &str| id.replace('-', " ");
            let same = none.replace(&nobody, &id.to_string());
            // The page of what is not there proposes to search for the end of its address.
            let same = same.replace(&spaced(&nobody), &spaced(&id.to_string()));
            assert!(own == same, "{door} tells that something is there");
        }
    }
    assert_eq!(site.get("/en/sources/a-source").await.text, before, "neither listed nor counted");
    assert_eq!(site.store.entry_count().await.unwrap(), 25);
}

#[tokio::test]
async fn what_is_released_is_there() {
    let site = TestSite::filled().await;
    withhold(&site).await;
    let held = site.store.withheld(Withheld::Held, None, 9).await.unwrap();
    for line in held {
        assert!(site.store.release(line.entry, site.clock.now()).await.unwrap());
        assert!(!site.store.release(line.entry, site.clock.now()).await.unwrap(), "once");
        site.index().await;
        let page = site.get(&format!("/en/entries/{}", line.entry)).await;
        assert!(page.status.is_success() && page.text.contains("zyxwembargo"), "{}", page.text);
    }
    assert!(site.get("/en/search?q=zyxwembargo").await.text.contains("<mark>zyxw"));
    assert_eq!(site.store.entry_count().await.unwrap(), 27);
}
