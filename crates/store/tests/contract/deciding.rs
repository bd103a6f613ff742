//! Decisions about submissions, and what becomes of the pieces they make public.

use observatory_model::brief::{Audience, Brief};
use observatory_model::person::{Person, Posting};
use observatory_model::rights::Stage;
use observatory_model::submission::{Save, Verdict};
use observatory_model::{Language, Slug, SubmissionId, Timestamp};
use observatory_store::{Deciding, Retraction, StoreError};

use crate::desk::{
    acts, decided, done, due, notices, now_of, publication, send, sent, somebody, whole,
};
use crate::ground::{Ground, brief, later, nine};

/// Somebody who has sent a piece, and an editor.
async fn desk(ground: &Ground) -> (Person, Person, SubmissionId) {
    let ada = somebody(ground, "ada@example.org", "researcher").await;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    let id = sent(ground, &ada, "Networks", nine()).await;
    (ada, editor, id)
}

async fn public(ground: &Ground, slug: &str, now: Timestamp) -> Option<Brief> {
    let address = format!("academic-network/{slug}").parse().unwrap();
    ground.store.brief(&address, Language::En, now).await.unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

pub(crate) async fn a_decision_can_be_taken_back_for_ten_seconds(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, id) = desk(ground).await;
    // Between two seconds, since what is kept of it has whole ones.
    let now = Timestamp::from_millis(later(60).millis() + 600);
    let first = decided(ground, id, &editor, Verdict::Accept, now).await;
    assert!(first.due >= now.plus_seconds(10) && first.due < now.plus_seconds(11));
    let early = Timestamp::from_millis(first.due.millis() - 1);
    assert!(!store.carry_out(id, &first, None, early).await.unwrap());
    assert_eq!(notices(ground, &ada).await, ["received"], "nobody was told");
    assert_eq!(now_of(ground, id).await.stage, Stage::Received);
    assert!(store.undo_decision(id, &editor, early).await.unwrap());
    assert!(!store.undo_decision(id, &editor, early).await.unwrap());
    assert!(!store.carry_out(id, &first, None, later(90)).await.unwrap(), "it was taken back");

    // The second decision takes the place of the first.
    let first = decided(ground, id, &editor, Verdict::Accept, later(100)).await;
    let second = decided(ground, id, &editor, Verdict::Decline, later(105)).await;
    assert_eq!(due(ground, &format!("carry-out:{id}")).await, [later(115)]);
    assert!(!store.carry_out(id, &first, None, later(120)).await.unwrap());
    assert!(!store.undo_decision(id, &editor, later(115)).await.unwrap(), "too late");
    assert!(store.carry_out(id, &second, None, later(120)).await.unwrap());
    let kept = now_of(ground, id).await;
    assert_eq!((kept.stage, kept.pending), (Stage::Declined, None));
    assert_eq!(store.steps(id).await.unwrap()[2].reasons, "since it is so");
    assert_eq!(notices(ground, &ada).await, ["received", "declined"]);
    let said = acts(ground).await;
    let expected = [
        "submission.decide received→accept",
        "submission.undo accept→",
        "submission.decide received→accept",
        "submission.decide received→decline",
        "submission.stage received→declined",
    ];
    assert_eq!(said[said.len() - 5..], expected);
    let closed = store.decide_submission(id, &editor, Verdict::Accept, "", later(130)).await;
    assert_eq!(closed.unwrap(), Deciding::Closed);
}

