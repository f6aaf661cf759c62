//! Moving the arguments of a function into an inner closure or `async` block, so that they are dropped there as they
//! would have been in the function itself: after its locals, last argument first.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatIdent, PatType, Receiver, ReceiverKind, Token};

use crate::function::{Function, mentions, plain_name};

/// What the inner block begins with.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) statements: TokenStream,
    /// Some arguments become variables of the block; the others are captured, and outlive all of its variables.
    pub(crate) has_locals: bool,
    /// A captured `mut` is watched by lints that leave variables alone.
    pub(crate) captures_mut: bool,
}

impl Arguments {
    pub(crate) fn allow_assignments(&self) -> Option<TokenStream> {
        self.captures_mut.then(|| quote! { #[allow(unused_assignments)] })
    }
}

impl Function {
    // Input:   fn f(self, mut a: A, (b, c): (B, C), _: D, (e, _): (E, E), g: G)
    // Output:  fn f(self, mut a: A, (b, c): (B, C), arg3: D, arg4: (E, E), g: G)
    //          { let arg4 = arg4; let (e, _) = arg4; let g = g;
    //            let _ = &arg3; let _ = &c; let _ = &b; let _ = &a; let _ = &self; … }
    /// What is captured is dropped in the order of its first mention, after the block's variables. So arguments are
    /// mentioned, last one first. That keeps a future as small as it can be; but a pattern that leaves a rest behind
    /// must become a variable, and all arguments after it.
    ///
    /// The names in `needed` stay bound by the function itself; so do the arguments numbered in `whole`, each under one name.
    pub(crate) fn move_arguments(&mut self, needed: &TokenStream, whole: &[usize]) -> Arguments {
        let body = self.body.as_ref().map(|body| body.statements.clone()).unwrap_or_default();
        let mut moved = Arguments::default();
        let mut captures = Vec::new();
        // Dropped behind everything else anyway, unless `self` is captured.
        let mut stays = true;
        for (index, argument) in self.signature.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(receiver) => {
                    if let Some(capture) = capture_self(receiver, &body) {
                        captures.push(capture);
                        stays = false;
                        moved.captures_mut |= receiver.mutability.is_some();
                    }
                }
                FnArg::Typed(argument) => {
                    let is_wild = matches!(*argument.pat, Pat::Wild(_));
                    let is_whole = whole.contains(&index);
                    if is_wild && stays && !is_whole {
                        continue;
                    }
                    stays = false;
                    let is_needed = bound_names(&argument.pat).iter().any(|name| is_used(needed, name));
                    if is_wild && !moved.has_locals {
                        let name = rename(&mut argument.pat, index);
                        let conditions = conditions(argument);
                        captures.push(quote_spanned! {Span::mixed_site()=> #(#conditions)* let _ = &#name; });
                    } else if !is_whole && (is_needed || (leaves_no_rest(&argument.pat) && !moved.has_locals))
                    {
                        captures.extend(capture(argument, &body, needed, &mut moved.captures_mut));
                    } else {
                        moved.has_locals = true;
                        moved.statements.extend(rebind(argument, index));
                    }
                }
            }
        }
        captures.reverse();
        moved.statements.extend(captures);
        moved
    }
}

impl Function {
    // Input:   fn f(self, mut a: A, (b, c): (B, C))
    // Output:  fn f(self, a: A, arg2: (B, C))
    /// Gives every argument one name, by which it can be handed on, and lists them.
    pub(crate) fn name_arguments(&mut self) -> Vec<Ident> {
        let mut names = Vec::new();
        for (index, argument) in self.signature.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                    receiver.mutability = None;
                }
                FnArg::Receiver(_) => {}
                FnArg::Typed(argument) => match &mut *argument.pat {
                    Pat::Ident(variable) if variable.by_ref.is_none() && variable.subpat.is_none() => {
                        variable.mutability = None;
                        names.push(variable.ident.clone());
                    }
                    _ => names.push(rename(&mut argument.pat, index)),
                },
            }
        }
        names
    }
}

