//! Codes beside the password: those that an authenticator app shows, and those that are kept on paper.

use std::fmt;
use std::str::FromStr;

use observatory_model::Timestamp;
use sha2::{Digest as _, Sha256};
use totp_rs::{Algorithm, Builder, Totp};
use unicode_normalization::UnicodeNormalization as _;

use crate::{NoRandomness, random};

/// Seconds in which an app shows one code (RFC 6238 §5.2).
pub const SECONDS_PER_STEP: u64 = 30;

/// Digits of a code. Six, SHA-1 and 30 seconds are what every app can; several take other wishes and
/// pass them over in silence.
const DIGITS: u8 = 6;

/// Steps before and after the present whose codes are taken: clocks differ, and typing takes a while
/// (RFC 6238 §5.2).
const STEPS_AROUND: u64 = 1;

/// Recovery codes that somebody is given at once.
pub const RECOVERY_CODES: usize = 10;

/// What an authenticator app and we both know: 160 random bits (RFC 4226 §4, R6). `Debug` does not show
/// them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 20]);

/// The text is no secret of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret has 32 letters A–Z and digits 2–7")]
pub struct InvalidSecret;

impl Secret {
    /// A new secret.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        random().map(Self)
    }

    /// The secret as 32 letters and digits (base32, RFC 4648 §6), to be kept, and to be typed where no
    /// camera reads the square. [`FromStr`] reads it.
    pub fn base32(&self) -> String {
        self.engine().secret().to_base32()
    }

    /// The address that an app reads from a square: `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=…`.
    ///
    /// Whatever stands in the names ends neither; a colon, which the form keeps for itself, becomes a
    /// space. An account without a name is called `-`.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let name = |text: &str| text.replace(':', " ").trim().to_owned();
        let account = Some(name(account)).filter(|name| !name.is_empty());
        let named = self.builder().with_issuer(Some(name(issuer)));
        let named = named.with_account_name(account.unwrap_or_else(|| "-".to_owned()));
        // Fails for a colon and for no name alone, and there is neither.
        named.build_noncompliant().to_url().unwrap_or_default()
    }

    fn engine(&self) -> Totp {
        self.builder().build_noncompliant()
    }

    /// All wishes that the engine could refuse are constants, and the tests make an engine of them.
    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(0)
            .with_step_duration(SECONDS_PER_STEP)
            .with_secret(self.0)
    }
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    /// Reads [`Secret::base32`], in groups or not, in letters of either size.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: String = text.chars().filter(|c| !is_between(*c)).collect();
        let bytes = totp_rs::Secret::try_from_base32(letters.to_ascii_uppercase());
        let bytes = bytes.or(Err(InvalidSecret))?;
        // No second text gives the same bytes.
        let secret = bytes.as_bytes().try_into().map(Self).or(Err(InvalidSecret))?;
        if letters.len() == 32 { Ok(secret) } else { Err(InvalidSecret) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The step whose code `typed` is, or `None` when it is not taken.
///
/// Taken are the codes of this step, of the one before and of the one after it, and only of steps after
/// `last_step`: the one that the caller kept when a code was last taken. Whoever looks over a shoulder
/// comes too late (RFC 6238 §5.2, SP 800-63B-4 §3.1.4.2). Two requests at once are the caller's to tell
/// apart: the new step is written where the old one still stands.
///
/// `typed` may have spaces and marks of direction in it, and the digits of any script of our readers.
/// Six digits are one million: how often somebody may try has to be limited.
pub fn accept(secret: &Secret, typed: &str, now: Timestamp, last_step: Option<u64>) -> Option<u64> {
    let code: String = typed.chars().filter(|c| !is_between(*c)).map(ascii_digit).collect();
    let step = u64::try_from(now.millis()).ok()? / 1000 / SECONDS_PER_STEP;
    let engine = secret.engine();
    let around = step.saturating_sub(STEPS_AROUND)..=step.saturating_add(STEPS_AROUND);
    let mut unused = around.filter(|step| last_step.is_none_or(|last| *step > last));
    unused.find(|step| engine.check(&code, step.saturating_mul(SECONDS_PER_STEP)).is_some())
}

/// What people put between digits and letters, or what comes along when they paste.
const fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}')
}

/// An ASCII digit for an Arabic-Indic, a Persian or a full-width one.
fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// Letters of a recovery code: Crockford's, without I, L, O and U, which are read as others or form
/// words.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Bits that a letter stands for.
const BITS_PER_LETTER: usize = 5;

