//! The files of one piece become its language versions.

use observatory_model::Slug;
use observatory_model::brief::{Brief, BriefAddress, Evidence, Translation};
use observatory_text::markdown::{LinkTo, Rendered};

use crate::body::Body;
use crate::evidence;
use crate::facts::{self, Facts};
use crate::fields::Fields;
use crate::folder::{PieceFile, PieceFiles};
use crate::front_matter::{self, FrontMatter, Value};
use crate::problem::{Problem, Problems};
use crate::translations;
use crate::words::{self, Rules, Words};

/// A language version that is complete in itself; what it says of other pieces is still unchecked.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The version.
    pub(crate) brief: Brief,
    /// Its file.
    pub(crate) file: String,
    /// The links of its body, on the lines of the file.
    pub(crate) links: Vec<LinkTo>,
    /// The lines that name the related pieces; none for translations, which inherit them.
    pub(crate) related_lines: Vec<usize>,
}

/// An original as far as it could be read.
#[derive(Debug)]
pub(crate) struct Original {
    /// Its words.
    pub(crate) words: Option<Words>,
    /// Its facts.
    pub(crate) facts: Option<Facts>,
    /// The ids of its evidence, in the order of the first citation.
    pub(crate) order: Vec<Slug>,
    /// Its evidence, in the same order.
    pub(crate) evidence: Option<Vec<Evidence>>,
    /// Its body.
    pub(crate) rendered: Option<Rendered>,
}

/// A file whose front matter could be read.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    /// The file.
    pub(crate) source: &'a PieceFile,
    /// Its front matter.
    pub(crate) front: FrontMatter<'a>,
}

impl Opened<'_> {
    /// Its body.
    pub(crate) const fn body(&self) -> Body<'_> {
        Body {
            markdown: self.front.body,
            offset: self.front.body_offset,
            language: self.source.language,
        }
    }

    fn has(&self, key: &str) -> bool {
        self.front.map.contains_key(key)
    }

    fn says_it_is_the_original(&self) -> bool {
        let code = Value::Text(self.source.language.code().to_owned());
        self.front.map.get("original") == Some(&code)
    }
}

/// Reads all files of a piece; what is wrong with them is added to `found`.
pub(crate) fn read(piece: &PieceFiles, found: &mut Vec<Problem>) -> Vec<Draft> {
    let mut opened = Vec::new();
    for source in &piece.files {
        let mut problems = Problems::of(&source.file, found);
        let front = front_matter::read(&source.text, &mut problems);
        opened.extend(front.map(|front| Opened { source, front }));
    }
    let Some(original) = take_original(&mut opened) else {
        if opened.len() == piece.files.len() {
            for translation in &opened {
                let what = "translates an original that is not there: no file has the key original";
                Problems::of(&translation.source.file, found).add(1, what);
            }
        }
        return Vec::new();
    };
    let mut drafts = Vec::new();
    let (read, draft) = read_original(&piece.address, &original, found);
    drafts.extend(draft);
    for translation in &opened {
        drafts.extend(translations::read(&piece.address, translation, &original, &read, found));
    }
    drafts.sort_by_key(|draft| draft.brief.language);
    drafts
}

/// Takes out the file that says it is the original; else the first that does not say it translates.
fn take_original<'a>(opened: &mut Vec<Opened<'a>>) -> Option<Opened<'a>> {
    let says = opened.iter().position(Opened::says_it_is_the_original);
    let written = || opened.iter().position(|file| file.has("original"));
    let silent = || opened.iter().position(|file| !file.has("translation"));
    says.or_else(written).or_else(silent).map(|place| opened.remove(place))
}

fn read_original(
    address: &BriefAddress,
    opened: &Opened<'_>,
    found: &mut Vec<Problem>,
) -> (Original, Option<Draft>) {
    let language = opened.source.language;
    let mut problems = Problems::of(&opened.source.file, found);
    let mut fields = Fields::of_file(&opened.front, &mut problems);
    let words = words::read(&mut fields, language, &Rules::of_series(address.series));
    let facts = facts::read(&mut fields, address.series, language);
    let listed = evidence::read(&mut fields);
    fields.finish("is no key of an original");
    let ids = listed.ids.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    let (order, rendered) = render_in_order(&opened.body(), &ids, &mut problems);
    if let Some(rendered) = &rendered {
        opened.body().check_length(rendered, &mut problems);
        opened.body().check_language(rendered, &mut problems);
        let is_cited = |id: &Slug| rendered.citations.iter().any(|cited| cited.id == id.as_str());
        for (id, line) in listed.ids.iter().filter(|(id, _)| !is_cited(id)) {
            problems.add(*line, format!("evidence {id} is never cited: write [^{id}] in the body"));
        }
    }
    let evidence = listed.items.map(|mut items| {
        items.sort_by_key(|item| order.iter().position(|id| *id == item.id));
        items
    });
    let original = Original { words, facts, order, evidence, rendered };
    let draft =
        draft(address, opened, &original, original.words.clone(), original.rendered.as_ref(), None);
    (original, draft)
}

/// Renders a body so that its evidence is numbered in the order of the first citation; what is never
/// cited comes last.
fn render_in_order(
    body: &Body<'_>,
    ids: &[Slug],
    problems: &mut Problems<'_>,
) -> (Vec<Slug>, Option<Rendered>) {
    let Some(first) = body.render(ids, problems) else { return (ids.to_vec(), None) };
    let mut order = Vec::with_capacity(ids.len());
    for citation in &first.citations {
        let known = ids.iter().find(|id| id.as_str() == citation.id);
        order.extend(known.filter(|id| !order.contains(*id)).cloned());
    }
    for id in ids {
        if !order.contains(id) {
            order.push(id.clone());
        }
    }
    let rendered = body.render(&order, problems);
    (order, rendered)
}

/// Puts a language version together; `None` when a part of it is missing.
pub(crate) fn draft(
    address: &BriefAddress,
    opened: &Opened<'_>,
    original: &Original,
    words: Option<Words>,
    rendered: Option<&Rendered>,
    translation: Option<(Translation, observatory_model::Language)>,
) -> Option<Draft> {
    let (words, facts, rendered) = (words?, original.facts.as_ref()?, rendered?);
    let language = opened.source.language;
    let mut evidence = original.evidence.clone()?;
    for item in &mut evidence {
        let cited = rendered.citations.iter().filter(|cited| cited.id == item.id.as_str());
        item.cited_in = cited.map(|cited| cited.paragraph).collect();
        item.cited_in.dedup();
    }
    let related_lines = match translation {
        None => facts.related.iter().map(|(_, line)| *line).collect(),
        Some(_) => Vec::new(),
    };
    let brief = Brief {
        address: address.clone(),
        language,
        original: translation.map_or(language, |(_, original)| original),
        translation: translation.map(|(translation, _)| translation),
        title: words.title,
        standfirst: words.standfirst,
        bottom_line: words.bottom_line,
        questions: words.questions,
        unknowns: words.unknowns,
        authors: facts.authors.clone(),
        institution: facts.institution.clone(),
        audience: facts.audience,
        published: facts.published,
        version: facts.version,
        topics: facts.topics.clone(),
        confidence: facts.confidence.zip(words.confidence_why),
        evidence,
        related: facts.related.iter().map(|(related, _)| related.clone()).collect(),
        body: rendered.body.clone(),
    };
    let links = rendered.links.clone();
    Some(Draft { brief, file: opened.source.file.clone(), links, related_lines })
}
