//! Which vocabulary a name of a feed belongs to.
//!
//! The vocabularies of RSS 0.9x, 1.0, 2.0 and of Atom 0.3 and 1.0 do not contradict each other, so
//! they are one here: `atom:updated` inside RSS and `pubDate` inside Atom mean what they say.

use std::borrow::Cow;

/// A vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// RSS and Atom, of every version.
    Feed,
    /// `content:encoded` of RSS 1.0 modules.
    Content,
    /// Dublin Core, elements and terms.
    DublinCore,
    /// XHTML inside a feed.
    Xhtml,
    /// RDF itself.
    Rdf,
    /// `xml:lang` and `xml:base`.
    Xml,
    /// Apple's podcasts.
    Itunes,
    /// Everything else: passed over.
    Other,
}

/// The prefixes that are declared where the reading stands.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    declared: Vec<Declared>,
}

#[derive(Debug)]
struct Declared {
    depth: usize,
    prefix: String,
    vocabulary: Vocabulary,
}

/// Most declarations that are remembered at once; real feeds have less than 30.
const MAX_DECLARED: usize = 256;

impl Scopes {
    /// Notes `xmlns:prefix="address"` (or `xmlns="address"` for the empty prefix) of an element.
    pub(crate) fn declare(&mut self, depth: usize, prefix: &str, address: &str) {
        // The element that begins the document is a feed: that is known by its name, whatever its
        // default vocabulary is called.
        let vocabulary = match vocabulary(address) {
            Vocabulary::Other if prefix.is_empty() && depth == 0 => Vocabulary::Feed,
            found => found,
        };
        if self.declared.len() < MAX_DECLARED {
            self.declared.push(Declared { depth, prefix: prefix.to_ascii_lowercase(), vocabulary });
        }
    }

    /// Forgets what elements deeper than `depth` declared.
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|last| last.depth >= depth) {
            self.declared.pop();
        }
    }

    /// The vocabulary and the lower-case local part of a name as written.
    pub(crate) fn resolve<'a>(&self, name: &'a str) -> (Vocabulary, Cow<'a, str>) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let mut declared = self.declared.iter().rev();
        let declared = declared.find(|declared| declared.prefix.eq_ignore_ascii_case(prefix));
        let vocabulary = match declared {
            Some(declared) => declared.vocabulary,
            None => usual(&lower(prefix)),
        };
        (vocabulary, lower(local))
    }
}

/// A name in lower case: as it stands where it is, as nearly all are.
pub(crate) fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// What an address of a vocabulary means.
fn vocabulary(address: &str) -> Vocabulary {
    let address = address.trim().to_ascii_lowercase();
    let after = address.split_once("://").map_or(address.as_str(), |(_, after)| after);
    let after = after.trim_end_matches(['/', '#']);
    match after {
        "purl.org/rss/1.0/modules/content" => Vocabulary::Content,
        "www.w3.org/1999/xhtml" => Vocabulary::Xhtml,
        "www.w3.org/1999/02/22-rdf-syntax-ns" => Vocabulary::Rdf,
        "www.w3.org/xml/1998/namespace" => Vocabulary::Xml,
        "" | "purl.org/rss/1.0" | "purl.org/net/rss1.1" | "www.w3.org/2005/atom" => {
            Vocabulary::Feed
        }
        _ if after.starts_with("purl.org/rss/1.0/modules/rss20") => Vocabulary::Feed,
        _ if after.starts_with("purl.org/dc/") => Vocabulary::DublinCore,
        _ if after.starts_with("purl.org/atom/ns") => Vocabulary::Feed,
        _ if after.starts_with("my.netscape.com/") => Vocabulary::Feed,
        _ if after.starts_with("channel.netscape.com/") => Vocabulary::Feed,
        _ if after.starts_with("backend.userland.com/") && !after.contains("blogchannel") => {
            Vocabulary::Feed
        }
        _ if after.starts_with("blogs.law.harvard.edu/tech/rss") => Vocabulary::Feed,
        _ if after.starts_with("cyber.law.harvard.edu/rss") => Vocabulary::Feed,
        _ if after.contains("itunes.com/dtds/podcast") => Vocabulary::Itunes,
        _ => Vocabulary::Other,
    }
}

/// What a prefix means that nobody declared: its usual sense, as many feeds forget the declaration.
fn usual(prefix: &str) -> Vocabulary {
    match prefix {
        "" | "atom" | "a10" | "rss" => Vocabulary::Feed,
        "content" => Vocabulary::Content,
        "dc" | "dcterms" => Vocabulary::DublinCore,
        "xhtml" => Vocabulary::Xhtml,
        "rdf" => Vocabulary::Rdf,
        "xml" => Vocabulary::Xml,
        "itunes" => Vocabulary::Itunes,
        _ => Vocabulary::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_mean_what_the_nearest_element_says() {
        let mut scopes = Scopes::default();
        scopes.declare(0, "", "http://example.org/whatever");
        scopes.declare(0, "a", "http://www.w3.org/2005/Atom");
        scopes.declare(2, "A", "http://purl.org/dc/terms/");
        scopes.declare(2, "", "http://www.w3.org/1999/xhtml");
        assert_eq!(scopes.resolve("a:Date"), (Vocabulary::DublinCore, "date".into()));
        assert_eq!(scopes.resolve("div").0, Vocabulary::Xhtml);
        scopes.leave(2);
        assert_eq!(scopes.resolve("a:link").0, Vocabulary::Feed);
        assert_eq!(scopes.resolve("title").0, Vocabulary::Feed);
        assert_eq!(scopes.resolve("media:title").0, Vocabulary::Other);
        assert_eq!(scopes.resolve("dc:creator").0, Vocabulary::DublinCore);
    }

    #[test]
    fn every_version_of_rss_and_atom_is_known() {
        for address in [
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://channel.netscape.com/rdf/simple/0.9/",
            "http://backend.userland.com/RSS2",
            "http://purl.org/atom/ns#",
            "https://www.w3.org/2005/Atom",
            "HTTP://WWW.W3.ORG/2005/ATOM/",
        ] {
            assert_eq!(vocabulary(address), Vocabulary::Feed, "{address}");
        }
        assert_eq!(vocabulary("http://search.yahoo.com/mrss/"), Vocabulary::Other);
    }
}
