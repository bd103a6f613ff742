//! Saving what is typed: whatever breaks, no words are lost, and none are overwritten unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use observatory_model::SubmissionId;
use observatory_model::person::{Person, Posting};
use observatory_model::submission::{Draft, Kept, Save};
use observatory_store::{SaveOutcome, Store};

use crate::desk::{begun, now_of, send, somebody, whole};
use crate::ground::{Ground, later, nine};
use crate::typing::{Answer, Browser, Dice, Page, STEPS, answered, words_of};

/// Sequences on SQLite, and on PostgreSQL, which takes longer for each write.
const SEQUENCES: (u64, u64) = (1000, 60);

/// Things that happen in one: with the states they leave, fewer than the store keeps of one submission.
const EVENTS: usize = 36;

async fn save(
    ground: &Ground,
    id: SubmissionId,
    (base, device, sequence): (u64, &str, u64),
    title: &str,
) -> SaveOutcome {
    let draft = Draft { title: title.to_owned(), ..Draft::default() };
    let save = Save { base, device: device.to_owned(), sequence, draft };
    ground.store.save_draft(id, save, nine()).await.unwrap().unwrap()
}

async fn beside(ground: &Ground, id: SubmissionId) -> Vec<String> {
    let beside = ground.store.saves_beside(id).await.unwrap();
    beside.into_iter().map(|save| save.draft.title).collect()
}

async fn states(ground: &Ground, id: SubmissionId) -> BTreeSet<String> {
    let states = ground.store.draft_states(id).await.unwrap();
    states.into_iter().map(|save| save.draft.title).collect()
}

async fn ada(ground: &Ground) -> Person {
    somebody(ground, "ada@example.org", "researcher").await
}

pub(crate) async fn words_that_follow_are_held_and_others_wait_beside(ground: &Ground) {
    let ada = ada(ground).await;
    let id = begun(ground, &ada, Draft { title: "0".to_owned(), ..Draft::default() }, nine()).await;
    let first = save(ground, id, (0, "a", 1), "1\0").await;
    assert_eq!((first.kept, first.submission.revision), (Kept::Next, 1));
    let same = save(ground, id, (0, "b", 1), "1").await;
    assert_eq!((same.kept, same.submission.revision), (Kept::Same, 1));
    assert_eq!(save(ground, id, (0, "a", 2), "2").await.kept, Kept::Next, "its answer was lost");
    assert_eq!(save(ground, id, (0, "b", 2), "b").await.kept, Kept::Beside);
    assert_eq!(save(ground, id, (0, "a", 1), "late").await.kept, Kept::Beside);
    assert_eq!(save(ground, id, (9, "", 0), "plain").await.kept, Kept::Beside);
    assert_eq!(
        save(ground, id, (2, "b", 3), "3").await.kept,
        Kept::Next,
        "it has seen what was there"
    );
    assert_eq!(now_of(ground, id).await.draft.title, "3");
    assert_eq!(beside(ground, id).await, ["b", "late", "plain"]);
    let all = ["0", "1", "2", "3", "b", "late", "plain"].map(str::to_owned);
    assert_eq!(states(ground, id).await, BTreeSet::from(all), "also what stood there first");
    let nowhere = SubmissionId::new(nine());
    let lost = Save { base: 0, device: String::new(), sequence: 0, draft: Draft::default() };
    assert_eq!(ground.store.save_draft(nowhere, lost, nine()).await.unwrap(), None);

    // What is not being written any more is not changed, and what is typed upon it is kept.
    let sent = begun(ground, &ada, whole("sent"), nine()).await;
    send(ground, sent, &ada, Posting::CheckFirst, nine()).await;
    assert_eq!(save(ground, sent, (0, "a", 1), "after").await.kept, Kept::Beside);
    assert_eq!(now_of(ground, sent).await.draft, whole("sent"));
    assert_eq!(beside(ground, sent).await, ["after"]);
}

