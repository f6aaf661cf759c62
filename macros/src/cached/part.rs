//! How a value of a type becomes part of a key: the type that owns it, and the expression that looks at it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type, TypePath};

use super::keys::Arguments;
use super::unfit::{Unfit, unfit_borrow};
use crate::copies::borrowed_in;
use crate::options::private;
use crate::returns::{arguments_of, ungrouped};

/// One part of a key: the type that owns it, and the expression that looks at it.
pub(super) struct Part {
    pub(super) owned: Option<TokenStream>,
    pub(super) view: TokenStream,
}

/// Where a value is: `**name.0`.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) stars: usize,
    pub(super) base: TokenStream,
}

impl Place {
    pub(super) fn of(name: &Ident) -> Self {
        Self { stars: 0, base: name.to_token_stream() }
    }

    pub(super) fn behind(&self) -> Self {
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

impl Arguments<'_> {
    /// How a value of a type becomes part of a key.
    // Input:   &str           u64     Option<&Path>                     Cow<'_, str>   (&str, u8)
    // Owned:   String         u64     Option<<Path as ToOwned>::Owned>   String         (String, u8)
    // View:    &*name         &id     name.as_ref().map(|p| &**p)       &*name         (&*name.0, &name.1)
    pub(super) fn part(&self, of: &Type, place: &Place) -> Result<Part, Unfit> {
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
            Type::Array(array) => self.each_of_array(&array.elem, &array.len, place),
            Type::Path(path) => match (named(path, "Option"), named(path, "Vec"), result(path)) {
                (Some(inner), ..) => self.optional(inner, place),
                (_, Some(element), _) => self.each(element, place),
                (.., Some((ok, err))) => self.either(ok, err, place),
                _ => Err(unfit_borrow(of)),
            },
            _ => Err(unfit_borrow(of)),
        }
    }

    pub(super) fn behind_reference(&self, of: &Type, place: &Place) -> Result<Part, Unfit> {
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

    /// A closure that looks at something within, and the type that owns it.
    fn within(&self, of: &Type) -> Result<(TokenStream, TokenStream), Unfit> {
        let name = format_ident!("__fujita_part", span = Span::mixed_site());
        let Part { owned, view } = self.part(of, &Place::of(&name).behind())?;
        Ok((owned.unwrap_or_default(), quote_spanned! {Span::mixed_site()=> |#name| #view }))
    }

    fn optional(&self, inner: &Type, place: &Place) -> Result<Part, Unfit> {
        let ((owned, look), place) = (self.within(inner)?, place.borrowed());
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> ::core::option::Option<#owned> }),
            view: quote_spanned! {Span::mixed_site()=>
                ::core::option::Option::map(::core::option::Option::as_ref(#place), #look)
            },
        })
    }

    fn either(&self, ok: &Type, err: &Type, place: &Place) -> Result<Part, Unfit> {
        let ((ok, look), (err, look_at_err)) = (self.within(ok)?, self.within(err)?);
        let place = place.borrowed();
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> ::core::result::Result<#ok, #err> }),
            view: quote_spanned! {Span::mixed_site()=>
                ::core::result::Result::map_err(
                    ::core::result::Result::map(::core::result::Result::as_ref(#place), #look),
                    #look_at_err,
                )
            },
        })
    }

    /// `[&str]` is looked at as it is, other elements one by one.
    fn each(&self, element: &Type, place: &Place) -> Result<Part, Unfit> {
        let ((owned, look), private) = (self.within(element)?, self.private(Span::mixed_site()));
        let place = place.borrowed();
        let is_plain = matches!(ungrouped(element), Type::Reference(reference) if borrowed_in(&reference.elem).is_none());
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> ::std::vec::Vec<#owned> }),
            view: if is_plain {
                quote_spanned! {Span::mixed_site()=> #private::Each(#place) }
            } else {
                quote_spanned! {Span::mixed_site()=> #private::EachBy::new(#place, #look) }
            },
        })
    }

    fn each_of_array(&self, element: &Type, length: &Expr, place: &Place) -> Result<Part, Unfit> {
        let ((owned, look), private) = (self.within(element)?, self.private(Span::mixed_site()));
        let place = place.borrowed();
        Ok(Part {
            owned: Some(quote_spanned! {Span::mixed_site()=> [#owned; #length] }),
            view: quote_spanned! {Span::mixed_site()=> #private::ArrayBy::new(#place, #look) },
        })
    }

    pub(super) fn private(&self, at: Span) -> TokenStream {
        let private = private(self.krate, at);
        quote_spanned! {at=> #private::cached }
    }
}

pub(super) fn tuple(parts: &[Part]) -> Part {
    let owned: Option<Vec<_>> = parts.iter().map(|part| part.owned.as_ref()).collect();
    let views = parts.iter().map(|part| &part.view);
    Part {
        owned: owned.map(|owned| quote! { (#(#owned,)*) }),
        view: quote_spanned! {Span::mixed_site()=> (#(#views,)*) },
    }
}

/// The one type argument of a path that ends in `name`.
pub(super) fn named<'a>(path: &'a TypePath, name: &str) -> Option<&'a Type> {
    path.path.segments.last().filter(|last| last.ident == name)?;
    let mut arguments = arguments_of(path);
    let only = arguments.next()?;
    arguments.next().is_none().then_some(only)
}

/// The two types of a `Result`, where both are written.
fn result(path: &TypePath) -> Option<(&Type, &Type)> {
    path.path.segments.last().filter(|last| last.ident == "Result")?;
    let mut arguments = arguments_of(path);
    Some((arguments.next()?, arguments.next()?))
}
