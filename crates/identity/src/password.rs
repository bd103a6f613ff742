//! Passwords: which are taken, how they are kept, and whether one is right.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{Score, zxcvbn};

use crate::{BoxError, NoRandomness, random};

/// Fewest characters of a password: what NIST SP 800-63B-4 §3.1.1.2 demands where nothing else may be
/// asked for, and OWASP ASVS 5.0 6.2.1 recommends. Four common words are longer.
pub const LEAST_CHARACTERS: usize = 15;

/// Longest password, in bytes. None is cut, so that there has to be an end; a page of a novel fits.
pub const MOST_BYTES: usize = 1024;

/// Memory of one pass, in KiB: the least that OWASP's Password Storage Cheat Sheet gives for argon2id
/// with two passes on one lane. More would let fewer people sign in at once on a small machine.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Costs of a hash that is read, at most: 256 MiB and 16 passes. A record that asks for more is no
/// record of ours, and would stop the machine.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 16;

/// A hash that no password is known for, with our costs: 16 bytes of salt and 32 of output, all 0.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is kept of a password: a PHC string of argon2id (RFC 9106) with its salt and its costs, about
/// 97 ASCII characters. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Phc);

/// The text is no such hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password is kept as $argon2id$v=19$m=…,t=…,p=…$salt$hash")]
pub struct InvalidHash;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It is too short.
    #[error("a password has at least {least} characters")]
    TooShort {
        /// Fewest characters.
        least: usize,
    },
    /// It is too long.
    #[error("a password has at most {most} bytes")]
    TooLong {
        /// Most bytes.
        most: usize,
    },
    /// It is among the first ten thousand million that a program tries: it was leaked, or is made of
    /// few common words, of keys in a row, of what is known of the person.
    #[error("the password can be guessed")]
    Guessable,
}

/// A password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// There was no salt for it.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// There was no memory for it.
    #[error("the password was not hashed")]
    Engine(#[source] BoxError),
}

/// Whether `password` may be chosen by somebody of whom `about` is known: name, mail address, the name
/// of the site.
///
/// Nothing is asked of its characters but their number, counted in code points after NFKC (SP 800-63B-4
/// §3.1.1.2). Words of `about` may stand in it, but what stands beside them has to be enough: to refuse
/// every password *with* such a word would keep Rose from roses, and the standard compares whole
/// passwords alone. The estimate is zxcvbn's (USENIX Security 2016) over the first 100 characters; it
/// knows the passwords that leaked most often, rows of keys, dates and the words of English, and is too
/// kind to other languages.
///
/// # Errors
/// [`WeakPassword`], the first reason that fits.
pub fn refuse(password: &str, about: &[&str]) -> Result<(), WeakPassword> {
    if password.len() > MOST_BYTES {
        return Err(WeakPassword::TooLong { most: MOST_BYTES });
    }
    let password = normalised(password);
    if password.chars().count() < LEAST_CHARACTERS {
        return Err(WeakPassword::TooShort { least: LEAST_CHARACTERS });
    }
    let about: Vec<_> = about.iter().map(|text| normalised(text).to_lowercase()).collect();
    let words = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let whole = about.iter().map(String::as_str);
    // Shorter pieces are in every other word.
    let mut known: Vec<_> =
        whole.chain(words).filter(|word| word.chars().nth(2).is_some()).collect();
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = known.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, ""));
    // The engine knows them too, and in disguise, but is kind to three of them in a row.
    if zxcvbn(&rest, &known).score() < Score::Four {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

/// The memory in which passwords are hashed, one after the other: 19 MiB from the first on.
///
/// Whoever hashes keeps one. An allocator that is asked for so much again and again, from several threads,
/// keeps far more (measured with that of glibc: 460 MB after 24 passwords on two threads).
#[derive(Default)]
pub struct Workspace(Vec<Block>);

impl Workspace {
    /// The blocks for these costs.
    fn of(&mut self, params: &Params) -> &mut [Block] {
        let count = params.block_count();
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        self.0.get_mut(..count).unwrap_or_default()
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Workspace(…)")
    }
}

/// Hashes a password that [`refuse`] has let pass, with a salt of its own of 16 bytes.
///
/// It is not cut and goes in as NFKC, so that é is the same on every keyboard.
///
/// # Errors
/// [`HashError`] when the system gives no random bytes or no memory.
pub fn hash(workspace: &mut Workspace, password: &str) -> Result<PasswordHash, HashError> {
    let salt = random::<16>()?;
    let hash = hash_with(workspace, password, &salt);
    hash.map(PasswordHash).map_err(|error| HashError::Engine(error.into()))
}

fn hash_with(
    workspace: &mut Workspace,
    password: &str,
    salt: &[u8],
) -> Result<Phc, argon2::password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(Salt::new(salt)?),
        hash: Some(output(workspace, params, password, salt, Params::DEFAULT_OUTPUT_LEN)?),
    })
}

