//! What can be said of a return type by its tokens alone. Whether it is a `Result` is left to the type system.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, ReturnType, Token, Type, TypeParamBound, TypePath};

use crate::function::{Function, mentions};

/// What a future resolves to, where that is spelled.
pub(crate) struct FutureOutput(pub(crate) Option<Type>);

/// The shapes that are wrapped in different ways.
pub(crate) enum Returns {
    /// Cannot be a `Result` or a boxed future: `()`, `!`, references, tuples, `impl Trait`, …
    Plain,
    ImplFuture(Box<FutureOutput>),
    /// A path; only the type system knows what it names.
    Unknown,
}

/// What a return type is, by its name.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Named {
    Result,
    Option,
    /// Neither of them, for certain.
    Value,
    /// Maybe an alias.
    Unknown,
}

impl Function {
    pub(crate) fn returns(&self) -> Returns {
        let ReturnType::Type(_, returned) = &self.signature.output else { return Returns::Plain };
        match ungrouped(returned) {
            Type::ImplTrait(opaque) => match future_among(&opaque.bounds) {
                Some(output) if !self.is_async() => Returns::ImplFuture(Box::new(output)),
                _ => Returns::Plain,
            },
            Type::Path(_) | Type::Macro(_) => Returns::Unknown,
            _ => Returns::Plain,
        }
    }

    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, returned) if matches!(ungrouped(returned), Type::Never(_)))
    }

    pub(crate) fn returns_nothing(&self) -> bool {
        match &self.signature.output {
            ReturnType::Default => true,
            ReturnType::Type(_, returned) => match ungrouped(returned) {
                Type::Tuple(tuple) => tuple.elems.is_empty(),
                _ => self.never_returns(),
            },
        }
    }

    /// Whether calling it makes a future, as far as tokens tell.
    pub(crate) fn makes_future(&self) -> bool {
        self.is_async() || matches!(self.returns(), Returns::ImplFuture(_)) || self.boxed_output().is_some()
    }

    /// For a function spelled `-> Pin<Box<dyn Future<Output = T>>>` or `-> BoxFuture<'_, T>`: `T`, if spelled.
    pub(crate) fn boxed_output(&self) -> Option<FutureOutput> {
        let ReturnType::Type(_, returned) = &self.signature.output else { return None };
        let Type::Path(path) = ungrouped(returned) else { return None };
        let last = path.path.segments.last()?;
        if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
            return Some(FutureOutput(type_arguments(&last.arguments).last().cloned()));
        }
        let pinned = (last.ident == "Pin").then(|| type_arguments(&last.arguments).next().cloned())??;
        let Type::Path(boxed) = ungrouped(&pinned) else { return None };
        let boxed = boxed.path.segments.last().filter(|last| last.ident == "Box")?;
        match ungrouped(type_arguments(&boxed.arguments).next()?) {
            Type::TraitObject(object) => future_among(&object.bounds),
            _ => None,
        }
    }

    /// Whether the returned value may be a boxed future, which only the type system can tell, as behind an alias.
    ///
    /// Wrapping one in another box needs its output to outlive it, which the types around a generic function may not
    /// promise. So where the return type mentions what may be a type parameter, the value is taken as it is.
    pub(crate) fn may_return_boxed_future(&self) -> bool {
        let ReturnType::Type(_, returned) = &self.signature.output else { return false };
        let Type::Path(path) = ungrouped(returned) else { return true };
        let Some(last) = path.path.segments.last() else { return false };
        let name = last.ident.to_string();
        let own = self.signature.generics.type_params().map(|parameter| &parameter.ident);
        let parameters: Vec<_> = own.chain(&self.outer_parameters).collect();
        !name.ends_with("Result")
            && !NO_FUTURES.contains(&name.as_str())
            && !mentions_parameter(&returned.to_token_stream(), &parameters)
    }

    /// Whether the return type is *spelled* like a `Result`. Only ever a hint.
    pub(crate) fn looks_fallible(&self) -> bool {
        let spelled = match (self.returns(), self.boxed_output(), &self.signature.output) {
            (_, Some(output), _) => output.0,
            (Returns::ImplFuture(output), None, _) => output.0,
            (_, None, ReturnType::Type(_, returned)) => Some((**returned).clone()),
            (_, None, ReturnType::Default) => None,
        };
        match spelled.as_ref().map(ungrouped) {
            Some(Type::Path(path)) => {
                path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result"))
            }
            _ => false,
        }
    }

    /// The type parameter that is its error, as far as tokens tell.
    pub(crate) fn error_parameter(&self) -> Option<&Ident> {
        let ReturnType::Type(_, returned) = &self.signature.output else { return None };
        let Type::Path(path) = ungrouped(returned) else { return None };
        let is_result = path.path.segments.last().is_some_and(|last| last.ident == "Result");
        let (Some(_), Some(Type::Path(error)), true) =
            (arguments_of(path).next(), arguments_of(path).nth(1).map(ungrouped), is_result)
        else {
            return None;
        };
        let own = self.signature.generics.type_params().map(|parameter| &parameter.ident);
        let known: Vec<_> = own.chain(&self.outer_parameters).collect();
        error.path.get_ident().filter(|error| mentions_parameter(&error.to_token_stream(), &known))
    }

    pub(crate) fn returns_impl(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, returned) if matches!(ungrouped(returned), Type::ImplTrait(_)))
    }

    /// Whether `impl Trait` stands anywhere in the return type.
    pub(crate) fn hides_types(&self) -> bool {
        mentions(&self.signature.output.to_token_stream(), "impl")
    }

    /// The return type as it can be written in the body, with `hole` for every `impl Trait`.
    pub(crate) fn output_with(&self, hole: &TokenStream) -> Option<TokenStream> {
        match &self.signature.output {
            ReturnType::Default => Some(quote! { () }),
            ReturnType::Type(_, returned) => without_impl(returned, hole),
        }
    }
}

