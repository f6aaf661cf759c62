//! What the options mean for this function: the only place that judges them, with `borrowed.rs`,
//! `sibling.rs` and `asked.rs` for its parts.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Path, ReturnType};

use super::asked::{self, Asked};
use super::borrowed;
use super::options::{Kind, OnFull, Options};
use super::sibling::{self, Sibling};
use crate::copies::Copies;
use crate::function::Function;
use crate::options::Errors;
use crate::plan::Around;
use crate::returns::{Named, name_of, spelled, ungrouped};

/// A judged `#[offload]`: its expansion cannot fail.
pub(crate) struct Offload {
    pub(super) options: Box<Options>,
    pub(super) refusal: Refusal,
    pub(super) copies: Copies,
    /// Errors that only the compiler knows whether to report.
    pub(super) conditional: TokenStream,
    pub(super) sibling: Option<Sibling>,
    pub(super) asked: Asked,
    /// What layers outside of this one read from the arguments.
    pub(super) reads: TokenStream,
    /// The names of all layers of the function, outermost first.
    pub(super) layers: Vec<&'static str>,
}

/// How a function says that a call was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not at all.
    Never,
    /// The type system tells.
    Perhaps,
    /// By an error, as its options need.
    Needed,
}

/// `None` when there are errors to report.
pub(crate) fn judge(
    options: Options,
    function: &Function,
    around: &Around<'_>,
    errors: &mut Errors,
) -> Option<Offload> {
    if !judge_function(function, errors) {
        return None;
    }
    judge_kinds(&options, errors);
    judge_options(&options, errors);
    borrowed::judge_receiver(&options, function, errors);
    let sibling = sibling::judge(&options, function, around.reads, errors);
    let (copies, conditional) = borrowed::judge_arguments(&options, function, sibling.is_some(), errors);
    borrowed::judge_returned(&options, function, errors);
    let refusal = judge_refusal(&options, function, errors);
    if !errors.is_empty() {
        return None;
    }
    let asked = asked::judge(&options, function, &copies);
    Some(Offload {
        options: Box::new(options),
        refusal,
        copies,
        conditional,
        sibling,
        asked,
        reads: around.reads.clone(),
        layers: around.layers.to_vec(),
    })
}

/// Whether it can be offloaded at all.
fn judge_function(function: &Function, errors: &mut Errors) -> bool {
    let mut found = Errors::default();
    judge_kind_of_function(function, &mut found);
    match found.into_error() {
        None => true,
        Some(found) => {
            errors.add(found);
            false
        }
    }
}

fn judge_kind_of_function(function: &Function, errors: &mut Errors) {
    const ASYNC: &str = "`#[offload]` is for code that blocks; an async fn does not block: take `async` off if its body does, or leave the attribute out";
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.push(constness.span, "a `const fn` may run in the compiler, where there are no threads\nmove its body into a `fn` of its own and put `#[offload]` there, or take `const` off");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push_at(variadic, "C-variadic arguments cannot be moved to another thread: put `#[offload]` on a function that calls this one");
    }
    if function.body.is_none() {
        errors.push_at(&signature.ident, "this function has no body to run elsewhere: put `#[offload]` on its implementations, or give it a default body");
    }
    if let Some(abi) = &signature.abi {
        errors.push_at(abi, "`#[offload]` makes an `async fn`, which foreign code cannot call: put it on a function that this one calls, and wait for that");
    }
    if let Some(asyncness) = &signature.asyncness {
        errors.push(asyncness.span, ASYNC);
    } else if function.is_of_async_trait() {
        if function.makes_future() {
            errors.push_at(&signature.ident, "the body of this function is not as `#[async_trait]` writes it: put `#[offload]` right above the `async fn`");
        }
        if let Some(body) = &function.body {
            for at in awaits_in(&body.statements) {
                errors.push(at, "the body runs as a whole on another thread, where nothing can be awaited\nawait this in a function that calls the offloaded one, or take `#[offload]` off");
            }
        }
    } else if let (true, ReturnType::Type(_, made)) = (function.makes_future(), &signature.output) {
        errors.push_at(made, "`#[offload]` is for code that blocks; what makes a future does not: put it on a plain `fn` that the future waits for, or leave the attribute out");
    }
}

