//! What the options mean for this function: the only place that judges them, with `keys.rs`, `shape.rs` and `behind.rs`
//! for its parts.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::{Expr, FnArg, Path, ReceiverKind, Type};

use super::behind;
use super::blame::{self, Rest};
use super::keys::{self, Asked, Keys};
use super::options::{Capacity, Handle, Options};
use super::shape::{self, Returned};
use crate::arguments::{bound_names, is_used};
use crate::boxed_future;
use crate::copies::Copies;
use crate::function::{Function, mentions, plain_name};
use crate::leaving::Unclear;
use crate::options::{Errors, Set};
use crate::plan::Around;
use crate::returns::{Returns, ungrouped};
use crate::surroundings::Surroundings;

/// A judged `#[cached]`: its expansion cannot fail.
pub(crate) struct Cached {
    pub(super) form: Form,
    pub(super) source: Source,
    pub(super) keys: Keys,
    pub(super) returned: Returned,
    pub(super) tags: Vec<Expr>,
    /// For `stale_while_revalidate`.
    pub(super) behind: Option<Copies>,
    /// Where that is written.
    pub(super) stale: Option<Span>,
    pub(super) rest: Rest,
    pub(super) krate: Option<Path>,
    /// The names of all layers of the function, outermost first.
    pub(super) layers: Vec<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Sync,
    Async,
    ImplFuture,
    /// `-> Pin<Box<dyn Future>>`, with any body.
    Boxed,
    /// What `async_trait` makes: the body is one `Box::pin(async move { … })`.
    AsyncTrait,
}

pub(super) enum Source {
    /// `cache = value`. The body may take what `value` borrows from, unless that is only lent.
    Held {
        value: Expr,
        is_lent: bool,
    },
    Own {
        options: Box<Options>,
        companion: Option<Companion>,
    },
}

/// The function beside the function that returns its cache.
pub(super) struct Companion {
    pub(super) name: Ident,
    /// It is called as `Self::name`.
    pub(super) is_associated: bool,
}

/// `None` when there are errors to report.
pub(crate) fn judge(
    mut options: Options,
    function: &Function,
    around: &Around<'_>,
    errors: &mut Errors,
) -> Option<Cached> {
    judge_function(function, errors);
    judge_options(&options, errors);
    judge_self(&options, function, errors);
    judge_returns(&options, function, errors);
    let tags = options.tags.take().map(|tags| tags.value).unwrap_or_default();
    let mut reads: TokenStream = around.reads.clone();
    reads.extend(tags.iter().map(ToTokens::to_token_stream));
    reads.extend(options.cache.iter().map(|cache| cache.value.to_token_stream()));
    let keys = keys::judge(&Asked { options: &options, reads: &reads }, function, errors);
    let returned = shape::judge(&options, function, errors);
    let behind =
        options.stale_while_revalidate.is_some().then(|| behind::judge(function, returned.as_ref(), errors));
    let stale = options.stale_while_revalidate.as_ref().map(|stale| stale.name);
    let krate = options.krate.as_ref().map(|krate| krate.value.clone());
    let source = source(options, function, errors);
    let (Some(keys), Some(returned), true) = (keys, returned, errors.is_empty()) else { return None };
    let rest = blame::rest(&keys, &returned, function);
    Some(Cached {
        form: form(function),
        rest,
        source,
        keys,
        returned,
        tags,
        behind,
        stale,
        krate,
        layers: around.layers.to_vec(),
    })
}

fn judge_function(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.push(constness.span, "a `const fn` may run in the compiler, where there is no cache\nmove its body into a `fn` of its own and put `#[cached]` there, or take `const` off");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push_at(
            variadic,
            "C-variadic arguments cannot be part of a key: put `#[cached]` on a function that calls this one",
        );
    }
    if function.body.is_none() {
        errors.push_at(&signature.ident, "this function has no body whose results could be cached: put `#[cached]` on its implementations, or give it a default body");
    }
}

