//! The radar as a picture: dots that are links, numbered in the order of the table below it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use observatory_model::edition::{Edition, Zone};
use observatory_model::{Direction, Language, Slug};

use crate::foresight::names::Name;
use crate::html::escape;
use crate::urls;

/// The view box: a circle with room for the names of sectors at both sides.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 480.0;
const RADIUS: f64 = 190.0;

/// Radius of a dot: two digits fit.
const DOT: f64 = 12.0;

/// How far dots keep from the lines between sectors.
const MARGIN: f64 = 16.0;

/// Dots that are drawn, those of the first rows of the table: more lie on one another.
pub(crate) const MOST_DOTS: usize = 60;

/// A radar with fewer trends is a list: a picture of three dots tells nothing.
pub(crate) const FEWEST: usize = 4;

/// The radar for readers of one language; `None` where there are too few dots for a picture.
///
/// `label` names the picture; dots of `linked` lead to the page of their trend. `origin` is put before the
/// addresses where the picture is a file of its own, which is then a whole document.
pub(crate) fn radar(
    edition: &Edition,
    linked: &BTreeSet<Slug>,
    language: Language,
    label: &str,
    unsorted: &str,
    origin: Option<&str>,
) -> Option<String> {
    if edition.blips.len() < FEWEST {
        return None;
    }
    let drawn = Drawing { edition, linked, language, unsorted };
    let mut svg = match origin {
        Some(_) => format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" lang=\"{language}\"><title>{}</title>\
             <path fill=\"#fff\" d=\"M0 0h{WIDTH}v{HEIGHT}H0z\"/>",
            escape(label)
        ),
        None => format!(
            "<svg class=radar viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=group aria-label=\"{}\">",
            escape(label)
        ),
    };
    drawn.ground(&mut svg);
    drawn.dots(&mut svg, origin.unwrap_or_default());
    svg.push_str("</svg>");
    Some(svg)
}

struct Drawing<'a> {
    edition: &'a Edition,
    linked: &'a BTreeSet<Slug>,
    language: Language,
    unsorted: &'a str,
}

