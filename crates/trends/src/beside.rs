//! Two things at the same time.

/// Does `one` on a thread of its own and `other` meanwhile. What panics there panics here: half a count
/// would be a wrong one.
pub(crate) fn both<One: Send, Other>(
    one: impl FnOnce() -> One + Send,
    other: impl FnOnce() -> Other,
) -> (One, Other) {
    std::thread::scope(|scope| {
        let beside = scope.spawn(one);
        let other = other();
        let one = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (one, other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_that_fails() {
        assert_eq!(both(|| 1, || 2), (1, 2));
        let fails = || "no number".parse::<u8>().unwrap();
        let failed = std::panic::catch_unwind(|| both(fails, || 2));
        assert!(failed.is_err());
    }
}