/// Under `#[track_caller]` the body is no closure, and what is left by a `return` that is not seen would not be kept.
fn judge_returns(options: &Options, function: &Function, errors: &mut Errors) {
    let is_block = function.is_track_caller()
        && form(function) == Form::Sync
        && options.stale_while_revalidate.is_none();
    if is_block && let Err(Unclear(at)) = function.with_returns_as_breaks(&TokenStream::new()) {
        errors.push(at, "under `#[track_caller]` a `return` of the function is seen by its place alone, and of this one it cannot be told whether it leaves the function or a closure: what it returns might not be cached\n- behind a block, put `;` before the closure, or parentheses around the whole\n- move a `macro_rules!` with `return` out of the function");
    }
}

/// Mistakes that do not depend on the function.
fn judge_options(options: &Options, errors: &mut Errors) {
    if let Some(name) = options.name.as_ref().filter(|name| name.value.0.trim().is_empty()) {
        errors.push(name.value.1, "the name of a cache must not be empty: write a name, or leave `name` out");
    }
    if let (Some(weigher), Some(Set { value: Capacity::Unbounded, .. })) =
        (&options.weigher, &options.max_capacity)
    {
        errors.push(weigher.name, "`weigher` says what entries count towards `max_capacity`, and that is `unbounded`: write the most weight there may be, as in `max_capacity = 64 << 20`, or leave `weigher` out");
    }
    if options.cache.is_some() {
        judge_held(options, errors);
        return;
    }
    if let Some(stale) = options.stale_while_revalidate.as_ref().filter(|stale| stale.value.is_none()) {
        errors.push(
            stale.name,
            "say for how long an old value may be served: write `stale_while_revalidate = \"10s\"`",
        );
    }
    if options.ttl.is_none() && options.expire_after.is_none() {
        let timed = options.stale_while_revalidate.as_ref().filter(|stale| stale.value.is_some());
        let stale = [
            ("stale_while_revalidate", timed.map(|set| set.name)),
            ("stale_if_error", options.stale_if_error.as_ref().map(|set| set.name)),
        ];
        for (name, at) in stale {
            if let Some(at) = at {
                errors.push(at, format!("`{name}` serves values that are too old, and here none ever is: add `ttl = \"60s\"`, or leave it out"));
            }
        }
    }
}

/// The options that belong to the builder of the cache that `cache = ` names.
fn judge_held(options: &Options, errors: &mut Errors) {
    fn at<T>(set: Option<&Set<T>>) -> Option<Span> {
        set.map(|set| set.name)
    }
    let times = [
        ("cache_err", options.cache_err.as_ref()),
        ("cache_none", options.cache_none.as_ref()),
        ("stale_while_revalidate", options.stale_while_revalidate.as_ref()),
    ];
    for (name, set) in times {
        if let Some(set) = set.filter(|set| set.value.is_some()) {
            errors.push(set.name, format!("how long belongs to the cache that `cache` names: write `{name}` here, and the time on its builder"));
        }
    }
    let others = [
        ("max_capacity", at(options.max_capacity.as_ref())),
        ("weigher", at(options.weigher.as_ref())),
        ("policy", at(options.policy.as_ref())),
        ("ttl", at(options.ttl.as_ref())),
        ("tti", at(options.tti.as_ref())),
        ("expire_after", at(options.expire_after.as_ref())),
        ("cache_if", at(options.cache_if.as_ref())),
        ("stale_if_error", at(options.stale_if_error.as_ref())),
        ("hasher", at(options.hasher.as_ref())),
        ("clock", at(options.clock.as_ref())),
    ];
    for (name, at) in others {
        if let Some(at) = at {
            errors.push(
                at,
                format!(
                    "`{name}` belongs to the cache that `cache` names: write it on the builder of that cache"
                ),
            );
        }
    }
    if let Some(name) = &options.name {
        errors.push(
            name.name,
            "the cache that `cache` names has a name already: it is given to `Cache::builder`",
        );
    }
    if let Some(handle) = &options.handle {
        errors.push(
            handle.name,
            "you hold the cache that `cache` names, so there is nothing to be handed out: leave `handle` out",
        );
    }
}

