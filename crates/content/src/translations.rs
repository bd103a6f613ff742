//! A translation says in other words what its original says, block for block.

use std::collections::BTreeSet;

use observatory_model::brief::{BriefAddress, Translation};
use observatory_text::markdown::{BlockKind, Rendered};

use crate::fields::Fields;
use crate::key_lines::Place;
use crate::piece::{Draft, Opened, Original, draft};
use crate::problem::{Problem, Problems};
use crate::words::{self, Rules};

/// Reads a translation of `original`, whose file is `source`.
pub(crate) fn read(
    address: &BriefAddress,
    opened: &Opened<'_>,
    source: &Opened<'_>,
    original: &Original,
    found: &mut Vec<Problem>,
) -> Option<Draft> {
    let mut problems = Problems::of(&opened.source.file, found);
    let mut fields = Fields::of_file(&opened.front, &mut problems);
    let rules = match &original.words {
        Some(words) => Rules::of_original(words),
        None => Rules::of_series(address.series),
    };
    let words = words::read(&mut fields, opened.source.language, &rules);
    let version = original.facts.as_ref().map(|facts| facts.version);
    let translation = translation(&mut fields, version);
    fields.finish("is no key of a translation: it inherits what is not words from the original");
    let rendered = opened.body().render(&original.order, &mut problems);
    if let Some(rendered) = &rendered {
        opened.body().check_language(rendered, &mut problems);
        let is_current = translation.is_some_and(|made| Some(made.version) == version);
        // A translation of an earlier version is shown as such; it may differ until it is renewed.
        if let Some(original) = original.rendered.as_ref().filter(|_| is_current)
            && check_shape(rendered, original, opened.front.body_offset + 1, &mut problems)
        {
            check_citations(rendered, original, &mut problems);
            check_charts(rendered, original, &mut problems);
        }
    }
    let translation = translation?;
    draft(
        address,
        opened,
        original,
        words,
        rendered.as_ref(),
        Some((translation, source.source.language)),
    )
}

/// Reads what is said of the translation itself.
fn translation(fields: &mut Fields<'_, '_>, version: Option<u32>) -> Option<Translation> {
    let map = fields.map("translation")?;
    let mut fields = fields.inside(map, Place::In("translation"));
    let made_from = fields.number("version");
    let reviewed = fields.flag("reviewed");
    let is_ahead = made_from.zip(version).filter(|(made_from, version)| made_from > version);
    if let Some((made_from, version)) = is_ahead {
        let what = format!("is {made_from}, but the original has version {version}");
        fields.add("version", what);
    }
    fields.finish("is no key of translation");
    Some(Translation { version: made_from?, reviewed: reviewed? })
}

/// Whether both have the same blocks; notes the first difference.
fn check_shape(
    translated: &Rendered,
    original: &Rendered,
    first_line: usize,
    problems: &mut Problems<'_>,
) -> bool {
    let is_numbered = |kind: &&BlockKind| !matches!(kind, BlockKind::Heading(_));
    let number_at = |at: usize| translated.shape.iter().take(at).filter(is_numbered).count() + 1;
    let mut at = 0;
    let (here, there) = loop {
        match (translated.shape.get(at), original.shape.get(at)) {
            (None, None) => return true,
            (here, there) if here == there => at += 1,
            (here, there) => break (here, there),
        }
    };
    let number = number_at(at);
    let what = match (here, there) {
        (Some(here), Some(there)) => {
            format!("¶ {number} differs: {here} stands where the original has {there}")
        }
        (Some(here), None) => format!("¶ {number} differs: {here} stands where the original ends"),
        (None, Some(there)) => {
            format!("¶ {number} is missing: the text ends where the original has {there}")
        }
        (None, None) => return true,
    };
    let last = translated.block_lines.last().copied().unwrap_or(first_line);
    problems.add(translated.block_lines.get(at).copied().unwrap_or(last), what);
    false
}

/// Notes every ¶ that cites other evidence than the original does.
fn check_citations(translated: &Rendered, original: &Rendered, problems: &mut Problems<'_>) {
    let numbered = translated.shape.iter().zip(&translated.block_lines);
    let lines = numbered.filter(|(kind, _)| !matches!(kind, BlockKind::Heading(_)));
    for (number, (_, line)) in (1..).zip(lines) {
        let (here, there) = (cited_in(translated, number), cited_in(original, number));
        let list = |ids: BTreeSet<&str>| ids.into_iter().collect::<Vec<_>>().join(", ");
        let missing = there.difference(&here).copied().collect::<BTreeSet<_>>();
        let added = here.difference(&there).copied().collect::<BTreeSet<_>>();
        if !missing.is_empty() {
            let what = format!("¶ {number} does not cite {}, as the original does", list(missing));
            problems.add(*line, what);
        }
        if !added.is_empty() {
            let what = format!("¶ {number} cites {}; the original does not", list(added));
            problems.add(*line, what);
        }
    }
}

/// Notes every chart that is not the original's.
fn check_charts(translated: &Rendered, original: &Rendered, problems: &mut Problems<'_>) {
    let blocks = translated.shape.iter().zip(&translated.block_lines);
    let lines = blocks.filter(|(kind, _)| **kind == BlockKind::Chart);
    let wishes = translated.body.charts.iter().zip(&original.body.charts);
    for ((_, line), (here, there)) in lines.zip(wishes).filter(|(_, (here, there))| here != there) {
        problems.add(*line, format!("the chart is {here}; that of the original is {there}"));
    }
}

fn cited_in(rendered: &Rendered, paragraph: u32) -> BTreeSet<&str> {
    let cited = rendered.citations.iter().filter(|cited| cited.paragraph == paragraph);
    cited.map(|cited| cited.id.as_str()).collect()
}
