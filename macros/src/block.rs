//! What an attribute may stand on, and the attribute on whole `impl`, `trait` and `mod` blocks.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser, Result};
use syn::{Attribute, Path, Token, Visibility};

use crate::function::Function;
use crate::options::Errors;
use crate::plan::{self, Kind, Layer, Written};
use crate::{surroundings, timed};

/// The annotated item.
pub(crate) enum Item {
    Function(Box<Function>),
    Block(Block),
    /// Something else: where, and its name for people.
    Other(Span, &'static str),
}

/// An `impl`, `trait` or inline `mod`: everything before its braces as raw tokens, and what is between them.
pub(crate) struct Block {
    head: TokenStream,
    span: Span,
    content: TokenStream,
}

impl Item {
    pub(crate) fn parse(tokens: &TokenStream) -> Result<Self> {
        if let Ok(function) = syn::parse2::<Function>(tokens.clone()) {
            return Ok(Self::Function(Box::new(function)));
        }
        match keyword.parse2(tokens.clone())? {
            Keyword::Block => Ok(Self::Block(Block::split(tokens)?)),
            // A function that did not parse above says best itself why.
            Keyword::Function => {
                syn::parse2::<Function>(tokens.clone()).map(|function| Self::Function(Box::new(function)))
            }
            Keyword::Other(span, what) => Ok(Self::Other(span, what)),
        }
    }
}

enum Keyword {
    Function,
    Block,
    Other(Span, &'static str),
}

fn keyword(input: ParseStream<'_>) -> Result<Keyword> {
    input.call(Attribute::parse_outer)?;
    let _: Visibility = input.parse()?;
    let span = input.span();
    if input.peek(Token![|]) || input.peek(Token![||]) {
        input.parse::<TokenStream>()?;
        return Ok(Keyword::Other(span, "a closure"));
    }
    let mut found = Keyword::Other(span, "something else");
    while let Ok(token) = input.parse::<TokenTree>() {
        let TokenTree::Ident(word) = token else { continue };
        found = match word.to_string().as_str() {
            // Qualifiers that say nothing yet.
            "default" | "unsafe" | "async" | "const" | "auto" | "safe"
                if !decides(&word.to_string(), input) =>
            {
                continue;
            }
            "fn" => Keyword::Function,
            "impl" | "trait" | "mod" => Keyword::Block,
            "struct" => Keyword::Other(span, "a struct"),
            "enum" => Keyword::Other(span, "an enum"),
            "union" => Keyword::Other(span, "a union"),
            "const" => Keyword::Other(span, "a constant"),
            "static" => Keyword::Other(span, "a static"),
            "type" => Keyword::Other(span, "a type alias"),
            "use" => Keyword::Other(span, "an import"),
            "extern" if input.peek(syn::LitStr) && input.peek2(Token![fn]) => Keyword::Function,
            "extern" if input.peek(Token![crate]) => Keyword::Other(span, "an import"),
            "extern" => Keyword::Other(span, "an extern block, whose functions have no body here"),
            "let" => Keyword::Other(span, "a statement"),
            "move" => Keyword::Other(span, "a closure"),
            _ if input.peek(Token![!]) => Keyword::Other(span, "a macro call"),
            _ => Keyword::Other(span, "an expression"),
        };
        break;
    }
    input.parse::<TokenStream>()?;
    Ok(found)
}

/// `const` decides unless a function follows.
fn decides(word: &str, input: ParseStream<'_>) -> bool {
    word == "const"
        && !(input.peek(Token![fn])
            || input.peek(Token![unsafe])
            || input.peek(Token![async])
            || input.peek(Token![extern]))
}

impl Block {
    fn split(tokens: &TokenStream) -> Result<Self> {
        let mut head: Vec<TokenTree> = tokens.clone().into_iter().collect();
        match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { head: head.into_iter().collect(), span: body.span(), content: body.stream() })
            }
            _ => Err(syn::Error::new_spanned(
                tokens,
                "only an inline `mod name { ... }` can be measured as a whole: move the attribute into the file, onto its functions",
            )),
        }
    }

    /// The names between the `<` and `>` of `impl<...>` or `trait Name<...>`.
    fn parameters(&self) -> Vec<Ident> {
        let mut names = Vec::new();
        let mut depth = 0_usize;
        let mut begun = false;
        for token in self.head.clone() {
            match token {
                TokenTree::Punct(punct) if begun && punct.as_char() == '<' => depth += 1,
                TokenTree::Punct(punct) if begun && punct.as_char() == '>' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                TokenTree::Ident(word) if word == "impl" || word == "trait" => begun = true,
                TokenTree::Ident(name) if depth > 0 => names.push(name),
                TokenTree::Ident(_) => {}
                _ if begun && depth == 0 => break,
                _ => {}
            }
        }
        names
    }

    fn with(self, content: TokenStream) -> TokenStream {
        let mut body = Group::new(Delimiter::Brace, content);
        body.set_span(self.span);
        let mut output = self.head;
        output.extend([TokenTree::Group(body)]);
        output
    }
}

