//! `#[timed]`.

pub(crate) mod expand;
pub(crate) mod model;
mod options;

pub(crate) use options::Options;
