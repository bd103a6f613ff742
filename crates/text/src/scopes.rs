//! Which elements of HTML stand in which, as far as browsers close one for another (HTML §13.2).

/// Whether an element may stand in a paragraph.
pub(crate) fn is_in_line(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "br"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "rp"
            | "rt"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
    )
}

/// The parts of a table.
pub(crate) fn is_of_table(name: &str) -> bool {
    is_between_cells(name) || matches!(name, "td" | "th" | "caption")
}

/// The parts of a table that hold nothing but other parts.
pub(crate) fn is_between_cells(name: &str) -> bool {
    matches!(name, "thead" | "tbody" | "tfoot" | "tr")
}

/// What ends the search for an open element (the scopes of HTML §13.2.4.2, as far as they are kept).
pub(crate) fn is_boundary(name: &str) -> bool {
    name == "table" || is_of_table(name)
}

/// What ends the search for the item that another item closes (HTML §13.2.6.4.7).
pub(crate) fn ends_search_for_item(name: &str) -> bool {
    !is_in_line(name) && !matches!(name, "div" | "p")
}

pub(crate) fn is_heading(name: &str) -> bool {
    matches!(name, "h3" | "h4" | "h5" | "h6")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_a_search_and_letters_do_not() {
        for name in ["table", "td", "th", "caption", "tr", "tbody"] {
            assert!(is_boundary(name) && ends_search_for_item(name), "{name}");
        }
        for name in ["b", "a", "rt"] {
            assert!(
                is_in_line(name) && !is_boundary(name) && !ends_search_for_item(name),
                "{name}"
            );
        }
        assert!(!ends_search_for_item("div") && ends_search_for_item("blockquote"));
    }
}
