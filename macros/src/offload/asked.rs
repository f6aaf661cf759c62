//! What the compiler is asked of the types, so that it says once, and where they are written, that they cannot go to another
//! thread: each by itself first, and the body that moves them only if all of them can.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, FnArg, Ident, ReceiverKind, ReturnType, TypeParam, TypeParamBound, WherePredicate};

use super::options::Options;
use crate::arguments::conditions;
use crate::blame::suspect;
use crate::copies::Copies;
use crate::function::{Function, find, mentions};
use crate::returns::{mentions_parameter, outer_parameter};

#[derive(Default)]
pub(super) struct Asked {
    pub(super) checks: Vec<Check>,
    /// Where `clone_self` clones what may be any type.
    pub(super) this: Option<Span>,
    /// Where the body is asked about.
    pub(super) at: Option<Span>,
}

pub(super) struct Check {
    /// Of an argument that is there under conditions.
    pub(super) conditions: Vec<Attribute>,
    pub(super) of: TokenStream,
    pub(super) at: Span,
    pub(super) fit: Fit,
}

/// What it is to be fit for, by which the compiler words its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Argument,
    Returned,
    /// A type parameter: what it lacks is a bound.
    Parameter,
}

pub(super) fn judge(options: &Options, function: &Function, copies: &Copies) -> Asked {
    let mut asked = Asked::default();
    if options.is_in_place() {
        return asked;
    }
    let parameters = Parameters::of(function);
    for (index, argument) in function.signature.inputs.iter().enumerate() {
        match argument {
            FnArg::Receiver(_) if options.clone_self.is_some() && function.is_in_trait() => {
                asked.this = options.clone_self.as_ref().map(|clone| clone.name);
            }
            FnArg::Receiver(receiver) => {
                let of = match &receiver.kind {
                    ReceiverKind::Typed(_, of) if options.clone_self.is_none() => of.to_token_stream(),
                    _ => Ident::new("Self", receiver.self_token.span).to_token_stream(),
                };
                asked.ask(of, &parameters, Fit::Argument);
            }
            FnArg::Typed(argument) => {
                let before = asked.checks.len();
                match copies.of.iter().find(|(copied, _)| *copied == index) {
                    Some((_, of)) => asked.ask_of_copy(of),
                    None => asked.ask(argument.ty.to_token_stream(), &parameters, Fit::Argument),
                }
                for check in &mut asked.checks[before..] {
                    check.conditions = conditions(argument);
                }
            }
        }
    }
    if let ReturnType::Type(_, returned) = &function.signature.output {
        asked.ask(returned.to_token_stream(), &parameters, Fit::Returned);
    }
    asked.at = at(&asked.checks, &parameters).or(asked.this).or_else(|| hidden(function));
    asked
}

impl Asked {
    /// Nothing is asked of types that are always fit, nor of those without a name.
    fn ask(&mut self, of: TokenStream, parameters: &Parameters<'_>, fit: Fit) {
        let Some(mut at) = suspect(of.clone()).filter(|_| !mentions(&of, "impl")) else { return };
        if outer_parameter(&of).is_some_and(|outer| !parameters.all.contains(&&outer)) {
            self.push(of.clone(), at, Fit::Parameter);
        }
        for parameter in parameters.lacking_in(&of) {
            let name = &parameter.ident;
            at = name.span();
            if !may_be_unsized(parameter) {
                self.push(name.to_token_stream(), at, Fit::Parameter);
            }
        }
        self.push(of, at, fit);
    }

    fn ask_of_copy(&mut self, of: &TokenStream) {
        if let Some(at) = suspect(of.clone()) {
            let of = quote! { <#of as ::std::borrow::ToOwned>::Owned };
            self.push(of, at, Fit::Argument);
        }
    }

    fn push(&mut self, of: TokenStream, at: Span, fit: Fit) {
        let is_asked = |check: &Check| check.conditions.is_empty() && check.of.to_string() == of.to_string();
        if !self.checks.iter().any(is_asked) {
            self.checks.push(Check { conditions: Vec::new(), of, at, fit });
        }
    }
}

/// That something does not live long enough is not known until the body is looked at as a whole, so it is said of that alone.
fn at(checks: &[Check], parameters: &Parameters<'_>) -> Option<Span> {
    let is_parameter = |check: &&Check| parameters.lacking_in(&check.of).next().is_some();
    let is_outer = |check: &&Check| mentions_parameter(&check.of, &[]);
    let check = checks.iter().find(is_parameter).or_else(|| checks.iter().find(is_outer));
    check.map(|check| check.at)
}

/// A type that cannot be named, and so is asked about as part of the body.
fn hidden(function: &Function) -> Option<Span> {
    let arguments = function.signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument.ty.to_token_stream()),
        FnArg::Receiver(_) => None,
    });
    let returned = std::iter::once(function.signature.output.to_token_stream());
    arguments.chain(returned).find_map(|of| find(&of, "impl"))
}

/// The type parameters of the function itself.
struct Parameters<'a> {
    all: Vec<&'a Ident>,
    /// Those that do not say what is needed.
    lacking: Vec<&'a TypeParam>,
}

impl<'a> Parameters<'a> {
    fn of(function: &'a Function) -> Self {
        let generics = &function.signature.generics;
        let predicates = || generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let is_lacking = |parameter: &&TypeParam| {
            let later = predicates().filter_map(|predicate| match predicate {
                WherePredicate::Type(predicate) if is_path(&predicate.bounded_ty, &parameter.ident) => {
                    Some(&predicate.bounds)
                }
                _ => None,
            });
            let bounds: Vec<_> = parameter.bounds.iter().chain(later.flatten()).collect();
            !(bounds.iter().any(|bound| is_trait(bound, "Send"))
                && bounds.iter().any(|bound| is_static(bound)))
        };
        Self {
            all: generics.type_params().map(|parameter| &parameter.ident).collect(),
            lacking: generics.type_params().filter(is_lacking).collect(),
        }
    }

    fn lacking_in(&self, of: &TokenStream) -> impl Iterator<Item = &'a TypeParam> {
        let is_mentioned = |parameter: &&TypeParam| mentions(of, &parameter.ident.to_string());
        self.lacking.iter().copied().filter(is_mentioned).collect::<Vec<_>>().into_iter()
    }
}

fn is_path(of: &syn::Type, name: &Ident) -> bool {
    matches!(of, syn::Type::Path(path) if path.path.is_ident(name))
}

fn is_trait(bound: &TypeParamBound, name: &str) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == name))
}

fn is_static(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static")
}

fn may_be_unsized(parameter: &TypeParam) -> bool {
    parameter.bounds.iter().any(|bound| mentions(&bound.to_token_stream(), "Sized"))
}
