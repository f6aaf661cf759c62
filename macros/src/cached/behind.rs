//! The body of a function whose old value may be served while a new one is loaded: it goes on after the call is over, so
//! borrowed arguments are copied for it.

use syn::{FnArg, ReceiverKind};

use super::shape::Returned;
use crate::arguments::bound_names;
use crate::copies::{Copies, borrowed_in};
use crate::function::{Function, mentions, plain_name};
use crate::options::Errors;

pub(super) fn judge(function: &Function, returned: Option<&Returned>, errors: &mut Errors) -> Copies {
    let mut behind = Copies::default();
    let body = function.body.as_ref().map(|body| body.statements.clone()).unwrap_or_default();
    for (index, argument) in function.signature.inputs.iter().enumerate() {
        match argument {
            FnArg::Receiver(receiver) => {
                let is_borrowed = match &receiver.kind {
                    ReceiverKind::Reference(..) => true,
                    ReceiverKind::Typed(_, of) => borrowed_in(of).is_some(),
                    _ => false,
                };
                if is_borrowed && mentions(&body, "self") {
                    errors.push_at(receiver, "`stale_while_revalidate` runs the body after the call is over, when a borrowed `self` is gone\nwrite `self: std::sync::Arc<Self>`, or give the function what it needs of `self` as arguments");
                }
            }
            FnArg::Typed(argument) => {
                if let Some(borrowed) = borrowed_in(&argument.ty)
                    && !behind.copy(index, argument)
                {
                    let name = bound_names(&argument.pat).into_iter().next();
                    let name = name
                        .map_or_else(|| "this argument".into(), |name| format!("`{}`", plain_name(&name)));
                    let instead = if mentions(&borrowed, "dyn") {
                        "take it as an `Arc<dyn Trait + Send + Sync>`"
                    } else {
                        "take it as an owned value, as `&T` or as `Option<&T>`"
                    };
                    errors.push_at(&borrowed, format!("`stale_while_revalidate` runs the body after the call is over, and {name} would be gone by then\n{instead}"));
                }
            }
        }
    }
    if let Some(borrowed) = returned.and_then(|returned| borrowed_in(&returned.of)) {
        errors.push_at(&borrowed, "`stale_while_revalidate` runs the body after the call is over, when there is nothing left to borrow from: return owned values, also in an `Err`");
    }
    behind
}
