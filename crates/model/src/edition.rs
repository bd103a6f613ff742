//! An edition of the radar: what was on it at one time, kept as it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::language::Language;
use crate::slug::Slug;

/// Names by language. What has none in a language is shown by the first there is, marked as foreign.
pub type Names = BTreeMap<Language, String>;

/// A sector or a ring of a radar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its word in addresses and files.
    pub code: Slug,
    /// What it is called.
    pub names: Names,
}

/// One trend on a radar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blip {
    /// The trend.
    pub trend: Slug,
    /// What it was called.
    pub names: Names,
    /// The sector: one of [`Edition::sectors`].
    pub sector: Slug,
    /// The ring: one of [`Edition::rings`], the first is the innermost.
    pub ring: Slug,
    /// Why it is here, in a sentence; may be empty. Plain text.
    #[serde(default)]
    pub note: String,
    /// Its growth then, where it was a finding.
    #[serde(default)]
    pub growth: Option<f64>,
    /// When somebody last looked at it.
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
}

/// An edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    /// Its word in addresses: `2026-11`.
    pub name: Slug,
    /// When it was made.
    pub at: Timestamp,
    /// Its sectors, 1–12, in the order around the circle.
    pub sectors: Vec<Zone>,
    /// Its rings, 1–8, from the middle.
    pub rings: Vec<Zone>,
    /// What is on it, at most [`MAX_BLIPS`], in the order of the table.
    pub blips: Vec<Blip>,
}

/// Most trends on a radar: a picture of more cannot be read, and its table is a list.
pub const MAX_BLIPS: usize = 500;

/// Most sectors: narrower ones leave no room for a name.
pub const MAX_SECTORS: usize = 12;

/// Most rings.
pub const MAX_RINGS: usize = 8;

/// Editions in a row in which nobody looked at a trend, until it says so by itself.
pub const UNSEEN_EDITIONS: usize = 3;

/// The edition cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEdition {
    /// Its name would stand for something else in an address.
    #[error("an edition cannot be called “diff” or “now”: take its date, such as 2026-11")]
    Name,
    /// The numbers of its parts are out of bounds.
    #[error("an edition has 1–12 sectors, 1–8 rings and at most 500 trends")]
    Size,
    /// A trend lies in a sector or ring that the edition does not have.
    #[error("{0} lies in a sector or ring that the edition does not have")]
    Place(Slug),
    /// A trend is on it twice.
    #[error("{0} is on it twice")]
    Twice(Slug),
}

/// Where a trend has come from since the edition before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It was not on it.
    New,
    /// It was further out.
    In,
    /// It was further in.
    Out,
    /// It was in the same ring.
    Stayed,
}

impl Edition {
    /// Holds the edition against its bounds.
    ///
    /// # Errors
    /// [`InvalidEdition`]: the first thing that is wrong.
    pub fn check(&self) -> Result<(), InvalidEdition> {
        // The addresses of a comparison, and of the present in it.
        if ["diff", "now"].contains(&self.name.as_str()) {
            return Err(InvalidEdition::Name);
        }
        let fits = (1..=MAX_SECTORS).contains(&self.sectors.len())
            && (1..=MAX_RINGS).contains(&self.rings.len())
            && self.blips.len() <= MAX_BLIPS;
        if !fits {
            return Err(InvalidEdition::Size);
        }
        let mut seen = std::collections::BTreeSet::new();
        for blip in &self.blips {
            if self.sector_of(blip).is_none() || self.ring_of(blip).is_none() {
                return Err(InvalidEdition::Place(blip.trend.clone()));
            }
            if !seen.insert(&blip.trend) {
                return Err(InvalidEdition::Twice(blip.trend.clone()));
            }
        }
        Ok(())
    }

    /// The number of a trend's sector, from 0.
    pub fn sector_of(&self, blip: &Blip) -> Option<usize> {
        self.sectors.iter().position(|zone| zone.code == blip.sector)
    }

    /// The number of a trend's ring, from 0 at the middle.
    pub fn ring_of(&self, blip: &Blip) -> Option<usize> {
        self.rings.iter().position(|zone| zone.code == blip.ring)
    }

