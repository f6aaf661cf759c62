//! fujita macros
use proc_macro::TokenStream;
/// t
#[proc_macro_attribute]
pub fn timed(_: TokenStream, i: TokenStream) -> TokenStream { i }
