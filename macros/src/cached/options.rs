//! The options of `#[cached]` as written. Whether they make sense is judged in `model.rs`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Lit, Path, Token, Type};

use super::foreign;
use crate::options::{self, Argument, Errors, Set, Time, Usage, set, ungrouped};

const NAMES: [&str; 20] = [
    "max_capacity",
    "weigher",
    "policy",
    "ttl",
    "tti",
    "expire_after",
    "key",
    "skip",
    "cache_err",
    "cache_none",
    "cache_if",
    "stale_while_revalidate",
    "stale_if_error",
    "tags",
    "cache",
    "hasher",
    "name",
    "handle",
    "clock",
    "crate",
];

#[derive(Default)]
pub(crate) struct Options {
    pub(super) max_capacity: Option<Set<Capacity>>,
    pub(super) weigher: Option<Set<Expr>>,
    pub(super) policy: Option<Set<Policy>>,
    pub(super) ttl: Option<Set<Time>>,
    pub(super) tti: Option<Set<Time>>,
    pub(super) expire_after: Option<Set<Expr>>,
    pub(super) key: Option<Set<Key>>,
    pub(super) skip: Option<Set<Vec<Ident>>>,
    /// `None` for the flag.
    pub(super) cache_err: Option<Set<Option<Time>>>,
    pub(super) cache_none: Option<Set<Option<Time>>>,
    pub(super) cache_if: Option<Set<Expr>>,
    pub(super) stale_while_revalidate: Option<Set<Option<Time>>>,
    pub(super) stale_if_error: Option<Set<Time>>,
    pub(super) tags: Option<Set<Vec<Expr>>>,
    pub(crate) cache: Option<Set<Expr>>,
    pub(super) hasher: Option<Set<Type>>,
    pub(crate) name: Option<Set<(String, Span)>>,
    pub(super) handle: Option<Set<Handle>>,
    pub(super) clock: Option<Set<Expr>>,
    pub(super) krate: Option<Set<Path>>,
}

pub(super) enum Capacity {
    Unbounded,
    Most(Box<Expr>),
}

#[derive(Clone, Copy)]
pub(super) enum Policy {
    TinyLfu,
    Lru,
}

pub(super) struct Key {
    pub(super) of: Option<Type>,
    pub(super) value: Expr,
}

pub(super) enum Handle {
    Named(Ident),
    /// `_`
    None,
}

