//! Answers as repositories write them.

use observatory_model::identifier::Scheme;

use super::*;

fn now() -> Timestamp {
    "2026-11-25".parse().unwrap()
}

fn answer(inside: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-11-24T10:00:00Z</responseDate><request>x</request>{inside}</OAI-PMH>"
    );
    read(text.as_bytes(), Some("text/xml"), now()).unwrap()
}

fn record(header: &str, inside: &str) -> String {
    format!(
        "<record><header>{header}</header><metadata><oai_dc:dc>{inside}</oai_dc:dc></metadata></record>"
    )
}

#[test]
fn a_record_becomes_an_entry() {
    let text = record(
        "<identifier>oai:a.org:1</identifier><datestamp>2026-11-20T10:00:00Z</datestamp>",
        "<dc:title>Low  orbit</dc:title><dc:creator>Ada, A.</dc:creator><dc:creator>Bo</dc:creator>\
         <dc:description>One &amp; two.</dc:description><dc:date>2026-10-01</dc:date>\
         <dc:language>en_US</dc:language><dc:identifier>https://a.org/1</dc:identifier>\
         <dc:identifier>doi:10.1000/X1</dc:identifier>",
    );
    let answer = answer(&format!(
        "<ListRecords>{text}<resumptionToken completeListSize=\"208\" cursor=\"0\"> a/b </resumptionToken></ListRecords>"
    ));
    assert_eq!(
        (answer.token.as_deref(), answer.size, answer.broke_off),
        (Some("a/b"), Some(208), false)
    );
    assert_eq!(answer.responded, Some("2026-11-24T10:00:00Z".parse().unwrap()));
    let entry = &answer.records.entries[0];
    assert_eq!((entry.key.as_str(), entry.title.as_str()), ("oai:a.org:1", "Low orbit"));
    assert_eq!(entry.text, "One & two.");
    assert_eq!(entry.authors, ["Ada, A.", "Bo"]);
    assert_eq!(entry.published.unwrap().date(), "2026-10-01");
    assert_eq!(entry.updated.unwrap().date(), "2026-11-20");
    assert_eq!(entry.url.as_ref().unwrap().as_str(), "https://a.org/1");
    assert_eq!(
        (entry.declared_language.as_deref(), entry.raw_language.as_deref()),
        (Some("en-US"), Some("en_US"))
    );
    assert_eq!(entry.identifiers[0].scheme, Scheme::Doi);
    assert_eq!(entry.identifiers[0].value, "10.1000/x1");
}

#[test]
fn records_that_are_taken_back_and_empty_ones_are_told() {
    let text = format!(
        "<ListRecords><record><header status=\"deleted\"><identifier>oai:a:1</identifier></header></record>\
         {}<record><header><identifier>oai:a:3</identifier></header></record></ListRecords>",
        record("<identifier>oai:a:2</identifier>", "<dc:title> </dc:title>"),
    );
    let answer = answer(&text);
    assert_eq!(answer.records.deleted, ["oai:a:1"]);
    assert!(answer.records.entries.is_empty());
    assert_eq!((answer.seen, answer.records.problems.len()), (3, 2));
    assert!(answer.records.problems[0].contains("oai:a:2"), "{:?}", answer.records.problems);
}

#[test]
fn errors_are_read_whatever_their_letters() {
    for (code, known) in [
        ("noRecordsMatch", RefusalCode::NoRecordsMatch),
        ("badResumptionToken", RefusalCode::BadResumptionToken),
        ("BadArgument", RefusalCode::BadArgument),
        ("cannotDisseminateFormat", RefusalCode::CannotDisseminateFormat),
        ("noSetHierarchy", RefusalCode::NoSetHierarchy),
        ("badVerb", RefusalCode::Other),
    ] {
        let answer = answer(&format!("<error code=\"{code}\">Sorry.</error>"));
        assert_eq!(answer.refusals[0].code, known);
        assert_eq!(answer.refusals[0].detail, format!("{code}: Sorry."));
    }
}

