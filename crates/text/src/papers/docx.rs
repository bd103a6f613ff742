//! DOCX: a ZIP of XML (ISO/IEC 29500), never unpacked to a disk and never further than is bounded.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use observatory_model::paper::{PaperFormat, Unreadable, UnreadableReason};
use zip::ZipArchive;
use zip::result::ZipError;

use super::xml::{self, Node, attribute};
use super::{Draft, Said, TEXT};
use crate::papers::facts::{dates, names};

/// Most files in the archive.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// Largest part that is read, unpacked, in bytes.
pub(super) const MAX_PART: u64 = 64 * 1024 * 1024;

/// How many times larger than packed a part of more than a megabyte may be. XML of Word packs 10 to 40
/// times smaller.
pub(super) const MAX_RATIO: u64 = 200;

/// Reads a document of Word.
pub(crate) fn read(bytes: &[u8]) -> Result<Draft, Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > MAX_ENTRIES {
        let what = format!("an archive of {} files", archive.len());
        return Err(Unreadable::new(UnreadableReason::TooLarge, what));
    }
    let main = main_part(&mut archive)?;
    let mut draft = Draft::new(PaperFormat::Docx);
    if let Some(core) = part(&mut archive, "docProps/core.xml")? {
        draft.said = said(&core);
    }
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let styles = part(&mut archive, &format!("{folder}/styles.xml"))?;
    let styles = styles.map(|styles| levels(&styles)).unwrap_or_default();
    let document = part(&mut archive, &main)?.ok_or_else(|| {
        Unreadable::new(UnreadableReason::Broken, "the main part of the document is missing")
    })?;
    body(&mut draft, &document, &styles)?;
    margins(&mut draft, &mut archive, &folder)?;
    for notes in ["footnotes.xml", "endnotes.xml"] {
        if let Some(notes) = part(&mut archive, &format!("{folder}/{notes}"))? {
            body(&mut draft, &notes, &BTreeMap::new())?;
        }
    }
    Ok(draft)
}

/// The heads and feet of the pages, each once: where the symbols of documents stand.
fn margins(draft: &mut Draft, archive: &mut Archive<'_>, folder: &str) -> Result<(), Unreadable> {
    const MAX_KINDS: u32 = 9;
    let mut lines = Vec::<String>::new();
    for kind in ["header", "footer"] {
        for number in 1..=MAX_KINDS {
            let Some(margin) = part(archive, &format!("{folder}/{kind}{number}.xml"))? else {
                break;
            };
            let mut apart = Draft::new(PaperFormat::Docx);
            body(&mut apart, &margin, &BTreeMap::new())?;
            for line in apart.parts.iter().flat_map(|part| part.text.lines()) {
                if !line.is_empty() && !lines.iter().any(|known| known == line) {
                    lines.push(line.to_owned());
                }
            }
        }
    }
    if let Some(first) = draft.parts.first_mut() {
        first.margin = lines.join("\n");
    }
    Ok(())
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

pub(super) fn broken(error: &ZipError) -> Unreadable {
    Unreadable::new(UnreadableReason::Broken, format!("the archive is damaged: {error}"))
}

/// The name of the part that holds the text.
fn main_part(archive: &mut Archive<'_>) -> Result<String, Unreadable> {
    let mut target = None;
    if let Some(relations) = part(archive, "_rels/.rels")? {
        let _end = xml::walk(&relations, |node| {
            if let Node::Start { name: "Relationship", attributes } = node
                && attribute(attributes, "Type")
                    .is_some_and(|kind| kind.ends_with("/officeDocument"))
            {
                target = attribute(attributes, "Target")
                    .map(|path| path.trim_start_matches('/').to_owned());
            }
        });
    }
    let target = target.unwrap_or_else(|| "word/document.xml".to_owned());
    if target.starts_with("word/") && archive.index_for_name(&target).is_some() {
        return Ok(target);
    }
    let holds = |name: &str| archive.index_for_name(name).is_some();
    let other = if target.starts_with("xl/") {
        Some("a spreadsheet of Office")
    } else if target.starts_with("ppt/") {
        Some("slides of Office")
    } else if holds("mimetype") {
        Some("OpenDocument or EPUB")
    } else if holds("[Content_Types].xml") {
        Some("a document of Office without text")
    } else {
        None
    };
    Err(match other {
        Some(what) => Unreadable::new(UnreadableReason::Unsupported, format!("it is {what}")),
        None => Unreadable::new(UnreadableReason::NotADocument, "it is an archive of other files"),
    })
}

/// A part as text; `None` when the archive has none of this name.
fn part(archive: &mut Archive<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(ZipError::UnsupportedArchive(what)) if what == ZipError::PASSWORD_REQUIRED => {
            return Err(Unreadable::new(
                UnreadableReason::Encrypted,
                format!("{name} has a password"),
            ));
        }
        Err(error) => return Err(broken(&error)),
    };
    let packed = file.compressed_size().max(1);
    let mut bytes = Vec::new();
    let read = file.take(MAX_PART + 1).read_to_end(&mut bytes);
    let size = bytes.len() as u64;
    if size > MAX_PART || (size > 1024 * 1024 && size / packed > MAX_RATIO) {
        let what = format!("{name} has more than {size} bytes, packed in {packed}");
        return Err(Unreadable::new(UnreadableReason::TooLarge, what));
    }
    read.map_err(|error| {
        Unreadable::new(UnreadableReason::Broken, format!("{name} does not unpack: {error}"))
    })?;
    Ok(Some(decoded(&bytes)))
}

