//! `#[cached]`.

mod behind;
mod blame;
mod check;
pub(crate) mod expand;
mod foreign;
mod keys;
pub(crate) mod model;
mod options;
mod part;
mod shape;
mod standard;
mod typed;
mod unfit;

pub(crate) use options::Options;
