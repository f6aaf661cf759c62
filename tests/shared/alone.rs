//! Tests that each need a process of their own.

use std::env;
use std::process::{self, Command};
use std::thread;
use std::time::Duration;

/// Runs the body of this test in a process of its own, which can have a global recorder, or end, without the others. `test` is
/// the test's whole name.
pub fn alone(test: &str, body: impl FnOnce()) {
    const WHICH: &str = "FUJITA_TEST_ALONE";
    if env::var_os(WHICH).is_some_and(|which| which == test) {
        thread::spawn(|| {
            thread::sleep(Duration::from_secs(120));
            eprintln!("it hangs");
            process::abort();
        });
        return body();
    }
    let mut child = Command::new(env::current_exe().expect("this program has a path"));
    let child = child.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(WHICH, test);
    let output = child.output().expect("this program can be started again");
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    // No test of that name is a success too, to the test harness.
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{}\n{printed}\n{errors}",
        output.status
    );
    print!("{printed}");
    eprint!("{errors}");
}