/// Every `.await` that does not belong to an `async` block within.
fn awaits_in(tokens: &TokenStream) -> Vec<Span> {
    let mut found = Vec::new();
    let (mut is_async, mut after_dot) = (false, false);
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) if word == "async" => is_async = true,
            TokenTree::Ident(word) => {
                if after_dot && word == "await" {
                    found.push(word.span());
                }
            }
            TokenTree::Group(group) => {
                let is_body = group.delimiter() == proc_macro2::Delimiter::Brace;
                if !(is_async && is_body) {
                    found.extend(awaits_in(&group.stream()));
                }
                is_async &= !is_body;
            }
            TokenTree::Punct(punct) => {
                after_dot = punct.as_char() == '.';
                is_async &= punct.as_char() != ';';
                continue;
            }
            TokenTree::Literal(_) => {}
        }
        after_dot = false;
    }
    found
}

fn judge_kinds(options: &Options, errors: &mut Errors) {
    let Some(first) = options.kinds.first() else { return };
    for other in &options.kinds[1..] {
        let (first, other_name) = (first.value.name(), other.value.name());
        errors.push(
            other.name,
            format!("a body runs in one way, and `{first}` is written already: leave `{first}` or `{other_name}` out"),
        );
    }
    for kind in &options.kinds {
        if kind.value == Kind::Cpu && !cfg!(feature = "cpu") {
            errors.push(
                kind.name,
                concat!(
                    "the pools for `cpu` are a feature of fujita that is off: write `fujita = { version = \"",
                    env!("CARGO_PKG_VERSION_MAJOR"),
                    ".",
                    env!("CARGO_PKG_VERSION_MINOR"),
                    "\", features = [\"cpu\"] }` in Cargo.toml"
                ),
            );
        }
    }
    if !options.is_in_place() {
        return;
    }
    let queued = "and `in_place` begins at once, on this thread";
    let here = "and `in_place` stays on this thread, where the body may borrow";
    let conflicts = [
        ("pool", options.pool.as_ref().map(|set| set.name), "names the threads to run on", queued),
        (
            "max_concurrent",
            options.max_concurrent.as_ref().map(|set| set.name),
            "lets calls wait for each other",
            queued,
        ),
        ("on_full", options.on_full.as_ref().map(|set| set.name), "is for calls that have to wait", queued),
        (
            "queue_timeout",
            options.queue_timeout.as_ref().map(|set| set.name),
            "is for calls that have to wait",
            queued,
        ),
        (
            "timeout",
            options.timeout.as_ref().map(|set| set.name),
            "leaves a body on another thread alone",
            "and `in_place` stays on this thread, which cannot leave it",
        ),
        (
            "on_drop",
            options.on_drop.as_ref().map(|set| set.name),
            "is for bodies on another thread",
            "and `in_place` is over before the call can be dropped",
        ),
        ("owned", options.owned.as_ref().map(|set| set.name), "copies arguments for another thread", here),
        (
            "clone_self",
            options.clone_self.as_ref().map(|set| set.name),
            "copies `self` for another thread",
            here,
        ),
        (
            "propagate",
            options.propagate.as_ref().map(|set| set.name),
            "takes task-locals to another thread",
            "and `in_place` stays on this thread, where they are",
        ),
    ];
    for (name, at, does, why) in conflicts {
        if let Some(at) = at {
            errors.push(at, format!("`{name}` {does}, {why}: leave one of them out"));
        }
    }
}

