//! Character references of HTML (`&eacute;`, `&#233;`) become the characters they stand for.

use std::borrow::Cow;
use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// `text` with its character references resolved as browsers resolve them (HTML §13.5).
pub(crate) fn resolve(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    // What looks like a tag here is text: only references are to be read.
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text.replace('<', "&lt;").as_str()));
    let tokenizer = Tokenizer::new(Characters::default(), TokenizerOpts::default());
    // Only scripts make the tokenizer stop early, and there are no tags.
    let _done = tokenizer.feed(&input);
    tokenizer.end();
    Cow::Owned(tokenizer.sink.0.take())
}

#[derive(Default)]
struct Characters(RefCell<String>);

impl TokenSink for Characters {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::CharacterTokens(text) = token {
            self.0.borrow_mut().push_str(&text);
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters() {
        for (text, expected) in [
            ("caf&eacute; &#233;&#xE9; &amp;amp;", "café éé &amp;"),
            ("AT&T &copy 2026 &nosuch; &", "AT&T © 2026 &nosuch; &"),
            ("1 < 2 &lt;b> </x>", "1 < 2 <b> </x>"),
            ("&#0;&#x110000;&#128;", "\u{fffd}\u{fffd}€"),
            ("none", "none"),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
