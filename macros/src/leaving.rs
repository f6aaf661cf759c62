//! Where a body says `return`: to leave the function, or only a closure, an `async` block or a function within.
//!
//! Bodies are raw tokens, so what belongs together is read from the few rules that tell: a `|` where a value must begin
//! opens a closure, and its body ends at the next `,` or `;`.

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use crate::function::{find, mentions};

/// A `return` of which it cannot be told.
pub(crate) struct Unclear(pub(crate) Span);

/// The tokens with `break 'label` for every `return` of their own; `None` if there is none.
pub(crate) fn as_breaks(tokens: &TokenStream, label: &TokenStream) -> Result<Option<TokenStream>, Unclear> {
    if !mentions(tokens, "return") {
        return Ok(None);
    }
    let mut found = false;
    let replaced = replace(tokens, label, &mut found)?;
    Ok(found.then_some(replaced))
}

/// What stands before a token.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// A value begins here, and a `|` is a closure's.
    Nothing,
    /// A value, so that `|` is an operator or part of a pattern.
    Value,
    /// `{ … }`, which may be a value or a statement.
    Braces,
    /// `fn`, `let` or `for`: what follows is no value.
    Keyword,
}

fn replace(tokens: &TokenStream, label: &TokenStream, found: &mut bool) -> Result<TokenStream, Unclear> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut replaced = TokenStream::new();
    let (mut at, mut before) = (0, Before::Nothing);
    while let Some(token) = tokens.get(at) {
        let end = match token {
            TokenTree::Ident(word) if word == "fn" => function(&tokens, at),
            TokenTree::Ident(word) if word == "async" => block(&tokens, at),
            TokenTree::Punct(bar) if bar.as_char() == '|' => match before {
                Before::Nothing => closure(&tokens, at),
                Before::Braces => {
                    // A closure after a statement, the pattern of the next arm, or an operator.
                    let end = closure(&tokens, at).unwrap_or(at);
                    if let Some(unclear) = find_in(&tokens[at..end], "return") {
                        return Err(Unclear(unclear));
                    }
                    None
                }
                Before::Value | Before::Keyword => None,
            },
            // Whose code it becomes, only its user says.
            TokenTree::Ident(word) if word == "macro_rules" => {
                let inside: TokenStream = definition(&tokens, at).iter().cloned().collect();
                let is_plain = !inside.to_string().contains('|')
                    && !["async", "fn"].iter().any(|word| mentions(&inside, word));
                match find(&inside, "return") {
                    Some(unclear) if !is_plain => return Err(Unclear(unclear)),
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(end) = end {
            replaced.extend(tokens[at..end].iter().cloned());
            before = Before::Value;
            at = end;
            continue;
        }
        before = after(&tokens, at);
        match token {
            TokenTree::Ident(word) if word == "return" => {
                *found = true;
                replaced.extend(quote_spanned! {word.span()=> break #label });
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), replace(&group.stream(), label, found)?);
                inside.set_span(group.span());
                replaced.extend([TokenTree::Group(inside)]);
            }
            // Both bars of an operator.
            TokenTree::Punct(bar) if is_double(&tokens, at) => {
                replaced.extend([TokenTree::Punct(bar.clone()), tokens[at + 1].clone()]);
                at += 1;
            }
            other => replaced.extend([other.clone()]),
        }
        at += 1;
    }
    Ok(replaced)
}

/// What a token is to the next one.
fn after(tokens: &[TokenTree], at: usize) -> Before {
    const PREFIXES: [&str; 10] =
        ["async", "break", "else", "if", "in", "match", "move", "return", "static", "while"];
    let last = at.checked_sub(1).map(|last| &tokens[last]);
    let is_after = |mark: char| matches!(last, Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    match &tokens[at] {
        // `x.await`, and not what it was once.
        TokenTree::Ident(_) if is_after('.') => Before::Value,
        // A label.
        TokenTree::Ident(_) if is_after('\'') => Before::Nothing,
        TokenTree::Ident(word) if ["for", "let"].iter().any(|pattern| word == pattern) => Before::Keyword,
        TokenTree::Ident(word) if PREFIXES.iter().any(|prefix| word == prefix) => Before::Nothing,
        TokenTree::Ident(_) | TokenTree::Literal(_) => Before::Value,
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => Before::Braces,
            Delimiter::Bracket if is_after('#') || is_after('!') && is_attribute(tokens, at) => {
                Before::Nothing
            }
            _ => Before::Value,
        },
        // `>` ends types, too, but not after `=`. A closure is never compared.
        TokenTree::Punct(punct) if punct.as_char() == '>' && !is_after('=') => Before::Value,
        TokenTree::Punct(punct) if punct.as_char() == '?' => Before::Value,
        TokenTree::Punct(_) => Before::Nothing,
    }
}

/// `#![…]`
fn is_attribute(tokens: &[TokenTree], at: usize) -> bool {
    matches!(at.checked_sub(2).map(|hash| &tokens[hash]), Some(TokenTree::Punct(punct)) if punct.as_char() == '#')
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// `||`
fn is_double(tokens: &[TokenTree], at: usize) -> bool {
    let is_joint = matches!(&tokens[at], TokenTree::Punct(bar) if bar.as_char() == '|' && bar.spacing() == Spacing::Joint);
    is_joint && is_punct(tokens.get(at + 1), '|')
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn find_in(tokens: &[TokenTree], name: &str) -> Option<Span> {
    find(&tokens.iter().cloned().collect(), name)
}

// Input:   async { … }   async move { … }
/// Where it ends, if it is one.
fn block(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let is_move = matches!(tokens.get(at + 1), Some(TokenTree::Ident(word)) if word == "move");
    let braces = at + 1 + usize::from(is_move);
    is_braces(tokens.get(braces)?).then_some(braces + 1)
}

// Input:   fn f<T>(x: T) -> Array<{ N }> where T: Copy { … }
/// Where it ends; not that of a type `fn(A) -> B`.
fn function(tokens: &[TokenTree], at: usize) -> Option<usize> {
    matches!(tokens.get(at + 1)?, TokenTree::Ident(_)).then_some(())?;
    let mut angles = Angles::default();
    let end = (at + 2..tokens.len()).find(|next| {
        angles.pass(tokens, *next);
        angles.depth == 0 && (is_braces(&tokens[*next]) || is_punct(tokens.get(*next), ';'))
    });
    Some(end.map_or(tokens.len(), |end| end + 1))
}

// Input:   macro_rules! m { … }
fn definition(tokens: &[TokenTree], at: usize) -> &[TokenTree] {
    let end = (at..tokens.len()).find(|next| matches!(tokens[*next], TokenTree::Group(_)));
    &tokens[at..end.map_or(tokens.len(), |end| end + 1)]
}

// Input:   |a, (b, c): (B, C)| a + b   || -> T { … }
/// Where it ends. `None` if it is the pattern of an arm, which may begin with a bar, too.
fn closure(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let is_arrow = |at: usize| is_punct(tokens.get(at), '=') && is_punct(tokens.get(at + 1), '>');
    let mut next = at + 1;
    while !is_punct(tokens.get(next), '|') {
        if next >= tokens.len() || is_arrow(next) {
            return None;
        }
        next += 1;
    }
    next += 1;
    if is_punct(tokens.get(next), '-') && is_punct(tokens.get(next + 1), '>') {
        let mut angles = Angles::default();
        let body = (next + 2..tokens.len()).find(|next| {
            angles.pass(tokens, *next);
            angles.depth == 0 && is_braces(&tokens[*next])
        });
        return Some(body.map_or(tokens.len(), |body| body + 1));
    }
    let mut angles = Angles::default();
    while let Some(token) = tokens.get(next) {
        if is_arrow(next) {
            return None;
        }
        angles.pass_in_value(tokens, next);
        if angles.depth == 0 && (is_punct(Some(token), ',') || is_punct(Some(token), ';')) {
            break;
        }
        next += 1;
    }
    Some(next)
}

/// How deep in `<…>` the tokens of a type are.
#[derive(Default)]
struct Angles {
    depth: u32,
}

impl Angles {
    fn pass(&mut self, tokens: &[TokenTree], at: usize) {
        let is_after = |mark: char| at > 0 && is_punct(tokens.get(at - 1), mark);
        if is_punct(tokens.get(at), '<') {
            self.depth += 1;
        } else if is_punct(tokens.get(at), '>') && !is_after('-') && !is_after('=') {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    /// In a value, where `<` compares unless it stands behind `::` or where another value would begin.
    fn pass_in_value(&mut self, tokens: &[TokenTree], at: usize) {
        let opens = match tokens.get(at.wrapping_sub(1)) {
            Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), '<' | '>' | '?'),
            _ => false,
        };
        if self.depth > 0 || opens {
            self.pass(tokens, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::as_breaks;

    /// In each of these, `return` leaves the function where it is followed by `0`, and something else where it is not.
    const CLEAR: [&str; 27] = [
        "if a { return 0; } let f = |x| { return x; }; f(1)",
        "let f = |x| return x; return 0",
        "let f = move |x: &[u8]| -> Vec<u8> { return x }; return 0",
        "let f = || return 1; if a || b { return 0 }",
        "call(|| return 1, return 0)",
        "call(|x| |y| return y, return 0)",
        "v.iter().map(|x| new::<A, B>(|| return 1, x)).max(); return 0",
        "let f = |x| <A as B<C, D>>::f(x, || return 1); return 0",
        "let f = |x| x < 1 || call(|| return 1); return 0",
        "let f = |(A | B, c)| if c > 1 { return c }; return 0",
        "match x { A | B => return 0, C if a | b => |x| return x, _ => return 0 }",
        "match x { | A | B => return 0, | C => { return 0 } | D { x } | E { x } => return 0 }",
        "match x { A { .. } | B { .. } | C => return 0, _ => |y| return y }",
        "if let | A | B = x { return 0 }",
        "let x = a | b || c; return 0",
        "let x = { a } | { b }; return 0",
        "let x = 1 | 2; let y = x as Option<u8> | 3; f()? | return 0",
        "async { return 1 }.await | return 0",
        "let a = async move { return 1 }; let b = async |x| return x; let c = async move || { return 1 }; return 0",
        "fn f<T>(x: T) -> [T; { 1 }] where T: Copy { return 1 } return 0",
        "fn f() -> Array<{ 1 }> { return 1 } let g: fn(u8) -> u8 = h; return 0",
        "impl A { fn f(&self) -> fn() -> B<{ |x| x }> { return 1 } } return 0",
        "#[allow(x)] |x| return x; return 0",
        "loop { break |x| return x; } 'a: loop { break 'a |x| return x; } return 0",
        "S { f: |x| return x, g: return 0 }",
        "for x in y { return 0 } let f = |x| return x;",
        "macro_rules! leave { () => { return 0 } } leave!(); vec![|x| return x, return 0]",
    ];

    const UNCLEAR: [&str; 3] = [
        "for x in y { return 0 } |x| return x",
        "if a { b } else { c } || { return 1 }",
        "macro_rules! m { ($x:expr) => { || return $x } } return 0",
    ];

    fn tokens(text: &str) -> TokenStream {
        text.parse().expect("tokens")
    }

    #[test]
    fn what_leaves_the_function_is_told_from_what_leaves_a_closure() {
        for text in CLEAR {
            let expected = tokens(&text.replace("return 0", "break 'out 0")).to_string();
            let broken = as_breaks(&tokens(text), &quote! { 'out }).ok().flatten();
            assert_eq!(broken.map(|broken| broken.to_string()), Some(expected), "{text}");
        }
        for text in UNCLEAR {
            assert!(as_breaks(&tokens(text), &quote! { 'out }).is_err(), "{text}");
        }
        for text in ["1", "call(|x| return x)", "async { return 1 }.await", "fn f() { return; }"] {
            assert!(matches!(as_breaks(&tokens(text), &quote! { 'out }), Ok(None)), "{text}");
        }
    }
}
