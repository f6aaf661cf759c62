//! Functions that are clean under every lint of the compiler and of clippy, in every form that `#[timed]` knows.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    // Groups.
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    // Those that are allowed unless asked for.
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    impl_trait_redundant_captures,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    unstable_features,
    unused_crate_dependencies,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    // Clippy, all of it.
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::cargo,
    clippy::restriction
)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    clippy::multiple_crate_versions,
    reason = "not about the code"
)]
#![allow(
    clippy::arbitrary_source_item_ordering,
    clippy::implicit_return,
    clippy::missing_trait_methods,
    clippy::question_mark_used,
    clippy::unused_trait_names,
    reason = "no code can satisfy these together with the rest"
)]
#![cfg_attr(
    feature = "timed-off",
    allow(clippy::missing_const_for_fn, reason = "true as soon as nothing is measured")
)]

pub mod asynchronous;
pub mod blocks;
pub mod cached;
pub mod offloaded;
pub mod sync;
