//! What cannot be part of a key, and why.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{PathArguments, Type, TypeParamBound, WherePredicate};

use super::keys::Arguments;
use crate::copies::borrowed_in;
use crate::returns::arguments_of;

/// A type that cannot be part of a key: what of it, and why.
pub(super) struct Unfit {
    pub(super) at: TokenStream,
    pub(super) why: Why,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Why {
    Float,
    Mutable,
    Hidden,
    Closure,
    Dynamic,
    Borrowed,
}

impl Why {
    /// The reason, and an expression that could stand in a `key` instead.
    pub(super) fn explain(self, name: &str, at: &str, is_all: bool) -> (String, Option<String>) {
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

impl Arguments<'_> {
    /// What in a type cannot be part of any key.
    pub(super) fn unfit(&self, of: &Type) -> Option<Unfit> {
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

/// `Fn(A) -> B`, `FnMut` or `FnOnce`.
fn is_call(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let last = bound.path.segments.last();
    last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
}

pub(super) fn unfit_borrow(of: &Type) -> Unfit {
    Unfit { at: borrowed_in(of).unwrap_or_else(|| of.to_token_stream()), why: Why::Borrowed }
}