/// What comes out of a password, with these costs and this salt.
fn output(
    workspace: &mut Workspace,
    params: Params,
    password: &str,
    salt: &[u8],
    length: usize,
) -> Result<Output, argon2::password_hash::Error> {
    let mut out = [0; Output::MAX_LENGTH];
    let out = out.get_mut(..length).ok_or(argon2::password_hash::Error::OutputSize)?;
    let blocks = workspace.of(&params);
    let engine = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let password = normalised(password);
    engine.hash_password_into_with_memory(password.as_bytes(), salt, out, blocks)?;
    Ok(Output::new(out)?)
}

/// Whether `password` is the one that was hashed; `None` stands for somebody whom nobody knows, and
/// costs the same, so that the time says nothing about who is known.
///
/// The comparison takes the same time for whatever differs. An old hash with other costs
/// ([`needs_rehash`]) takes another time.
pub fn verify(workspace: &mut Workspace, password: &str, hash: Option<&PasswordHash>) -> bool {
    let Some(PasswordHash(held)) = hash_or_nobodys(hash) else { return false };
    let (Some(salt), Some(kept), Ok(params)) = (&held.salt, &held.hash, Params::try_from(held))
    else {
        return false;
    };
    // Outputs are compared in constant time.
    let made = output(workspace, params, password, salt, kept.len());
    made.is_ok_and(|made| made == *kept) && hash.is_some()
}

/// What a password is held against.
fn hash_or_nobodys(hash: Option<&PasswordHash>) -> Option<&PasswordHash> {
    static NOBODYS: LazyLock<Option<PasswordHash>> = LazyLock::new(|| NOBODY.parse().ok());
    hash.or(NOBODYS.as_ref())
}

/// Whether the hash was made with other costs than today's: at the next right password, it is made
/// anew.
pub fn needs_rehash(hash: &PasswordHash) -> bool {
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Params::try_from(&hash.0).map(|params| costs(&params)) != Ok((MEMORY_KIB, PASSES, LANES))
}

/// The same text for whatever keyboard and system it was typed on (UAX 15, NFKC).
fn normalised(text: &str) -> String {
    text.nfkc().collect()
}

impl FromStr for PasswordHash {
    type Err = InvalidHash;

    /// Reads a hash of argon2id, version 19, with a salt, within 256 MiB and 16 passes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = Phc::new(text).or(Err(InvalidHash))?;
        let params = Params::try_from(&hash).or(Err(InvalidHash))?;
        let is_ours = hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into())
            && hash.salt.is_some()
            && hash.hash.is_some();
        let is_bearable = params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= MOST_PASSES;
        if is_ours && is_bearable { Ok(Self(hash)) } else { Err(InvalidHash) }
    }
}

impl fmt::Display for PasswordHash {
    /// The PHC string, for the record.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher as _;

    use super::*;

    fn hash(password: &str) -> Result<PasswordHash, HashError> {
        super::hash(&mut Workspace::default(), password)
    }

    fn verify(password: &str, hash: Option<&PasswordHash>) -> bool {
        super::verify(&mut Workspace::default(), password, hash)
    }

    const GOOD: &str = "green turtles sing at noon";

    #[test]
    fn length_is_all_that_is_asked_of_the_characters() {
        let short = Err(WeakPassword::TooShort { least: 15 });
        assert_eq!(refuse("", &[]), short);
        assert_eq!(refuse("kQ7#vX2!pL9$wZ", &[]), short, "14 characters, however wild");
        assert_eq!(refuse("kQ7#vX2!pL9$wZ4", &[]), Ok(()));
        assert_eq!(refuse("ぬるぽがっ", &[]), short, "characters are counted, not their bytes");
        assert_eq!(refuse("mzqwhv lrtkspd bnxgf", &[]), Ok(()), "no kind of character is demanded");
        // é in two code points is one character.
        assert_eq!(refuse("e\u{301}zqwhvlrtkspdb", &[]), short);
        let long = "kQ7#vX2!pL9$wZ4 ".repeat(64);
        assert_eq!(refuse(&long, &[]), Ok(()));
        assert_eq!(refuse(&format!("{long}x"), &[]), Err(WeakPassword::TooLong { most: 1024 }));
    }

    #[test]
    fn what_programs_try_first_is_refused() {
        for guessable in [
            "passwordpassword",
            "P@ssw0rdP@ssw0rd",
            "aaaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfghjkl",
            "1234567890123456",
            "abcdefghijklmnopq",
            "iloveyouiloveyou",
            "passwordqwerty123456",
            "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
        ] {
            assert_eq!(refuse(guessable, &[]), Err(WeakPassword::Guessable), "{guessable}");
        }
        for fine in [GOOD, "зелёные черепахи поют", "السلاحف الخضراء تغني", "tortugas verdes cantan"]
        {
            assert_eq!(refuse(fine, &[]), Ok(()), "{fine}");
        }
    }