pub(crate) async fn a_page_that_types_on_beside_pushes_nobody_out(ground: &Ground) {
    let id = begun(ground, &ada(ground).await, Draft::default(), nine()).await;
    save(ground, id, (0, "a", 1), "held").await;
    assert_eq!(save(ground, id, (0, "b", 1), "words of another").await.kept, Kept::Beside);
    for sequence in 1..260 {
        let kept = save(ground, id, (0, "c", sequence), &format!("c{sequence}")).await.kept;
        assert_eq!(kept, Kept::Beside);
    }
    assert_eq!(beside(ground, id).await, ["words of another", "c259"], "one of each page waits");
    let states = states(ground, id).await;
    assert!(states.contains("c258") && states.contains("c211"), "the last are among the earlier");
    // One that comes late puts nothing away that is newer.
    save(ground, id, (0, "c", 7), "late").await;
    assert_eq!(beside(ground, id).await, ["words of another", "c259", "late"]);
    assert_eq!(now_of(ground, id).await.draft.title, "held");
}

pub(crate) async fn what_somebody_chooses_takes_the_place(ground: &Ground) {
    let store = &ground.store;
    let ada = ada(ground).await;
    let id = begun(ground, &ada, Draft { title: "0".to_owned(), ..Draft::default() }, nine()).await;
    let file = observatory_model::submission::Attachment {
        name: "a.pdf".to_owned(),
        bytes: 1,
        file: "0".repeat(64),
    };
    assert!(store.attach(id, Some(file.clone()), nine()).await.unwrap());
    for (device, title) in [("b", "left"), ("c", "taken")] {
        assert_eq!(save(ground, id, (9, device, 1), title).await.kept, Kept::Beside);
    }
    let waiting = store.saves_beside(id).await.unwrap();
    let settle = async |at: usize, take| {
        store.settle_save(id, &waiting[at].id, take, later(60)).await.unwrap()
    };
    assert!(settle(0, false).await && settle(1, true).await);
    assert!(!settle(0, true).await && !settle(1, false).await, "they wait no more");
    let held = now_of(ground, id).await;
    assert_eq!((held.draft.title.as_str(), held.revision), ("taken", 1));
    assert_eq!(held.draft.attachment, Some(file), "what is attached stays attached");
    assert_eq!(beside(ground, id).await, Vec::<String>::new());
    let all = ["0", "left", "taken"].map(str::to_owned);
    assert_eq!(states(ground, id).await, BTreeSet::from(all));
    assert_eq!(save(ground, id, (0, "c", 2), "c").await.kept, Kept::Beside, "chosen by a person");
    assert_eq!(save(ground, id, (1, "c", 3), "next").await.kept, Kept::Next);
    let other = begun(ground, &ada, whole("other"), nine()).await;
    let foreign = store.saves_beside(id).await.unwrap();
    assert!(!store.settle_save(other, &foreign[0].id, true, nine()).await.unwrap());

    save(ground, other, (9, "b", 1), "after").await;
    send(ground, other, &ada, Posting::CheckFirst, nine()).await;
    let after = &store.saves_beside(other).await.unwrap()[0].id;
    assert!(!store.settle_save(other, after, true, nine()).await.unwrap(), "it was sent");
    assert!(!store.attach(other, None, nine()).await.unwrap());
}

/// What becomes of something that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Somebody types between the sending and the answer.
    TypedMeanwhile,
    AnswerLost,
    Lost,
    /// It comes when its page has long given it up.
    Late,
}

impl Fate {
    const ALL: [Self; 5] =
        [Self::Answered, Self::TypedMeanwhile, Self::AnswerLost, Self::Lost, Self::Late];
}

/// One draft, two browsers, and what is owed to whoever types there.
struct World<'a> {
    ground: &'a Ground,
    store: Store,
    id: SubmissionId,
    dice: Dice,
    browsers: [Browser; 2],
    late: Vec<Page>,
    clock: i64,
    typed: usize,
    opened: usize,
    /// Words that a page was told are saved, by their question.
    saved: BTreeSet<(usize, String)>,
    /// Words that nothing was answered about, by the browser that has to have them.
    owed: BTreeMap<String, usize>,
    /// What waits beside: the page, its count, its question and its words.
    waiting: Vec<(String, u64, usize, String)>,
    trail: String,
}

