//! Links between pieces lead somewhere: to a piece of the folder, and to a ¶ that it has.

use observatory_model::Series;
use observatory_model::brief::{Brief, BriefAddress};
use observatory_text::markdown::LinkTo;

use crate::piece::Draft;
use crate::problem::{Problem, Problems};

/// Pages of the site that are no pieces, and may be linked to.
const PAGES: [&str; 4] = ["", "about", "search", "sources"];

/// Checks the links and the related pieces of all drafts.
///
/// `addresses` are all pieces of the folder: one that has problems of its own exists all the same.
pub(crate) fn check(drafts: &[Draft], addresses: &[&BriefAddress], found: &mut Vec<Problem>) {
    for draft in drafts {
        let mut problems = Problems::of(&draft.file, found);
        let brief = &draft.brief;
        for (at, (related, line)) in brief.related.iter().zip(&draft.related_lines).enumerate() {
            if *related == brief.address {
                problems.add(*line, format!("related names {related}, which is this piece"));
            } else if !addresses.contains(&related) {
                problems.add(*line, format!("related names {related}, which is no piece"));
            } else if is_told(brief, related, drafts) {
                problems.add(*line, format!("related names {related}, which is for members only"));
            } else if brief.related.iter().take(at).any(|earlier| earlier == related) {
                problems.add(*line, format!("related names {related} twice"));
            }
        }
        for link in &draft.links {
            if let Err(what) = check_link(link, brief, drafts, addresses) {
                problems.add(link.line, format!("the link {:?} {what}", link.target));
            }
        }
    }
}

fn check_link(
    link: &LinkTo,
    brief: &Brief,
    drafts: &[Draft],
    addresses: &[&BriefAddress],
) -> Result<(), String> {
    let (path, place) = match link.target.split_once('#') {
        Some((path, place)) => (path, Some(place)),
        None => (link.target.as_str(), None),
    };
    let Some(path) = path.strip_prefix('/') else {
        return place.map_or(Ok(()), |place| check_place(place, brief));
    };
    let page = path.split_once('?').map_or(path, |(page, _)| page);
    if PAGES.contains(&page) || page.parse::<Series>().is_ok() {
        return Ok(());
    }
    let Ok(address) = path.parse::<BriefAddress>() else {
        return Err("leads to no piece: write /series/slug".to_owned());
    };
    if !addresses.contains(&&address) {
        return Err(format!("leads to {address}, which is no piece"));
    }
    if is_told(brief, &address, drafts) {
        return Err(format!("leads to {address}, which is for members only"));
    }
    // Every language has the same places. Without any draft the piece has problems of its own.
    let versions = || drafts.iter().filter(|draft| draft.brief.address == address);
    let original = versions().find(|draft| draft.brief.translation.is_none());
    match (place, original.or_else(|| versions().next())) {
        (Some(place), Some(target)) => check_place(place, &target.brief),
        _ => Ok(()),
    }
}

/// Whether a piece for everybody would tell that there is one for members.
fn is_told(by: &Brief, address: &BriefAddress, drafts: &[Draft]) -> bool {
    let is_for_members =
        |draft: &Draft| draft.brief.address == *address && !draft.brief.audience.is_public();
    by.audience.is_public() && drafts.iter().any(is_for_members)
}

/// Whether a piece has the place that the part of a link behind `#` names.
fn check_place(place: &str, brief: &Brief) -> Result<(), String> {
    let numbered = |prefix: &str, count: usize| {
        let number = place.strip_prefix(prefix).and_then(|number| number.parse::<usize>().ok());
        number.is_some_and(|number| {
            (1..=count).contains(&number) && place == format!("{prefix}{number}")
        })
    };
    let paragraphs = brief.body.paragraphs.len();
    let sections = brief.body.headings.len();
    let is_evidence = || {
        let id = place.strip_prefix("e-");
        id.is_some_and(|id| brief.evidence.iter().any(|evidence| evidence.id.as_str() == id))
    };
    if numbered("p", paragraphs) || numbered("s", sections) || is_evidence() {
        return Ok(());
    }
    Err(format!(
        "leads to a place that {} does not have: it has #p1 to #p{paragraphs} and #s1 to #s{sections}",
        brief.address
    ))
}
