//! The two kinds of cache: thin handles on the same [`Core`].

/// The methods that both kinds have alike, and those that differ in one word.
macro_rules! cache {
    ($kind:literal) => {
        use std::borrow::Cow;
        use std::fmt;
        use std::hash::{BuildHasher, Hash, RandomState};
        use std::sync::Arc;

        use metrics::SharedString;
        use moka::Equivalent;

        use super::core::Core;
        use super::key::{Key, Value, View};
        use super::stats::Stats;

        /// Builds a [`Cache`]; see its [`builder`](Cache::builder).
        pub type Builder<K, V, S = RandomState> = super::builder::Builder<K, V, S, Kind>;

        #[doc(hidden)]
        #[derive(Debug)]
        pub enum Kind {}

        impl super::builder::Kind for Kind {
            type Cache<K, V, S> = Cache<K, V, S>;

            fn handle_on<K, V, S>(core: Arc<Core<K, V, S>>) -> Cache<K, V, S> {
                Cache(core)
            }
        }

        impl<K, V> Cache<K, V> {
            /// A builder for a cache of 10 000 entries without a time limit. `name` is the label `cache` of its metrics.
            pub fn builder(name: impl Into<Cow<'static, str>>) -> Builder<K, V> {
                Builder::new(SharedString::from(name.into()))
            }
        }

        impl<K, V, S> Cache<K, V, S> {
            /// The label `cache` of its metrics.
            #[must_use]
            pub fn name(&self) -> &str {
                &self.0.meter.name
            }

            #[doc(hidden)]
            #[must_use]
            #[inline]
            pub fn __fujita_core(&self) -> &Arc<Core<K, V, S>> {
                &self.0
            }
        }

        impl<K, V, S> Cache<K, V, S>
        where
            K: Key,
            V: Value,
            S: BuildHasher + Clone + Send + Sync + 'static,
        {
            /// Whether there is a value that `get` would return. Leaves no trace in the statistics, and does not renew `tti`
            /// or make the entry more popular; the last two it does in a cache with tags or stale values, or that was
            /// emptied by `invalidate_all` before.
            #[must_use]
            pub fn contains_key<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
                self.0.contains_key(key)
            }

            /// Empties the cache. Loads that are under way do not put their values back, and nobody joins them any more.
            pub fn invalidate_all(&self) {
                self.0.invalidate_all();
            }

            /// Invalidates every entry that a function loaded with this tag. Loads that are under way do not put their values
            /// back.
            ///
            /// It takes the same short time however many entries there are; they are dropped when they are asked for, when they
            /// expire, or when room is needed, and until then they are counted as entries.
            pub fn invalidate_tag(&self, tag: impl AsRef<str>) {
                self.0.tags.invalidate(tag.as_ref());
            }

            /// The number of entries, after running pending tasks.
            #[must_use]
            pub fn entry_count(&self) -> u64 {
                self.0.run_pending_tasks();
                self.0.store.entry_count()
            }

            /// The total weight of the entries, after running pending tasks: their number, unless there is a weigher.
            #[must_use]
            pub fn weighted_size(&self) -> u64 {
                self.0.run_pending_tasks();
                self.0.store.weighted_size()
            }

            /// Every entry that is fresh when the iterator comes to it, in no particular order. It sees some of what
            /// happens to the cache meanwhile, and leaves no trace in the statistics.
            pub fn iter(&self) -> impl Iterator<Item = (Arc<K>, V)> + '_ {
                self.0.iter()
            }

            /// What the cache has done so far.
            #[must_use]
            pub fn stats(&self) -> Stats {
                self.0.stats()
            }
        }

        impl<K, V, S> Clone for Cache<K, V, S> {
            /// Another handle on the same cache.
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        }

        impl<K, V, S> fmt::Debug for Cache<K, V, S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Cache")
                    .field("kind", &$kind)
                    .field("name", &self.name())
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(super) use cache;