/// XML in the charset of its mark; Office writes UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> String {
    // `decode` heeds a mark of UTF-16 as well.
    encoding_rs::UTF_8.decode(bytes).0.into_owned()
}

/// The properties of the document (ISO/IEC 29500-2 §11).
fn said(core: &str) -> Said {
    let mut said = Said::default();
    let mut text = String::new();
    let _end = xml::walk(core, |node| match node {
        Node::Start { .. } => text.clear(),
        Node::Text(more) => text.push_str(more),
        Node::End(name) => {
            let line = crate::plain::one_line(&text, 1_000);
            text.clear();
            if line.is_empty() {
                return;
            }
            match name {
                "title" => said.title = Some(line),
                "creator" => said.authors = names::listed(&line),
                "language" => said.language = Some(line),
                "created" => said.made = dates::first(&line),
                "identifier" | "subject" | "keywords" | "description" => said.hints.push(line),
                _ => {}
            }
        }
    });
    said
}

/// The level of the heading that each style makes; 0 for the title.
fn levels(styles: &str) -> BTreeMap<String, u8> {
    let mut levels = BTreeMap::new();
    let mut style = String::new();
    let _end = xml::walk(styles, |node| {
        let Node::Start { name, attributes } = node else { return };
        let value = attribute(attributes, "val").unwrap_or_default();
        match name {
            "style" => attribute(attributes, "styleId").unwrap_or_default().clone_into(&mut style),
            "name" => {
                if let Some(level) = level_of(value) {
                    levels.insert(style.clone(), level);
                }
            }
            "outlineLvl" => {
                if let Some(level) = value.parse::<u8>().ok().filter(|level| *level < 9) {
                    levels.entry(style.clone()).or_insert(level + 1);
                }
            }
            _ => {}
        }
    });
    levels
}

fn level_of(style: &str) -> Option<u8> {
    let style = style.to_lowercase();
    if style == "title" {
        return Some(0);
    }
    let number = style.strip_prefix("heading")?.trim();
    number.parse().ok().filter(|level| (1..=9).contains(level))
}

