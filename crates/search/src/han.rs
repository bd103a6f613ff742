//! Chinese characters: one for the simplified and the traditional form.

use std::sync::LazyLock;

use hanconv::RawDictionary;

/// The first character that has two forms, and the one after the last. What lies beyond are rare
/// characters of old books and names, which count as they stand.
const FIRST: u32 = 0x3400;
const END: u32 = 0xA000;

/// The simplified form of every character from the first on, by the table of `OpenCC`.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut forms: Vec<char> = (FIRST..END).filter_map(char::from_u32).collect();
    for (traditional, simplified) in RawDictionary::TSCharacters.iter() {
        let form = traditional.chars().next().and_then(place).and_then(|at| forms.get_mut(at));
        if let (Some(form), Some(simplified)) = (form, simplified.chars().next()) {
            *form = simplified;
        }
    }
    // 薴 is simplified to 苧, which is itself the traditional form of 苎: all three are one.
    let once = forms.clone();
    let twice = |form: &char| place(*form).and_then(|at| once.get(at)).copied();
    for form in &mut forms {
        *form = twice(form).unwrap_or(*form);
    }
    forms
});

/// The simplified form of a character; any other character as it is.
///
/// Character by character, without regard to words: some simplified characters stand for several
/// traditional ones (后 for 后 and 後), and a reader of either script finds a little more, never less.
pub(crate) fn simplified(character: char) -> char {
    place(character).and_then(|at| SIMPLIFIED.get(at)).copied().unwrap_or(character)
}

fn place(character: char) -> Option<usize> {
    let at = u32::from(character).checked_sub(FIRST).filter(|at| *at < END - FIRST)?;
    usize::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_become_simplified_ones() {
        let all = |text: &str| text.chars().map(simplified).collect::<String>();
        assert_eq!(all("國際電信聯盟的網絡與衛星"), "国际电信联盟的网络与卫星");
        assert_eq!(all("以後 5G、ア한é薴"), "以后 5G、ア한é苎");
    }

    #[test]
    fn a_simplified_character_stays_as_it_is() {
        for character in (FIRST..END).filter_map(char::from_u32) {
            assert_eq!(simplified(simplified(character)), simplified(character), "{character}");
        }
    }
}
