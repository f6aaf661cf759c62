//! The layers of one function, outermost first.
//!
//! Attributes read from the top like decorators. The compiler expands the top one first, on the raw body, which
//! would make it innermost; so whichever of ours runs first takes over from the others and builds all layers
//! at once, in reading order.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{Attribute, Meta, Path, ReturnType, Token, parse_quote};

use crate::function::{Function, Offloaded};
use crate::options::{self, Errors};
use crate::{boxed_future, cached, offload, timed};

/// The attributes there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Timed,
    Cached,
    Offload,
}

const KINDS: [Kind; 3] = [Kind::Timed, Kind::Cached, Kind::Offload];

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Timed => "timed",
            Self::Cached => "cached",
            Self::Offload => "offload",
        }
    }

    /// The attribute, if it is one of ours: `#[timed]`, `#[fujita::timed]`, or with the path that `crate = ` gave.
    pub(crate) fn of(attribute: &Attribute, krate: Option<&Path>) -> Option<Self> {
        let path = attribute.path();
        let name = &path.segments.last()?.ident;
        let ours = path.segments.len() == 1
            || root(path).as_deref() == Some("fujita")
            || krate.is_some_and(|krate| {
                root(path) == root(krate) || root(path).is_some_and(|root| *name == root)
            });
        KINDS.into_iter().find(|kind| ours && name == kind.name() && !is_done(attribute))
    }

    /// Whether it does anything, by the features of this crate.
    fn is_on(self) -> bool {
        self != Self::Timed || !cfg!(feature = "timed-off")
    }

    pub(crate) fn wrong_item(self, what: &str) -> String {
        match self {
            Self::Timed => format!(
                "`#[timed]` measures functions, and this is {what}\nput it on a `fn`, or on an `impl`, `trait` or `mod` block to measure every function in it"
            ),
            Self::Cached => {
                format!("`#[cached]` keeps what a function returns, and this is {what}\nput it on a `fn`")
            }
            Self::Offload => format!(
                "`#[offload]` runs the body of a function elsewhere, and this is {what}\nput it on a `fn`"
            ),
        }
    }

    /// For an `impl`, `trait` or `mod` block, unless that is fine.
    pub(crate) const fn wrong_block(self) -> Option<&'static str> {
        match self {
            Self::Timed => None,
            Self::Cached => Some(
                "`#[cached]` keeps what a function returns: put it on the functions of this block, each with options of its own",
            ),
            Self::Offload => Some(
                "`#[offload]` makes an `async fn` of a function: put it on those functions of this block that block, one by one",
            ),
        }
    }
}

/// The crate or module that a path begins with, behind `crate` or `$crate`.
fn root(path: &Path) -> Option<String> {
    let names = path.segments.iter().map(|segment| segment.ident.to_string());
    names.into_iter().find(|name| !matches!(name.as_str(), "crate" | "$crate"))
}

/// What an attribute says once its layer is built. It stays on the function, so that the import it came by is used and
/// an editor still knows it, and expands to the function as it is.
const DONE: &str = "__fujita_done";

pub(crate) fn says_done(arguments: &TokenStream) -> bool {
    arguments.to_string() == DONE
}

pub(crate) fn is_done(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list) if says_done(&list.tokens))
}

fn mark_done(attribute: &mut Attribute) {
    let (path, done) = (attribute.path(), format_ident!("{DONE}"));
    attribute.meta = parse_quote! { #path(#done) };
}

/// An attribute as written: which, where, and its arguments.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    pub(crate) arguments: TokenStream,
}

/// Takes the words of our attributes, in reading order.
pub(crate) fn take_ours(
    attributes: &mut [Attribute],
    krate: Option<&Path>,
    errors: &mut Errors,
) -> Vec<Written> {
    let mut ours = Vec::new();
    for attribute in attributes {
        let Some(kind) = Kind::of(attribute, krate) else { continue };
        match options::of_attribute(attribute, kind.name()) {
            Ok(arguments) => {
                let name = attribute.path().segments.last();
                let span = name.map_or_else(Span::call_site, |name| name.ident.span());
                ours.push(Written { kind, span, arguments });
            }
            Err(error) => errors.add(error),
        }
        mark_done(attribute);
    }
    ours
}

/// Expands a function under the attribute that runs first and those below it.
pub(crate) fn function(first: Written, mut function: Function, errors: &mut Errors) -> TokenStream {
    let krate = options::crate_of(&first.arguments);
    let below = take_ours(&mut function.attributes, krate.as_ref(), errors);
    let layers: Vec<Layer> =
        std::iter::once(first).chain(below).map(|written| Layer::read(written, errors)).collect();
    expand(layers, function, errors)
}

/// One layer with its options read.
pub(crate) enum Layer {
    Timed(Box<timed::Options>),
    Cached(Span, Box<cached::Options>),
    Offload(Span, Box<offload::Options>),
}

impl Layer {
    pub(crate) fn read(written: Written, errors: &mut Errors) -> Self {
        match written.kind {
            Kind::Timed => {
                Self::Timed(Box::new(timed::Options::read(written.span, written.arguments, errors)))
            }
            Kind::Cached => {
                Self::Cached(written.span, Box::new(cached::Options::read(written.arguments, errors)))
            }
            Kind::Offload => {
                Self::Offload(written.span, Box::new(offload::Options::read(written.arguments, errors)))
            }
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Timed(_) => Kind::Timed,
            Self::Cached(..) => Kind::Cached,
            Self::Offload(..) => Kind::Offload,
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Timed(options) => options.span,
            Self::Cached(span, _) | Self::Offload(span, _) => *span,
        }
    }