pub(crate) async fn a_decision_is_carried_out_once(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, id) = desk(ground).await;
    let pending = decided(ground, id, &editor, Verdict::Revise, nine()).await;
    let other = ground.another().await;
    let (one, two) = tokio::join!(
        store.carry_out(id, &pending, None, later(10)),
        other.carry_out(id, &pending, None, later(10))
    );
    other.close().await;
    assert_ne!(one.unwrap(), two.unwrap(), "two at once");
    assert_eq!(notices(ground, &ada).await, ["received", "revision"]);
    let accept =
        store.decide_submission(id, &editor, Verdict::Accept, "", later(20)).await.unwrap();
    assert_eq!(accept, Deciding::Closed, "what is being revised is not there to be accepted");

    // Sent again, it is the same piece in another round.
    let save = Save { base: 0, device: "d".to_owned(), sequence: 1, draft: whole("Networks 2") };
    store.save_draft(id, save, later(30)).await.unwrap().unwrap();
    send(ground, id, &ada, Posting::CheckFirst, later(40)).await;
    let kept = now_of(ground, id).await;
    assert_eq!((kept.number.as_deref(), kept.round), (Some("2026-0001"), 2));
    let rounds = store.rounds(id).await.unwrap();
    let titles: Vec<_> = rounds.iter().map(|round| round.draft.title.as_str()).collect();
    assert_eq!(titles, ["Networks", "Networks 2"]);
    assert_eq!(notices(ground, &ada).await, ["received", "revision", "revised"]);

    // What cannot be published is not accepted either.
    let pending = decided(ground, id, &editor, Verdict::Accept, later(50)).await;
    let nothing = store.carry_out(id, &pending, None, later(60)).await;
    assert!(matches!(nothing, Err(StoreError::Conflict { .. })), "{nothing:?}");
    let kept = now_of(ground, id).await;
    assert_eq!((kept.stage, kept.pending), (Stage::Received, Some(pending)));
    assert_eq!(notices(ground, &ada).await.len(), 3);
}

pub(crate) async fn what_is_accepted_stands_beside_the_folder(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, id) = desk(ground).await;
    let folder = [brief("academic-network/of-the-folder", Language::En, nine())];
    store.replace_briefs(&folder, nine()).await.unwrap();
    let before = store.last_change().await.unwrap();
    let at = done(ground, id, &editor, Verdict::Accept, nine()).await;
    let piece = public(ground, "networks", at).await.unwrap();
    assert_eq!((piece.title.as_str(), piece.version, piece.published), ("Networks", 1, at));
    let changes = store.changes_after(before, 9).await.unwrap();
    let documents: Vec<_> = changes.iter().map(|change| change.document.to_string()).collect();
    assert_eq!(documents, ["brief:academic-network/networks/en"]);
    assert_eq!(now_of(ground, id).await.slug.as_deref(), Some("networks"));
    let (version, credit) = store.piece_version(&slug("networks"), 1).await.unwrap().unwrap();
    assert_eq!((version, credit.number.as_str()), (piece.clone(), "2026-0001"));
    let orcid = store.pieces_of(Some("0000-0002-1825-0097"), None).await.unwrap();
    assert_eq!(orcid, [(slug("networks"), "A. B.".to_owned(), String::new())]);
    assert!(store.pieces_of(None, None).await.unwrap().is_empty());
    assert_eq!(notices(ground, &ada).await, ["received", "published"]);
    let said = acts(ground).await;
    assert_eq!(said.last().unwrap(), "submission.publish →academic-network/networks v1");

    // The folder neither removes it, nor overwrites it, nor takes its address.
    let counts = store.replace_briefs(&folder, later(60)).await.unwrap();
    assert_eq!((counts.unchanged, counts.removed), (1, 0));
    let counts = store.replace_briefs(&[], later(61)).await.unwrap();
    assert_eq!((counts.removed, counts.changed), (1, 0));
    assert_eq!(public(ground, "networks", later(61)).await.as_ref(), Some(&piece));
    for language in [Language::En, Language::Fr] {
        let taken = [folder[0].clone(), brief("academic-network/networks", language, nine())];
        let refused = store.replace_briefs(&taken, later(62)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    }
    assert_eq!(public(ground, "of-the-folder", later(62)).await, None, "nothing of it was done");
    assert_eq!(public(ground, "networks", later(62)).await, Some(piece));
    assert_eq!(store.check().await.unwrap().problems, Vec::<String>::new());
}

