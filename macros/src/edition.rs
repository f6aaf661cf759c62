//! The edition of the crate that is compiled. Macros are not told; the compiler was, on its command line.

use std::sync::LazyLock;

/// Whether `async` is a word of the user's language. Where nothing tells, as in an editor, it may not be.
pub(crate) fn has_async() -> bool {
    static FOUND: LazyLock<bool> = LazyLock::new(|| {
        let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        edition_in(arguments).is_some_and(|edition| edition != "2015")
    });
    *FOUND
}

/// `--edition=2024` or `--edition 2024`.
fn edition_in(mut arguments: impl Iterator<Item = String>) -> Option<String> {
    let found = arguments.find_map(|argument| argument.strip_prefix("--edition").map(str::to_owned))?;
    if found.is_empty() { arguments.next() } else { found.strip_prefix('=').map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::edition_in;

    #[test]
    fn editions() {
        for (line, edition) in [
            ("rustc --crate-name a --edition=2024 a.rs", Some("2024")),
            ("rustc a.rs --edition 2018 --test", Some("2018")),
            ("rustc --edition=2015", Some("2015")),
            ("rustc a.rs", None),
            ("rustc @arguments", None),
            ("rustc --edition", None),
        ] {
            assert_eq!(edition_in(line.split(' ').map(str::to_owned)).as_deref(), edition, "{line}");
        }
    }
}
