//! PDF written anew: only what its catalogue reaches, without what says who made it (ISO 32000-2).
//!
//! `lopdf` reads and writes the objects; why: `deploy/decisions/0020-anonymous-copies.md`.

use std::collections::BTreeSet;

use lopdf::{DecompressError, Dictionary, Document, Error, LoadOptions, Object, ObjectId, Stream};
use observatory_model::paper::{Unreadable, UnreadableReason};

use super::{Title, pictures};

/// Largest stream of objects, unpacked, in bytes: as a part of a DOCX.
const MAX_STREAM: usize = 64 * 1024 * 1024;

/// What the catalogue keeps (§7.7.2); what else it has says who made the file, or is a file inside.
const CATALOGUE: [&[u8]; 16] = [
    b"Type",
    b"Version",
    b"Extensions",
    b"Pages",
    b"PageLabels",
    b"Names",
    b"Dests",
    b"ViewerPreferences",
    b"PageLayout",
    b"PageMode",
    b"Outlines",
    b"AcroForm",
    b"StructTreeRoot",
    b"MarkInfo",
    b"Lang",
    b"OCProperties",
];

/// Keys whose text says who made a thing, when, and with what, wherever they stand.
const SAID: [&[u8]; 9] = [
    b"Author",
    b"Creator",
    b"Producer",
    b"Company",
    b"Manager",
    b"CreationDate",
    b"ModDate",
    b"SourceModified",
    b"LastModified",
];

/// The document, written anew.
pub(super) fn copy(bytes: &[u8], title: Title) -> Result<Vec<u8>, Unreadable> {
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let mut document =
        Document::load_mem_with_options(bytes, options).map_err(|error| refusal(&error))?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(Unreadable::new(
            UnreadableReason::Encrypted,
            "a copy would have no protection",
        ));
    }
    let root = document.trailer.get(b"Root").and_then(Object::as_reference);
    let root = root.map_err(|error| refusal(&error))?;
    let info = said(&document, title);
    catalogue(&mut document, root).map_err(|error| refusal(&error))?;

    let mut trailer = Dictionary::new();
    trailer.set("Root", root);
    if !info.is_empty() {
        trailer.set("Info", document.add_object(info));
    }
    document.trailer = trailer;
    document.binary_mark = vec![0xe2, 0xe3, 0xcf, 0xd3];

    let cleaning = Cleaning::of(&document);
    for (id, object) in &mut document.objects {
        if Some(*id) != document.trailer.get(b"Info").and_then(Object::as_reference).ok() {
            cleaning.object(object);
        }
    }
    document.prune_objects();
    document.max_id = document.objects.keys().map(|(number, _)| *number).max().unwrap_or(0);
    let mut copy = Vec::with_capacity(bytes.len());
    document.save_modern(&mut copy).map_err(|error| refusal(&error.into()))?;
    Ok(copy)
}

fn refusal(error: &Error) -> Unreadable {
    let reason = match error {
        Error::InvalidPassword
        | Error::Decryption(_)
        | Error::AlreadyEncrypted
        | Error::UnsupportedSecurityHandler(_) => UnreadableReason::Encrypted,
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => {
            UnreadableReason::TooLarge
        }
        // The words of the library for this one ask to write to its authors.
        Error::Unimplemented(_) => {
            let what = "a stream of objects is packed in a way that is not known";
            return Unreadable::new(UnreadableReason::Broken, what);
        }
        _ => UnreadableReason::Broken,
    };
    Unreadable::new(reason, format!("no copy can be written: {error}"))
}

/// What stays of the information dictionary (§14.3.3).
fn said(document: &Document, title: Title) -> Dictionary {
    let mut kept = Dictionary::new();
    let info = document.trailer.get(b"Info").and_then(|info| document.dereference(info));
    let Ok((_, Object::Dictionary(info))) = info else { return kept };
    for key in ["Title", "Subject", "Keywords"] {
        if key == "Title" && title == Title::Dropped {
            continue;
        }
        if let Ok(Object::String(text, form)) = info.get_deref(key.as_bytes(), document) {
            kept.set(key, Object::String(text.clone(), *form));
        }
    }
    kept
}

/// Leaves in the catalogue, its names and its form what a reader needs.
fn catalogue(document: &mut Document, root: ObjectId) -> Result<(), Error> {
    let names = document.get_dictionary(root)?.get_deref(b"Names", document);
    let names = names.and_then(Object::as_dict).and_then(|names| names.get(b"Dests")).cloned();
    let form = document.get_dictionary(root)?.get_deref(b"AcroForm", document);
    let form = form.and_then(Object::as_dict).cloned();
    let catalogue = document.get_dictionary_mut(root)?;
    retain(catalogue, |key, _| CATALOGUE.contains(&key));
    catalogue.remove(b"Names");
    if let Ok(destinations) = names {
        let mut names = Dictionary::new();
        names.set("Dests", destinations);
        catalogue.set("Names", names);
    }
    if let Ok(mut form) = form {
        // A second form in XML with its own authors, and the promise of signatures that hold no more.
        for key in [&b"XFA"[..], b"SigFlags"] {
            form.remove(key);
        }
        catalogue.set("AcroForm", form);
    }
    Ok(())
}

fn retain(dictionary: &mut Dictionary, keep: impl Fn(&[u8], &Object) -> bool) {
    dictionary.as_hashmap_mut().retain(|key, value| keep(key, value));
}