pub(crate) async fn a_next_version_keeps_its_address(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, id) = desk(ground).await;
    done(ground, id, &editor, Verdict::Accept, nine()).await;
    assert_eq!(store.begin_version(id, editor.id, later(20)).await.unwrap(), None, "not theirs");
    let original = id;
    let id = store.begin_version(original, ada.id, later(20)).await.unwrap().unwrap();
    assert_eq!(
        store.begin_version(original, ada.id, later(21)).await.unwrap(),
        Some(id),
        "one at once"
    );
    let kept = now_of(ground, id).await;
    assert_eq!((kept.stage, kept.draft.title.as_str()), (Stage::Draft, "Networks"));
    assert!(store.discard_draft(id, "ada@example.org", later(22)).await.unwrap());
    let id = store.begin_version(original, ada.id, later(23)).await.unwrap().unwrap();
    assert_eq!(store.begin_version(id, ada.id, later(24)).await.unwrap(), None, "it is a draft");
    let mut draft = whole("Another title");
    draft.language = Some(Language::Fr);
    draft.authors[0].orcid = String::new();
    let save = Save { base: 0, device: "d".to_owned(), sequence: 1, draft };
    store.save_draft(id, save, later(30)).await.unwrap().unwrap();
    send(ground, id, &ada, Posting::CheckFirst, later(40)).await;
    let at = done(ground, id, &editor, Verdict::Accept, later(50)).await;
    let address = "academic-network/networks".parse().unwrap();
    let languages = store.brief_languages(&address, at).await.unwrap();
    assert_eq!(languages, [(Language::Fr, "Another title".to_owned())], "it is there in one");
    let newest = store.brief(&address, Language::Fr, at).await.unwrap().unwrap();
    assert_eq!((newest.version, newest.published), (2, at));
    let versions = store.piece_versions(&slug("networks")).await.unwrap();
    let versions: Vec<_> = versions.iter().map(|one| (one.version, one.published)).collect();
    assert_eq!(versions, [(2, later(60)), (1, later(10))]);
    let (first, _) = store.piece_version(&slug("networks"), 1).await.unwrap().unwrap();
    assert_eq!((first.title.as_str(), first.published), ("Networks", later(10)));
    assert_eq!(store.piece_version(&slug("networks"), 3).await.unwrap(), None);
    let authors = store.pieces_of(Some("0000-0002-1825-0097"), None).await.unwrap();
    assert!(authors.is_empty(), "those of the newest version count");
    // The index forgets the language it is not in any more.
    let changes = store.changes_after(observatory_model::change::ChangeNumber(0), 9).await.unwrap();
    let documents: Vec<_> = changes.iter().map(|change| change.document.to_string()).collect();
    let expected = ["brief:academic-network/networks/en", "brief:academic-network/networks/fr"];
    assert_eq!(documents, expected);
    assert!(changes[0].number.0 > 1, "told again: {changes:?}");
    let rounds = store.rounds(id).await.unwrap();
    let rounds: Vec<_> = rounds.iter().map(|one| (one.round, one.draft.title.as_str())).collect();
    assert_eq!(rounds, [(0, "Networks"), (1, "Another title")], "what differs can be shown");

    // The third begins with the words of the second, and is a piece of its own once the others are gone.
    let third = store.begin_version(original, ada.id, later(70)).await.unwrap().unwrap();
    assert_eq!(now_of(ground, third).await.draft.title, "Another title");
    let retraction = Retraction { by: "editors", reason: "r", instead: "", who: "e" };
    assert!(store.retract(original, retraction, later(80)).await.unwrap());
    assert_eq!(now_of(ground, id).await.stage, Stage::Retracted);
    let kept = now_of(ground, third).await;
    assert_eq!((kept.stage, kept.slug), (Stage::Draft, None));
}