impl Drawing<'_> {
    /// Rings, the lines between sectors, and their names.
    fn ground(&self, svg: &mut String) {
        let (rings, sectors) = (self.edition.rings.len(), self.edition.sectors.len());
        for ring in (1..=rings).rev() {
            let radius = RADIUS * edge(ring, rings);
            let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
            put(
                svg,
                format_args!(
                    "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{radius:.0}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".3\"/>"
                ),
            );
        }
        for sector in 0..sectors {
            if sectors > 1 {
                let (x, y) = self.place(portion(sector, sectors), 1.0);
                put(
                    svg,
                    format_args!(
                        "<path fill=\"none\" d=\"M{:.0} {:.0}L{x:.0} {y:.0}\" stroke=\"currentColor\" stroke-opacity=\".3\"/>",
                        WIDTH / 2.0,
                        HEIGHT / 2.0
                    ),
                );
            }
            let Some(zone) = self.edition.sectors.get(sector) else { continue };
            self.sector_name(
                svg,
                zone,
                f64::midpoint(portion(sector, sectors), portion(sector + 1, sectors)),
            );
        }
        for (ring, zone) in self.edition.rings.iter().enumerate() {
            let middle = f64::midpoint(edge(ring, rings), edge(ring + 1, rings));
            let y = HEIGHT / 2.0 - RADIUS * middle;
            put(
                svg,
                format_args!(
                    "<text x=\"{:.0}\" y=\"{y:.0}\" font-size=\"13\" fill=\"currentColor\" text-anchor=\"middle\" direction=\"ltr\">{}</text>",
                    WIDTH / 2.0,
                    escape(&zone.code.as_str().to_uppercase())
                ),
            );
        }
    }

    fn sector_name(&self, svg: &mut String, zone: &Zone, turn: f64) {
        let name = Name::of(&zone.names, self.language);
        let name = if name.text.is_empty() { self.unsorted } else { &name.text };
        let (x, y) = self.place(turn, 1.09);
        let side = x - WIDTH / 2.0;
        // What an anchor means follows the direction of the text.
        let is_rtl = self.language.direction() == Direction::Rtl;
        let anchor = if side.abs() < 20.0 {
            "middle"
        } else if (side > 0.0) == is_rtl {
            "end"
        } else {
            "start"
        };
        let direction = self.language.direction().code();
        let lines = in_two(name);
        let up = if lines.len() > 1 { 9.0 } else { 0.0 };
        put(
            svg,
            format_args!(
                "<text x=\"{x:.0}\" y=\"{:.0}\" font-size=\"18\" fill=\"currentColor\" text-anchor=\"{anchor}\" direction=\"{direction}\">",
                y - up + 6.0
            ),
        );
        for (index, line) in lines.iter().enumerate() {
            let down = if index == 0 { 0 } else { 21 };
            put(svg, format_args!("<tspan x=\"{x:.0}\" dy=\"{down}\">{}</tspan>", escape(line)));
        }
        svg.push_str("</text>");
    }

    fn dots(&self, svg: &mut String, origin: &str) {
        for (number, (x, y)) in (1..).zip(self.places()) {
            let Some(blip) = self.edition.blips.get(number - 1) else { continue };
            let name = Name::of(&blip.names, self.language);
            let (start, end) = if self.linked.contains(&blip.trend) {
                let href = format!("{origin}{}", urls::trend(self.language, &blip.trend));
                (format!("<a href=\"{}\">", escape(&href)), "</a>")
            } else {
                // What has no page is named all the same.
                ("<g role=\"img\">".to_owned(), "</g>")
            };
            put(
                svg,
                format_args!(
                    "{start}<title>{number}. {}</title><circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{DOT:.0}\" fill=\"#12447e\" stroke-width=\"3\"/>\
                 <text x=\"{x:.0}\" y=\"{:.0}\" font-size=\"13\" fill=\"#fff\" text-anchor=\"middle\" direction=\"ltr\">{number}</text>{end}",
                    escape(&name.text),
                    y + 4.5
                ),
            );
        }
    }

    /// Where each dot lies: those of one field side by side, at three distances from the middle.
    fn places(&self) -> Vec<(f64, f64)> {
        let (rings, sectors) = (self.edition.rings.len(), self.edition.sectors.len());
        let field = |index: usize| {
            let blip = self.edition.blips.get(index)?;
            Some((self.edition.sector_of(blip)?, self.edition.ring_of(blip)?))
        };
        let count = self.edition.blips.len().min(MOST_DOTS);
        (0..count)
            .map(|index| {
                let Some((sector, ring)) = field(index) else {
                    return (WIDTH / 2.0, HEIGHT / 2.0);
                };
                let before = (0..index).filter(|other| field(*other) == field(index)).count();
                let all = (0..count).filter(|other| field(*other) == field(index)).count();
                let (inner, outer) = (edge(ring, rings), edge(ring + 1, rings));
                let arc = |out: f64| std::f64::consts::TAU * out * RADIUS * portion(1, sectors);
                // Two rows where one is too short, so that fewer dots lie on others.
                let room = (arc(f64::midpoint(inner, outer)) - 2.0 * MARGIN) / portion(all, 1);
                let rows = if all > 1 && room < 2.0 * DOT { 2 } else { 1 };
                let depth = match (rows, before % 2) {
                    (1, _) => 0.5,
                    (_, 0) => 0.74,
                    _ => 0.24,
                };
                let out = inner + depth * (outer - inner);
                // The lines between sectors, where the rings have their names, stay free.
                let margin = (MARGIN / arc(out).max(1.0)).min(0.3);
                let step = portion(before / rows, all.div_ceil(rows));
                let half = portion(1, all.div_ceil(rows) * 2);
                let along = margin + (1.0 - 2.0 * margin) * (step + half);
                let turn = portion(sector, sectors) + along * portion(1, sectors);
                self.place(turn, out)
            })
            .collect()
    }

    /// The point at a part of the turn and a part of the radius: the turn begins at the top and runs in
    /// the direction of reading.
    fn place(&self, turn: f64, out: f64) -> (f64, f64) {
        let angle = turn * std::f64::consts::TAU;
        let side = if self.language.direction() == Direction::Rtl { -1.0 } else { 1.0 };
        let x = WIDTH / 2.0 + side * angle.sin() * out * RADIUS;
        (x, HEIGHT / 2.0 - angle.cos() * out * RADIUS)
    }
}

/// How far out a ring begins, as a part of the radius: inner rings are wider, since they are shorter.
fn edge(ring: usize, rings: usize) -> f64 {
    portion(ring, rings).powf(0.75)
}

