//! The key of a call: how its arguments are looked at for a hit, and what type owns a copy of them after a miss.
//!
//! Both follow from the tokens of the arguments' types alone. What tokens cannot tell of a `key`, the compiler infers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    BinOp, Expr, FnArg, Lit, Pat, PatType, Path, PathArguments, Type, TypeParamBound, TypePath, UnOp,
    WherePredicate,
};

use super::blame;
use super::options::{Key, Options};
use crate::arguments::{bound_names, is_used, is_variable, leaves_no_rest, whole_name};
use crate::blame::types_at;
use crate::copies::borrowed_in;
use crate::function::{Function, plain_name};
use crate::options::{Errors, nearest, private, ungrouped as ungrouped_expression};
use crate::returns::{arguments_of, spelled, ungrouped};

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

/// One part of a key: the type that owns it, and the expression that looks at it.
struct Part {
    owned: Option<TokenStream>,
    view: TokenStream,
}

/// Where a value is: `**name.0`.
#[derive(Clone)]
struct Place {
    stars: usize,
    base: TokenStream,
}

impl Place {
    fn of(name: &Ident) -> Self {
        Self { stars: 0, base: name.to_token_stream() }
    }

    fn behind(&self) -> Self {
        Self { stars: self.stars + 1, base: self.base.clone() }
    }

