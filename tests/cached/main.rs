//! `#[cached]` on every kind of function: it compiles, keeps what it should, and its companion is where it should be.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

mod asynchronous;
mod behind;
mod functions;
mod key_expressions;
mod keys;
mod layers;
mod methods;
mod options;
mod traits;
