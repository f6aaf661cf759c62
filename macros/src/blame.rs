//! Putting generated code where the compiler is to report what is wrong with it.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// Tokens of types and paths where they will be reported, of the hygiene of generated code: only of errors at the very
/// same place does the compiler know that one follows from the other.
pub(crate) fn types_at(span: Span, tokens: TokenStream) -> TokenStream {
    let span = span.resolved_at(Span::mixed_site());
    moved(span, tokens, &|token| if token.to_string() == "$crate" { token.span() } else { span })
}

/// As [`types_at`], for expressions that name variables, each of which keeps its own hygiene.
pub(crate) fn values_at(span: Span, tokens: TokenStream) -> TokenStream {
    let span = span.resolved_at(Span::mixed_site());
    moved(span, tokens, &|token| token.span().located_at(span))
}

fn moved(span: Span, tokens: TokenStream, to: &dyn Fn(&TokenTree) -> Span) -> TokenStream {
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut moved = Group::new(group.delimiter(), moved(span, group.stream(), to));
            moved.set_span(span);
            TokenTree::Group(moved)
        }
        mut other => {
            other.set_span(to(&other));
            other
        }
    });
    tokens.collect()
}

/// The first name in a type that is not one of those that are always fit.
pub(crate) fn suspect(of: TokenStream) -> Option<Span> {
    for token in of {
        let found = match token {
            TokenTree::Ident(name) => {
                let text = name.to_string();
                // Modules and keywords begin in lower case, and so do the primitive types.
                let is_type = text.chars().next().is_some_and(char::is_uppercase);
                (is_type && !FIT.contains(&text.as_str())).then(|| name.span())
            }
            TokenTree::Group(group) => suspect(group.stream()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => Some(punct.span()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

const FIT: [&str; 22] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Bytes",
    "Cow",
    "Duration",
    "HashMap",
    "HashSet",
    "IpAddr",
    "OnceLock",
    "Option",
    "OsStr",
    "OsString",
    "Path",
    "PathBuf",
    "Result",
    "SocketAddr",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
];
