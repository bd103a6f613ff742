//! The package: which parts stay, what points to those that go, and the archive around them.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};

use observatory_model::paper::{Unreadable, UnreadableReason};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::rewrite;
use crate::papers::anonymous::{Title, pictures};
use crate::papers::docx::{MAX_ENTRIES, MAX_PART, MAX_RATIO, broken, decoded};
use crate::papers::xml::{self, Node, attribute};

/// Most bytes of all parts together, unpacked: 256 MiB, half of what the process may take.
const MAX_TOTAL: usize = 256 * 1024 * 1024;

/// Where a package stands: in a document there may be others, in these no more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Outside,
    Inside,
}

/// A package of Office written anew.
pub(super) fn copy(bytes: &[u8], title: Title, place: Place) -> Result<Vec<u8>, Unreadable> {
    let parts = unpacked(bytes)?;
    let core = core_properties(&parts);
    let names = parts.iter().map(|(name, _)| name.as_str());
    let gone: BTreeSet<&str> = names.filter(|name| is_gone(name)).collect();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in &parts {
        if gone.contains(name.as_str()) {
            continue;
        }
        let content = if *name == core {
            rewrite::core(&decoded(content), title).into_bytes()
        } else {
            part(name, content, &gone, title, place)?
        };
        // By default an entry has the first date that ZIP can write, and nothing beside its name.
        let written = archive.start_file(name.as_str(), SimpleFileOptions::default());
        written.map_err(|error| broken(&error))?;
        archive.write_all(&content).map_err(|error| broken(&error.into()))?;
    }
    Ok(archive.finish().map_err(|error| broken(&error))?.into_inner())
}

/// All parts, in their order in the archive, within the bounds of the reader.
fn unpacked(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > MAX_ENTRIES {
        let what = format!("an archive of {} files", archive.len());
        return Err(Unreadable::new(UnreadableReason::TooLarge, what));
    }
    let mut parts = Vec::new();
    let mut total = 0_usize;
    for index in 0..archive.len() {
        let file = match archive.by_index(index) {
            Ok(file) => file,
            Err(ZipError::UnsupportedArchive(what)) if what == ZipError::PASSWORD_REQUIRED => {
                let what = "a part has a password";
                return Err(Unreadable::new(UnreadableReason::Encrypted, what));
            }
            Err(error) => return Err(broken(&error)),
        };
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|error| broken(&error))?;
        let name = name.replace('\\', "/").trim_start_matches('/').to_owned();
        let packed = file.compressed_size().max(1);
        let mut content = Vec::new();
        let read = file.take(MAX_PART + 1).read_to_end(&mut content);
        let size = content.len() as u64;
        total = total.saturating_add(content.len());
        let is_bomb = size > 1024 * 1024 && size / packed > MAX_RATIO;
        if size > MAX_PART || is_bomb || total > MAX_TOTAL {
            let what = format!("{name} has more than {size} bytes, packed in {packed}");
            return Err(Unreadable::new(UnreadableReason::TooLarge, what));
        }
        read.map_err(|error| {
            Unreadable::new(UnreadableReason::Broken, format!("{name} does not unpack: {error}"))
        })?;
        parts.push((name, content));
    }
    Ok(parts)
}

/// The name of the part with the properties that all of Office share.
fn core_properties(parts: &[(String, Vec<u8>)]) -> String {
    let mut core = "docProps/core.xml".to_owned();
    if let Some((_, relations)) = parts.iter().find(|(name, _)| name == "_rels/.rels") {
        let _end = xml::walk(&decoded(relations), |node| {
            if let Node::Start { name: "Relationship", attributes } = node
                && attribute(attributes, "Type")
                    .is_some_and(|kind| kind.ends_with("/core-properties"))
                && let Some(target) = attribute(attributes, "Target")
            {
                target.trim_start_matches('/').clone_into(&mut core);
            }
        });
    }
    core
}

/// Whether a part says who wrote the document or with what, and nothing of what is read.
///
/// Data beside the text (`customXml`) hold what servers and programs of references keep of their users;
/// the text that was made from them is in the document.
fn is_gone(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
    let is_properties =
        folder.split('/').any(|folder| folder == "docprops") && !file.starts_with("core");
    is_properties
        || file.starts_with("thumbnail.")
        || file.starts_with("people")
        || file.starts_with("vba")
        || folder.split('/').any(|folder| {
            matches!(
                folder,
                "customxml" | "printersettings" | "persons" | "revisions" | "_xmlsignatures"
            )
        })
        || matches!(&*name, "_rels/.rels.bak" | "mimetype")
}

/// A part without names.
fn part(
    name: &str,
    content: &[u8],
    gone: &BTreeSet<&str>,
    title: Title,
    place: Place,
) -> Result<Vec<u8>, Unreadable> {
    let lower = name.to_ascii_lowercase();
    let refused = |what: &str| {
        Err(Unreadable::new(UnreadableReason::Unsupported, format!("{name} is {what}")))
    };
    let written = |text: Result<String, xml::XmlProblem>| {
        text.map(String::into_bytes).map_err(|problem| {
            Unreadable::new(UnreadableReason::Broken, format!("{name}: {problem}"))
        })
    };
    let end = lower.rsplit_once('.').map_or("", |(_, end)| end);
    if end == "rels" {
        let folder = name.rsplit_once("_rels/").map_or("", |(folder, _)| folder);
        let points = |target: &str| gone.contains(&*resolved(folder, target));
        return written(rewrite::relations(&decoded(content), points));
    }
    if lower == "[content_types].xml" {
        let points = |target: &str| gone.contains(target.trim_start_matches('/'));
        return written(rewrite::types(&decoded(content), points));
    }
    if matches!(end, "xml" | "vml") {
        return written(rewrite::part(&decoded(content)));
    }
    if content.starts_with(b"PK\x03\x04") {
        return match place {
            Place::Outside => copy(content, title, Place::Inside),
            Place::Inside => refused("a document inside a document inside the document"),
        };
    }
    // What programs of before 2007 leave of themselves in a file (MS-OLEPS §2.23).
    let said = "\u{5}SummaryInformation".encode_utf16().flat_map(u16::to_le_bytes);
    let said: Vec<u8> = said.collect();
    let is_compound = content.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    if is_compound && content.windows(said.len()).any(|window| window == said) {
        return refused("a document of Office from before 2007 with properties of its own");
    }
    if lower.contains("/embeddings/") && content.starts_with(b"%PDF-") {
        return super::super::pdf::copy(content, title);
    }
    Ok(pictures::clean(content.to_vec()))
}

/// The name of the part that a relation points to (ISO/IEC 29500-2 §6.5.3.4).
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}
