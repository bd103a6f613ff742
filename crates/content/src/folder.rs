//! The files of the folder, read and counted; nothing of what they say is judged here.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read as _};
use std::path::Path;

use observatory_model::brief::BriefAddress;
use observatory_model::{Language, Series, Slug};

use crate::ContentError;
use crate::problem::Problem;

/// Largest file that is read, in bytes: 1 MiB; the longest piece has a hundredth of that.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Most files that are looked at; more would be another folder, given by mistake.
pub const MAX_FILES: usize = 2_000;

/// The files of a piece.
#[derive(Debug)]
pub(crate) struct PieceFiles {
    /// The piece, as its folder names it.
    pub(crate) address: BriefAddress,
    /// One file for each language, in the order of [`Language::ALL`].
    pub(crate) files: Vec<PieceFile>,
}

/// One language version of a piece, as written.
#[derive(Debug)]
pub(crate) struct PieceFile {
    /// Its path, relative to the folder.
    pub(crate) file: String,
    /// The language in its name.
    pub(crate) language: Language,
    /// What it says, with `\n` at the ends of lines.
    pub(crate) text: String,
}

/// Reads all pieces, by address.
pub(crate) fn read(folder: &Path) -> Result<(Vec<PieceFiles>, Vec<Problem>), ContentError> {
    let unavailable = |source| ContentError::Unavailable { folder: folder.to_path_buf(), source };
    let mut walk = Walk::default();
    for entry in entries(folder).map_err(unavailable)? {
        let name = name_of(&entry);
        match name.parse::<Series>() {
            Ok(series) if is_folder(&entry) => walk.series(series, &entry.path()),
            _ if name == "README.md" && is_file(&entry) => {}
            _ => walk.add(&name, None, "is neither a series nor README.md"),
        }
    }
    walk.pieces.sort_by(|one, other| one.address.cmp(&other.address));
    Ok((walk.pieces, walk.problems))
}

#[derive(Debug, Default)]
struct Walk {
    files: usize,
    pieces: Vec<PieceFiles>,
    problems: Vec<Problem>,
}

impl Walk {
    fn add(&mut self, file: &str, line: Option<usize>, what: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), line, what: what.into() });
    }

    fn entries(&mut self, folder: &Path, relative: &str) -> Vec<DirEntry> {
        entries(folder).unwrap_or_else(|error| {
            self.add(relative, None, format!("cannot be read: {error}"));
            Vec::new()
        })
    }

    fn series(&mut self, series: Series, folder: &Path) {
        for entry in self.entries(folder, series.slug()) {
            let name = name_of(&entry);
            let relative = format!("{series}/{name}");
            match name.parse::<Slug>() {
                Ok(slug) if is_folder(&entry) => {
                    self.piece(BriefAddress { series, slug }, &entry.path(), &relative);
                }
                Err(invalid) if is_folder(&entry) => self.add(&relative, None, invalid.to_string()),
                _ => self.add(&relative, None, "is no folder of a piece"),
            }
        }
    }

    fn piece(&mut self, address: BriefAddress, folder: &Path, relative: &str) {
        let mut files = Vec::new();
        for entry in self.entries(folder, relative) {
            let name = name_of(&entry);
            let file = format!("{relative}/{name}");
            self.files += 1;
            if self.files > MAX_FILES {
                if self.files == MAX_FILES + 1 {
                    self.add(
                        &file,
                        None,
                        format!("is one more than {MAX_FILES} files: the rest is not read"),
                    );
                }
                return;
            }
            let code = name.strip_prefix("index.").and_then(|rest| rest.strip_suffix(".md"));
            match code.and_then(|code| code.parse().ok()) {
                Some(language) if is_file(&entry) => {
                    if let Some(text) = self.text(&entry.path(), &file) {
                        files.push(PieceFile { file, language, text });
                    }
                }
                _ => self.add(
                    &file,
                    None,
                    "is no file index.LANGUAGE.md with one of the six languages",
                ),
            }
        }
        files.sort_by_key(|file| file.language);
        if !files.is_empty() {
            self.pieces.push(PieceFiles { address, files });
        } else if !self.problems.iter().any(|problem| problem.file.starts_with(relative)) {
            self.add(relative, None, "has no file index.LANGUAGE.md");
        }
    }

    /// What a file says; `None` when that cannot be known.
    fn text(&mut self, path: &Path, file: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let read = File::open(path)
            .and_then(|opened| opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            self.add(file, None, format!("cannot be read: {error}"));
            return None;
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
            self.add(file, None, format!("is larger than {MAX_FILE_BYTES} bytes"));
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
                let line = valid.filter(|byte| **byte == b'\n').count() + 1;
                self.add(file, Some(line), "is not UTF-8 from here on");
                return None;
            }
        };
        Some(self.plain_lines(text, file))
    }

    /// The text without what some editors put between lines and at the beginning.
    fn plain_lines(&mut self, text: String, file: &str) -> String {
        let (text, marked) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest.to_owned(), true),
            None => (text, false),
        };
        if marked {
            self.add(file, Some(1), "begins with a byte order mark; save it as UTF-8 without");
        }
        if !text.contains('\r') {
            return text;
        }
        let line = text.split('\n').position(|line| line.contains('\r')).unwrap_or_default() + 1;
        self.add(file, Some(line), "ends its lines with CR LF; save it with LF");
        text.replace("\r\n", "\n").replace('\r', "\n")
    }
}

