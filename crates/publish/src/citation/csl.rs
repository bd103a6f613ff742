//! References as CSL-JSON, the input of the processors of citation styles (Citation Style Language
//! 1.0.2, `csl-data.json`).

use serde::Serialize;

use super::{Author, Work, WorkKind, address, lines, one_line};

/// A reference; its fields are a part of those that the schema closes the list of.
#[derive(Serialize)]
struct Item {
    id: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    author: Vec<Name>,
    issued: Date,
    title: String,
    #[serde(rename = "collection-title", skip_serializing_if = "String::is_empty")]
    series: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    publisher: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    version: String,
    language: &'static str,
    #[serde(rename = "DOI", skip_serializing_if = "Option::is_none")]
    doi: Option<String>,
    #[serde(rename = "URL")]
    url: String,
    #[serde(rename = "abstract", skip_serializing_if = "String::is_empty")]
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    keyword: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Name {
    Parts { family: String, given: String },
    Literal { literal: String },
}

#[derive(Serialize)]
struct Date {
    #[serde(rename = "date-parts")]
    parts: [(i32, u32, u32); 1],
}

/// The reference as a list of one, which is what the schema asks for, in UTF-8.
///
/// Names are `family` and `given` only where the author gave them apart, else `literal`. The schema has
/// no place for ORCID and licence. Processors read some marks of HTML in titles (`<i>`, `<sup>`), which
/// no writing can prevent; what they make of it is theirs to escape.
pub fn csl_json(work: &Work) -> String {
    let item = Item {
        id: work.key(),
        r#type: match work.kind {
            WorkKind::Brief | WorkKind::WhitePaper => "report",
            WorkKind::Lesson => "webpage",
            WorkKind::ThoughtPiece | WorkKind::SprintContribution => "article",
        },
        author: work.authors.iter().filter_map(name).collect(),
        issued: Date { parts: [work.published.ymd()] },
        title: one_line(&work.title),
        series: one_line(&work.series),
        publisher: one_line(&work.publisher),
        number: lines(&work.number).next(),
        version: work.version.to_string(),
        language: work.language.code(),
        doi: work.doi().map(one_line),
        url: address(&work.url),
        summary: one_line(&work.summary),
        keyword: lines(&work.keywords).collect::<Vec<_>>().join(", "),
    };
    // Texts, numbers and lists of them always become JSON.
    serde_json::to_string(&[item]).unwrap_or_default()
}

fn name(author: &Author) -> Option<Name> {
    if let Some((family, given)) = &author.parts {
        return Some(Name::Parts { family: one_line(family), given: one_line(given) });
    }
    let literal = one_line(&author.name);
    (!literal.is_empty()).then_some(Name::Literal { literal })
}

#[cfg(test)]
mod tests {
    use citationberg::json::{DateValue, Item as Read, NameValue, Value};
    use proptest::prelude::*;

    use super::*;
    use crate::citation::sample::{HOSTILE, hostile, work};

    const FIELDS: [&str; 14] = [
        "DOI",
        "URL",
        "abstract",
        "author",
        "collection-title",
        "id",
        "issued",
        "keyword",
        "language",
        "number",
        "publisher",
        "title",
        "type",
        "version",
    ];

    fn read(json: &str) -> Read {
        let mut items: Vec<Read> = serde_json::from_str(json).unwrap();
        assert_eq!(items.len(), 1);
        items.remove(0)
    }

    fn text(item: &Read, field: &str) -> String {
        item.0[field].to_str().unwrap().into_owned()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let item = read(&csl_json(&work()));
        assert_eq!(item.0.keys().map(String::as_str).collect::<Vec<_>>(), FIELDS);
        assert_eq!(item.type_().unwrap(), "report");
        assert_eq!(item.id().unwrap(), "everywhere-en-v2");
        let Value::Names(names) = &item.0["author"] else { panic!("{item:?}") };
        let NameValue::Item(first) = &names[0] else { panic!("{names:?}") };
        assert_eq!((first.family.as_str(), first.given.as_deref()), ("Lovelace", Some("Ada Mary")));
        let NameValue::Literal(second) = &names[1] else { panic!("{names:?}") };
        assert_eq!(second.literal, "李明");
        let Value::Date(DateValue::DateParts { date_parts, .. }) = &item.0["issued"] else {
            panic!("{item:?}")
        };
        assert_eq!(date_parts.0[0].0, [2026, 11, 4]);
        for (field, value) in [
            ("title", "Spectrum for all"),
            ("collection-title", "Future Vision"),
            ("publisher", "Observatory"),
            ("number", "2026/4"),
            ("version", "2"),
            ("language", "en"),
            ("DOI", "10.1000/182"),
            ("URL", "https://observatory.example/en/future-vision/everywhere/v2"),
            ("abstract", "What it is about"),
            ("keyword", "spectrum, 6G"),
        ] {
            assert_eq!(text(&item, field), value, "{field}");
        }
    }

    #[test]
    fn no_value_leaves_its_field() {
        let item = read(&csl_json(&hostile()));
        assert_eq!(item.0.keys().map(String::as_str).collect::<Vec<_>>(), FIELDS);
        for field in ["title", "collection-title", "publisher", "number", "abstract", "keyword"] {
            assert_eq!(text(&item, field), one_line(HOSTILE), "{field}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(title: String, name in "\\PC{0,20}x") {
            let authors = vec![Author { name: name.clone(), ..Author::default() }];
            let item = read(&csl_json(&Work { title: title.clone(), authors, ..work() }));
            prop_assert_eq!(text(&item, "title"), one_line(&title));
            let Value::Names(names) = &item.0["author"] else { panic!("{item:?}") };
            let NameValue::Literal(first) = &names[0] else { panic!("{names:?}") };
            prop_assert_eq!(&first.literal, &one_line(&name));
        }
    }
}
