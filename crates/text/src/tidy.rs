//! HTML in which every element is on the list of [`sanitize`](crate::sanitize()), open elements are closed, and
//! none is too deep.

use std::borrow::Cow;
use std::sync::LazyLock;

use observatory_model::WebAddress;

use crate::entities;
use crate::escape::{escape, is_plain, quote};
use crate::sanitize::{ALLOWED, ATTRIBUTES, LINK_REL};
use crate::scopes::{
    ends_search_for_item, is_between_cells, is_boundary, is_heading, is_in_line, is_of_table,
};
use crate::tags::{Start, Token, tokens};

/// Longest HTML that is cleaned, in bytes: 1 MiB; what comes after is dropped.
pub const MAX_HTML_BYTES: usize = 1024 * 1024;

/// Most open elements: deeper ones are dropped, their text is kept.
///
/// Building the tree takes time that grows with the square of the depth; no article needs thirty.
pub const MAX_DEPTH: usize = 256;

/// Most elements: later ones are dropped, their text is kept.
///
/// In the tree each takes some hundred bytes, written as three; a long article has two thousand.
pub(crate) const MAX_ELEMENTS: usize = 20_000;

/// Longest text in one piece of a draft, in bytes; a comment, which is dropped, cuts longer ones.
///
/// The serializer of html5ever 0.40 looks through the rest of the text at each `&` and each space that
/// does not break: a megabyte of them takes half a minute.
const MAX_TEXT_BYTES: usize = 4 * 1024;

/// How much longer than before HTML may become by its links being made absolute, before the rest of its
/// tags is dropped: no real text doubles.
const MAX_GROWTH: usize = 4;

/// What even the shortest HTML may become, in bytes: two links with the longest address.
const LEAST_ROOM: usize = 4 * 1024;

/// Elements that stay under another name: headings below those of the page (its title is the only
/// `h1`, its sections are `h2`), and what HTML no longer has.
const RENAMED: [(&str, &str); 14] = [
    ("h1", "h3"),
    ("h2", "h4"),
    ("h3", "h5"),
    ("h4", "h6"),
    ("h5", "h6"),
    ("article", "div"),
    ("aside", "div"),
    ("center", "div"),
    ("footer", "div"),
    ("header", "div"),
    ("main", "div"),
    ("section", "div"),
    ("strike", "s"),
    ("tt", "code"),
];

/// How HTML is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it will stand on the page: references resolved, every sign escaped that means something.
    Final,
    /// To be parsed once more; references stay as they are.
    Draft,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The HTML.
    pub(crate) html: String,
    /// Whether a browser's parser and serializer would leave [`Form::Final`] as it is.
    pub(crate) is_settled: bool,
}

/// Writes `html` anew, tag by tag: each is a name of the list, and what is no tag is text.
pub(crate) fn write(html: &str, base: Option<&WebAddress>, form: Form) -> Written {
    let bounded = html.get(..html.floor_char_boundary(MAX_HTML_BYTES)).unwrap_or(html);
    let room = (MAX_GROWTH * bounded.len() + LEAST_ROOM).min(2 * MAX_HTML_BYTES);
    let html = String::with_capacity(bounded.len());
    let mut tidy = Tidy {
        html,
        form,
        is_settled: true,
        open: Vec::new(),
        base,
        room,
        elements: 0,
        text_since: 0,
    };
    for token in tokens(bounded) {
        match token {
            Token::Text(text) if form == Form::Final => tidy.final_text(text),
            Token::Text(text) => tidy.draft_text(text),
            Token::Start(tag) => tidy.open(&tag),
            Token::End(name) => tidy.close(name),
        }
    }
    while tidy.close_innermost() {}
    Written { html: tidy.html, is_settled: tidy.is_settled }
}

#[derive(Debug)]
struct Tidy<'a> {
    html: String,
    form: Form,
    is_settled: bool,
    open: Vec<&'static str>,
    base: Option<&'a WebAddress>,
    /// Most bytes after which tags are still opened.
    room: usize,
    /// Elements so far.
    elements: usize,
    /// Where the text that is written began.
    text_since: usize,
}

