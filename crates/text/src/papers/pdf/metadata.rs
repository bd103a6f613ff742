//! What a PDF says of itself: its XMP packet (ISO 16684) where it has one, else its information
//! dictionary.

use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::metadata::Metadata;
use hayro_interpret::hayro_syntax::object::{Dict, Stream};
use observatory_model::paper::PaperDate;

use crate::papers::Said;
use crate::papers::facts::{dates, names};
use crate::papers::xml::{self, Node};

/// Longest XMP packet that is read, in bytes.
const MAX_XMP: usize = 1024 * 1024;

/// What the file says.
pub(crate) fn read(pdf: &Pdf) -> Said {
    let mut said = packet(pdf).map(|packet| of_xmp(&packet)).unwrap_or_default();
    let info = pdf.metadata();
    said.title = said.title.or_else(|| text(info.title.as_deref()));
    if said.authors.is_empty() {
        said.authors =
            text(info.author.as_deref()).map(|line| names::listed(&line)).unwrap_or_default();
    }
    said.made = said.made.or_else(|| made(info));
    // Journals put their DOI there when they put it anywhere.
    let hints =
        [&info.subject, &info.keywords].into_iter().filter_map(|field| text(field.as_deref()));
    said.hints.extend(hints);
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    said.language = said.language.or_else(|| {
        let tag = root?.get::<hayro_interpret::hayro_syntax::object::String<'_>>("Lang")?;
        text(Some(tag.as_bytes()))
    });
    said
}

fn packet(pdf: &Pdf) -> Option<String> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
    let packet = root.get::<Stream<'_>>("Metadata")?.decoded().ok()?;
    let packet = packet.get(..packet.len().min(MAX_XMP))?;
    Some(String::from_utf8_lossy(packet).into_owned())
}

fn made(info: &Metadata) -> Option<PaperDate> {
    let date = info.creation_date?;
    PaperDate::new(date.year, Some(date.month), Some(date.day)).ok()
}

/// A text string of a PDF (ISO 32000 §7.9.2.2): UTF-16 or UTF-8 by its mark, else nearly Latin 1.
fn text(bytes: Option<&[u8]>) -> Option<String> {
    let bytes = bytes?;
    let text = if let Some(wide) = bytes.strip_prefix(&[0xfe, 0xff]) {
        utf16(wide, u16::from_be_bytes)
    } else if let Some(wide) = bytes.strip_prefix(&[0xff, 0xfe]) {
        utf16(wide, u16::from_le_bytes)
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        text.trim_start_matches('\u{feff}').to_owned()
    } else {
        bytes.iter().map(|byte| of_pdf_doc(*byte)).collect()
    };
    let line = crate::plain::one_line(&text, 1_000);
    (!line.is_empty()).then_some(line)
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair));
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
}

/// `PDFDocEncoding` (ISO 32000 §D.3) where it differs from Latin 1.
const fn of_pdf_doc(byte: u8) -> char {
    const HIGH: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    if byte >= 0x80 && byte <= 0xa0 {
        #[expect(
            clippy::indexing_slicing,
            reason = "the table has a place for each of these bytes"
        )]
        return HIGH[(byte - 0x80) as usize];
    }
    byte as char
}

/// The fields of an XMP packet.
fn of_xmp(packet: &str) -> Said {
    let mut said = Said::default();
    let (mut field, mut item) = (String::new(), String::new());
    // A packet may be cut or badly nested: what was read until there is kept.
    let _end = xml::walk(packet, |node| match node {
        Node::Start { name, attributes } => {
            if is_field(name) {
                name.clone_into(&mut field);
            } else if name == "Description" {
                for (name, value) in attributes {
                    take(&mut said, name, value);
                }
            }
            item.clear();
        }
        Node::Text(text) => item.push_str(text),
        Node::End(name) => {
            if !item.trim().is_empty() {
                take(&mut said, &field, &item);
            }
            item.clear();
            if name == field {
                field.clear();
            }
        }
    });
    said
}

fn is_field(name: &str) -> bool {
    matches!(
        name,
        "title"
            | "creator"
            | "description"
            | "language"
            | "date"
            | "publicationDate"
            | "coverDate"
            | "CreateDate"
            | "doi"
            | "DOI"
            | "identifier"
    )
}

fn take(said: &mut Said, field: &str, value: &str) {
    let line = crate::plain::one_line(value, 5_000);
    if line.is_empty() {
        return;
    }
    match field {
        "title" => said.title = said.title.take().or(Some(line)),
        "creator" => said.authors.extend(names::listed(&line)),
        "language" => said.language = said.language.take().or(Some(line)),
        "date" | "publicationDate" | "coverDate" => {
            said.date = said.date.or_else(|| dates::first(&line));
        }
        "CreateDate" => said.made = said.made.or_else(|| dates::first(&line)),
        "description" | "doi" | "DOI" | "identifier" => said.hints.push(line),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_by_their_mark() {
        assert_eq!(text(Some(b"\xfe\xff\0A\x06\x27")).as_deref(), Some("Aا"));
        assert_eq!(text(Some(b"caf\xe9 \x8dx\x8e")).as_deref(), Some("café “x”"));
        assert_eq!(text(Some("\u{feff}Ж".as_bytes())).as_deref(), Some("Ж"));
        assert_eq!(text(Some(b"  ")), None);
    }

    #[test]
    fn packets_name_title_and_authors() {
        let packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description prism:doi='10.1/a' \
            xmp:CreateDate='2024-05-06T07:08:09Z'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>A \
            title</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li>\
            <rdf:li>Alan Turing</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF>";
        let said = of_xmp(packet);
        assert_eq!(said.title.as_deref(), Some("A title"));
        assert_eq!(said.authors, ["Ada Lovelace", "Alan Turing"]);
        assert_eq!(said.made.map(|date| date.to_string()).as_deref(), Some("2024-05-06"));
        assert_eq!(said.hints, ["10.1/a"]);
    }
}