    #[test]
    fn what_is_known_of_a_person_counts_little() {
        let about = ["Amara Oyelaran-Whitcombe", "a.oyelaran@unhcr.example", "Observatory"];
        for known in [
            "Amara Oyelaran-Whitcombe",
            "oyelaranwhitcombe",
            "OyelaranWhitcombe1",
            "Amara Oyelaran 1 Observatory",
            "0y3l4r4n-wh1tc0mb3",
            "a.oyelaran@unhcr.example",
            "observatoryobservatory",
            "ａmaraoyelaran2026",
        ] {
            assert_eq!(refuse(known, &about), Err(WeakPassword::Guessable), "{known}");
        }
        assert_eq!(refuse("oyelaranwhitcombe", &[]), Ok(()), "to others it means nothing");
        assert_eq!(refuse("Amara hears green turtles sing", &about), Ok(()));
        assert_eq!(refuse(GOOD, &["", "e n t r s i a o u g l"]), Ok(()), "letters are no words");
    }

    #[test]
    fn a_password_fits_its_hash_and_no_other() {
        let hash = hash(GOOD).unwrap();
        assert!(verify(GOOD, Some(&hash)));
        assert!(!verify("green turtles sing at noon ", Some(&hash)));
        assert!(!verify("", Some(&hash)));
        let text = hash.to_string();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        let [salt, output] = text.rsplit('$').take(2).map(str::len).collect::<Vec<_>>()[..] else {
            panic!("{text}")
        };
        assert_eq!((output, salt), (22, 43), "16 bytes of salt, 32 of output");
        assert_eq!(text.parse::<PasswordHash>().unwrap(), hash, "read back as it was kept");
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
        let another = super::hash(&mut Workspace::default(), GOOD).unwrap();
        assert_ne!(another, hash, "a salt of its own");
    }

    #[test]
    fn what_a_workspace_held_before_makes_no_difference() {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap();
        let engine = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let by_engine = engine.hash_password_with_salt(GOOD.as_bytes(), &[7; 16]).unwrap();
        let mut workspace = Workspace::default();
        for password in ["another one", GOOD, GOOD] {
            let made = hash_with(&mut workspace, password, &[7; 16]).unwrap();
            assert_eq!(made == by_engine, password == GOOD, "{password}");
        }
        assert!(super::verify(&mut workspace, GOOD, Some(&PasswordHash(by_engine))));
        assert!(!super::verify(&mut workspace, "another one", None));
    }

    #[test]
    fn one_password_typed_two_ways_is_the_same() {
        let hash = hash("caf\u{e9} ouvert la nuit").unwrap();
        assert!(verify("cafe\u{301} ouvert la nuit", Some(&hash)));
        assert!(!verify("cafe ouvert la nuit", Some(&hash)));
    }

    #[test]
    fn nothing_is_cut() {
        let long = "x".repeat(MOST_BYTES);
        let hash = hash(&format!("{long}a")).unwrap();
        assert!(verify(&format!("{long}a"), Some(&hash)));
        assert!(!verify(&format!("{long}b"), Some(&hash)));
    }

    #[test]
    fn nobody_costs_what_somebody_costs() {
        let nobody = hash_or_nobodys(None).unwrap();
        assert!(!needs_rehash(nobody));
        let lengths = |hash: &PasswordHash| {
            (hash.0.salt.unwrap().len(), hash.0.hash.unwrap().len(), hash.0.version)
        };
        assert_eq!(lengths(nobody), lengths(&hash(GOOD).unwrap()));
        assert!(!verify(GOOD, None));
        assert!(!verify("", None));
    }

    #[test]
    fn costs_of_yesterday_are_verified_and_renewed() {
        let params = Params::new(8, 1, 1, None).unwrap();
        let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let old = PasswordHash(old.hash_password_with_salt(GOOD.as_bytes(), &[7; 16]).unwrap());
        assert!(verify(GOOD, Some(&old)));
        assert!(needs_rehash(&old));
        assert!(!needs_rehash(&hash(GOOD).unwrap()));
    }

    #[test]
    fn only_our_hashes_are_read() {
        let ours = NOBODY;
        assert!(ours.parse::<PasswordHash>().is_ok());
        for wrong in [
            "",
            "green turtles sing at noon",
            &ours.replace("argon2id", "argon2i"),
            &ours.replace("argon2id", "pbkdf2"),
            &ours.replace("v=19", "v=16"),
            &ours.replace("$v=19", ""),
            &ours.replace("m=19456", "m=262145"),
            &ours.replace("t=2", "t=17"),
            &ours.replace("m=19456", "m=4294967295"),
            ours.rsplit_once('$').unwrap().0,
            ours.rsplitn(3, '$').last().unwrap(),
            &format!("{ours}$x"),
        ] {
            assert_eq!(wrong.parse::<PasswordHash>(), Err(InvalidHash), "{wrong}");
        }
    }
}
