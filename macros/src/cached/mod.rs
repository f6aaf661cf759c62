//! `#[cached]`.

mod behind;
mod blame;
pub(crate) mod expand;
mod keys;
pub(crate) mod model;
mod options;
mod part;
mod shape;
mod standard;
mod typed;
mod unfit;

pub(crate) use options::Options;