/// Letters of a recovery code.
const LETTERS_PER_CODE: usize = 24;

/// Letters that stand together.
const LETTERS_PER_GROUP: usize = 4;

/// A code to be kept on paper for the day when the app is gone: 120 random bits, as six groups of four
/// letters, `7K3M-…`. `Debug` does not show it.
///
/// 120, because below 112 bits a code would have to be hashed as slowly as a password, and all ten at
/// each try (SP 800-63B-4 §3.1.2.2, ASVS 5.0 6.5.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryCode([u8; 15]);

/// The text is no recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a recovery code has six groups of four letters and digits")]
pub struct InvalidRecoveryCode;

/// What is kept of a recovery code: its SHA-256. From it, nobody finds the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecoveryHash(pub [u8; 32]);

impl RecoveryCode {
    /// Ten new codes, which take the place of all that somebody had.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives no random bytes.
    pub fn new_set() -> Result<[Self; RECOVERY_CODES], NoRandomness> {
        let mut codes = [Self([0; 15]); RECOVERY_CODES];
        for code in &mut codes {
            *code = Self(random()?);
        }
        Ok(codes)
    }

    /// What is kept of it.
    ///
    /// A code is good once: whoever takes one deletes the record with this hash, of this person, and
    /// lets pass when exactly one was deleted.
    pub fn hash(&self) -> RecoveryHash {
        RecoveryHash(Sha256::digest(self.0).into())
    }
}

impl FromStr for RecoveryCode {
    type Err = InvalidRecoveryCode;

    /// Reads a code as it was copied: in any groups, in letters of either size and width, with O for 0,
    /// I and L for 1.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut bits, mut letters) = (0_u128, 0);
        for letter in text.nfkc().filter(|c| !is_between(*c)).map(ascii_digit) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let place = LETTERS.iter().position(|known| char::from(*known) == letter);
            let place = place.and_then(|place| u128::try_from(place).ok());
            letters += 1;
            if letters > LETTERS_PER_CODE {
                return Err(InvalidRecoveryCode);
            }
            bits = bits << BITS_PER_LETTER | place.ok_or(InvalidRecoveryCode)?;
        }
        let [0, bytes @ ..] = bits.to_be_bytes() else { return Err(InvalidRecoveryCode) };
        if letters == LETTERS_PER_CODE { Ok(Self(bytes)) } else { Err(InvalidRecoveryCode) }
    }
}

