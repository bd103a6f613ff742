//! A PDF with a name in every place that metadata have.

use std::fmt::Write as _;

use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};
use observatory_model::paper::PaperFormat;
use observatory_text::papers::{Title, anonymous};

use crate::{NAMES, words};

pub(crate) fn text(text: &str) -> Object {
    Object::string_literal(text)
}

/// A text string in UTF-16, as Word writes names.
fn wide(text: &str) -> Object {
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    Object::string_literal([vec![0xfe, 0xff], units.collect()].concat())
}

/// A picture that says where it comes from.
fn picture(document: &mut Document, metadata: ObjectId) -> ObjectId {
    let mut exif = vec![0xff, 0xd8, 0xff, 0xe1, 0, 14];
    exif.extend_from_slice(b"Ada Lovelace\xff\xda\0\0\xff\xd9");
    document.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Filter" => "DCTDecode", "Metadata" => metadata,
            "PTEX.FileName" => text("/home/Lovelace/a.pdf"),
            "PieceInfo" => dictionary! { "Engine9" => dictionary! { "LastModified" => text("D:2026") } },
        },
        exif,
    ))
}

/// A file inside.
fn file(document: &mut Document) -> ObjectId {
    let file = document.add_object(Stream::new(
        dictionary! { "Type" => "EmbeddedFile" },
        b"written by Lovelace".to_vec(),
    ));
    document.add_object(dictionary! {
        "Type" => "Filespec", "F" => text("C:\\Lovelace.txt"), "UF" => wide("Lovelace.txt"),
        "EF" => dictionary! { "F" => file },
    })
}

/// The notes of a page, and the field among them.
fn notes(document: &mut Document, filespec: ObjectId) -> (Vec<Object>, ObjectId) {
    let rectangle = || Object::Array(vec![0.into(), 0.into(), 9.into(), 9.into()]);
    let note = document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Text", "Rect" => rectangle(), "T" => wide("Ada Lovelace"),
        "Contents" => text("A note that stays"), "M" => text("D:20260101"), "NM" => text("Lovelace-1"),
        "CreationDate" => text("D:20260101"), "RC" => text("<body>Engine9</body>"),
    });
    let attached = document.add_object(dictionary! {
        "Subtype" => "FileAttachment", "Rect" => rectangle(), "FS" => filespec, "T" => text("Lovelace"),
    });
    let link = dictionary! {
        "Subtype" => "Link", "Rect" => rectangle(),
        "A" => dictionary! { "S" => "URI", "URI" => text("file:///home/Lovelace/b.pdf") },
    };
    let launch = dictionary! {
        "Subtype" => "Link", "Rect" => rectangle(),
        "A" => dictionary! { "S" => "GoToR", "F" => text("C:\\Lovelace\\b.pdf"), "D" => 0 },
    };
    let field = document.add_object(dictionary! {
        "Subtype" => "Widget", "Rect" => rectangle(), "FT" => "Tx", "T" => text("A field that stays"),
    });
    (vec![note.into(), attached.into(), link.into(), launch.into(), field.into()], field)
}

