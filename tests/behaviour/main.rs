//! What is recorded, as seen by recorders that are local to one test.
#![allow(missing_docs, clippy::pedantic)]

mod events;
mod inventory;
mod labels;
mod local_recorders;
mod options;
mod outcome;
