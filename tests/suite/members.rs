//! What is for members is found by no alert and stands in no mail.

use observatory_model::alert::Cadence;
use observatory_model::brief::{Audience, Brief};
use observatory_model::{Clock as _, Language};

use crate::alerts::{House, piece};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_members_is_told_to_nobody() {
    let house = House::open().await;
    house.alert(Language::En, "q=moondust", Cadence::Daily).await;
    let (now, store) = (house.site.clock.now(), &house.site.world.store);
    let public = piece("Secret title", now);
    let secret = Brief { audience: Audience::Members, ..public.clone() };
    // For members from the beginning; then for everybody, when it is found; and for members again before
    // the mail is due.
    for (text, found) in [(&secret, 0), (&public, 1), (&secret, 1)] {
        store.replace_briefs(std::slice::from_ref(text), now).await.expect("kept");
        house.later(1).await;
        let alert = store.alerts(None, 1).await.expect("an answer").remove(0);
        assert_eq!(alert.waiting, found, "{:?}", text.audience);
    }
    house.later(24 * 3600).await;
    assert!(house.post.take().is_empty(), "nothing of it is left, no mail");
}
