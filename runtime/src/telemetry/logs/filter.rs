//! `RUST_LOG`.

use std::io::{self, Write as _};

use tracing::level_filters::STATIC_MAX_LEVEL;
use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter};

/// What of it can be read; `info` if that is nothing. What cannot is told on standard error.
///
/// tracing-subscriber's own reading tells it with `eprintln!`, which panics when nobody reads standard error.
pub(super) fn from_env() -> EnvFilter {
    let wanted = std::env::var_os(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let wanted = wanted.to_string_lossy();
    let mut directives = Vec::new();
    for part in wanted.split(',').filter(|part| !part.is_empty()) {
        match part.parse::<Directive>() {
            Ok(directive) => directives.push((part, directive)),
            Err(error) => {
                let name = EnvFilter::DEFAULT_ENV;
                let _ = writeln!(io::stderr(), "fujita: ignoring {part:?} in {name}: {error}");
            }
        }
    }
    let builder = EnvFilter::builder();
    if directives.is_empty() {
        return builder.with_default_directive(LevelFilter::INFO.into()).parse_lossy("");
    }
    // The builder has notes for standard error where levels are compiled out. Fields of spans count for less this way.
    if STATIC_MAX_LEVEL < LevelFilter::TRACE {
        return directives
            .into_iter()
            .fold(EnvFilter::default(), |filter, (_, directive)| filter.add_directive(directive));
    }
    builder.parse_lossy(directives.iter().map(|(part, _)| *part).collect::<Vec<_>>().join(","))
}