/// `part` of `whole` small numbers; 0.0 of none.
fn portion(part: usize, whole: usize) -> f64 {
    let number = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

/// A long name on two lines, parted at the space nearest to its middle.
fn in_two(name: &str) -> Vec<&str> {
    const LONG: usize = 14;
    let length = name.chars().count();
    if length <= LONG {
        return vec![name];
    }
    let spaces = name.char_indices().enumerate().filter(|(_, (_, character))| *character == ' ');
    let middle = spaces.min_by_key(|(index, _)| index.abs_diff(length / 2));
    match middle.and_then(|(_, (byte, _))| name.split_at_checked(byte)) {
        Some((first, second)) => vec![first, second.trim_start()],
        None => vec![name],
    }
}

fn put(svg: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing into a `String` cannot fail.
    svg.write_fmt(piece).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;
    use observatory_model::Timestamp;
    use observatory_model::edition::{Blip, Names};

    fn edition(count: usize) -> Edition {
        let zone = |code: &str| Zone {
            code: code.parse().unwrap(),
            names: Names::from([(Language::En, format!("{code} <of> the long names"))]),
        };
        let blip = |number: usize| Blip {
            trend: format!("trend-{number}").parse().unwrap(),
            names: Names::from([(Language::En, format!("Trend & {number}"))]),
            sector: ["social", "values"][number % 2].parse().unwrap(),
            ring: ["h1", "h2", "h3"][number % 3].parse().unwrap(),
            note: String::new(),
            growth: None,
            looked_at: None,
        };
        Edition {
            name: "now".parse().unwrap(),
            at: Timestamp::EPOCH,
            sectors: vec![zone("social"), zone("values")],
            rings: ["h1", "h2", "h3"].map(zone).into(),
            blips: (0..count).map(blip).collect(),
        }
    }

    fn draw(count: usize, language: Language, origin: Option<&str>) -> Option<String> {
        let edition = edition(count);
        let linked = linked(&edition);
        radar(&edition, &linked, language, "a <label>", "not sorted", origin)
    }

    fn linked(edition: &Edition) -> BTreeSet<Slug> {
        edition.blips.iter().map(|blip| blip.trend.clone()).collect()
    }

    #[test]
    fn a_dot_without_a_page_is_named_and_leads_nowhere() {
        let edition = edition(5);
        let mut linked = linked(&edition);
        linked.remove(&"trend-2".parse().unwrap());
        let svg = radar(&edition, &linked, Language::En, "", "", None).unwrap();
        assert_eq!(svg.matches("<a href=").count(), 4);
        assert!(
            !svg.contains("/trends/trend-2") && svg.contains("<title>3. Trend &amp; 2"),
            "{svg}"
        );
    }

    #[test]
    fn three_dots_are_no_picture_and_each_of_four_leads_to_its_trend() {
        assert_eq!(draw(3, Language::En, None), None);
        let svg = draw(4, Language::En, None).unwrap();
        assert_eq!(svg.matches("<a href=").count(), 4);
        assert!(svg.contains("/en/trends/trend-3") && svg.contains("Trend &amp; 3"), "{svg}");
        assert!(!svg.contains("<of>") && !svg.contains("<label>"), "{svg}");
        let file = draw(4, Language::En, Some("https://a.org")).unwrap();
        assert!(file.contains("https://a.org/en/trends/trend-0") && file.contains("xmlns="));
    }

    #[test]
    fn the_picture_is_mirrored_where_reading_is() {
        let (radar, mirrored) = (edition(4), edition(4));
        let linked = BTreeSet::new();
        let of = |edition, language| {
            Drawing { edition, linked: &linked, language, unsorted: "" }.places()
        };
        for ((x, y), (across, same)) in
            of(&radar, Language::En).into_iter().zip(of(&mirrored, Language::Ar))
        {
            assert!((x + across - WIDTH).abs() < 1e-6 && (y - same).abs() < 1e-6);
        }
    }

    #[test]
    fn every_dot_lies_in_its_ring() {
        let radar = edition(60);
        let linked = BTreeSet::new();
        let (edition, linked, language) = (&radar, &linked, Language::En);
        let drawing = Drawing { edition, linked, language, unsorted: "" };
        for (blip, (x, y)) in radar.blips.iter().zip(drawing.places()) {
            let out = (x - WIDTH / 2.0).hypot(y - HEIGHT / 2.0) / RADIUS;
            let ring = radar.ring_of(blip).unwrap();
            assert!(out > edge(ring, 3) && out < edge(ring + 1, 3), "{ring} {out}");
        }
    }

    #[test]
    fn there_are_as_many_dots_as_rows() {
        let svg = draw(MOST_DOTS + 20, Language::En, None).unwrap();
        assert_eq!(svg.matches("<a href=").count(), MOST_DOTS);
    }

    #[test]
    fn a_long_name_is_parted_at_a_space() {
        assert_eq!(in_two("society"), ["society"]);
        assert_eq!(in_two("политика и право"), ["политика", "и право"]);
        assert_eq!(in_two("oneverylongwordalone"), ["oneverylongwordalone"]);
    }
}
