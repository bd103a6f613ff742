//! Signs of a text that mean something in HTML, written so that they mean nothing.

/// Whether a byte of a text stands for itself and for nothing else, whatever stands around it.
pub(crate) const fn is_plain(byte: u8) -> bool {
    // A space that does not break begins with 0xc2.
    !matches!(byte, b'&' | b'<' | b'>' | b'\r' | b'\0' | 0xc2)
}

/// Writes text so that no sign of it means anything, as serializers of HTML do (HTML §13.3).
pub(crate) fn escape(text: &str, html: &mut String) {
    for piece in text.split_inclusive(['&', '<', '>', '\u{a0}']) {
        let mut plain = piece.chars();
        let (plain, escaped) = match plain.next_back() {
            Some('&') => (plain.as_str(), "&amp;"),
            Some('<') => (plain.as_str(), "&lt;"),
            Some('>') => (plain.as_str(), "&gt;"),
            Some('\u{a0}') => (plain.as_str(), "&nbsp;"),
            _ => (piece, ""),
        };
        html.push_str(plain);
        html.push_str(escaped);
    }
}

/// Writes the value of an attribute between double quotes.
pub(crate) fn quote(value: &str, html: &mut String) {
    for piece in value.split_inclusive(['&', '"', '<', '>']) {
        let (plain, escaped) = match piece.bytes().next_back() {
            Some(b'&') => (piece.strip_suffix('&'), "&amp;"),
            Some(b'"') => (piece.strip_suffix('"'), "&quot;"),
            Some(b'<') => (piece.strip_suffix('<'), "&lt;"),
            Some(b'>') => (piece.strip_suffix('>'), "&gt;"),
            _ => (None, ""),
        };
        html.extend([plain.unwrap_or(piece), escaped]);
    }
}
