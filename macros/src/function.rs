//! The annotated function: its signature parsed, its body kept as raw tokens. Bodies are never parsed, so
//! half-typed code still expands in editors, and nothing in them can be changed by accident.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, GenericParam, ReturnType, Signature, Token, Visibility, token};

use crate::arguments::Arguments;
use crate::leaving::{Unclear, as_breaks};
use crate::surroundings::Surroundings;

#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) default: Option<Token![default]>,
    pub(crate) signature: Signature,
    /// `None` for a declaration in a trait.
    pub(crate) body: Option<Body>,
    /// The type parameters of the block around it, where that is seen.
    pub(crate) outer_parameters: Vec<Ident>,
    /// What it stands in, where that is seen.
    pub(crate) surroundings: Option<Surroundings>,
    /// Goes through a cache: its body is left at its end alone, and leaves word of how the cache answered.
    pub(crate) is_cached: bool,
    /// Items that layers put beside it.
    pub(crate) siblings: TokenStream,
    /// The name of the cache of its own, if it has one; empty for the function's path.
    pub(crate) cache_name: Option<String>,
    /// Where it runs, if it is offloaded.
    pub(crate) offload: Option<Offloaded>,
    /// Its body goes into a function beside it.
    pub(crate) is_beside: bool,
    /// The return type that `async_trait` gave it, while it is seen as the sync function that it will be.
    pub(crate) boxed_return: Option<ReturnType>,
}

/// What the inventory knows of an offloaded function.
#[derive(Clone)]
pub(crate) struct Offloaded {
    pub(crate) pool: String,
    /// The label `function` of its metrics, empty for that of the function.
    pub(crate) label: String,
}