/// Mistakes that do not depend on the function.
fn judge_options(options: &Options, errors: &mut Errors) {
    if let Some(pool) = options.pool.as_ref().filter(|pool| pool.value.0.trim().is_empty()) {
        errors.push(pool.value.1, "the name of a pool must not be empty: write the one that was given to `Pool::builder`, or leave `pool` out");
    }
    if let Some(pool) =
        options.pool.as_ref().filter(|pool| pool.value.0 == "in_place" && !options.is_in_place())
    {
        errors.push(pool.value.1, "no pool can have this name, which is for bodies that stay on the caller's thread: write `#[offload(in_place)]`, or the name of a pool");
    }
    for (index, key) in options.propagate.iter().flat_map(|propagate| propagate.value.iter().enumerate()) {
        let is_same = |other: &Path| spelled(&other.to_token_stream()) == spelled(&key.to_token_stream());
        if options.propagate.iter().any(|propagate| propagate.value[..index].iter().any(is_same)) {
            let written = spelled(&key.to_token_stream());
            errors.push_at(key, format!("`{written}` is written twice: leave one of them out"));
        }
    }
    if let Some(name) = options.name.as_ref().filter(|name| name.value.0.trim().is_empty()) {
        errors
            .push(name.value.1, "the label `function` must not be empty: write a name, or leave `name` out");
    }
    if let Some(most) = options.max_concurrent.as_ref().filter(|most| most.value.0 == 0) {
        errors.push(most.value.1, "with `max_concurrent = 0` no call would ever run: write at least 1");
    }
    let times = [("queue_timeout", &options.queue_timeout), ("timeout", &options.timeout)];
    for (name, set) in times {
        if let Some(set) = set.as_ref().filter(|set| set.value.is_zero()) {
            errors.push(set.name, format!("no call is that fast: give `{name}` some time, or write `on_full = \"reject\"` for calls that are not to wait at all"));
        }
    }
    if let (Some(queued), Some(whole)) = (&options.queue_timeout, &options.timeout)
        && !whole.value.is_zero()
        && queued.value >= whole.value
    {
        errors.push(queued.name, "`timeout` is over first, for it counts the time in the queue too: make `queue_timeout` shorter, or leave it out");
    }
}

fn judge_refusal(options: &Options, function: &Function, errors: &mut Errors) -> Refusal {
    if options.is_in_place() {
        return Refusal::Never;
    }
    let reject = options.on_full.as_ref().filter(|on_full| on_full.value == OnFull::Reject);
    let needed = [
        ("on_full = \"reject\"", reject.map(|set| set.name)),
        ("queue_timeout", options.queue_timeout.as_ref().map(|set| set.name)),
        ("timeout", options.timeout.as_ref().map(|set| set.name)),
    ];
    let cannot = function.returns_nothing() || function.returns_impl();
    let mut refusal = Refusal::Never;
    for (name, at) in needed {
        let Some(at) = at else { continue };
        refusal = Refusal::Needed;
        if cannot {
            let returned = match &function.signature.output {
                ReturnType::Default => "()".to_owned(),
                ReturnType::Type(_, returned) => spelled(&returned.to_token_stream()),
            };
            errors.push(at, format!("`{name}` is told by an `Err`, and this function returns `{returned}`\nreturn a `Result` whose error is `fujita::OffloadError` or made from it, or let callers wait: leave it out"));
        }
    }
    match &function.signature.output {
        _ if refusal == Refusal::Needed => refusal,
        ReturnType::Type(_, returned)
            if !function.hides_types()
                && matches!(name_of(ungrouped(returned)), Named::Result | Named::Unknown) =>
        {
            Refusal::Perhaps
        }
        _ => Refusal::Never,
    }
}

impl Offload {
    /// Where errors about what is returned belong.
    pub(super) fn returned_at(function: &Function) -> Span {
        match &function.signature.output {
            ReturnType::Default => function.signature.ident.span(),
            ReturnType::Type(_, returned) => returned.span(),
        }
    }
}