    /// Where `blip` of this edition has come from since `before`.
    pub fn moved(&self, blip: &Blip, before: Option<&Self>) -> Move {
        let Some(before) = before else { return Move::Stayed };
        let Some(old) = before.blips.iter().find(|old| old.trend == blip.trend) else {
            return Move::New;
        };
        match (self.ring_of(blip), before.ring_of(old)) {
            (Some(now), Some(then)) if now < then => Move::In,
            (Some(now), Some(then)) if now > then => Move::Out,
            _ => Move::Stayed,
        }
    }

    /// The trends of `before` that are not on this edition.
    pub fn left<'a>(&self, before: &'a Self) -> Vec<&'a Blip> {
        let is_here = |blip: &&Blip| self.blips.iter().any(|here| here.trend == blip.trend);
        before.blips.iter().filter(|blip| !is_here(blip)).collect()
    }

    /// Whether nobody has looked at `blip` in the last three editions: `earlier` are the times of the
    /// editions before its own, the latest first. Fewer than three editions say nothing.
    pub fn is_unseen(blip: &Blip, earlier: &[Timestamp]) -> bool {
        let Some(since) = earlier.get(UNSEEN_EDITIONS - 1) else { return false };
        blip.looked_at.is_none_or(|looked| looked < *since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(code: &str) -> Zone {
        Zone { code: code.parse().unwrap(), names: Names::new() }
    }

    fn edition(blips: &[(&str, &str)]) -> Edition {
        let blip = |(trend, ring): &(&str, &str)| Blip {
            trend: trend.parse().unwrap(),
            names: Names::new(),
            sector: "social".parse().unwrap(),
            ring: ring.parse().unwrap(),
            note: String::new(),
            growth: None,
            looked_at: None,
        };
        Edition {
            name: "2026-11".parse().unwrap(),
            at: Timestamp::EPOCH,
            sectors: vec![zone("social")],
            rings: vec![zone("now"), zone("soon"), zone("late")],
            blips: blips.iter().map(blip).collect(),
        }
    }

    #[test]
    fn what_moved_is_seen_between_two_editions() {
        let before = edition(&[("a", "soon"), ("b", "soon"), ("c", "soon"), ("gone", "now")]);
        let now = edition(&[("a", "now"), ("b", "late"), ("c", "soon"), ("d", "late")]);
        let moves = now.blips.iter().map(|blip| now.moved(blip, Some(&before)));
        assert_eq!(moves.collect::<Vec<_>>(), [Move::In, Move::Out, Move::Stayed, Move::New]);
        assert_eq!(now.left(&before).len(), 1);
        assert_eq!(now.moved(&now.blips[0], None), Move::Stayed);
    }

    #[test]
    fn what_nobody_looked_at_for_three_editions_says_so() {
        let times = [3, 2, 1].map(|days: i64| Timestamp::EPOCH.plus_seconds(days * 86_400));
        let now = edition(&[("a", "now")]);
        let mut blip = now.blips[0].clone();
        assert!(Edition::is_unseen(&blip, &times), "never looked at");
        assert!(!Edition::is_unseen(&blip, &times[..2]), "too few editions to say");
        blip.looked_at = Some(times[2]);
        assert!(!Edition::is_unseen(&blip, &times));
    }

    #[test]
    fn an_edition_is_held_against_its_bounds() {
        assert_eq!(edition(&[("a", "now")]).check(), Ok(()));
        let name = |text: &str| text.parse().unwrap();
        assert_eq!(
            edition(&[("a", "now"), ("a", "soon")]).check(),
            Err(InvalidEdition::Twice(name("a")))
        );
        let reserved = Edition { name: "diff".parse().unwrap(), ..edition(&[]) };
        assert_eq!(reserved.check(), Err(InvalidEdition::Name));
        assert_eq!(edition(&[("a", "never")]).check(), Err(InvalidEdition::Place(name("a"))));
        assert_eq!(
            Edition { rings: Vec::new(), ..edition(&[]) }.check(),
            Err(InvalidEdition::Size)
        );
    }
}
