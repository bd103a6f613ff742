//! Plain text: paragraphs by empty lines, headings by their underlines or numbers.

use observatory_model::paper::PaperFormat;

use super::{Draft, TEXT};

/// Reads plain text.
pub(crate) fn read(text: &str) -> Draft {
    let mut draft = Draft::new(PaperFormat::Text);
    let mut first = true;
    for block in blocks(text) {
        let line = crate::plain::one_line(&block, 200_000);
        if let Some(heading) = underlined(&block) {
            draft.head(&heading, if first { 1 } else { 2 });
        } else if first && is_title(&block) {
            draft.add(&line, TEXT + 6.0);
        } else if is_numbered_heading(&block) {
            draft.head(&line, 2);
        } else {
            draft.add(&line, TEXT);
        }
        first = false;
    }
    draft
}

/// What stands between empty lines and page breaks.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.split(['\n', '\u{c}']) {
        let line = line.trim_end_matches('\r');
        match blocks.last_mut() {
            Some(block) if !line.trim().is_empty() => {
                block.push_str(line);
                block.push('\n');
            }
            Some(block) if !block.is_empty() => blocks.push(String::new()),
            _ => {}
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

/// `Heading` above a line of `===` or `---`.
fn underlined(block: &str) -> Option<String> {
    let mut lines = block.lines();
    let (heading, rule) = (lines.next()?, lines.next()?);
    let is_rule =
        rule.trim().len() >= 3 && rule.trim().chars().all(|c| matches!(c, '=' | '-' | '~'));
    (is_rule && lines.next().is_none()).then(|| heading.trim().to_owned())
}

fn is_title(block: &str) -> bool {
    block.lines().count() <= 3 && block.len() <= 300 && !block.trim_end().ends_with('.')
}

/// `3.1 Results`: short, numbered, without the end of a sentence.
fn is_numbered_heading(block: &str) -> bool {
    let line = block.trim();
    let numbered = line.split_once(' ').is_some_and(|(number, rest)| {
        let number = number.trim_end_matches('.');
        !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit() || c == '.')
            && rest.trim_start().chars().next().is_some_and(char::is_uppercase)
    });
    numbered && block.lines().count() == 1 && line.len() < 100 && !line.ends_with(['.', ';', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_told_from_text() {
        let draft = read("A report\n\nOne\ntwo.\n\n1.1 Results\n\nThree.\r\n\r\nEnd\n===\n\nfour");
        let parts = draft.parts.iter().map(|part| (part.heading.as_deref(), part.text.as_str()));
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [(None, "One two."), (Some("1.1 Results"), "Three."), (Some("End"), "four")]
        );
        assert_eq!(draft.opening[0].text, "A report");
    }
}
