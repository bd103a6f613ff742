//! libFuzzer around one target, named by `OBSERVATORY_FUZZ_TARGET`: started by `tests/fuzz/run`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use observatory_fuzz::{Target, check, target};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[expect(clippy::disallowed_methods, reason = "libFuzzer owns the arguments of the program")]
#[expect(clippy::expect_used, reason = "a run without a target is a mistake of who starts it")]
static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("OBSERVATORY_FUZZ_TARGET").expect("the name of a target");
    target(&name).expect("the name of a target that exists")
});

fuzz_target!(|bytes: &[u8]| check(*TARGET, bytes, MEMORY));
