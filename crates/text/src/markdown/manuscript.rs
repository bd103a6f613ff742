//! The Markdown that a researcher hands in, shown as it is meant and never refused.
//!
//! What [`render`](super::render) refuses is rewritten in the parsed text before anything is written:
//! the writer knows no HTML of an author, no image and no link out, and need not know them here.

use comrak::nodes::{AstNode, NodeFootnoteReference, NodeLink, NodeValue};
use comrak::{Arena, Node, parse_document};
use observatory_model::brief::Body;
use observatory_model::{Language, WebAddress};

use super::{MAX_MARKDOWN_BYTES, check, write};

/// Renders Markdown that nobody has checked, with the paragraphs numbered as [`render`](super::render)
/// numbers them.
///
/// | in the Markdown | on the page |
/// |---|---|
/// | headings of the smallest level used, and those before the first of them | level 2 |
/// | deeper headings | level 3 |
/// | headings in lists, quotations and notes | strong paragraphs |
/// | images | their alternative text |
/// | HTML | text, as typed |
/// | links to `http` and `https` | their words, and the address in brackets where the words are not it |
/// | other links, to pieces as well | their words |
/// | `[^id]` and `[^id]: …` | text, as typed and where they stand |
///
/// The page holds no link but those of the paragraphs to themselves. Addresses that are no
/// [`WebAddress`] (with a user name, or too long to be one) count as other links. Paragraphs and
/// headings of which nothing can be read are left out.
///
/// It never fails: what is too long ([`MAX_MARKDOWN_BYTES`]) or nested too deeply
/// ([`MAX_NESTING`](super::MAX_NESTING)) becomes plain paragraphs, cut at empty lines, and ends after
/// that many bytes.
///
/// `CommonMark` 0.31 with tables and footnotes of GitHub.
pub fn manuscript(markdown: &str, language: Language) -> Body {
    let arena = Arena::new();
    let document = parsed(&arena, markdown).unwrap_or_else(|| plain(&arena, markdown));
    write::document(document, language, None).body
}

/// The text, rewritten; `None` where reading or writing it would cost too much.
fn parsed<'a>(arena: &'a Arena<'a>, markdown: &str) -> Option<Node<'a>> {
    if !check::bounds(markdown).is_empty() {
        return None;
    }
    let mut options = super::options();
    // Only so that notes stay: without, `[^1]: https://a.org` is the address of a link, and vanishes.
    options.extension.footnotes = true;
    options.parse.leave_footnote_definitions = true;
    let document = parse_document(arena, markdown, &options);
    if check::deep_line(document).is_some() {
        return None;
    }
    let nodes = document.descendants().collect::<Vec<_>>();
    // Before notes are opened, which may hold headings.
    headings(arena, document, &nodes);
    for node in &nodes {
        rewrite(arena, node);
    }
    for node in nodes {
        let can_be_empty =
            !matches!(node.data().value, NodeValue::Paragraph | NodeValue::Heading(_));
        if !can_be_empty && words(node).trim().is_empty() {
            node.detach();
        }
    }
    Some(document)
}

/// The text as paragraphs and nothing else.
fn plain<'a>(arena: &'a Arena<'a>, text: &str) -> Node<'a> {
    let end = text.floor_char_boundary(MAX_MARKDOWN_BYTES);
    let document = new(arena, NodeValue::Document);
    document.extend(paragraphs(arena, text.get(..end).unwrap_or_default()));
    document
}

/// Brings headings to levels 2 and 3, and those inside other blocks to paragraphs.
fn headings<'a>(arena: &'a Arena<'a>, document: Node<'a>, nodes: &[Node<'a>]) {
    let level_of = |node: Node<'a>| match node.data().value {
        NodeValue::Heading(heading) => Some(heading.level),
        _ => None,
    };
    let smallest = document.children().filter_map(level_of).min();
    let mut in_section = false;
    for node in nodes {
        let mut data = node.data_mut();
        let NodeValue::Heading(heading) = &mut data.value else { continue };
        if node.parent().is_some_and(|parent| parent.same_node(document)) {
            // A part of a section needs a section to stand in.
            let opens = !in_section || Some(heading.level) == smallest;
            heading.level = if opens { 2 } else { 3 };
            in_section |= opens;
        } else {
            let strong = new(arena, NodeValue::Strong);
            strong.extend(node.children());
            node.append(strong);
            data.value = NodeValue::Paragraph;
            loosen(node);
        }
    }
}

