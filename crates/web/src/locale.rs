//! Every sentence of the interface, in six languages.
//!
//! A sentence is asked for by its key. A test reads all keys that the pages and templates use and
//! holds the six files to them, so that a missing key is found before it can be shown.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use icu_locale_core::{Locale as IcuLocale, locale};
use icu_plurals::{PluralCategory, PluralRules};
use observatory_model::brief::Confidence;
use observatory_model::document::{Class, Kind};
use observatory_model::{Language, Series, Slug, Timestamp};

use crate::html::{Html, escape};

/// The sentences of one language.
#[derive(Debug)]
pub(crate) struct Locale {
    language: Language,
    sentences: BTreeMap<String, String>,
}

static LOCALES: LazyLock<[Locale; 6]> = LazyLock::new(|| Language::ALL.map(Locale::read));

const fn file(language: Language) -> &'static str {
    match language {
        Language::Ar => include_str!("../locales/ar.toml"),
        Language::Zh => include_str!("../locales/zh.toml"),
        Language::En => include_str!("../locales/en.toml"),
        Language::Fr => include_str!("../locales/fr.toml"),
        Language::Ru => include_str!("../locales/ru.toml"),
        Language::Es => include_str!("../locales/es.toml"),
    }
}

const fn icu(language: Language) -> IcuLocale {
    match language {
        Language::Ar => locale!("ar"),
        Language::Zh => locale!("zh"),
        Language::En => locale!("en"),
        Language::Fr => locale!("fr"),
        Language::Ru => locale!("ru"),
        Language::Es => locale!("es"),
    }
}

/// The sentences of `language`.
pub(crate) fn of(language: Language) -> &'static Locale {
    let [ar, zh, en, fr, ru, es] = &*LOCALES;
    match language {
        Language::Ar => ar,
        Language::Zh => zh,
        Language::En => en,
        Language::Fr => fr,
        Language::Ru => ru,
        Language::Es => es,
    }
}

impl Locale {
    /// Reads the file that was compiled in; that it can be read is held by a test.
    fn read(language: Language) -> Self {
        let mut sentences = BTreeMap::new();
        let table = file(language).parse::<toml::Table>().unwrap_or_default();
        flatten("", &toml::Value::Table(table), &mut sentences);
        Self { language, sentences }
    }

