//! The arguments of an attribute: spanned values, each set once, every mistake kept for the end.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, Path, PathArguments, Token, Type, TypePath};

/// Every mistake found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Error::new(span, message));
    }

    /// At all of `of`, where the compiler can underline it whole.
    pub(crate) fn push_at(&mut self, of: &impl ToTokens, message: impl std::fmt::Display) {
        self.add(Error::new_spanned(of, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_error(self) -> Option<Error> {
        self.0
    }

    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.0.map(|error| error.to_compile_error())
    }
}

/// One argument as written: `name`, `name = value`, `name: Type = value` or `name(list)`.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) of: Option<Type>,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Flag,
    Assigned(Box<Expr>),
    /// What can be no expression, as `Hasher<A>`.
    Type(Box<Type>),
    List(Span, TokenStream),
}

/// Splits the arguments. What cannot be read is an error, and reading goes on behind the next comma.
pub(crate) fn arguments(tokens: TokenStream, errors: &mut Errors) -> Vec<Argument> {
    let parse = |input: ParseStream<'_>| {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            match argument(input) {
                Ok(argument) => arguments.push(argument),
                Err(error) => {
                    errors.add(error);
                    skip_to_comma(input)?;
                }
            }
            if input.is_empty() {
                break;
            }
            if input.parse::<Token![,]>().is_err() {
                errors.push(input.span(), "expected `,` between two options");
                skip_to_comma(input)?;
                let _: Option<Token![,]> = input.parse()?;
            }
        }
        Ok(arguments)
    };
    parse.parse2(tokens).unwrap_or_else(|error| {
        errors.add(error);
        Vec::new()
    })
}

fn argument(input: ParseStream<'_>) -> syn::Result<Argument> {
    let name = input.call(Ident::parse_any).map_err(|error| {
        Error::new(
            error.span(),
            "expected the name of an option, as in `name = value`, `name(...)` or `name`",
        )
    })?;
    let of = if input.peek(Token![:]) && !input.peek(Token![::]) {
        input.parse::<Token![:]>()?;
        let of: Type = input.parse().map_err(|_| {
            Error::new(name.span(), format!("a value follows on `=`: write `{name} = value`"))
        })?;
        if !input.peek(Token![=]) {
            return Err(Error::new_spanned(
                of,
                format!("`{name}` has a type here and no value: write `{name}: Type = value`"),
            ));
        }
        Some(of)
    } else {
        None
    };
    let value = if input.parse::<Option<Token![=]>>()?.is_some() {
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new(name.span(), format!("`{name} =` needs a value")));
        }
        match generic_type(input) {
            Some(of) => Value::Type(Box::new(of)),
            None => Value::Assigned(Box::new(input.parse()?)),
        }
    } else if input.peek(syn::token::Paren) {
        let group: proc_macro2::Group = input.parse()?;
        Value::List(group.span(), group.stream())
    } else {
        Value::Flag
    };
    Ok(Argument { name, of, value })
}

/// A type with generic arguments, which as an expression would be comparisons.
fn generic_type(input: ParseStream<'_>) -> Option<Type> {
    let fork = input.fork();
    let of: Type = fork.parse().ok()?;
    let Type::Path(path) = &of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    if arguments.colon2_token.is_some() || !(fork.is_empty() || fork.peek(Token![,])) {
        return None;
    }
    input.advance_to(&fork);
    Some(of)
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _: TokenTree = input.parse()?;
    }
    Ok(())
}

/// What an option takes, and how it is written: for the error that says so.
#[derive(Clone, Copy)]
pub(crate) struct Usage(pub(crate) &'static str, pub(crate) &'static str);

impl Argument {
    pub(crate) fn wrong(&self, usage: Usage) -> Error {
        let message = format!("`{}` takes {}: write `{}`", self.name, usage.0, usage.1);
        match &self.value {
            Value::Flag => Error::new(self.name.span(), message),
            Value::Assigned(value) => Error::new_spanned(value, message),
            Value::Type(value) => Error::new_spanned(value, message),
            Value::List(span, _) => Error::new(*span, message),
        }
    }

    /// Only some options say the type of their value.
    fn untyped(&self, usage: Usage) -> syn::Result<&Value> {
        match &self.of {
            None => Ok(&self.value),
            Some(of) => {
                let message = format!("`{}` does not say a type: write `{}`", self.name, usage.1);
                Err(Error::new_spanned(of, message))
            }
        }
    }

    pub(crate) fn is_flag(&self) -> bool {
        self.of.is_none() && matches!(self.value, Value::Flag)
    }

    pub(crate) fn flag(&self, usage: Usage) -> syn::Result<()> {
        match self.untyped(usage)? {
            Value::Flag => Ok(()),
            _ => Err(self.wrong(usage)),
        }
    }

