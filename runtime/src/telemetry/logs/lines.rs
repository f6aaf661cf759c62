//! Lines on their way to where they may not arrive.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tracing_subscriber::fmt::MakeWriter;

/// Writes line by line at once, so that none is left when the process ends, however it ends; and never fails: a full
/// disk or a closed pipe is no reason for a program to stop.
pub(super) struct Lines<M> {
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
    pub(super) fn to(to: M, directory: Option<PathBuf>) -> Self {
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

pub(super) struct Line<'a, W> {
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