/// Applies the attribute to every function with a body.
pub(crate) fn expand(written: &Written, block: Block, errors: &mut Errors) -> TokenStream {
    let defaults = timed::Options::read(written.span, written.arguments.clone(), errors);
    defaults.judge_for_block(errors);
    if !errors.is_empty() {
        return block.with_plain_content(defaults.krate());
    }
    let content = functions_in(&block, &defaults, errors);
    block.with(content)
}

impl Block {
    /// As written, but our attributes on the functions in it rest: their options were not judged.
    fn with_plain_content(self, krate: Option<&Path>) -> TokenStream {
        let content = each_item(&self, krate, &mut |mut function: Function| {
            let ours = plan::take_ours(&mut function.attributes, krate, &mut Errors::default());
            let is_offloaded = ours.iter().any(|written| written.kind == Kind::Offload);
            plan::stand_in(function, is_offloaded).into_token_stream()
        });
        self.with(content)
    }
}

fn functions_in(block: &Block, defaults: &timed::Options, errors: &mut Errors) -> TokenStream {
    each_item(block, defaults.krate(), &mut |mut function| {
        let mut found = Errors::default();
        let written = plan::take_ours(&mut function.attributes, defaults.krate(), &mut found);
        let mut layers: Vec<_> =
            written.into_iter().map(|written| Layer::read(written, &mut found)).collect();
        let place = layers.iter().position(|layer| layer.kind() == Kind::Timed);
        let own = place.and_then(|place| match layers.remove(place) {
            Layer::Timed(own) => Some(*own),
            Layer::Cached(..) | Layer::Offload(..) => None,
        });
        let unmeasurable = function.body.is_none()
            || function.signature.constness.is_some()
            || function.signature.variadic.is_some();
        if unmeasurable || own.as_ref().is_some_and(timed::Options::is_skip) {
            layers.retain(|layer| layer.kind() != Kind::Timed);
        } else {
            let options = timed::Options::within(defaults, own, &function);
            layers.insert(place.unwrap_or(0), Layer::Timed(Box::new(options)));
        }
        let output = if layers.is_empty() {
            function.into_token_stream()
        } else {
            plan::expand(layers, function, &mut found)
        };
        if let Some(found) = found.into_error() {
            errors.add(found);
        }
        output
    })
}

/// Hands every function among the items of a block to `change`, nested blocks included; the rest stays as it is.
fn each_item(
    block: &Block,
    krate: Option<&Path>,
    change: &mut dyn FnMut(Function) -> TokenStream,
) -> TokenStream {
    let parameters = block.parameters();
    let surroundings = surroundings::of_head(&block.head.to_string());
    let parse = |input: ParseStream<'_>| {
        let mut output = TokenStream::new();
        let inner = input.call(Attribute::parse_inner)?;
        output.extend(quote! { #(#inner)* });
        while !input.is_empty() {
            let fork = input.fork();
            if let Ok(mut function) = fork.parse::<Function>() {
                input.advance_to(&fork);
                function.outer_parameters.clone_from(&parameters);
                function.surroundings = Some(surroundings);
                output.extend(change(function));
                continue;
            }
            let item = next_item(input)?;
            output.extend(match Item::parse(&item) {
                Ok(Item::Block(block)) if !is_annotated(&item, krate) => {
                    let content = each_item(&block, krate, change);
                    block.with(content)
                }
                _ => item,
            });
        }
        Ok(output)
    };
    parse.parse2(block.content.clone()).unwrap_or_else(|_| block.content.clone())
}

/// Whether the item has an attribute of ours, which will speak for itself.
fn is_annotated(item: &TokenStream, krate: Option<&Path>) -> bool {
    let parse = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<TokenStream>()?;
        Ok(attributes.iter().any(|attribute| Kind::of(attribute, krate).is_some()))
    };
    parse.parse2(item.clone()).unwrap_or(false)
}

/// The tokens of one item that is not a function: up to its `;` or, unless it ends in one, its braces.
fn next_item(input: ParseStream<'_>) -> Result<TokenStream> {
    let mut item = TokenStream::new();
    for attribute in input.call(Attribute::parse_outer)? {
        attribute.to_tokens(&mut item);
    }
    input.parse::<Visibility>()?.to_tokens(&mut item);
    let ends_in_semicolon = input.peek(Token![const])
        || input.peek(Token![static])
        || input.peek(Token![use])
        || input.peek(Token![type]);
    // Braces within `<...>` are a const argument, as in `impl Grid<{ 2 }> { ... }`.
    let mut angles = 0_usize;
    let mut before = ' ';
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let mut this = ' ';
        let end = match &token {
            TokenTree::Punct(punct) => {
                this = punct.as_char();
                match this {
                    '<' => angles += 1,
                    '>' if before != '-' && before != '=' => angles = angles.saturating_sub(1),
                    _ => {}
                }
                this == ';'
            }
            TokenTree::Group(group) => {
                group.delimiter() == Delimiter::Brace && !ends_in_semicolon && angles == 0
            }
            _ => false,
        };
        before = this;
        item.extend([token]);
        if end {
            break;
        }
    }
    Ok(item)
}