/// Makes of one part of the text what the writer can write.
fn rewrite<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let mut data = node.data_mut();
    match &mut data.value {
        NodeValue::Image(_) => unwrap(node),
        NodeValue::Link(link) => {
            if let Some(shown) = address(link, &words(node)) {
                node.append(text(arena, &shown));
            }
            unwrap(node);
        }
        NodeValue::HtmlInline(html) => replace(node, lines(arena, html)),
        NodeValue::HtmlBlock(html) => {
            loosen(node);
            replace(node, paragraphs(arena, &html.literal));
        }
        NodeValue::FootnoteReference(cited) => replace(node, [text(arena, &typed(cited))]),
        NodeValue::FootnoteDefinition(footnote) => {
            let typed = text(arena, &format!("[^{}]: ", footnote.name));
            let begins = node.first_child().filter(|first| is_paragraph(first));
            let paragraph = begins.unwrap_or_else(|| new(arena, NodeValue::Paragraph));
            paragraph.prepend(typed);
            node.prepend(paragraph);
            loosen(node);
            unwrap(node);
        }
        _ => {}
    }
}

/// What is written after the words of a link; `None` where they say enough.
fn address(link: &NodeLink, words: &str) -> Option<String> {
    let address = link.url.parse::<WebAddress>().ok()?;
    let words = words.trim();
    // As it was typed, unless it holds what could be taken for the end of it.
    let is_one_word = !link.url.contains(|c: char| c.is_whitespace() || c.is_control());
    let shown = if is_one_word { &link.url } else { address.as_str() };
    if words.is_empty() {
        Some(shown.to_owned())
    } else if words.parse() == Ok(address.clone()) {
        None
    } else {
        Some(format!(" ({shown})"))
    }
}

/// Parts a list whose items hold more than one paragraph now: in a tight list nothing would stand
/// between them.
fn loosen(block: Node<'_>) {
    let Some(item) = block.parent() else { return };
    let Some(list) = item.parent() else { return };
    if let NodeValue::List(list) = &mut list.data_mut().value {
        list.tight = false;
    }
}

/// `[^id]`, with the letters of this place: the name is that of the note, in its letters.
fn typed(note: &NodeFootnoteReference) -> String {
    let typed = note.texts.iter().map(|(text, _)| text.as_str()).collect::<String>();
    format!("[{typed}]")
}

fn is_paragraph(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Paragraph)
}

/// The words of a block, as they are read.
fn words(block: Node<'_>) -> String {
    let mut words = String::new();
    for node in block.descendants().skip(1) {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::HtmlInline(html) => words.push_str(html),
            NodeValue::FootnoteReference(note) => words.push_str(&typed(note)),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words
}

/// Paragraphs that keep the lines of `text`; empty lines part them.
fn paragraphs<'a>(arena: &'a Arena<'a>, text: &str) -> Vec<Node<'a>> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut paragraphs = Vec::new();
    let mut open: Option<Node<'a>> = None;
    for line in text.split('\n').map(str::trim) {
        if line.is_empty() {
            open = None;
            continue;
        }
        let paragraph = *open.get_or_insert_with(|| {
            let paragraph = new(arena, NodeValue::Paragraph);
            paragraphs.push(paragraph);
            paragraph
        });
        if paragraph.first_child().is_some() {
            paragraph.append(new(arena, NodeValue::LineBreak));
        }
        paragraph.append(self::text(arena, line));
    }
    paragraphs
}

/// The lines of `text` as one paragraph has them.
fn lines<'a>(arena: &'a Arena<'a>, text: &str) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    for line in text.lines() {
        if !nodes.is_empty() {
            nodes.push(new(arena, NodeValue::SoftBreak));
        }
        nodes.push(self::text(arena, line));
    }
    nodes
}

fn text<'a>(arena: &'a Arena<'a>, text: &str) -> Node<'a> {
    new(arena, NodeValue::Text(text.replace('\0', "\u{fffd}").into()))
}

fn new<'a>(arena: &'a Arena<'a>, value: NodeValue) -> Node<'a> {
    arena.alloc(AstNode::from(value))
}

