//! What the compiler says to misuse, word for word. Run with `TRYBUILD=overwrite` after a change, and read what it
//! wrote as somebody would who sees the crate for the first time.

#[test]
fn ui() {
    let pinned = include_str!("../../rust-toolchain.toml");
    let version = std::process::Command::new("rustc").arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout);
    let number = version.split(' ').nth(1).unwrap_or_default();
    assert!(
        pinned.contains(&format!("channel = \"{number}\"")),
        "the snapshots belong to the compiler named in rust-toolchain.toml, and this is {version}",
    );
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/timed/*.rs");
    cases.compile_fail("ui/cached/*.rs");
    cases.compile_fail("ui/offload/*.rs");
}
