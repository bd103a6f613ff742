//! What a site asks programs not to read: robots.txt as RFC 9309 has it.
//!
//! The rules are kept for each site for a day (§2.4). A server that says that there are none (400–499)
//! allows everything (§2.3.1.3); one that cannot say (500–599, no connection) allows nothing
//! (§2.3.1.4) and is asked again soon.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use observatory_model::WebAddress;
use observatory_model::source::{Failure, FailureReason};
use tokio::time::Instant;

/// Our product token (§2.2.1), as it begins `User-Agent`.
const TOKEN: &str = "observatory";

/// Bytes of a robots.txt that are read (§2.5): 500 KiB.
const MAX_BYTES: usize = 500 * 1024;

/// Longest pattern, in bytes: as long as an address.
const MAX_PATTERN_BYTES: usize = 2048;

/// How long rules are kept.
const KEPT: Duration = Duration::from_hours(24);

/// How long it is kept that a server could not say.
const KEPT_UNKNOWN: Duration = Duration::from_mins(10);

/// Sites whose rules are remembered.
const MAX_REMEMBERED: usize = 1024;

/// What a site allows.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    /// What its robots.txt says; nothing forbids nothing.
    Said(Robots),
    /// Its robots.txt cannot be read, for this reason.
    Unknown(Failure),
}

impl Rules {
    /// The rules in the first 500 KiB of an answer.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let head = bytes.get(..MAX_BYTES).unwrap_or(bytes);
        Self::Said(Robots::parse(&String::from_utf8_lossy(head)))
    }

    /// Whether `url`, an address of the site, may be read.
    ///
    /// # Errors
    /// [`FailureReason::Disallowed`], or why nobody knows.
    pub(crate) fn check(&self, url: &WebAddress) -> Result<(), Failure> {
        match self {
            Self::Said(robots) if robots.allows(&path_of(url)) => Ok(()),
            Self::Said(_) => {
                let detail = format!("robots.txt of {} asks not to read {url}", url.host());
                Err(Failure::new(FailureReason::Disallowed, detail))
            }
            Self::Unknown(failure) => {
                let detail = format!("what may be read is not known: {}", failure.detail);
                Err(Failure::new(failure.reason, detail))
            }
        }
    }
}

/// The rules of the sites that were asked, by the address of their robots.txt, and until when they are
/// good.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownRules(Arc<Mutex<Known>>);

type Known = BTreeMap<String, (Instant, Arc<Rules>)>;

impl KnownRules {
    /// The rules of a site, where they are still good.
    pub(crate) fn of(&self, site: &WebAddress) -> Option<Arc<Rules>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, rules) = known.get(site.as_str())?;
        (Instant::now() < *until).then(|| Arc::clone(rules))
    }

    /// Remembers the rules of a site.
    pub(crate) fn keep(&self, site: &WebAddress, rules: Arc<Rules>) {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.retain(|_, (until, _)| now < *until);
        }
        if known.len() >= MAX_REMEMBERED {
            // All are good: the one that ends first makes room.
            let first = known.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(first) = first.map(|(site, _)| site.clone()) {
                known.remove(&first);
            }
        }
        let kept = if matches!(*rules, Rules::Said(_)) { KEPT } else { KEPT_UNKNOWN };
        known.insert(site.as_str().to_owned(), (now + kept, rules));
    }
}

/// The rules for us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Robots(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allows: bool,
    pattern: String,
}

impl Robots {
    /// Reads the groups that name us, else those that name everybody (§2.2.1). Lines that are not
    /// understood are passed over.
    fn parse(text: &str) -> Self {
        let (mut ours, mut everybodys) = (Vec::new(), Vec::new());
        let (mut names_us, mut has_ours) = (false, false);
        let (mut names_all, mut in_names) = (false, false);
        for line in text.trim_start_matches('\u{feff}').split(['\r', '\n']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !in_names {
                        (names_us, names_all, in_names) = (false, false, true);
                    }
                    names_us |= is_us(value);
                    has_ours |= names_us;
                    names_all |= value.starts_with('*');
                }
                "allow" | "disallow" => {
                    in_names = false;
                    // An empty pattern says nothing.
                    if value.is_empty() || value.len() > MAX_PATTERN_BYTES {
                        continue;
                    }
                    let rule = Rule { allows: key == "allow", pattern: normal(value) };
                    if names_us {
                        ours.push(rule);
                    } else if names_all {
                        everybodys.push(rule);
                    }
                }
                // Records of others (§2.2.4), such as sitemaps, stand between without meaning anything.
                _ => {}
            }
        }
        Self(if has_ours { ours } else { everybodys })
    }

    /// Whether a path with its query may be read: the longest pattern that fits decides, and of two as
    /// long the one that allows (§2.2.2).
    fn allows(&self, path: &str) -> bool {
        // Literal stars and dollars of an address are no wildcards.
        let path = normal(&path.replace('*', "%2A").replace('$', "%24"));
        if path == "/robots.txt" {
            return true;
        }
        let fitting = self.0.iter().filter(|rule| fits(&rule.pattern, &path));
        fitting.max_by_key(|rule| (rule.pattern.len(), rule.allows)).is_none_or(|rule| rule.allows)
    }
}

/// Whether a name of a group is ours: its letters before a version.
fn is_us(value: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    let end = value.find(|c| !is_letter(c)).unwrap_or(value.len());
    value.get(..end).is_some_and(|name| name.eq_ignore_ascii_case(TOKEN))
}

fn path_of(url: &WebAddress) -> String {
    let url = url.url();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", url.path())
}

