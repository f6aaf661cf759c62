//! The key of a call: how its arguments are looked at for a hit, and what type owns a copy of them after a miss.
//!
//! Both follow from the tokens of the arguments' types alone. What tokens cannot tell of a `key`, the compiler infers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Pat, PatType, Path, Type, UnOp};

use super::blame;
use super::options::{Key, Options};
use super::part::{Part, Place, tuple};
use super::unfit::{Unfit, Why};
use crate::arguments::{bound_names, is_used, is_variable, leaves_no_rest, whole_name};
use crate::blame::types_at;
use crate::function::{Function, plain_name};
use crate::options::{Errors, nearest, ungrouped as ungrouped_expression};
use crate::returns::{spelled, ungrouped};

/// The longest tuple that the runtime compares.
const MOST: usize = 12;

pub(super) struct Keys {
    /// The type of the key, unless only the compiler can tell.
    pub(super) owned: Option<TokenStream>,
    /// The types of its parts, as far as they are known; where the others stand, the view checks them.
    pub(super) parts: Vec<TokenStream>,
    /// The arguments as a hit is looked up by them.
    pub(super) view: TokenStream,
    /// The arguments that the function binds under one name each.
    pub(super) whole: Vec<usize>,
    /// The expression of `key`.
    pub(super) written: Option<Expr>,
}

/// What the arguments of a function are known by.
pub(super) struct Arguments<'a> {
    pub(super) function: &'a Function,
    pub(super) krate: Option<&'a Path>,
    /// Number, pattern and type of all but `self`.
    pub(super) typed: Vec<(usize, &'a PatType)>,
}

/// What `judge` looks at beside the arguments.
pub(super) struct Asked<'a> {
    pub(super) options: &'a Options,
    /// The expressions that are read from the arguments before the body.
    pub(super) reads: &'a TokenStream,
}

pub(super) fn judge(asked: &Asked<'_>, function: &Function, errors: &mut Errors) -> Option<Keys> {
    let options = asked.options;
    let typed = function.signature.inputs.iter().enumerate().filter_map(|(index, argument)| match argument {
        FnArg::Typed(argument) => Some((index, argument)),
        FnArg::Receiver(_) => None,
    });
    let krate = options.krate.as_ref().map(|krate| &krate.value);
    let arguments = Arguments { function, krate, typed: typed.collect() };
    let mut skipped = arguments.judge_skip(options, errors);
    skipped.extend(options.cache.as_ref().and_then(|cache| variable(&cache.value)).cloned());
    match &options.key {
        Some(key) => arguments.of_expression(&key.value, errors),
        None => arguments.of_arguments(&skipped, asked.reads, errors),
    }
}

