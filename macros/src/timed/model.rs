//! What the options mean for this function: the only place that judges them.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr, Path};

use super::options::{Label, LabelValue, Level, Options};
use crate::function::Function;
use crate::options::Errors;

/// Label names with a meaning of their own.
const RESERVED: [&str; 8] = ["function", "module", "result", "error", "cache", "le", "quantile", "job"];

/// The names of the other metrics.
const TAKEN: [&str; 3] = ["function_in_flight", "function_busy_seconds", "function_slow_polls_total"];

/// A judged `#[timed]`: its expansion cannot fail.
pub(crate) struct Timed {
    pub(crate) metric: Option<String>,
    pub(crate) function: Option<String>,
    pub(crate) labels: Vec<Label>,
    pub(crate) max_label_sets: Option<usize>,
    pub(crate) ok_if: Option<Expr>,
    pub(crate) error_kind: Option<Expr>,
    pub(crate) in_flight: bool,
    pub(crate) busy: bool,
    pub(crate) slow_poll: Option<u64>,
    pub(crate) slow: Option<u64>,
    pub(crate) log: Option<Level>,
    pub(crate) krate: Option<Path>,
    /// The names of all layers of the function, outermost first.
    pub(crate) layers: Vec<&'static str>,
}

/// `None` when there is nothing to expand, or errors to report.
pub(crate) fn judge(
    options: Options,
    function: &Function,
    layers: &[&'static str],
    errors: &mut Errors,
) -> Option<Timed> {
    judge_function(&options, function, errors);
    judge_options(&options, errors);
    judge_fit(&options, function, errors);
    if !errors.is_empty() || cfg!(feature = "timed-off") {
        return None;
    }
    let nanos = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    Some(Timed {
        metric: options.name.map(|name| name.value.0),
        function: options.function.map(|function| function.value.0),
        labels: options.labels.map(|labels| labels.value).unwrap_or_default(),
        max_label_sets: options.max_label_sets.map(|most| most.value.0),
        ok_if: options.ok_if.map(|ok_if| ok_if.value),
        error_kind: options.error_kind.map(|error_kind| error_kind.value),
        in_flight: options.in_flight.is_some(),
        busy: options.busy.is_some(),
        slow_poll: options.slow_poll.map(|limit| nanos(limit.value)),
        slow: options.slow.map(|limit| nanos(limit.value)),
        log: options.log.map(|level| level.value),
        krate: options.krate.map(|path| path.value),
        layers: layers.to_vec(),
    })
}

impl Options {
    /// For the attribute on an `impl`, `trait` or `mod` block.
    pub(crate) fn judge_for_block(&self, errors: &mut Errors) {
        judge_options(self, errors);
        if let Some(function) = &self.function {
            errors.push(function.name, "every function of the block would have this one label: write `function` on a single function");
        }
        if let Some(skip) = &self.skip {
            errors.push(
                skip.name,
                "`skip` leaves one function of a block out: write `#[timed(skip)]` on that function",
            );
        }
        for label in self.labels.iter().flat_map(|labels| &labels.value) {
            if let LabelValue::Expression(value) = &label.value {
                errors.push_at(value, "the functions of a block have different arguments: write this label on a single function, or give it a string");
            }
        }
    }
}

fn judge_function(options: &Options, function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.push(constness.span, "a `const fn` may run in the compiler, where there is nothing to measure\nmove its body into a `fn` of its own and put `#[timed]` there, or take `const` off");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push_at(variadic, "a function with C-variadic arguments cannot be measured: put `#[timed]` on a function that calls it");
    }
    if function.body.is_none() {
        errors.push_at(&signature.ident, "this function has no body to measure: put `#[timed]` on its implementations, or give it a default body");
    }
    if let Some(skip) = &options.skip {
        errors.push(
            skip.name,
            "`skip` has a meaning only inside a block with `#[timed]`: here, take the attribute off",
        );
    }
}

/// Mistakes that do not depend on the function.
fn judge_options(options: &Options, errors: &mut Errors) {
    if let Some(name) = &options.name {
        let (name, span) = &name.value;
        if let Err(why) = check_metric_name(name) {
            errors.push(*span, why);
        }
    }
    if let Some(function) = options.function.as_ref().filter(|function| function.value.0.trim().is_empty()) {
        errors.push(
            function.value.1,
            "the label `function` must not be empty: write a name, or leave `function` out",
        );
    }
    if let Some(labels) = &options.labels {
        judge_labels(&labels.value, labels.name, errors);
    }
    if let Some(most) = &options.max_label_sets {
        let dynamic = |label: &Label| matches!(label.value, LabelValue::Expression(_));
        if most.value.0 == 0 {
            errors.push(most.value.1, "`max_label_sets = 0` would leave no label its value: write at least 1, or leave the labels out");
        } else if !options.labels.as_ref().is_some_and(|labels| labels.value.iter().any(dynamic)) {
            errors.push(most.name, "`max_label_sets` limits labels with changing values, and there are none: add `labels(name = expression)` or leave it out");
        }
    }
}

fn check_metric_name(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.');
    if name.is_empty() {
        return Err("the name of a metric must not be empty: write `name = \"my_duration_seconds\"`".into());
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!(
            "`{name}` begins with a digit, which Prometheus does not allow in the name of a metric"
        ));
    }
    if let Some(bad) = name.chars().find(|c| !good(*c)) {
        return Err(format!(
            "`{bad}` cannot stand in the name of a metric: use letters, digits, `_`, `:` and `.`"
        ));
    }
    if TAKEN.contains(&name) {
        return Err(format!("`{name}` is a metric of its own with another meaning: choose another name"));
    }
    Ok(())
}

fn judge_labels(labels: &[Label], span: Span, errors: &mut Errors) {
    if labels.is_empty() && errors.is_empty() {
        errors.push(span, "`labels` is empty: write `labels(route = \"search\")`, or leave it out");
    }
    for (index, label) in labels.iter().enumerate() {
        let name = crate::function::plain_name(&label.name);
        if RESERVED.contains(&name.as_str()) {
            errors
                .push(label.name.span(), format!("the label `{name}` is set by others: choose another name"));
        }
        if labels[..index].iter().any(|other| other.name == label.name) {
            errors.push(
                label.name.span(),
                format!("the label `{name}` is written twice: leave one of them out"),
            );
        }
    }
}

/// Options that this function cannot have.
fn judge_fit(options: &Options, function: &Function, errors: &mut Errors) {
    if !function.makes_future() {
        let help = "only futures are polled, and this function does not make one: use it on an `async fn`, or leave it out";
        if let Some(busy) = &options.busy {
            errors.push(busy.name, format!("`busy` records the time inside polls; {help}"));
        }
        if let Some(slow_poll) = &options.slow_poll {
            errors.push(slow_poll.name, format!("`slow_poll` watches the length of polls; {help}"));
        }
    }
    if function.returns_nothing() {
        let output = &function.signature.output;
        let returned = match output {
            syn::ReturnType::Default => "()".to_owned(),
            syn::ReturnType::Type(_, returned) => quote!(#returned).to_string(),
        };
        let tell = |what: &str| {
            format!(
                "`{what}` looks at the returned value, and this function returns `{returned}`: leave it out"
            )
        };
        if let Some(ok_if) = &options.ok_if {
            errors.push(ok_if.name, tell("ok_if"));
        }
        if let Some(error_kind) = &options.error_kind {
            errors.push(error_kind.name, tell("error_kind"));
        }
    }
}