impl fmt::Display for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        for place in 0..LETTERS_PER_CODE {
            if place > 0 && place % LETTERS_PER_GROUP == 0 {
                formatter.write_str("-")?;
            }
            let letter = bits >> ((LETTERS_PER_CODE - 1 - place) * BITS_PER_LETTER) & 0b1_1111;
            let letter = usize::try_from(letter).ok().and_then(|letter| LETTERS.get(letter));
            write!(formatter, "{}", char::from(*letter.unwrap_or(&b'0')))?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn secret() -> Secret {
        Secret(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// RFC 6238, appendix B: time, step and the last six of its eight digits.
    const VECTORS: [(i64, u64, &str); 6] = [
        (59, 0x1, "287082"),
        (1_111_111_109, 0x0235_23ec, "081804"),
        (1_111_111_111, 0x0235_23ed, "050471"),
        (1_234_567_890, 0x0273_ef07, "005924"),
        (2_000_000_000, 0x03f9_40aa, "279037"),
        (20_000_000_000, 0x27bc_86aa, "353130"),
    ];

    #[test]
    fn codes_are_those_of_the_standard() {
        for (time, step, code) in VECTORS {
            assert_eq!(accept(&secret(), code, at(time), None), Some(step), "{time}");
            assert_eq!(accept(&Secret([0; 20]), code, at(time), None), None, "{time}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late() {
        let (time, step, code) = VECTORS[3];
        for (seconds, taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let found = accept(&secret(), code, at(time + seconds), None);
            assert_eq!(found, taken.then_some(step), "{seconds}");
        }
        assert_eq!(accept(&secret(), code, at(-30), None), None, "before there were steps");
        assert_eq!(accept(&secret(), "755224", at(0), None), Some(0), "RFC 4226, appendix D");
    }

    #[test]
    fn no_code_is_good_twice() {
        let (time, step, code) = VECTORS[3];
        assert_eq!(accept(&secret(), code, at(time), Some(step - 1)), Some(step));
        for last in [step, step + 1, u64::MAX] {
            assert_eq!(accept(&secret(), code, at(time), Some(last)), None, "{last}");
            assert_eq!(accept(&secret(), code, at(time + 30), Some(last)), None, "{last}");
        }
    }

    #[test]
    fn codes_are_typed_in_every_script() {
        let (time, step, _) = VECTORS[3];
        for typed in [
            "005924",
            " 005 924\n",
            "005-924",
            "\u{200f}005\u{a0}924\u{200e}",
            "٠٠٥٩٢٤",
            "۰۰۵۹۲۴",
            "００５９２４",
            "٠٠٥ 924",
        ] {
            assert_eq!(accept(&secret(), typed, at(time), None), Some(step), "{typed:?}");
        }
        for wrong in
            ["", "5924", "+05924", "05924", "0005924", "00592४", "005925", "0x1724", "005.924"]
        {
            assert_eq!(accept(&secret(), wrong, at(time), None), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_is_read_back_and_not_shown() {
        let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(secret().base32(), text);
        assert_eq!(text.parse(), Ok(secret()));
        assert_eq!("gezd gnbv gy3t qojq gezd gnbv gy3t qojq".parse(), Ok(secret()));
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
        for wrong in
            ["", "GEZDGNBVGY3TQOJQGEZDGNBVGY", &format!("{text}A"), &text.replace('G', "1"), "é"]
        {
            assert_eq!(wrong.parse::<Secret>(), Err(InvalidSecret), "{wrong}");
        }
        assert_ne!(Secret::new().unwrap(), Secret::new().unwrap());
        assert!(secret().builder().build().is_ok(), "the engine has nothing against it");
    }

    #[test]
    fn names_end_nothing_in_the_address() {
        assert_eq!(
            secret().uri("Observatory", "amara@example.org"),
            "otpauth://totp/Observatory:amara%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Observatory"
        );
        let uri = secret().uri("A&secret=AAAA: #1 /é", "a?b:c%41\r\n");
        let uri = url::Url::parse(&uri).unwrap();
        let pairs: Vec<_> =
            uri.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0], ("secret".to_owned(), secret().base32()));
        assert_eq!(pairs[1], ("issuer".to_owned(), "A&secret=AAAA  #1 /é".to_owned()));
        assert_eq!(uri.path().matches([':', '/']).count(), 2, "{uri}");
        assert!(uri.path().ends_with(":a%3Fb%20c%2541"), "{uri}");
        assert_eq!(uri.fragment(), None);
        assert!(secret().uri("", ":").starts_with("otpauth://totp/:-?secret="));
    }

    #[test]
    fn a_recovery_code_is_read_as_it_was_copied() {
        let code = RecoveryCode([
            0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56,
            0xd7,
        ]);
        assert_eq!(code.to_string(), "0123-4567-89AB-CDEF-GHJK-MNPQ");
        for typed in [
            "0123-4567-89AB-CDEF-GHJK-MNPQ",
            " 0123 4567 89ab cdef ghjk mnpq\n",
            "OI23456789ABCDEFGHJKMNPQ",
            "ol23–4567–89ab–cdef–ghjk–mnpq",
            "０１２３-４５６７-８９ＡＢ-ｃｄｅｆ-ghjk-mnpq",
            "٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ",
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed:?}");
        }
        for wrong in [
            "",
            "0123-4567-89AB-CDEF-GHJK-MNP",
            "0123-4567-89AB-CDEF-GHJK-MNPQ-0",
            "0123-4567-89AB-CDEF-GHJK-MNPU",
            &"0".repeat(1000),
        ] {
            assert_eq!(wrong.parse::<RecoveryCode>(), Err(InvalidRecoveryCode), "{wrong:?}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    #[test]
    fn ten_codes_are_ten_and_all_their_bits_are_read_back() {
        let codes = RecoveryCode::new_set().unwrap();
        let hashes: BTreeSet<_> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        for code in codes {
            let read: RecoveryCode = code.to_string().parse().unwrap();
            assert_eq!(read.hash(), code.hash());
        }
        let all = RecoveryCode([0xff; 15]);
        assert_eq!(all.to_string(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(all.to_string().parse(), Ok(all));
    }

    #[test]
    fn of_a_recovery_code_its_sha_256_is_kept() {
        // As `sha256sum` gives it for 15 zero bytes: the first half.
        let digest = 0x5322_fecf_c92a_5e32_48a2_97a3_df3e_ddfb_u128.to_be_bytes();
        assert_eq!(RecoveryCode([0; 15]).hash().0[..16], digest);
    }
}