/// Puts what is in `node` in its place.
fn unwrap(node: Node<'_>) {
    replace(node, node.children().collect::<Vec<_>>());
}

fn replace<'a>(node: Node<'a>, by: impl IntoIterator<Item = Node<'a>>) {
    for by in by {
        node.insert_before(by);
    }
    node.detach();
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    /// The HTML of every paragraph and heading, without the number.
    fn blocks(markdown: &str) -> Vec<String> {
        let html = manuscript(markdown, Language::En).html;
        let block =
            |line: &str| line.split_once("</a>").map_or(line, |(_, block)| block).to_owned();
        html.lines().map(block).collect()
    }

    #[test]
    fn what_can_be_published_is_written_as_pieces_are() {
        let markdown = "One.\n\n## Two & three\n\n- a\n- b\n\n### Four\n\n> Five\n\n```\n<six>\n```\n\n---\n\n\
                        | x | y |\n|---|--:|\n| **1** | *2* |\n\n3. `a`\n\n   b\\\n   c\n";
        let piece = super::super::render(markdown, Language::Fr, &[]).unwrap();
        assert_eq!(manuscript(markdown, Language::Fr), piece.body);
        assert_eq!(piece.body.paragraphs.len(), 6);
    }

    #[test]
    fn headings_become_sections_and_their_parts() {
        let body = manuscript(
            "#### Before\n\n# One\n\n### Two\n\nText\n===\n\n###\n\n# ![](x)",
            Language::En,
        );
        let headings = body.headings.iter().map(|heading| (heading.level, heading.text.as_str()));
        assert_eq!(
            headings.collect::<Vec<_>>(),
            [(2, "Before"), (2, "One"), (3, "Two"), (2, "Text")]
        );
        let body = manuscript("#### A\n\n##### B\n\n###### C", Language::En);
        let levels = body.headings.iter().map(|heading| heading.level);
        assert_eq!(levels.collect::<Vec<_>>(), [2, 3, 3]);
    }

    #[test]
    fn headings_inside_other_blocks_are_strong_paragraphs() {
        assert_eq!(
            blocks("> # One *x*\n> y\n\n- a\n  ## Two\n"),
            [
                "<blockquote><p><strong>One <em>x</em></strong></p><p>y</p></blockquote></div>",
                "<ul><li><p>a</p><p><strong>Two</strong></p></li></ul></div>",
            ]
        );
        assert_eq!(manuscript("> # One", Language::En).headings, []);
    }

    #[test]
    fn images_are_their_alternative_text() {
        assert_eq!(
            blocks(
                "a ![the *old* bridge](https://a.org/x.png \"t\") b\n\n![](x)\n\n[![c](x)](https://a.org)"
            ),
            [" a the <em>old</em> bridge b</p>", " c (https://a.org)</p>"]
        );
    }

    #[test]
    fn html_is_text_as_typed() {
        assert_eq!(
            blocks(
                "a <b class=\"x\">b</b> <!-- c --> <i\nid=d>\n\n<div>\n<p onclick=x>e\n\n- f\n  <hr>\n"
            ),
            [
                " a &lt;b class=&quot;x&quot;&gt;b&lt;/b&gt; &lt;!-- c --&gt; &lt;i",
                "id=d&gt;</p>",
                " &lt;div&gt;<br>&lt;p onclick=x&gt;e</p>",
                "<ul><li><p>f</p><p>&lt;hr&gt;</p></li></ul></div>",
            ]
        );
        assert_eq!(blocks("<script>\n\nx()\n\n</script>").len(), 3);
    }

    #[test]
    fn links_are_words_and_the_address() {
        for (markdown, expected) in [
            (
                "[a **b**](https://a.org/x?y=1&z) c",
                "a <strong>b</strong> (https://a.org/x?y=1&amp;z) c",
            ),
            ("[a](HTTP://a.org)", "a (HTTP://a.org)"),
            ("<https://a.org>", "https://a.org"),
            ("[https://a.org](https://a.org/)", "https://a.org"),
            ("[https://a.org](https://b.org)", "https://a.org (https://b.org)"),
            ("[](https://a.org)", "https://a.org"),
            ("[a][r]\n\n[r]: https://a.org 'title'", "a (https://a.org)"),
            ("[a](<https://a.org/b c>)", "a (https://a.org/b%20c)"),
            ("[a](https://a.org/&#10;b)", "a (https://a.org/b)"),
            ("[a](/series/x) [b](#p1) [c](x.html) [d](//a.org)", "a b c d"),
            (
                "[a](javascript:alert) [b](data:text/html,x) [c](ftp://a.org) <d@a.org>",
                "a b c d@a.org",
            ),
            ("[a](https://u:p@a.org)", "a"),
        ] {
            assert_eq!(blocks(markdown), [format!(" {expected}</p>")], "{markdown}");
        }
    }

    #[test]
    fn notes_stay_as_typed_and_where_they_stand() {
        let typed = "One[^A], [^b_*c*][^no].\n\n[^a]: https://a.org/x\n\nTwo.\n\n[^b_*c*]: Smith,\n  in 2026.\n\n    More.\n\n\
                     - x[^a]\n\n[^unused]: Left.\n[^list]: - y\n[^head]: # z\n[^none]:";
        let body = manuscript(typed, Language::En);
        assert_eq!(
            body.paragraphs,
            [
                "One[^A], [^b_*c*][^no].",
                "[^a]: https://a.org/x",
                "Two.",
                "[^b_*c*]: Smith, in 2026.",
                "More.",
                "x[^a]",
                "[^unused]: Left.",
                "[^list]:",
                "y",
                "[^head]: z",
                "[^none]:",
            ]
        );
        assert!(!body.html.contains("<sup>") && body.headings.is_empty(), "{}", body.html);
    }

    #[test]
    fn what_is_too_much_is_plain_paragraphs() {
        let begun = Instant::now();
        let long = format!("# é!\n\n{}", "é".repeat(MAX_MARKDOWN_BYTES));
        let body = manuscript(&long, Language::En);
        assert_eq!((body.paragraphs.len(), body.headings.len()), (2, 0));
        // Seven bytes stand before it, and half a letter is not written.
        assert_eq!(body.paragraphs[1].len(), MAX_MARKDOWN_BYTES - 8);
        assert!(body.html.starts_with("<p id=p1><a class=n href=#p1>¶\u{a0}1</a> # é!</p>\n"));
        for markdown in [
            ">".repeat(100_000),
            "- ".repeat(50_000),
            format!("{}x{}", "**a ".repeat(20_000), " b**".repeat(20_000)),
            format!("{}x{}", "![".repeat(20_000), "](https://a.org)".repeat(20_000)),
        ] {
            let body = manuscript(&format!("a [^b]\r\n<c>\n \n{markdown}\n"), Language::En);
            assert_eq!(body.paragraphs[0], "a [^b]\n<c>");
            assert_eq!(body.paragraphs.len(), 2);
        }
        let notes = manuscript(&"[^a]:".repeat(50_000), Language::En);
        assert!(notes.paragraphs.iter().all(|note| note.starts_with("[^a]:")));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    /// Every tag is one of ours, with attributes of ours: text is escaped, so that `<` begins a tag.
    fn assert_safe(html: &str, markdown: &str) {
        for tag in html.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("a tag ends");
            let mut parts = tag.trim_start_matches('/').split(' ');
            let name = parts.next().unwrap_or_default();
            let is_ours = super::super::tests::WRITTEN.contains(&name);
            assert!(is_ours, "<{tag}> of {markdown:?}");
            for attribute in parts {
                let (name, value) = attribute.split_once('=').expect("an attribute has a value");
                let is_ours = match name {
                    "id" | "class" | "scope" | "tabindex" | "role" | "aria-labelledby"
                    | "start" => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                    "href" => {
                        value.strip_prefix("#p").is_some_and(|number| number.parse::<u32>().is_ok())
                    }
                    _ => false,
                };
                assert!(is_ours, "<{tag}> of {markdown:?}");
            }
        }
        let lower = html.to_ascii_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("<img"), "{markdown:?}");
    }

    fn check(markdown: &str) {
        for language in [Language::En, Language::Zh] {
            let body = manuscript(markdown, language);
            assert_safe(&body.html, markdown);
            assert_eq!(
                body.html.matches("<a class=n ").count(),
                body.paragraphs.len(),
                "{markdown:?}"
            );
            assert_eq!(body.html.matches("<a ").count(), body.paragraphs.len(), "{markdown:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in any::<String>()) {
            check(&text);
        }

        #[test]
        fn any_markup_is_safe(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "<", ">", "</", "&", "\"", "'", "=", "a", " ", "\n", "\n\n", "\r", "\t", "    ", "[",
                    "![", "](", "]", ")", "[^a]", "[^a]: ", "[^", "]:", "[a]: ", "*", "_", "`", "```\n", "~~~",
                    "- ", "1. ", "> ", "# ", "###### ", "===\n", "| a |\n|---|\n", "|", "/x", "#p1",
                    "javascript:x", "JaVaScRiPt&colon;x", "data:text/html,x", "https://a.org", "<https://a.org>",
                    "\\", "&lt;script&gt;", "&#60;", "&#x6a;", "&quot;", "國", "\0", "\u{202e}", "<b>", "<div>\n",
                    "<script>", "<img src=x onerror=alert(1)>", " style=x", " onclick=x", "<!--", "-->",
                    "<![CDATA[", "<?", "<p title=\"", "mailto:a@a.org",
                ]),
                0..60,
            ),
        ) {
            check(&parts.concat());
        }

        #[test]
        fn no_word_is_lost(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "@ ", "@\n", "@\n\n", "\n\n# @\n\n", "\n\n### @\n\n", "\n\n@\n---\n\n", "\n\n> ## @\n\n", "\n\n- @\n", "\n\n- @\n\n  ## @\n\n",
                    "![@](x \"t\") ", "[@](javascript:x) ", "[@](https://a.org) ", "[@](#p1) ", "<b>@</b> ",
                    "<@> ", "<i\nid=@> ", "\n\n<div>\n@\n</div>\n\n", "\n\n<!-- @\n\n@ -->\n\n", "\n\n| @ | @ |\n|---|---|\n| @ | @ |\n\n",
                    "[^@] ", "\n\n[^@]: @\n\n", "\n\n[^@]: https://@.org\n\n", "\n\n```\n@\n```\n\n", "`@` ", "**@** ", "*@*",
                ]),
                1..12,
            ),
        ) {
            let mut words = Vec::new();
            let mut markdown = String::new();
            for (number, part) in parts.concat().split('@').enumerate() {
                if number > 0 {
                    let word = format!("w{number}w");
                    markdown.push_str(&word);
                    words.push(word);
                }
                markdown.push_str(part);
            }
            let body = manuscript(&markdown, Language::En);
            let mut read = body.paragraphs.clone();
            read.extend(body.headings.into_iter().map(|heading| heading.text));
            let read = read.join(" ");
            for word in words {
                prop_assert!(read.contains(&word), "{} of {:?} in {}", word, markdown, body.html);
                prop_assert!(body.html.contains(&word));
            }
        }
    }

    /// The folder of shared test material beside the project, where there is one.
    fn shared(path: &str) -> Option<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
        let found = root.parent()?.join("shared").join(path);
        found.exists().then_some(found)
    }

    #[test]
    fn known_attacks_are_text() {
        let mut count = 0;
        for pile in ["html-payloads", "markdown"] {
            let Some(archive) = shared(&format!("hostile/{pile}.tar.zst")) else {
                eprintln!("skipped: no shared/hostile/{pile}.tar.zst beside the project");
                return;
            };
            let folder = tempfile::tempdir().unwrap();
            let unpacked = Command::new("tar")
                .args(["--use-compress-program", "zstd", "-xf"])
                .arg(&archive)
                .arg("-C")
                .arg(folder.path())
                .status();
            if !unpacked.is_ok_and(|status| status.success()) {
                eprintln!("skipped: tar and zstd cannot unpack {}", archive.display());
                return;
            }
            for set in std::fs::read_dir(folder.path().join(pile)).unwrap() {
                let lines =
                    std::fs::read_to_string(set.unwrap().path().join("payloads.jsonl")).unwrap();
                for line in lines.lines() {
                    let payload: serde_json::Value = serde_json::from_str(line).unwrap();
                    let attack = payload["input"].as_str().unwrap();
                    check(attack);
                    check(&format!("a {attack}\n\n[a]({attack}) ![{attack}](x)\n\n- # {attack}"));
                    count += 1;
                }
            }
        }
        assert!(count > 2_000, "only {count} payloads were found");
    }
}