/// A page with words on it and Ada Lovelace everywhere else.
pub(crate) fn pdf() -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let packet = |name: &str| {
        let kind = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
        Stream::new(kind, format!("<x><dc:creator>{name}</dc:creator></x>").into_bytes())
    };
    let metadata = document.add_object(packet("Ada Lovelace"));
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
    });
    let page_words = b"BT /AF 24 Tf 72 700 Td (The words that are read) Tj ET /Im0 Do".to_vec();
    let words = document.add_object(Stream::new(Dictionary::new(), page_words));
    let picture = picture(&mut document, metadata);
    let filespec = file(&mut document);
    let (notes, field) = notes(&mut document, filespec);
    let signature = document.add_object(dictionary! {
        "Type" => "Sig", "Name" => text("Ada Lovelace"), "Contents" => text("certificate of Lovelace"),
        "ByteRange" => vec![0.into(), 1.into()], "Prop_Build" => dictionary! { "App" => "Engine9" },
    });
    let signed =
        document.add_object(dictionary! { "FT" => "Sig", "T" => text("Sign"), "V" => signature });
    let layer = document.add_object(dictionary! {
        "Type" => "OCG", "Name" => text("Layer"),
        "Usage" => dictionary! {
            "CreatorInfo" => dictionary! { "Creator" => text("Engine9") },
            "User" => dictionary! { "Type" => "Ind", "Name" => text("Ada Lovelace") },
        },
    });
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => words, "LastModified" => text("D:2026"),
        "MediaBox" => vec![0.into(), 0.into(), 612.into(), 792.into()],
        "Resources" => dictionary! {
            "Font" => dictionary! { "AF" => font }, "XObject" => dictionary! { "Im0" => picture },
        },
        "AF" => vec![filespec.into()],
        "Annots" => notes,
    });
    document.objects.insert(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }.into(),
    );
    let thread = dictionary! { "I" => dictionary! { "Author" => text("Lovelace"), "Title" => text("Lovelace") } };
    let root = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => pages, "Metadata" => metadata, "Lang" => text("en"),
        "Threads" => vec![thread.into()], "AF" => vec![filespec.into()],
        "Names" => dictionary! {
            "EmbeddedFiles" => dictionary! { "Names" => vec![text("Lovelace.txt"), filespec.into()] },
        },
        "AcroForm" => dictionary! {
            "Fields" => vec![field.into(), signed.into()], "XFA" => text("<x>Lovelace</x>"), "SigFlags" => 3,
        },
        "OCProperties" => dictionary! { "OCGs" => vec![layer.into()] },
        "PieceInfo" => dictionary! { "Engine9" => dictionary! { "Private" => text("Lovelace") } },
    });
    let info = document.add_object(dictionary! {
        "Author" => wide("Ada Lovelace"), "Creator" => text("Engine9"), "Producer" => text("Engine9"),
        "Title" => text("A title by Lovelace"), "Keywords" => text("engines"), "Company" => text("Lovelace"),
        "CreationDate" => text("D:20260101"),
    });
    document.trailer.set("Root", root);
    document.trailer.set("Info", info);
    document.trailer.set("ID", vec![text("Lovelace"), text("Lovelace")]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();

    // A later revision hides an earlier name in the bytes before it.
    let previous = Document::load_mem(&bytes).unwrap();
    let mut update = IncrementalDocument::create_from(bytes, previous);
    update.new_document.set_object(
        info,
        dictionary! { "Author" => text("Ada Lovelace II"), "Keywords" => text("engines") },
    );
    let mut updated = Vec::new();
    update.save_to(&mut updated).unwrap();
    updated
}

/// Everything in a PDF that could hold a name: the bytes, streams unpacked, and strings as text.
fn inside(bytes: &[u8]) -> String {
    let mut found = String::from_utf8_lossy(bytes).into_owned();
    let document = Document::load_mem(bytes).unwrap();
    for object in document.objects.values() {
        writeln!(found, "{object:?}").unwrap();
        if let Ok(stream) = object.as_stream() {
            let content = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
            found.push_str(&String::from_utf8_lossy(&content));
        }
    }
    // Names in UTF-16 lose every second byte.
    found.replace('\0', "").replace("\\000", "").replace("\\x00", "")
}

#[test]
fn a_pdf_loses_its_names_and_keeps_its_words() {
    let bytes = pdf();
    let before = inside(&bytes);
    assert!(NAMES.iter().all(|name| before.matches(name).count() > 3), "{before}");
    let copy = anonymous(&bytes, PaperFormat::Pdf, Title::Dropped).unwrap();
    let after = inside(&copy);
    for name in NAMES.into_iter().chain(["PTEX", "D:2026", "EmbeddedFile", "/ID", "A title"]) {
        assert!(!after.contains(name), "{name}: {after}");
    }
    for kept in ["A note that stays", "A field that stays", "engines", "Layer"] {
        assert!(after.contains(kept), "{kept}: {after}");
    }
    assert_eq!(words(&copy), words(&bytes));
    assert!(words(&copy)[1].contains("The words that are read"), "{:?}", words(&copy));
    let again = anonymous(&copy, PaperFormat::Pdf, Title::Dropped).unwrap();
    assert_eq!(words(&again), words(&copy));
}