impl World<'_> {
    async fn happens(&mut self) {
        self.clock += 1;
        let browser = self.dice.below(2);
        let pages = self.browsers[browser].pages.len();
        let event = self.dice.below(100);
        let at = if pages == 0 { 0 } else { self.dice.below(pages) };
        writeln!(self.trail, "{browser} {at} of {pages}: {event}").unwrap();
        match event {
            0..12 if pages < 2 => self.open(browser).await,
            12..40 if pages > 0 => self.types(browser, at),
            40..74 if pages > 0 => {
                let fate = Fate::ALL[self.dice.below(Fate::ALL.len())];
                self.save(browser, at, fate).await;
            }
            74..80 if pages > 0 => drop(self.browsers[browser].pages.remove(at)),
            80..88 => self.restore(browser).await,
            88 => self.give_up(browser),
            89..91 => self.browsers[browser].is_signed_out ^= true,
            91..96 => self.settle().await,
            96..99 if !self.late.is_empty() => {
                let late = self.late.remove(0);
                self.serve(&late).await;
            }
            // A program that is killed: rare, since each start takes its time.
            99 if self.dice.below(8) == 0 => {
                self.store.close().await;
                self.store = self.ground.another().await;
            }
            _ => {}
        }
    }

    async fn open(&mut self, browser: usize) {
        self.opened += 1;
        let (device, step) = (format!("page{}", self.opened), self.dice.below(STEPS));
        let submission = self.store.submission(self.id).await.unwrap().unwrap();
        self.browsers[browser].pages.push(Page::open(device, step, &submission));
    }

    fn types(&mut self, browser: usize, at: usize) {
        self.typed += 1;
        let words = format!("words {}", self.typed);
        let before = self.browsers[browser].input(at, words.clone());
        // What is typed over by the same hand is owed to nobody.
        self.owed.remove(&before);
        self.owed.insert(words, browser);
    }

    /// The door: what the page of the form sends is judged and kept.
    async fn serve(&mut self, sent: &Page) -> Answer {
        let held = self.store.submission(self.id).await.unwrap().unwrap();
        let here = words_of(&held.draft, sent.step);
        let base = if sent.was == here { held.revision } else { sent.base };
        let save = Save {
            base,
            device: sent.device.clone(),
            sequence: sent.sequence,
            draft: answered(&held.draft, sent.step, &sent.words),
        };
        let now = later(self.clock);
        let outcome = self.store.save_draft(self.id, save, now).await.unwrap().unwrap();
        match outcome.kept {
            Kept::Same => {}
            Kept::Next => {
                assert!(sent.seen.contains(here), "overwrites {here:?} unseen\n{}", self.trail);
            }
            Kept::Beside => {
                let is_later = |sequence: u64| sequence >= sent.sequence;
                self.waiting.retain(|one| one.0 != sent.device || is_later(one.1));
                let words = sent.words.clone();
                self.waiting.push((sent.device.clone(), sent.sequence, sent.step, words));
            }
        }
        Answer {
            is_beside: outcome.kept == Kept::Beside,
            base: outcome.submission.revision,
            was: words_of(&outcome.submission.draft, sent.step).to_owned(),
        }
    }

    /// Whether an answer comes to the one who has sent; what is not lost comes to the server.
    async fn travel(&mut self, browser: usize, sent: &Page, fate: Fate) -> Option<Answer> {
        if self.browsers[browser].is_signed_out || fate == Fate::Lost {
            return None;
        }
        if fate == Fate::Late {
            self.late.push(sent.clone());
            return None;
        }
        let answer = self.serve(sent).await;
        if fate == Fate::AnswerLost {
            return None;
        }
        self.owed.remove(&sent.words);
        self.saved.insert((sent.step, sent.words.clone()));
        Some(answer)
    }

    async fn save(&mut self, browser: usize, at: usize, fate: Fate) {
        let sent = self.browsers[browser].send(at);
        let is_untouched = sent.words == sent.was;
        if is_untouched {
            return;
        }
        if fate == Fate::TypedMeanwhile {
            self.types(browser, at);
        }
        if let Some(answer) = self.travel(browser, &sent, fate).await {
            self.browsers[browser].hear(at, &sent, &answer);
        }
    }

    /// Words that a page has left on the device are offered again, and chosen.
    async fn restore(&mut self, browser: usize) {
        let devices: Vec<String> = self.browsers[browser].kept.keys().cloned().collect();
        if devices.is_empty() {
            return;
        }
        let sent = self.browsers[browser].restore(&devices[self.dice.below(devices.len())]);
        let fate = Fate::ALL[self.dice.below(Fate::ALL.len())];
        // The page may be open after all, and somebody goes on typing there.
        let pages = &self.browsers[browser].pages;
        let open = pages.iter().position(|page| page.device == sent.device);
        if let Some(at) = open.filter(|_| fate == Fate::TypedMeanwhile) {
            self.types(browser, at);
        }
        if self.travel(browser, &sent, fate).await.is_some() {
            self.browsers[browser].restored(&sent);
        }
    }

    /// Somebody says that what a page has left on the device is not wanted.
    fn give_up(&mut self, browser: usize) {
        let Browser { kept, pages, .. } = &mut self.browsers[browser];
        let left = kept.keys().find(|device| pages.iter().all(|page| page.device != **device));
        if let Some(device) = left.cloned() {
            let gone = kept.remove(&device).unwrap();
            self.owed.remove(&gone.words);
        }
    }

    async fn settle(&mut self) {
        let beside = self.store.saves_beside(self.id).await.unwrap();
        if beside.is_empty() {
            return;
        }
        let (at, take) = (self.dice.below(beside.len()), self.dice.below(2) == 0);
        let now = later(self.clock);
        assert!(self.store.settle_save(self.id, &beside[at].id, take, now).await.unwrap());
        let draft = &beside[at].draft;
        self.waiting.retain(|(_, _, step, words)| words_of(draft, *step) != words);
    }

    /// Everybody is there again, and everything that is on a device is sent.
    async fn ends(&mut self) {
        for late in std::mem::take(&mut self.late) {
            self.serve(&late).await;
        }
        for browser in 0..2 {
            self.browsers[browser].is_signed_out = false;
            for at in 0..self.browsers[browser].pages.len() {
                self.save(browser, at, Fate::Answered).await;
            }
            let devices: Vec<String> = self.browsers[browser].kept.keys().cloned().collect();
            for device in devices {
                let sent = self.browsers[browser].restore(&device);
                self.travel(browser, &sent, Fate::Answered).await.unwrap();
                self.browsers[browser].restored(&sent);
            }
            assert!(self.browsers[browser].kept.is_empty(), "{}", self.trail);
        }
        assert!(self.owed.is_empty(), "{:?}\n{}", self.owed, self.trail);
    }

    async fn holds(&self) {
        let trail = &self.trail;
        for (words, browser) in &self.owed {
            let kept = &self.browsers[*browser].kept;
            assert!(kept.values().any(|page| page.words == *words), "{words} are lost\n{trail}");
        }
        let held = self.store.submission(self.id).await.unwrap().unwrap().draft;
        let states = self.store.draft_states(self.id).await.unwrap();
        let states: Vec<Draft> =
            states.into_iter().map(|state| state.draft).chain([held]).collect();
        assert!(states.len() < 50, "more than are kept: {}", states.len());
        for (step, words) in &self.saved {
            let is_there = states.iter().any(|state| words_of(state, *step) == words);
            assert!(is_there, "{words} were said to be saved\n{trail}");
        }
        let beside = self.store.saves_beside(self.id).await.unwrap();
        for (device, _, step, words) in &self.waiting {
            let waits = beside.iter().any(|one| words_of(&one.draft, *step) == words);
            assert!(waits, "{words} of {device} wait no more\n{trail}");
        }
    }
}

pub(crate) async fn whatever_happens_no_words_are_lost(ground: &Ground) {
    let ada = ada(ground).await;
    let is_postgres = ground.settings.url.starts_with("postgres");
    let sequences = if is_postgres { SEQUENCES.1 } else { SEQUENCES.0 };
    let mut store = ground.another().await;
    for seed in 0..sequences {
        let mut world = World {
            ground,
            store,
            id: begun(ground, &ada, Draft::default(), nine()).await,
            dice: Dice(seed),
            browsers: [Browser::default(), Browser::default()],
            late: Vec::new(),
            clock: 0,
            typed: 0,
            opened: 0,
            saved: BTreeSet::new(),
            owed: BTreeMap::new(),
            waiting: Vec::new(),
            trail: format!("seed {seed}: browser, page, event\n"),
        };
        for _ in 0..EVENTS {
            world.happens().await;
            world.holds().await;
        }
        world.ends().await;
        world.holds().await;
        store = world.store;
    }
    store.close().await;
}