/// A path or pattern in the one form in which they are compared (§2.2.2): what can stand as ASCII does,
/// everything else as `%XX`. An encoded star or dollar stays encoded, so that it is no wildcard.
fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let encoded = (byte == b'%').then(|| {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        });
        let (byte, was_encoded) = match encoded.flatten() {
            Some(decoded) => {
                bytes = rest;
                (decoded, true)
            }
            None => (byte, false),
        };
        let is_plain =
            byte.is_ascii_graphic() && !(was_encoded && matches!(byte, b'*' | b'$' | b'%'));
        if is_plain {
            normal.push(char::from(byte));
        } else {
            // Writing into a `String` cannot fail.
            write!(normal, "%{byte:02X}").unwrap_or_default();
        }
    }
    normal
}

/// Whether a path begins as a pattern has it: `*` stands for anything, `$` for the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) =
        pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return !to_the_end || rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() && to_the_end {
            return rest.ends_with(piece);
        }
        // The earliest place leaves the most for what follows.
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(robots: &str, path: &str) -> bool {
        Robots::parse(robots).allows(path)
    }

    /// RFC 9309 §5.1, with the names that concern us.
    #[test]
    fn the_simple_example_of_the_rfc() {
        let robots = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n\
            User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n\
            User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\n\
            User-Agent: quxbot\n\nEOF";
        for (path, expected) in [
            ("/", true),
            ("/a.gif", false),
            ("/a.gif?x", true),
            ("/example/page.html", false),
            ("/publications/a", true),
        ] {
            assert_eq!(allows(robots, path), expected, "{path}");
        }
        let foobot = robots.replace("foobot", "Observatory/2.0");
        for (path, expected) in [
            ("/", false),
            ("/example/page.html", true),
            ("/example/allowed.gif", true),
            ("/example/other", false),
            ("/robots.txt", true),
        ] {
            assert_eq!(allows(&foobot, path), expected, "{path}");
        }
        let bazbot = robots.replace("bazbot", "observatory");
        assert!(!allows(&bazbot, "/example/page.html") && allows(&bazbot, "/a.gif"));
        assert!(
            allows(&robots.replace("quxbot", "observatory"), "/a.gif"),
            "a group without rules"
        );
    }

    /// RFC 9309 §5.2 and §2.2.2.
    #[test]
    fn the_longest_match_decides() {
        let robots = "User-Agent: observatory\nAllow: /example/page/\n\
            Disallow: /example/page/disallowed.gif\n";
        assert!(!allows(robots, "/example/page/disallowed.gif"));
        assert!(allows(robots, "/example/page/allowed.gif"));
        assert!(allows("User-agent:*\nAllow: /p\nDisallow: /p", "/p"), "as long: allowed");
        assert!(!allows("User-agent:*\nDisallow: /\n", "/p?q"));
        assert!(allows("User-agent:*\nDisallow:\n", "/p"));
        assert!(allows("", "/p"));
    }

    /// The table of RFC 9309 §2.2.2: a path in the rules, and an address it means.
    #[test]
    fn paths_are_compared_in_one_form() {
        for (rule, path) in [
            ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
            ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
            ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
            ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
            ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html"),
            ("/path/foo-%24", "/path/foo-$"),
        ] {
            let robots = format!("user-agent: *\r\ndisallow: {rule} # why\r\n");
            assert!(!allows(&robots, path), "{rule} {path}");
            assert!(allows(&robots, "/foo/other"), "{rule}");
        }
    }

    #[test]
    fn wildcards_stand_for_anything() {
        for (pattern, path, expected) in [
            ("/fish*", "/fish/a", true),
            ("/*.php", "/a/b.php?c", true),
            ("/*.php$", "/a.php?c", false),
            ("/*.php$", "/a.php.php", true),
            ("/fish*.php", "/fishheads/catfish.php?x", true),
            ("/fish*.php", "/Fish.PHP", false),
            ("*", "/", true),
            ("/a*b*c", "/aXbXbX", false),
            ("/$", "/", true),
            ("/$", "/a", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn groups_are_joined_and_other_records_do_not_interfere() {
        let robots = "\u{feff}User-agent: a\nSitemap: https://x/\nUser-agent: observatory\n\
            Crawl-delay: 5\nDisallow: /one\n\nUser-agent: *\nDisallow: /all\n\n\
            user-agent: OBSERVATORY\ndisallow: /two\n";
        assert!(!allows(robots, "/one") && !allows(robots, "/two") && allows(robots, "/all"));
    }

    #[test]
    fn what_is_not_known_is_not_allowed() {
        let url: WebAddress = "https://a.org/x".parse().unwrap();
        let failure = Failure::new(FailureReason::HttpStatus, "503");
        let refused = Rules::Unknown(failure).check(&url).unwrap_err();
        assert_eq!(refused.reason, FailureReason::HttpStatus);
        let refused = Rules::read(b"user-agent: *\ndisallow: /").check(&url).unwrap_err();
        assert_eq!(refused.reason, FailureReason::Disallowed);
        assert_eq!(Rules::read(b"<html>nothing here</html>").check(&url), Ok(()));
        let huge =
            [b"user-agent: *\n".as_slice(), &b"disallow: *a*b*c*d\n".repeat(60_000)].concat();
        assert_eq!(Rules::read(&huge).check(&url), Ok(()));
    }

    #[tokio::test]
    async fn rules_are_remembered_and_old_ones_make_room() {
        let known = KnownRules::default();
        let site = |number: usize| format!("https://h{number}.org/").parse::<WebAddress>().unwrap();
        for number in 0..3000 {
            known.keep(&site(number), Arc::new(Rules::read(b"")));
        }
        assert!(known.of(&site(2999)).is_some() && known.of(&site(0)).is_none());
        assert!(known.0.lock().unwrap().len() <= MAX_REMEMBERED);
    }
}
