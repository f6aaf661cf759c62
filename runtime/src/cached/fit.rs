//! What expansions ask of the runtime once they have checked their types.
//!
//! Each check is made at the type that it is about, and the compiler, who leaves out what follows from an error only at
//! the very same place, would say it all again here. So what comes after the checks is typed in any case: by the inherent
//! methods if the types are fit, and otherwise by those of the traits, which come second and ask for nothing.

use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::sync::Arc;

use super::core::Core;
use super::join::{Found, find};
use super::key::{Key, Parts, Value, View};
use super::slot::Slot;
use crate::{future, sync};

/// Of a program that did not compile. Should a check ever have missed something, the program ends here, before it runs: the
/// size makes this wait until the type is known, and is never that large.
macro_rules! unfit {
    ($of:ty) => {{
        const {
            assert!(
                size_of::<$of>() == usize::MAX,
                "a type that cannot be cached was not found out: please report this"
            );
        }
        unreachable!()
    }};
}

/// One call: the cache that is asked, and what for.
pub struct Call<'c, K, V, S, Q>(pub &'c Arc<Core<K, V, S>>, pub View<Q>);

impl<'c, K, V, S, Q> Call<'c, K, V, S, Q>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    Q: Parts,
{
    /// As [`find`]. That the key is the cache's is no matter of fitness, and always said.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `find`")]
    pub fn __fujita_find(self) -> Found<'c, K, V, S>
    where
        Q: Parts<Owned = K>,
    {
        find(self.0, self.1)
    }
}

/// Any call.
pub trait AnyCall<'c, K, V, S>: Sized {
    fn __fujita_find(self) -> Found<'c, K, V, S> {
        unfit!(K)
    }
}

impl<'c, K, V, S, Q> AnyCall<'c, K, V, S> for Call<'c, K, V, S, Q> {}

/// The types of a cache that a [`Slot`] is to hold.
#[derive(Debug)]
pub struct Types<K, V, S>(PhantomData<fn(K, V) -> S>);

impl<K, V, S> Types<K, V, S> {
    pub const NEW: Self = Self(PhantomData);
}

macro_rules! slots {
    ($($name:ident $of:ident $kind:ident),*) => {
        impl<K, V, S> Types<K, V, S>
        where
            K: Key,
            V: Value,
            S: BuildHasher + Clone + Send + Sync + 'static,
        {
            $(
                #[inline]
                pub fn $name<F>(self, slot: &'static Slot, build: F) -> &'static $kind::Cache<K, V, S>
                where
                    F: FnOnce($kind::Builder<K, V>) -> $kind::Builder<K, V, S>,
                {
                    slot.$of(build)
                }
            )*
        }

        /// The types of any cache.
        pub trait AnyTypes<K, V, S>: Sized {
            $(
                fn $name<F>(self, _: &'static Slot, _: F) -> &'static $kind::Cache<K, V, S>
                where
                    F: FnOnce($kind::Builder<K, V>) -> $kind::Builder<K, V, S>,
                {
                    unfit!(K)
                }
            )*
        }
    };
}

slots!(
    __fujita_sync sync_cache sync,
    __fujita_future future_cache future,
    __fujita_only_sync only_sync_cache sync,
    __fujita_only_future only_future_cache future
);

impl<K, V, S> AnyTypes<K, V, S> for Types<K, V, S> {}

/// The key that a view would be owned as.
pub struct Owns<Q>(pub View<Q>);

impl<Q: Parts> Owns<Q>
where
    Q::Owned: Key,
{
    pub fn __fujita_key(self) -> Q::Owned {
        self.0.0.to_key()
    }
}

/// Any view; this is the key of an opaque companion then.
pub trait AnyOwns: Sized {
    fn __fujita_key(self) {}
}

impl<Q> AnyOwns for Owns<Q> {}
