//! The type of an expression in a `key`, where its tokens tell for certain.
//!
//! A wrong guess is an error where there was none, so only what the language and its standard library fix is read: arguments,
//! primitive types and what their operators and methods return, and types that are written out. All else stays unknown.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{
    BinOp, Block, Expr, ExprCall, ExprMethodCall, Lit, Macro, Member, Pat, ReceiverKind, Stmt, Type, UnOp,
    parse_quote,
};

use super::keys::{Arguments, peeled};
use super::model::may_be_hidden;
use super::part::Place;
use super::standard::{
    self, constructed, element, inner, optional, plain, primitive, reference, string, text, word,
};
use crate::arguments::bound_names;
use crate::copies::borrowed_in;
use crate::function::mentions;
use crate::options::ungrouped as ungrouped_expression;
use crate::returns::{spelled, ungrouped};

/// A number without a suffix, which takes its type from what is around it.
const INTEGER: &str = "__fujita_integer";
const FLOAT: &str = "__fujita_float";

impl Arguments<'_> {
    /// The type that owns what an expression says.
    pub(super) fn inferred(&self, value: &Expr) -> Option<TokenStream> {
        let of = self.type_of(peeled(value))?;
        match ungrouped(&of) {
            of if is_hole(of, INTEGER) => Some(primitive("i32").to_token_stream()),
            of if [INTEGER, FLOAT].iter().any(|hole| mentions(&of.to_token_stream(), hole)) => None,
            Type::Reference(reference) if reference.mutability.is_none() => {
                self.owned_behind(&reference.elem)
            }
            of if standard::is_unsized(of) => self.owned_behind(of),
            of => (borrowed_in(of).is_none() && self.unfit(of).is_none()).then(|| of.to_token_stream()),
        }
    }

    /// What a reference to it is owned as.
    fn owned_behind(&self, of: &Type) -> Option<TokenStream> {
        let of = ungrouped(of);
        if matches!(of, Type::Reference(_)) || borrowed_in(of).is_some() || self.unfit(of).is_some() {
            return None;
        }
        self.behind_reference(of, &Place { stars: 0, base: TokenStream::new() }).ok()?.owned
    }

    fn type_of(&self, value: &Expr) -> Option<Type> {
        match ungrouped_expression(value) {
            Expr::Paren(paren) => self.type_of(&paren.expr),
            Expr::Reference(of) if of.mutability.is_none() => Some(reference(&self.type_of(&of.expr)?)),
            Expr::Lit(literal) => of_literal(&literal.lit),
            Expr::Path(path) => {
                let name = path.path.get_ident()?;
                if name == "self" { self.type_of_self() } else { self.type_of_argument(name) }
            }
            Expr::Unary(unary) => of_unary(&unary.op, &self.type_of(&unary.expr)?),
            Expr::Binary(binary) => self.type_of_binary(&binary.left, &binary.op, &binary.right),
            Expr::Cast(cast) => readable(&cast.ty).filter(|of| !mentions(&of.to_token_stream(), "_")),
            Expr::Tuple(tuple) => {
                let parts: Vec<_> =
                    tuple.elems.iter().map(|part| self.type_of(part)).collect::<Option<_>>()?;
                Some(parse_quote! { (#(#parts,)*) })
            }
            Expr::Array(array) => {
                let (of, length) = (self.type_of_all(&array.elems)?, array.elems.len());
                Some(parse_quote! { [#of; #length] })
            }
            Expr::Repeat(array) => {
                let (of, length) = (self.type_of(&array.expr)?, &array.len);
                Some(parse_quote! { [#of; #length] })
            }
            Expr::Block(block) if block.label.is_none() => self.type_of_block(&block.block),
            Expr::If(branches) if !mentions(&branches.cond.to_token_stream(), "let") => {
                let (_, other) = branches.else_branch.as_ref()?;
                unified(&self.type_of_block(&branches.then_branch)?, &self.type_of(other)?)
            }
            Expr::Match(branches) => {
                let arms = branches.arms.iter().map(|arm| {
                    let pattern = if let Pat::Guard(guarded) = &arm.pat { &guarded.pat } else { &arm.pat };
                    // What a pattern binds may have the name of an argument.
                    (!self.mentions_argument(&pattern.to_token_stream())).then(|| self.type_of(&arm.body))?
                });
                unified_all(arms)
            }
            Expr::Macro(call) => of_macro(&call.mac),
            Expr::Struct(made) if made.qself.is_none() && made.path.is_ident("Self") => {
                Some(parse_quote! { Self })
            }
            Expr::Call(call) => self.type_of_call(call),
            Expr::MethodCall(call) => self.type_of_method(call),
            Expr::Field(field) => {
                let Member::Unnamed(index) = &field.member else { return None };
                let of = self.type_of(&field.base)?;
                let Type::Tuple(tuple) = bare(&of) else { return None };
                tuple.elems.iter().nth(usize::try_from(index.index).ok()?).map(plain)
            }
            Expr::Index(index) => {
                let of = self.type_of(&index.expr)?;
                if matches!(peeled(&index.index), Expr::Range(_)) {
                    return standard::range_of(inner(bare(&of)));
                }
                let at = self.type_of(&index.index)?;
                let is_number = is_hole(&at, INTEGER) || word(&at) == Some("usize");
                element(inner(bare(&of))).filter(|_| is_number).map(plain)
            }
            _ => None,
        }
    }

    fn type_of_self(&self) -> Option<Type> {
        match &self.function.signature.receiver()?.kind {
            ReceiverKind::Value => Some(parse_quote! { Self }),
            ReceiverKind::Reference(_, _, None) => Some(parse_quote! { &Self }),
            ReceiverKind::Typed(_, of) => readable(of),
            _ => None,
        }
    }

    fn type_of_argument(&self, name: &Ident) -> Option<Type> {
        readable(self.named(name)?)
    }

    fn mentions_argument(&self, tokens: &TokenStream) -> bool {
        let mut names = self.typed.iter().flat_map(|(_, argument)| bound_names(&argument.pat));
        names.any(|name| mentions(tokens, &name.to_string()))
    }

    /// Operators of primitive types give the same for references to them.
    fn type_of_binary(&self, left: &Expr, operator: &BinOp, right: &Expr) -> Option<Type> {
        let both = || Some((self.type_of(left)?, self.type_of(right)?));
        match operator {
            BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
            | BinOp::And(_)
            | BinOp::Or(_) => Some(primitive("bool")),
            BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => {
                let (left, right) = both()?;
                unified(bare(&left), bare(&right)).filter(is_number)
            }
            BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) => {
                let (left, right) = both()?;
                unified(bare(&left), bare(&right)).filter(|of| is_integer(of) || word(of) == Some("bool"))
            }
            BinOp::Shl(_) | BinOp::Shr(_) => {
                let (left, right) = both()?;
                (is_integer(bare(&left)) && is_integer(bare(&right))).then(|| bare(&left).clone())
            }
            _ => None,
        }
    }

    fn type_of_block(&self, block: &Block) -> Option<Type> {
        match &block.stmts[..] {
            [Stmt::Expr(value, None)] => self.type_of(value),
            [Stmt::Macro(call)] if call.semi_token.is_none() => of_macro(&call.mac),
            _ => None,
        }
    }

    fn type_of_all<'a>(&self, values: impl IntoIterator<Item = &'a Expr>) -> Option<Type> {
        unified_all(values.into_iter().map(|value| self.type_of(value)))
    }

    // Input:   String::from(x)   u64::max(a, b)   std::cmp::min(a, b)   Some(x)   Self(x)
    fn type_of_call(&self, call: &ExprCall) -> Option<Type> {
        let Expr::Path(path) = peeled(&call.func) else { return None };
        if path.qself.is_some() {
            return None;
        }
        match &*spelled(&path.to_token_stream()) {
            "Self" => return Some(parse_quote! { Self }),
            "Some" => {
                let of = self.type_of(call.args.first()?)?;
                return Some(optional(&of));
            }
            "std::cmp::max" | "std::cmp::min" | "core::cmp::max" | "core::cmp::min" | "cmp::max"
            | "cmp::min" => return self.type_of_all(&call.args),
            _ => {}
        }
        let mut path = path.path.clone();
        let method = path.segments.pop()?.ident.to_string();
        if path.segments.is_empty() {
            return None;
        }
        path.segments.pop_punct();
        let of: Type = parse_quote! { #path };
        match &*method {
            "from" | "default" | "new" => constructed(&of).then_some(of),
            _ => standard::of_primitive(&of, &method).filter(|_| word(&of).is_some()),
        }
    }

    fn type_of_method(&self, call: &ExprMethodCall) -> Option<Type> {
        let method = call.method.to_string();
        if method == "to_string" && call.args.is_empty() {
            return Some(string());
        }
        if let Expr::MethodCall(before) = peeled(&call.receiver)
            && let Some(of) = self.type_of_chain(before, &method)
        {
            return Some(of);
        }
        let of = self.type_of(&call.receiver)?;
        match &*method {
            "clone" | "to_owned" => self.type_of_copy(&of, &method),
            "join" => {
                let is_text = |of: &Type| text(inner(bare(of)));
                let by_text =
                    call.args.first().and_then(|by| self.type_of(by)).is_some_and(|by| is_text(&by));
                (by_text && element(inner(bare(&of))).is_some_and(is_text)).then(string)
            }
            _ => standard::of_primitive(&of, &method).or_else(|| standard::returned(&of, &method)),
        }
    }

    /// Two calls of which the first returns what has no name here: `text.chars().count()`.
    fn type_of_chain(&self, before: &ExprMethodCall, method: &str) -> Option<Type> {
        const COUNTED: [&str; 7] =
            ["bytes", "char_indices", "chars", "iter", "lines", "split_ascii_whitespace", "split_whitespace"];
        let first = before.method.to_string();
        match method {
            "count" if COUNTED.contains(&&*first) => {
                let of = self.type_of(&before.receiver)?;
                let of = inner(bare(&of));
                (text(of) || element(of).is_some()).then(|| primitive("usize"))
            }
            "into_owned" if first == "to_string_lossy" => {
                standard::is_path(inner(bare(&self.type_of(&before.receiver)?))).then(string)
            }
            _ => None,
        }
    }

    /// `clone` and `to_owned`, which go through one reference and through no pointer.
    fn type_of_copy(&self, of: &Type, method: &str) -> Option<Type> {
        let Type::Reference(reference) = ungrouped(of) else {
            return (!standard::is_unsized(of)).then(|| of.clone());
        };
        let behind = ungrouped(&reference.elem);
        match behind {
            Type::Reference(_) => Some(behind.clone()),
            _ if standard::is_unsized(behind) && method == "clone" => Some(of.clone()),
            _ if word(behind).is_some() || text(behind) && !standard::is_unsized(behind) => {
                Some(behind.clone())
            }
            _ => {
                let owned = self.owned_behind(behind)?;
                Some(parse_quote! { #owned })
            }
        }
    }
}

fn of_unary(operator: &UnOp, of: &Type) -> Option<Type> {
    let value = bare(of);
    match operator {
        UnOp::Deref(_) => match ungrouped(of) {
            Type::Reference(reference) => Some(plain(&reference.elem)),
            boxed => standard::boxed(boxed).map(plain),
        },
        UnOp::Neg(_) => is_number(value).then(|| value.clone()),
        UnOp::Not(_) => (is_integer(value) || word(value) == Some("bool")).then(|| value.clone()),
        _ => None,
    }
}

fn of_literal(literal: &Lit) -> Option<Type> {
    let number = |suffix: &str, hole| if suffix.is_empty() { hole_of(hole) } else { primitive(suffix) };
    Some(match literal {
        Lit::Str(_) => parse_quote! { &str },
        Lit::Bool(_) => primitive("bool"),
        Lit::Char(_) => primitive("char"),
        Lit::Byte(_) => primitive("u8"),
        Lit::Int(literal) => number(literal.suffix(), INTEGER),
        Lit::Float(literal) => number(literal.suffix(), FLOAT),
        _ => return None,
    })
}

fn of_macro(call: &Macro) -> Option<Type> {
    if call.path.is_ident("format") {
        return Some(string());
    }
    call.path.is_ident("matches").then(|| primitive("bool"))
}

fn hole_of(kind: &str) -> Type {
    let kind = Ident::new(kind, Span::mixed_site());
    parse_quote! { #kind }
}

fn is_hole(of: &Type, kind: &str) -> bool {
    matches!(of, Type::Path(path) if path.path.is_ident(kind))
}

fn is_integer(of: &Type) -> bool {
    is_hole(of, INTEGER) || word(of).is_some_and(standard::is_integer)
}

fn is_float(of: &Type) -> bool {
    is_hole(of, FLOAT) || matches!(word(of), Some("f32" | "f64"))
}

fn is_number(of: &Type) -> bool {
    is_integer(of) || is_float(of)
}

/// A type as it is written, if all of it is.
fn readable(of: &Type) -> Option<Type> {
    let tokens = of.to_token_stream();
    (!may_be_hidden(tokens.clone()) && !mentions(&tokens, "dyn")).then(|| plain(of))
}

/// Without references.
fn bare(of: &Type) -> &Type {
    match ungrouped(of) {
        Type::Reference(reference) if reference.mutability.is_none() => bare(&reference.elem),
        of => of,
    }
}

/// The type of two values that have the same.
fn unified(a: &Type, b: &Type) -> Option<Type> {
    let (a, b) = (ungrouped(a), ungrouped(b));
    match (a, b) {
        _ if is_same(a, b) => Some(a.clone()),
        _ if is_hole(a, INTEGER) && is_integer(b) || is_hole(a, FLOAT) && is_float(b) => Some(b.clone()),
        _ if is_hole(b, INTEGER) && is_integer(a) || is_hole(b, FLOAT) && is_float(a) => Some(a.clone()),
        (Type::Tuple(a), Type::Tuple(b)) if a.elems.len() == b.elems.len() => {
            let parts: Vec<_> =
                a.elems.iter().zip(&b.elems).map(|(a, b)| unified(a, b)).collect::<Option<_>>()?;
            Some(parse_quote! { (#(#parts,)*) })
        }
        _ => None,
    }
}

fn unified_all(mut all: impl Iterator<Item = Option<Type>>) -> Option<Type> {
    let first = all.next()??;
    all.try_fold(first, |of, next| unified(&of, &next?))
}

/// Whether two types are written alike, whoever has written them.
fn is_same(a: &Type, b: &Type) -> bool {
    let written = |of: &Type| {
        ["::core::primitive::", "::std::string::", "::std::vec::", "::core::option::"]
            .iter()
            .fold(spelled(&of.to_token_stream()), |text, path| text.replace(path, ""))
    };
    written(a) == written(b)
}
