//! Documents made to cost a reader much more than they cost their author.

/// A shape: what it attacks, and the document of about so many bytes.
pub(crate) type Shape = (&'static str, fn(usize) -> String);

/// All shapes.
pub(crate) const SHAPES: [Shape; 28] = [
    ("parts without anything in them", |size| feed_of(&"<a/>".repeat(400), size)),
    ("short parts of known names", |size| feed_of(&"<id>1</id>".repeat(400), size)),
    ("addresses that every part inherits", inherited_bases),
    ("links that lead nowhere under long addresses", |size| {
        based(size, &"<link href='x:'/>".repeat(40))
    }),
    ("an address of its own on every link", |size| {
        based(size, &"<link xml:base='y' href='x:'/>".repeat(40))
    }),
    ("one list of authors for every entry", |size| {
        let author = format!("<author><name>{}</name></author>", "x".repeat(size / 2));
        format!("<feed>{author}{}</feed>", entries("<id>{}</id><title>x</title>", size / 2))
    }),
    ("one list of authors for every item of JSON", |size| {
        let items = entries("{\"id\":{}},", size / 2);
        let items = items.replace("<entry>", "").replace("</entry>", "");
        let name = "x".repeat(size / 2);
        format!("{{\"authors\":[{{\"name\":\"{name}\"}}],\"items\":[{items}7]}}")
    }),
    ("small objects of JSON", |size| {
        format!("{{\"items\":[],\"a\":[{}0]}}", "{\"\":0},".repeat(size / 8))
    }),
    ("small values of JSON", |size| format!("{{\"items\":[{}0]}}", "0,".repeat(size / 2))),
    ("attributes that nobody reads", |size| {
        let attributes = (0..200).fold(String::new(), |all, number| all + &format!(" a{number}"));
        feed_of(&format!("<id{attributes}>1</id>").repeat(8), size)
    }),
    ("parts of an author", |size| {
        feed_of(&format!("<author>{}</author>", "<a/>".repeat(2000)), size)
    }),
    ("relative links on a long address", |size| {
        based(size, &format!("<summary type='html'>{}</summary>", "&lt;a href=y>".repeat(60)))
    }),
    ("texts that come to nothing", |size| based(size, &"<summary>&lt;i></summary>".repeat(400))),
    ("paragraphs in letters that never end", |size| html(&format!("<p>{LETTERS}"), "<p>x", size)),
    ("items in letters that never end", |size| html(&format!("<li>{LETTERS}"), "<li>x", size)),
    ("terms in letters that never end", |size| html(&format!("<dd>{LETTERS}"), "<dd>x", size)),
    ("rows in letters that never end", |size| {
        html(&format!("<table>{LETTERS}"), "<tr></tr>x", size)
    }),
    ("links in links", |size| html("<a href=//a.org>", "<p><a href=//b.org>", size)),
    ("headings in letters", |size| html(LETTERS, "<h3>x", size)),
    ("tables in tables", |size| html("", "<table><b>", size)),
    ("ends of what never began", |size| {
        format!("<rss>{}{}", "<x>".repeat(250), "</y>".repeat(size / 4))
    }),
    ("quotation marks", |size| {
        feed_of(&format!("<description>{}</description>", "\"".repeat(300_000)), size)
    }),
    ("ampersands", |size| feed_of(&format!("<title><i/>{}</title>", "& ".repeat(150_000)), size)),
    ("references", |size| {
        feed_of(&format!("<description>{}</description>", "&amp;nbsp;".repeat(30_000)), size)
    }),
    ("a text of ampersands", |size| html("", "& ", size)),
    ("a text of spaces that do not break", |size| html("x", "\u{a0}", size)),
    ("elements with an address of a vocabulary each", |size| {
        let declared =
            (0..200).fold(String::new(), |all, number| all + &format!(" xmlns:a{number}='x'"));
        format!("<rss{declared}><channel>{}", "<a:b/>".repeat(size / 6))
    }),
    ("nested letters", |size| html("", &"<b>x".repeat(200), size)),
];

/// Three of each element that browsers open again in the next block when it was left open.
const LETTERS: &str = "<b><b><b><code><code><code><em><em><em><i><i><i><s><s><s>\
    <small><small><small><strong><strong><strong><u><u><u>";

fn feed_of(inside: &str, size: usize) -> String {
    let entry = format!("<entry>{inside}</entry>");
    let count = (size / entry.len()).clamp(1, 9_900);
    format!("<feed>{}</feed>", entry.repeat(count))
}

/// As many entries as there is room for; `{}` is the number.
fn entries(inside: &str, size: usize) -> String {
    let count = (size / (inside.len() + 20)).clamp(1, 9_900);
    (0..count).fold(String::new(), |all, number| {
        all + "<entry>" + &inside.replace("{}", &number.to_string()) + "</entry>"
    })
}

fn inherited_bases(size: usize) -> String {
    let base = format!("<channel xml:base='/{}/'>", "x".repeat(1900));
    format!("<feed>{}{}", base.repeat(8), feed_of(&"<id/>".repeat(300), size))
}

/// Entries of a feed whose address is as long as it may be.
fn based(size: usize, inside: &str) -> String {
    let base = format!("<channel xml:base='/{}/'>", "x".repeat(1900));
    let number = "<id>{}</id>";
    format!("<feed>{}{}", base.repeat(8), entries(&format!("{number}{inside}"), size))
}

/// Entries with a body that begins with `first` and goes on with `then`, 900 kB each.
fn html(first: &str, then: &str, size: usize) -> String {
    let length = size.min(900_000);
    let body = format!("{first}{}", then.repeat(length / then.len()));
    let entry = format!("<entry><content type='html'><![CDATA[{body}]]></content></entry>");
    format!("<feed>{}</feed>", entry.repeat((size / entry.len()).max(1)))
}
