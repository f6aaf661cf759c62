//! Caches for sync code, and what `#[cached]` puts behind a sync function.

use super::find;
use super::settle::settle;
use super::shape::{OkOnly, Sharing, SomeOnly, Whole, never_err, no_sharing};

super::handle::cache!("sync");

/// A cache that blocks those who wait for a load. A clone is another handle on the same cache.
///
/// The names are those of [`moka::sync::Cache`](https://docs.rs/moka/latest/moka/sync/struct.Cache.html). What moka has not:
/// old values while a new one is loaded, tags, statistics, errors without an `Arc`, and an
/// invalidation that wins over every load that began before it.
///
/// ```
/// use fujita::sync::Cache;
///
/// let users = Cache::builder("users").max_capacity(1_000).build();
/// let name = users.get_with(7, || String::from("Ada"));
/// assert_eq!(name, "Ada");
/// assert_eq!(users.get(&7).as_deref(), Some("Ada"));
/// users.invalidate(&7);
/// assert_eq!(users.get(&7), None);
/// ```
pub struct Cache<K, V, S = RandomState>(Arc<Core<K, V, S>>);

#[expect(clippy::needless_pass_by_value, reason = "as moka takes it")]
impl<K, V, S> Cache<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    /// The value for a key: fresh, or within `stale_while_revalidate`. Counted as a request.
    #[must_use]
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.0.get(key)
    }

    /// The value for a key, loaded by `init` if there is none. However many ask for one key at a time, one of them loads.
    ///
    /// # Panics
    /// As `init` does, for its own caller alone; and if `init` asks for the same key.
    pub fn get_with(&self, key: K, init: impl FnOnce() -> V) -> V {
        settle(find(&self.0, View(&key)), Whole(never_err), init)
    }

    /// As [`get_with`](Self::get_with), for loads that can fail: errors are not kept, and each goes to the caller whose load
    /// it was; those who waited for that load try in turn.
    ///
    /// # Errors
    /// What `init` returns.
    pub fn try_get_with<E>(&self, key: K, init: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        settle(find(&self.0, View(&key)), OkOnly(no_sharing()), init)
    }

    /// As [`try_get_with`](Self::try_get_with), and those who waited for a load that fails get a clone of its error.
    ///
    /// # Errors
    /// What `init` returns.
    pub fn try_get_with_shared<E>(&self, key: K, init: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        E: Clone + Send + 'static,
    {
        settle(find(&self.0, View(&key)), OkOnly(Some(Sharing::BY_CLONE)), init)
    }

    /// As [`get_with`](Self::get_with), for loads that may find nothing: `None` is not kept.
    pub fn optionally_get_with(&self, key: K, init: impl FnOnce() -> Option<V>) -> Option<V> {
        settle(find(&self.0, View(&key)), SomeOnly, init)
    }

    /// Puts a value in. A load of the key that is under way does not overwrite it.
    pub fn insert(&self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// Removes a key. A load of it that is under way does not put its value back, and nobody joins it any more.
    pub fn invalidate<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        self.0.invalidate(key);
    }

    /// As [`invalidate`](Self::invalidate), and returns the value if it was fresh.
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.0.remove(key)
    }

    /// Evicts at once what is to be evicted.
    pub fn run_pending_tasks(&self) {
        self.0.run_pending_tasks();
    }
}