/// What is known of all objects before each is cleaned.
struct Cleaning {
    /// Objects that are text, to which a key may refer.
    texts: BTreeSet<ObjectId>,
    /// Notes that hold a file (§12.5.6.15).
    files: BTreeSet<ObjectId>,
    /// Packets of XMP, of the document or of a thing in it (§14.3.2).
    packets: BTreeSet<ObjectId>,
}

impl Cleaning {
    fn of(document: &Document) -> Self {
        let of = |wanted: fn(&Object) -> bool| {
            let found = document.objects.iter().filter(|(_, object)| wanted(object));
            found.map(|(id, _)| *id).collect()
        };
        Self {
            texts: of(|object| matches!(object, Object::String(..))),
            files: of(is_file),
            packets: of(is_packet),
        }
    }

    /// Cleans an object and what stands in it. The reader of objects bounds their depth to 100.
    fn object(&self, object: &mut Object) {
        match object {
            Object::Array(items) => {
                items.retain(|item| match item {
                    Object::Reference(id) => !self.files.contains(id),
                    item => !is_file(item),
                });
                for item in items {
                    self.object(item);
                }
            }
            Object::Dictionary(dictionary) => self.dictionary(dictionary),
            Object::Stream(stream) => self.stream(stream),
            _ => {}
        }
    }

    fn stream(&self, stream: &mut Stream) {
        if is_packet_of(&stream.dict) || stream.dict.has_type(b"EmbeddedFile") {
            *stream = Stream::new(Dictionary::new(), Vec::new());
            return;
        }
        self.dictionary(&mut stream.dict);
        if matches!(stream.filters().as_deref(), Ok([b"DCTDecode"])) {
            let picture = std::mem::take(&mut stream.content);
            stream.set_content(pictures::clean(picture));
        }
    }

    fn dictionary(&self, dictionary: &mut Dictionary) {
        let is_text = |value: &Object| match value {
            Object::String(..) => true,
            Object::Reference(id) => self.texts.contains(id),
            _ => false,
        };
        // Names of fonts and pictures are keys as well, but never of a text.
        retain(dictionary, |key, value| {
            let is_said = SAID.contains(&key) && is_text(value);
            let is_packet = matches!(value, Object::Reference(id) if self.packets.contains(id));
            let is_trace = match key {
                // What a program keeps for itself, and of an optional layer who made it and for whom.
                b"PieceInfo" | b"CreatorInfo" => true,
                b"User" => matches!(value, Object::Dictionary(user) if user.has(b"Name")),
                // Where pdfTeX took a picture from, and what that file said of itself.
                key => key.starts_with(b"PTEX."),
            };
            !is_said && !is_packet && !is_trace
        });
        let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).unwrap_or_default();
        let (kind, sort, action) = (name(b"Type"), name(b"Subtype"), name(b"S"));
        let gone: &[&[u8]] = match kind {
            b"Page" => &[b"AF", b"Thumb", b"B", b"ID", b"PZ", b"SeparationInfo", b"LastModified"],
            b"Sig" | b"DocTimeStamp" => &[
                b"Name",
                b"Location",
                b"Reason",
                b"ContactInfo",
                b"Contents",
                b"Cert",
                b"M",
                b"Prop_Build",
                b"ByteRange",
                b"Reference",
                b"Changes",
            ],
            _ if dictionary.has(b"EF") => {
                &[b"EF", b"F", b"UF", b"DOS", b"Mac", b"Unix", b"Desc", b"RF", b"CI"]
            }
            // The title of a note is the name of who wrote it; that of a field is the field's (§12.5.6.2).
            _ if dictionary.has(b"Rect") && sort == b"Widget" => &[b"M"],
            _ if dictionary.has(b"Rect") && !sort.is_empty() => {
                &[b"T", b"M", b"NM", b"RC", b"AF", b"ExData"]
            }
            // Where to go in another file: a path on the disk of who wrote it.
            _ if matches!(action, b"GoToR" | b"GoToE" | b"Launch" | b"ImportData") => {
                &[b"F", b"Win", b"Mac", b"Unix", b"T"]
            }
            _ => &[],
        };
        for key in gone {
            dictionary.remove(key);
        }
        if let Ok(Object::String(address, _)) = dictionary.get_mut(b"URI")
            && address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"file:"))
        {
            address.clear();
        }
        // The value of a signature that need not say its type (§12.8.1).
        if dictionary.has(b"ByteRange") && dictionary.has(b"Contents") {
            *dictionary = Dictionary::new();
        }
        for (_, value) in dictionary.iter_mut() {
            self.object(value);
        }
    }
}

fn is_file(object: &Object) -> bool {
    let Object::Dictionary(dictionary) = object else { return false };
    let sort = dictionary.get(b"Subtype").and_then(Object::as_name);
    sort.is_ok_and(|sort| sort == b"FileAttachment")
}

fn is_packet(object: &Object) -> bool {
    matches!(object, Object::Stream(stream) if is_packet_of(&stream.dict))
}

fn is_packet_of(dictionary: &Dictionary) -> bool {
    let sort = dictionary.get(b"Subtype").and_then(Object::as_name);
    dictionary.has_type(b"Metadata") || sort.is_ok_and(|sort| sort == b"XML")
}
