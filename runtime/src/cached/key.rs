//! Keys: what a cache owns, and the borrowed view of it that a hit is looked up by.
//!
//! `(&str, u32)` and `(String, u32)` hash alike, but `Borrow` cannot be written for tuples. So a call is looked up by a
//! [`View`] of its arguments, with [`Equivalent`] to compare and, on a miss alone, a copy to own.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use moka::Equivalent;

/// What the keys of a cache must be.
///
/// Implemented for every type that is `Hash`, `Eq`, `Clone`, `Send`, `Sync` and `'static`; nothing else is needed.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

impl<T: Hash + Eq + Clone + Send + Sync + 'static> Key for T {}

/// As [`Key`], for one part of it. What the compiler says of this it does not say again, at the same place, of the parts'
/// and the whole key's `Hash`, `Eq` and so on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "cannot be part of a key",
    note = "a key needs `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing",
    note = "or leave the argument out with `skip(name)`, or say what tells calls apart with `key = expression`"
)]
pub trait KeyPart: Hash + Eq + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync + 'static> KeyPart for T {}

/// Says once, at the user's own type, what is wrong with it.
#[inline]
pub const fn check_key<K: KeyPart>() {}

/// As [`check_key`].
#[inline]
pub const fn check_value<V: Value>() {}

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

/// What a borrowed argument is owned as.
pub type Owned<T> = <T as Borrowed>::Owned;

/// [`ToOwned`], with words of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "cannot be part of a key",
    note = "a key needs `Hash + Eq + Clone + Send + Sync + 'static`: derive what is missing",
    note = "or leave the argument out with `skip(name)`, or say what tells calls apart with `key = expression`"
)]
pub trait Borrowed {
    type Owned;
}

#[diagnostic::do_not_recommend]
impl<T: ToOwned + ?Sized> Borrowed for T {
    type Owned = <T as ToOwned>::Owned;
}

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
    fn hash<H: Hasher>(&self, state: &mut H) {
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
    fn hash<H: Hasher>(&self, state: &mut H) {
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
    fn hash<H: Hasher>(&self, state: &mut H) {
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
fn hash_length<H: Hasher>(length: usize, state: &mut H) {
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

/// The key that a view would be owned as.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as `find` takes it")]
pub fn owned_key<T: Parts>(view: View<T>) -> T::Owned {
    view.0.to_key()
}

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
