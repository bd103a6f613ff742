//! The language that the function words of a text speak: articles, prepositions, pronouns.
//!
//! A quarter to a half of running text are some dozen words that carry its grammar (Zipf 1935; as a way
//! to tell languages: Ingle 1976). Counting them is a witness of another kind than groups of letters,
//! and costs a tenth of comparing these with seventy languages.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Words of a text that are looked at; a claim is clear long before.
const MOST_WORDS: usize = 240;

/// Fewest function words of a language: a short text may hold some by chance.
const FEWEST: u32 = 3;

/// One in so many words is a function word of the language, at least.
const ONE_IN: u32 = 10;

/// The language with the second most has so much less, of a hundred.
const RIVAL_AT_MOST: u32 = 70;

/// Languages of Latin letters with their most frequent function words: those that may be named, and
/// the neighbours they would be taken for.
const LISTS: [(&str, &str); 15] = [
    (
        "en",
        "the of and to in is that for it was with as on be by at from this are or which have an not were but has their they its will can been would we you more",
    ),
    (
        "fr",
        "le la les de des du et en un une est que qui dans pour par sur au aux ce cette ces pas plus sont avec ou il elle nous l d qu se son sa ses ont leur",
    ),
    (
        "es",
        "el la los las de del y en que un una es por con para se al lo su sus como más o no este esta son fue ha entre sobre también pero desde",
    ),
    (
        "pt",
        "o a os as de do da dos das e em no na nos nas que um uma é por com para se ao mais como foi são não seu sua também entre sobre",
    ),
    (
        "it",
        "il la lo i gli le di del della dei delle e in che un una è per con si al alla non sono come più da dal nel nella l anche ha",
    ),
    (
        "de",
        "der die das und in den von zu mit dem des ist im für auf ein eine nicht sich als auch werden an es bei nach aus wird einer sind hat",
    ),
    (
        "nl",
        "de het een en van in is op te dat met voor zijn die aan niet als ook door naar er bij om deze worden wordt tot uit",
    ),
    (
        "ca",
        "el la els les de del dels i en que un una és per amb als al no es com més o ha són seva aquest aquesta entre l d a s",
    ),
    (
        "gl",
        "o a os as de do da dos das e en no na que un unha é por con para se ao máis como foi son non súa seu entre sobre",
    ),
    (
        "oc",
        "lo la los las de del dels e en que un una es per amb al se non pas mai o son sus aquel aquesta entre l d a",
    ),
    (
        "ro",
        "și de la în a cu pe că un o este din pentru care nu se al ale mai sunt prin sau lui fi au le",
    ),
    (
        "af",
        "die en van in is het n te vir dat nie op met wat aan as by om sy deur was hulle word sal",
    ),
    ("sv", "och i att det som en på är av för med den till de ett om har inte från var kan ska"),
    ("da", "og i at det er en på af for med den til de et om der har ikke fra var kan som"),
    ("no", "og i å det er en på av for med den til de et om som har ikke fra var kan ble"),
];

/// A bit for each language whose list has the word.
static WORDS: LazyLock<HashMap<&str, u16>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (place, (_, list)) in LISTS.iter().enumerate() {
        for word in list.split(' ') {
            *words.entry(word).or_default() |= 1_u16 << place;
        }
    }
    words
});

/// The longest word of [`LISTS`], in bytes: `también`, `aquesta`.
const LONGEST: usize = 8;

/// How many function words of each language a text in Latin letters has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FunctionWords {
    all: u32,
    counts: [u32; LISTS.len()],
}

impl FunctionWords {
    /// Counts those among the first words of `text`.
    pub(crate) fn of(text: &str) -> Self {
        let mut found = Self { all: 0, counts: [0; LISTS.len()] };
        let words = text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
        for word in words.take(MOST_WORDS) {
            found.all += 1;
            let Some(languages) = languages_of(word) else { continue };
            for (place, count) in found.counts.iter_mut().enumerate() {
                *count += u32::from(languages >> place & 1);
            }
        }
        found
    }

    /// The code of ISO 639-1 of the language that they speak; `None` when no language has three, at least
    /// one word in ten, and clearly more than any other.
    pub(crate) fn speak(&self) -> Option<&'static str> {
        let ((code, _), most) = LISTS.iter().zip(self.counts).max_by_key(|(_, count)| *count)?;
        let is_clear = most >= FEWEST
            && most * ONE_IN >= self.all
            && self.most_beside(code) * 100 <= most * RIVAL_AT_MOST;
        is_clear.then_some(*code)
    }

    /// Whether no language has more of them than this one, which has at least one word in ten.
    pub(crate) fn may_be(&self, code: &str) -> bool {
        let found = LISTS.iter().zip(self.counts).find(|((known, _), _)| *known == code);
        found.is_some_and(|(_, own)| own * ONE_IN >= self.all && own >= self.most_beside(code))
    }

    fn most_beside(&self, code: &str) -> u32 {
        let others = LISTS.iter().zip(self.counts).filter(|((known, _), _)| *known != code);
        others.map(|(_, count)| count).max().unwrap_or_default()
    }
}

/// A bit for each language that has the word, in whatever case it is written.
fn languages_of(word: &str) -> Option<u16> {
    let mut room = [0; LONGEST];
    if let Some(small) = room.get_mut(..word.len()).filter(|_| word.is_ascii()) {
        small.copy_from_slice(word.as_bytes());
        small.make_ascii_lowercase();
        return WORDS.get(std::str::from_utf8(small).ok()?).copied();
    }
    if word.len() > LONGEST { None } else { WORDS.get(word.to_lowercase().as_str()).copied() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_longer_than_what_is_looked_up() {
        assert_eq!(WORDS.keys().map(|word| word.len()).max(), Some(LONGEST));
        assert_eq!((languages_of("TAMBIÉN"), languages_of("The")), (Some(1 << 2), Some(1)));
        assert_eq!((languages_of("telecommunication"), languages_of("ẞ")), (None, None));
    }

    #[test]
    fn running_text_names_its_language() {
        for (text, expected) in [
            (
                "The report says that the members of the Union have to agree on a plan for the schools \
                 which are not connected, and it is expected that they will do so by the end of the year.",
                Some("en"),
            ),
            (
                "Le rapport dit que les membres de l'Union doivent se mettre d'accord sur un plan pour \
                 les écoles qui ne sont pas connectées, et qu'il est attendu pour la fin de l'année.",
                Some("fr"),
            ),
            (
                "El informe dice que los miembros de la Unión deben acordar un plan para las escuelas que \
                 no están conectadas, y se espera que lo hagan por el final del año con sus gobiernos.",
                Some("es"),
            ),
        ] {
            assert_eq!(FunctionWords::of(text).speak(), expected, "{text}");
        }
    }

    #[test]
    fn neighbours_and_lists_of_names_are_not_taken_for_another() {
        for text in [
            // Catalan, Galician and Asturian beside Spanish.
            "L'informe diu que els membres de la Unió han d'acordar un pla per a les escoles que no estan \
             connectades, i s'espera que ho facin a finals de l'any amb els seus governs.",
            "O informe di que os membros da Unión deben acordar un plan para as escolas que non están \
             conectadas, e espérase que o fagan a finais do ano cos seus gobernos e coas rexións.",
            "International Telecommunication Union, World Health Organization, Food and Agriculture \
             Organization, International Labour Organization, World Meteorological Organization.",
            "the of",
            "",
        ] {
            assert!(!matches!(FunctionWords::of(text).speak(), Some("en" | "fr" | "es")), "{text}");
        }
    }
}
