//! The `log` crate beside `tracing`.

use crate::{chatty, pretty, refused, run};

#[test]
fn records_of_the_log_crate_arrive() {
    let (_, log) = run(chatty(["pretty", "install", "log-crate"]));
    let lines: Vec<_> = log.lines().map(pretty).collect();
    assert_eq!(lines, [("WARN", "chatty: warned by log"), ("ERROR", "elsewhere: failed by log")]);

    let (_, log) = run(chatty(["json", "install", "log-crate"]));
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["level"], &lines[0]["target"]), (&"WARN".into(), &"chatty".into()));
    assert_eq!(lines[0]["fields"]["message"], "warned by log");
    assert_eq!((&lines[1]["level"], &lines[1]["target"]), (&"ERROR".into(), &"elsewhere".into()));
    assert_eq!(lines.len(), 2, "{log}");
}

/// What nobody wants to see costs a comparison, as without us.
#[test]
fn records_that_are_not_selected_are_not_made() {
    for (filter, level) in [("info", "INFO"), ("warn,elsewhere=debug", "DEBUG"), ("off", "OFF"), ("", "INFO")]
    {
        let mut command = chatty(["pretty", "install", "log-crate", "log-level"]);
        command.env("RUST_LOG", filter);
        let (printed, log) = run(command);
        assert_eq!(printed, format!("{level}\n"), "{filter}: {log}");
    }
    // Nobody asked for logs.
    assert_eq!(run(chatty(["install", "log-crate", "log-level"])), ("OFF\n".into(), String::new()));
}

#[test]
fn a_logger_of_your_own_keeps_its_records() {
    let (printed, log) =
        run(chatty(["own-logger", "pretty", "install", "log-crate", "levels", "calls=1", "log-level"]));
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[..2], ["own logger: warned by log", "own logger: failed by log"]);
    assert_eq!(lines[2..].iter().map(|line| pretty(line).0).collect::<String>(), "INFOWARNERRORINFOINFO");
    assert_eq!(printed, "INFO\n");
}

#[test]
fn an_error_of_main_says_what_to_write() {
    let mut command = chatty(["own-subscriber", "pretty", "main"]);
    let output = command.output().unwrap();
    let said = crate::text(output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("Error: this process has a tracing subscriber already"), "{said}");
    // In the same words.
    let refusal = refused(chatty(["own-subscriber", "pretty", "install"]));
    assert_eq!(said.strip_prefix("Error: "), refusal.strip_prefix("cannot begin: "));
}