#[test]
fn a_repository_says_who_it_is() {
    let answer = answer(
        "<Identify><repositoryName>A &amp; B</repositoryName><baseURL>https://a.org/oai</baseURL>\
         <earliestDatestamp>2001-01-01T00:00:00Z</earliestDatestamp><deletedRecord>transient</deletedRecord>\
         <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
    );
    let identity = answer.identity.unwrap();
    assert_eq!(identity.name.as_deref(), Some("A & B"));
    assert_eq!(
        (identity.granularity, identity.deleted.as_str()),
        (Granularity::Second, "transient")
    );
    assert_eq!(identity.earliest.unwrap().date(), "2001-01-01");
}

#[test]
fn formats_are_listed() {
    let format = |prefix: &str| {
        format!("<metadataFormat><metadataPrefix>{prefix}</metadataPrefix></metadataFormat>")
    };
    let answer = answer(&format!(
        "<ListMetadataFormats>{}{}</ListMetadataFormats>",
        format("oai_dc"),
        format("mods")
    ));
    assert_eq!(answer.formats, ["oai_dc", "mods"]);
    assert!(is_read("mods") && !is_read("marcxml"));
}

#[test]
fn mods_is_read() {
    let answer = answer(
        "<ListRecords><record><header><identifier>oai:a:9</identifier></header><metadata>\
         <mods xmlns=\"http://www.loc.gov/mods/v3\"><titleInfo><nonSort>The</nonSort><title>Sea</title>\
         <subTitle>a cable</subTitle></titleInfo><name><namePart type=\"family\">Ada</namePart>\
         <namePart type=\"given\">B.</namePart><role><roleTerm>aut</roleTerm></role></name>\
         <name><namePart>Ed</namePart><role><roleTerm>editor</roleTerm></role></name>\
         <abstract>Under water.</abstract><originInfo><dateIssued>2020</dateIssued></originInfo>\
         <language><languageTerm>fre</languageTerm></language><identifier type=\"doi\">10.1000/sea</identifier>\
         <location><url>https://a.org/9</url></location></mods></metadata></record></ListRecords>",
    );
    let entry = &answer.records.entries[0];
    assert_eq!((entry.title.as_str(), entry.text.as_str()), ("The Sea: a cable", "Under water."));
    assert_eq!(entry.authors, ["Ada, B."]);
    assert_eq!(entry.declared_language.as_deref(), Some("fr"));
    assert_eq!(entry.url.as_ref().unwrap().as_str(), "https://a.org/9");
    assert_eq!(entry.identifiers[0].value, "10.1000/sea");
}

#[test]
fn characters_that_xml_forbids_cost_nothing_but_themselves() {
    let text = record("<identifier>oai:a:1</identifier>", "<dc:title>a\u{b}b&#11;c</dc:title>");
    let answer = answer(&format!("<ListRecords>{text}</ListRecords>"));
    assert_eq!(answer.records.entries[0].title, "a b c");
}

#[test]
fn what_breaks_off_has_not_ended() {
    let whole = record("<identifier>oai:a:1</identifier>", "<dc:title>a</dc:title>");
    let text = format!(
        "<OAI-PMH><ListRecords>{whole}<record><header><identifier>oai:a:2</identifier></header><metadata><dc><title>ha"
    );
    let answer = read(text.as_bytes(), None, now()).unwrap();
    assert!(answer.broke_off && answer.token.is_none());
    assert_eq!((answer.records.entries.len(), answer.seen), (1, 2));
}

#[test]
fn other_documents_are_refused_by_name() {
    let reason = |text: &str| read(text.as_bytes(), None, now()).unwrap_err().reason;
    assert_eq!(reason("<!DOCTYPE html><html><body>Hello"), FailureReason::WebPage);
    assert_eq!(reason("<rss><channel/></rss>"), FailureReason::NotAFeed);
    assert_eq!(reason(""), FailureReason::Empty);
    assert_eq!(reason("<OAI-PMH>"), FailureReason::Malformed);
    assert_eq!(reason("<!DOCTYPE x [<!ENTITY a 'b'>]><OAI-PMH/>"), FailureReason::Entities);
    let many =
        format!("<OAI-PMH>{}</OAI-PMH>", "<record><header/></record>".repeat(MAX_RECORDS + 1));
    assert_eq!(reason(&many), FailureReason::TooComplex);
}