pub(crate) async fn a_slug_is_never_given_twice(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, first) = desk(ground).await;
    let in_folder = brief("academic-network/networks", Language::Fr, nine());
    let withdrawn = brief("academic-network/networks-2", Language::Fr, nine());
    store.replace_briefs(&[in_folder.clone(), withdrawn], nine()).await.unwrap();
    let for_members = Brief {
        audience: Audience::Members,
        ..brief("academic-network/networks-3", Language::Fr, nine())
    };
    store.replace_briefs(&[in_folder, for_members], nine()).await.unwrap();
    done(ground, first, &editor, Verdict::Accept, nine()).await;
    assert_eq!(now_of(ground, first).await.slug.as_deref(), Some("networks-4"));
    let retraction = Retraction { by: "editors", reason: "r", instead: "", who: "e" };
    assert!(store.retract(first, retraction, later(20)).await.unwrap());

    // Two that are published at once have addresses of their own; one of them may have to wait.
    let (one, two) = (
        sent(ground, &ada, "Networks", later(30)).await,
        sent(ground, &ada, "Networks", later(30)).await,
    );
    let decide = async |id| {
        let pending = decided(ground, id, &editor, Verdict::Accept, later(40)).await;
        (pending, publication(&now_of(ground, id).await, "networks"))
    };
    let ((pending_one, text_one), (pending_two, text_two)) = (decide(one).await, decide(two).await);
    let (done_one, done_two) = tokio::join!(
        store.carry_out(one, &pending_one, Some(text_one), later(60)),
        store.carry_out(two, &pending_two, Some(text_two), later(60))
    );
    assert!(done_one.unwrap() && done_two.unwrap());
    let mut slugs =
        [now_of(ground, one).await.slug.unwrap(), now_of(ground, two).await.slug.unwrap()];
    slugs.sort();
    assert_eq!(slugs, ["networks-5", "networks-6"]);
    assert!(store.withdrawn(&"academic-network/networks-2".parse().unwrap()).await.unwrap());
}

pub(crate) async fn what_is_taken_back_leaves_a_stone(ground: &Ground) {
    let store = &ground.store;
    let (ada, editor, id) = desk(ground).await;
    let retraction = Retraction {
        by: "editors",
        reason: "The data were wrong.\0",
        instead: "https://example.org/",
        who: editor.mail.as_str(),
    };
    assert!(!store.retract(id, retraction, nine()).await.unwrap(), "it is not published");
    done(ground, id, &editor, Verdict::Accept, nine()).await;
    let before = store.last_change().await.unwrap();
    assert!(store.retract(id, retraction, later(60)).await.unwrap());
    assert!(!store.retract(id, retraction, later(61)).await.unwrap());
    assert_eq!(public(ground, "networks", later(60)).await, None);
    assert_eq!(store.piece_version(&slug("networks"), 1).await.unwrap(), None);
    assert!(store.pieces_of(Some("0000-0002-1825-0097"), None).await.unwrap().is_empty());
    let instead = store.tombstone(&slug("networks")).await.unwrap().unwrap();
    assert_eq!((instead.title.as_str(), instead.at), ("Networks", later(60)));
    assert_eq!((instead.reason.as_str(), instead.by.as_str()), ("The data were wrong.", "editors"));
    assert!(store.withdrawn(&"academic-network/networks".parse().unwrap()).await.unwrap());
    let changes = store.changes_after(before, 9).await.unwrap();
    let documents: Vec<_> = changes.iter().map(|change| change.document.to_string()).collect();
    assert_eq!(documents, ["brief:academic-network/networks/en"], "the index forgets it");
    assert_eq!(now_of(ground, id).await.stage, Stage::Retracted);
    assert_eq!(notices(ground, &ada).await, ["received", "published", "retracted"]);
    let said = acts(ground).await;
    let expected =
        ["submission.stage published→retracted", "submission.retract →The data were wrong."];
    assert_eq!(said[said.len() - 2..], expected);
    assert_eq!(store.tombstone(&slug("other")).await.unwrap(), None);
}
