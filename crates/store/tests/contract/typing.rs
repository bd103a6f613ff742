//! A model of what the form does in browsers (`crates/web/assets/desk.js`) and of the door behind which
//! it saves (`crates/web/src/desk/edit.rs`), rule by rule, so that stories can break every line between
//! them.
//!
//! - What is typed is kept on the device first, under the name of the page that typed it: no page
//!   writes over what another has kept.
//! - It leaves the device when an answer has come, and only if nothing was typed since; else it is kept
//!   again, upon what was answered.
//! - What a page that is gone has kept is sent in its name: with what it was typed upon, as its next
//!   save. It leaves the device when that is answered, and only if it is still the same.

use std::collections::{BTreeMap, BTreeSet};

use observatory_model::submission::{Draft, Submission};

/// The pages of the form: each has questions of its own, here one.
pub(crate) const STEPS: usize = 2;

/// The answer of a page of the form.
pub(crate) fn words_of(draft: &Draft, step: usize) -> &str {
    if step == 0 { &draft.title } else { &draft.interests }
}

/// The draft with the answer of a page in it.
pub(crate) fn answered(draft: &Draft, step: usize, words: &str) -> Draft {
    let words = words.to_owned();
    if step == 0 {
        Draft { title: words, ..draft.clone() }
    } else {
        Draft { interests: words, ..draft.clone() }
    }
}

/// What a page knows: in its memory, on the device, and on the way to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Its name.
    pub(crate) device: String,
    /// How many saves it has sent.
    pub(crate) sequence: u64,
    /// Upon which revision it types, and which words of its own questions were there.
    pub(crate) base: u64,
    pub(crate) was: String,
    pub(crate) step: usize,
    pub(crate) words: String,
    /// Not known to the script: every state of these questions that whoever types here has seen.
    pub(crate) seen: BTreeSet<String>,
}

impl Page {
    /// The page as the server gives it.
    pub(crate) fn open(device: String, step: usize, submission: &Submission) -> Self {
        let words = words_of(&submission.draft, step).to_owned();
        Self {
            device,
            sequence: 0,
            base: submission.revision,
            was: words.clone(),
            step,
            seen: BTreeSet::from([words.clone()]),
            words,
        }
    }
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) is_beside: bool,
    pub(crate) base: u64,
    pub(crate) was: String,
}

/// A browser: its open pages, and what is kept on the device when they are gone.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    pub(crate) pages: Vec<Page>,
    pub(crate) kept: BTreeMap<String, Page>,
    pub(crate) is_signed_out: bool,
}

impl Browser {
    fn keep(&mut self, at: usize) {
        let page = self.pages[at].clone();
        self.kept.insert(page.device.clone(), page);
    }

    /// Somebody types. Returns the words that stood there before.
    pub(crate) fn input(&mut self, at: usize, words: String) -> String {
        let page = &mut self.pages[at];
        page.seen.insert(words.clone());
        let before = std::mem::replace(&mut page.words, words);
        self.keep(at);
        before
    }

    /// A page sends what it holds.
    pub(crate) fn send(&mut self, at: usize) -> Page {
        self.pages[at].sequence += 1;
        self.pages[at].clone()
    }

    /// What a page has sent is answered.
    pub(crate) fn hear(&mut self, at: usize, sent: &Page, answer: &Answer) {
        let page = &mut self.pages[at];
        if !answer.is_beside {
            page.base = answer.base;
            page.was.clone_from(&answer.was);
        }
        if page.words == sent.words {
            self.kept.remove(&sent.device);
        } else {
            self.keep(at);
        }
    }

    /// What a page that is gone has kept is sent in its name.
    pub(crate) fn restore(&self, device: &str) -> Page {
        let kept = self.kept[device].clone();
        Page { sequence: kept.sequence + 1, ..kept }
    }

    /// What was sent so is answered.
    pub(crate) fn restored(&mut self, sent: &Page) {
        if self.kept.get(&sent.device).is_some_and(|kept| kept.words == sent.words) {
            self.kept.remove(&sent.device);
        }
    }
}

/// Numbers that look like chance, the same for the same seed (splitmix64, Steele et al. 2014).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = (mixed ^ (mixed >> 31)) >> 33;
        usize::try_from(drawn).unwrap() % most
    }
}
