//! What is borrowed, and would be gone while the body runs on another thread: `self`, arguments, the result.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, FnArg, Receiver, ReceiverKind, ReturnType, Type};

use super::options::Options;
use crate::arguments::{bound_names, conditions, is_used, is_variable};
use crate::copies::{Copies, borrowed_in};
use crate::function::{Function, mentions, plain_name};
use crate::options::{Errors, nearest};
use crate::returns::ungrouped;

pub(super) fn judge_receiver(options: &Options, function: &Function, errors: &mut Errors) {
    if options.tries_to_clone
        || options.owned.iter().flat_map(|owned| &owned.value).any(|name| name == "self")
    {
        return;
    }
    let receiver = function.signature.receiver();
    if let Some(clone) = &options.clone_self
        && !options.is_in_place()
    {
        match receiver {
            None => {
                errors.push(clone.name, "this function has no `self` to clone: leave `clone_self` out");
            }
            Some(receiver) if is_shared(receiver) => return,
            Some(receiver) if is_borrowed(receiver) && !is_mutable(receiver) => {
                errors.push_at(receiver, "`clone_self` clones what is behind `&self`: take that, or `self: std::sync::Arc<Self>` and leave `clone_self` out");
                return;
            }
            Some(receiver) if is_borrowed(receiver) => {
                errors.push_at(receiver, "`clone_self` gives the body a clone, and what it writes to that would be lost\ntake `&self`, or `self: std::sync::Arc<Self>` with a lock inside, or write `in_place`");
                return;
            }
            Some(_) => {
                errors.push(clone.name, "`self` is owned here, so the body has it already: leave `clone_self` out, or take `&self`");
            }
        }
    }
    if let Some(receiver) = receiver.filter(|receiver| is_borrowed(receiver) && !options.is_in_place()) {
        let clone = if is_shared(receiver) {
            "\n- `#[offload(clone_self)]`: the body gets a clone, for types that are cheap to clone"
        } else {
            ""
        };
        errors.push_at(receiver, format!("the body runs on another thread, where a borrowed `self` may be gone{clone}\n- `self: std::sync::Arc<Self>`: the caller shares it\n- `#[offload(in_place)]`: the body stays on this thread"));
    }
}

fn is_borrowed(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, of) => borrowed_in(of).is_some(),
        _ => false,
    }
}

/// `&mut self`, `Pin<&mut Self>`.
fn is_mutable(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, of) => mentions(&of.to_token_stream(), "mut"),
        _ => false,
    }
}

/// `&self`.
fn is_shared(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        ReceiverKind::Typed(_, of) => match ungrouped(of) {
            Type::Reference(reference) => {
                reference.mutability.is_none()
                    && matches!(ungrouped(&reference.elem), Type::Path(path) if path.path.is_ident("Self"))
            }
            _ => false,
        },
        _ => false,
    }
}

