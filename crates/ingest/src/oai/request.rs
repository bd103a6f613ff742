//! The requests of OAI-PMH (§3.1.1, §4).

use observatory_model::source::{Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};

use super::Granularity;

/// The arguments of the protocol: what stands in a base address that somebody copied is dropped.
const ARGUMENTS: [&str; 7] =
    ["verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"];

/// What is asked for with `ListRecords`.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The format.
    pub prefix: &'a str,
    /// The set; `None`: all.
    pub set: Option<&'a str>,
    /// The first date, inclusive; `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// The last date, inclusive (§2.7.1); `None`: to the end.
    pub until: Option<Timestamp>,
    /// How dates are written. Both are written alike, as §2.7.1 demands.
    pub granularity: Granularity,
}

/// Asks who the repository is.
///
/// # Errors
/// [`FailureReason::AddressRefused`] when the address would be too long.
pub fn identify(base: &WebAddress) -> Result<WebAddress, Failure> {
    request(base, &[("verb", "Identify")])
}

/// Asks for the formats of the repository.
///
/// # Errors
/// As [`identify`].
pub fn list_formats(base: &WebAddress) -> Result<WebAddress, Failure> {
    request(base, &[("verb", "ListMetadataFormats")])
}

/// Asks for the records of a time.
///
/// # Errors
/// As [`identify`].
pub fn list_records(base: &WebAddress, window: &Window<'_>) -> Result<WebAddress, Failure> {
    let date = |time: Timestamp| match window.granularity {
        Granularity::Day => time.date(),
        Granularity::Second => time.rfc3339(),
    };
    let (from, until) = (window.from.map(date), window.until.map(date));
    let mut arguments = vec![("verb", "ListRecords"), ("metadataPrefix", window.prefix)];
    arguments.extend(from.as_deref().map(|from| ("from", from)));
    arguments.extend(until.as_deref().map(|until| ("until", until)));
    arguments.extend(window.set.map(|set| ("set", set)));
    request(base, &arguments)
}

/// Asks for the next part of a list. The token stands alone (§3.5) and means nothing to us.
///
/// # Errors
/// As [`identify`].
pub fn resume(base: &WebAddress, token: &str) -> Result<WebAddress, Failure> {
    request(base, &[("verb", "ListRecords"), ("resumptionToken", token)])
}

fn request(base: &WebAddress, arguments: &[(&str, &str)]) -> Result<WebAddress, Failure> {
    let mut url = base.url().clone();
    let own = base.url().query_pairs();
    let own = own.filter(|(name, _)| !ARGUMENTS.contains(&name.as_ref()));
    let own = own.map(|(name, value)| (name.into_owned(), value.into_owned())).collect::<Vec<_>>();
    url.query_pairs_mut().clear().extend_pairs(own).extend_pairs(arguments);
    url.set_fragment(None);
    WebAddress::try_from(url).map_err(|error| Failure::new(FailureReason::AddressRefused, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_those_of_the_protocol() {
        let base: WebAddress = "https://a.org/oai?repo=x&verb=Identify#top".parse().unwrap();
        let (from, until) =
            ("2026-11-01T10:00:00.5Z".parse().unwrap(), "2026-11-02".parse().unwrap());
        let window = Window {
            prefix: "oai_dc",
            set: Some("a:b"),
            from: Some(from),
            until: Some(until),
            granularity: Granularity::Second,
        };
        let asked = |url: Result<WebAddress, Failure>| url.unwrap().as_str().to_owned();
        assert_eq!(asked(identify(&base)), "https://a.org/oai?repo=x&verb=Identify");
        assert_eq!(
            asked(list_records(&base, &window)),
            "https://a.org/oai?repo=x&verb=ListRecords&metadataPrefix=oai_dc\
             &from=2026-11-01T10%3A00%3A00Z&until=2026-11-02T00%3A00%3A00Z&set=a%3Ab"
        );
        let day = Window { granularity: Granularity::Day, set: None, ..window };
        assert!(asked(list_records(&base, &day)).ends_with("&from=2026-11-01&until=2026-11-02"));
        assert_eq!(
            asked(resume(&base, "a&b=c%3D+/")),
            "https://a.org/oai?repo=x&verb=ListRecords&resumptionToken=a%26b%3Dc%253D%2B%2F"
        );
        assert!(resume(&base, &"x".repeat(3000)).is_err());
    }
}
