//! The part of front matter that is translated.

use observatory_model::{Language, Series};
use observatory_text::count_words;

use crate::fields::{Fields, Need};

const MAX_TITLE_CHARS: usize = 120;
const MAX_STANDFIRST_CHARS: usize = 300;
const MAX_BOTTOM_LINE_WORDS: u32 = 60;
/// Two Chinese characters say about as much as one English word.
const MAX_BOTTOM_LINE_CHARACTERS: u32 = 120;
/// Of a question, an unknown, a reason: what is longer belongs into the body.
const MAX_LINE_CHARS: usize = 600;

/// What front matter says in the words of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) standfirst: String,
    pub(crate) bottom_line: Option<String>,
    pub(crate) questions: Vec<String>,
    pub(crate) unknowns: Vec<String>,
    pub(crate) confidence_why: Option<String>,
}

/// How many items a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Any,
    AtLeast(usize),
    Exactly(usize),
}

/// Which words have to be there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    bottom_line: Need,
    confidence_why: Need,
    questions: Count,
    unknowns: Count,
    /// Who says how many items there are.
    whose: &'static str,
}

impl Rules {
    /// What a series asks of an original.
    pub(crate) const fn of_series(series: Series) -> Self {
        Self {
            bottom_line: if series.needs_bottom_line() { Need::Required } else { Need::Optional },
            confidence_why: if series.needs_confidence() { Need::Required } else { Need::Refused },
            questions: if series.needs_bottom_line() { Count::Exactly(3) } else { Count::Any },
            unknowns: if series.needs_confidence() { Count::AtLeast(2) } else { Count::Any },
            whose: "this series",
        }
    }

    /// What a translation has to translate.
    pub(crate) fn of_original(words: &Words) -> Self {
        let need = |has: bool| if has { Need::Required } else { Need::Refused };
        Self {
            bottom_line: need(words.bottom_line.is_some()),
            confidence_why: need(words.confidence_why.is_some()),
            questions: Count::Exactly(words.questions.len()),
            unknowns: Count::Exactly(words.unknowns.len()),
            whose: "the original",
        }
    }
}

/// Reads the words; `None` when any of them is missing or wrong.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    language: Language,
    rules: &Rules,
) -> Option<Words> {
    let title = fields.text("title", Need::Required, MAX_TITLE_CHARS);
    let standfirst = fields.text("standfirst", Need::Required, MAX_STANDFIRST_CHARS);
    let has_bottom_line = fields.has("bottom_line");
    let bottom_line = fields.text("bottom_line", rules.bottom_line, 10 * MAX_LINE_CHARS);
    let bottom_line_fits = match &bottom_line {
        Some(text) => fits(fields, text, language),
        None => !has_bottom_line && rules.bottom_line != Need::Required,
    };
    let has_why = fields.has("confidence_why");
    let confidence_why = fields.text("confidence_why", rules.confidence_why, MAX_LINE_CHARS);
    let why_fits = confidence_why.is_some() || (!has_why && rules.confidence_why != Need::Required);
    let questions = counted(fields, "questions", rules.questions, rules.whose);
    let unknowns = counted(fields, "unknowns", rules.unknowns, rules.whose);
    let words = Words {
        title: title?,
        standfirst: standfirst?,
        bottom_line,
        questions: questions?,
        unknowns: unknowns?,
        confidence_why,
    };
    (bottom_line_fits && why_fits).then_some(words)
}

/// Whether the bottom line is short enough; notes when not.
fn fits(fields: &mut Fields<'_, '_>, text: &str, language: Language) -> bool {
    let (unit, most) = match language {
        Language::Zh => ("characters", MAX_BOTTOM_LINE_CHARACTERS),
        _ => ("words", MAX_BOTTOM_LINE_WORDS),
    };
    let count = count_words(text, language);
    if count > most {
        let more = count - most;
        fields.add(
            "bottom_line",
            format_args!("has {count} {unit}, {more} more than the {most} it may have"),
        );
    }
    count <= most
}

fn counted(
    fields: &mut Fields<'_, '_>,
    key: &str,
    count: Count,
    whose: &str,
) -> Option<Vec<String>> {
    let need = match count {
        Count::Any | Count::Exactly(0) => Need::Optional,
        Count::AtLeast(_) | Count::Exactly(_) => Need::Required,
    };
    let texts = fields.texts(key, need, MAX_LINE_CHARS)?;
    let found = texts.len();
    let misfit = match count {
        Count::AtLeast(least) if found < least => {
            format!("has {found} items; {whose} asks for {least} at least")
        }
        Count::Exactly(wanted) if found != wanted => {
            format!("has {found} items; {whose} has {wanted}")
        }
        _ => return Some(texts),
    };
    fields.add(key, misfit);
    None
}
