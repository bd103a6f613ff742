//! The style sheets, the script and the icon, and the policy that lets browsers use nothing else.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// The picture beside the title of a tab.
pub(crate) const ICON: &str = include_str!("../assets/icon.svg");

/// The sheets that stand in the pages. There are five, because a sheet travels with every page and the
/// longest piece has to fit, with its own, into the first flight of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// Of a piece or an entry.
    Reading,
    /// Of a piece with charts in it.
    Charts,
    /// Of trends and the radar.
    Foresight,
    /// Of the pages behind sign-in, and of those that lead there.
    Desk,
    /// Of every other page.
    Lists,
}

impl Sheet {
    const ALL: [Self; 5] = [Self::Reading, Self::Charts, Self::Foresight, Self::Desk, Self::Lists];

    /// The sheet as it stands in a page.
    pub(crate) fn css(self) -> &'static str {
        static READING: LazyLock<String> = LazyLock::new(|| {
            lean(concat!(include_str!("../assets/site.css"), include_str!("../assets/reading.css")))
        });
        static CHARTS: LazyLock<String> = LazyLock::new(|| {
            lean(concat!(
                include_str!("../assets/site.css"),
                include_str!("../assets/reading.css"),
                include_str!("../assets/charts.css")
            ))
        });
        static FORESIGHT: LazyLock<String> = LazyLock::new(|| {
            lean(concat!(
                include_str!("../assets/site.css"),
                include_str!("../assets/foresight.css")
            ))
        });
        static LISTS: LazyLock<String> = LazyLock::new(|| {
            lean(concat!(include_str!("../assets/site.css"), include_str!("../assets/lists.css")))
        });
        static DESK: LazyLock<String> = LazyLock::new(|| {
            lean(concat!(
                include_str!("../assets/site.css"),
                include_str!("../assets/reading.css"),
                include_str!("../assets/lists.css"),
                include_str!("../assets/desk.css")
            ))
        });
        match self {
            Self::Desk => &DESK,
            Self::Reading => &READING,
            Self::Charts => &CHARTS,
            Self::Foresight => &FORESIGHT,
            Self::Lists => &LISTS,
        }
    }
}

/// The script of the search box. Two kinds of page load it, none needs it.
pub(crate) const SEARCH_SCRIPT: &str = include_str!("../assets/search.js");

/// Where it is. The address changes with its bytes, so that browsers may keep it for good.
pub(crate) static SEARCH_SCRIPT_PATH: LazyLock<String> =
    LazyLock::new(|| script_path("search", SEARCH_SCRIPT));

/// The script of the page of a repository, which shows how far its harvest has come.
pub(crate) const SOURCE_SCRIPT: &str = include_str!("../assets/source.js");

/// Where it is.
pub(crate) static SOURCE_SCRIPT_PATH: LazyLock<String> =
    LazyLock::new(|| script_path("source", SOURCE_SCRIPT));

/// The script of the desk: it saves while somebody types, sends files over lines that break, and lets
/// hands stay on the keyboard.
pub(crate) const DESK_SCRIPT: &str = include_str!("../assets/desk.js");

/// Where it is.
pub(crate) static DESK_SCRIPT_PATH: LazyLock<String> =
    LazyLock::new(|| script_path("desk", DESK_SCRIPT));

fn script_path(name: &str, script: &str) -> String {
    let digest = Sha256::digest(script);
    let print: Vec<String> = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("/{name}-{}.js", print.concat())
}

/// What scripts a page may run. A page says so by carrying this among the extensions of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// None.
    None,
    /// Files of this site, and those may ask this site.
    Own,
    /// None, and nothing else either: the answer is a file that somebody else has made.
    Sandbox,
}