/// Names that nobody gives to a future.
const NO_FUTURES: [&str; 28] = [
    "Arc", "BTreeMap", "Box", "Cow", "Duration", "HashMap", "HashSet", "Instant", "Option", "Ordering",
    "PathBuf", "Rc", "Self", "String", "Vec", "bool", "char", "f32", "f64", "i32", "i64", "isize", "u8",
    "u16", "u32", "u64", "u128", "usize",
];

/// Whether a type parameter stands in the tokens of a type: one that is known, `Self`, or by its short name (`T`, `T2`)
/// one of a block around it that is not seen from here.
pub(crate) fn mentions_parameter(tokens: &TokenStream, known: &[&Ident]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self" || is_short(&ident) || known.contains(&&ident),
        TokenTree::Group(group) => mentions_parameter(&group.stream(), known),
        _ => false,
    })
}

/// The type as a whole, if by its short name it is a type parameter of a block around it.
pub(crate) fn outer_parameter(of: &TokenStream) -> Option<Ident> {
    syn::parse2::<Ident>(of.clone()).ok().filter(is_short)
}

fn is_short(name: &Ident) -> bool {
    let name = name.to_string();
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_uppercase)
        && chars.clone().count() <= 1
        && chars.all(|c| c.is_uppercase() || c.is_ascii_digit())
}

pub(crate) fn name_of(of: &Type) -> Named {
    let Type::Path(path) = of else {
        return if matches!(of, Type::Macro(_)) { Named::Unknown } else { Named::Value };
    };
    let Some(last) = path.path.segments.last() else { return Named::Unknown };
    let name = last.ident.to_string();
    let has_arguments = !last.arguments.is_none();
    match name.as_str() {
        "Option" => Named::Option,
        "Result" => Named::Result,
        name if name.ends_with("Result") && has_arguments => Named::Result,
        name if VALUES.contains(&name) => Named::Value,
        _ => Named::Unknown,
    }
}

/// Names that nobody gives to a `Result` or an `Option`.
const VALUES: [&str; 37] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Cow",
    "Duration",
    "HashMap",
    "HashSet",
    "Instant",
    "Ordering",
    "PathBuf",
    "Rc",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
    "Weak",
    "bool",
    "char",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "OsString",
    "CString",
    "Bytes",
];

/// Tokens as people write them, for messages.
pub(crate) fn spelled(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    ["& ", "< ", " <", " >", " ,", " :: ", ":: ", " ::"]
        .iter()
        .fold(text, |text, glued| text.replace(glued, glued.trim()))
}

/// A type without the invisible groups of `macro_rules` and without parentheses.
pub(crate) fn ungrouped(mut of: &Type) -> &Type {
    loop {
        of = match of {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        };
    }
}

/// The output of a future among `bounds`, if they are a future and nothing that a wrapper could not be.
fn future_among(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<FutureOutput> {
    const AUTO: [&str; 5] = ["Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"];
    let mut output = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let last = bound.path.segments.last()?;
        if last.ident == "Future" {
            output = Some(FutureOutput(associated_type(&last.arguments, "Output")));
        } else if !AUTO.iter().any(|auto| last.ident == auto) {
            return None;
        }
    }
    output
}

fn associated_type(arguments: &PathArguments, name: &str) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assigned) if assigned.ident == name => Some(assigned.ty.clone()),
        _ => None,
    })
}

/// The type arguments of a path's last segment.
pub(crate) fn arguments_of(path: &TypePath) -> impl Iterator<Item = &Type> {
    path.path.segments.last().into_iter().flat_map(|last| type_arguments(&last.arguments))
}

fn type_arguments(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    })
}

/// The type with every `impl Trait` inside it replaced by `hole`, for places where it cannot be written; `None` if one
/// is where it cannot be replaced, as in `dyn Iterator<Item = impl Display>`.
pub(crate) fn without_impl(of: &Type, hole: &TokenStream) -> Option<TokenStream> {
    fn erase(of: &mut Type, hole: &TokenStream) {
        match of {
            Type::ImplTrait(_) => *of = Type::Verbatim(hole.clone()),
            Type::Group(group) => erase(&mut group.elem, hole),
            Type::Paren(paren) => erase(&mut paren.elem, hole),
            Type::Reference(reference) => erase(&mut reference.elem, hole),
            Type::Slice(slice) => erase(&mut slice.elem, hole),
            Type::Array(array) => erase(&mut array.elem, hole),
            Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| erase(elem, hole)),
            Type::Path(path) => {
                for segment in &mut path.path.segments {
                    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(argument) = argument {
                            erase(argument, hole);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let written = of.to_token_stream();
    if !mentions(&written, "impl") {
        return Some(written);
    }
    let mut erased = of.clone();
    erase(&mut erased, hole);
    let erased = erased.to_token_stream();
    (!mentions(&erased, "impl")).then_some(erased)
}