    pub(crate) fn expression(&self, usage: Usage) -> syn::Result<&Expr> {
        match self.untyped(usage)? {
            Value::Assigned(value) => Ok(value),
            _ => Err(self.wrong(usage)),
        }
    }

    /// `name = value` or `name: Type = value`.
    pub(crate) fn typed_expression(&self, usage: Usage) -> syn::Result<(Option<&Type>, &Expr)> {
        match &self.value {
            Value::Assigned(value) => Ok((self.of.as_ref(), value)),
            _ => Err(self.wrong(usage)),
        }
    }

    /// A closure or the path of a function.
    pub(crate) fn callable(&self, usage: Usage) -> syn::Result<Expr> {
        let value = self.expression(usage)?;
        if is_callable(value) { Ok(value.clone()) } else { Err(self.wrong(usage)) }
    }

    pub(crate) fn type_name(&self, usage: Usage) -> syn::Result<Type> {
        match self.untyped(usage)? {
            Value::Type(of) => Ok((**of).clone()),
            Value::Assigned(value) => match ungrouped(value) {
                Expr::Path(path) => Ok(Type::Path(TypePath {
                    attrs: Vec::new(),
                    qself: path.qself.clone(),
                    path: path.path.clone(),
                })),
                _ => Err(self.wrong(usage)),
            },
            _ => Err(self.wrong(usage)),
        }
    }

    pub(crate) fn list(&self, usage: Usage) -> syn::Result<&TokenStream> {
        match self.untyped(usage)? {
            Value::List(_, list) => Ok(list),
            _ => Err(self.wrong(usage)),
        }
    }

    /// Names of arguments of the function.
    pub(crate) fn names(&self, usage: Usage) -> syn::Result<Vec<Ident>> {
        let list = self.list(usage)?;
        let parse = |input: ParseStream<'_>| {
            Punctuated::<Ident, Token![,]>::parse_terminated_with(input, |input| input.call(Ident::parse_any))
        };
        let names = parse.parse2(list.clone()).map_err(|error| {
            Error::new(error.span(), format!("expected the name of an argument, as in `{}`", usage.1))
        })?;
        if names.is_empty() {
            return Err(self.wrong(usage));
        }
        Ok(names.into_iter().collect())
    }

    fn literal(&self, usage: Usage) -> syn::Result<&Lit> {
        match ungrouped(self.expression(usage)?) {
            Expr::Lit(ExprLit { lit, .. }) => Ok(lit),
            _ => Err(self.wrong(usage)),
        }
    }

    pub(crate) fn string(&self, usage: Usage) -> syn::Result<(String, Span)> {
        match self.literal(usage)? {
            Lit::Str(text) => Ok((text.value(), text.span())),
            _ => Err(self.wrong(usage)),
        }
    }

    pub(crate) fn integer(&self, usage: Usage) -> syn::Result<(usize, Span)> {
        match self.literal(usage)? {
            Lit::Int(number) => Ok((number.base10_parse()?, number.span())),
            _ => Err(self.wrong(usage)),
        }
    }

    /// A duration in quotes, or an expression that makes one.
    pub(crate) fn time(&self, usage: Usage) -> syn::Result<Time> {
        match ungrouped(self.expression(usage)?) {
            Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => self.duration(usage).map(Time::Known),
            Expr::Lit(_) => Err(self.wrong(usage)),
            value => Ok(Time::Computed(Box::new(value.clone()))),
        }
    }

    pub(crate) fn duration(&self, usage: Usage) -> syn::Result<Duration> {
        let (text, span) = self.string(usage)?;
        parse_duration(&text).map_err(|why| {
            Error::new(span, format!("`{text}` is not a duration: {why}\nwrite a number and a unit, as in `{}`; the units are ns, us, ms, s, m, h and d", usage.1))
        })
    }

    /// An absolute path to the crate, for dependencies under another name.
    pub(crate) fn crate_path(&self, usage: Usage) -> syn::Result<Path> {
        let path = match ungrouped(self.expression(usage)?) {
            Expr::Path(path) if path.qself.is_none() => &path.path,
            _ => return Err(self.wrong(usage)),
        };
        let first = path.segments.first().map(|first| first.ident.to_string());
        let absolute = path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate"));
        if absolute {
            return Ok(path.clone());
        }
        let written = path.to_token_stream().to_string().replace(' ', "");
        Err(Error::new_spanned(
            path,
            format!(
                "this path must be absolute, so that it means the same in every module: write `crate = ::{written}`"
            ),
        ))
    }
}

pub(crate) enum Time {
    Known(Duration),
    Computed(Box<Expr>),
}

