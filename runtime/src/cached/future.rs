//! Caches for async code, and what `#[cached]` puts behind an async function.

use std::future::{Future, IntoFuture, Ready, ready};

use super::find;
use super::settle_async::settle_async;
use super::shape::{OkOnly, Sharing, SomeOnly, Whole, never_err, no_sharing};

super::handle::cache!("future");

/// A cache whose loads are futures. A clone is another handle on the same cache.
///
/// The names are those of [`moka::future::Cache`](https://docs.rs/moka/latest/moka/future/struct.Cache.html); what it adds is
/// as in [`sync::Cache`](crate::sync::Cache). It needs no particular runtime.
///
/// ```
/// use fujita::future::Cache;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let users = Cache::builder("users").max_capacity(1_000).build();
/// let name = users.get_with(7, async { String::from("Ada") }).await;
/// assert_eq!(name, "Ada");
/// assert_eq!(users.get(&7).await.as_deref(), Some("Ada"));
/// users.invalidate(&7).await;
/// assert_eq!(users.get(&7).await, None);
/// # });
/// ```
pub struct Cache<K, V, S = RandomState>(Arc<Core<K, V, S>>);

/// What is done already. To await it is moka's way of writing it, and no more: nothing here ever waits.
#[derive(Debug, Clone, Copy)]
pub struct Done;

impl IntoFuture for Done {
    type Output = ();
    type IntoFuture = Ready<()>;

    fn into_future(self) -> Ready<()> {
        ready(())
    }
}

impl<K, V, S> Cache<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    /// The value for a key: fresh, or within `stale_while_revalidate`. Counted as a request.
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Ready<Option<V>> {
        ready(self.0.get(key))
    }

    /// The value for a key, loaded by `init` if there is none. However many ask for one key at a time, one of them loads; if
    /// that one is cancelled, another takes over with its own `init`.
    ///
    /// # Panics
    /// As `init` does, for its own caller alone; and if `init` asks for the same key.
    pub async fn get_with(&self, key: K, init: impl Future<Output = V>) -> V {
        settle_async(find(&self.0, View(&key)), Whole(never_err), init).await
    }

    /// As [`get_with`](Self::get_with), for loads that can fail: errors are not kept, and each goes to the caller whose load
    /// it was; those who waited for that load try in turn.
    ///
    /// # Errors
    /// What `init` returns.
    pub async fn try_get_with<E>(&self, key: K, init: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        settle_async(find(&self.0, View(&key)), OkOnly(no_sharing()), init).await
    }

    /// As [`try_get_with`](Self::try_get_with), and those who waited for a load that fails get a clone of its error.
    ///
    /// # Errors
    /// What `init` returns.
    pub async fn try_get_with_shared<E>(
        &self,
        key: K,
        init: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E>
    where
        E: Clone + Send + 'static,
    {
        settle_async(find(&self.0, View(&key)), OkOnly(Some(Sharing::BY_CLONE)), init).await
    }

    /// As [`get_with`](Self::get_with), for loads that may find nothing: `None` is not kept.
    pub async fn optionally_get_with(&self, key: K, init: impl Future<Output = Option<V>>) -> Option<V> {
        settle_async(find(&self.0, View(&key)), SomeOnly, init).await
    }

    /// Puts a value in. A load of the key that is under way does not overwrite it.
    pub fn insert(&self, key: K, value: V) -> Done {
        self.0.insert(key, value);
        Done
    }

    /// Removes a key. A load of it that is under way does not put its value back, and nobody joins it any more.
    pub fn invalidate<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Done {
        self.0.invalidate(key);
        Done
    }

    /// As [`invalidate`](Self::invalidate), and returns the value if it was fresh.
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Ready<Option<V>> {
        ready(self.0.remove(key))
    }

    /// Evicts at once what is to be evicted.
    #[expect(clippy::must_use_candidate, reason = "it is done, awaited or not")]
    pub fn run_pending_tasks(&self) -> Done {
        self.0.run_pending_tasks();
        Done
    }
}