fn capture_self(receiver: &Receiver, body: &TokenStream) -> Option<TokenStream> {
    if matches!(receiver.kind, ReceiverKind::Reference(..)) || !mentions(body, "self") {
        return None;
    }
    let this = &receiver.self_token;
    Some(quote_spanned! {Span::mixed_site()=> let _ = &#this; })
}

/// Mentions each variable of an argument. One that neither the body nor a label uses is bound again, so that it is still reported
/// as unused.
fn capture(
    argument: &mut PatType,
    body: &TokenStream,
    labels: &TokenStream,
    captures_mut: &mut bool,
) -> Vec<TokenStream> {
    let mut bindings = Vec::new();
    visit_bindings(&mut argument.pat, &mut |mutability, name| {
        *captures_mut |= mutability.is_some() && has_projection(body, name);
        bindings.push(name.clone());
    });
    let conditions = conditions(argument);
    let captures = bindings.into_iter().map(|name| {
        if plain_name(&name).starts_with('_') {
            quote_spanned! {Span::mixed_site()=>
                #(#conditions)* #[allow(clippy::used_underscore_binding)] let _ = &#name;
            }
        } else if is_used(body, &name) || is_used(labels, &name) {
            quote_spanned! {Span::mixed_site()=> #(#conditions)* let _ = &#name; }
        } else {
            let lints = take_lints(argument);
            quote_spanned! {Span::mixed_site()=> #(#conditions)* #(#lints)* let #name = &#name; }
        }
    });
    captures.collect()
}

/// Makes an argument a variable of the block.
fn rebind(argument: &mut PatType, index: usize) -> TokenStream {
    let site = Span::mixed_site();
    let (conditions, lints) = (conditions(argument), take_lints(argument));
    if is_variable(&argument.pat) {
        let mut rebound = TokenStream::new();
        visit_bindings(&mut argument.pat, &mut |mutability, name| {
            let mutability = mutability.take();
            rebound = quote_spanned! {site=>
                #(#conditions)* #(#lints)* #[allow(clippy::no_effect_underscore_binding, clippy::shadow_same, clippy::used_underscore_binding)]
                let #mutability #name = #name;
            };
        });
        return rebound;
    }
    let whole = argument.pat.clone();
    let name = rename(&mut argument.pat, index);
    // `mut` for patterns with `ref mut`.
    let moved = quote_spanned! {site=> #(#conditions)* #[allow(unused_mut)] let mut #name = #name; };
    match *whole {
        Pat::Wild(_) => moved,
        whole => quote_spanned! {site=> #moved #(#conditions)* #(#lints)* let #whole = #name; },
    }
}

/// The name of an argument that had none.
pub(crate) fn whole_name(index: usize) -> Ident {
    format_ident!("__fujita_arg{index}", span = Span::mixed_site())
}

fn rename(pattern: &mut Pat, index: usize) -> Ident {
    let name = whole_name(index);
    *pattern = Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: name.clone(),
        subpat: None,
    });
    name
}

pub(crate) fn conditions(argument: &PatType) -> Vec<Attribute> {
    argument.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

fn take_lints(argument: &mut PatType) -> Vec<Attribute> {
    let (lints, kept) = argument.attrs.drain(..).partition(is_lint);
    argument.attrs = kept;
    lints
}

/// Whether some code may use a variable: by name, which behind a single `.` is a field's or a method's, or as `{name}` in
/// a string.
pub(crate) fn is_used(code: &TokenStream, name: &Ident) -> bool {
    let in_braces = format!("{{{}", plain_name(name));
    let mut dots = 0;
    code.clone().into_iter().any(|token| {
        let before = std::mem::take(&mut dots);
        match token {
            TokenTree::Ident(ident) => ident == *name && before != 1,
            TokenTree::Literal(literal) => literal.to_string().contains(&in_braces),
            TokenTree::Group(group) => is_used(&group.stream(), name),
            TokenTree::Punct(punct) => {
                dots = if punct.as_char() == '.' { before + 1 } else { 0 };
                false
            }
        }
    })
}

/// Whether a field or an element of a variable may be assigned to.
fn has_projection(body: &TokenStream, name: &Ident) -> bool {
    let tokens: Vec<_> = body.clone().into_iter().collect();
    let here = tokens.windows(2).any(|pair| match pair {
        [TokenTree::Ident(ident), TokenTree::Punct(punct)] => ident == name && punct.as_char() == '.',
        [TokenTree::Ident(ident), TokenTree::Group(group)] => {
            ident == name && group.delimiter() == Delimiter::Bracket
        }
        _ => false,
    });
    let within =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if has_projection(&group.stream(), name));
    here || tokens.iter().any(within)
}

/// Whether the pattern is one variable. A capital letter may be a unit struct or a constant, which look the same.
pub(crate) fn is_variable(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(binding) if binding.by_ref.is_none() && binding.subpat.is_none()
        && !plain_name(&binding.ident).starts_with(char::is_uppercase))
}

/// Whether its variables are all there is of the value. A struct may have `Drop` even so.
pub(crate) fn leaves_no_rest(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(_) => is_variable(pattern),
        Pat::Paren(inner) => leaves_no_rest(&inner.pat),
        Pat::Slice(slice) => slice.elems.iter().all(leaves_no_rest),
        Pat::Tuple(tuple) => tuple.elems.iter().all(leaves_no_rest),
        _ => false,
    }
}

pub(crate) fn bound_names(pattern: &Pat) -> Vec<Ident> {
    let mut names = Vec::new();
    visit_bindings(&mut pattern.clone(), &mut |_, name| names.push(name.clone()));
    names
}

fn visit_bindings(pattern: &mut Pat, visit: &mut dyn FnMut(&mut Option<Token![mut]>, &Ident)) {
    match pattern {
        Pat::Ident(binding) => {
            let mut by_reference = None;
            let mutability =
                if binding.by_ref.is_none() { &mut binding.mutability } else { &mut by_reference };
            visit(mutability, &binding.ident);
            if let Some((_, inner)) = &mut binding.subpat {
                visit_bindings(inner, visit);
            }
        }
        Pat::Paren(inner) => visit_bindings(&mut inner.pat, visit),
        Pat::Reference(inner) => visit_bindings(&mut inner.pat, visit),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(|elem| visit_bindings(elem, visit)),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| visit_bindings(elem, visit)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|elem| visit_bindings(elem, visit)),
        Pat::Struct(fields) => {
            fields.fields.iter_mut().for_each(|field| visit_bindings(&mut field.pat, visit));
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
