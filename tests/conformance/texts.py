"""How much of a text is there: words and their F1, for everything that judges readers of documents."""

import collections
import re
import unicodedata


def words(text):
    """The words of a text, each counted; Chinese, character by character."""
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "").lower()
    return collections.Counter(re.findall(r"[\u2e80-\u9fff]|[^\W\u2e80-\u9fff]+", text))


def f1(found, expected):
    both = sum((found & expected).values())
    total = sum(found.values()) + sum(expected.values())
    return 2 * both / total if total else 1.0


def plain(markdown):
    """The words of docling's Markdown without its marks."""
    markdown = re.sub(r"<!--.*?-->", "", markdown, flags=re.S)
    markdown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    markdown = re.sub(r"\\([_*#])", r"\1", markdown)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        markdown = markdown.replace(entity, sign)
    return markdown
