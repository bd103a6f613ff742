//! Radars that were made elsewhere: the common CSV and JSON of "build your own radar", the JSON with
//! numbered quadrants and rings, and our own.

use std::collections::BTreeSet;

use observatory_model::edition::{Blip, Edition, MAX_BLIPS, MAX_RINGS, MAX_SECTORS, Names, Zone};
use observatory_model::{Language, Slug, Timestamp};
use observatory_text::{one_line, to_plain};
use serde::Deserialize;

/// Most bytes of a radar: the largest published ones have a hundredth.
pub const MAX_RADAR_BYTES: u64 = 4 * 1024 * 1024;

/// Most problems that are told.
pub const MAX_PROBLEMS: usize = 100;

/// Longest name of a trend, a sector or a ring, in characters.
const MAX_NAME_CHARS: usize = 120;

/// Longest note, in characters.
const MAX_NOTE_CHARS: usize = 1000;

/// Rings of the common radars, from the middle; others follow in the order in which they appear.
const USUAL_RINGS: [&str; 5] = ["adopt", "trial", "assess", "hold", "caution"];

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRadar {
    /// The radar.
    pub edition: Edition,
    /// Lines that were left out, and why, in English.
    pub problems: Vec<String>,
}

/// The bytes are no radar.
#[derive(Debug, thiserror::Error)]
pub enum RadarError {
    /// Neither CSV nor JSON of a known shape.
    #[error(
        "no radar: neither CSV with the columns name, ring and quadrant, nor JSON with a list of such objects ({0})"
    )]
    Shape(String),
    /// No line has a name, a ring and a quadrant.
    #[error("no line has a name, a ring and a quadrant")]
    Empty,
    /// More than fit on a picture.
    #[error(
        "a radar has at most {MAX_SECTORS} quadrants and {MAX_RINGS} rings; these are {0} and {1}"
    )]
    Size(usize, usize),
}

/// One line of the common form.
#[derive(Debug, Deserialize)]
struct Line {
    name: Option<String>,
    ring: Option<String>,
    quadrant: Option<String>,
    description: Option<String>,
}

/// The form with numbered quadrants and rings.
#[derive(Debug, Deserialize)]
struct Numbered {
    quadrants: Vec<Named>,
    rings: Vec<Named>,
    entries: Vec<NumberedLine>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
struct NumberedLine {
    label: String,
    quadrant: usize,
    ring: usize,
}

/// Reads a radar and calls it `name`. What a line lacks is told; the other lines are kept.
///
/// # Errors
/// [`RadarError`] when nothing of it can be kept.
pub fn read_radar(bytes: &[u8], name: Slug, at: Timestamp) -> Result<ReadRadar, RadarError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lines = match text.chars().next() {
        Some('[') => serde_json::from_str(text).map_err(shape)?,
        Some('{') => {
            if let Ok(edition) = serde_json::from_str::<Edition>(text) {
                return ours(edition, name, at);
            }
            numbered(serde_json::from_str(text).map_err(shape)?)
        }
        _ => table(text)?,
    };
    collect(lines, name, at)
}

fn shape(error: impl std::fmt::Display) -> RadarError {
    RadarError::Shape(error.to_string())
}

/// A radar of our own, under another name.
fn ours(edition: Edition, name: Slug, at: Timestamp) -> Result<ReadRadar, RadarError> {
    let mut edition = Edition { name, at, ..edition };
    let zones = edition.sectors.iter_mut().chain(&mut edition.rings);
    let names = zones.map(|zone| &mut zone.names);
    for names in names.chain(edition.blips.iter_mut().map(|blip| &mut blip.names)) {
        for name in names.values_mut() {
            *name = clean(name, MAX_NAME_CHARS);
        }
    }
    for blip in &mut edition.blips {
        blip.note = clean(&blip.note, MAX_NOTE_CHARS);
    }
    edition.check().map_err(shape)?;
    Ok(ReadRadar { edition, problems: Vec::new() })
}

fn table(text: &str) -> Result<Vec<Line>, RadarError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(shape)?.clone();
    let column = |wanted: &str| headers.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let (Some(name), Some(ring), Some(quadrant)) =
        (column("name"), column("ring"), column("quadrant"))
    else {
        return Err(shape("the first line does not name them"));
    };
    let description = column("description");
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(shape)?;
        let cell = |place: usize| record.get(place).map(str::to_owned);
        lines.push(Line {
            name: cell(name),
            ring: cell(ring),
            quadrant: cell(quadrant),
            description: description.and_then(cell),
        });
    }
    Ok(lines)
}

fn numbered(radar: Numbered) -> Vec<Line> {
    let name = |of: &[Named], number: usize| of.get(number).map(|named| named.name.clone());
    let line = |line: NumberedLine| Line {
        ring: name(&radar.rings, line.ring),
        quadrant: name(&radar.quadrants, line.quadrant),
        name: Some(line.label),
        description: None,
    };
    radar.entries.into_iter().map(line).collect()
}

