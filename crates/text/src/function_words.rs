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
const FEWEST: u32 = 4;

/// One in so many words is a function word of the language, at least.
const ONE_IN: u32 = 5;

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

/// The code of ISO 639-1 of the language whose function words `text` has, in Latin letters; `None`
/// when no language has at least one word in five and clearly more than any other.
pub(crate) fn spoken(text: &str) -> Option<&'static str> {
    let (mut all, mut counts) = (0_u32, [0_u32; LISTS.len()]);
    let words = text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
    for word in words.take(MOST_WORDS) {
        all += 1;
        let lower = word.to_lowercase();
        let Some(languages) = WORDS.get(lower.as_str()) else { continue };
        for (place, count) in counts.iter_mut().enumerate() {
            *count += u32::from(languages >> place & 1);
        }
    }
    let ((code, _), most) = LISTS.iter().zip(counts).max_by_key(|(_, count)| *count)?;
    let rival = LISTS.iter().zip(counts).filter(|((other, _), _)| other != code);
    let second = rival.map(|(_, count)| count).max().unwrap_or_default();
    let is_clear = most >= FEWEST && most * ONE_IN >= all && second * 100 <= most * RIVAL_AT_MOST;
    is_clear.then_some(*code)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(spoken(text), expected, "{text}");
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
            "the of and",
            "",
        ] {
            assert!(!matches!(spoken(text), Some("en" | "fr" | "es")), "{text}");
        }
    }
}
