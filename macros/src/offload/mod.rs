//! `#[offload]`.

mod asked;
mod borrowed;
pub(crate) mod expand;
pub(crate) mod model;
mod options;
mod sibling;
mod this;

pub(crate) use options::Options;