fn collect(lines: Vec<Line>, name: Slug, at: Timestamp) -> Result<ReadRadar, RadarError> {
    let mut edition =
        Edition { name, at, sectors: Vec::new(), rings: Vec::new(), blips: Vec::new() };
    let (mut problems, mut taken) = (Vec::new(), BTreeSet::new());
    for (number, line) in (1..).zip(lines) {
        let cell =
            |cell: Option<String>| clean(cell.as_deref().unwrap_or_default(), MAX_NAME_CHARS);
        let (name, ring, quadrant) = (cell(line.name), cell(line.ring), cell(line.quadrant));
        if name.is_empty() || ring.is_empty() || quadrant.is_empty() {
            problems.push(format!("trend {number} has no name, ring or quadrant; left out"));
            continue;
        }
        if edition.blips.len() == MAX_BLIPS {
            problems.push(format!("trend {number} and those after it are more than fit; left out"));
            break;
        }
        let note =
            clean(&to_plain(line.description.as_deref().unwrap_or_default()), MAX_NOTE_CHARS);
        edition.blips.push(Blip {
            trend: free(&name, &mut taken),
            names: Names::from([(Language::En, name)]),
            sector: zone(&mut edition.sectors, quadrant),
            ring: zone(&mut edition.rings, ring),
            note,
            growth: None,
            looked_at: Some(at),
        });
    }
    let (sectors, rings) = (edition.sectors.len(), edition.rings.len());
    if edition.blips.is_empty() {
        return Err(RadarError::Empty);
    }
    if sectors > MAX_SECTORS || rings > MAX_RINGS {
        return Err(RadarError::Size(sectors, rings));
    }
    let usual = |zone: &Zone| {
        let place = USUAL_RINGS.iter().position(|ring| *ring == zone.code.as_str());
        place.unwrap_or(USUAL_RINGS.len())
    };
    edition.rings.sort_by_key(usual);
    problems.truncate(MAX_PROBLEMS);
    Ok(ReadRadar { edition, problems })
}

/// One line of plain text, not longer than so many characters.
fn clean(text: &str, most: usize) -> String {
    one_line(text, most).trim().to_owned()
}

/// The zone of this name, made where there is none.
fn zone(zones: &mut Vec<Zone>, name: String) -> Slug {
    let same = |zone: &&Zone| zone.names.values().any(|known| known.eq_ignore_ascii_case(&name));
    if let Some(known) = zones.iter().find(same) {
        return known.code.clone();
    }
    let mut taken = zones.iter().map(|zone| zone.code.clone()).collect();
    let code = free(&name, &mut taken);
    zones.push(Zone { code: code.clone(), names: Names::from([(Language::En, name)]) });
    code
}

/// A slug for a name that nobody has taken.
fn free(name: &str, taken: &mut BTreeSet<Slug>) -> Slug {
    let first = Slug::from_words(name).unwrap_or_else(Slug::unnamed);
    let numbered = (2_u32..).filter_map(|number| {
        let head = first.as_str().get(..70).unwrap_or(first.as_str());
        format!("{}-{number}", head.trim_end_matches('-')).parse().ok()
    });
    let free = std::iter::once(first.clone()).chain(numbered).find(|slug| !taken.contains(slug));
    let free = free.unwrap_or(first);
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ReadRadar, RadarError> {
        read_radar(text.as_bytes(), "2026-11".parse().unwrap(), Timestamp::EPOCH)
    }

    const TABLE: &str = "name,ring,quadrant,isNew,description\n\
        Mesh,Hold,Techniques,TRUE,\"<b>Old</b>, but <script>alert(1)</script>good\"\n\
        网状,Adopt,Platforms,FALSE,\n\
        Mesh,adopt,Techniques,FALSE,\n\
        ,adopt,Techniques,FALSE,\n\
        Broken, the good parts\n";

    #[test]
    fn the_common_table_is_read_and_what_is_broken_is_told() {
        let read = read(TABLE).unwrap();
        assert_eq!(read.problems.len(), 2, "{:?}", read.problems);
        let edition = read.edition;
        assert_eq!(edition.check(), Ok(()));
        let names =
            |zones: &[Zone]| zones.iter().map(|zone| zone.code.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&edition.rings), ["adopt", "hold"], "from the middle");
        assert_eq!(names(&edition.sectors), ["techniques", "platforms"]);
        let trends = edition.blips.iter().map(|blip| blip.trend.as_str()).collect::<Vec<_>>();
        assert_eq!(trends, ["mesh", "unnamed", "mesh-2"]);
        assert!(!edition.blips[0].note.contains('<'), "{}", edition.blips[0].note);
    }

    #[test]
    fn both_kinds_of_json_and_our_own_are_read() {
        let list = r#"[{"name":"Mesh","ring":"Trial","quadrant":"Tools","isNew":"TRUE"}]"#;
        let numbered = r#"{"quadrants":[{"name":"Tools"}],"rings":[{"name":"ADOPT"},{"name":"TRIAL"}],
            "entries":[{"quadrant":0,"ring":1,"label":"Mesh","active":true,"moved":0},
            {"quadrant":7,"ring":1,"label":"Nowhere"}]}"#;
        let (list, numbered) = (read(list).unwrap(), read(numbered).unwrap());
        assert_eq!(list.edition.blips[0].trend, numbered.edition.blips[0].trend);
        assert_eq!((list.problems.len(), numbered.problems.len()), (0, 1));
        let own = serde_json::to_string(&list.edition).unwrap();
        assert_eq!(read(&own).unwrap().edition, list.edition);
    }

    #[test]
    fn what_is_no_radar_is_refused() {
        for text in ["", "a,b\n1,2", "[1,2]", "{\"a\":1}", "[", "<html>", "name,ring,quadrant\n"] {
            assert!(read(text).is_err(), "{text}");
        }
        let many = (0..20).map(|number| format!("a{number},r{number},q{number}\n"));
        let many = format!("name,ring,quadrant\n{}", many.collect::<String>());
        assert!(matches!(read(&many), Err(RadarError::Size(20, 20))));
    }
}
