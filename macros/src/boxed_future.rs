//! Functions whose tail is `Box::pin(future)`: what `async_trait` makes of an async method, and what people write by
//! hand. Only what is boxed is wrapped; replacing the whole body would lose the statements before it, and timing
//! the call would measure the making of the future instead of its run.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::function::mentions;

// Input:   statements… Box::pin(async move { … })
// Output:  statements… Box::pin(wrap(async move { … }))
/// `None` if the tail is anything else, if an earlier `return` could leave by another way, or if what is boxed may be no
/// future: unless the return type says so, it must begin with `async`.
pub(crate) fn wrap_tail(
    statements: &TokenStream,
    is_future: bool,
    wrap: impl FnOnce(TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let mut tokens: Vec<TokenTree> = statements.clone().into_iter().collect();
    let Some(TokenTree::Group(argument)) = tokens.pop() else { return None };
    if argument.delimiter() != Delimiter::Parenthesis || !is_box_pin(&tokens) {
        return None;
    }
    let begins_async =
        matches!(argument.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "async");
    if !is_future && !begins_async {
        return None;
    }
    let before: TokenStream = tokens.iter().cloned().collect();
    if mentions(&before, "return") {
        return None;
    }
    let mut boxed: Vec<TokenTree> = argument.stream().into_iter().collect();
    boxed.pop_if(|last| matches!(last, TokenTree::Punct(punct) if punct.as_char() == ','));
    let mut wrapped = Group::new(Delimiter::Parenthesis, wrap(boxed.into_iter().collect()));
    wrapped.set_span(argument.span());
    tokens.push(TokenTree::Group(wrapped));
    Some(tokens.into_iter().collect())
}

// Input:   Box::pin(async move { … })
// Output:  …
/// What `async_trait` makes of a body, undone; `None` if there is more to it.
pub(crate) fn async_block(statements: &TokenStream) -> Option<TokenStream> {
    let mut content = None;
    let wrapped = wrap_tail(statements, true, |boxed| {
        let tokens: Vec<TokenTree> = boxed.clone().into_iter().collect();
        if let [TokenTree::Ident(word), TokenTree::Ident(kind), TokenTree::Group(block)] = &tokens[..]
            && word == "async"
            && kind == "move"
        {
            content = Some(block.stream());
        }
        boxed
    })?;
    let is_all = wrapped.into_iter().filter(|token| matches!(token, TokenTree::Group(_))).count() == 1;
    content.filter(|_| is_all)
}

/// Whether the tokens end in a statement that begins with `Box::pin` or a longer path to it.
fn is_box_pin(tokens: &[TokenTree]) -> bool {
    let mut rest = tokens;
    let mut names = Vec::new();
    loop {
        let [before @ .., TokenTree::Ident(name)] = rest else { return false };
        names.push(name);
        match before {
            [before @ .., TokenTree::Punct(a), TokenTree::Punct(b)]
                if a.as_char() == ':' && b.as_char() == ':' =>
            {
                rest = before;
            }
            _ => {
                rest = before;
                break;
            }
        }
        if !matches!(rest.last(), Some(TokenTree::Ident(_))) {
            break;
        }
    }
    let is_path = names.len() >= 2 && names[0] == "pin" && names[1] == "Box";
    let begins_statement = match rest.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    is_path && begins_statement
}