    /// A sentence without placeholders.
    pub(crate) fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.sentences.get(key).map_or(key, String::as_str)
    }

    /// A sentence without placeholders whose key is made by the program; empty where there is none.
    pub(crate) fn sentence(&'static self, key: &str) -> &'static str {
        self.sentences.get(key).map_or("", String::as_str)
    }

    /// A sentence whose placeholders are filled with safe HTML.
    pub(crate) fn fill(&self, key: &str, values: &[(&str, Html)]) -> Html {
        Html::trusted(replace(&escape(self.say(key)), values, Html::as_str))
    }

    /// A sentence whose placeholders are filled with plain text; the result is plain text.
    pub(crate) fn plain(&self, key: &str, values: &[(&str, &str)]) -> String {
        replace(self.say(key), values, |value| value)
    }

    /// The form of a sentence that fits a number, with `{count}` filled.
    pub(crate) fn count(&self, key: &str, count: u64) -> String {
        let form = format!("{key}.{}", self.form(count));
        let number = self.number(count);
        self.plain(&form, &[("count", &number)])
    }

    /// The plural form of a number in this language.
    fn form(&self, count: u64) -> &'static str {
        let rules = PluralRules::try_new_cardinal(icu(self.language).into());
        match rules.map_or(PluralCategory::Other, |rules| rules.category_for(count)) {
            PluralCategory::Zero => "zero",
            PluralCategory::One => "one",
            PluralCategory::Two => "two",
            PluralCategory::Few => "few",
            PluralCategory::Many => "many",
            PluralCategory::Other => "other",
        }
    }

    /// A number that is given in tenths: `12`, `0.5` or `0,5`.
    pub(crate) fn tenths(&self, tenths: u64) -> String {
        let whole = self.number(tenths / 10);
        match tenths % 10 {
            _ if tenths >= 100 => whole,
            0 => whole,
            rest => format!("{whole}{}{rest}", self.say("site.decimal_mark")),
        }
    }

    /// A length of time, in the largest unit of which there are at least two.
    pub(crate) fn span(&self, seconds: i64) -> String {
        let minutes = u64::try_from(seconds / 60).unwrap_or_default();
        match minutes {
            0..120 => self.count("span_minutes", minutes),
            120..2880 => self.count("span_hours", minutes / 60),
            _ => self.count("span_days", minutes / 1440),
        }
    }

    /// A number in Western digits, in groups of three.
    pub(crate) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push_str(self.say("number.separator"));
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A day in words, such as `24 November 2026` (Gregorian, UTC).
    pub(crate) fn day(&self, time: Timestamp) -> String {
        let (year, month, day) = time.ymd();
        let form = if day == 1 { "date.first" } else { "date.full" };
        let month = format!("month.{month}");
        self.plain(
            form,
            &[("day", &day.to_string()), ("month", self.say(&month)), ("year", &year.to_string())],
        )
    }

    /// A day in words that machines can read too.
    pub(crate) fn date(&self, time: Timestamp) -> Html {
        Html::trusted(format!("<time datetime={}>{}</time>", time.date(), escape(&self.day(time))))
    }

    /// A day and the minute in UTC.
    pub(crate) fn minute(&self, time: Timestamp) -> Html {
        let exact = time.rfc3339();
        let clock = exact.get(11..16).unwrap_or_default();
        let text = self.plain("date.time", &[("date", &self.day(time)), ("time", clock)]);
        Html::trusted(format!("<time datetime={exact}>{}</time>", escape(&text)))
    }

    /// A year, a month or a day as evidence gives it, in words; anything else as it stands.
    pub(crate) fn partial_date(&self, written: &str) -> String {
        if written.len() == 10
            && let Ok(day) = written.parse()
        {
            return self.day(day);
        }
        if written.len() == 7
            && let Ok(first) = format!("{written}-01").parse::<Timestamp>()
        {
            let (year, month, _) = first.ymd();
            let month = format!("month.{month}");
            let values = [("month", self.say(&month)), ("year", &*year.to_string())];
            return self.plain("date.month", &values);
        }
        written.to_owned()
    }

    /// The name of one of the six languages in this language.
    pub(crate) fn language(&self, language: Language) -> &str {
        let key = format!("language.{language}");
        self.sentences.get(&key).map_or_else(|| language.code(), String::as_str)
    }

    /// The name of the language of a tag; the tag itself when it is none of the six.
    pub(crate) fn tag<'a>(&'a self, tag: &'a str) -> &'a str {
        Language::from_tag(tag).map_or(tag, |language| self.language(language))
    }

    /// The name of a series.
    pub(crate) fn series(&self, series: Series) -> &str {
        self.sentences.get(&format!("series.{series}")).map_or("", String::as_str)
    }

    /// The name of a kind.
    pub(crate) fn kind(&self, kind: Kind) -> &str {
        self.sentences.get(&format!("kind.{kind}")).map_or("", String::as_str)
    }

    /// The name of a class.
    pub(crate) fn class(&self, class: Class) -> &str {
        self.sentences.get(&format!("class.{}", class.code())).map_or("", String::as_str)
    }

    /// The word for a confidence.
    pub(crate) fn confidence(&self, confidence: Confidence) -> &str {
        let key = format!("confidence.{}", confidence.code());
        self.sentences.get(&key).map_or("", String::as_str)
    }

    /// Sentences one after the other; Chinese sets no space between them.
    pub(crate) fn sentences(&self, sentences: &[Html]) -> Html {
        let space = if self.language == Language::Zh { "" } else { " " };
        let sentences: Vec<&str> = sentences.iter().map(Html::as_str).collect();
        Html::trusted(sentences.join(space))
    }

    /// The same for sentences without any markup.
    pub(crate) fn run(&self, sentences: &[String]) -> String {
        sentences.join(if self.language == Language::Zh { "" } else { " " })
    }

    /// The name of a topic; its word in addresses when it has no name yet.
    pub(crate) fn topic(&self, topic: &Slug) -> String {
        let named = self.named_topic(topic);
        named.map_or_else(|| topic.as_str().replace('-', " "), str::to_owned)
    }

    /// The name of a topic, where the site has one of its own.
    pub(crate) fn named_topic(&self, topic: &Slug) -> Option<&str> {
        self.sentences.get(&format!("topic.{topic}")).map(String::as_str)
    }

    /// Names in a row, each kept apart.
    pub(crate) fn names(&self, names: &[String]) -> Html {
        let names: Vec<String> =
            names.iter().map(|name| Html::name(name).as_str().to_owned()).collect();
        Html::trusted(names.join(&escape(self.say("list.comma"))))
    }
}

