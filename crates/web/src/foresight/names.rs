//! What a trend is called for one reader.

use observatory_model::Language;
use observatory_model::edition::Names;

use crate::chrome::dir;
use crate::html::{Html, escape};

/// A name and the language it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The name.
    pub(crate) text: String,
    /// Its language, where that is not the reader's.
    pub(crate) foreign: Option<Language>,
}

impl Name {
    /// The name for a reader of `language`: in that language, else the English one, else any.
    pub(crate) fn of(names: &Names, language: Language) -> Self {
        if let Some(own) = names.get(&language) {
            return Self { text: own.clone(), foreign: None };
        }
        let other = names.get_key_value(&Language::En).or_else(|| names.iter().next());
        let other = other.map(|(language, name)| (name.clone(), Some(*language)));
        let (text, foreign) = other.unwrap_or_default();
        Self { text, foreign }
    }

    /// The name, marked as another language where it is in one, and kept apart.
    pub(crate) fn html(&self) -> Html {
        let text = escape(&self.text);
        Html::trusted(match self.foreign {
            Some(language) => {
                let (code, dir) = (language.code(), dir(self.foreign));
                format!("<bdi lang={code} dir={dir}>{text}</bdi>")
            }
            None => format!("<bdi>{text}</bdi>"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_another_language_says_so() {
        let names =
            Names::from([(Language::Ar, "شبكة".to_owned()), (Language::En, "a<b".to_owned())]);
        assert_eq!(Name::of(&names, Language::Ar).foreign, None);
        let french = Name::of(&names, Language::Fr);
        assert_eq!(french.html().as_str(), "<bdi lang=en dir=ltr>a&lt;b</bdi>");
        assert_eq!(Name::of(&Names::new(), Language::Fr).text, "");
    }
}
