//! PDF: its pages become text in the order in which people read them.
//!
//! `hayro` reads the file and its fonts; what a page draws is taken down glyph by glyph and put in
//! order here, since a PDF says where letters stand and not what they belong to. Why this reader:
//! `deploy/decisions/0007-pdf-reader.md`.

mod device;
mod metadata;
mod paragraphs;
mod pieces;
mod rows;

use std::cmp::Reverse;

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, interpret_page};
use observatory_model::paper::{Paper, PaperFormat, PaperPart, Unreadable, UnreadableReason};

use self::device::Glyphs;
use self::rows::Row;
use super::{Draft, Opening};

/// Pages from whose paragraphs the facts are read.
const OPENING_PAGES: u32 = 3;

/// Reads a PDF.
pub(crate) fn read(bytes: &[u8]) -> Result<Draft, Unreadable> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(refusal)?;
    let mut draft = Draft::new(PaperFormat::Pdf);
    draft.said = metadata::read(&pdf);
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings::default();
    let (mut pages, mut text, mut unknown, mut images) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    for page in pdf.pages().iter() {
        if pages.len() >= Paper::MAX_PARTS || text > Paper::MAX_TEXT {
            draft.cut = true;
            break;
        }
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        let matrix = Affine::new(page.initial_transform(true).as_coeffs());
        let frame = Rect::new(0.0, 0.0, width, height);
        let mut context = Context::new(matrix, frame, &cache, page.xref(), settings.clone());
        let mut glyphs = Glyphs::new(width, height);
        interpret_page(page, &mut context, &mut glyphs);
        unknown += glyphs.unknown;
        images += glyphs.images;
        let rows = rows_of(&glyphs);
        text += rows.iter().map(|row| row.text.len()).sum::<usize>();
        pages.push(rows);
    }
    if text == 0 {
        return Err(nothing(pages.len(), unknown, images));
    }
    take(&mut draft, paragraphs::pages(pages));
    Ok(draft)
}

/// The rows of a page: first those of the direction that has most letters.
fn rows_of(glyphs: &Glyphs) -> Vec<Row> {
    let mut turns = pieces::pieces(&glyphs.drawn).into_iter().collect::<Vec<_>>();
    turns.sort_by_key(|(turn, pieces)| {
        (Reverse(pieces.iter().map(pieces::Piece::len).sum::<usize>()), *turn)
    });
    turns.into_iter().flat_map(|(_, pieces)| rows::rows(pieces)).collect()
}

fn take(draft: &mut Draft, pages: Vec<paragraphs::Read>) {
    for (number, page) in (1_u32..).zip(pages) {
        if number <= OPENING_PAGES {
            draft.opening.extend(page.paragraphs.iter().map(|paragraph| Opening {
                page: Some(number),
                text: paragraph.text.clone(),
                size: paragraph.size,
            }));
        }
        let texts = page.paragraphs.into_iter().map(|paragraph| paragraph.text);
        draft.parts.push(PaperPart {
            page: Some(number),
            heading: None,
            text: texts.collect::<Vec<_>>().join("\n\n"),
            margin: page.margin.join("\n"),
        });
    }
}

/// Why a PDF without text has none.
fn nothing(pages: usize, unknown: usize, images: usize) -> Unreadable {
    if unknown > 0 {
        let what = format!("{unknown} glyphs, and nothing tells which letters they are");
        Unreadable::new(UnreadableReason::Scanned, what)
    } else if images > 0 {
        Unreadable::new(
            UnreadableReason::Scanned,
            format!("{pages} pages, {images} pictures, no letters"),
        )
    } else {
        Unreadable::new(UnreadableReason::Empty, format!("{pages} pages without letters"))
    }
}

fn refusal(error: LoadPdfError) -> Unreadable {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            Unreadable::new(UnreadableReason::Encrypted, "it asks for a password")
        }
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => Unreadable::new(
            UnreadableReason::Encrypted,
            "it is encrypted in a way that is not known",
        ),
        LoadPdfError::Decryption(error) => Unreadable::new(
            UnreadableReason::Broken,
            format!("its encryption is damaged: {error:?}"),
        ),
        LoadPdfError::Invalid => Unreadable::new(
            UnreadableReason::Broken,
            "it begins as a PDF and has no readable structure",
        ),
    }
}
