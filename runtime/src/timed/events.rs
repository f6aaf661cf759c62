//! The log lines of `slow`, `log` and `slow_poll`, as `tracing` events.
//!
//! Each carries the target, file and line of the user's own function, so `RUST_LOG=my_crate=info` selects it. The
//! metadata of an event must be `'static`; it is made at the first event of a function and kept in its site.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{FieldSet, Value as Field, debug, display};
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, dispatcher};

use super::Value;
use super::outcome::{Ending, Outcome};
use super::series::named_values;
use crate::clock;
use crate::site::Site;

/// What the events are called, by which formats know them.
pub(crate) const EVENT: &str = "fujita::timed";
/// The field for machines; people have one that they can read.
pub(crate) const ELAPSED_SECONDS: &str = "elapsed_seconds";

/// Characters of a label's value.
const LONGEST_VALUE: usize = 200;

/// The call sites of one function's events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    log: OnceLock<&'static EventSite>,
    slow: OnceLock<&'static EventSite>,
    slow_poll: OnceLock<&'static EventSite>,
    /// When the last `slow_poll` line was written, in ticks.
    last_slow_poll: AtomicU64,
}

struct EventSite(OnceLock<Metadata<'static>>);

// Written once, and whole by then. Without it measured futures would not be `UnwindSafe`.
impl std::panic::RefUnwindSafe for EventSite {}

impl std::fmt::Debug for EventSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EventSite").field(&self.0).finish()
    }
}

impl Callsite for EventSite {
    // Every event asks the dispatcher itself: these lines are rare, and subscribers may come and go.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("an event site is registered after its metadata is set")
    }
}

impl EventSite {
    fn leak(site: &'static Site, level: Level) -> &'static Self {
        const FIELDS: &[&str] =
            &["message", "function", "elapsed", ELAPSED_SECONDS, "result", "error", "labels"];
        let this: &'static Self = Box::leak(Box::new(Self(OnceLock::new())));
        let metadata = Metadata::new(
            EVENT,
            site.module(),
            level,
            Some(site.file()),
            Some(site.line()),
            Some(site.module()),
            FieldSet::new(FIELDS, Identifier(this)),
            Kind::EVENT,
        );
        if this.0.set(metadata).is_ok() {
            callsite::register(this);
        }
        this
    }
}

/// Written when a call ends, as `log` and `slow` ask.
pub(super) fn call_ended(site: &'static Site, elapsed: Duration, outcome: Outcome, values: &[Value]) {
    if let Some(limit) = site.timed.slow.filter(|limit| elapsed >= *limit) {
        let event = site.late().events.slow.get_or_init(|| EventSite::leak(site, Level::WARN));
        let message = format_args!("slow call: {elapsed:.2?}, over {limit:?}");
        write(event, site, message, elapsed, Some(outcome), values);
    }
    if let Some(level) = site.timed.log {
        let event = site.late().events.log.get_or_init(|| EventSite::leak(site, level));
        let message = match outcome.ending {
            Ending::Ok => format_args!("call returned"),
            Ending::Error => format_args!("call failed"),
            Ending::Panic => format_args!("call panicked"),
            Ending::Cancelled => format_args!("call was cancelled"),
        };
        write(event, site, message, elapsed, Some(outcome), values);
    }
}

/// Written for a slow poll, at most once a second per function.
pub(super) fn slow_poll(site: &'static Site, elapsed: Duration, values: &[Value]) {
    let now = clock::now();
    let last = &site.late().events.last_slow_poll;
    let before = last.load(Ordering::Relaxed);
    let due = before == 0 || clock::more_than_a_second(before, now);
    if due && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        let event = site.late().events.slow_poll.get_or_init(|| EventSite::leak(site, Level::WARN));
        let limit = site.timed.slow_poll.unwrap_or_default();
        let message = format_args!("slow poll: blocked its thread for {elapsed:.2?}, over {limit:?}");
        write(event, site, message, elapsed, None, values);
    }
}

fn write(
    event: &'static EventSite,
    site: &'static Site,
    message: std::fmt::Arguments<'_>,
    elapsed: Duration,
    outcome: Option<Outcome>,
    values: &[Value],
) {
    let metadata = event.metadata();
    dispatcher::get_default(|dispatch| {
        if !dispatch.enabled(metadata) {
            return;
        }
        let fields = metadata.fields();
        let mut names = fields.iter();
        let mut next = || names.next().expect("as many fields as values");
        let (seconds, elapsed) = (elapsed.as_secs_f64(), debug(elapsed));
        let function = printable(site.function());
        let error = outcome.and_then(|outcome| outcome.error_kind).map(printable);
        let (function, error) = (&*function, error.as_deref());
        let labels = labels(site, values);
        let labels = (!labels.is_empty()).then(|| display(labels));
        let result = outcome.map(|outcome| outcome.ending.as_str());
        let values = [
            (&next(), Some(&message as &dyn Field)),
            (&next(), Some(&function as &dyn Field)),
            (&next(), Some(&elapsed as &dyn Field)),
            (&next(), Some(&seconds as &dyn Field)),
            (&next(), result.as_ref().map(|v| v as &dyn Field)),
            (&next(), error.as_ref().map(|v| v as &dyn Field)),
            (&next(), labels.as_ref().map(|v| v as &dyn Field)),
        ];
        dispatch.event(&Event::new(metadata, &fields.value_set(&values)));
    });
}

/// As `a=x b="x y"`, in one line, whatever is in them.
fn labels(site: &'static Site, values: &[Value]) -> String {
    let mut text = String::new();
    for (name, value) in named_values(site, values) {
        let space = if text.is_empty() { "" } else { " " };
        let cut = value.char_indices().nth(LONGEST_VALUE).map(|(end, _)| end);
        let (value, rest) = cut.map_or((&*value, ""), |end| (&value[..end], "…"));
        // Writing into a text does not fail.
        let _ = if value.chars().all(is_plain) {
            write!(text, "{space}{name}={value}{rest}")
        } else {
            write!(text, "{space}{name}={value:?}{rest}")
        };
    }
    text
}

/// Whether it can stand without quotes: none of these ends a value or the line.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || (c.is_ascii_punctuation() && !matches!(c, '"' | '\\' | '='))
}

/// Without what could end the line or turn its colours, which JSON leaves as it is in part.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut printable = String::new();
    for c in text.chars() {
        if c.is_control() {
            printable.extend(c.escape_debug());
        } else {
            printable.push(c);
        }
    }
    printable.into()
}