impl Options {
    pub(crate) fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for argument in options::arguments(arguments, errors) {
            options.take(&argument, errors);
        }
        options
    }

    /// The expressions that are read from the function's arguments.
    pub(crate) fn reads(&self) -> TokenStream {
        let tags = self.tags.iter().flat_map(|tags| &tags.value);
        let key = self.key.iter().map(|key| &key.value.value);
        key.chain(self.cache.iter().map(|cache| &cache.value))
            .chain(tags)
            .map(ToTokens::to_token_stream)
            .collect()
    }

    fn take(&mut self, argument: &Argument, errors: &mut Errors) {
        const SECONDS: &str = "a duration, in quotes or as an expression";
        let name = &argument.name;
        let time = |example| argument.time(Usage(SECONDS, example));
        let flag_or_time = |example| if argument.is_flag() { Ok(None) } else { time(example).map(Some) };
        let closure = |what, example| argument.callable(Usage(what, example));
        let expression = |what, example| argument.expression(Usage(what, example)).cloned();
        match name.unraw().to_string().as_str() {
            "max_capacity" => set(&mut self.max_capacity, name, capacity(argument), errors),
            "weigher" => {
                let weigher =
                    closure("a closure over key and value", "weigher = |key, value| value.len() as u32");
                set(&mut self.weigher, name, weigher, errors);
            }
            "policy" => set(&mut self.policy, name, policy(argument), errors),
            "ttl" => set(&mut self.ttl, name, time("ttl = \"60s\""), errors),
            "tti" => set(&mut self.tti, name, time("tti = \"10m\""), errors),
            "expire_after" => {
                let expire =
                    closure("a closure over key and value", "expire_after = |key, value| value.lifetime");
                set(&mut self.expire_after, name, expire, errors);
            }
            "key" => set(&mut self.key, name, key(argument), errors),
            "skip" => {
                let usage = Usage("names of arguments in parentheses", "skip(self, span)");
                set(&mut self.skip, name, argument.names(usage), errors);
            }
            "cache_err" => set(&mut self.cache_err, name, flag_or_time("cache_err = \"5s\""), errors),
            "cache_none" => set(&mut self.cache_none, name, flag_or_time("cache_none = \"5s\""), errors),
            "cache_if" => {
                let cache_if = closure("a closure over the value", "cache_if = |value| !value.is_empty()");
                set(&mut self.cache_if, name, cache_if, errors);
            }
            "stale_while_revalidate" => {
                let stale = flag_or_time("stale_while_revalidate = \"10s\"");
                set(&mut self.stale_while_revalidate, name, stale, errors);
            }
            "stale_if_error" => {
                set(&mut self.stale_if_error, name, time("stale_if_error = \"1h\""), errors);
            }
            "tags" => set(&mut self.tags, name, tags(argument), errors),
            "cache" => {
                let cache = expression("an expression: a cache that you hold", "cache = self.users");
                set(&mut self.cache, name, cache, errors);
            }
            "hasher" => {
                let usage = Usage("a type that is `BuildHasher + Default`", "hasher = ahash::RandomState");
                set(&mut self.hasher, name, argument.type_name(usage), errors);
            }
            "name" => {
                set(&mut self.name, name, argument.string(Usage("a string", "name = \"users\"")), errors);
            }
            "handle" => set(&mut self.handle, name, handle(argument), errors),
            "clock" => {
                set(&mut self.clock, name, expression("an expression", "clock = CLOCK.clone()"), errors);
            }
            "crate" => {
                set(&mut self.krate, name, argument.crate_path(Usage("a path", "crate = ::fujita")), errors);
            }
            _ => errors.add(
                foreign::translated(argument).unwrap_or_else(|| options::unknown(name, "cached", &NAMES)),
            ),
        }
    }
}

fn capacity(argument: &Argument) -> syn::Result<Capacity> {
    let value = argument.expression(Usage("a number of entries, or `unbounded`", "max_capacity = 10_000"))?;
    let is_unbounded = matches!(ungrouped(value), Expr::Path(path) if path.path.is_ident("unbounded"));
    Ok(if is_unbounded { Capacity::Unbounded } else { Capacity::Most(Box::new(value.clone())) })
}

fn policy(argument: &Argument) -> syn::Result<Policy> {
    let (text, span) = argument.string(Usage("a policy in quotes", "policy = \"lru\""))?;
    match text.as_str() {
        "tiny_lfu" => Ok(Policy::TinyLfu),
        "lru" => Ok(Policy::Lru),
        _ => Err(Error::new(
            span,
            format!(
                "`{text}` is not a policy: write \"tiny_lfu\", which also looks at how often a key is asked for, or \"lru\""
            ),
        )),
    }
}

fn key(argument: &Argument) -> syn::Result<Key> {
    let usage = Usage("an expression over the arguments", "key = (user.id, lang)");
    let (of, value) = argument.typed_expression(usage)?;
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = ungrouped(value) {
        return Err(foreign::text_as_key(text, &argument.name));
    }
    Ok(Key { of: of.cloned(), value: value.clone() })
}

fn tags(argument: &Argument) -> syn::Result<Vec<Expr>> {
    let usage = Usage("expressions in parentheses", "tags(\"users\", format!(\"user:{id}\"))");
    let list = argument.list(usage)?;
    let tags = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(list.clone())?;
    if tags.is_empty() {
        return Err(argument.wrong(usage));
    }
    Ok(tags.into_iter().collect())
}

fn handle(argument: &Argument) -> syn::Result<Handle> {
    let usage =
        Usage("a name for the function that returns the cache, or `_` for none", "handle = users_cache");
    match ungrouped(argument.expression(usage)?) {
        Expr::Infer(_) => Ok(Handle::None),
        Expr::Path(path) => match path.path.get_ident() {
            Some(name) => Ok(Handle::Named(name.clone())),
            None => Err(argument.wrong(usage)),
        },
        _ => Err(argument.wrong(usage)),
    }
}
