//! The failure: how a test of a user is told what is wrong.

/// Fails the test, with the place of the caller's caller.
#[track_caller]
pub(super) fn fail(text: &str) -> ! {
    #[expect(clippy::panic, reason = "a failed test is what it is for")]
    {
        panic!("{text}")
    }
}
