//! Whose word it is: the institution behind a source or a piece.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of an institution, as it calls itself: `International Telecommunication Union`.
///
/// One line of 1–120 characters without white space at its ends. Two names are one institution when
/// they are written alike; there is no register behind them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Institution(String);

/// The text is no name of an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of an institution is one line of 1 to {} characters", Institution::MAX_CHARS)]
pub struct InvalidInstitution;

impl Institution {
    /// Longest name, in characters; the longest registered ones have about 100, and the filter of the
    /// search takes as many.
    pub const MAX_CHARS: usize = 120;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Institution {
    type Err = InvalidInstitution;

    /// Reads a name; white space at its ends is left out, and several spaces are one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let fits = (1..=Self::MAX_CHARS).contains(&name.chars().count());
        if fits && !name.contains(char::is_control) {
            Ok(Self(name))
        } else {
            Err(InvalidInstitution)
        }
    }
}

impl TryFrom<String> for Institution {
    type Error = InvalidInstitution;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Institution> for String {
    fn from(institution: Institution) -> Self {
        institution.0
    }
}

impl fmt::Display for Institution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        let name: Institution = "  World   Bank ".parse().unwrap();
        assert_eq!(name.as_str(), "World Bank");
        assert_eq!(
            "الاتحاد الدولي للاتصالات".parse::<Institution>().unwrap().as_str().chars().count(),
            24
        );
        for wrong in [String::new(), "   ".to_owned(), "a\nb".to_owned(), "x".repeat(121)] {
            assert_eq!(wrong.parse::<Institution>(), Err(InvalidInstitution), "{wrong:?}");
        }
    }
}