    /// Fields are found behind any number of references.
    fn field(&self, index: usize) -> Self {
        let (base, index) = (&self.base, syn::Index::from(index));
        Self { stars: 0, base: quote! { #base.#index } }
    }

    fn borrowed(&self) -> TokenStream {
        let (base, stars) = (&self.base, std::iter::repeat_n(quote! { * }, self.stars));
        quote_spanned! {Span::mixed_site()=> &#(#stars)* #base }
    }
}

/// A type that cannot be part of a key: what of it, and why.
struct Unfit {
    at: TokenStream,
    why: Why,
}

#[derive(Clone, Copy, PartialEq)]
enum Why {
    Float,
    Mutable,
    Hidden,
    Closure,
    Dynamic,
    Borrowed,
}

impl Why {
    /// The reason, and an expression that could stand in a `key` instead.
    fn explain(self, name: &str, at: &str, is_all: bool) -> (String, Option<String>) {
        match self {
            Self::Float => (
                format!("`{at}` has neither `Eq` nor `Hash`, so `{name}` cannot be part of the key"),
                is_all.then(|| format!("{name}.to_bits()")),
            ),
            Self::Mutable => (
                format!("the body may write to a `&mut`, so `{name}` cannot be part of the key"),
                Some(format!("{name}.len()")),
            ),
            Self::Hidden => (
                format!(
                    "`{at}` has no name that a cache could be made for, so `{name}` cannot be part of the key"
                ),
                Some(format!("{name}.to_string()")),
            ),
            Self::Closure => {
                (format!("closures cannot be compared, so `{name}` cannot be part of the key"), None)
            }
            Self::Dynamic => (
                format!("`{at}` can neither be compared nor hashed, so `{name}` cannot be part of the key"),
                None,
            ),
            Self::Borrowed => (
                format!(
                    "`{at}` borrows, and a key owns what it is made of, so `{name}` cannot be part of the key"
                ),
                None,
            ),
        }
    }
}

/// What the arguments of a function are known by.
pub(super) struct Arguments<'a> {
    function: &'a Function,
    krate: Option<&'a Path>,
    /// Number, pattern and type of all but `self`.
    typed: Vec<(usize, &'a PatType)>,
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

    /// How a value of a type becomes part of a key.
    // Input:   &str           u64     Option<&Path>                     Cow<'_, str>   (&str, u8)
    // Owned:   String         u64     Option<<Path as ToOwned>::Owned>   String         (String, u8)
    // View:    &*name         &id     name.as_ref().map(|p| &**p)       &*name         (&*name.0, &name.1)
    fn part(&self, of: &Type, place: &Place) -> Result<Part, Unfit> {
        if let Some(unfit) = self.unfit(of) {
            return Err(unfit);
        }
        let of = ungrouped(of);
        match of {
            Type::Reference(reference) => self.behind_reference(&reference.elem, &place.behind()),
            Type::Path(path) if named(path, "Cow").is_some() => {
                self.behind_reference(named(path, "Cow").unwrap_or(of), &place.behind())
            }
            _ if borrowed_in(of).is_none() => {
                Ok(Part { owned: Some(of.to_token_stream()), view: place.borrowed() })
            }
            Type::Tuple(types) => {
                let parts = types.elems.iter().enumerate();
                let parts = parts.map(|(index, of)| self.part(of, &place.field(index)));
                Ok(tuple(&parts.collect::<Result<Vec<_>, _>>()?))
            }
            Type::Path(path) => match (named(path, "Option"), named(path, "Vec")) {
                (Some(inner), _) => self.optional(inner, place),
                (_, Some(element)) => self.each(element, place),
                _ => Err(unfit_borrow(of)),
            },
            _ => Err(unfit_borrow(of)),
        }
    }

    fn behind_reference(&self, of: &Type, place: &Place) -> Result<Part, Unfit> {
        let of = ungrouped(of);
        let at = of.span().resolved_at(Span::mixed_site());
        let owned = match of {
            Type::Reference(reference) => return self.behind_reference(&reference.elem, &place.behind()),
            Type::Slice(slice) if borrowed_in(&slice.elem).is_some() => return self.each(&slice.elem, place),
            _ if borrowed_in(of).is_some() => return self.part(of, place),
            Type::Slice(slice) => {
                let element = &slice.elem;
                quote_spanned! {at=> ::std::vec::Vec<#element> }
            }
            Type::Path(path) if path.path.is_ident("str") => quote_spanned! {at=> ::std::string::String },
            _ => quote_spanned! {at=> <#of as ::std::borrow::ToOwned>::Owned },
        };
        Ok(Part { owned: Some(owned), view: place.borrowed() })
    }

    fn optional(&self, inner: &Type, place: &Place) -> Result<Part, Unfit> {
        let name = format_ident!("__fujita_part", span = Span::mixed_site());
        let Part { owned, view } = self.part(inner, &Place::of(&name).behind())?;
        let place = place.borrowed();
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> ::core::option::Option<#owned> }),
            view: quote_spanned! {Span::mixed_site()=>
                ::core::option::Option::map(::core::option::Option::as_ref(#place), |#name| #view)
            },
        })
    }

    /// `[&str]` is looked at as it is; anything deeper would have to be copied first.
    fn each(&self, element: &Type, place: &Place) -> Result<Part, Unfit> {
        let Type::Reference(reference) = ungrouped(element) else { return Err(unfit_borrow(element)) };
        if borrowed_in(&reference.elem).is_some() {
            return Err(unfit_borrow(element));
        }
        let Part { owned, .. } = self.part(element, place)?;
        let (private, place) = (self.private(Span::mixed_site()), place.borrowed());
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> ::std::vec::Vec<#owned> }),
            view: quote_spanned! {Span::mixed_site()=> #private::Each(#place) },
        })
    }

    fn private(&self, at: Span) -> TokenStream {
        let private = private(self.krate, at);
        quote_spanned! {at=> #private::cached }
    }

    /// What in a type cannot be part of any key.
    fn unfit(&self, of: &Type) -> Option<Unfit> {
        let found = |why| Some(Unfit { at: of.to_token_stream(), why });
        match of {
            Type::Group(group) => self.unfit(&group.elem),
            Type::Paren(paren) => self.unfit(&paren.elem),
            Type::Slice(slice) => self.unfit(&slice.elem),
            Type::Array(array) => self.unfit(&array.elem),
            Type::Tuple(tuple) => tuple.elems.iter().find_map(|elem| self.unfit(elem)),
            Type::Reference(reference) if reference.mutability.is_some() => found(Why::Mutable),
            Type::Reference(reference) => self.unfit(&reference.elem),
            Type::ImplTrait(opaque) if opaque.bounds.iter().any(is_call) => found(Why::Closure),
            Type::ImplTrait(_) => found(Why::Hidden),
            Type::TraitObject(object) if object.bounds.iter().any(is_call) => found(Why::Closure),
            Type::TraitObject(_) => found(Why::Dynamic),
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                if last.ident == "f32" || last.ident == "f64" {
                    return found(Why::Float);
                }
                if path.path.get_ident().is_some_and(|name| self.is_closure(name)) {
                    return found(Why::Closure);
                }
                // Others, such as `OrderedFloat<f64>`, may well have what it takes.
                let contains = CONTAINERS.iter().any(|name| last.ident == name);
                arguments_of(path).filter(|_| contains).find_map(|argument| self.unfit(argument))
            }
            _ => None,
        }
    }

    /// A type parameter that is bound by `Fn`, `FnMut` or `FnOnce`.
    fn is_closure(&self, name: &Ident) -> bool {
        let generics = &self.function.signature.generics;
        let inline = generics
            .type_params()
            .any(|parameter| parameter.ident == *name && parameter.bounds.iter().any(is_call));
        let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        inline
            || predicates.into_iter().any(|predicate| {
                matches!(predicate, WherePredicate::Type(predicate)
                    if matches!(&predicate.bounded_ty, Type::Path(path) if path.path.is_ident(name))
                        && predicate.bounds.iter().any(is_call))
            })
    }

    /// The argument of this name, if it has one.
    fn named(&self, name: &Ident) -> Option<&Type> {
        let is_it = |argument: &PatType| {
            is_variable(&argument.pat) && bound_names(&argument.pat).first() == Some(name)
        };
        self.typed.iter().find(|(_, argument)| is_it(argument)).map(|(_, argument)| &*argument.ty)
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

    /// The type that owns what an expression says, where tokens tell for certain.
    fn inferred(&self, value: &Expr) -> Option<TokenStream> {
        let string = || Some(quote_spanned! {Span::mixed_site()=> ::std::string::String });
        let word = |name: &str| {
            let name = Ident::new(name, Span::mixed_site());
            Some(quote! { ::core::primitive::#name })
        };
        match peeled(value) {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) if !number.suffix().is_empty() => word(number.suffix()),
                Lit::Bool(_) => word("bool"),
                Lit::Char(_) => word("char"),
                _ => None,
            },
            Expr::Unary(syn::ExprUnary { op: UnOp::Neg(_), expr, .. }) => self.inferred(expr),
            Expr::Binary(binary) => match binary.op {
                BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
                | BinOp::And(_)
                | BinOp::Or(_) => word("bool"),
                _ => None,
            },
            Expr::Cast(cast) if borrowed_in(&cast.ty).is_none() && !matches!(*cast.ty, Type::Infer(_)) => {
                Some(cast.ty.to_token_stream())
            }
            Expr::Macro(call) => call.mac.path.is_ident("format").then(string)?,
            Expr::Call(call) => {
                let Expr::Path(path) = peeled(&call.func) else { return None };
                matches!(&*spelled(&path.to_token_stream()), "String::from" | "String::new").then(string)?
            }
            Expr::MethodCall(call) => {
                let of = match peeled(&call.receiver) {
                    Expr::Path(path) => {
                        path.path.get_ident().and_then(|name| self.named(name)).map(ungrouped)
                    }
                    _ => None,
                };
                let is_text = of.is_some_and(is_text);
                match (call.method.to_string().as_str(), of) {
                    ("to_string", _) => string(),
                    (method, Some(_)) if is_text && TEXT_METHODS.contains(&method) => string(),
                    ("len", Some(_)) if is_text => word("usize"),
                    ("is_empty", Some(_)) if is_text => word("bool"),
                    ("to_bits", Some(Type::Path(path))) if path.path.is_ident("f32") => word("u32"),
                    ("to_bits", Some(Type::Path(path))) if path.path.is_ident("f64") => word("u64"),
                    ("clone" | "to_owned", Some(of)) if is_simple(of) => {
                        self.part(of, &Place { stars: 0, base: TokenStream::new() }).ok()?.owned
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Types that are fit for a key if what they contain is.
const CONTAINERS: [&str; 20] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Cow",
    "HashMap",
    "HashSet",
    "LinkedList",
    "NonZero",
    "Option",
    "Pin",
    "Range",
    "RangeFrom",
    "RangeInclusive",
    "Rc",
    "Result",
    "Reverse",
    "Saturating",
    "Vec",
    "VecDeque",
];

/// What texts have, and returns one.
const TEXT_METHODS: [&str; 9] = [
    "repeat",
    "replace",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_uppercase",
    "trim",
    "trim_end",
    "trim_start",
];

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

fn tuple(parts: &[Part]) -> Part {
    let owned: Option<Vec<_>> = parts.iter().map(|part| part.owned.as_ref()).collect();
    let views = parts.iter().map(|part| &part.view);
    Part {
        owned: owned.map(|owned| quote! { (#(#owned,)*) }),
        view: quote_spanned! {Span::mixed_site()=> (#(#views,)*) },
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
fn peeled(mut of: &Expr) -> &Expr {
    loop {
        of = match ungrouped_expression(of) {
            Expr::Paren(paren) => &paren.expr,
            Expr::Reference(reference) if reference.mutability.is_none() => &reference.expr,
            other => return other,
        };
    }
}

/// `str` and `String`, and references to them.
fn is_text(of: &Type) -> bool {
    match ungrouped(of) {
        Type::Reference(reference) => is_text(&reference.elem),
        Type::Path(path) => path.path.is_ident("str") || path.path.is_ident("String"),
        _ => false,
    }
}

/// A value, or one reference to a value, whose clone is owned for certain.
fn is_simple(of: &Type) -> bool {
    match ungrouped(of) {
        Type::Reference(reference) => {
            !matches!(ungrouped(&reference.elem), Type::Reference(_))
                && borrowed_in(&reference.elem).is_none()
        }
        Type::Path(path) if named(path, "Cow").is_some() => false,
        of => borrowed_in(of).is_none(),
    }
}

/// `Fn(A) -> B`, `FnMut` or `FnOnce`.
fn is_call(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let last = bound.path.segments.last();
    last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
}

/// The one type argument of a path that ends in `name`.
fn named<'a>(path: &'a TypePath, name: &str) -> Option<&'a Type> {
    path.path.segments.last().filter(|last| last.ident == name)?;
    let mut arguments = arguments_of(path);
    let only = arguments.next()?;
    arguments.next().is_none().then_some(only)
}

fn unfit_borrow(of: &Type) -> Unfit {
    Unfit { at: borrowed_in(of).unwrap_or_else(|| of.to_token_stream()), why: Why::Borrowed }
}
