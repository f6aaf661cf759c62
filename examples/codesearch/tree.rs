//! The directories that are served, and how a requested path finds its way into them but not out.
//!
//! A path in a request is `root/relative/path`, where `root` is the name of one of the served directories.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use fujita::timed;
use ignore::WalkBuilder;

use crate::files::FileError;

/// Everything that is served.
#[derive(Default)]
pub(crate) struct Tree {
    roots: Vec<Root>,
}

/// One served directory.
pub(crate) struct Root {
    pub(crate) name: String,
    /// Canonical: what a path in it has to begin with once its links are followed.
    pub(crate) dir: PathBuf,
}

impl Tree {
    /// Serves `dir` as well, by default under the name it has; with a number if that name is taken.
    pub(crate) fn add(&mut self, name: Option<&str>, dir: &Path) -> anyhow::Result<()> {
        let dir = dir.canonicalize().with_context(|| format!("cannot serve {}", dir.display()))?;
        anyhow::ensure!(dir.is_dir(), "cannot serve {}: it is not a directory", dir.display());
        let own_name = dir.file_name().map_or("root".into(), |name| name.to_string_lossy());
        let name = name.unwrap_or(&own_name);
        let mut unique = name.to_owned();
        for number in 2.. {
            if self.root(&unique).is_none() {
                break;
            }
            unique = format!("{name}-{number}");
        }
        self.roots.push(Root { name: unique, dir });
        Ok(())
    }

    pub(crate) fn roots(&self) -> &[Root] {
        &self.roots
    }

    fn root(&self, name: &str) -> Option<&Root> {
        self.roots.iter().find(|root| root.name == name)
    }

    /// The file or directory that a request means, with all links followed, and the root that it is in.
    #[timed(error_kind = FileError::kind)]
    pub(crate) fn resolve(&self, requested: &str) -> Result<(&Root, PathBuf), FileError> {
        let requested = Path::new(requested);
        if !requested.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(FileError::Outside);
        }
        let mut parts = requested.components();
        let name = parts.next().and_then(|part| part.as_os_str().to_str());
        let root = name.and_then(|name| self.root(name)).ok_or(FileError::NotFound)?;

        let path = root.dir.join(parts.as_path()).canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => FileError::Denied,
            _ => FileError::NotFound,
        })?;
        // Judged after the links are followed: one of them may lead anywhere.
        let inside = path.strip_prefix(&root.dir).map_err(|_| FileError::Outside)?;
        if inside.iter().any(|part| part.as_encoded_bytes().starts_with(b".")) {
            return Err(FileError::Hidden);
        }
        Ok((root, path))
    }
}

impl Root {
    /// Goes through the directory; past hidden files, links and whatever a `.gitignore` in it names.
    pub(crate) fn walk(&self) -> WalkBuilder {
        let mut walk = WalkBuilder::new(&self.dir);
        // What is served shall not depend on files outside, nor on whether git made the directory.
        walk.parents(false).git_global(false).require_git(false);
        walk
    }

    /// How requests call a file of this root.
    pub(crate) fn path_of(&self, file: &Path) -> String {
        let relative = file.strip_prefix(&self.dir).unwrap_or(file);
        let parts = relative.iter().map(|part| part.to_string_lossy());
        std::iter::once(self.name.as_str().into()).chain(parts).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} root{}", self.roots.len(), if self.roots.len() == 1 { "" } else { "s" })?;
        for root in &self.roots {
            write!(f, "\n  {}  {}", root.name, root.dir.display())?;
        }
        Ok(())
    }
}
