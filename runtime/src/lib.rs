//! fujita
pub use fujita_macros::timed;
