//! Crates outside the workspace, each for something that cannot be had inside: other lints, names, editions, features.
//!
//! They are built with the versions that the workspace has locked, into a target directory that they share.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("crates")
}

/// What a run of cargo printed.
struct Printed {
    success: bool,
    stdout: String,
    stderr: String,
}

impl Printed {
    #[track_caller]
    fn expect_success(self) -> Self {
        assert!(self.success, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The diagnostics of one file, as `line:column: text`, in order.
    fn diagnostics(&self, file: &str) -> Vec<Diagnostic> {
        let lines = self.stderr.lines().filter_map(|line| line.strip_prefix(file)?.strip_prefix(':'));
        let mut all: Vec<_> = lines.filter_map(Diagnostic::parse).collect();
        all.sort();
        all.dedup();
        all
    }
}

fn cargo(folder: &str, arguments: &[&str]) -> Printed {
    // One at a time: they would wait for each other's build anyway.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tests().join(folder);
    lock_as_workspace(&folder);
    let (command, arguments) = arguments.split_first().expect("a command");
    let output = Command::new(env!("CARGO"))
        .args([command, "--offline", "--target-dir"])
        .arg(target())
        .args(arguments)
        .current_dir(folder)
        // When this test itself runs under clippy, or with flags of its own.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", env!("CARGO")));
    Printed {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Gives the crate the versions that the workspace has, so that it builds without a network.
fn lock_as_workspace(folder: &Path) {
    let (from, to) = (tests().join("../Cargo.lock"), folder.join("Cargo.lock"));
    let text = fs::read_to_string(&from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    // Cargo leaves out what a crate does not need; a copy on every run would have it do so every time.
    let name = folder.file_name().expect("a folder has a name");
    let mark = target().join(name).with_extension("lock");
    if to.exists() && fs::read_to_string(&mark).is_ok_and(|copied| copied == text) {
        return;
    }
    fs::create_dir_all(target()).expect("a target directory");
    for place in [to, mark] {
        // Moved into place whole: another process may be reading it.
        let new = place.with_extension(format!("lock.{}", std::process::id()));
        fs::write(&new, &text).and_then(|()| fs::rename(&new, &place)).expect("a writable folder");
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Diagnostic {
    line: usize,
    column: usize,
    /// `warning` or `error[E0308]`.
    level: String,
    text: String,
}

impl Diagnostic {
    /// Reads `12:5: warning: unused variable`, leaving out the suggestions, which depend on the form of the code.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, ':');
        let (line, column) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let level = parts.next()?.trim().to_owned();
        let text = parts.next()?.trim().split(": help: ").next()?.to_owned();
        Some(Self { line, column, level, text })
    }

    fn place(&self) -> (usize, usize, &str) {
        (self.line, self.column, &self.level)
    }

    /// What the message is about: the first word in backticks.
    fn subject(&self) -> Option<&str> {
        self.text.split('`').nth(1)
    }
}

/// Those of `all` that `others` have not.
fn without(all: &[Diagnostic], others: &[Diagnostic]) -> Vec<Diagnostic> {
    all.iter().filter(|one| !others.contains(one)).cloned().collect()
}

#[test]
fn hygiene() {
    cargo("hygiene", &["test", "--workspace"]).expect_success();
}

#[test]
fn renamed() {
    cargo("renamed", &["test", "--workspace"]).expect_success();
}

/// First as written: a crate that is not clean by itself would show nothing.
#[test]
fn a_strict_crate_stays_clean() {
    cargo("lints", &["clippy", "--package", "strict", "--features", "timed-off"]).expect_success();
    cargo("lints", &["clippy", "--package", "strict"]).expect_success();
}

#[test]
fn lints_on_the_users_code_still_fire() {
    let file = "guilty/src/main.rs";
    let clippy = |features: &[&str]| {
        let arguments = [&["clippy", "--package", "guilty", "--message-format", "short"], features].concat();
        cargo("lints", &arguments).expect_success().diagnostics(file)
    };
    let (plain, timed) = (clippy(&["--features", "timed-off"]), clippy(&[]));
    assert!(plain.len() > 50, "{plain:#?}");

    let source = fs::read_to_string(tests().join("lints").join(file)).expect("the source");
    let lost_from = 1 + source.lines().position(|line| line.starts_with("// Lost:")).expect("the section");
    let (lost, new) = (without(&plain, &timed), without(&timed, &plain));
    assert!(lost.iter().all(|one| one.line > lost_from), "lost: {lost:#?}");
    assert!(new.is_empty(), "new: {new:#?}");
}

#[test]
fn errors_are_where_they_were() {
    let check = |features: &[&str]| {
        let arguments =
            [&["check", "--package", "wrong", "--keep-going", "--message-format", "short"], features]
                .concat();
        let printed = cargo("lints", &arguments);
        assert!(!printed.success);
        printed
    };
    let (plain, timed) = (check(&["--features", "timed-off"]), check(&[]));
    for file in ["wrong/src/bin/types.rs", "wrong/src/bin/borrows.rs"] {
        let (plain, timed) = (plain.diagnostics(file), timed.diagnostics(file));
        assert!(plain.len() > 10, "{plain:#?}");
        let is_about = |one: &Diagnostic, other: &Diagnostic| one.subject() == other.subject();
        for one in &plain {
            let same = timed.iter().find(|other| other.place() == one.place());
            let same = same.unwrap_or_else(|| panic!("lost, or at another place: {one:?}"));
            // Errors about types name ours where it wraps the user's.
            assert!(file.ends_with("types.rs") || is_about(same, one), "{same:?} for {one:?}");
        }
        // A second error for one mistake is bearable, on its line.
        for one in &timed {
            assert!(plain.iter().any(|other| one.line == other.line), "new: {one:?}");
        }
    }
}

#[test]
fn timed_off() {
    cargo("timed-off", &["test"]).expect_success();
}

#[test]
fn timed_off_still_tells_mistakes() {
    let printed = cargo(
        "timed-off",
        &["check", "--example", "misuse", "--features", "misuse", "--message-format", "short"],
    );
    assert!(!printed.success);
    let found: HashMap<_, _> =
        printed.diagnostics("examples/misuse.rs").into_iter().map(|one| (one.line, one.text)).collect();
    for (line, text) in [
        (5, "did you mean `slow`"),
        (9, "a struct"),
        (11, "only futures are polled"),
        (16, "parsecs"),
        (21, "features = [\"cpu\"]"),
    ] {
        assert!(found.get(&line).is_some_and(|found| found.contains(text)), "{line}: {text}, in {found:#?}");
    }
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn timed_off_leaves_the_same_instructions() {
    let functions = ["the_sync_function", "the_async_function"];
    let [plain, timed] = ["plain", "timed"].map(|example| {
        cargo("timed-off", &["rustc", "--release", "--example", example, "--", "--emit", "asm"])
            .expect_success();
        let assembly = newest_assembly(example);
        functions.map(|function| instructions(&assembly, function))
    });
    for ((plain, timed), function) in plain.iter().zip(&timed).zip(functions) {
        assert!(plain.len() > 10, "{function}: {plain:#?}");
        assert_eq!(timed, plain, "{function}");
    }
}

fn newest_assembly(example: &str) -> String {
    let folder = target().join("release/examples");
    let files =
        fs::read_dir(&folder).expect("a folder of examples").filter_map(Result::ok).map(|entry| entry.path());
    let assembly = files.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{example}-")) && name.ends_with(".s")
    });
    let newest = assembly.max_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
    fs::read_to_string(newest.expect("assembly")).expect("readable assembly")
}

/// The instructions of a function, its labels and the mangled names in it numbered in order of appearance.
fn instructions(assembly: &str, function: &str) -> Vec<String> {
    let is_label = |line: &&str| line.trim_start_matches('_') == format!("{function}:");
    let lines = assembly.lines().skip_while(|line| !is_label(line)).skip(1);
    let lines = lines.take_while(|line| !line.contains(".cfi_endproc"));
    let mut names = HashMap::new();
    let mut number = |word: &str| {
        let next = names.len();
        *names.entry(word.to_owned()).or_insert(next)
    };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let is_name = |word: &str| {
        ["_ZN", "__ZN", "_R", "__R", ".L", "LBB", "l_"].iter().any(|start| word.starts_with(start))
    };
    lines
        .map(|line| {
            let words = line.split_inclusive(|c| !is_word(c)).map(|part| {
                let word = part.trim_end_matches(|c| !is_word(c));
                if is_name(word) {
                    part.replace(word, &format!("name{}", number(word)))
                } else {
                    part.to_owned()
                }
            });
            words.collect::<String>().trim().to_owned()
        })
        .collect()
}
