//! Log lines for people and for machines: on standard error, in files, or both.

use std::error::Error as _;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{fmt, fs};

use tracing::{Event, Level, Subscriber};
use tracing_appender::rolling::{Builder as RollingBuilder, RollingFileAppender, Rotation};
use tracing_subscriber::Registry;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer, Layered, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::error::TelemetryError;

/// What is to be logged where.
#[derive(Debug, Default)]
pub(super) struct Logs {
    pub(super) style: Style,
    pub(super) console: bool,
    pub(super) file: Option<(PathBuf, Rotation)>,
    pub(super) max_files: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Style {
    #[default]
    Pretty,
    Json,
}

type Filtered = Layered<EnvFilter, Registry>;
type AnyLayer = Box<dyn Layer<Filtered> + Send + Sync>;

impl Logs {
    pub(super) fn install(self) -> Result<(), TelemetryError> {
        let mut layers = Vec::new();
        if self.console {
            let is_colourful =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
            layers.push(self.style.layer(BoxMakeWriter::new(Lines::to(io::stderr, None)), is_colourful));
        }
        if let Some((directory, rotation)) = self.file {
            let file = open(&directory, rotation, self.max_files)?;
            layers.push(self.style.layer(BoxMakeWriter::new(Lines::to(file, Some(directory))), false));
        }
        if layers.is_empty() {
            return Ok(());
        }
        let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
        let installed = tracing_subscriber::registry().with(filter).with(layers).try_init();
        installed.map_err(|_| TelemetryError::SubscriberExists)
    }
}

fn open(
    directory: &Path,
    rotation: Rotation,
    max_files: Option<usize>,
) -> Result<RollingFileAppender, TelemetryError> {
    let cannot = |source| TelemetryError::CannotLog { directory: directory.to_owned(), source };
    // The builder would do it too, and complain on standard error before.
    fs::create_dir_all(directory).map_err(cannot)?;
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_stem).unwrap_or_else(|| "program".as_ref());
    let file = RollingFileAppender::builder()
        .rotation(rotation)
        .filename_prefix(program.to_string_lossy())
        .filename_suffix("log");
    let file = max_files.into_iter().fold(file, RollingBuilder::max_log_files);
    file.build(directory).map_err(|error| {
        // What it says of itself repeats the path.
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        cannot(source.map_or_else(|| io::Error::other(error.to_string()), copy))
    })
}

/// With its code, and so the system's own words.
fn copy(error: &io::Error) -> io::Error {
    let code = error.raw_os_error().map(io::Error::from_raw_os_error);
    code.unwrap_or_else(|| io::Error::new(error.kind(), error.to_string()))
}

impl Style {
    fn layer(self, to: BoxMakeWriter, is_colourful: bool) -> AnyLayer {
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(to)
            .with_ansi(is_colourful)
            .log_internal_errors(false);
        match self {
            Self::Json => layer.json().flatten_event(true).boxed(),
            Self::Pretty if is_colourful => layer.event_format(LevelFirst::default()).boxed(),
            Self::Pretty => {
                layer.fmt_fields(Plain(DefaultFields::new())).event_format(LevelFirst::default()).boxed()
            }
        }
    }
}

/// As tracing-subscriber writes it, but with the level first: it is what the eye looks for.
struct LevelFirst(Format<Full, ()>);

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
struct Plain(DefaultFields);

impl<'writer> FormatFields<'writer> for Plain {
    fn format_fields<R: RecordFields>(&self, to: Writer<'writer>, fields: R) -> fmt::Result {
        self.0.format_fields(to, fields)
    }
}

/// Writes line by line at once, so that none is left when the process ends, however it ends; and never fails: a full
/// disk or a closed pipe is no reason for a program to stop.
struct Lines<M> {
    to: M,
    state: Arc<State>,
}

struct State {
    /// Where the lines are, unless that is standard error itself.
    directory: Option<PathBuf>,
    /// Lines that could not be written since the last one that could.
    lost: AtomicU64,
    /// The last line has no end.
    is_torn: AtomicBool,
}

impl<M> Lines<M> {
    fn to(to: M, directory: Option<PathBuf>) -> Self {
        let state = State { directory, lost: AtomicU64::new(0), is_torn: AtomicBool::new(false) };
        Self { to, state: Arc::new(state) }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Lines<M> {
    type Writer = Line<'a, M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { to: self.to.make_writer(), state: &self.state }
    }
}

struct Line<'a, W> {
    to: W,
    state: &'a State,
}

impl<W: Write> Write for Line<'_, W> {
    /// The whole of it, or as much as there is room for.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mended = !self.state.is_torn.load(Ordering::Relaxed) || self.to.write(b"\n").is_ok_and(|n| n > 0);
        let mut rest = line;
        let outcome = loop {
            if rest.is_empty() {
                break Ok(());
            }
            match self.to.write(rest) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.state.is_torn.store(!rest.is_empty() && (rest.len() < line.len() || !mended), Ordering::Relaxed);
        self.state.tell(outcome);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl State {
    /// Says on standard error that lines are lost, and how many they were; once each.
    fn tell(&self, outcome: io::Result<()>) {
        let Some(directory) = &self.directory else { return };
        let directory = directory.display();
        let mut console = io::stderr();
        if let Err(error) = outcome {
            if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                let _ = writeln!(console, "fujita: cannot log in {directory}, lines are lost: {error}");
            }
        } else if self.lost.load(Ordering::Relaxed) > 0 {
            let lost = self.lost.swap(0, Ordering::Relaxed);
            let _ = writeln!(console, "fujita: logging in {directory} goes on; {lost} lines were lost");
        }
    }
}
