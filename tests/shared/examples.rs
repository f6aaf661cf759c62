//! The example programs, as processes.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Where they are, built as this test was: with the same profile, features and target directory, so that nothing but them is built.
static EXAMPLES: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = env::current_exe().unwrap();
    let profile_dir = this.ancestors().nth(2).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--examples"]);
    if cfg!(feature = "live") {
        build.args(["--features", "fujita-tests/live"]);
    }
    build.arg("--target-dir").arg(profile_dir.parent().unwrap());
    if profile_dir.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status().unwrap().success());
    profile_dir.join("examples")
});

/// The program, to be started with arguments of your own. It hears nothing, and logs what it would by itself.
pub fn example(name: &str) -> Command {
    let mut command = Command::new(EXAMPLES.join(name).with_extension(env::consts::EXE_EXTENSION));
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// What a program printed that ends by itself. Panics if it does not.
pub fn finished(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(Duration::from_secs(60)).expect("it ends by itself");
    output.unwrap()
}
