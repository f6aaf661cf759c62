//! What lines look like.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// As tracing-subscriber writes it, but with the level first: it is what the eye looks for.
pub(super) struct LevelFirst(Format<Full, ()>);

impl Default for LevelFirst {
    fn default() -> Self {
        Self(Format::default().without_time().with_level(false))
    }
}

impl<S, N> FormatEvent<S, N> for LevelFirst
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        if to.has_ansi_escapes() {
            write!(to, "\u{1b}[{}m{level:>5}\u{1b}[0m ", colour(level))?;
        } else {
            write!(to, "{level:>5} ")?;
        }
        SystemTime.format_time(&mut to)?;
        to.write_char(' ')?;
        self.0.format_event(context, to, event)
    }
}

/// The usual ones.
fn colour(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        Level::DEBUG => 34,
        Level::TRACE => 35,
    }
}

/// The usual fields under a name of their own: layers with equal ones share what a span's fields look like, colours
/// included.
pub(super) struct Plain(pub(super) DefaultFields);

impl<'writer> FormatFields<'writer> for Plain {
    fn format_fields<R: RecordFields>(&self, to: Writer<'writer>, fields: R) -> fmt::Result {
        self.0.format_fields(to, fields)
    }
}
