//! The attributes of fujita. Use them through the crate `fujita`, whose documentation describes them.
//!
//! Tokens in, tokens out, nothing else: an expansion is one call per layer into `fujita::__private`.

#![forbid(unsafe_code)]

mod arguments;
mod attribute;
mod blame;
mod block;
mod boxed_future;
mod cached;
mod copies;
mod edition;
mod function;
mod leaving;
mod offload;
mod options;
mod plan;
mod returns;
mod site;
mod source;
mod surroundings;
mod timed;

use proc_macro::TokenStream;

/// Records how long a function takes, how often it is called, and how its calls end.
///
/// Every option, with an example each, is on the page [`fujita::docs::timed`](../fujita/docs/timed/index.html).
#[proc_macro_attribute]
pub fn timed(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(plan::Kind::Timed, arguments.into(), item.into()).into()
}

/// Keeps what a function returns and answers the next call with the same arguments from there.
///
/// Every option, with an example each, is on the page [`fujita::docs::cached`](../fujita/docs/cached/index.html).
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(plan::Kind::Cached, arguments.into(), item.into()).into()
}

/// Makes an `async fn` of a function that blocks: its body runs on a pool of threads, and whoever calls it waits for that.
///
/// Every option, with an example each, is on the page [`fujita::docs::offload`](../fujita/docs/offload/index.html).
#[proc_macro_attribute]
pub fn offload(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(plan::Kind::Offload, arguments.into(), item.into()).into()
}