#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) brace: token::Brace,
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) statements: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
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
        Ok(Self {
            attributes,
            visibility,
            default,
            signature,
            body,
            outer_parameters: Vec::new(),
            surroundings: None,
            is_cached: false,
            siblings: TokenStream::new(),
            cache_name: None,
            offload: None,
            is_beside: false,
            boxed_return: None,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, default, signature, body, siblings, .. } = self;
        let body = body.as_ref().map_or_else(
            || quote! { ; },
            |body| {
                let (inner_attributes, statements) = (&body.inner_attributes, &body.statements);
                braced(body, &quote! { #(#inner_attributes)* #statements })
            },
        );
        tokens.extend(quote! { #(#attributes)* #visibility #default #signature #body #siblings });
    }
}

impl Function {
    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The body as a block that is left by `break 'label` wherever it says `return`. `None` if it does not.
    pub(crate) fn with_returns_as_breaks(&self, label: &TokenStream) -> Result<Option<TokenStream>, Unclear> {
        let Some(body) = &self.body else { return Ok(None) };
        let broken = as_breaks(&body.statements, label)?;
        Ok(broken.map(|statements| braced(body, &statements)))
    }

    /// Also within `cfg_attr`, whose condition is not known here.
    pub(crate) fn is_track_caller(&self) -> bool {
        self.attributes.iter().any(|attribute| mentions(&attribute.to_token_stream(), "track_caller"))
    }

    /// `move ||` or `async move` where the body stands: borrow errors name variables only if these are the user's own tokens.
    pub(crate) fn keywords(&self, words: &TokenStream) -> TokenStream {
        let at = self.body.as_ref().map_or_else(Span::mixed_site, |body| body.brace.span.join());
        let words = words.clone().into_iter().map(|mut word| {
            word.set_span(at);
            word
        });
        words.collect()
    }

    /// What an `async` block with this body begins with, so that its type is `returned`. It would be guessed from its first
    /// `return` or `?` otherwise, and errors would name the block.
    pub(crate) fn fix_output(&self, returned: Option<&TokenStream>) -> TokenStream {
        let Some(returned) = returned.filter(|_| !self.returns_nothing() && !self.returns_impl()) else {
            return TokenStream::new();
        };
        quote_spanned! {Span::mixed_site()=>
            #[allow(unreachable_code, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
            if false {
                let __fujita_ret: #returned = loop {};
                return __fujita_ret;
            }
        }
    }

    // Output:  Self::name::<T, N>
    /// The path to a function beside this one, with its parameters and `more`.
    pub(crate) fn path_beside(
        &self,
        name: &Ident,
        is_associated: bool,
        more: Option<TokenStream>,
    ) -> TokenStream {
        let parameters = self.signature.generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Lifetime(_) => None,
            GenericParam::Type(parameter) => Some(parameter.ident.to_token_stream()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_token_stream()),
        });
        let parameters: Vec<_> = parameters.chain(more).collect();
        let turbofish = (!parameters.is_empty()).then(|| quote! { ::<#(#parameters),*> });
        let owner = is_associated.then(|| quote_spanned! {Span::mixed_site()=> Self:: });
        quote_spanned! {Span::mixed_site()=> #owner #name #turbofish }
    }

    /// The body as a block of its own.
    pub(crate) fn block(&self) -> TokenStream {
        self.body.as_ref().map(|body| braced(body, &body.statements)).unwrap_or_default()
    }

    /// The body's statements, fit to stand behind others.
    pub(crate) fn statements(&self) -> TokenStream {
        const ITEMS: [&str; 14] = [
            "const",
            "static",
            "use",
            "fn",
            "struct",
            "enum",
            "union",
            "impl",
            "trait",
            "type",
            "mod",
            "extern",
            "pub",
            "macro_rules",
        ];
        let Some(body) = &self.body else { return TokenStream::new() };
        let begins_with_item = match body.statements.clone().into_iter().next() {
            Some(TokenTree::Ident(word)) => ITEMS.iter().any(|item| word == item),
            Some(TokenTree::Punct(punct)) => punct.as_char() == '#',
            _ => false,
        };
        if begins_with_item { self.block() } else { body.statements.clone() }
    }

    /// The body as a block that the arguments are moved into, and that begins with `edge`.
    // Input:   { BODY }
    // Output:  { arguments edge BODY }  or  { arguments edge { BODY } }  or  { arguments edge let ret: R = { BODY }; ret }
    /// The second is for bodies that begin with an item, which would stand behind statements.
    /// The third is for arguments that become variables of the block: in editions before 2024, temporaries of a tail
    /// outlive those, and must not outlive the arguments.
    pub(crate) fn block_with(
        &self,
        arguments: &Arguments,
        edge: &TokenStream,
        returned: Option<&TokenStream>,
    ) -> TokenStream {
        let Some(body) = &self.body else { return TokenStream::new() };
        let moved = &arguments.statements;
        if !arguments.has_locals || self.never_returns() {
            let statements = self.statements();
            return braced(body, &quote! { #moved #edge #statements });
        }
        let (block, typed) = (self.block(), returned.map(|returned| quote! { : #returned }));
        braced(
            body,
            &quote_spanned! {Span::mixed_site()=>
                #moved
                #edge
                #[allow(unused_braces, clippy::let_unit_value, clippy::let_and_return, clippy::diverging_sub_expression)]
                let __fujita_ret #typed = #block;
                #[allow(unreachable_code)]
                __fujita_ret
            },
        )
    }
}

/// `{ statements }`, where the body stood.
fn braced(body: &Body, statements: &TokenStream) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, statements.clone());
    group.set_span(body.brace.span.join());
    TokenTree::Group(group).into()
}

/// Whether an identifier stands anywhere in the tokens.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    find(tokens, name).is_some()
}

/// Where it stands first.
pub(crate) fn find(tokens: &TokenStream, name: &str) -> Option<Span> {
    tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident == name).then(|| ident.span()),
        TokenTree::Group(group) => find(&group.stream(), name),
        _ => None,
    })
}

/// The name of a function as a string, without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}