impl Tidy<'_> {
    fn final_text(&mut self, text: &str) {
        // Browsers drop the line break that `pre` begins with.
        let begins_pre = self.html.ends_with("<pre>");
        if text.bytes().all(is_plain) && !begins_pre && !self.is_between_cells() {
            self.html.push_str(text);
            return;
        }
        // A reference or a line break that the next text may go on, what is no text.
        if ends_in_reference(text) || text.ends_with('\r') || text.contains('\0') {
            self.is_settled = false;
        }
        let lines = if text.contains('\r') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(text)
        };
        let resolved = entities::resolve(&lines);
        if self.is_between_cells() && !resolved.chars().all(|sign| sign.is_ascii_whitespace()) {
            // Browsers move it before the table.
            self.is_settled = false;
        }
        let kept = resolved.strip_prefix('\n').filter(|_| begins_pre).unwrap_or(&resolved);
        // The next text would be taken for the first.
        self.is_settled &= !kept.is_empty();
        escape(kept, &mut self.html);
    }

    fn draft_text(&mut self, text: &str) {
        for character in text.chars() {
            if self.html.len() > self.text_since + MAX_TEXT_BYTES && may_stand_after_cut(character)
            {
                self.html.push_str("<!---->");
                self.text_since = self.html.len();
            }
            match character {
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '\0' => {}
                _ => self.html.push(character),
            }
        }
    }

    fn open(&mut self, tag: &Start<'_>) {
        let Some(name) = kept_name(tag.name) else { return };
        let closes_itself = matches!(name, "br" | "hr");
        if !self.close_implied(name) {
            return;
        }
        let implied = self.implied(name);
        // Long addresses on short tags would make much of little.
        let too_much = self.html.len() > self.room || self.elements >= MAX_ELEMENTS;
        if too_much || (self.open.len() + implied.len() >= MAX_DEPTH && !closes_itself) {
            self.is_settled = false;
            return;
        }
        self.is_settled &= !is_moved(name);
        for around in implied {
            self.elements += 1;
            self.html.extend(["<", around, ">"]);
            self.open.push(around);
        }
        let href = if name == "a" {
            let Some(href) = self.href(tag) else { return };
            Some(href)
        } else {
            None
        };
        self.elements += 1;
        self.html.push('<');
        self.html.push_str(name);
        let allowed = ATTRIBUTES.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, all)| all);
        for attribute in allowed {
            let value = match &href {
                Some(href) => Some(href.as_str()),
                None => tag.attribute(attribute).filter(|value| is_valid(attribute, value)),
            };
            if let Some(value) = value {
                self.attribute(attribute, value);
            }
        }
        if name == "a" && self.form == Form::Final {
            self.attribute("rel", LINK_REL);
        }
        self.html.push('>');
        self.text_since = self.html.len();
        if !closes_itself {
            self.open.push(name);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        quote(value, &mut self.html);
        self.html.push('"');
    }

    /// Where a link leads, absolute; `None` when that is no web address.
    fn href(&self, tag: &Start<'_>) -> Option<WebAddress> {
        let written = entities::resolve(tag.attribute("href")?);
        match self.base {
            Some(base) => base.join(&written).ok(),
            None => written.parse().ok(),
        }
    }

    /// Closes what the element cannot stand in, as browsers do; `false` when it can stand nowhere here.
    ///
    /// Nothing is left for the parser of a browser to close: where it closes a paragraph around an
    /// open `<b>`, it opens that `<b>` again in every later block, and a megabyte becomes a hundred.
    fn close_implied(&mut self, name: &str) -> bool {
        if is_of_table(name) {
            let around: &[&str] = match name {
                "td" | "th" => &["tr", "thead", "tbody", "tfoot", "table"],
                "tr" => &["thead", "tbody", "tfoot", "table"],
                _ => &["table"],
            };
            let Some(at) = self.open.iter().rposition(|open| around.contains(open)) else {
                return false;
            };
            self.close_down_to(at + 1);
            return true;
        }
        // Browsers move what stands between the cells before the table.
        if self.is_between_cells() {
            return false;
        }
        match name {
            "a" => self.close_nearest(&["a"], is_boundary),
            "li" => self.close_nearest(&["li"], ends_search_for_item),
            "dt" | "dd" => self.close_nearest(&["dt", "dd"], ends_search_for_item),
            _ => {}
        }
        if !is_in_line(name) {
            self.close_nearest(&["p"], is_boundary);
        }
        if is_heading(name) && self.open.last().is_some_and(|last| is_heading(last)) {
            self.close_innermost();
        }
        true
    }

    /// What browsers put around an element that stands in a table without it.
    fn implied(&self, name: &str) -> &'static [&'static str] {
        match (name, self.open.last()) {
            ("td" | "th", Some(&"table")) => &["tbody", "tr"],
            ("td" | "th", Some(&("thead" | "tbody" | "tfoot"))) => &["tr"],
            ("tr", Some(&"table")) => &["tbody"],
            _ => &[],
        }
    }

    /// Whether what comes next stands in a table and in no cell of it.
    fn is_between_cells(&self) -> bool {
        self.open.last().is_some_and(|last| *last == "table" || is_between_cells(last))
    }

    /// Closes the innermost element of these names, unless something stands before it that ends the
    /// search.
    fn close_nearest(&mut self, names: &[&str], ends: fn(&str) -> bool) {
        for (depth, open) in self.open.iter().enumerate().rev() {
            if names.contains(open) {
                self.close_down_to(depth);
                return;
            }
            if ends(open) {
                return;
            }
        }
    }

    /// Closes the innermost element of that name and all in it; a cell keeps what is around it.
    fn close(&mut self, written: &str) {
        let Some(name) = kept_name(written) else { return };
        let of_table = name == "table" || is_of_table(name);
        for (depth, open) in self.open.iter().enumerate().rev() {
            if *open == name {
                self.close_down_to(depth);
                return;
            }
            if is_boundary(open) && !of_table {
                return;
            }
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.close_innermost();
        }
    }

    fn close_innermost(&mut self) -> bool {
        let Some(name) = self.open.pop() else { return false };
        self.html.push_str("</");
        self.html.push_str(name);
        self.html.push('>');
        self.text_since = self.html.len();
        true
    }
}

