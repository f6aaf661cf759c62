//! Reading a file and listing a directory.

use std::fs::{self, File};
use std::io::{self, Read as _};

use axum::http::StatusCode;
use fujita::timed;
use serde::Serialize;

use crate::tree::Tree;

/// A larger file is neither shown nor searched.
pub(crate) const MAX_FILE_BYTES: u64 = 4 << 20;

/// A longer directory is listed up to here.
const MAX_ENTRIES: usize = 5_000;

/// What is in a directory.
#[derive(Serialize)]
pub(crate) struct Listing {
    path: String,
    entries: Vec<Entry>,
    /// Whether there is more than what is listed.
    truncated: bool,
}

/// One file or directory.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    // First, because entries are sorted by their fields: directories (no size), then files, each by name.
    #[serde(skip)]
    is_file: bool,
    name: String,
    /// In bytes; a directory has none.
    size: Option<u64>,
}

/// The content of a text file.
#[timed(error_kind = FileError::kind)]
pub(crate) fn read(tree: &Tree, path: &str) -> Result<Vec<u8>, FileError> {
    if path.is_empty() {
        return Err(FileError::IsDirectory);
    }
    let (_, path) = tree.resolve(path)?;
    let metadata = fs::metadata(&path)?;
    if metadata.is_dir() {
        return Err(FileError::IsDirectory);
    }
    if !metadata.is_file() {
        // A pipe or a device: opening it may wait for ever.
        return Err(FileError::NotFound);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge);
    }
    // It may have grown since, so the limit holds for the reading as well.
    let mut content = Vec::new();
    File::open(&path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_FILE_BYTES {
        return Err(FileError::TooLarge);
    }
    if content.contains(&0) {
        return Err(FileError::Binary);
    }
    Ok(content)
}

/// What is in a directory; the roots if `path` is empty.
#[timed(error_kind = FileError::kind)]
pub(crate) fn list(tree: &Tree, path: &str) -> Result<Listing, FileError> {
    if path.is_empty() {
        let root = |name: &String| Entry { is_file: false, name: name.clone(), size: None };
        let entries = tree.roots().iter().map(|found| root(&found.name)).collect();
        return Ok(Listing { path: String::new(), entries, truncated: false });
    }
    let (root, dir) = tree.resolve(path)?;
    if !dir.is_dir() {
        return Err(FileError::NotADirectory);
    }
    let path = root.path_of(&dir);
    // The walk begins at the root, so that each `.gitignore` on the way is read, and follows this one path.
    let depth = path.split('/').count();
    let mut walk = root.walk();
    walk.max_depth(Some(depth));
    walk.filter_entry(move |entry| dir.starts_with(entry.path()) || entry.path().parent() == Some(&*dir));

    let mut entries: Vec<Entry> = Vec::new();
    // Filtered here because `WalkBuilder::min_depth` makes the walk of ignore 0.4.34 panic.
    for found in walk.build().flatten().filter(|found| found.depth() == depth) {
        let name = found.file_name().to_string_lossy().into_owned();
        match found.file_type() {
            Some(kind) if kind.is_dir() => entries.push(Entry { is_file: false, name, size: None }),
            Some(kind) if kind.is_file() => {
                let size = found.metadata().ok().map(|metadata| metadata.len());
                entries.push(Entry { is_file: true, name, size });
            }
            _ => {}
        }
        if entries.len() > MAX_ENTRIES {
            break;
        }
    }
    let truncated = entries.len() > MAX_ENTRIES;
    entries.truncate(MAX_ENTRIES);
    entries.sort_unstable();
    Ok(Listing { path, entries, truncated })
}

/// Why a path gets nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("there is no such file")]
    NotFound,
    #[error("the path leads out of what is served")]
    Outside,
    #[error("names that begin with a dot are not served")]
    Hidden,
    #[error("the file may not be read")]
    Denied,
    #[error("it is a directory; /tree lists it")]
    IsDirectory,
    #[error("it is not a directory; /file shows it")]
    NotADirectory,
    #[error("it is not a text file")]
    Binary,
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl FileError {
    /// For the label `error` of the metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Outside => "outside",
            Self::Hidden => "hidden",
            Self::Denied => "denied",
            Self::IsDirectory => "is_directory",
            Self::NotADirectory => "not_a_directory",
            Self::Binary => "binary",
            Self::TooLarge => "too_large",
            Self::Io(_) => "io",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Outside | Self::Hidden | Self::Denied => StatusCode::FORBIDDEN,
            Self::IsDirectory | Self::NotADirectory => StatusCode::BAD_REQUEST,
            Self::Binary => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