/// Without a word about `self`, different values would share their results, or none ever would.
fn judge_self(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(receiver) = function.signature.receiver() else { return };
    let this = Ident::new("self", Span::call_site());
    let names_self = |value: &Expr| is_used(&value.to_token_stream(), &this);
    let is_said = options.cache.as_ref().is_some_and(|cache| names_self(&cache.value))
        || options.key.as_ref().is_some_and(|key| names_self(&key.value.value))
        || options.skip.as_ref().is_some_and(|skip| skip.value.iter().any(|name| name == "self"));
    if !is_said {
        errors.push_at(receiver, "say what `self` is to the cache:\n- `skip(self)`: the result does not depend on it\n- `key = (self.id, ...)`: the result depends on this of it\n- `cache = self.cache`: every value has a cache of its own");
    }
}

fn form(function: &Function) -> Form {
    if function.is_async() {
        return Form::Async;
    }
    if matches!(function.returns(), Returns::ImplFuture(_)) {
        return Form::ImplFuture;
    }
    if function.boxed_output().is_none() {
        return Form::Sync;
    }
    let statements = function.body.as_ref().map(|body| body.statements.clone()).unwrap_or_default();
    let has_tail = boxed_future::wrap_tail(&statements, true, |boxed| boxed).is_some();
    if function.is_of_async_trait() && has_tail { Form::AsyncTrait } else { Form::Boxed }
}

fn source(mut options: Options, function: &Function, errors: &mut Errors) -> Source {
    if let Some(cache) = options.cache.take() {
        let is_lent = is_lent(&cache.value, function);
        return Source::Held { value: cache.value, is_lent };
    }
    let companion = companion(options.handle.take(), function, errors);
    Source::Own { options: Box::new(options), companion }
}

/// Whether what an expression names of the arguments is only lent to the function.
fn is_lent(value: &Expr, function: &Function) -> bool {
    let tokens = value.to_token_stream();
    let is_shared =
        |of: &Type| matches!(ungrouped(of), Type::Reference(reference) if reference.mutability.is_none());
    function.signature.inputs.iter().all(|argument| match argument {
        FnArg::Receiver(receiver) => {
            !mentions(&tokens, "self")
                || match &receiver.kind {
                    ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
                    ReceiverKind::Typed(_, of) => is_shared(of),
                    _ => false,
                }
        }
        FnArg::Typed(argument) => {
            is_shared(&argument.ty) || !bound_names(&argument.pat).iter().any(|name| is_used(&tokens, name))
        }
    })
}

/// Whether an `impl Trait` may be in the type of an argument: written, or from a macro.
pub(super) fn may_be_hidden(of: TokenStream) -> bool {
    let mut is_after_bang = false;
    of.into_iter().any(|token| match (token, std::mem::take(&mut is_after_bang)) {
        (TokenTree::Ident(ident), _) => ident == "impl",
        (TokenTree::Group(group), is_macro) => is_macro || may_be_hidden(group.stream()),
        (TokenTree::Punct(punct), _) => {
            is_after_bang = punct.as_char() == '!';
            false
        }
        (TokenTree::Literal(_), _) => false,
    })
}

fn companion(handle: Option<Set<Handle>>, function: &Function, errors: &mut Errors) -> Option<Companion> {
    let own = &function.signature.ident;
    let (handle, at) = match handle {
        None => (None, None),
        Some(Set { value: Handle::None, .. }) => return None,
        Some(Set { value: Handle::Named(handle), name }) => {
            if handle == *own {
                errors.push(handle.span(), "this is the name of the function itself: choose another one");
            }
            (Some(handle), Some(name))
        }
    };
    let mut refuse = |why: &str| {
        if let Some(at) = at {
            errors.push(at, format!("{why}: leave `handle` out, find the cache among `fujita::caches()`, or hold one yourself with `cache = ...`"));
        }
        None
    };
    let hides_arguments = function.signature.inputs.iter().any(
        |argument| matches!(argument, FnArg::Typed(argument) if may_be_hidden(argument.ty.to_token_stream())),
    );
    if hides_arguments {
        return refuse(
            "with an `impl Trait` argument, or a macro that may stand for one, there is a cache for every type of it, and no name for them",
        );
    }
    let surroundings = function.surroundings();
    if surroundings == Surroundings::Trait {
        return refuse("nothing can stand beside a function of a trait");
    }
    let name = handle.unwrap_or_else(|| format_ident!("{}_cache", plain_name(own), span = own.span()));
    Some(Companion { name, is_associated: surroundings == Surroundings::Inherent })
}
