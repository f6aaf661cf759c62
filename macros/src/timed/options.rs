//! The options of `#[timed]` as written. Whether they make sense is judged in `model.rs`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Error, Expr, LitStr, Path};

use crate::function::Function;
use crate::options::{self, Argument, Errors, Set, Usage, Value, set};

const NAMES: [&str; 13] = [
    "name",
    "function",
    "labels",
    "max_label_sets",
    "ok_if",
    "error_kind",
    "in_flight",
    "busy",
    "slow_poll",
    "slow",
    "log",
    "crate",
    "skip",
];

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) span: Span,
    pub(crate) name: Option<Set<(String, Span)>>,
    pub(crate) function: Option<Set<(String, Span)>>,
    pub(crate) labels: Option<Set<Vec<Label>>>,
    pub(crate) max_label_sets: Option<Set<(usize, Span)>>,
    pub(crate) ok_if: Option<Set<Expr>>,
    pub(crate) error_kind: Option<Set<Expr>>,
    pub(crate) in_flight: Option<Set<()>>,
    pub(crate) busy: Option<Set<()>>,
    pub(crate) slow_poll: Option<Set<Duration>>,
    pub(crate) slow: Option<Set<Duration>>,
    pub(crate) log: Option<Set<Level>>,
    pub(crate) krate: Option<Set<Path>>,
    pub(crate) skip: Option<Set<()>>,
}

#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) name: Ident,
    pub(crate) value: LabelValue,
}

#[derive(Clone)]
pub(crate) enum LabelValue {
    Literal(LitStr),
    Expression(Box<Expr>),
}

#[derive(Clone, Copy)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Options {
    fn new(span: Span) -> Self {
        Self {
            span,
            name: None,
            function: None,
            labels: None,
            max_label_sets: None,
            ok_if: None,
            error_kind: None,
            in_flight: None,
            busy: None,
            slow_poll: None,
            slow: None,
            log: None,
            krate: None,
            skip: None,
        }
    }

    pub(crate) fn read(span: Span, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::new(span);
        for argument in options::arguments(arguments, errors) {
            options.take(&argument, errors);
        }
        options
    }

    fn take(&mut self, argument: &Argument, errors: &mut Errors) {
        let name = &argument.name;
        match name.unraw().to_string().as_str() {
            "name" => set(
                &mut self.name,
                name,
                argument.string(Usage("a string", "name = \"my_duration_seconds\"")),
                errors,
            ),
            "function" => set(
                &mut self.function,
                name,
                argument.string(Usage("a string", "function = \"checkout\"")),
                errors,
            ),
            "labels" => {
                let usage = Usage("a list in parentheses", "labels(route = \"search\", tenant = tenant.id)");
                let labels = argument.list(usage).map(|list| labels(list, errors));
                set(&mut self.labels, name, labels, errors);
            }
            "max_label_sets" => {
                set(
                    &mut self.max_label_sets,
                    name,
                    argument.integer(Usage("a number", "max_label_sets = 100")),
                    errors,
                );
            }
            "ok_if" => {
                let usage = Usage("a closure over the returned value", "ok_if = |ret| ret.is_some()");
                set(&mut self.ok_if, name, argument.callable(usage), errors);
            }
            "error_kind" => {
                let value = argument
                    .expression(Usage("a function from the error to its kind", "error_kind = MyError::kind"))
                    .cloned();
                set(&mut self.error_kind, name, value, errors);
            }
            "in_flight" => {
                set(&mut self.in_flight, name, argument.flag(Usage("no value", "in_flight")), errors);
            }
            "busy" => set(&mut self.busy, name, argument.flag(Usage("no value", "busy")), errors),
            "slow_poll" => {
                set(
                    &mut self.slow_poll,
                    name,
                    argument.duration(Usage("a duration in quotes", "slow_poll = \"10ms\"")),
                    errors,
                );
            }
            "slow" => set(
                &mut self.slow,
                name,
                argument.duration(Usage("a duration in quotes", "slow = \"500ms\"")),
                errors,
            ),
            "log" => set(&mut self.log, name, level(argument), errors),
            "crate" => {
                set(&mut self.krate, name, argument.crate_path(Usage("a path", "crate = ::fujita")), errors);
            }
            "skip" => set(&mut self.skip, name, argument.flag(Usage("no value", "skip")), errors),
            _ => errors.add(options::unknown(name, "timed", &NAMES)),
        }
    }

    /// The expressions of labels.
    pub(crate) fn label_values(&self) -> TokenStream {
        let labels = self.labels.iter().flat_map(|labels| &labels.value);
        let values = labels.map(|label| match &label.value {
            LabelValue::Literal(_) => TokenStream::new(),
            LabelValue::Expression(value) => value.to_token_stream(),
        });
        values.collect()
    }

    pub(crate) fn krate(&self) -> Option<&Path> {
        self.krate.as_ref().map(|krate| &krate.value)
    }

    pub(crate) fn is_skip(&self) -> bool {
        self.skip.is_some()
    }

    /// The options of the block around `function`, as far as they can apply to it, under its own.
    pub(crate) fn within(block: &Self, own: Option<Self>, function: &Function) -> Self {
        macro_rules! fill {
            ($options:ident, $($option:ident),*) => {
                $(if $options.$option.is_none() { $options.$option.clone_from(&block.$option); })*
            };
        }
        let mut options = own.unwrap_or_else(|| Self::new(block.span));
        fill!(options, name, labels, max_label_sets, in_flight, slow, log, krate);
        if !function.returns_nothing() {
            fill!(options, ok_if);
        }
        if function.looks_fallible() {
            fill!(options, error_kind);
        }
        if function.makes_future() {
            fill!(options, busy, slow_poll);
        }
        options
    }
}

fn level(argument: &Argument) -> syn::Result<Level> {
    let (text, span) = argument.string(Usage("a level in quotes", "log = \"info\""))?;
    match text.as_str() {
        "error" => Ok(Level::Error),
        "warn" => Ok(Level::Warn),
        "info" => Ok(Level::Info),
        "debug" => Ok(Level::Debug),
        "trace" => Ok(Level::Trace),
        _ => Err(Error::new(
            span,
            format!("`{text}` is not a level: write \"error\", \"warn\", \"info\", \"debug\" or \"trace\""),
        )),
    }
}

fn labels(list: &TokenStream, errors: &mut Errors) -> Vec<Label> {
    let arguments = options::arguments(list.clone(), errors);
    let mut labels = Vec::new();
    for argument in arguments {
        let (None, Value::Assigned(value)) = (argument.of, argument.value) else {
            let name = &argument.name;
            errors.push(
                name.span(),
                format!("a label needs a value: write `{name} = \"...\"` or `{name} = expression`"),
            );
            continue;
        };
        let value = match options::ungrouped(&value) {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(text) => LabelValue::Literal(text.clone()),
                _ => LabelValue::Expression(value),
            },
            _ => LabelValue::Expression(value),
        };
        labels.push(Label { name: argument.name, value });
    }
    labels
}