/// Adds the paragraphs of a part.
fn body(
    draft: &mut Draft,
    document: &str,
    levels: &BTreeMap<String, u8>,
) -> Result<(), Unreadable> {
    let mut open = Vec::<Paragraph>::new();
    // Deleted text, codes of fields, and the second version of a drawing are not to be read.
    let mut hidden = 0_u32;
    let mut in_text = 0_u32;
    let end = xml::walk(document, |node| match node {
        Node::Start { name, attributes } => match name {
            "del" | "moveFrom" | "instrText" | "delText" | "Fallback" => hidden += 1,
            "t" => in_text += 1,
            "p" => open.push(Paragraph::default()),
            "pStyle" => {
                let style = attribute(attributes, "val").unwrap_or_default();
                let level = levels.get(style).copied().or_else(|| level_of(style));
                open.last_mut().into_iter().for_each(|paragraph| paragraph.level = level);
            }
            "tab" | "br" | "cr" | "noBreakHyphen" if hidden == 0 => {
                let sign = if name == "noBreakHyphen" { "-" } else { " " };
                open.last_mut().into_iter().for_each(|paragraph| paragraph.text.push_str(sign));
            }
            _ => {}
        },
        Node::End(name) => match name {
            "del" | "moveFrom" | "instrText" | "delText" | "Fallback" => {
                hidden = hidden.saturating_sub(1);
            }
            "t" => in_text = in_text.saturating_sub(1),
            "p" => {
                if let Some(paragraph) = open.pop() {
                    paragraph.close(draft);
                }
            }
            _ => {}
        },
        Node::Text(text) if in_text > 0 && hidden == 0 => {
            open.last_mut().into_iter().for_each(|paragraph| paragraph.text.push_str(text));
        }
        Node::Text(_) => {}
    });
    end.map_err(|problem| Unreadable::new(UnreadableReason::Broken, problem))
}

#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    level: Option<u8>,
}

impl Paragraph {
    fn close(self, draft: &mut Draft) {
        let text = crate::plain::one_line(&self.text, 200_000);
        match self.level {
            _ if text.is_empty() => {}
            Some(0) => draft.add(&text, TEXT + 10.0),
            Some(level) => draft.head(&text, level),
            None => draft.add(&text, TEXT),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const DOCUMENT: &str = "<w:document xmlns:w='w'><w:body>\
        <w:p><w:pPr><w:pStyle w:val='Title'/></w:pPr><w:r><w:t>A title</w:t></w:r></w:p>\
        <w:p><w:r><w:t xml:space='preserve'>Before </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>\
        <w:ins><w:r><w:t>new</w:t><w:tab/><w:t>text</w:t></w:r></w:ins></w:p>\
        <w:p><w:pPr><w:pStyle w:val='H1'/></w:pPr><w:r><w:t>Part one</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        </w:body></w:document>";

    fn docx(document: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let styles =
            "<w:styles><w:style w:styleId='H1'><w:name w:val='heading 1'/></w:style></w:styles>";
        let core = "<cp:p><dc:title>Other</dc:title><dc:creator>Ada Lovelace; Alan Turing</dc:creator></cp:p>";
        let options = zip::write::SimpleFileOptions::default();
        for (name, text) in [
            ("word/document.xml", document),
            ("word/styles.xml", styles),
            ("docProps/core.xml", core),
        ] {
            archive.start_file(name, options).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn paragraphs_become_sections() {
        let draft = read(&docx(DOCUMENT)).unwrap();
        let parts = draft.parts.iter().map(|part| (part.heading.as_deref(), part.text.as_str()));
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [(None, "Before new text"), (Some("Part one"), "cell")]
        );
        assert_eq!(draft.opening[0].text, "A title");
        assert_eq!(draft.said.authors, ["Ada Lovelace", "Alan Turing"]);
    }

    #[test]
    fn bombs_and_other_archives_are_refused() {
        let bomb = format!("<w:t>{}</w:t>", "a".repeat(3_000_000));
        assert_eq!(read(&docx(&bomb)).unwrap_err().reason, UnreadableReason::TooLarge);
        let broken = docx("<w:p><w:t>x</w:p>");
        assert_eq!(read(&broken).unwrap_err().reason, UnreadableReason::Broken);
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        let other = archive.finish().unwrap().into_inner();
        assert_eq!(read(&other).unwrap_err().reason, UnreadableReason::NotADocument);
    }
}