/// How the borrowed arguments are copied, and what is wrong with those that are there under conditions, to be said under
/// these: only the compiler knows whether they hold.
pub(super) fn judge_arguments(
    options: &Options,
    function: &Function,
    has_sibling: bool,
    errors: &mut Errors,
) -> (Copies, TokenStream) {
    let (mut copies, mut conditional) = (Copies::default(), TokenStream::new());
    if options.is_in_place() || options.tries_to_own {
        return (copies, conditional);
    }
    let mut named = function.clone();
    if has_sibling {
        named.name_arguments();
    }
    let owned = options.owned.as_ref().map(|owned| &owned.value[..]).unwrap_or_default();
    judge_owned(owned, function, errors);
    for (index, (argument, written)) in
        named.signature.inputs.iter().zip(&function.signature.inputs).enumerate()
    {
        let (FnArg::Typed(argument), FnArg::Typed(written)) = (argument, written) else { continue };
        let Some(borrowed) = borrowed_in(&argument.ty) else { continue };
        let name = bound_names(&written.pat).into_iter().next().filter(|_| is_variable(&written.pat));
        let is_owned = name.as_ref().is_some_and(|name| owned.contains(name));
        let mut copy = Copies::default();
        let can_copy = if is_owned { copies.copy(index, argument) } else { copy.copy(index, argument) };
        if is_owned && can_copy {
            continue;
        }
        let called =
            name.as_ref().map_or_else(|| "this argument".into(), |name| format!("`{}`", plain_name(name)));
        let mut message = if is_owned {
            format!(
                "{called} cannot be copied: `owned` is for `&T`, `Option<&T>` and `Cow<T>`, where `T` is owned"
            )
        } else {
            format!("the body runs on another thread, where what {called} borrows may be gone")
        };
        if can_copy {
            let name = name.as_ref().map_or_else(|| "name".into(), plain_name);
            message.push_str("\n- `#[offload(owned(");
            message.push_str(&name);
            message.push_str("))]`: it is copied before, and the body still sees the borrow");
        }
        message +=
            "\n- an owned value, or an `Arc` of it\n- `#[offload(in_place)]`: the body stays on this thread";
        let conditions = conditions(argument);
        if conditions.is_empty() {
            errors.push_at(&borrowed, message);
        } else {
            let error = Error::new_spanned(&borrowed, message).to_compile_error();
            conditional.extend(quote! { #(#conditions)* #error });
        }
    }
    (copies, conditional)
}

/// The names in `owned(...)`.
fn judge_owned(owned: &[Ident], function: &Function, errors: &mut Errors) {
    let typed = function.signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    let typed: Vec<_> = typed.collect();
    let variables: Vec<_> = typed.iter().filter(|argument| is_variable(&argument.pat)).collect();
    let names: Vec<String> = variables
        .iter()
        .flat_map(|argument| bound_names(&argument.pat))
        .map(|name| plain_name(&name))
        .collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    for (index, name) in owned.iter().enumerate() {
        let written = plain_name(name);
        let argument = variables.iter().find(|argument| bound_names(&argument.pat).contains(name));
        if owned[..index].contains(name) {
            errors.push(name.span(), format!("`{written}` is written twice: leave one of them out"));
        } else if let Some(argument) = argument {
            if borrowed_in(&argument.ty).is_none() {
                errors.push(name.span(), format!("`{written}` is owned already: leave it out"));
            }
        } else if written == "self" {
            errors.push(name.span(), "`self` is copied with `clone_self`: write that instead");
        } else if typed.iter().any(|argument| bound_names(&argument.pat).contains(name)) {
            errors.push(name.span(), format!("`{written}` is part of an argument, and arguments are copied whole\ngive the argument a name, and take it apart in the body"));
        } else {
            let message = match (nearest(&written, &known), &known[..]) {
                (Some(near), _) => format!("no argument is called `{written}`, did you mean `{near}`?"),
                (None, []) => format!(
                    "no argument is called `{written}`, and there are none to copy: leave `owned` out"
                ),
                (None, known) => format!("no argument is called `{written}`; there are {}", known.join(", ")),
            };
            errors.push(name.span(), message);
        }
    }
}

pub(super) fn judge_returned(options: &Options, function: &Function, errors: &mut Errors) {
    let ReturnType::Type(_, returned) = &function.signature.output else { return };
    let Some(borrowed) = borrowed_in(returned).filter(|_| !options.is_in_place()) else { return };
    errors.push_at(&borrowed, "what is returned comes from another thread, where there is nothing left to borrow from\n- an owned value, or an `Arc` of it\n- `#[offload(in_place)]`: the body stays on this thread");
}

/// The names of an argument that is no variable and that something outside reads.
pub(super) fn read_in_pattern(argument: &syn::PatType, reads: &TokenStream) -> Option<Ident> {
    if is_variable(&argument.pat) {
        return None;
    }
    bound_names(&argument.pat).into_iter().find(|name| is_used(reads, name))
}
