//! How what a function returns relates to what its cache keeps, as far as tokens tell.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{ReturnType, Type, TypeParamBound, WherePredicate};

use super::options::Options;
use crate::copies::borrowed_in;
use crate::function::{Function, mentions};
use crate::options::Errors;
use crate::returns::{Named, Returns, arguments_of, name_of, ungrouped};

pub(super) struct Returned {
    /// What a call, or its future, comes to.
    pub(super) of: Type,
    pub(super) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// All of it is kept, and nothing of it is a failure.
    Value,
    /// All of it is kept; the type system tells failures.
    Whole,
    /// Of a `Result`, what is `Ok`. Failures may be shared with others who wait for the same call.
    OkOnly { shares: bool },
    /// Of an `Option`, what is `Some`.
    SomeOnly,
    /// The type system tells what is kept.
    Kept,
}

pub(super) fn judge(options: &Options, function: &Function, errors: &mut Errors) -> Option<Returned> {
    let of = output(function, errors)?;
    let named = name_of(&of);
    judge_fit(options, &of, named, errors);
    let keeps_all = options.cache_err.is_some() || options.cache_none.is_some();
    let shape = match named {
        Named::Value => Shape::Value,
        Named::Result | Named::Option | Named::Unknown if keeps_all => Shape::Whole,
        Named::Result => Shape::OkOnly { shares: !is_bound(&of, function) },
        Named::Option => Shape::SomeOnly,
        Named::Unknown => Shape::Kept,
    };
    let kept = match (shape, &of) {
        (Shape::OkOnly { .. } | Shape::SomeOnly, Type::Path(path)) => arguments_of(path).next(),
        _ => Some(&of),
    };
    if let Some(borrowed) = kept.and_then(borrowed_in) {
        let owned = match borrowed.to_string().trim_start_matches('&').trim() {
            "str" => "`String` or `Arc<str>`",
            slice if slice.starts_with('[') => "a `Vec` or an `Arc` of the slice",
            _ => "an owned value, or an `Arc` of it",
        };
        errors.push_at(
            &borrowed,
            format!("a cache gives out clones of what it owns, and this is borrowed: return {owned}"),
        );
        return None;
    }
    Some(Returned { of, shape })
}

/// What a call comes to, if it can be kept at all.
fn output(function: &Function, errors: &mut Errors) -> Option<Type> {
    let signature = &function.signature;
    let nothing = "there is nothing to cache in a function that returns nothing: return what it finds out, or take `#[cached]` off";
    let ReturnType::Type(_, written) = &signature.output else {
        errors.push_at(&signature.ident, nothing);
        return None;
    };
    let of = match (function.returns(), function.boxed_output()) {
        _ if function.is_async() => Some((**written).clone()),
        (Returns::ImplFuture(output), _) => output.0,
        (_, Some(output)) => output.0,
        _ => Some((**written).clone()),
    };
    let Some(of) = of else {
        errors.push_at(
            written,
            "what this future resolves to must be written here, as in `Future<Output = String>`",
        );
        return None;
    };
    let of = ungrouped(&of).clone();
    let is_nothing = matches!(&of, Type::Tuple(tuple) if tuple.elems.is_empty());
    if is_nothing {
        errors.push_at(&of, nothing);
    } else if matches!(of, Type::Never(_)) {
        errors.push_at(&of, "`!` never comes back, so there is nothing to cache: take `#[cached]` off");
    } else if mentions(&of.to_token_stream(), "impl") {
        errors.push_at(&of, "a cache needs to name the type that it keeps, and `impl Trait` has no name: return a type that has one, such as a `Vec` of the items or an `Arc<dyn Trait + Send + Sync>`");
    } else {
        return Some(of);
    }
    None
}

fn judge_fit(options: &Options, of: &Type, named: Named, errors: &mut Errors) {
    let written = of.to_token_stream().to_string().replace(' ', "");
    if let Some(set) = options.cache_err.as_ref().filter(|_| matches!(named, Named::Value | Named::Option)) {
        errors.push(
            set.name,
            format!("`cache_err` keeps an `Err`, and this function returns `{written}`: leave it out"),
        );
    }
    if let Some(set) = options.cache_none.as_ref().filter(|_| matches!(named, Named::Value | Named::Result)) {
        errors.push(
            set.name,
            format!("`cache_none` keeps a `None`, and this function returns `{written}`: leave it out"),
        );
    }
}

/// Whether the error of a `Result` may be bound to a lifetime: then it cannot be handed to others.
fn is_bound(of: &Type, function: &Function) -> bool {
    let Type::Path(path) = of else { return false };
    arguments_of(path).skip(1).any(|error| {
        borrowed_in(error).is_some() || {
            let tokens = error.to_token_stream();
            let mut parameters = function.signature.generics.type_params();
            parameters.any(|parameter| {
                mentions(&tokens, &parameter.ident.to_string()) && !is_static(&parameter.ident, function)
            })
        }
    })
}

pub(super) fn is_static(parameter: &Ident, function: &Function) -> bool {
    let is_bound = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static");
    let generics = &function.signature.generics;
    let inline =
        generics.type_params().any(|other| other.ident == *parameter && other.bounds.iter().any(is_bound));
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    inline
        || predicates.into_iter().any(|predicate| {
            matches!(predicate, WherePredicate::Type(predicate)
                if matches!(&predicate.bounded_ty, Type::Path(path) if path.path.is_ident(parameter))
                    && predicate.bounds.iter().any(is_bound))
        })
}

/// A type as it can be written where there are no arguments to borrow from.
// Input:   Result<T, Error<'_>>        Result<T, &str>
// Output:  Result<T, Error<'static>>   Result<T, &'static str>
pub(super) fn with_static_lifetimes(tokens: TokenStream) -> TokenStream {
    let fixed = |at: Span| {
        let lifetime = syn::Lifetime::new("'static", at);
        quote! { #lifetime }
    };
    let mut output = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                let mut inner = Group::new(group.delimiter(), with_static_lifetimes(group.stream()));
                inner.set_span(group.span());
                output.extend([TokenTree::Group(inner)]);
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => match tokens.next() {
                Some(TokenTree::Ident(name)) if name == "_" => output.extend(fixed(name.span())),
                name => output.extend([TokenTree::Punct(punct)].into_iter().chain(name)),
            },
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let is_named =
                    matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'');
                let at = punct.span();
                output.extend([TokenTree::Punct(punct)]);
                if !is_named {
                    output.extend(fixed(at));
                }
            }
            other => output.extend([other]),
        }
    }
    output
}