/// The name of a language in itself.
pub(crate) fn own_name(language: Language) -> &'static str {
    of(language).say("language.own")
}

fn flatten(prefix: &str, value: &toml::Value, sentences: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, sentences);
            }
        }
        toml::Value::String(text) => {
            sentences.insert(prefix.to_owned(), text.clone());
        }
        _ => {}
    }
}

/// Puts each value where its `{name}` stands. Values are not searched for placeholders again.
fn replace<T>(sentence: &str, values: &[(&str, T)], text: impl Fn(&T) -> &str) -> String {
    let mut filled = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(text(value));
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use observatory_model::paper::{PaperFormat, UnreadableReason};
    use observatory_model::person::{Posting, Role};
    use observatory_model::review::{Answer, Blinding};
    use observatory_model::rights::{Action, Office, Stage, Whose};
    use observatory_model::search::Note;
    use observatory_model::source::{FailureReason, SourceKind, SourceState};
    use observatory_model::submission::{Author, Draft, MAX_TEXT_BYTES, PieceKind, Verdict};

    use super::*;
    use crate::desk::account::role_key;
    use crate::desk::edit::LAST_STEP;
    use crate::desk::piece::DID;

    /// The names of the plural forms in the locale files (CLDR).
    const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

    /// The key without its plural form, and the form.
    fn split(key: &str) -> (&str, Option<&str>) {
        match key.rsplit_once('.') {
            Some((base, form)) if FORMS.contains(&form) => (base, Some(form)),
            _ => (key, None),
        }
    }

    fn placeholders(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
    }

    fn keys(language: Language) -> BTreeSet<&'static str> {
        of(language).sentences.keys().map(|key| split(key).0).collect()
    }

    #[test]
    fn all_six_have_the_same_keys_and_none_is_empty() {
        let english = keys(Language::En);
        assert!(english.len() > 150);
        for language in Language::ALL {
            assert!(file(language).parse::<toml::Table>().is_ok(), "{language}");
            let own = keys(language);
            let difference: Vec<_> = english.symmetric_difference(&own).collect();
            assert!(difference.is_empty(), "{language}: {difference:?}");
            for (key, sentence) in &of(language).sentences {
                assert!(!sentence.is_empty(), "{language} {key}");
                assert_eq!(sentence.trim(), sentence.as_str().trim(), "{language} {key}");
            }
        }
    }

    #[test]
    fn all_six_have_the_same_placeholders() {
        for language in Language::ALL {
            for (key, sentence) in &of(language).sentences {
                let (base, form) = split(key);
                let english_key =
                    if form.is_some() { format!("{base}.other") } else { key.clone() };
                let expected = placeholders(of(Language::En).say(&english_key));
                let own = placeholders(sentence);
                // The forms for nothing, one and two may say the number in words.
                let spoken = matches!(form, Some("zero" | "one" | "two")) && own.is_empty();
                assert!(spoken || own == expected, "{language} {key}: {own:?} {expected:?}");
            }
        }
    }

    #[test]
    fn each_language_has_exactly_its_plural_forms() {
        let plural: BTreeSet<&str> = of(Language::En)
            .sentences
            .keys()
            .filter(|key| split(key).1.is_some())
            .map(|key| split(key).0)
            .collect();
        assert!(plural.contains("entries"));
        for language in Language::ALL {
            let rules = PluralRules::try_new_cardinal(icu(language).into()).unwrap();
            let wanted: BTreeSet<String> =
                rules.categories().map(|form| format!("{form:?}").to_lowercase()).collect();
            for base in &plural {
                let own: BTreeSet<String> = FORMS
                    .into_iter()
                    .filter(|form| of(language).sentences.contains_key(&format!("{base}.{form}")))
                    .map(str::to_owned)
                    .collect();
                assert_eq!(own, wanted, "{language} {base}");
            }
        }
    }

    #[test]
    fn every_noun_has_its_sentence() {
        let mut wanted: Vec<String> = Vec::new();
        for reason in FailureReason::ALL {
            wanted.push(format!("failure.{}", reason.code()));
            wanted.push(format!("remedy.{}", reason.code()));
        }
        for reason in UnreadableReason::ALL {
            wanted.push(format!("unreadable.{}", reason.code()));
            wanted.push(format!("unreadable_remedy.{}", reason.code()));
        }
        let format = |format: PaperFormat| format!("paper_format.{}", format.code());
        wanted.extend(PaperFormat::ALL.map(format));
        wanted.extend(SourceState::ALL.map(|state| format!("state.{}", state.code())));
        let kinds = SourceKind::CODES.into_iter().filter(|code| *code != "feed");
        wanted.extend(kinds.map(|code| format!("source_kind.{code}")));
        wanted.extend(Kind::ALL.map(|kind| format!("kind.{kind}")));
        wanted.extend(Class::ALL.map(|class| format!("class.{}", class.code())));
        wanted.extend(Series::ALL.map(|series| format!("series.{series}")));
        wanted.extend(Series::ALL.map(|series| format!("series_about.{series}")));
        wanted.extend(Confidence::ALL.map(|level| format!("confidence.{}", level.code())));
        wanted.extend(Language::ALL.map(|language| format!("language.{language}")));
        wanted.extend((1..=12).map(|month| format!("month.{month}")));
        for note in [
            Note::TooLong,
            Note::TooManyTerms,
            Note::PlainWords,
            Note::OnlyExclusions,
            Note::SomeWords,
            Note::LackOneWord,
            Note::UnknownField,
            Note::ManyPrefixWords,
        ] {
            let code = serde_json::to_value(note).unwrap();
            wanted.push(format!("note.{}", code.as_str().unwrap()));
        }
        wanted.extend(nouns_of_the_desk());
        for language in Language::ALL {
            for key in &wanted {
                assert!(of(language).sentences.contains_key(key), "{language} {key}");
            }
        }
    }

    /// The keys of everything by which the desk calls what it knows.
    fn nouns_of_the_desk() -> Vec<String> {
        let mut wanted = Vec::new();
        for stage in Stage::ALL {
            wanted.extend([format!("stage.{stage}"), format!("holder.{stage}")]);
        }
        for kind in PieceKind::ALL {
            wanted.extend([format!("piece_kind.{kind}"), format!("piece_kind_about.{kind}")]);
            let criteria = kind.criteria().iter();
            wanted.extend(criteria.map(|criterion| format!("criterion.{criterion}")));
        }
        wanted.extend(Verdict::ALL.map(|verdict| format!("verdict.{verdict}")));
        wanted.extend(Answer::ALL.map(|answer| format!("review_answer.{answer}")));
        wanted.extend(Blinding::ALL.map(|blinding| format!("blinding.{}", blinding.code())));
        wanted.extend(Role::ALL.map(|role| role_key(role).to_owned()));
        wanted.extend(Role::ALL.map(|role| format!("role.{role}")));
        wanted.extend(Posting::ALL.map(|posting| format!("posting.{posting}")));
        wanted.extend(Whose::ALL.map(|whose| format!("whose.{}", whose.code())));
        wanted.extend(Action::ALL.map(|action| format!("action.{}", action.code())));
        wanted.extend(Office::ALL.map(|office| format!("office.{}", office.code())));
        wanted.extend((1..=4).map(|number| format!("reason.{number}")));
        wanted.extend((1..=LAST_STEP).map(|step| format!("edit.step_{step}")));
        wanted.extend(DID.map(|did| format!("did.{did}")));
        wanted.extend(problems().into_iter().map(|what| format!("problem.{what}")));
        for what in [
            "received",
            "revised",
            "revision",
            "declined",
            "published",
            "retracted",
            "message",
            "editor-received",
            "editor-revised",
            "editor-withdrawn",
            "editor-message",
            "editor-review",
            "editor-review-declined",
        ] {
            wanted.push(format!("notice.{what}"));
        }
        wanted
    }

    /// Everything that can stand in the way of sending a piece: of one of which nothing was typed, of one
    /// of which everything is too long or wrong, and of one that is nearly there.
    fn problems() -> BTreeSet<&'static str> {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let author = Author {
            name: long.clone(),
            orcid: "0000".to_owned(),
            affiliation: long.clone(),
            ror: "0000".to_owned(),
        };
        let nameless = Author { affiliation: "x".to_owned(), ..Author::default() };
        let wrong = Draft {
            title: long.clone(),
            summary: long.clone(),
            text: long.clone(),
            authors: vec![author, nameless],
            interests: long.clone(),
            ai_use: long,
            ..Draft::default()
        };
        let short = Draft { text: "x".to_owned(), ..Draft::default() };
        let drafts = [Draft::default(), wrong, short];
        let found: BTreeSet<&str> =
            drafts.iter().flat_map(Draft::problems).map(|problem| problem.what).collect();
        assert_eq!(found.len(), 18, "{found:?}");
        found
    }

    /// The keys in `say("…")`, `fill("…"`, `plain("…"` and `count("…"` of a text.
    fn used(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for call in ["say(", "fill(", "plain(", "count("] {
            for rest in text.split(call).skip(1) {
                let rest = rest.trim_start();
                if let Some(rest) = rest.strip_prefix('"') {
                    found.push(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        found
    }

    fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn every_key_that_is_asked_for_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        files(&root.join("src"), &mut paths);
        files(&root.join("templates"), &mut paths);
        let known = keys(Language::En);
        let mut count = 0;
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for key in used(text) {
                assert!(known.contains(key.as_str()), "{}: {key}", path.display());
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn numbers_and_days_are_written_as_each_language_does() {
        let first: Timestamp = "2026-11-01".parse().unwrap();
        let later: Timestamp = "2026-03-24".parse().unwrap();
        let cases = [
            (Language::En, "1 November 2026", "24 March 2026", "12,345"),
            (Language::Fr, "1er novembre 2026", "24 mars 2026", "12\u{202f}345"),
            (Language::Es, "1 de noviembre de 2026", "24 de marzo de 2026", "12\u{202f}345"),
            (Language::Ru, "1 ноября 2026 года", "24 марта 2026 года", "12\u{202f}345"),
            (Language::Zh, "2026年11月1日", "2026年3月24日", "12,345"),
            (Language::Ar, "1 تشرين الثاني/نوفمبر 2026", "24 آذار/مارس 2026", "12,345"),
        ];
        for (language, on_first, on_later, number) in cases {
            assert_eq!(of(language).day(first), on_first);
            assert_eq!(of(language).day(later), on_later);
            assert_eq!(of(language).number(12_345), number);
        }
    }

    #[test]
    fn russian_and_arabic_count_in_their_own_forms() {
        let russian = of(Language::Ru);
        assert_eq!(russian.count("minutes", 1), "Время чтения: 1 минута.");
        assert_eq!(russian.count("minutes", 3), "Время чтения: 3 минуты.");
        assert_eq!(russian.count("minutes", 11), "Время чтения: 11 минут.");
        let arabic = of(Language::Ar);
        let forms: BTreeSet<String> =
            [0, 1, 2, 3, 11, 100].into_iter().map(|count| arabic.count("entries", count)).collect();
        assert_eq!(forms.len(), 6);
    }

    #[test]
    fn values_are_not_searched_for_placeholders() {
        let filled = of(Language::En).plain("site.titled", &[("title", "{site}"), ("site", "S")]);
        assert_eq!(filled, "{site} – S");
    }

    #[test]
    fn signs_stay_with_their_words() {
        for (language, sign) in [
            (Language::Fr, " ;"),
            (Language::Fr, " :"),
            (Language::Fr, " ?"),
            (Language::Fr, " !"),
            (Language::Fr, "« "),
            (Language::Fr, " »"),
            (Language::Fr, " %"),
            (Language::Es, " %"),
            (Language::Ru, " %"),
            (Language::Ru, " – "),
        ] {
            for (key, sentence) in &of(language).sentences {
                assert!(
                    !sentence.contains(sign),
                    "{language} {key}: a line could end before the sign"
                );
            }
        }
    }

    #[test]
    fn arabic_does_not_turn_dates_around() {
        for (key, sentence) in &of(Language::Ar).sentences {
            for before in sentence.split("2025-03-31").collect::<Vec<_>>().split_last().unwrap().1 {
                assert!(before.ends_with('\u{2066}'), "{key}: it would read 31-03-2025");
            }
        }
    }
}
