//! The languages of records, as repositories spell them, as tags of BCP 47.

/// Longest spelling that is read, in bytes.
const MAX_SPELLING: usize = 100;

/// What a spelling means: `en_US` is `en-US`, `English` and `eng` are `en`, `中文` is `zh`.
///
/// Of several languages in one value the first counts. `None` for what names no language: `Multiple`,
/// `zxx`, `N/A`.
pub(crate) fn tag_of(spelling: &str) -> Option<String> {
    let spelling = spelling.trim().trim_matches(['.', '"', '\'', '[', ']', '(', ')']);
    if spelling.is_empty() || spelling.len() > MAX_SPELLING {
        return None;
    }
    let lower = spelling.to_lowercase();
    if let Some(tag) = name(&lower).or_else(|| with_region(spelling)) {
        return Some(tag);
    }
    // "en fr", "eng; fre", "English / French", "English (United Kingdom)"
    let separator =
        |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '/' | '|' | '+' | '&' | '(');
    let first = lower.split(separator).find(|word| !word.is_empty())?;
    if first.len() == lower.len() {
        return None;
    }
    name(first).or_else(|| with_region(first))
}

/// A language by one of its names or codes, in lower case.
fn name(lower: &str) -> Option<String> {
    if NO_LANGUAGE.contains(&lower) {
        return None;
    }
    let named = NAMES.iter().find(|(_, names)| names.split(' ').any(|name| name == lower));
    let tag = named.map(|(tag, _)| *tag).or_else(|| {
        let is_code = lower.len() == 2 && TWO_LETTERS.split(' ').any(|code| code == lower);
        is_code.then_some(lower)
    });
    tag.map(str::to_owned)
}

/// A code with a script or a region: `en_US`, `zh-Hans`, `pt-br`, `eng-GB`.
fn with_region(spelling: &str) -> Option<String> {
    let mut parts = spelling.split(['-', '_', '.']);
    let language = name(&parts.next()?.to_lowercase())?;
    let mut tag = language;
    for part in parts.take(3) {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let part = match part.len() {
            2 if letters => part.to_ascii_uppercase(),
            3 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.to_owned(),
            4 if letters => {
                let (first, rest) = part.split_at_checked(1)?;
                first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
            }
            // `en_US.UTF-8` of a system, and the like.
            _ => break,
        };
        tag.push('-');
        tag.push_str(&part);
    }
    spelling.contains(['-', '_']).then_some(tag)
}

/// Codes and words that say that there is no language, several, or that nobody knows.
const NO_LANGUAGE: [&str; 16] = [
    "mul",
    "und",
    "zxx",
    "mis",
    "multiple",
    "multilingual",
    "other",
    "unknown",
    "none",
    "n/a",
    "na",
    "various",
    "undetermined",
    "not applicable",
    "null",
    "xx",
];

