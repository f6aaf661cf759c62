//! `#[cached]`.

mod behind;
mod blame;
mod check;
mod companion;
pub(crate) mod expand;
mod foreign;
mod keys;
pub(crate) mod model;
mod options;
mod part;
mod shape;
mod slot;
mod standard;
mod typed;
mod unfit;

pub(crate) use options::Options;
