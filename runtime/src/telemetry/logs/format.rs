//! What lines look like.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::{MakeVisitor as _, RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::timed::{ELAPSED_SECONDS, EVENT};

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

/// The usual fields, but for those that machines alone read. Layers with fields of one type share what a span's look
/// like, colours included, so there are two.
pub(super) struct Fields<const COLOURFUL: bool>;

impl<'writer, const COLOURFUL: bool> FormatFields<'writer> for Fields<COLOURFUL> {
    fn format_fields<R: RecordFields>(&self, to: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = DefaultFields::new().make_visitor(to);
        fields.record(&mut ForPeople(&mut visitor));
        visitor.finish()
    }
}

struct ForPeople<'a>(&'a mut dyn Visit);

impl Visit for ForPeople<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // Others may have a field of that name, for people.
        if field.name() != ELAPSED_SECONDS || field.callsite().0.metadata().name() != EVENT {
            self.0.record_f64(field, value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.record_str(field, value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.0.record_bytes(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.record_error(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.record_debug(field, value);
    }
}

/// The fields of spans as JSON. The span's own name stands beside them, and nothing is to be there twice.
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut to: Writer<'writer>, fields: R) -> fmt::Result {
        let mut text = String::new();
        JsonFields::new().format_fields(Writer::new(&mut text), fields)?;
        to.write_str(&without_name(text))
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut all = FormattedFields::new(current.fields.clone());
        JsonFields::new().add_fields(&mut all, fields)?;
        current.fields = without_name(all.fields);
        Ok(())
    }
}

/// A field called `name` becomes `fields.name`.
fn without_name(mut fields: String) -> String {
    // In a text, its quotes would have backslashes before them.
    let key = "\"name\":";
    let mut places = fields.match_indices(key).map(|(at, _)| at);
    let place = places.find(|at| matches!(fields.as_bytes().get(at.wrapping_sub(1)), Some(b'{' | b',')));
    if let Some(at) = place {
        fields.insert_str(at + 1, "fields.");
    }
    fields
}
