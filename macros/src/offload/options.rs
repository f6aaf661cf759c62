//! The options of `#[offload]` as written. Whether they make sense is judged in `model.rs`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Path, Token};

use crate::options::{self, Argument, Errors, Set, Usage, nearest, set, ungrouped};

const NAMES: [&str; 15] = [
    "blocking",
    "cpu",
    "in_place",
    "pool",
    "max_concurrent",
    "on_full",
    "queue_timeout",
    "timeout",
    "on_drop",
    "owned",
    "clone_self",
    "keep_sync",
    "propagate",
    "name",
    "crate",
];

#[derive(Default)]
pub(crate) struct Options {
    /// In the order written.
    pub(super) kinds: Vec<Set<Kind>>,
    pub(super) pool: Option<Set<(String, Span)>>,
    pub(super) max_concurrent: Option<Set<(usize, Span)>>,
    pub(super) on_full: Option<Set<OnFull>>,
    pub(super) queue_timeout: Option<Set<Duration>>,
    pub(super) timeout: Option<Set<Duration>>,
    pub(super) on_drop: Option<Set<OnDrop>>,
    pub(super) owned: Option<Set<Vec<Ident>>>,
    pub(super) clone_self: Option<Set<()>>,
    pub(super) keep_sync: Option<Set<Ident>>,
    pub(super) propagate: Option<Set<Vec<Path>>>,
    pub(super) name: Option<Set<(String, Span)>>,
    pub(super) krate: Option<Set<Path>>,
    /// What is borrowed was seen to, though by something that cannot be read: `owned`, and `clone_self`.
    pub(super) tries_to_own: bool,
    pub(super) tries_to_clone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blocking,
    Cpu,
    InPlace,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Cpu => "cpu",
            Self::InPlace => "in_place",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnFull {
    Wait,
    Reject,
    CallerRuns,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDrop {
    Discard,
    Detach,
}

impl Options {
    pub(crate) fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for argument in options::arguments(arguments, errors) {
            options.take(&argument, errors);
        }
        options
    }

    /// The kind that was chosen, if any.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.kinds.first().map(|kind| kind.value)
    }

    pub(super) fn is_in_place(&self) -> bool {
        self.kind() == Some(Kind::InPlace)
    }

    /// The pool that its metrics name.
    pub(crate) fn pool_name(&self) -> String {
        let kind = || self.kind().unwrap_or(Kind::Blocking).name().to_owned();
        self.pool.as_ref().map_or_else(kind, |pool| pool.value.0.clone())
    }

    /// The label `function` of its metrics.
    pub(crate) fn label(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.value.0.as_str())
    }

    fn take(&mut self, argument: &Argument, errors: &mut Errors) {
        let name = &argument.name;
        let duration = |example| argument.duration(Usage("a duration in quotes", example));
        match name.unraw().to_string().as_str() {
            "blocking" => self.take_kind(argument, Kind::Blocking, errors),
            "cpu" => self.take_kind(argument, Kind::Cpu, errors),
            "in_place" => self.take_kind(argument, Kind::InPlace, errors),
            "pool" => {
                set(&mut self.pool, name, argument.string(Usage("a string", "pool = \"images\"")), errors);
            }
            "max_concurrent" => {
                let most = argument.integer(Usage("a number", "max_concurrent = 4"));
                set(&mut self.max_concurrent, name, most, errors);
            }
            "on_full" => set(&mut self.on_full, name, on_full(argument), errors),
            "queue_timeout" => {
                set(&mut self.queue_timeout, name, duration("queue_timeout = \"50ms\""), errors);
            }
            "timeout" => set(&mut self.timeout, name, duration("timeout = \"2s\""), errors),
            "on_drop" => set(&mut self.on_drop, name, on_drop(argument), errors),
            "owned" => {
                let usage = Usage("names of arguments in parentheses", "owned(query, root)");
                let names = argument.names(usage);
                self.tries_to_own |= names.is_err();
                set(&mut self.owned, name, names, errors);
            }
            "clone_self" => {
                let flag = argument.flag(Usage("no value", "clone_self"));
                self.tries_to_clone |= flag.is_err();
                set(&mut self.clone_self, name, flag, errors);
            }
            "keep_sync" => set(&mut self.keep_sync, name, keep_sync(argument), errors),
            "propagate" => set(&mut self.propagate, name, propagate(argument), errors),
            "name" => {
                set(&mut self.name, name, argument.string(Usage("a string", "name = \"search\"")), errors);
            }
            "crate" => {
                set(&mut self.krate, name, argument.crate_path(Usage("a path", "crate = ::fujita")), errors);
            }
            _ => errors.add(options::unknown(name, "offload", &NAMES)),
        }
    }

    fn take_kind(&mut self, argument: &Argument, kind: Kind, errors: &mut Errors) {
        let mut one = None;
        let flag = argument.flag(Usage("no value", kind.name())).map(|()| kind);
        if self.kinds.iter().any(|other| other.value == kind) {
            one = self.kinds.pop();
        }
        set(&mut one, &argument.name, flag, errors);
        self.kinds.extend(one);
    }
}

fn on_full(argument: &Argument) -> syn::Result<OnFull> {
    let choices = [
        ("wait", OnFull::Wait, "until there is room"),
        ("reject", OnFull::Reject, "with an error"),
        ("caller_runs", OnFull::CallerRuns, "on the caller's thread"),
    ];
    choice(
        argument,
        Usage("what to do with a call for which there is no room", "on_full = \"reject\""),
        &choices,
    )
}

fn on_drop(argument: &Argument) -> syn::Result<OnDrop> {
    let choices = [
        ("discard", OnDrop::Discard, "what has not begun never runs"),
        ("detach", OnDrop::Detach, "it runs all the same"),
    ];
    choice(
        argument,
        Usage("what to do with a call that nobody waits for any more", "on_drop = \"detach\""),
        &choices,
    )
}

/// One of a few words in quotes.
fn choice<T: Copy>(argument: &Argument, usage: Usage, choices: &[(&str, T, &str)]) -> syn::Result<T> {
    let (text, span) = argument.string(usage)?;
    if let Some((_, value, _)) = choices.iter().find(|(word, ..)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<&str> = choices.iter().map(|(word, ..)| *word).collect();
    let name = &argument.name;
    let message = if let Some(near) = nearest(&text, &words) {
        format!("`{name}` has no \"{text}\", did you mean \"{near}\"?")
    } else {
        let all: Vec<_> = choices.iter().map(|(word, _, means)| format!("\"{word}\" ({means})")).collect();
        format!("`{name}` has no \"{text}\": write {}", all.join(" or "))
    };
    Err(Error::new(span, message))
}

fn keep_sync(argument: &Argument) -> syn::Result<Ident> {
    let usage = Usage("a name for the function as it is written here", "keep_sync = search_sync");
    match ungrouped(argument.expression(usage)?) {
        Expr::Path(path) => path.path.get_ident().cloned().ok_or_else(|| argument.wrong(usage)),
        _ => Err(argument.wrong(usage)),
    }
}

fn propagate(argument: &Argument) -> syn::Result<Vec<Path>> {
    let usage = Usage("paths of task-local statics in parentheses", "propagate(REQUEST_ID)");
    let list = argument.list(usage)?;
    let parse = Punctuated::<Path, Token![,]>::parse_terminated;
    let paths = parse.parse2(list.clone()).map_err(|error| {
        Error::new(error.span(), "expected the path of a task-local static, as in `propagate(REQUEST_ID)`")
    })?;
    if paths.is_empty() {
        return Err(argument.wrong(usage));
    }
    Ok(paths.into_iter().collect())
}
