//! Writes `#[fujita::timed]` above every function with a body in a folder of Rust sources: `annotate DIR`.
//!
//! It goes by lines and knows just enough of the language: what it misses stays as it was, and functions inside
//! `macro_rules!` and other macros are left alone.
#![allow(clippy::pedantic)]

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let dir = std::env::args().nth(1).expect("usage: annotate DIR");
    let count = annotate_dir(Path::new(&dir))?;
    println!("{count} functions annotated");
    assert!(count > 0, "nothing to annotate in {dir}");
    Ok(())
}

fn annotate_dir(dir: &Path) -> std::io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            count += annotate_dir(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let (annotated, functions) = annotate(&fs::read_to_string(&path)?);
            fs::write(&path, annotated)?;
            count += functions;
        }
    }
    Ok(count)
}

fn annotate(source: &str) -> (String, usize) {
    let mut annotated = String::new();
    let mut count = 0;
    let mut offset = 0;
    // The indentation of the macro whose braces we are in.
    let mut in_macro: Option<usize> = None;
    for line in source.split_inclusive('\n') {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        match in_macro {
            Some(outer) if indent == outer && (text.starts_with('}') || text.starts_with(')')) => {
                in_macro = None
            }
            None if opens_macro(text) => in_macro = Some(indent),
            _ => {}
        }
        if in_macro.is_none()
            && let Some(name_end) = function_name_end(line)
            && has_body(&source[offset + name_end..])
        {
            annotated.push_str(&line[..indent]);
            annotated.push_str("#[::fujita::timed]\n");
            count += 1;
        }
        annotated.push_str(line);
        offset += line.len();
    }
    (annotated, count)
}

fn opens_macro(text: &str) -> bool {
    let opens = text.ends_with('{') || text.ends_with('(');
    let name = text.split('!').next().unwrap_or_default();
    opens
        && text.contains('!')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Where the name of a function ends, if the line declares one that is not `const`.
fn function_name_end(line: &str) -> Option<usize> {
    let at = line.find("fn ")?;
    let before = line[..at].trim();
    let only_qualifiers = before.split_whitespace().all(|word| {
        word.starts_with("pub")
            || ["default", "async", "unsafe", "extern", "\"C\"", "in"].contains(&word)
            || word.ends_with(')')
    });
    let name = line[at + 3..].find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (only_qualifiers && name > 0).then_some(at + 3 + name)
}

/// Whether `{` comes before `;`, outside of parentheses.
fn has_body(rest: &str) -> bool {
    let mut depth = 0_i32;
    for c in rest.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return true,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}
