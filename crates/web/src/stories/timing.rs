//! How long an answer takes tells nothing of what is hidden.
//!
//! Words that only hidden pieces have and words that nothing has are asked in turns, and for each turn it is
//! seen which answer came first. If the time tells nothing, that is as a coin falls, on an idle machine and
//! on a busy one; the same turns tell at once when the piece is public.

use std::time::Instant;

use observatory_model::Clock as _;

use super::rights::{HIDDEN, NOWHERE, address, site_with_secrets};
use crate::testing::TestSite;

/// How often both are asked.
const TURNS: usize = 40;

/// How far from half of the turns a coin falls once in two million times: more than five times the
/// standard deviation, which is half the root of them.
const FAR: usize = 16;

/// What is asked of the doors that count, find, propose and show.
const ASKED: [&str; 5] = [
    "/api/v1/search?q=zyxwembargo",
    "/api/v1/search?topic=zyxwmembers",
    "/en/search?q=spectrum%20zyxwmembarga",
    "/api/v1/suggest?q=zyxwmemb",
    "/en/future-vision/zyxwmembers",
];

/// In how many turns the answer about what is hidden took longer than that about nothing.
async fn slower(site: &TestSite, asked: &str) -> usize {
    let nothing = asked.replace(HIDDEN, NOWHERE);
    let mut slower = 0;
    for turn in 0..TURNS {
        let mut took = [0; 2];
        // Each is the first as often as the other.
        for place in [turn % 2, 1 - turn % 2] {
            let begun = Instant::now();
            site.get(if place == 0 { asked } else { &nothing }).await;
            took[place] = begun.elapsed().as_nanos();
        }
        slower += usize::from(took[0] > took[1]);
    }
    slower
}

#[tokio::test]
async fn the_time_of_an_answer_tells_nothing_of_what_is_hidden() {
    let site = site_with_secrets().await;
    for asked in ASKED {
        let slower = slower(&site, asked).await;
        assert!(slower.abs_diff(TURNS / 2) < FAR, "{asked}: {slower} of {TURNS}");
    }
    // What can be found takes another time: so the turns would have told.
    site.clock.advance(25 * 60 * 60);
    site.store.touch_piece(&address("zyxwembargo"), site.clock.now()).await.unwrap();
    site.index().await;
    let slower = slower(&site, ASKED[0]).await;
    assert!(slower.abs_diff(TURNS / 2) >= FAR, "{slower} of {TURNS}");
}
