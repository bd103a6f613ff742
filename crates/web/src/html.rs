//! Text that is safe to put into a page as it is.

use std::fmt;

use observatory_model::Language;
use observatory_model::marked::Marked;

/// HTML made by this crate: every word of others in it has been escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Takes HTML that the text crate or a function of this crate has made safe.
    pub(crate) const fn trusted(html: String) -> Self {
        Self(html)
    }

    /// Plain text.
    pub(crate) fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// A name written by others, kept apart so that its direction does not turn the words around it.
    pub(crate) fn name(name: &str) -> Self {
        Self(format!("<bdi>{}</bdi>", escape(name)))
    }

    /// A link.
    pub(crate) fn link(href: &str, text: &str) -> Self {
        Self(format!("<a href=\"{}\">{}</a>", escape(href), escape(text)))
    }

    /// A link whose words are a name that was made safe already.
    pub(crate) fn link_to_name(href: &str, name: &Self) -> Self {
        Self(format!("<a href=\"{}\">{name}</a>", escape(href)))
    }

    /// A link whose words are in another language than the page, kept apart as a name is.
    pub(crate) fn link_in(href: &str, language: Language, text: &str) -> Self {
        let code = language.code();
        let (href, text) = (escape(href), escape(text));
        Self(format!("<bdi><a lang={code} href=\"{href}\">{text}</a></bdi>"))
    }

    /// Pieces in a row, with `between` between two.
    pub(crate) fn row(pieces: &[Self], between: &str) -> Self {
        let pieces: Vec<&str> = pieces.iter().map(Self::as_str).collect();
        Self(pieces.join(&escape(between)))
    }

    /// A web address that is shown as it is and leads there.
    pub(crate) fn address(href: &str) -> Self {
        let href = escape(href);
        Self(format!("<a dir=ltr href=\"{href}\">{href}</a>"))
    }

    /// A mail address or the like, which is read from left to right in every text.
    pub(crate) fn isolated(text: &str) -> Self {
        Self(format!("<bdi dir=ltr>{}</bdi>", escape(text)))
    }

    /// Words that matter more than those around them.
    pub(crate) fn strong(text: &str) -> Self {
        Self(format!("<strong>{}</strong>", escape(text)))
    }

    /// What a machine said, in English.
    pub(crate) fn technical(text: &str) -> Self {
        Self(format!("<code lang=en dir=ltr>{}</code>", escape(text)))
    }

    /// Text in which some words are marked.
    pub(crate) fn marked(text: &Marked) -> Self {
        let mut html = String::new();
        for piece in &text.0 {
            let words = escape(&piece.text);
            if piece.marked {
                html.push_str("<mark>");
                html.push_str(&words);
                html.push_str("</mark>");
            } else {
                html.push_str(&words);
            }
        }
        Self(html)
    }

    /// The HTML.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Html {
    /// Plain text.
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl fmt::Display for Html {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// `text` with the five characters replaced that mean something in HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_cannot_become_markup() {
        assert_eq!(Html::name("<b>'&\"").as_str(), "<bdi>&lt;b&gt;&#39;&amp;&#34;</bdi>");
        assert_eq!(Html::link("/a?b&c", "<").as_str(), "<a href=\"/a?b&amp;c\">&lt;</a>");
    }
}
