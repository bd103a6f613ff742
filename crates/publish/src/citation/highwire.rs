//! The marks in the head of a page by which indexes of scholarship know a work (Google Scholar,
//! *Inclusion Guidelines for Webmasters*; the names are those of Highwire Press).

use super::{Work, address, lines, one_line};

/// Names and values of `meta` elements, in the order in which they are to stand: the marks of an author
/// follow the author.
///
/// Values are plain text on one line, to be escaped by the page. Dates are `2026/11/04`, as the
/// guidelines write them; ORCIDs are addresses. Every kind of work is a technical report, the one sort
/// that the guidelines know for what appears in no journal.
pub fn highwire(work: &Work) -> Vec<(&'static str, String)> {
    let (year, month, day) = work.published.ymd();
    let mut marks = vec![("citation_title", one_line(&work.title))];
    for author in &work.authors {
        marks.push(("citation_author", author.inverted()));
        marks.extend(author.orcid_url().map(|orcid| ("citation_author_orcid", orcid)));
        let places = lines(&author.institution);
        marks.extend(places.map(|place| ("citation_author_institution", place)));
    }
    marks.push(("citation_publication_date", format!("{year:04}/{month:02}/{day:02}")));
    marks.push(("citation_technical_report_institution", one_line(&work.publisher)));
    marks.extend(lines(&work.number).map(|number| ("citation_technical_report_number", number)));
    marks.push(("citation_language", work.language.code().to_owned()));
    marks.push(("citation_fulltext_html_url", address(&work.url)));
    marks.extend(work.doi().map(|doi| ("citation_doi", doi.to_owned())));
    marks.extend(lines(&work.keywords).map(|keyword| ("citation_keywords", keyword)));
    marks.retain(|(_, value)| !value.is_empty());
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::Author;
    use crate::citation::sample::{hostile, work};

    #[test]
    fn marks_stand_in_order() {
        let marks = highwire(&work());
        let marks: Vec<_> = marks.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            marks,
            [
                ("citation_title", "Spectrum for all"),
                ("citation_author", "Lovelace, Ada Mary"),
                ("citation_author_orcid", "https://orcid.org/0000-0002-1825-0097"),
                ("citation_author_institution", "University of Geneva"),
                ("citation_author", "李明"),
                ("citation_publication_date", "2026/11/04"),
                ("citation_technical_report_institution", "Observatory"),
                ("citation_technical_report_number", "2026/4"),
                ("citation_language", "en"),
                (
                    "citation_fulltext_html_url",
                    "https://observatory.example/en/future-vision/everywhere/v2"
                ),
                ("citation_doi", "10.1000/182"),
                ("citation_keywords", "spectrum"),
                ("citation_keywords", "6G"),
            ]
        );
    }

    #[test]
    fn values_are_one_line_and_never_empty() {
        let mut work = hostile();
        work.authors.push(Author::default());
        work.keywords.push(" ".to_owned());
        for (name, value) in highwire(&work) {
            assert!(!value.is_empty() && !value.contains(char::is_control), "{name}: {value:?}");
        }
    }
}
