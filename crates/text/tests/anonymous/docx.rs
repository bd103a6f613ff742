//! A document of Word with a name in every place that metadata have.

use std::io::{Cursor, Read as _, Write as _};

use observatory_model::paper::PaperFormat;
use observatory_text::papers::{Title, anonymous};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::{NAMES, words};

pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.set_comment("zipped by Engine9").unwrap();
    let date = zip::DateTime::from_date_and_time(2026, 11, 4, 10, 20, 30).unwrap();
    for (name, content) in parts {
        let options = SimpleFileOptions::default().last_modified_time(date);
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const DOCUMENT: &str = "<?xml version='1.0'?><!-- by Lovelace --><w:document xmlns:w='w' xmlns:a='a' xmlns:r='r'><w:body>\
    <w:p><w:r><w:t xml:space='preserve'>Words &amp; more </w:t></w:r><w:del w:id='1' w:author='Ada Lovelace' \
    w:date='2026-11-04T00:00:00Z'><w:r><w:delText>gone</w:delText></w:r></w:del>\
    <w:ins w:id=\"2\" w:author=\"Ada &quot;Lovelace&quot;\" w:rsidR='00AB'><w:r><w:t>new &#169;</w:t></w:r></w:ins>\
    <w:sdt><w:sdtPr><w:dataBinding w:xpath='creator[Lovelace]'/></w:sdtPr></w:sdt></w:p>\
    <a:cNvPr id='1' name='Picture' descr='C:\\Users\\Lovelace\\a.png' title='file:///Lovelace'/>\
    </w:body></w:document>";

/// A document of Word with Ada Lovelace in every part, and more parts.
pub(crate) fn docx(more: &[(&str, &[u8])]) -> Vec<u8> {
    let types = "<Types><Override PartName='/word/document.xml'/><Override PartName='/docProps/app.xml'/>\
        <Override PartName='/word/people.xml'></Override></Types>";
    let top = "<Relationships><Relationship Id='1' Type='x/officeDocument' Target='word/document.xml'/>\
        <Relationship Id='2' Type='x/core-properties' Target='docProps/core.xml'/>\
        <Relationship Id='3' Type='x/extended-properties' Target='docProps/app.xml'/></Relationships>";
    let relations = "<Relationships><Relationship Id='1' Type='x/people' Target='people.xml'/>\
        <Relationship Id='2' Type='x/customXml' Target='../customXml/item1.xml'/>\
        <Relationship Id='3' Type='x/image' Target='media/a.png'/>\
        <Relationship Id='4' Type='x/hyperlink' Target='file:///C:/Lovelace/b.docx' TargetMode='External'/>\
        </Relationships>";
    let core = "<cp:coreProperties><dc:title>On engines</dc:title><dc:creator>Ada Lovelace</dc:creator>\
        <cp:keywords>a &amp; b</cp:keywords><cp:lastModifiedBy>Lovelace</cp:lastModifiedBy>\
        <dcterms:created>2026-11-04</dcterms:created></cp:coreProperties>";
    let comments = "<w:comments><w:comment w:id='0' w:author='Lovelace' w:initials='AL' w:date='2026-11-04'>\
        <w:p><w:r><w:t>A comment</w:t></w:r></w:p></w:comment></w:comments>";
    let settings = "<w:settings><w:attachedTemplate r:id='1'/><w:rsids><w:rsid w:val='00AB'/></w:rsids>\
        <w:docVars><w:docVar w:name='x' w:val='Lovelace'/></w:docVars><w15:docId w15:val='{Engine9}'/></w:settings>";
    let template = "<Relationships><Relationship Id='1' Type='x/attachedTemplate' \
        Target='file:///C:/Lovelace.dotm' TargetMode='External'/></Relationships>";
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0ctEXtAda Lovelacesums\0\0\0\0IENDsums";
    let sheet = zipped(&[
        ("docProps/app.xml", b"<p><Company>Lovelace</Company></p>"),
        (
            "xl/comments1.xml",
            b"<comments><authors><author>Ada Lovelace</author></authors></comments>",
        ),
    ]);
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", top.as_bytes()),
        ("word/document.xml", DOCUMENT.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("docProps/core.xml", core.as_bytes()),
        (
            "docProps/app.xml",
            b"<p><Application>Engine9</Application><Manager>Lovelace</Manager></p>",
        ),
        ("docProps/custom.xml", b"<p>Lovelace</p>"),
        ("docProps/thumbnail.jpeg", b"Lovelace"),
        ("word/people.xml", b"<w15:people><w15:person w15:author='Lovelace'/></w15:people>"),
        ("word/comments.xml", comments.as_bytes()),
        ("word/settings.xml", settings.as_bytes()),
        ("word/_rels/settings.xml.rels", template.as_bytes()),
        ("word/media/a.png", picture),
        ("word/embeddings/a.xlsx", &sheet),
        ("customXml/item1.xml", b"<x>Lovelace</x>"),
    ];
    parts.extend_from_slice(more);
    zipped(&parts)
}

pub(crate) fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Vec::new();
    archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
    String::from_utf8_lossy(&content).into_owned()
}

/// The names and contents of all parts, also of packages inside.
fn all(bytes: &[u8]) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut found = String::from_utf8_lossy(bytes).into_owned();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        found.push_str(&file.name().unwrap());
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        found.push_str(&String::from_utf8_lossy(&content));
        if content.starts_with(b"PK") {
            found.push_str(&all(&content));
        }
    }
    found
}

#[test]
fn a_docx_loses_its_names_and_keeps_its_words() {
    let bytes = docx(&[]);
    assert!(NAMES.iter().all(|name| all(&bytes).contains(name)));
    let copy = anonymous(&bytes, PaperFormat::Docx, Title::Dropped).unwrap();
    let after = all(&copy);
    let traces = [
        "On engines",
        "2026-11-04",
        "'AL'",
        "people",
        "customXml",
        "app.xml",
        "docId",
        "dataBinding",
    ];
    for name in NAMES.into_iter().chain(traces) {
        assert!(!after.contains(name), "{name}: {after}");
    }
    assert_eq!(words(&copy), words(&bytes));
    let document = part(&copy, "word/document.xml");
    for kept in [
        "Words &amp; more ",
        "new &#169;",
        "<w:ins w:id=\"2\" w:author=\"Author\" w:rsidR=\"00AB\">",
        "name=\"Picture\" descr=\"\"",
    ] {
        assert!(document.contains(kept), "{kept}: {document}");
    }
    assert!(part(&copy, "word/comments.xml").contains("w:author=\"Author\" w:initials=\"A\""));
    assert!(part(&copy, "word/settings.xml").contains("<w:rsid w:val='00AB'/>"));
    assert!(part(&copy, "docProps/core.xml").contains("<cp:keywords>a &amp; b</cp:keywords>"));
    assert!(part(&copy, "word/_rels/document.xml.rels").contains("media/a.png"));
    let mut archive = ZipArchive::new(Cursor::new(&copy)).unwrap();
    assert!(archive.comment().is_empty());
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        assert_eq!(file.last_modified(), Some(zip::DateTime::default()));
        assert_eq!(file.extra_data().unwrap_or_default().len(), 0);
    }
}
