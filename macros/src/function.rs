//! The annotated function: its signature parsed, its body kept as raw tokens. Bodies are never parsed, so
//! half-typed code still expands in editors, and nothing in them can be changed by accident.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericArgument, Pat, PathArguments, ReceiverKind, ReturnType, Signature, Token, Type,
    TypeParamBound, Visibility, token,
};

#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) default: Option<Token![default]>,
    pub(crate) signature: Signature,
    /// `None` for a declaration in a trait.
    pub(crate) body: Option<Body>,
}

#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) brace: token::Brace,
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) statements: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let default = input.parse()?;
        let signature = input.parse()?;
        let body = if input.parse::<Option<Token![;]>>()?.is_some() {
            None
        } else {
            let content;
            let brace = syn::braced!(content in input);
            let inner_attributes = content.call(Attribute::parse_inner)?;
            Some(Body { brace, inner_attributes, statements: content.parse()? })
        };
        Ok(Self { attributes, visibility, default, signature, body })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, default, signature, body } = self;
        let body = match body {
            Some(Body { brace, inner_attributes, statements }) => {
                let mut group = Group::new(Delimiter::Brace, quote! { #(#inner_attributes)* #statements });
                group.set_span(brace.span.join());
                TokenTree::Group(group).into()
            }
            None => quote! { ; },
        };
        tokens.extend(quote! { #(#attributes)* #visibility #default #signature #body });
    }
}

/// What can be said of a return type by its tokens alone.
pub(crate) enum Returns {
    /// Cannot be a `Result` or a boxed future: `()`, `!`, references, tuples, `impl Trait`, …
    Plain,
    /// `impl Future<Output = T>`, with `T` where it is spelled.
    ImplFuture(Option<Type>),
    /// A path; only the type system knows what it names.
    Unknown(Type),
}

impl Function {
    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    pub(crate) fn returns(&self) -> Returns {
        let ReturnType::Type(_, returned) = &self.signature.output else { return Returns::Plain };
        match ungrouped(returned) {
            Type::ImplTrait(opaque) => match future_among(&opaque.bounds) {
                Some(output) if !self.is_async() => Returns::ImplFuture(output),
                _ => Returns::Plain,
            },
            Type::Path(_) | Type::Macro(_) => Returns::Unknown((**returned).clone()),
            _ => Returns::Plain,
        }
    }

    pub(crate) fn returns_nothing(&self) -> bool {
        match &self.signature.output {
            ReturnType::Default => true,
            ReturnType::Type(_, returned) => match ungrouped(returned) {
                Type::Never(_) => true,
                Type::Tuple(tuple) => tuple.elems.is_empty(),
                _ => false,
            },
        }
    }

    /// Whether calling it makes a future, as far as tokens tell.
    pub(crate) fn makes_future(&self) -> bool {
        self.is_async() || matches!(self.returns(), Returns::ImplFuture(_)) || self.boxed_output().is_some()
    }

    /// For a function spelled `-> Pin<Box<dyn Future<Output = T>>>` or `-> BoxFuture<'_, T>`: `T`, if spelled.
    pub(crate) fn boxed_output(&self) -> Option<Option<Type>> {
        let ReturnType::Type(_, returned) = &self.signature.output else { return None };
        let Type::Path(path) = ungrouped(returned) else { return None };
        let last = path.path.segments.last()?;
        if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
            return Some(type_arguments(&last.arguments).last().cloned());
        }
        let pinned = (last.ident == "Pin").then(|| type_arguments(&last.arguments).next().cloned())??;
        let Type::Path(boxed) = ungrouped(&pinned) else { return None };
        let boxed = boxed.path.segments.last().filter(|last| last.ident == "Box")?;
        match ungrouped(type_arguments(&boxed.arguments).next()?) {
            Type::TraitObject(object) => future_among(&object.bounds),
            _ => None,
        }
    }

    /// Whether the return type is *spelled* like a `Result`. Only ever a hint.
    pub(crate) fn looks_fallible(&self) -> bool {
        let spelled = match (self.returns(), self.boxed_output()) {
            (_, Some(output)) | (Returns::ImplFuture(output), None) => output,
            (Returns::Unknown(returned), None) => Some(returned),
            (Returns::Plain, None) => None,
        };
        match spelled.as_ref().map(ungrouped) {
            Some(Type::Path(path)) => {
                path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result"))
            }
            _ => false,
        }
    }

    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.path().is_ident(name))
    }

    /// Moves every argument into the block that starts with the returned statements, so that they are dropped
    /// there as they would have been in the function itself: after its locals, last argument first.
    // Input:   fn f(mut self, mut a: A, (b, c): (B, C), _: D)
    // Output:  fn f(mut self, a: A, __fujita_arg1: (B, C), __fujita_arg2: D)
    //          { let _ = &self; let mut a = a; let __fujita_arg1 = __fujita_arg1; let (b, c) = __fujita_arg1; … }
    pub(crate) fn rebind_arguments(&mut self) -> TokenStream {
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
                    let conditions = argument.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
                    let conditions: Vec<_> = conditions.cloned().collect();
                    lets.extend(rebind(&mut argument.pat, index, &conditions, &moved));
                }
            }
        }
        lets
    }

    /// The statements of the body, with its braces' span.
    pub(crate) fn block(&self, before: &TokenStream) -> TokenStream {
        let Some(body) = &self.body else { return TokenStream::new() };
        let statements = &body.statements;
        let mut group = Group::new(Delimiter::Brace, quote! { #before #statements });
        group.set_span(body.brace.span.join());
        TokenTree::Group(group).into()
    }
}

fn rebind(pattern: &mut Pat, index: usize, conditions: &[Attribute], lints: &[Attribute]) -> TokenStream {
    let site = Span::mixed_site();
    if let Pat::Ident(binding) = pattern {
        if binding.by_ref.is_none() && binding.subpat.is_none() {
            let (mutability, name) = (binding.mutability.take(), &binding.ident);
            return quote_spanned! {site=> #(#conditions)* #(#lints)* let #mutability #name = #name; };
        }
    }
    let name = format_ident!("__fujita_arg{index}", span = site);
    let whole = std::mem::replace(pattern, Pat::Verbatim(quote! { #name }));
    let moved = quote_spanned! {site=> #(#conditions)* let #name = #name; };
    match whole {
        Pat::Wild(_) => moved,
        whole => quote_spanned! {site=> #moved #(#conditions)* #(#lints)* let #whole = #name; },
    }
}

fn is_lint(attribute: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|name| attribute.path().is_ident(name))
}

/// Whether an identifier stands anywhere in the tokens.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
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
fn future_among(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Option<Type>> {
    const AUTO: [&str; 5] = ["Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"];
    let mut output = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let last = bound.path.segments.last()?;
        if last.ident == "Future" {
            output = Some(associated_type(&last.arguments, "Output"));
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

/// The type with every `impl Trait` inside it replaced by `_`, for places where it cannot be written.
pub(crate) fn without_impl(of: &Type) -> TokenStream {
    fn erase(of: &mut Type) {
        match of {
            Type::ImplTrait(_) => *of = Type::Verbatim(quote! { _ }),
            Type::Group(group) => erase(&mut group.elem),
            Type::Paren(paren) => erase(&mut paren.elem),
            Type::Reference(reference) => erase(&mut reference.elem),
            Type::Slice(slice) => erase(&mut slice.elem),
            Type::Array(array) => erase(&mut array.elem),
            Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(erase),
            Type::Path(path) => {
                for segment in &mut path.path.segments {
                    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(argument) = argument {
                            erase(argument);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut erased = of.clone();
    if mentions(&erased.to_token_stream(), "impl") {
        erase(&mut erased);
    }
    erased.to_token_stream()
}

/// The name of a function as a string, without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}
