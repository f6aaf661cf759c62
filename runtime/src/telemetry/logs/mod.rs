//! Log lines for people and for machines: on standard error, in files, or both.

mod filter;
mod format;
mod lines;
mod rolling;
mod rotation;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use tracing_log::{AsLog as _, LogTracer};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Layer, Layered, SubscriberExt as _};

use self::format::{Fields, LevelFirst, SpanFields};
use self::lines::Lines;
use self::rolling::Rolling;
pub use self::rotation::Rotation;
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
        if self.max_files == Some(0) {
            return Err(TelemetryError::NoLogFiles);
        }
        let mut layers = Vec::new();
        if self.console {
            let is_colourful =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
            layers.push(self.style.layer(BoxMakeWriter::new(Lines::to(io::stderr, None)), is_colourful));
        }
        if let Some((directory, rotation)) = self.file {
            let file = Rolling::open(directory.clone(), rotation, self.max_files)
                .map_err(|source| TelemetryError::CannotLog { directory: directory.clone(), source })?;
            layers.push(self.style.layer(BoxMakeWriter::new(Lines::to(file, Some(directory))), false));
        }
        if layers.is_empty() {
            return Ok(());
        }
        let subscriber = tracing_subscriber::registry().with(filter::from_env()).with(layers);
        // Not its `try_init`, which fails halfway where the program has a logger for the `log` crate.
        tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::SubscriberExists)?;
        let most = LevelFilter::current().as_log();
        // Such a logger keeps its records.
        let _ = LogTracer::builder().with_max_level(most).init();
        Ok(())
    }
}

impl Style {
    fn layer(self, to: BoxMakeWriter, is_colourful: bool) -> AnyLayer {
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(to)
            .with_ansi(is_colourful)
            .log_internal_errors(false);
        match self {
            Self::Json => layer.json().fmt_fields(SpanFields).boxed(),
            Self::Pretty if is_colourful => {
                layer.fmt_fields(Fields::<true>).event_format(LevelFirst::default()).boxed()
            }
            Self::Pretty => layer.fmt_fields(Fields::<false>).event_format(LevelFirst::default()).boxed(),
        }
    }
}
