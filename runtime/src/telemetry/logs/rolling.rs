//! A log file that gives way to the next one when its time is over.
//!
//! tracing-appender's complains with `eprintln!`, which panics when nobody reads standard error any more, and removes
//! files that are not its own.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracing_subscriber::fmt::MakeWriter;

use super::rotation::Rotation;

pub(super) struct Rolling {
    directory: PathBuf,
    program: String,
    rotation: Rotation,
    max_files: Option<usize>,
    current: Mutex<Current>,
}

struct Current {
    file: Arc<File>,
    /// In seconds since 1970.
    until: Option<i64>,
    /// The next one should have begun, and cannot.
    is_late: bool,
}

impl Rolling {
    pub(super) fn open(directory: PathBuf, rotation: Rotation, max_files: Option<usize>) -> io::Result<Self> {
        let program = program();
        let (name, until) = rotation.file(&program, now());
        let file = open(&directory, &name)?;
        let current = Mutex::new(Current { file, until, is_late: false });
        let this = Self { directory, program, rotation, max_files, current };
        this.prune(&name);
        Ok(this)
    }

    /// The name of the new file.
    fn roll(&self, current: &mut Current, now: i64) -> io::Result<String> {
        let (name, until) = self.rotation.file(&self.program, now);
        // If it fails, it does not try again at each line.
        (current.is_late, current.until) = (true, Some(now.saturating_add(1)));
        let file = open(&self.directory, &name)?;
        *current = Current { file, until, is_late: false };
        Ok(name)
    }

    /// Removes the oldest files, so that with `current` there are as many as there may be.
    fn prune(&self, current: &str) {
        let Some(max_files) = self.max_files else { return };
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let own = entries.filter_map(Result::ok).filter_map(|entry| {
            // No directories, and no links, which somebody else has made.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name().into_string().ok().filter(|_| is_file)?;
            (name != current && self.rotation.has_made(&self.program, &name)).then_some(name)
        });
        let mut old: Vec<_> = own.collect();
        old.sort_unstable();
        old.truncate((old.len() + 1).saturating_sub(max_files));
        for name in old {
            let path = self.directory.join(name);
            // Another process of this program may have been first.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let path = path.display();
                    let _ = writeln!(io::stderr(), "fujita: cannot remove the old log file {path}: {error}");
                }
                _ => {}
            }
        }
    }
}

impl MakeWriter<'_> for Rolling {
    type Writer = Arc<File>;

    fn make_writer(&self) -> Arc<File> {
        let now = now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_over, was_late) = (current.until.is_some_and(|until| until <= now), current.is_late);
        let new = is_over.then(|| self.roll(&mut current, now));
        let file = Arc::clone(&current.file);
        // Nobody else waits for the rest.
        drop(current);
        match new {
            Some(Ok(name)) => self.prune(&name),
            Some(Err(error)) if !was_late => {
                let directory = self.directory.display();
                let _ = writeln!(
                    io::stderr(),
                    "fujita: cannot begin a new log file in {directory}, lines go on in the old one: {error}"
                );
            }
            _ => {}
        }
        file
    }
}

fn open(directory: &PathBuf, name: &str) -> io::Result<Arc<File>> {
    fs::create_dir_all(directory)?;
    File::options().append(true).create(true).open(directory.join(name)).map(Arc::new)
}

/// In seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

/// The name of the executable, but for `.exe`.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name());
    let name = name.map_or_else(|| "program".into(), |name| name.to_string_lossy());
    name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(&name).to_owned()
}
