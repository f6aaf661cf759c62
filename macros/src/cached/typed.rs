//! The type of an expression in a `key`, where its tokens tell for certain.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{BinOp, Expr, Lit, Type, UnOp};

use super::keys::{Arguments, peeled};
use super::part::{Place, named};
use crate::copies::borrowed_in;
use crate::returns::{spelled, ungrouped};

impl Arguments<'_> {
    /// The type that owns what an expression says, where tokens tell for certain.
    pub(super) fn inferred(&self, value: &Expr) -> Option<TokenStream> {
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
