//! `self` of a method whose body sees a clone of it. A closure cannot have a `self` of its own, so where the body cannot be put
//! into a method, the word is written differently in it.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

/// The name that stands for `self`. It has the hygiene of the word it stands for, and so reaches into strings.
pub(super) fn name(at: Span) -> Ident {
    Ident::new("__fujita_self", at)
}

// Input:   self.a(|| self.b); println!("{self}"); use self::c::{self, D}; impl E for F { fn g(&self) { self.h } }
// Output:  this.a(|| this.b); println!("{this}"); use self::c::{self, D}; impl E for F { fn g(&self) { self.h } }
pub(super) fn renamed(tokens: TokenStream) -> TokenStream {
    rename(tokens, false)
}

fn rename(tokens: TokenStream, in_macro: bool) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut output = TokenStream::new();
    let mut rest = &tokens[..];
    let mut calls_macro = false;
    let mut after_pub = false;
    while let [token, behind @ ..] = rest {
        let (was_macro, was_pub) = (calls_macro, after_pub);
        calls_macro = false;
        after_pub = false;
        rest = behind;
        match token {
            // Items with a `self` of their own, up to their braces.
            TokenTree::Ident(word) if word == "impl" || word == "trait" => {
                let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                let end = behind.iter().position(is_body).map_or(behind.len(), |end| end + 1);
                output.extend([token.clone()].into_iter().chain(behind[..end].iter().cloned()));
                rest = &behind[end..];
                continue;
            }
            TokenTree::Ident(word) if word == "use" => {
                let is_end =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
                let end = behind.iter().position(is_end).unwrap_or(0);
                output.extend([token.clone()].into_iter().chain(behind[..end].iter().cloned()));
                rest = &behind[end..];
                continue;
            }
            TokenTree::Ident(word) if word == "self" && !begins_path(behind) => {
                output.extend([TokenTree::Ident(name(word.span()))]);
                continue;
            }
            TokenTree::Ident(word) => {
                after_pub = word == "pub";
                calls_macro =
                    matches!(behind.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
            }
            // Between the name of a macro and its group.
            TokenTree::Punct(punct) => calls_macro = was_macro && punct.as_char() == '!',
            TokenTree::Group(group) if !was_pub => {
                let mut renamed =
                    Group::new(group.delimiter(), rename(group.stream(), in_macro || was_macro));
                renamed.set_span(group.span());
                output.extend([TokenTree::Group(renamed)]);
                continue;
            }
            TokenTree::Literal(literal) if in_macro => {
                output.extend([TokenTree::Literal(in_string(literal))]);
                continue;
            }
            TokenTree::Group(_) | TokenTree::Literal(_) => {}
        }
        output.extend([token.clone()]);
    }
    output
}

/// `self::…`
fn begins_path(behind: &[TokenTree]) -> bool {
    matches!(behind, [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':')
}

/// A format string with `{self}`, `{self:?}` or `{x:self$}`.
fn in_string(literal: &Literal) -> Literal {
    let text = literal.to_string();
    if !text.ends_with(['"', '#']) || !text.contains("self") {
        return literal.clone();
    }
    let renamed = in_format(&text);
    match renamed.parse::<Literal>() {
        Ok(mut renamed) => {
            renamed.set_span(literal.span());
            renamed
        }
        Err(_) => literal.clone(),
    }
}

fn in_format(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        output.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('{') {
            output.push('{');
            rest = behind;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let (argument, behind) = rest.split_at(end);
        let (name, format) = argument.split_at(argument.find(':').unwrap_or(argument.len()));
        output.push_str(if name.trim() == "self" { "__fujita_self" } else { name });
        output.push_str(&format.replace("self$", "__fujita_self$"));
        rest = behind;
    }
    output.push_str(rest);
    output
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_the_methods_own_self() {
        for (written, expected) in [
            ("self.a(self)", "__fujita_self.a(__fujita_self)"),
            ("self::a()", "self::a()"),
            ("use self::a::{self, B}; self", "use self::a::{self, B}; __fujita_self"),
            ("struct A { pub(self) a: u8 } self", "struct A { pub(self) a: u8 } __fujita_self"),
            ("impl A { fn b(&self) { self } } self", "impl A { fn b(&self) { self } } __fujita_self"),
            ("trait A { fn b(&self); } self", "trait A { fn b(&self); } __fujita_self"),
            (
                "print!(\"{self} {{self}} {self:?} {a:self$} {selfish}\")",
                "print!(\"{__fujita_self} {{self}} {__fujita_self:?} {a:__fujita_self$} {selfish}\")",
            ),
            ("print!(r#\"{self}\"#, self)", "print!(r#\"{__fujita_self}\"#, __fujita_self)"),
            ("a(\"{self}\")", "a(\"{self}\")"),
            ("print!(\"{}{0}\", \"a self\")", "print!(\"{}{0}\", \"a self\")"),
        ] {
            let renamed = renamed(written.parse().expect("tokens"));
            let expected: proc_macro2::TokenStream = expected.parse().expect("tokens");
            assert_eq!(renamed.to_string(), expected.to_string());
        }
    }
}
