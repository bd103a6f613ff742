//! The body of a file, rendered, its problems on the lines of the file.

use observatory_model::{Language, Slug};
use observatory_text::markdown::{Rendered, render};

use crate::problem::Problems;

/// Most words of a piece: with more, its page no longer fits what is sent in one go, and nobody reads
/// it before a meeting. Chinese counts characters, of which a piece has about twice as many.
const MOST_WORDS: u32 = 5_000;

/// Words from which on a text is long enough to tell its language.
const WORDS_OF_A_LANGUAGE: u32 = 60;

/// The Markdown of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    /// Its text.
    pub(crate) markdown: &'a str,
    /// The number of the line before it.
    pub(crate) offset: usize,
    /// The language it should be in.
    pub(crate) language: Language,
}

impl Body<'_> {
    /// Renders it, its lines counted in the file; `None` when it has problems, which are noted.
    pub(crate) fn render(
        &self,
        evidence: &[Slug],
        problems: &mut Problems<'_>,
    ) -> Option<Rendered> {
        match render(self.markdown, self.language, evidence) {
            Ok(mut rendered) => {
                let lines = rendered.links.iter_mut().map(|link| &mut link.line);
                let lines = lines.chain(rendered.citations.iter_mut().map(|cited| &mut cited.line));
                for line in lines.chain(&mut rendered.block_lines) {
                    *line += self.offset;
                }
                Some(rendered)
            }
            Err(found) => {
                for problem in found {
                    problems.add(problem.line + self.offset, problem.what.to_string());
                }
                None
            }
        }
    }

    /// Notes when the text is in another language than the name of its file says.
    pub(crate) fn check_language(&self, rendered: &Rendered, problems: &mut Problems<'_>) {
        if rendered.body.words < WORDS_OF_A_LANGUAGE {
            return;
        }
        let text = rendered.body.paragraphs.join("\n");
        if let Some(found) = observatory_text::detect(&text)
            && found.language != Some(self.language)
        {
            let what = format!("the body is in the language {}, not {}", found.code, self.language);
            problems.add(self.offset + 1, what);
        }
    }

    /// Notes when there is nothing to read, or too much.
    pub(crate) fn check_length(&self, rendered: &Rendered, problems: &mut Problems<'_>) {
        let words = rendered.body.words;
        if words == 0 {
            problems.add(self.offset + 1, "the body has no words".to_owned());
        } else if words > MOST_WORDS {
            let what = format!("the body has {words} words; a piece has at most {MOST_WORDS}");
            problems.add(self.offset + 1, what);
        }
    }
}
