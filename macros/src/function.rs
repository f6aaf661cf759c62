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
    Unknown,
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
            Type::Path(_) | Type::Macro(_) => Returns::Unknown,
            _ => Returns::Plain,
        }
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

    /// The body as a block that is left by `break 'label` wherever it said `return`. `None` if it does not, or if
    /// some `return` may belong to a closure, an `async` block or an inner function.
    pub(crate) fn with_returns_as_breaks(&self, label: &TokenStream) -> Option<TokenStream> {
        let body = self.body.as_ref()?;
        let statements = &body.statements;
        let plain = mentions(statements, "return")
            && !["async", "fn"].iter().any(|word| mentions(statements, word))
            && !contains_bar(statements);
        plain.then(|| braced(body, &breaks(statements, label)))
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
        let spelled = match (self.returns(), self.boxed_output(), &self.signature.output) {
            (_, Some(output), _) | (Returns::ImplFuture(output), None, _) => output,
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

    /// Also within `cfg_attr`, whose condition is not known here.
    pub(crate) fn is_track_caller(&self) -> bool {
        self.attributes.iter().any(|attribute| mentions(&attribute.to_token_stream(), "track_caller"))
    }

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

    /// The body as a block of its own, after some statements if there are any.
    // Input:   { BODY }
    // Output:  { BODY }  or  { before; let ret: R = { BODY }; ret }
    /// The inner block is there for editions before 2024, where temporaries of a tail outlive the block's variables:
    /// they must not outlive the arguments.
    pub(crate) fn block(&self, before: &TokenStream, returned: Option<&TokenStream>) -> TokenStream {
        let Some(body) = &self.body else { return TokenStream::new() };
        let block = braced(body, &body.statements);
        if before.is_empty() {
            return block;
        }
        let typed = returned.map(|returned| quote_spanned! {Span::mixed_site()=> : #returned });
        braced(
            body,
            &quote_spanned! {Span::mixed_site()=>
                #before
                #[allow(unused_braces, clippy::let_unit_value, clippy::let_and_return, clippy::diverging_sub_expression)]
                let __fujita_ret #typed = #block;
                #[allow(unreachable_code)]
                __fujita_ret
            },
        )
    }
}

fn braced(body: &Body, statements: &TokenStream) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, statements.clone());
    group.set_span(body.brace.span.join());
    TokenTree::Group(group).into()
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
    let moved = quote_spanned! {site=> #(#conditions)* let #name = #name; };
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
            fields.fields.iter_mut().for_each(|field| take_bindings(&mut field.pat, names))
        }
        _ => {}
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

/// Whether `|` stands anywhere: a closure perhaps.
fn contains_bar(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '|',
        TokenTree::Group(group) => contains_bar(&group.stream()),
        _ => false,
    })
}

fn breaks(tokens: &TokenStream, label: &TokenStream) -> TokenStream {
    let replaced = tokens.clone().into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "return" => quote_spanned! {ident.span()=> break #label },
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), breaks(&group.stream(), label));
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        other => other.into(),
    });
    replaced.collect()
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

/// The name of a function as a string, without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}