impl Arguments<'_> {
    fn judge_skip(&self, options: &Options, errors: &mut Errors) -> Vec<Ident> {
        let Some(skip) = &options.skip else { return Vec::new() };
        let receiver = self.function.signature.receiver().map(|_| "self".to_owned());
        let variables = self.typed.iter().filter(|(_, argument)| is_variable(&argument.pat));
        let variables = variables.flat_map(|(_, argument)| bound_names(&argument.pat));
        let names: Vec<String> =
            receiver.into_iter().chain(variables.map(|name| plain_name(&name))).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let in_patterns: Vec<Ident> =
            self.typed.iter().flat_map(|(_, argument)| bound_names(&argument.pat)).collect();
        for (index, name) in skip.value.iter().enumerate() {
            let written = plain_name(name);
            if skip.value[..index].contains(name) {
                errors.push(name.span(), format!("`{written}` is skipped twice: leave one of them out"));
            } else if !known.contains(&written.as_str()) {
                errors.push(name.span(), unknown_argument(&written, &known, in_patterns.contains(name)));
            } else if options.key.is_some() && written != "self" {
                errors.push(
                    name.span(),
                    format!("`key` says all that the key is made of: leave `skip({written})` out"),
                );
            }
        }
        skip.value.clone()
    }

    /// The key is what `key = ` says.
    fn of_expression(&self, key: &Key, errors: &mut Errors) -> Option<Keys> {
        let mut parts = Vec::new();
        let mut part = self.of_key(&key.value, &mut parts, errors)?;
        if let Some(of) = &key.of {
            part.owned = Some(blame::at(of, of.to_token_stream()));
        }
        let written = Some(key.value.clone());
        Some(Keys { owned: part.owned, parts, view: part.view, whole: Vec::new(), written })
    }

    /// The key is made of all arguments that are not skipped.
    fn of_arguments(&self, skipped: &[Ident], reads: &TokenStream, errors: &mut Errors) -> Option<Keys> {
        let is_skipped = |argument: &PatType| {
            is_variable(&argument.pat) && bound_names(&argument.pat).iter().all(|name| skipped.contains(name))
        };
        let keyed: Vec<_> =
            self.typed.iter().copied().filter(|(_, argument)| !is_skipped(argument)).collect();
        let (mut parts, mut whole, mut failed) = (Vec::new(), Vec::new(), false);
        for (index, argument) in &keyed {
            if let Some(condition) = argument.attrs.iter().find(|attribute| attribute.path().is_ident("cfg"))
            {
                errors.push_at(condition, "an argument that is not always there cannot be part of the key: leave it out with `skip`, or write a `key`");
            }
            let part = self.of_pattern(&argument.pat, &argument.ty).unwrap_or_else(|| {
                let mut names = bound_names(&argument.pat).into_iter();
                if let Some(name) = names.find(|name| is_used(reads, name)) {
                    errors.push_at(&argument.pat, format!("this argument is part of the key as a whole, and `{name}` is read before the body takes it apart\ngive the argument a name, and take it apart in the body"));
                }
                whole.push(*index);
                self.part(&argument.ty, &Place::of(&whole_name(*index)))
            });
            match part {
                Ok(Part { owned, view }) => {
                    let owned = owned.map(|owned| blame::at(&argument.ty, owned));
                    parts.push(Part { owned, view });
                }
                Err(unfit) => {
                    failed = true;
                    errors.push_at(&unfit.at, self.message(&unfit, *index, argument, &keyed));
                }
            }
        }
        if let Some((_, argument)) = keyed.get(MOST) {
            errors.push_at(&argument.pat, format!("a key has at most {MOST} parts, and this would be one more: leave arguments out with `skip`, or group them with `key = ((a, b), c)`"));
            failed = true;
        }
        if failed {
            return None;
        }
        let owned = parts.iter().filter_map(|part| part.owned.clone()).collect();
        let part = match <[Part; 1]>::try_from(parts) {
            Ok([part]) => part,
            Err(parts) => tuple(&parts),
        };
        Some(Keys { owned: part.owned, parts: owned, view: part.view, whole, written: None })
    }

    fn message(
        &self,
        unfit: &Unfit,
        index: usize,
        argument: &PatType,
        keyed: &[(usize, &PatType)],
    ) -> String {
        let name_of = |argument: &PatType| {
            let name = bound_names(&argument.pat).into_iter().next().filter(|_| is_variable(&argument.pat));
            name.map(|name| plain_name(&name))
        };
        let at = spelled(&unfit.at);
        let Some(name) = name_of(argument) else {
            let (reason, _) = unfit.why.explain("_", &at, false);
            let reason = reason.replace("`_`", "this argument");
            return format!("{reason}\ngive it a name, and leave it out with `skip` or write a `key`");
        };
        let is_all = at == spelled(&argument.ty.to_token_stream()) || unfit.why != Why::Float;
        let (reason, instead) = unfit.why.explain(&name, &at, is_all);
        let skip = if self.function.signature.receiver().is_some() {
            format!("`skip(self, {name})`")
        } else {
            format!("`skip({name})`")
        };
        match instead {
            Some(instead) => {
                let parts: Vec<String> = keyed
                    .iter()
                    .filter_map(
                        |(other, argument)| {
                            if *other == index { Some(instead.clone()) } else { name_of(argument) }
                        },
                    )
                    .collect();
                let key = if parts.len() == 1 { instead } else { format!("({})", parts.join(", ")) };
                format!(
                    "{reason}\nwrite what the result depends on, as in `key = {key}`, or leave it out with {skip}"
                )
            }
            None => {
                format!("{reason}\nleave it out with {skip}, or write a `key` of what the result depends on")
            }
        }
    }

    /// An argument whose names stay bound by the function: one variable, or a tuple of them.
    fn of_pattern(&self, pattern: &Pat, of: &Type) -> Option<Result<Part, Unfit>> {
        match (pattern, ungrouped(of)) {
            (Pat::Ident(variable), _) if is_variable(pattern) => {
                Some(self.part(of, &Place::of(&variable.ident)))
            }
            (Pat::Paren(inner), _) => self.of_pattern(&inner.pat, of),
            (Pat::Tuple(names), Type::Tuple(types))
                if names.elems.len() == types.elems.len() && leaves_no_rest(pattern) =>
            {
                let parts: Option<Vec<_>> = names
                    .elems
                    .iter()
                    .zip(&types.elems)
                    .map(|(name, of)| self.of_pattern(name, of))
                    .collect();
                Some(parts?.into_iter().collect::<Result<Vec<_>, _>>().map(|parts| tuple(&parts)))
            }
            _ => None,
        }
    }

    /// The type of the variable of this name, if it is an argument or a part of one.
    pub(super) fn named(&self, name: &Ident) -> Option<&Type> {
        self.typed.iter().find_map(|(_, argument)| type_within(&argument.pat, &argument.ty, name))
    }

    // Input:   (user.id, name, format!("{a}"))
    // View:    (part(Of(&(user.id)).part()), &*name, part(Of(&(format!("{a}"))).part()))
    /// Nothing is moved: elements are looked at where they are. Those whose types are not known check them there; the
    /// others are left in `parts`.
    fn of_key(&self, value: &Expr, parts: &mut Vec<TokenStream>, errors: &mut Errors) -> Option<Part> {
        let value = peeled(value);
        match value {
            Expr::Tuple(elements) => {
                if let Some(element) = elements.elems.iter().nth(MOST) {
                    errors.push_at(element, format!("a key has at most {MOST} parts, and this would be one more: group them, as in `key = ((a, b), c)`"));
                    return None;
                }
                let elements: Vec<_> =
                    elements.elems.iter().map(|element| self.of_key(element, parts, errors)).collect();
                return elements.into_iter().collect::<Option<Vec<_>>>().map(|parts| tuple(&parts));
            }
            Expr::Path(path) => {
                if let Some((name, of)) =
                    path.path.get_ident().and_then(|name| Some((name, self.named(name)?)))
                {
                    return self.of_argument(value, of, &Place::of(name), parts, errors);
                }
            }
            Expr::Unary(syn::ExprUnary { op: UnOp::Deref(_), expr, .. }) => {
                if let Expr::Path(path) = peeled(expr)
                    && let Some(name) = path.path.get_ident()
                    && let Some(Type::Reference(reference)) = self.named(name).map(ungrouped)
                {
                    let place = Place::of(name).behind();
                    return self.of_argument(value, &reference.elem, &place, parts, errors);
                }
            }
            _ => {}
        }
        let at = value.span().resolved_at(Span::mixed_site());
        let private = self.private(at);
        Some(Part {
            owned: self.inferred(value),
            view: quote_spanned! {at=> #private::part(#private::Of(&(#value)).__fujita_part()) },
        })
    }

    fn of_argument(
        &self,
        value: &Expr,
        of: &Type,
        place: &Place,
        parts: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> Option<Part> {
        let part = match ungrouped(of) {
            _ if place.stars > 0 && self.unfit(of).is_none() => self.behind_reference(of, place),
            of => self.part(of, place),
        };
        match part {
            Ok(Part { owned, view }) => {
                let owned = owned.map(|owned| types_at(value.span(), owned));
                parts.extend(owned.clone());
                Some(Part { owned, view })
            }
            Err(unfit) => {
                let name = spelled(&place.base);
                let at = spelled(&unfit.at);
                let is_all = at == spelled(&of.to_token_stream()) || unfit.why != Why::Float;
                let (reason, instead) = unfit.why.explain(&name, &at, is_all);
                let help = instead.map(|instead| format!(", as in `{instead}`")).unwrap_or_default();
                errors.push_at(
                    value,
                    format!("{reason}\nwrite what the result depends on{help}, or leave it out of the `key`"),
                );
                None
            }
        }
    }
}

fn unknown_argument(written: &str, known: &[&str], is_in_pattern: bool) -> String {
    if is_in_pattern {
        return format!(
            "`{written}` is part of an argument, and arguments are skipped whole\ngive the argument a name, and take it apart in the body"
        );
    }
    if written == "self" {
        return "this function has no `self` to skip: leave it out".into();
    }
    match (nearest(written, known), known) {
        (Some(near), _) => format!("no argument is called `{written}`, did you mean `{near}`?"),
        (None, []) => {
            format!("no argument is called `{written}`, and there are none to skip: leave `skip` out")
        }
        (None, _) => format!("no argument is called `{written}`; there are {}", known.join(", ")),
    }
}

fn type_within<'a>(pattern: &Pat, of: &'a Type, name: &Ident) -> Option<&'a Type> {
    match (pattern, ungrouped(of)) {
        (Pat::Ident(variable), _) if is_variable(pattern) => (variable.ident == *name).then_some(of),
        (Pat::Paren(inner), _) => type_within(&inner.pat, of, name),
        (Pat::Reference(inner), Type::Reference(of)) => type_within(&inner.pat, &of.elem, name),
        (Pat::Tuple(names), Type::Tuple(types))
            if names.elems.len() == types.elems.len() && leaves_no_rest(pattern) =>
        {
            names.elems.iter().zip(&types.elems).find_map(|(pattern, of)| type_within(pattern, of, name))
        }
        _ => None,
    }
}

/// The name of an argument that is a cache, and so no part of a key: `cache = c`, `cache = *c`.
fn variable(cache: &Expr) -> Option<&Ident> {
    match peeled(cache) {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Unary(syn::ExprUnary { op: UnOp::Deref(_), expr, .. }) => variable(expr),
        _ => None,
    }
}

/// An expression without parentheses, and without the `&` that a view puts there anyway.
pub(super) fn peeled(mut of: &Expr) -> &Expr {
    loop {
        of = match ungrouped_expression(of) {
            Expr::Paren(paren) => &paren.expr,
            Expr::Reference(reference) if reference.mutability.is_none() => &reference.expr,
            other => return other,
        };
    }
}