/// The name under which an element stays.
fn kept_name(written: &str) -> Option<&'static str> {
    let mut room = [0; LONGEST_NAME];
    let small = room.get_mut(..written.len())?;
    small.copy_from_slice(written.as_bytes());
    small.make_ascii_lowercase();
    let small = &*small;
    let place = NAMES.binary_search_by(|(name, _)| name.as_bytes().cmp(small)).ok()?;
    NAMES.get(place).map(|(_, kept)| *kept)
}

/// The longest name of [`NAMES`], in bytes.
const LONGEST_NAME: usize = 10;

/// Every name under which an element may be written, in order, with the one under which it stays.
static NAMES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let as_they_are = ALLOWED.iter().filter(|name| !RENAMED.iter().any(|(from, _)| from == *name));
    let mut names = as_they_are.map(|name| (*name, *name)).chain(RENAMED).collect::<Vec<_>>();
    names.sort_unstable();
    names
});

/// Whether browsers may move, close or wrap an element by rules that are not followed here.
fn is_moved(name: &str) -> bool {
    matches!(name, "ruby" | "rt" | "rp")
}

/// Whether a text ends in the beginning of a reference (`&am`).
fn ends_in_reference(text: &str) -> bool {
    let begun = text.trim_end_matches(|sign: char| sign.is_ascii_alphanumeric() || sign == '#');
    begun.ends_with('&')
}

/// Whether no reference goes on with a character, so that the text may be cut before it.
const fn may_stand_after_cut(character: char) -> bool {
    matches!(character, '&' | '<' | '>') || character.is_ascii_whitespace() || !character.is_ascii()
}

/// Whether an attribute says what it may say.
fn is_valid(name: &str, value: &str) -> bool {
    match name {
        "lang" => {
            (1..=35).contains(&value.len())
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
        "dir" => matches!(value, "ltr" | "rtl" | "auto"),
        "scope" => matches!(value, "row" | "col" | "rowgroup" | "colgroup"),
        "colspan" | "rowspan" => value.parse().is_ok_and(|cells: u16| (1..=1000).contains(&cells)),
        "start" => value.parse::<i32>().is_ok(),
        _ => false,
    }
}
