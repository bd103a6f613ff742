//! The door to the `content/` folder: files that editors wrote become pieces, or a list of all that
//! is wrong with them.
//!
//! A piece is a folder `SERIES/SLUG` with one file `index.LANGUAGE.md` per language: front matter
//! (YAML between `---` or TOML between `+++`) and a body in Markdown. One of the files is the
//! original and says everything; the others translate its words and inherit the rest.

mod body;
mod evidence;
mod facts;
mod fields;
mod folder;
mod front_matter;
mod key_lines;
mod links;
mod piece;
mod problem;
mod translations;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use observatory_model::brief::Brief;

pub use folder::{MAX_FILE_BYTES, MAX_FILES};
pub use problem::Problem;

/// The folder cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// It is not there, is no folder, or may not be opened.
    #[error("cannot read the content folder {}", folder.display())]
    Unavailable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The pieces of a folder, one for each language version, by address and language; and everything
/// that is wrong with the folder, by file and line.
///
/// The pieces are fit to be published only when there is no problem: a piece with problems may be
/// missing among them. At most [`MAX_FILES`] files of [`MAX_FILE_BYTES`] are read; no symbolic link
/// is followed.
///
/// # Errors
/// [`ContentError::Unavailable`] when the folder itself cannot be read.
pub fn read(folder: &Path) -> Result<(Vec<Brief>, Vec<Problem>), ContentError> {
    let (pieces, mut problems) = folder::read(folder)?;
    let mut drafts = Vec::new();
    for piece in &pieces {
        drafts.extend(piece::read(piece, &mut problems));
    }
    let addresses = pieces.iter().map(|piece| &piece.address).collect::<Vec<_>>();
    links::check(&drafts, &addresses, &mut problems);
    problems.sort();
    problems.dedup();
    Ok((drafts.into_iter().map(|draft| draft.brief).collect(), problems))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use observatory_model::Language;
    use observatory_model::brief::Audience;
    use tempfile::TempDir;

    use super::*;

    const ENGLISH: &str = "The network carries the words of every country, and the rules for it are \
                           made by all of them together in Geneva. ";
    const FRENCH: &str = "Le réseau porte les paroles de tous les pays, et ses règles sont faites \
                          par eux tous ensemble à Genève. ";

    const ORIGINAL_HEAD: &str = r#"---
title: "A title"
standfirst: "A sentence."
bottom_line: "The words of a hurried reader."
questions:
  - "One?"
  - "Two?"
  - "Three?"
authors: ["Observatory editorial team"]
published: 2026-11-24
version: 2
original: en
topics: [skills, data]
confidence: low
confidence_why: "Because."
unknowns:
  - "This"
  - "That"
related: [learning-labs/b]
evidence:
  - id: first
    title: "First"
    publisher: "ITU"
    url: https://www.itu.int/a
    date: 1992
    language: en
    quote: "Words"
    verified: true
  - id: second
    title: "Second"
    publisher: "UN"
    url: https://www.un.org/b
    language: fr
    verified: false
---
"#;

    const TRANSLATION_HEAD: &str = r#"---
title: "Un titre"
standfirst: "Une phrase."
bottom_line: "Les mots."
questions: ["Un ?", "Deux ?", "Trois ?"]
confidence_why: "Parce que."
unknowns: ["Ceci", "Cela"]
translation:
  version: 2
  reviewed: false
---
"#;

    const LAB_HEAD: &str = r#"+++
title = "A lab"
standfirst = "A sentence."
authors = ["Observatory editorial team"]
published = 2026-11-24
version = 1
original = "en"
topics = ["skills"]
+++
"#;

    fn body(filler: &str, heading: &str) -> String {
        let filler = filler.repeat(16);
        format!(
            "{filler}[^second]\n\n## {heading}\n\n{filler}[^first][^second] \
             [→](/learning-labs/b#p1)\n\n- {filler}\n- [→](#p2)\n"
        )
    }

    /// A folder of three good files, after `edit` has replaced text in one of them.
    fn folder(file: &str, from: &str, to: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let good = [
            ("future-vision/a/index.en.md", format!("{ORIGINAL_HEAD}{}", body(ENGLISH, "Why"))),
            (
                "future-vision/a/index.fr.md",
                format!("{TRANSLATION_HEAD}{}", body(FRENCH, "Pourquoi")),
            ),
            ("learning-labs/b/index.en.md", format!("{LAB_HEAD}{}\n", ENGLISH.repeat(40))),
        ];
        for (name, text) in good {
            let edited = if name == file {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            } else {
                text
            };
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, edited).unwrap();
        }
        folder
    }

    fn problems(file: &str, from: &str, to: &str) -> Vec<String> {
        let (_, problems) = read(folder(file, from, to).path()).unwrap();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn good_pieces_are_read_whole() {
        let (briefs, problems) = read(folder("", "", "").path()).unwrap();
        assert_eq!(problems, []);
        let [english, french, lab] = briefs.as_slice() else { panic!("{}", briefs.len()) };
        assert_eq!(english.address.to_string(), "future-vision/a");
        assert_eq!((english.language, english.translation), (Language::En, None));
        assert_eq!(english.confidence.as_ref().unwrap().1, "Because.");
        assert_eq!(english.body.paragraphs.len(), 3);
        let evidence =
            english.evidence.iter().map(|item| (item.id.as_str(), item.cited_in.clone()));
        // In the order of the first citation, not of the front matter.
        assert_eq!(evidence.collect::<Vec<_>>(), [("second", vec![1, 2]), ("first", vec![2])]);
        assert!(english.body.html.contains("href=#e-second>[1]</a></sup>"));
        assert_eq!(english.evidence[1].date.as_deref(), Some("1992"));
        assert_eq!((french.language, french.original), (Language::Fr, Language::En));
        assert_eq!(french.translation.map(|made| (made.version, made.reviewed)), Some((2, false)));
        assert_eq!((french.title.as_str(), french.version), ("Un titre", 2));
        assert_eq!(french.authors, english.authors);
        assert!(french.body.html.contains("<a href=/fr/learning-labs/b#p1>"));
        assert_eq!(lab.published.date(), "2026-11-24");
        assert_eq!(lab.evidence, []);
    }

    /// Each row: what is replaced in the original, by what, and the problem this gives.
    fn check(rows: &[(&str, &str, &str)]) {
        let file = "future-vision/a/index.en.md";
        for (from, to, expected) in rows {
            assert_eq!(problems(file, from, to), [format!("{file}:{expected}")], "{from} → {to}");
        }
    }

    /// A text that is too long, and the end of its quotation.
    fn long(count: usize) -> String {
        format!("{}\"", "x".repeat(count))
    }

    #[test]
    fn words_have_their_lengths() {
        check(&[
            (
                "A title\"",
                &long(121),
                "2: title has 121 characters, 1 more than the 120 it may have",
            ),
            (
                "A sentence.\"",
                &long(301),
                "3: standfirst has 301 characters, 1 more than the 300 it may have",
            ),
            ("title: \"A title\"\n", "", "1: title is missing"),
            ("\"A title\"", "\" \"", "2: title is empty"),
            ("\"A title\"", "[x]", "2: title is no text; put it between quotation marks"),
            (
                "A title",
                "A \\n title",
                "2: title has a line break, a control character, or one that overrides the direction of text",
            ),
            (
                "The words of",
                &"word ".repeat(58),
                "4: bottom_line has 61 words, 1 more than the 60 it may have",
            ),
            ("bottom_line: \"The words of a hurried reader.\"\n", "", "1: bottom_line is missing"),
            ("  - \"Two?\"\n", "", "5: questions has 2 items; this series has 3"),
            ("  - \"Two?\"", "  - 2", "7: questions 2 is no text; put it between quotation marks"),
            ("confidence_why: \"Because.\"\n", "", "1: confidence_why is missing"),
            ("  - \"That\"\n", "", "16: unknowns has 1 items; this series asks for 2 at least"),
        ]);
    }

    #[test]
    fn facts_are_of_their_kind() {
        check(&[
            (
                "2026-11-24",
                "24.11.2026",
                "10: published is \"24.11.2026\": a time is written as 2026-11-24 or 2026-11-24T09:30:00Z",
            ),
            ("version: 2", "version: 0", "11: version is no whole number from 1"),
            ("original: en", "original: fr", "12: original is fr, but this file is index.en.md"),
            (
                "skills, data",
                "skills, Data",
                "13: topics 2 is \"Data\": a slug has 1 to 80 lower-case letters a-z, digits and single hyphens between them",
            ),
            ("skills, data", "skills, skills", "13: topics 2 is named twice"),
            ("[skills, data]", "[]", "13: topics names none"),
            (
                "confidence: low",
                "confidence: none",
                "14: confidence is \"none\": it is high, medium or low",
            ),
            (
                "learning-labs/b]",
                "learning-labs/c]",
                "19: related names learning-labs/c, which is no piece",
            ),
            (
                "learning-labs/b]",
                "future-vision/a]",
                "19: related names future-vision/a, which is this piece",
            ),
            (
                "learning-labs/b]",
                "b]",
                "19: related 1 is \"b\": a piece is named SERIES/SLUG, such as demystifying-digital/itu-101",
            ),
            (
                "published:",
                "audience: staff\npublished:",
                "10: audience is \"staff\": an audience is public or members",
            ),
            ("authors: [\"Observatory editorial team\"]", "authors: []", "9: authors names nobody"),
            ("authors:", "tags: [x]\nauthors:", "9: tags is no key of an original"),
        ]);
    }

    #[test]
    fn evidence_and_links_can_be_followed() {
        check(&[
            ("    publisher: \"UN\"\n", "", "29: evidence 2: publisher is missing"),
            (
                "https://www.un.org/b",
                "www.un.org",
                "32: evidence 2: url is \"www.un.org\": an address begins with http:// or https://, has no user name and at most 2048 bytes",
            ),
            (
                "date: 1992",
                "date: May",
                "25: evidence 1: date is none: write YYYY, YYYY-MM or YYYY-MM-DD, or leave the key out",
            ),
            (
                "language: fr",
                "language: French",
                "33: evidence 2: language has to be a language tag such as en or zh-Hans",
            ),
            (
                "verified: false",
                "verified: maybe",
                "34: evidence 2: verified is neither true nor false",
            ),
            (
                "verified: false",
                "verified: false\n    note: x",
                "35: evidence 2: note is no key of evidence",
            ),
            (
                "quote: \"Words\"",
                &format!("quote: \"{}", long(301)),
                "27: evidence 1: quote has 301 characters, 1 more than the 300 it may have",
            ),
            (
                "/learning-labs/b#p1",
                "/learning-labs/b#p2",
                "40: the link \"/learning-labs/b#p2\" leads to a place that learning-labs/b does not have: it has #p1 to #p1 and #s1 to #s0",
            ),
            (
                "/learning-labs/b#p1",
                "/learning-labs/c",
                "40: the link \"/learning-labs/c\" leads to learning-labs/c, which is no piece",
            ),
            (
                "/learning-labs/b#p1",
                "/news",
                "40: the link \"/news\" leads to no piece: write /series/slug",
            ),
            (
                "(#p2)",
                "(#p02)",
                "43: the link \"#p02\" leads to a place that future-vision/a does not have: it has #p1 to #p3 and #s1 to #s1",
            ),
        ]);
    }

    #[test]
    fn evidence_and_citations_belong_together() {
        let file = "future-vision/a/index.en.md";
        for (from, to, expected) in [
            (
                "[^first]",
                "",
                [
                    "en.md:21: evidence first is never cited",
                    "fr.md:16: ¶ 2 cites first; the original does not",
                ],
            ),
            (
                "id: first",
                "id: second",
                [
                    "en.md:29: evidence 2: id second is used twice",
                    "en.md:40: [^first] is not in the evidence",
                ],
            ),
        ] {
            let found = problems(file, from, to);
            for expected in expected {
                assert!(found.iter().any(|problem| problem.contains(expected)), "{found:#?}");
            }
        }
        let uncited = problems(file, "[^second]\n", "\n");
        assert_eq!(
            uncited,
            ["future-vision/a/index.fr.md:12: ¶ 1 cites second; the original does not"]
        );
    }

    #[test]
    fn a_translation_says_what_its_original_says() {
        let file = "future-vision/a/index.fr.md";
        for (from, to, expected) in [
            ("\"Deux ?\", ", "", "5: questions has 2 items; the original has 3"),
            (", \"Cela\"", "", "7: unknowns has 1 items; the original has 2"),
            ("bottom_line: \"Les mots.\"\n", "", "1: bottom_line is missing"),
            (
                "translation:",
                "version: 2\ntranslation:",
                "8: version is no key of a translation: it inherits what is not words from the original",
            ),
            ("version: 2", "version: 3", "9: version is 3, but the original has version 2"),
            ("  reviewed: false\n", "", "8: translation: reviewed is missing"),
            (
                "## Pourquoi",
                "Pourquoi",
                "14: ¶ 2 differs: a paragraph stands where the original has a heading of level 2",
            ),
            (
                "\n- [→](#p2)\n",
                "\n\nEncore.\n\n> Fin.\n",
                "20: ¶ 4 differs: a paragraph stands where the original ends",
            ),
            ("[^first][^second]", "[^second]", "16: ¶ 2 does not cite first, as the original does"),
            ("[^first]", "[^third]", "16: [^third] is not in the evidence"),
        ] {
            let found = problems(file, from, to);
            let expected =
                format!("{file}:{expected}").replace(":9: version", ":9: translation: version");
            assert_eq!(found, [expected], "{from} → {to}");
        }
        let english = problems(file, FRENCH, &ENGLISH.repeat(40));
        assert_eq!(english, [format!("{file}:12: the body is in the language en, not fr")]);
    }

    #[test]
    fn what_is_for_members_is_so_in_every_language_and_no_public_piece_tells_of_it() {
        let file = "future-vision/a/index.en.md";
        let folder = folder(file, "version: 2", "version: 2\naudience: members");
        let (briefs, wrong) = read(folder.path()).unwrap();
        assert_eq!(wrong, []);
        let whom = briefs.iter().map(|brief| (brief.address.slug.as_str(), brief.audience));
        let expected =
            [("a", Audience::Members), ("a", Audience::Members), ("b", Audience::Public)];
        assert_eq!(whom.collect::<Vec<_>>(), expected);

        let file = "learning-labs/b/index.en.md";
        let found = problems(file, "version = 1", "version = 1\naudience = \"members\"");
        let told = "which is for members only";
        let link = format!("the link \"/learning-labs/b#p1\" leads to learning-labs/b, {told}");
        let expected = [
            format!("future-vision/a/index.en.md:19: related names learning-labs/b, {told}"),
            format!("future-vision/a/index.en.md:40: {link}"),
            format!("future-vision/a/index.fr.md:16: {link}"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_older_translation_may_differ() {
        let folder = folder("future-vision/a/index.fr.md", "version: 2", "version: 1");
        let file = folder.path().join("future-vision/a/index.fr.md");
        let text = fs::read_to_string(&file).unwrap().replace("## Pourquoi", "Pourquoi");
        fs::write(file, text).unwrap();
        let (briefs, problems) = read(folder.path()).unwrap();
        assert_eq!(problems, []);
        assert_eq!(briefs.len(), 3);
    }

    #[test]
    fn a_piece_has_one_original() {
        let folder = folder("", "", "");
        fs::remove_file(folder.path().join("future-vision/a/index.en.md")).unwrap();
        let (_, problems) = read(folder.path()).unwrap();
        assert_eq!(
            problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "future-vision/a/index.fr.md:1: translates an original that is not there: no file has the key original"
            ]
        );
    }

    #[test]
    fn bodies_have_their_length() {
        let file = "learning-labs/b/index.en.md";
        let filler = ENGLISH.repeat(20);
        let found = problems(file, &filler, &filler.repeat(12));
        assert_eq!(
            found,
            [format!("{file}:10: the body has 5720 words; a piece has at most 5000")]
        );
    }

    #[test]
    fn all_problems_come_at_once() {
        let folder = folder("future-vision/a/index.en.md", "A title", "");
        let path = |name: &str| folder.path().join(name);
        let text = fs::read_to_string(path("future-vision/a/index.fr.md")).unwrap();
        let text =
            text.replace("reviewed: false", "reviewed: no idea").replace("[^first]", "<b>![](x)");
        fs::write(path("future-vision/a/index.fr.md"), text).unwrap();
        fs::write(path("learning-labs/b/index.es.md"), "no front matter").unwrap();
        fs::write(path("notes.txt"), "x").unwrap();
        let (_, problems) = read(folder.path()).unwrap();
        let places = problems.iter().map(|problem| (problem.file.as_str(), problem.line));
        assert_eq!(
            places.collect::<Vec<_>>(),
            [
                ("future-vision/a/index.en.md", Some(2)),
                ("future-vision/a/index.fr.md", Some(10)),
                ("future-vision/a/index.fr.md", Some(16)),
                ("future-vision/a/index.fr.md", Some(16)),
                ("learning-labs/b/index.es.md", Some(1)),
                ("notes.txt", None),
            ]
        );
    }

    #[test]
    fn posts_of_other_sites_give_problems_with_places() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        for (set, one_in) in [("18f-posts", 1), ("digitalgov-news-2012-2016", 5)] {
            let archive = root.parent().unwrap().join(format!("shared/data/content/{set}.tar.xz"));
            if !archive.exists() {
                eprintln!("skipped: no shared/data/content/{set}.tar.xz beside the project");
                continue;
            }
            let unpacked = tempfile::tempdir().unwrap();
            let mut tar = Command::new("tar");
            tar.arg("-xJf").arg(archive).arg("-C").arg(unpacked.path());
            assert!(tar.status().unwrap().success());
            let folder = tempfile::tempdir().unwrap();
            let mut waiting = vec![unpacked.path().to_path_buf()];
            let (mut count, mut seen) = (0, 0);
            while let Some(next) = waiting.pop() {
                if next.is_dir() {
                    waiting.extend(fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()));
                    continue;
                }
                seen += 1;
                if seen % one_in == 0 {
                    let piece = folder.path().join(format!("learning-labs/post-{count}"));
                    fs::create_dir_all(&piece).unwrap();
                    fs::rename(next, piece.join("index.en.md")).unwrap();
                    count += 1;
                }
            }
            let (briefs, problems) = read(folder.path()).unwrap();
            eprintln!("{set}: {count} posts, {} problems", problems.len());
            assert!(briefs.is_empty());
            assert!(problems.iter().all(|problem| problem.line.is_some()));
            let mut files = problems.iter().map(|problem| &problem.file).collect::<Vec<_>>();
            files.dedup();
            assert_eq!(files.len(), count);
        }
    }
}
