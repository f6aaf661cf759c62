//! What a function stands in. An attribute sees the function alone; but a trait, and an `impl` of one, leave no room for an
//! item beside it, and an item beside it is `Self::name` in an `impl` and `name` elsewhere.
//!
//! Where the function's own tokens do not tell, its source is read. The compiler says where that is from Rust 1.88 on.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Visibility;

use crate::function::{Function, mentions, plain_name};
use crate::source::{Source, code_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    /// A module or a block of code: its items are found by their names.
    Free,
    /// An `impl` of no trait: its items are `Self::name`.
    Inherent,
    /// A trait, or an `impl` of one: nothing can be added.
    Trait,
}

impl Function {
    /// Where nothing tells, the likeliest.
    pub(crate) fn surroundings(&self) -> Surroundings {
        self.known_surroundings().unwrap_or_else(|| {
            let signature = &self.signature;
            let is_method = signature.receiver().is_some();
            let body = self.body.as_ref().map(|body| &body.statements);
            let names_self = mentions(&signature.to_token_stream(), "Self")
                || body.is_some_and(|body| mentions(body, "Self"));
            if is_method || names_self { Surroundings::Inherent } else { Surroundings::Free }
        })
    }

    pub(crate) fn known_surroundings(&self) -> Option<Surroundings> {
        let signature = &self.signature;
        if self.surroundings.is_some() {
            self.surroundings
        } else if self.is_of_async_trait() {
            Some(Surroundings::Trait)
        } else if signature.receiver().is_some() && !matches!(self.visibility, Visibility::Inherited) {
            Some(Surroundings::Inherent)
        } else {
            in_source(&signature.ident)
        }
    }

    /// Whether it is known to stand in a trait, or in an `impl` of one.
    pub(crate) fn is_in_trait(&self) -> bool {
        matches!(self.visibility, Visibility::Inherited)
            && self.known_surroundings() == Some(Surroundings::Trait)
    }

    /// Whether `async_trait` has been at it.
    pub(crate) fn is_of_async_trait(&self) -> bool {
        self.signature.generics.lifetimes().any(|parameter| parameter.lifetime.ident == "async_trait")
    }
}

fn in_source(name: &Ident) -> Option<Surroundings> {
    let (file, at) = (name.span().local_file()?, name.span().start());
    of_position(&*Source::read(&file)?, at.line, at.column, &plain_name(name))
}

/// What a function is in whose name stands at a line (from 1) and a column (from 0, in characters). `None` if it stands
/// there in no code, as in an example within a comment, or in a macro's.
fn of_position(source: &Source, line: usize, column: usize, name: &str) -> Option<Surroundings> {
    let at = source.position(line, column, name)?;
    let heads = source.open_braces(at)?;
    match &heads[..] {
        [] => Some(Surroundings::Free),
        [.., head] if is_macro_call(head) => None,
        [.., outer, arm] if outer.contains("macro_rules") && arm.trim_end().ends_with("=>") => None,
        [.., head] => Some(of_head(head)),
    }
}

/// What the functions in braces are in that follow `head`.
pub(crate) fn of_head(head: &str) -> Surroundings {
    const QUALIFIERS: [&str; 4] = ["unsafe", "default", "auto", "const"];
    let code = code_of(head);
    let mut words = words(without_visibility(without_attributes(&code)));
    match words.find(|(word, _)| !QUALIFIERS.contains(word)) {
        Some(("impl", _)) => {
            // `for<'a>` binds a lifetime.
            let is_of_trait = words.any(|(word, rest)| word == "for" && !rest.trim_start().starts_with('<'));
            if is_of_trait { Surroundings::Trait } else { Surroundings::Inherent }
        }
        Some(("trait", _)) => Surroundings::Trait,
        _ => Surroundings::Free,
    }
}

/// `name! {` or `macro_rules! name {`.
fn is_macro_call(head: &str) -> bool {
    let before_name = head.trim_end().trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    head.trim_end().ends_with('!') || before_name.trim_end().ends_with("macro_rules!")
}

/// The words of some code, each with what follows it.
fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(is_part)?..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word;
        (word, rest) = rest.split_at(end);
        Some((word, rest))
    })
}

/// Code from behind its last attribute.
fn without_attributes(code: &str) -> &str {
    let mut rest = code.trim_start();
    while let Some(attribute) = rest.strip_prefix('#') {
        let mut depth = 0_usize;
        let end = attribute.find(|c| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ']' && depth == 0
        });
        let Some(end) = end else { return "" };
        rest = attribute[end + 1..].trim_start();
    }
    rest
}

