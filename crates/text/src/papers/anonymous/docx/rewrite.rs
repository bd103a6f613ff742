//! The XML of the parts, copied event by event with other names in the same places.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use crate::papers::anonymous::Title;
use crate::papers::xml::{self, Node, XmlProblem};

/// What stands where a name stood.
const NOBODY: &str = "Author";

/// Elements that go with all that is in them: the template, the data and the printer of who wrote the
/// document, variables that programs keep in it, numbers by which a document is known again, and ties
/// of the text to properties, which would empty the text when the properties are empty.
const GONE: [&str; 11] = [
    "attachedTemplate",
    "docVars",
    "mailMerge",
    "printerSettings",
    "docId",
    "dataBinding",
    "fldData",
    "absPath",
    "fileSharing",
    "documentManagement",
    "saveThroughXslt",
];

/// A part of the text: tracked changes and comments say `Author`, without a date.
///
/// # Errors
/// [`XmlProblem`] where the XML is not well-formed.
pub(super) fn part(text: &str) -> Result<String, XmlProblem> {
    // In comments of a spreadsheet the name is an element.
    let is_name = |name: &str| name == "author";
    rewritten(
        text,
        |start| {
            if GONE.contains(&start.local_name().as_ref()) { Fate::Gone } else { Fate::Cleaned }
        },
        is_name,
    )
}

/// Relations without those that point to a part that is gone; paths on a disk point nowhere.
pub(super) fn relations(text: &str, is_gone: impl Fn(&str) -> bool) -> Result<String, XmlProblem> {
    let fate = |start: &BytesStart<'_>| {
        let value = |name| value(start, name);
        let kind = value("Type").unwrap_or_default();
        let is_outside = value("TargetMode").is_some_and(|mode| mode == "External");
        let is_gone = !is_outside && value("Target").is_some_and(|target| is_gone(&target));
        let is_template = kind.ends_with("/attachedTemplate") || kind.ends_with("/mailMergeSource");
        if is_gone || is_template { Fate::Gone } else { Fate::Cleaned }
    };
    rewritten(text, fate, |_| false)
}

/// The list of the types of parts without those that are gone.
pub(super) fn types(text: &str, is_gone: impl Fn(&str) -> bool) -> Result<String, XmlProblem> {
    let fate = |start: &BytesStart<'_>| {
        let is_gone = value(start, "PartName").is_some_and(|name| is_gone(&name));
        if is_gone { Fate::Gone } else { Fate::Cleaned }
    };
    rewritten(text, fate, |_| false)
}

/// What becomes of an element.
enum Fate {
    Cleaned,
    Gone,
}

fn rewritten(
    text: &str,
    fate: impl Fn(&BytesStart<'_>) -> Fate,
    is_name: impl Fn(&str) -> bool,
) -> Result<String, XmlProblem> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut written = Vec::with_capacity(text.len());
    let mut writer = Writer::new(&mut written);
    // How deep the element is that goes, counted from itself.
    let mut gone = 0_usize;
    let mut inside = false;
    loop {
        let event = match reader.read_event()? {
            Event::Eof => break,
            Event::Start(_) if gone > 0 => {
                gone += 1;
                continue;
            }
            Event::End(_) if gone > 0 => {
                gone -= 1;
                continue;
            }
            // Comments and instructions are programs speaking to themselves.
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) => continue,
            _ if gone > 0 => continue,
            Event::Start(start) => {
                if matches!(fate(&start), Fate::Gone) {
                    gone = 1;
                    continue;
                }
                inside = is_name(start.local_name().as_ref());
                Event::Start(cleaned(&start))
            }
            Event::Empty(start) => {
                if matches!(fate(&start), Fate::Gone) {
                    continue;
                }
                Event::Empty(cleaned(&start))
            }
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if inside => continue,
            Event::End(end) => {
                if std::mem::take(&mut inside) {
                    writer.get_mut().extend_from_slice(NOBODY.as_bytes());
                }
                Event::End(end)
            }
            // The text is UTF-8 by now, whatever it was.
            Event::Decl(_) => {
                let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
                writer.get_mut().extend_from_slice(declaration.as_bytes());
                continue;
            }
            event => event,
        };
        writer.write_event(event).map_err(|error| XmlProblem::Broken(error.into()))?;
    }
    Ok(String::from_utf8_lossy(&written).into_owned())
}

/// An element whose attributes name nobody.
fn cleaned<'a>(start: &BytesStart<'a>) -> BytesStart<'a> {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).filter_map(Result::ok);
    let mut kept = Vec::new();
    let mut is_changed = false;
    for attribute in attributes {
        let key = attribute.key.as_ref();
        match instead(key, &attribute.value) {
            Instead::Same => {
                kept.push(format!(" {key}=\"{}\"", attribute.value.replace('"', "&quot;")));
            }
            Instead::Other(value) => {
                is_changed = true;
                kept.push(format!(" {key}=\"{value}\""));
            }
            Instead::Nothing => is_changed = true,
        }
    }
    if !is_changed {
        return start.clone();
    }
    let name = start.name().as_ref().to_owned();
    let length = name.len();
    BytesStart::from_content([name, kept.concat()].concat(), length)
}

enum Instead {
    Same,
    Other(&'static str),
    Nothing,
}

/// What stands for the value of an attribute.
fn instead(key: &str, value: &str) -> Instead {
    let (prefix, name) = key.split_once(':').unwrap_or(("", key));
    match name {
        "author" | "userName" | "lastModifiedBy" => Instead::Other(NOBODY),
        "initials" => Instead::Other("A"),
        "date" | "dateUtc" | "userId" | "providerId" if !prefix.is_empty() => Instead::Nothing,
        _ if prefix == "xmlns" || key == "xmlns" => Instead::Same,
        "Target" if is_path(value) => Instead::Other("about:blank"),
        _ if is_path(value) => Instead::Other(""),
        _ => Instead::Same,
    }
}

/// Whether a value is a place on somebody's disk or in somebody's network.
fn is_path(value: &str) -> bool {
    let value = value.trim_start();
    let scheme = value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let is_drive =
        matches!(value.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let is_home = ["/Users/", "/home/", "\\\\"].iter().any(|start| value.starts_with(start));
    scheme || is_drive || is_home
}

fn value(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    let mut attributes = attributes.with_checks(false).filter_map(Result::ok);
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(crate::entities::resolve(&found.value).into_owned())
}

/// The core properties (ISO/IEC 29500-2 §11) that say what the document is about; what is no XML has
/// none.
pub(super) fn core(text: &str, title: Title) -> String {
    let mut properties = String::new();
    let mut said = String::new();
    let _end = xml::walk(text, |node| match node {
        Node::Start { .. } => said.clear(),
        Node::Text(more) => said.push_str(more),
        Node::End(name) => {
            let prefix = match name {
                "title" if title == Title::Kept => "dc",
                "subject" | "language" => "dc",
                "keywords" | "category" => "cp",
                _ => return said.clear(),
            };
            let text = quick_xml::escape::escape(std::mem::take(&mut said)).into_owned();
            let tag = format!("{prefix}:{name}");
            properties.extend(["<", &tag, ">", &text, "</", &tag, ">"]);
        }
    });
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<cp:coreProperties xmlns:cp=\"",
        "http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"",
        "http://purl.org/dc/elements/1.1/\">",
        &properties,
        "</cp:coreProperties>",
    ]
    .concat()
}