/// The content security policy (CSP level 3): these style sheets, this site's own icon, forms to this
/// site, the scripts of the page, and nothing else.
pub(crate) fn content_security_policy(scripts: Scripts) -> String {
    static SHEETS: LazyLock<String> = LazyLock::new(|| {
        let hash = |sheet: Sheet| format!("'sha256-{}'", base64(&Sha256::digest(sheet.css())));
        Sheet::ALL.map(hash).join(" ")
    });
    let scripts = match scripts {
        Scripts::None => "script-src 'none'",
        Scripts::Own => "script-src 'self'; connect-src 'self'",
        Scripts::Sandbox => {
            return "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned();
        }
    };
    format!(
        "default-src 'none'; style-src {}; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; {scripts}",
        *SHEETS
    )
}

/// A style sheet without comments, line ends and the white space that means nothing.
///
/// Spaces between words stay, since they are combinators in selectors and separators in values.
fn lean(css: &str) -> String {
    let mut without_comments = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        without_comments.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    without_comments.push_str(rest);
    let mut lean = String::with_capacity(without_comments.len());
    for word in without_comments.split_whitespace() {
        let glued = lean.ends_with(['{', '}', ';', ',']) || word.starts_with(['{', '}']);
        if !glued && !lean.is_empty() {
            lean.push(' ');
        }
        lean.push_str(word);
    }
    lean.replace(";}", "}").replace(": ", ":")
}

/// Base64 with padding (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let index = usize::try_from(group >> (18 - 6 * position) & 63).unwrap_or(0);
            let letter = ALPHABET.get(index).copied().unwrap_or(b'=');
            text.push(if position <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn only_white_space_without_meaning_is_taken_away() {
        let css = "/* a */\na,\nb c {\n  margin: 1px  2px;\n  color: red;\n}\n";
        assert_eq!(lean(css), "a,b c{margin:1px 2px;color:red}");
    }

    #[test]
    fn the_style_sheets_know_no_left_and_right() {
        for sheet in Sheet::ALL {
            let css = sheet.css();
            for physical in [
                "left",
                "right",
                "margin-top",
                "margin-bottom",
                "padding-top",
                "padding-bottom",
                "border-top",
                "border-bottom",
                "float:",
                "width:",
                "height:",
            ] {
                let mut rest = css;
                while let Some((before, after)) = rest.split_once(physical) {
                    // `line-height` and media features such as `min-width` have no logical twin.
                    let spared = before.ends_with("line-") || before.ends_with("(min-");
                    let near: String = after.chars().take(40).collect();
                    assert!(spared, "{physical}{near}");
                    rest = after;
                }
            }
            assert!(!css.contains("top:") && !css.contains("bottom:"));
            assert!(!css.contains("!important"));
        }
    }

    #[test]
    fn the_style_sheets_ask_nobody_for_anything() {
        for sheet in Sheet::ALL {
            let css = sheet.css();
            assert!(!css.contains("url(") && !css.contains("@import") && !css.contains("</"));
        }
    }

    #[test]
    fn the_script_is_small_and_says_nothing_itself() {
        // Brotli makes a third of it; the budget of 3 kB is for what travels.
        assert!(SEARCH_SCRIPT.len() < 9 * 1024, "{}", SEARCH_SCRIPT.len());
        assert!(!SEARCH_SCRIPT.contains("innerHTML") && !SEARCH_SCRIPT.contains("http"));
        // Four words in quotes would be a sentence.
        let is_word = |word: &&str| word.chars().all(char::is_alphabetic);
        let is_sentence = |text: &str| text.split_whitespace().filter(is_word).count() > 3;
        let quoted = SEARCH_SCRIPT.lines().filter(|line| !line.trim_start().starts_with("//"));
        for text in quoted.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            assert!(!is_sentence(text), "{text}");
        }
    }

    #[test]
    fn the_style_sheets_obey_the_device() {
        for wish in [
            "prefers-color-scheme:dark",
            "prefers-contrast",
            "forced-colors",
            "prefers-reduced-motion",
            "print",
        ] {
            assert!(Sheet::ALL.iter().all(|sheet| sheet.css().contains(wish)), "{wish}");
        }
    }
}
