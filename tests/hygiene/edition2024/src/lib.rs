//! Every name that an expansion could mean is taken by something else.

#![no_implicit_prelude]
#![allow(dead_code, unused_imports, unused_macros)]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]

macro_rules! line {
    ($($any:tt)*) => {
        ::core::compile_error!("line! of the user's")
    };
}
macro_rules! file {
    ($($any:tt)*) => {
        ::core::compile_error!("file! of the user's")
    };
}
macro_rules! module_path {
    ($($any:tt)*) => {
        ::core::compile_error!("module_path! of the user's")
    };
}
macro_rules! submit {
    ($($any:tt)*) => {
        ::core::compile_error!("submit! of the user's")
    };
}
macro_rules! concat {
    ($($any:tt)*) => {
        ::core::compile_error!("concat! of the user's")
    };
}
macro_rules! stringify {
    ($($any:tt)*) => {
        ::core::compile_error!("stringify! of the user's")
    };
}
macro_rules! cfg {
    ($($any:tt)*) => {
        ::core::compile_error!("cfg! of the user's")
    };
}
macro_rules! panic {
    ($($any:tt)*) => {
        ::core::compile_error!("panic! of the user's")
    };
}
macro_rules! unreachable {
    ($($any:tt)*) => {
        ::core::compile_error!("unreachable! of the user's")
    };
}

/// Modules like crates.
pub mod core {}
pub mod std {}
pub mod alloc {}
pub mod fujita {}
pub mod metrics {}
pub mod tracing {}
pub mod inventory {}

/// Types like those of the standard library, the primitive ones and ours.
pub mod types {
    #[derive(::core::fmt::Debug)]
    pub struct Result;
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Box;
    pub struct Pin;
    pub struct Vec;
    pub struct String;
    pub struct Call;
    pub struct View;
    pub struct Slot;
    pub struct Cache;
    pub struct Builder;
    pub struct Key;
    pub struct Value;
    pub struct Cow;
    pub struct RandomState;
    pub trait ToOwned {}
    pub trait Borrow {}
    pub fn find() {}
    pub fn settle() {}
    pub struct Site;
    pub struct Offload;
    pub struct Kind;
    pub struct Fits;
    pub struct AnyFits;
    pub struct Argument;
    pub struct OffloadError;
    pub trait Refusable {}
    pub fn run() {}
    pub fn once() {}
    pub fn carry() {}
    pub fn carried() {}
    pub fn check_argument() {}
    pub struct Entry;
    pub struct Extras;
    pub struct Probe;
    pub struct Outcome;
    pub struct Returned;
    pub struct Timed;
    pub struct Location;
    pub struct Infallible;
    pub trait Future {}
    pub trait IntoFuture {}
    pub trait ToString {}
    pub trait Fn {}
    pub trait FnOnce {}
    pub trait Send {}
    pub trait Sync {}
    pub trait Drop {}
    pub trait Clone {}
    pub struct u8;
    pub struct u32;
    pub struct u64;
    pub struct usize;
    pub struct bool;
    pub struct str;
    pub fn drop() {}
    pub fn panic() {}
    pub fn call_once() {}
    pub fn enter() {}
    pub fn future() {}
}

/// Traits with methods for everything, named like those that expansions call: by value, and by reference.
pub mod traits {
    macro_rules! methods {
        ($($name:ident)*) => {
            pub trait ByValue: ::core::marker::Sized {
                $(fn $name(self) -> crate::types::Result { crate::types::Result })*
            }

            impl<T> ByValue for T {}

            pub trait ByRef {
                $(fn $name(&self) -> crate::types::Result { crate::types::Result })*
            }

            impl<T: ?::core::marker::Sized> ByRef for T {}

            pub trait ByMut {
                $(fn $name(&mut self) -> crate::types::Result { crate::types::Result })*
            }

            impl<T: ?::core::marker::Sized> ByMut for T {}
        };
    }

    methods! {
        outcome finish finish_with poll record get early_return otherwise with_error_kind start close into_future
        new metric function labels max_label_sets is_async fallible in_flight busy slow_poll slow log as_ref
        is_ok is_some map unwrap wrap call call_once enter future error ok_if error_kind place site
        pool of_kind label max_concurrent reject caller_runs detach queue_timeout timeout clone to_owned borrow
    }
}

/// Functions where all types are taken.
pub mod among_types {
    #![allow(clippy::all)]
    #[allow(unused_imports)]
    use crate::types::*;

    include!("functions.rs");
}

/// Functions where all values have the methods.
pub mod among_methods_by_value {
    use crate::traits::ByValue as _;

    include!("functions.rs");
}

/// Functions where all values have the methods.
pub mod among_methods_by_ref {
    use crate::traits::ByRef as _;

    include!("functions.rs");
}

/// Functions where all values have the methods.
pub mod among_methods_by_mut {
    use crate::traits::ByMut as _;

    include!("functions.rs");
}
