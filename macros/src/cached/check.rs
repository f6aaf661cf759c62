//! What is asked of the types, each at its own place, before anything else asks.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Type, TypePath};

use super::blame;
use super::expand::site;
use super::model::{Cached, Source};
use super::shape::Shape;
use crate::blame::types_at;
use crate::function::mentions;
use crate::returns::{arguments_of, ungrouped};

impl Cached {
    // Output:  check_key::<A>(); check_key::<B>(); check_value::<V>();
    /// Before anything else asks: what the types lack is then said once, and in our words.
    pub(super) fn check(&self) -> TokenStream {
        let mut seen = Vec::new();
        let mut check = |of: &TokenStream, name: &str| {
            // A part of a key can be kept and copied, too; what a hasher needs is another matter.
            let asked = (of.to_string(), name == "check_hasher");
            if seen.contains(&asked) {
                return TokenStream::new();
            }
            seen.push(asked);
            let at = blame::place(of).resolved_at(site());
            let (p, name) = (self.p_at(at), Ident::new(name, at));
            let lent = lent(of);
            if lent.is_empty() {
                return types_at(at, quote! { #p::#name::<#of>(); });
            }
            let list = lent
                .iter()
                .rev()
                .fold(quote! { () }, |list, of| quote! { (::core::marker::PhantomData<#of>, #list) });
            types_at(at, quote! {{ use #p::AnyLent as _; #p::Lent::<#list, #of>::NEW.__fujita_check(); }})
        };
        let mut checks: TokenStream = self.keys.parts.iter().map(|part| check(part, "check_key")).collect();
        let may_be_alias = self.returned.shape == Shape::Kept
            && matches!(&self.returned.of, Type::Path(path) if arguments_of(path).next().is_some());
        let name = if may_be_alias { "check_alias" } else { "check_value" };
        checks.extend(check(&self.value(), name));
        // Those of the key are checked above.
        let known: Vec<String> =
            self.keys.parts.iter().flat_map(lent).map(|of| of.to_token_stream().to_string()).collect();
        let copies = self.behind.iter().flat_map(|copies| &copies.of).map(|(_, of)| of);
        let copies = copies.filter(|of| !known.contains(&of.to_string()));
        checks.extend(copies.map(|of| check(of, "check_copied")));
        if let Source::Own { options, .. } = &self.source {
            let hasher = options.hasher.as_ref().map(|hasher| hasher.value.to_token_stream());
            checks.extend(hasher.map(|hasher| check(&hasher, "check_hasher")));
        }
        checks
    }
}

/// The types whose `ToOwned` another type is made with.
// Input:   Option<<K as ToOwned>::Owned>
// Output:  [K]
fn lent(of: &TokenStream) -> Vec<Type> {
    fn visit(of: &Type, lent: &mut Vec<Type>) {
        match ungrouped(of) {
            Type::Path(TypePath { qself: Some(qself), path, .. })
                if path.segments.iter().any(|segment| segment.ident == "ToOwned") =>
            {
                lent.push((*qself.ty).clone());
            }
            Type::Path(path) => arguments_of(path).for_each(|of| visit(of, lent)),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|of| visit(of, lent)),
            _ => {}
        }
    }
    let mut lent = Vec::new();
    if mentions(of, "ToOwned")
        && let Ok(of) = syn::parse2(of.clone())
    {
        visit(&of, &mut lent);
    }
    lent
}
