//! Moving the arguments of a function into a block of its own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Pat, ReceiverKind, Token};

use crate::function::{Function, mentions, plain_name};

impl Function {
    /// Moves every argument into the block that starts with the returned statements, so that they are dropped
    /// there as they would have been in the function itself: after its locals, last argument first.
    // Input:   fn f(mut self, mut a: A, (b, c): (B, C), _: D)
    // Output:  fn f(mut self, a: A, __fujita_arg1: (B, C), __fujita_arg2: D)
    //          { let _ = &self; let mut a = a; let __fujita_arg1 = __fujita_arg1; let (b, c) = __fujita_arg1; … }
    /// A pattern whose names `labels` need stays where it is, and each of its bindings is moved.
    pub(crate) fn rebind_arguments(&mut self, labels: &TokenStream) -> TokenStream {
        let mut lets = TokenStream::new();
        let statements = self.body.as_ref().map(|body| &body.statements);
        for (index, argument) in self.signature.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(receiver) => {
                    let by_reference = matches!(receiver.kind, ReceiverKind::Reference(..));
                    let mentioned = statements.is_some_and(|body| mentions(body, "self"));
                    // A closure captures single fields; mentioned whole, `self` is captured whole.
                    if !by_reference && mentioned {
                        let this = &receiver.self_token;
                        lets.extend(quote_spanned! {Span::mixed_site()=> let _ = &#this; });
                    }
                }
                FnArg::Typed(argument) => {
                    let (moved, kept): (Vec<_>, _) = argument.attrs.drain(..).partition(is_lint);
                    argument.attrs = kept;
                    let conditions =
                        argument.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
                    let conditions: Vec<_> = conditions.cloned().collect();
                    lets.extend(rebind(&mut argument.pat, index, &conditions, &moved, labels));
                }
            }
        }
        lets
    }
}

fn rebind(
    pattern: &mut Pat,
    index: usize,
    conditions: &[Attribute],
    lints: &[Attribute],
    labels: &TokenStream,
) -> TokenStream {
    let site = Span::mixed_site();
    let mut names = Vec::new();
    if is_variable(pattern) || bound_names(pattern).iter().any(|name| mentions(labels, &name.to_string())) {
        take_bindings(pattern, &mut names);
        let lets = names.iter().map(|(mutability, name)| {
            quote_spanned! {site=> #(#conditions)* #(#lints)* let #mutability #name = #name; }
        });
        return lets.collect();
    }
    let name = format_ident!("__fujita_arg{index}", span = site);
    let whole = std::mem::replace(pattern, Pat::Verbatim(quote! { #name }));
    // For patterns with `ref mut`.
    let moved = quote_spanned! {site=> #(#conditions)* #[allow(unused_mut)] let mut #name = #name; };
    match whole {
        Pat::Wild(_) => moved,
        whole => quote_spanned! {site=> #moved #(#conditions)* #(#lints)* let #whole = #name; },
    }
}

/// Whether the pattern is one variable. A capital letter may be a unit struct or a constant, which look the same.
fn is_variable(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(binding) if binding.by_ref.is_none() && binding.subpat.is_none()
        && !plain_name(&binding.ident).starts_with(char::is_uppercase))
}

fn bound_names(pattern: &Pat) -> Vec<Ident> {
    let mut names = Vec::new();
    take_bindings(&mut pattern.clone(), &mut names);
    names.into_iter().map(|(_, name)| name).collect()
}

/// The variables of a pattern, whose `mut`s are taken off.
fn take_bindings(pattern: &mut Pat, names: &mut Vec<(Option<Token![mut]>, Ident)>) {
    match pattern {
        Pat::Ident(binding) => {
            let mutability = if binding.by_ref.is_none() { binding.mutability.take() } else { None };
            names.push((mutability, binding.ident.clone()));
            if let Some((_, inner)) = &mut binding.subpat {
                take_bindings(inner, names);
            }
        }
        Pat::Paren(inner) => take_bindings(&mut inner.pat, names),
        Pat::Reference(inner) => take_bindings(&mut inner.pat, names),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(|elem| take_bindings(elem, names)),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| take_bindings(elem, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|elem| take_bindings(elem, names)),
        Pat::Struct(fields) => {
            fields.fields.iter_mut().for_each(|field| take_bindings(&mut field.pat, names));
        }
        _ => {}
    }
}

/// `allow` and its like, also within `cfg_attr`: they go where the argument can be unused.
fn is_lint(attribute: &Attribute) -> bool {
    let lints = ["allow", "expect", "warn", "deny", "forbid"];
    if attribute.path().is_ident("cfg_attr") {
        let tokens = attribute.meta.to_token_stream();
        return lints.iter().any(|lint| mentions(&tokens, lint));
    }
    lints.iter().any(|lint| attribute.path().is_ident(lint))
}
