//! What of a radar is shown: one sector, one ring, or only what moved. The address says so.

use observatory_model::Slug;
use observatory_model::edition::{Edition, Move, Zone};
use url::form_urlencoded::Serializer;

use crate::foresight::names::Name;
use crate::pages::trends::radar::Shown;
use crate::reader::Reader;

/// The filters of an address. A word that no zone of the radar has filters nothing, so that old links
/// still work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    sector: Option<Slug>,
    ring: Option<Slug>,
    is_moved: bool,
}

/// A value to choose.
pub(crate) struct Choice {
    pub(crate) code: String,
    pub(crate) name: String,
    /// The language of the name, where it is not the reader's.
    pub(crate) lang: Option<&'static str>,
    /// How many trends there would be, with the other filters as they are.
    pub(crate) count: String,
    pub(crate) chosen: bool,
}

/// A filter of which one value can be chosen.
pub(crate) struct Select {
    /// The name of its field.
    pub(crate) name: &'static str,
    /// What it is called.
    pub(crate) label: &'static str,
    pub(crate) choices: Vec<Choice>,
}

/// The form.
pub(crate) struct Form {
    /// Sector and ring.
    pub(crate) selects: [Select; 2],
    /// How many moved, with the other filters as they are; `None` where there is nothing to move from.
    pub(crate) moved: Option<String>,
    pub(crate) is_moved: bool,
    /// Whether anything is filtered.
    pub(crate) is_on: bool,
}

impl Filter {
    /// Reads the query string for this radar.
    pub(crate) fn read(reader: &Reader, edition: &Edition) -> Self {
        let word = |name: &str, zones: &[Zone]| {
            let word = reader.parameter(name)?.parse::<Slug>().ok()?;
            zones.iter().any(|zone| zone.code == word).then_some(word)
        };
        Self {
            sector: word("sector", &edition.sectors),
            ring: word("ring", &edition.rings),
            is_moved: reader.parameter("moved").is_some_and(|value| value == "only"),
        }
    }

    /// Whether anything is filtered.
    pub(crate) fn is_on(&self) -> bool {
        *self != Self::default()
    }

    /// The query string, with its question mark; empty without filters.
    pub(crate) fn query(&self) -> String {
        let mut pairs = Serializer::new(String::new());
        if let Some(sector) = &self.sector {
            pairs.append_pair("sector", sector.as_str());
        }
        if let Some(ring) = &self.ring {
            pairs.append_pair("ring", ring.as_str());
        }
        if self.is_moved {
            pairs.append_pair("moved", "only");
        }
        let query = pairs.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// How many trends of a radar it lets through.
    fn count(&self, shown: &Shown) -> usize {
        shown.edition.blips.iter().filter(|blip| self.holds(shown, blip)).count()
    }

    /// Whether a trend is shown.
    pub(crate) fn holds(&self, shown: &Shown, blip: &observatory_model::edition::Blip) -> bool {
        let moved = || shown.edition.moved(blip, shown.before.as_ref()) != Move::Stayed;
        self.sector.as_ref().is_none_or(|sector| *sector == blip.sector)
            && self.ring.as_ref().is_none_or(|ring| *ring == blip.ring)
            && (!self.is_moved || moved())
    }

    /// The form for a whole radar, with this filter chosen.
    pub(crate) fn form(&self, shown: &Shown, reader: &Reader) -> Form {
        let number = |count: usize| reader.locale.number(u64::try_from(count).unwrap_or_default());
        let choice = |zone: &Zone, with: Self, chosen: bool| {
            let name = Name::of(&zone.names, reader.language);
            let is_named = !name.text.is_empty();
            let unsorted = || reader.locale.say("radar.unsorted").to_owned();
            Choice {
                code: zone.code.to_string(),
                lang: name.foreign.map(observatory_model::Language::code),
                name: if is_named { name.text } else { unsorted() },
                count: number(with.count(shown)),
                chosen,
            }
        };
        let sector = |zone: &Zone| {
            let with = Self { sector: Some(zone.code.clone()), ..self.clone() };
            choice(zone, with, self.sector.as_ref() == Some(&zone.code))
        };
        let ring = |zone: &Zone| {
            let with = Self { ring: Some(zone.code.clone()), ..self.clone() };
            choice(zone, with, self.ring.as_ref() == Some(&zone.code))
        };
        let moved = Self { is_moved: true, ..self.clone() };
        Form {
            selects: [
                Select {
                    name: "sector",
                    label: reader.locale.sentence("radar.sector"),
                    choices: shown.edition.sectors.iter().map(sector).collect(),
                },
                Select {
                    name: "ring",
                    label: reader.locale.sentence("radar.ring"),
                    choices: shown.edition.rings.iter().map(ring).collect(),
                },
            ],
            moved: shown.before.is_some().then(|| number(moved.count(shown))),
            is_moved: self.is_moved,
            is_on: self.is_on(),
        }
    }
}