/// Code from behind its `pub` or `pub(in path)`.
fn without_visibility(code: &str) -> &str {
    let Some(rest) = code.strip_prefix("pub").map(str::trim_start) else { return code };
    let path = rest.strip_prefix('(').and_then(|path| path.split_once(')'));
    path.map_or(rest, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::Surroundings::{self, Free, Inherent, Trait};
    use super::{Source, of_head, of_position};

    /// Looks at the function named `here`.
    fn read(text: &str) -> Option<Surroundings> {
        let at = text.find("fn here").expect("a place") + 3;
        let line = text[..at].matches('\n').count();
        let column = text[..at].rsplit('\n').next().map_or(0, |before| before.chars().count());
        of_position(&Source::new(text.to_owned()), line + 1, column, "here")
    }

    #[test]
    fn free_functions() {
        for text in [
            "fn here",
            "impl A { fn a() {} }\nfn here",
            "mod a { impl B { } fn here",
            "impl A { fn a(&self) { fn here",
            "impl A for B { fn a(&self) { if x { y } else { fn here",
            "trait A { fn a() { match b { C => { fn here",
            "fn a() -> impl B { fn here",
            "fn a(b: impl C) { loop { unsafe { fn here",
            "impl A { const B: u32 = { fn here",
            "impl A { fn a() { let b = C { d: 1 }; fn here",
            "impl A { fn a() { b(|| { c; d }); } } fn here",
            "static A: &str = \"impl B { \"; fn here",
            "/* impl A { /* nested */ { */ fn here",
            "// impl A {\nfn here",
            "/// impl A {\n#[cached]\npub fn here",
            "const A: char = '{'; fn here",
            "const A: char = '\\''; const B: &str = r#\"impl C \"{\"#; fn here",
            "const A: &[u8] = br\"impl C {\"; fn here",
            "const A: &str = \"\\\"impl B {\"; const B: &str = \"\\\\\"; fn here",
            "fn a<'a>(b: &'a str, c: &'a str) {} fn here",
            "fn implement() { fn here",
            // What follows makes no difference.
            "fn here() {} impl A { fn a() {} ) }",
        ] {
            assert_eq!(read(text), Some(Free), "{text}");
        }
    }

    #[test]
    fn inherent_functions() {
        for text in [
            "impl A { fn here",
            "impl<T> A<T> { fn a() {} fn here",
            "impl<F: for<'a> Fn(&'a str)> A<F> where for<'b> F: B<'b> { fn here",
            "impl A<{ 2 }> { fn here",
            "impl A<{ 2 }, { 3 }> { fn here",
            "impl A<[u8; 4]> { fn here",
            "impl [T; 4] { pub fn a(b: [u8; 2]) -> u8 { b[0] } #[cached] fn here",
            "unsafe impl A { fn here",
            "#[cfg(feature = \"impl A for B\")] #[timed(labels(a = [1]))] impl A { fn here",
            "/// For all.\nimpl A // for B\n{ fn here",
            "fn a() { struct B; impl B { fn here",
            "trait A { fn b(); } impl C { fn here",
            "impl é { const A: &str = \"é\"; fn here",
            "impl A { fn here() {} } trait B { fn b(); }",
        ] {
            assert_eq!(read(text), Some(Inherent), "{text}");
        }
    }

    #[test]
    fn functions_of_traits() {
        for text in [
            "impl A for B { fn here",
            "impl<T: for<'a> C<'a>> A<T> for B<T> where T: D { fn here",
            "impl A<{ 2 }> for B<{ 3 }> { fn here",
            "impl A for [u8; 4] { fn here",
            "impl A for fn(u8) -> u8 { fn here",
            "trait A { fn here",
            "pub(crate) unsafe trait A: B<C> where Self: Sized { fn here",
            "pub(in crate::a) auto trait A { fn a() {} fn here",
            "#[async_trait]\r\nimpl A for B {\r\n    async fn here",
            "macro_rules! a { () => { impl A for B { fn here",
            "impl A for B { fn here() {} } impl B { } fn a() { \"",
        ] {
            assert_eq!(read(text), Some(Trait), "{text}");
        }
    }

    #[test]
    fn places_that_do_not_tell() {
        for text in [
            "macro_rules! a { () => { fn here",
            "macro_rules! a { ($b:ident) => { } ; ($b:ident, $c:ident) => { fn here",
            "a! { fn here",
            "a!( fn here",
            "a::b! [ fn here",
            "impl A { } } fn here",
            "/// fn here",
            "/** impl A { fn here",
            "const A: &str = \"fn here",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(of_position(&Source::new("fn other() {}".into()), 1, 3, "here"), None);
        assert_eq!(of_position(&Source::new("fn here() {}".into()), 2, 3, "here"), None);
        assert_eq!(of_position(&Source::new("fn here() {}".into()), 0, 0, "here"), None);
    }

    #[test]
    fn heads_as_tokens_print_them() {
        assert_eq!(of_head("impl < T > A < T > where for < 'a > T : B < 'a >"), Inherent);
        assert_eq!(of_head("# [doc = \" impl A for B\"] impl < T > A < T > for B"), Trait);
        assert_eq!(of_head("pub mod a"), Free);
    }
}
