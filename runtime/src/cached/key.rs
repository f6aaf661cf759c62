//! Keys: what a cache owns, and the borrowed view of it that a hit is looked up by.
//!
//! `(&str, u32)` and `(String, u32)` hash alike, but `Borrow` cannot be written for tuples. So a call is looked up by a
//! [`View`] of its arguments, with [`Equivalent`] to compare and, on a miss alone, a copy to own.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use moka::Equivalent;

/// What the keys of a cache must be.
///
/// Implemented for every type that is `Hash`, `Eq`, `Clone`, `Send`, `Sync` and `'static`; nothing else is needed.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

impl<T: Hash + Eq + Clone + Send + Sync + 'static> Key for T {}

/// Says once, at the user's own type, what a part of a key lacks.
///
/// That it must be `'static` is not asked here: of that the compiler says the same in any case.
#[inline]
pub const fn check_key<K: KeyPart>() {}

/// What [`Key`] asks of one part of it, but for `'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "cannot be part of a key",
    note = "a key needs `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing",
    note = "or leave the argument out with `skip(name)`, or say what tells calls apart with `key = expression`"
)]
pub trait KeyPart: Hash + Eq + Clone + Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync> KeyPart for T {}

/// As [`check_key`], of a part `K` that is made with the `ToOwned` of all types in the list `L`.
///
/// Without those the compiler has said what is missing where it made sense of the type.
#[derive(Debug)]
pub struct Lent<L, K>(PhantomData<fn() -> (L, K)>);

impl<L, K> Lent<L, K> {
    pub const NEW: Self = Self(PhantomData);
}

impl<L: Lendable, K> Lent<L, K> {
    #[inline]
    pub const fn __fujita_check(self)
    where
        K: KeyPart,
    {
    }
}

/// Any list.
pub trait AnyLent: Sized {
    #[inline]
    fn __fujita_check(self) {}
}

impl<L, K> AnyLent for Lent<L, K> {}

/// A list of types that all have `ToOwned`.
pub trait Lendable {}

impl Lendable for () {}

impl<T: ToOwned + ?Sized, L: Lendable> Lendable for (PhantomData<T>, L) {}

/// As [`check_key`], of an element of `key = expression`, which it returns.
#[inline]
pub const fn part<T: KeyView + ?Sized>(part: &T) -> &T {
    part
}

/// What can be looked at as a part of a key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "cannot be part of a key",
    note = "a key needs `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing",
    note = "or write something else that tells calls apart, such as an id, a `to_string()` or the `to_bits()` of a float"
)]
pub trait KeyView: Hash + Eq + ToOwned {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + ToOwned<Owned: KeyPart> + ?Sized> KeyView for T {}

/// As [`check_key`], of what is returned.
#[inline]
pub const fn check_value<V: Keepable>() {}

/// As [`check_value`], of a type that may well be an alias of a `Result`.
#[inline]
pub const fn check_alias<V: KeepableAlias>() {}

/// As [`Keepable`], with a hint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache",
    label = "cannot be cached",
    note = "a hit returns a clone, on any thread: the value needs `Clone + Send + Sync + 'static`",
    note = "derive `Clone`, or return an `Arc` of it; if this is an alias of a `Result`, write the `Result<..>` out, and only what is `Ok` is kept"
)]
pub trait KeepableAlias: Clone + Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync> KeepableAlias for T {}

/// What [`Value`] asks, but for `'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache",
    label = "cannot be cached",
    note = "a hit returns a clone, on any thread: the value needs `Clone + Send + Sync + 'static`",
    note = "derive `Clone`, or return an `Arc` of it"
)]
pub trait Keepable: Clone + Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync> Keepable for T {}

/// As [`check_key`], of what a body borrows that may go on behind its call.
#[inline]
pub const fn check_copied<T: Copied + ?Sized>() {}

/// What can be copied for such a body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied for a body that goes on after its call is over",
    label = "cannot be copied",
    note = "`stale_while_revalidate` copies what is borrowed: derive `Clone`, or take an `Arc` of it by value"
)]
pub trait Copied: ToOwned {}

#[diagnostic::do_not_recommend]
impl<T: ToOwned + ?Sized> Copied for T {}

