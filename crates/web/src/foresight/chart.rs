//! The line of a trend over time, drawn by the server. What it shows always stands in a table as well.

use std::fmt::Write as _;

use observatory_model::Direction;
use observatory_model::trend::Count;

use crate::html::Html;

/// A line needs three points.
const FEWEST: usize = 3;

/// Width and height of the view box: small numbers make short files.
const WIDTH: u32 = 240;
const HEIGHT: u32 = 60;

/// Space above and below the line, so that its ends are not cut.
const MARGIN: u32 = 4;

/// The share of documents by period; `None` where there are too few for a line.
///
/// Time runs in the direction of reading. The highest share touches the top, no documents the bottom:
/// the picture tells the shape, the table the numbers. `hidden` pictures stand beside words that say
/// the same, others carry `label`.
pub(crate) fn line(counts: &[Count], direction: Direction, label: Option<&str>) -> Option<Html> {
    if counts.len() < FEWEST {
        return None;
    }
    let shares = counts.iter().map(share).collect::<Vec<_>>();
    let highest = shares.iter().copied().fold(0.0, f64::max);
    let points = points(&shares, highest, direction);
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        write!(path, "{command}{x} {y}").unwrap_or_default();
    }
    let (first, last) = (points.first()?, points.last()?);
    let name = label.map_or_else(
        || "aria-hidden=true".to_owned(),
        |label| format!("role=img aria-label=\"{}\"", crate::html::escape(label)),
    );
    let bottom = HEIGHT - MARGIN;
    let svg = format!(
        "<svg class=line viewBox=\"0 0 {WIDTH} {HEIGHT}\" {name}>\
         <path class=area d=\"{path}V{HEIGHT}H{}Z\"/>\
         <path class=base stroke-width=.5 d=\"M0 {bottom}H{WIDTH}\"/>\
         <path stroke-width=1.5 d=\"{path}\"/><circle cx={} cy={} r=3 /></svg>",
        first.0, last.0, last.1
    );
    Some(Html::trusted(svg))
}

/// The share of one period, 0.0–1.0; 0.0 where there were no documents at all.
pub(crate) fn share(count: &Count) -> f64 {
    if count.all == 0 { 0.0 } else { f64::from(count.with) / f64::from(count.all) }
}

fn points(shares: &[f64], highest: f64, direction: Direction) -> Vec<(u32, u32)> {
    let steps = u32::try_from(shares.len().saturating_sub(1)).unwrap_or(1).max(1);
    let inside = WIDTH - 2 * MARGIN;
    let height = f64::from(HEIGHT - 2 * MARGIN);
    let place = |(index, share): (u32, &f64)| {
        let along = MARGIN + index * inside / steps;
        let x = if direction == Direction::Rtl { WIDTH - along } else { along };
        let part = if highest > 0.0 { share / highest } else { 0.0 };
        let up = rounded((part * height).clamp(0.0, height));
        (x, HEIGHT - MARGIN - up)
    };
    (0..).zip(shares).map(place).collect()
}

/// A length that was kept within the picture, as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "kept between 0 and the height of the picture before"
)]
fn rounded(length: f64) -> u32 {
    length.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use observatory_model::Timestamp;

    fn counts(with: &[(u32, u32)]) -> Vec<Count> {
        let count =
            |(with, all): &(u32, u32)| Count { from: Timestamp::EPOCH, with: *with, all: *all };
        with.iter().map(count).collect()
    }

    #[test]
    fn a_line_needs_three_points_and_divides_by_nothing() {
        let draw = |with: &[(u32, u32)]| line(&counts(with), Direction::Ltr, None);
        assert_eq!(draw(&[]), None);
        assert_eq!(draw(&[(1, 2), (2, 2)]), None);
        for flat in [[(0, 0); 3], [(0, 9); 3], [(u32::MAX, u32::MAX); 3]] {
            let svg = draw(&flat).unwrap();
            assert!(!svg.as_str().contains("NaN") && !svg.as_str().contains("inf"), "{svg}");
        }
    }

    #[test]
    fn time_runs_in_the_direction_of_reading() {
        let rising = counts(&[(0, 10), (1, 10), (5, 10)]);
        let last = |direction| {
            let svg = line(&rising, direction, Some("a \"label\"")).unwrap();
            assert!(svg.as_str().contains("a &#34;label&#34;"), "{svg}");
            svg.as_str().split("cx=").nth(1).unwrap().split(' ').next().unwrap().parse::<u32>()
        };
        assert_eq!(last(Direction::Ltr).unwrap(), WIDTH - MARGIN);
        assert_eq!(last(Direction::Rtl).unwrap(), MARGIN);
    }
}
