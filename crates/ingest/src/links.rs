//! Where an answer says that its hub is (WebSub §4): in its HTTP headers, else in the document.

use observatory_model::WebAddress;
use reqwest::header::{HeaderMap, LINK};

/// Most links that are looked at; real answers have less than five.
const MAX_LINKS: usize = 32;

/// What an answer says of its hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Where its hub is (`rel="hub"`), the first where there are several.
    pub hub: Option<WebAddress>,
    /// What it calls itself (`rel="self"`): the topic that the hub knows.
    pub topic: Option<WebAddress>,
}

impl Links {
    /// Notes a link; `rels` are its relations, with spaces between. The first of each kind counts.
    pub(crate) fn note(&mut self, base: &WebAddress, target: &str, rels: &str) {
        for rel in rels.split_ascii_whitespace() {
            let place = match rel.to_ascii_lowercase().as_str() {
                "hub" => &mut self.hub,
                "self" => &mut self.topic,
                _ => continue,
            };
            if place.is_none() {
                *place = base.join(target.trim()).ok();
            }
        }
    }

    /// These, and where they name no hub, `others`: headers come before what stands in the document.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let topic = self.topic.or(others.topic);
        Self { hub: self.hub.or(others.hub), topic }
    }
}

/// What the `Link` headers of an answer say (RFC 8288 §3).
pub(crate) fn of_headers(headers: &HeaderMap, base: &WebAddress) -> Links {
    let mut links = Links::default();
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    for (target, rels) in values.flat_map(parsed).take(MAX_LINKS) {
        links.note(base, target, &rels);
    }
    links
}

/// The links of one header, each with its relations.
fn parsed(value: &str) -> Vec<(&str, String)> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let (parameters, after) = until(after, ',');
        if let Some(rels) = rel(parameters) {
            links.push((target, rels));
        }
        rest = after;
    }
    links
}

/// The text before the first `sign`, and what begins with it: one in quotes ends nothing.
fn until(text: &str, sign: char) -> (&str, &str) {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if letter == sign && !is_quoted => return text.split_at(at),
            _ => {}
        }
    }
    (text, "")
}

/// The value of the first parameter called `rel`.
fn rel(parameters: &str) -> Option<String> {
    let mut rest = parameters;
    while !rest.is_empty() {
        let (parameter, after) = until(rest, ';');
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            return Some(value.trim().trim_matches('"').to_owned());
        }
        rest = after.strip_prefix(';').unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn links(values: &[&'static str]) -> Links {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, HeaderValue::from_static(value));
        }
        of_headers(&headers, &"https://a.org/blog/feed".parse().unwrap())
    }

    fn pair(links: &Links) -> (Option<&str>, Option<&str>) {
        (links.hub.as_ref().map(WebAddress::as_str), links.topic.as_ref().map(WebAddress::as_str))
    }

    #[test]
    fn hubs_are_found_in_headers_as_they_are_written() {
        let (hub, topic) = (Some("https://hub.org/"), Some("https://a.org/feed"));
        for values in [
            &["<https://hub.org/>; rel=\"hub\"", "<https://a.org/feed>; rel=self"] as &[_],
            &["<https://hub.org/>;rel=HUB, <../feed>; title=\"a, <b>; rel=hub\"; rel=\"x self\""],
            &["<https://hub.org/>; rel=hub, <https://two.org/>; rel=hub, </feed>; rel=self"],
        ] {
            assert_eq!(pair(&links(values)), (hub, topic), "{values:?}");
        }
        for odd in
            ["", "<", "<>", "<a", "rel=hub", "<mailto:a>; rel=hub", "<a>; rel", "<a>; rel=\""]
        {
            assert_eq!(links(&[odd]).hub, None, "{odd}");
        }
    }

    #[test]
    fn headers_come_before_the_document() {
        let header = links(&["<https://hub.org/>; rel=hub"]);
        let body = links(&["<https://other.org/>; rel=hub", "</feed>; rel=self"]);
        assert_eq!(pair(&header.or(body)), (Some("https://hub.org/"), Some("https://a.org/feed")));
    }
}