/// As [`check_key`], of `hasher`.
#[inline]
pub const fn check_hasher<S: Hasher>() {}

/// A hasher for a cache.
#[inline]
#[must_use]
pub fn new_hasher<S: Hasher>() -> S {
    S::default()
}

/// What `hasher` must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hash the keys of a cache",
    label = "not a `BuildHasher` that a cache can own",
    note = "`hasher` takes a type that is `BuildHasher + Default + Clone + Send + Sync + 'static`, as in `hasher = ahash::RandomState`"
)]
pub trait Hasher: BuildHasher + Default + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<S: BuildHasher + Default + Clone + Send + Sync + 'static> Hasher for S {}

/// What the values of a cache must be.
///
/// Implemented for every type that is `Clone`, `Send`, `Sync` and `'static`; nothing else is needed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache",
    label = "cannot be cached",
    note = "a hit returns a clone, on any thread: the value needs `Clone + Send + Sync + 'static`",
    note = "derive `Clone`, or return an `Arc` of it"
)]
pub trait Value: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Value for T {}

/// The arguments of one call, as [`find`](super::find) takes them: a part, or a tuple of parts.
#[derive(Debug, Hash)]
pub struct View<T>(pub T);

/// A borrowed form of a key, which hashes as the key does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "cannot be part of a key",
    note = "a key needs `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing",
    note = "or leave it out of the `key`"
)]
pub trait Parts: Hash {
    type Owned;
    fn is(&self, key: &Self::Owned) -> bool;
    fn to_key(&self) -> Self::Owned;
}

impl<T: Parts> Equivalent<T::Owned> for View<T> {
    #[inline]
    fn equivalent(&self, key: &T::Owned) -> bool {
        self.0.is(key)
    }
}

#[diagnostic::do_not_recommend]
impl<B: ?Sized + Hash + Eq + ToOwned> Parts for &B {
    type Owned = B::Owned;

    #[inline]
    fn is(&self, key: &B::Owned) -> bool {
        **self == *key.borrow()
    }

    #[inline]
    fn to_key(&self) -> B::Owned {
        (**self).to_owned()
    }
}

impl<A: Parts> Parts for Option<A> {
    type Owned = Option<A::Owned>;

    #[inline]
    fn is(&self, key: &Self::Owned) -> bool {
        match (self, key) {
            (Some(part), Some(key)) => part.is(key),
            (None, None) => true,
            _ => false,
        }
    }

    #[inline]
    fn to_key(&self) -> Self::Owned {
        self.as_ref().map(Parts::to_key)
    }
}

impl<A: Parts, B: Parts> Parts for Result<A, B> {
    type Owned = Result<A::Owned, B::Owned>;

    #[inline]
    fn is(&self, key: &Self::Owned) -> bool {
        match (self, key) {
            (Ok(part), Ok(key)) => part.is(key),
            (Err(part), Err(key)) => part.is(key),
            _ => false,
        }
    }

    #[inline]
    fn to_key(&self) -> Self::Owned {
        self.as_ref().map(Parts::to_key).map_err(Parts::to_key)
    }
}

/// A slice of borrowed parts, for arguments such as `&[&str]`.
#[derive(Debug)]
pub struct Each<'a, A>(pub &'a [A]);

impl<A: Hash> Hash for Each<'_, A> {
    #[inline]
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<A: Parts> Parts for Each<'_, A> {
    type Owned = Vec<A::Owned>;

    #[inline]
    fn is(&self, key: &Self::Owned) -> bool {
        self.0.len() == key.len() && self.0.iter().zip(key).all(|(part, key)| part.is(key))
    }

    #[inline]
    fn to_key(&self) -> Self::Owned {
        self.0.iter().map(Parts::to_key).collect()
    }
}

/// A slice whose elements have to be looked at one by one, for arguments such as `&[(&str, u32)]`.
#[derive(Debug)]
pub struct EachBy<'a, A, F>(&'a [A], F);

impl<'a, A, P: Parts, F: Fn(&'a A) -> P> EachBy<'a, A, F> {
    /// A function, so that a closure which is written there knows what it is given.
    #[inline]
    pub const fn new(all: &'a [A], by: F) -> Self {
        Self(all, by)
    }
}