    /// The name of the cache that it makes, empty for the function's path.
    fn cache_name(&self) -> Option<String> {
        match self {
            Self::Cached(_, options) if options.cache.is_none() => {
                Some(options.name.as_ref().map(|name| name.value.0.clone()).unwrap_or_default())
            }
            Self::Timed(_) | Self::Cached(..) | Self::Offload(..) => None,
        }
    }

    /// The expressions that it reads from the function's arguments, before the layers inside it.
    fn reads(&self) -> TokenStream {
        match self {
            Self::Timed(options) => options.label_values(),
            Self::Cached(_, options) => options.reads(),
            Self::Offload(..) => TokenStream::new(),
        }
    }

    /// `None` if there is nothing to wrap, or something to report.
    fn judge(self, function: &Function, around: &Around<'_>, errors: &mut Errors) -> Option<Model> {
        match self {
            Self::Timed(options) => timed::model::judge(*options, function, around.layers, errors)
                .map(|model| Model::Timed(Box::new(model))),
            Self::Cached(_, options) => cached::model::judge(*options, function, around, errors)
                .map(|model| Model::Cached(Box::new(model))),
            Self::Offload(_, options) => offload::model::judge(*options, function, around, errors)
                .map(|model| Model::Offload(Box::new(model))),
        }
    }
}

/// What a layer must know of the others.
pub(crate) struct Around<'a> {
    /// The names of all layers that wrap anything, outermost first.
    pub(crate) layers: &'a [&'static str],
    /// What the layers outside of it read from the function's arguments.
    pub(crate) reads: &'a TokenStream,
}

/// One layer that was judged: wrapping cannot fail.
enum Model {
    Timed(Box<timed::model::Timed>),
    Cached(Box<cached::model::Cached>),
    Offload(Box<offload::model::Offload>),
}

impl Model {
    fn wrap(&self, function: Function) -> Function {
        match self {
            Self::Timed(model) => timed::expand::wrap(model, function),
            Self::Cached(model) => cached::expand::wrap(model, function),
            Self::Offload(model) => offload::expand::wrap(model, function),
        }
    }
}

/// Judges the layers and builds them, from the innermost out.
pub(crate) fn expand(written: Vec<Layer>, function: Function, errors: &mut Errors) -> TokenStream {
    let mut layers: Vec<Layer> = Vec::new();
    for layer in written {
        if layers.iter().any(|other| other.kind() == layer.kind()) {
            let name = layer.kind().name();
            errors.push(
                layer.span(),
                format!("`#[{name}]` is written twice on this function: leave one of them out"),
            );
        } else {
            layers.push(layer);
        }
    }
    let names: Vec<_> = layers.iter().map(Layer::kind).filter(|kind| kind.is_on()).map(Kind::name).collect();
    let reads: Vec<_> = layers.iter().map(Layer::reads).collect();
    // Each layer sees the function as the layers inside it leave it.
    let mut wrapped = function.clone();
    wrapped.cache_name = layers.iter().find_map(Layer::cache_name);
    prepare_for_offload(&layers, &mut wrapped);
    for (index, layer) in layers.into_iter().enumerate().rev() {
        let reads = reads[..index].iter().cloned().collect();
        let is_offload = layer.kind() == Kind::Offload;
        if let Some(model) = layer.judge(&wrapped, &Around { layers: &names, reads: &reads }, errors) {
            wrapped = model.wrap(wrapped);
        } else if is_offload {
            // What is wrong with it has been said. To the layers around it, it is what it would have become.
            wrapped = stand_in(wrapped, true);
        }
    }
    if errors.is_empty() {
        return wrapped.into_token_stream();
    }
    stand_in(function, names.contains(&Kind::Offload.name())).into_token_stream()
}

/// The function as written, for when there are errors. Those who call an offloaded one wait for a future, whatever is wrong
/// with it.
pub(crate) fn stand_in(mut function: Function, is_offloaded: bool) -> Function {
    let signature = &function.signature;
    let may_be_async =
        signature.constness.is_none() && signature.abi.is_none() && signature.variadic.is_none();
    if is_offloaded && may_be_async && !function.makes_future() {
        function.signature.asyncness = Some(Token![async](Span::mixed_site()));
    }
    function
}

/// What the layers inside of an `#[offload]` must know of it.
fn prepare_for_offload(layers: &[Layer], function: &mut Function) {
    let options = layers.iter().find_map(|layer| match layer {
        Layer::Offload(_, options) => Some(options),
        Layer::Timed(_) | Layer::Cached(..) => None,
    });
    let Some(options) = options else { return };
    // One function has one name in all of its metrics.
    let timed = layers.iter().find_map(|layer| match layer {
        Layer::Timed(options) => options.function.as_ref().map(|function| function.value.0.as_str()),
        Layer::Cached(..) | Layer::Offload(..) => None,
    });
    let label = options.label().or(timed).unwrap_or_default().to_owned();
    function.offload = Some(Offloaded { pool: options.pool_name(), label });
    function.is_beside = options.has_sibling(function);
    unbox(function);
}

// Input:   fn f<'async_trait>(…) -> Pin<Box<dyn Future<Output = R> + 'async_trait>> { Box::pin(async move { BODY }) }
// Output:  fn f<'async_trait>(…) -> R { BODY }
/// In an `impl` of an `#[async_trait]`, functions must be written `async`. Offloaded ones are not, until `#[offload]` has
/// had its turn.
fn unbox(function: &mut Function) {
    if !function.is_of_async_trait() {
        return;
    }
    let output = function.boxed_output().and_then(|output| output.0);
    if let (Some(output), Some(body)) = (output, &mut function.body)
        && let Some(content) = boxed_future::async_block(&body.statements)
    {
        body.statements = content;
        let boxed: ReturnType = parse_quote! { -> #output };
        function.boxed_return = Some(std::mem::replace(&mut function.signature.output, boxed));
    }
}