/// Tags, and their names in English and by themselves, and their codes in ISO 639-2 and 639-3.
const NAMES: &[(&str, &str)] = &[
    ("af", "afrikaans afr"),
    ("am", "amharic amh አማርኛ"),
    ("ar", "arabic ara العربية عربي عربى arabe árabe"),
    ("az", "azerbaijani aze"),
    ("be", "belarusian bel беларуская"),
    ("bg", "bulgarian bul български"),
    ("bn", "bengali ben বাংলা"),
    ("bs", "bosnian bos"),
    ("ca", "catalan cat català catalán"),
    ("cs", "czech cze ces čeština"),
    ("cy", "welsh wel cym cymraeg"),
    ("da", "danish dan dansk"),
    ("de", "german ger deu deutsch allemand alemán alemão 德语 德文"),
    ("el", "greek gre ell ελληνικά"),
    (
        "en",
        "english eng anglais inglés ingles inglês englisch английский الإنجليزية 英语 英文 英語 ingilizce",
    ),
    ("eo", "esperanto epo"),
    (
        "es",
        "spanish spa esp español espanol castellano castilian espagnol испанский الإسبانية 西班牙语 西班牙文 es-es",
    ),
    ("et", "estonian est eesti"),
    ("eu", "basque baq eus euskara"),
    ("fa", "persian per fas farsi فارسی"),
    ("fi", "finnish fin finish suomi"),
    (
        "fr",
        "french fre fra français francais francés frances francês französisch французский الفرنسية 法语 法文 法語",
    ),
    ("ga", "irish gle gaeilge"),
    ("gl", "galician glg galego gallego"),
    ("grc", "grc ancient-greek"),
    ("gu", "gujarati guj"),
    ("he", "hebrew heb עברית iw"),
    ("hi", "hindi hin हिन्दी हिंदी"),
    ("hr", "croatian hrv scr hrvatski"),
    ("hu", "hungarian hun magyar"),
    ("hy", "armenian arm hye"),
    ("id", "indonesian ind indonesia bahasa"),
    ("is", "icelandic ice isl íslenska"),
    ("it", "italian ita italiano italien"),
    ("ja", "japanese jpn jap 日本語 日文 日语 日語"),
    ("ka", "georgian geo kat"),
    ("kk", "kazakh kaz қазақ қазақша"),
    ("km", "khmer khm"),
    ("ko", "korean kor 한국어 韩语 韓語 韩文"),
    ("ky", "kyrgyz kir"),
    ("la", "latin lat"),
    ("lo", "lao"),
    ("lt", "lithuanian lit lietuvių"),
    ("lv", "latvian lav latviešu"),
    ("mk", "macedonian mac mkd"),
    ("mn", "mongolian mon"),
    ("ms", "malay may msa"),
    ("mt", "maltese mlt"),
    ("my", "burmese bur mya"),
    ("nb", "bokmål nob"),
    ("ne", "nepali nep"),
    ("nl", "dutch dut nld nederlands flemish"),
    ("nn", "nynorsk nno"),
    ("no", "norwegian nor norsk"),
    ("pl", "polish pol polski"),
    ("pt", "portuguese por português portugues portugués portugais"),
    ("ro", "romanian rum ron română"),
    ("ru", "russian rus русский russe ruso русский-язык الروسية 俄语 俄文"),
    ("si", "sinhala sin"),
    ("sk", "slovak slo slk slovenčina"),
    ("sl", "slovenian slovene slv slovenščina"),
    ("sq", "albanian alb sqi"),
    ("sr", "serbian srp scc srpski српски"),
    ("sv", "swedish swe svenska"),
    ("sw", "swahili swa kiswahili"),
    ("ta", "tamil tam"),
    ("te", "telugu tel"),
    ("tg", "tajik tgk"),
    ("th", "thai tha ไทย"),
    ("tr", "turkish tur türkçe turkce"),
    ("uk", "ukrainian ukr українська"),
    ("ur", "urdu urd"),
    ("uz", "uzbek uzb"),
    ("vi", "vietnamese vie"),
    (
        "zh",
        "chinese chi zho cmn 中文 汉语 漢語 华语 普通话 mandarin chinois chino 简体中文 繁體中文 中国语 中國語 الصينية китайский",
    ),
    ("zu", "zulu zul"),
];

/// ISO 639-1.
const TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch \
    co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi \
    ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky \
    la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om \
    or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te \
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_repositories_are_tags() {
        for (spelling, tag) in [
            ("en_US", "en-US"),
            ("en_us", "en-US"),
            ("EN", "en"),
            ("english", "en"),
            ("Eng", "en"),
            ("eng", "en"),
            ("English.", "en"),
            ("English (United Kingdom)", "en"),
            ("fre", "fr"),
            ("fra", "fr"),
            ("Français", "fr"),
            ("fr_CA", "fr-CA"),
            ("ger", "de"),
            ("deu", "de"),
            ("German", "de"),
            ("spa", "es"),
            ("Español", "es"),
            ("por", "pt"),
            ("pt_BR", "pt-BR"),
            ("pt-br", "pt-BR"),
            ("en fr", "en"),
            ("eng; fre", "en"),
            ("fr/en", "fr"),
            ("chi", "zh"),
            ("zho", "zh"),
            ("Chi", "zh"),
            ("Chinese", "zh"),
            ("中文", "zh"),
            ("汉语", "zh"),
            ("英语", "en"),
            ("zh-hans", "zh-Hans"),
            ("zh_Hant_TW", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("rus", "ru"),
            ("Русский", "ru"),
            ("ara", "ar"),
            ("العربية", "ar"),
            ("Jpn", "ja"),
            ("Kor", "ko"),
            ("tr", "tr"),
            ("nor", "no"),
            ("gre", "el"),
            ("Finish", "fi"),
            ("lat", "la"),
            ("dan", "da"),
            ("en_US.UTF-8", "en-US"),
        ] {
            assert_eq!(tag_of(spelling).as_deref(), Some(tag), "{spelling}");
        }
    }

    #[test]
    fn what_names_no_language_is_none() {
        for spelling in
            ["", " ", "Multiple", "mul", "und", "zxx", "N/A", "x", "qq", "Klingonese", "1"]
        {
            assert_eq!(tag_of(spelling), None, "{spelling}");
        }
        assert_eq!(tag_of(&"en ".repeat(100)), None);
    }
}