impl<'a, A, P: Parts, F: Fn(&'a A) -> P> Hash for EachBy<'a, A, F> {
    #[inline]
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        hash_length(self.0.len(), state);
        self.0.iter().for_each(|part| (self.1)(part).hash(state));
    }
}

impl<'a, A, P: Parts, F: Fn(&'a A) -> P> Parts for EachBy<'a, A, F> {
    type Owned = Vec<P::Owned>;

    #[inline]
    fn is(&self, key: &Self::Owned) -> bool {
        self.0.len() == key.len() && self.0.iter().zip(key).all(|(part, key)| (self.1)(part).is(key))
    }

    #[inline]
    fn to_key(&self) -> Self::Owned {
        self.0.iter().map(|part| (self.1)(part).to_key()).collect()
    }
}

/// As [`EachBy`], for arrays.
#[derive(Debug)]
pub struct ArrayBy<'a, A, F, const N: usize>(&'a [A; N], F);

impl<'a, A, P: Parts, F: Fn(&'a A) -> P, const N: usize> ArrayBy<'a, A, F, N> {
    /// As [`EachBy::new`].
    #[inline]
    pub const fn new(all: &'a [A; N], by: F) -> Self {
        Self(all, by)
    }
}

impl<'a, A, P: Parts, F: Fn(&'a A) -> P, const N: usize> Hash for ArrayBy<'a, A, F, N> {
    #[inline]
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        hash_length(N, state);
        self.0.iter().for_each(|part| (self.1)(part).hash(state));
    }
}

impl<'a, A, P: Parts, F: Fn(&'a A) -> P, const N: usize> Parts for ArrayBy<'a, A, F, N> {
    type Owned = [P::Owned; N];

    #[inline]
    fn is(&self, key: &Self::Owned) -> bool {
        self.0.iter().zip(key).all(|(part, key)| (self.1)(part).is(key))
    }

    #[inline]
    fn to_key(&self) -> Self::Owned {
        std::array::from_fn(|index| (self.1)(&self.0[index]).to_key())
    }
}

/// What a slice's hash begins with, which a hasher may have a way of its own for.
#[inline]
fn hash_length<H: std::hash::Hasher>(length: usize, state: &mut H) {
    const NOTHING: &[()] = &[(); usize::MAX];
    NOTHING[..length].hash(state);
}

impl Parts for () {
    type Owned = ();

    #[inline]
    fn is(&self, (): &()) -> bool {
        true
    }

    #[inline]
    fn to_key(&self) {}
}

macro_rules! tuples {
    ($($part:ident $index:tt),+) => {
        impl<$($part: Parts),+> Parts for ($($part,)+) {
            type Owned = ($($part::Owned,)+);

            #[inline]
            fn is(&self, key: &Self::Owned) -> bool {
                $(self.$index.is(&key.$index))&&+
            }

            #[inline]
            fn to_key(&self) -> Self::Owned {
                ($(self.$index.to_key(),)+)
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// A type, told from an expression that is never evaluated.
#[derive(Debug)]
pub struct KeyOf<K>(PhantomData<fn() -> K>);

impl<K> KeyOf<K> {
    pub const NEW: Self = Self(PhantomData);
}

/// The type of what `never` would return.
pub fn key_of<A, K>(never: impl FnOnce(A) -> K) -> KeyOf<K> {
    drop(never);
    KeyOf::NEW
}

/// One element of `key = expression`, whose type is not known from tokens.
#[derive(Debug)]
pub struct Of<'a, T: ?Sized>(pub &'a T);

impl<'b, U: ?Sized> Of<'_, &'b U> {
    /// An expression that is itself a borrow is viewed as what it borrows.
    #[inline]
    #[must_use]
    pub const fn __fujita_part(&self) -> &'b U {
        self.0
    }
}

/// Everything that is not a borrow.
pub trait AnyPart<'a, T: ?Sized> {
    fn __fujita_part(&self) -> &'a T;
}

impl<'a, T: ?Sized> AnyPart<'a, T> for Of<'a, T> {
    #[inline]
    fn __fujita_part(&self) -> &'a T {
        self.0
    }
}