/// The path that expansions go through. One that the user gave keeps its own place: it may begin with `$crate`.
pub(crate) fn private(krate: Option<&Path>, at: Span) -> TokenStream {
    let default = || quote_spanned! {at=> ::fujita::__private };
    krate.map_or_else(default, |krate| quote_spanned! {at=> #krate::__private })
}

/// The path that `crate = ` gives among the arguments of an attribute, if it is there and right.
pub(crate) fn crate_of(tokens: &TokenStream) -> Option<Path> {
    let arguments = arguments(tokens.clone(), &mut Errors::default());
    let krate = arguments.iter().find(|argument| argument.name == "crate")?;
    krate.crate_path(Usage("a path", "crate = ::fujita")).ok()
}

/// An expression without the invisible groups of `macro_rules`.
pub(crate) fn ungrouped(mut of: &Expr) -> &Expr {
    while let Expr::Group(group) = of {
        of = &group.expr;
    }
    of
}

/// A value and where it was set.
#[derive(Clone)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) name: Span,
}

/// Sets an option unless it was set before.
pub(crate) fn set<T>(slot: &mut Option<Set<T>>, name: &Ident, value: syn::Result<T>, errors: &mut Errors) {
    if slot.is_some() {
        errors.push(name.span(), format!("`{name}` is written twice: leave one of them out"));
        return;
    }
    match value {
        Ok(value) => *slot = Some(Set { value, name: name.span() }),
        Err(error) => errors.add(error),
    }
}

/// For a name that no option has.
pub(crate) fn unknown(name: &Ident, attribute: &str, known: &[&str]) -> Error {
    let written = name.unraw().to_string();
    let message = match nearest(&written, known) {
        Some(near) => format!("`#[{attribute}]` has no option `{written}`, did you mean `{near}`?"),
        None => format!("`#[{attribute}]` has no option `{written}`; it has {}", known.join(", ")),
    };
    Error::new(name.span(), message)
}

/// The known name that `written` may have been meant to be.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, near) = known.iter().map(|known| (distance(written, known), *known)).min()?;
    (distance <= 1 + near.len() / 3 && distance < near.len()).then_some(near)
}

/// Edits from one word to the other, a swap of neighbours counting as one (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

/// `500ms`, `1.5s`, `1m 30s`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".into());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let letters = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        if number.is_empty() {
            return Err(format!("`{rest}` does not begin with a number"));
        }
        let nanos: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" | "sec" | "secs" => 1_000_000_000,
            "m" | "min" | "mins" => 60_000_000_000,
            "h" | "hr" | "hrs" => 3_600_000_000_000,
            "d" | "day" | "days" => 86_400_000_000_000,
            "" => return Err(format!("`{number}` has no unit")),
            other => return Err(format!("`{other}` is not a unit of time")),
        };
        let part =
            scale(&number.replace('_', ""), nanos).ok_or_else(|| format!("`{number}` is not a number"))?;
        total = total.checked_add(part).ok_or("it is too long")?;
        rest = behind.trim_start();
    }
    Ok(total)
}

/// `number` times `nanos`, exactly: whole and fractional digits apart.
fn scale(number: &str, nanos: u64) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let digits: u128 = format!("0{whole}{fraction}").parse().ok()?;
    let total = digits.checked_mul(u128::from(nanos))? / 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let (seconds, rest) = (total / 1_000_000_000, total % 1_000_000_000);
    Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(rest).ok()?))
}

/// Whether the expression can be called: a closure, or the path of a function.
pub(crate) fn is_callable(value: &Expr) -> bool {
    matches!(ungrouped(value), Expr::Closure(_) | Expr::Path(_))
}

/// The arguments of an attribute as it was written on an item: `#[name]` or `#[name(...)]`.
pub(crate) fn of_attribute(attribute: &syn::Attribute, name: &str) -> syn::Result<TokenStream> {
    match &attribute.meta {
        syn::Meta::Path(_) => Ok(TokenStream::new()),
        syn::Meta::List(list) if matches!(list.delimiter, syn::MacroDelimiter::Paren(_)) => {
            Ok(list.tokens.clone())
        }
        other => Err(Error::new(
            other.span(),
            format!("write the options in parentheses: `#[{name}(name = \"...\")]`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{distance, parse_duration};

    #[test]
    fn durations() {
        for (text, nanos) in [
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("0.25us", 250),
            ("1m 30s", 90_000_000_000),
            ("1m30s", 90_000_000_000),
            ("2 h", 7_200_000_000_000),
            ("10µs", 10_000),
            ("1_000ns", 1_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        assert_eq!(parse_duration("365000d"), Ok(Duration::from_secs(365_000 * 86_400)));
        for bad in ["", "10", "ms", "10 parsecs", "1..5s", ".s", "-1s", "1s,2s", "999999999999999999999d"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!(distance("in_flihgt", "in_flight"), 1);
        assert_eq!(distance("slow_pol", "slow_poll"), 1);
        assert_eq!(distance("", "log"), 3);
    }
}
