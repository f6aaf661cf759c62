//! A source file, taken apart once for all the functions in it: what of it is code, and which braces are open where.
//!
//! Proc macros are built without optimisation. So this goes through bytes, not characters, and keeps what it found.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

pub(crate) struct Source {
    text: String,
    /// The text with spaces in place of comments, and of what is in strings and characters.
    code: String,
    /// Where each line begins.
    lines: Vec<usize>,
    /// Every `(`, `[` and `{` of the code.
    brackets: Vec<Bracket>,
    /// Where another bracket becomes the innermost open one, and which.
    changes: Vec<(usize, Option<usize>)>,
    /// The first bracket that closes none.
    broken: Option<usize>,
}

struct Bracket {
    is_brace: bool,
    /// Where what it belongs to begins.
    begin: usize,
    at: usize,
    /// The bracket around it.
    outer: Option<usize>,
}

thread_local! {
    /// Those of one file are expanded one after the other.
    static LAST: RefCell<Option<Rc<Source>>> = const { RefCell::new(None) };
}

impl Source {
    pub(crate) fn read(file: &Path) -> Option<Rc<Self>> {
        // Each time anew: an editor's compiler outlives many versions of a file.
        let text = fs::read_to_string(file).ok()?;
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|last| last.text != text) {
                *last = Some(Rc::new(Self::new(text)));
            }
            last.clone()
        })
    }

    pub(crate) fn new(text: String) -> Self {
        let code = code_of(&text);
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        let mut source = Self { text, code, lines, brackets: Vec::new(), changes: Vec::new(), broken: None };
        source.match_brackets();
        source
    }

    /// Of a name in the code, from its line (from 1) and its column (from 0, in characters).
    pub(crate) fn position(&self, line: usize, column: usize, name: &str) -> Option<usize> {
        let begin = *self.lines.get(line.checked_sub(1)?)?;
        let (offset, _) = self.text.get(begin..)?.char_indices().nth(column)?;
        let at = begin + offset;
        let plain = if self.text[at..].starts_with("r#") { at + 2 } else { at };
        // In a comment or a string, the code has spaces there.
        let is_there = [&self.text, &self.code].iter().all(|of| of[plain..].starts_with(name));
        is_there.then_some(at)
    }

    /// What stands before each `{` that is open at a position, from the outermost on. `None` within parentheses.
    pub(crate) fn open_braces(&self, position: usize) -> Option<Vec<&str>> {
        if self.broken.is_some_and(|broken| broken < position) {
            return None;
        }
        let change = self.changes.partition_point(|(at, _)| *at < position).checked_sub(1);
        let innermost = change.and_then(|change| self.changes[change].1).map(|index| &self.brackets[index]);
        if innermost.is_some_and(|bracket| !bracket.is_brace) {
            return None;
        }
        let outer = |bracket: &&Bracket| bracket.outer.map(|index| &self.brackets[index]);
        let braces = std::iter::successors(innermost, outer).filter(|bracket| bracket.is_brace);
        let mut heads: Vec<_> = braces.map(|brace| &self.code[brace.begin..brace.at]).collect();
        heads.reverse();
        Some(heads)
    }

    fn match_brackets(&mut self) {
        let code = self.code.as_bytes();
        let (mut open, mut begin, mut at) = (None, 0, 0);
        while at < code.len() {
            match code[at] {
                bracket @ (b'(' | b'[' | b'{') => {
                    let is_brace = bracket == b'{';
                    self.brackets.push(Bracket { is_brace, begin, at, outer: open });
                    open = Some(self.brackets.len() - 1);
                    self.changes.push((at, open));
                    if is_brace {
                        begin = at + 1;
                    }
                }
                bracket @ (b')' | b']' | b'}') => {
                    let Some(closed) = open.map(|index| &self.brackets[index]) else {
                        self.broken = Some(at);
                        return;
                    };
                    // The braces of a const argument are within an item, not its end.
                    let is_end = bracket == b'}' && !self.code[at + 1..].trim_start().starts_with(['>', ',']);
                    begin = if is_end { at + 1 } else { closed.begin };
                    open = closed.outer;
                    self.changes.push((at, open));
                }
                b';' if open.is_none_or(|index| self.brackets[index].is_brace) => begin = at + 1,
                _ => {}
            }
            at += 1;
        }
    }
}

/// The text with spaces in place of comments, and of what is in strings and characters.
pub(crate) fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let (mut at, mut behind_last) = (0, 0);
    while at < bytes.len() {
        let skipped = match bytes[at] {
            b'/' | b'"' | b'r' | b'\'' => no_code(&text[behind_last..at], &text[at..]),
            _ => 0,
        };
        if skipped == 0 {
            at += 1;
        } else {
            code.push_str(&text[behind_last..at]);
            code.push_str(&" ".repeat(skipped));
            at += skipped;
            behind_last = at;
        }
    }
    code.push_str(&text[behind_last..]);
    code
}

/// The length of the comment, string or character that `rest` begins with; `0` if it is code. `before` is code.
fn no_code(before: &str, rest: &str) -> usize {
    match rest.as_bytes() {
        [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => string(rest),
        [b'r', ..] if may_be_prefix(before) => raw_string(rest),
        [b'\'', ..] => character(rest),
        _ => 0,
    }
}

/// Whether `r` may begin a raw string behind this: not within a word, but for `br` and `cr`.
fn may_be_prefix(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') || before.ends_with(['b', 'c'])
}

/// The length of a comment; comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// `0` if it is none: `r` may begin a word, or `r#word`.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    let Some(content) = text[1 + hashes..].strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(hashes));
    content.find(&end).map_or(text.len(), |at| text.len() - content.len() + at + end.len())
}

/// `0` if it is a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, c))) => {
            let behind = escaped + c.len_utf8();
            text[behind..].find('\'').map_or(text.len(), |end| behind + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn nothing_is_moved() {
        let text = "a /* é */ 'é' \"é\" r#\"é\"# 'a: loop r#type // é\nb";
        assert_eq!(code_of(text).len(), text.len());
        assert!(code_of(text).ends_with("'a: loop r#type      \nb"));
    }
}