/// What a folder contains, by name.
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

fn name_of(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

/// Whether it is a folder itself, not a link to one.
fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

/// Whether it is a file itself, not a link to one, nor a pipe or device.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path) -> Vec<String> {
        let (_, problems) = read(folder).unwrap();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_does_not_belong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("future-vision/a-b")).unwrap();
        fs::create_dir_all(path("future-vision/Bad Name")).unwrap();
        fs::create_dir_all(path("future-vision/empty")).unwrap();
        fs::create_dir_all(path("news")).unwrap();
        for name in
            ["README.md", "notes.txt", "future-vision/x.md", "future-vision/a-b/index.en.md"]
        {
            fs::write(path(name), "x").unwrap();
        }
        fs::write(path("future-vision/a-b/index.de.md"), "x").unwrap();
        fs::write(path("future-vision/a-b/index.fr.md"), b"a\nb\xff").unwrap();
        fs::write(path("future-vision/a-b/index.es.md"), "\u{feff}a\nb\r\n").unwrap();
        fs::write(path("future-vision/a-b/index.ru.md"), vec![b'x'; 1024 * 1024 + 1]).unwrap();
        assert_eq!(
            found(folder.path()),
            [
                "future-vision/Bad Name: a slug has 1 to 80 lower-case letters a-z, digits and single hyphens between them",
                "future-vision/a-b/index.de.md: is no file index.LANGUAGE.md with one of the six languages",
                "future-vision/a-b/index.es.md:1: begins with a byte order mark; save it as UTF-8 without",
                "future-vision/a-b/index.es.md:2: ends its lines with CR LF; save it with LF",
                "future-vision/a-b/index.fr.md:2: is not UTF-8 from here on",
                "future-vision/a-b/index.ru.md: is larger than 1048576 bytes",
                "future-vision/empty: has no file index.LANGUAGE.md",
                "future-vision/x.md: is no folder of a piece",
                "news: is neither a series nor README.md",
                "notes.txt: is neither a series nor README.md",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let piece = folder.path().join("learning-labs/a");
        fs::create_dir_all(&piece).unwrap();
        fs::write(folder.path().join("README.md"), "secret").unwrap();
        std::os::unix::fs::symlink("../../README.md", piece.join("index.en.md")).unwrap();
        std::os::unix::fs::symlink(&piece, folder.path().join("learning-labs/b")).unwrap();
        let (pieces, problems) = read(folder.path()).unwrap();
        assert!(pieces.is_empty());
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn too_many_files_are_named_once() {
        let folder = tempfile::tempdir().unwrap();
        for language in ["en", "es", "fr"] {
            fs::write(folder.path().join(format!("index.{language}.md")), "x").unwrap();
        }
        let mut walk = Walk { files: MAX_FILES - 1, ..Walk::default() };
        let address = "learning-labs/a".parse().unwrap();
        walk.piece(address, folder.path(), "learning-labs/a");
        walk.piece("learning-labs/b".parse().unwrap(), folder.path(), "learning-labs/b");
        let found = walk.problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            found,
            ["learning-labs/a/index.es.md: is one more than 2000 files: the rest is not read"]
        );
        assert!(walk.pieces.is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = read(Path::new("/nowhere/at/all")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the content folder /nowhere/at/all");
    }
}
