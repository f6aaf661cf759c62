//! Example programs live beside this file. Each runs by `cargo run --example` and its name, and ends by itself.
//!
//! | | |
//! | --- | --- |
//! | `logging` | log lines of calls, for people and as JSON, on standard error and in a file |
//! | `profiling` | timing functions that run on a pool of threads: the wait and the run, and async ones that are busy |
//! | `monitoring` | Prometheus and `StatsD` at once, with figures of the process |
//! | `fetching` | concurrent HTTP requests through a function that is timed and cached |
//! | `caching` | hits and misses, old values, negative caching, tags, a cache of one's own |
//! | `parallel` | work that keeps a core busy, over all cores, while the event loop goes on |
//! | `stacked` | the three attributes on one function, in both orders that make sense |
//! | `codesearch` | a whole service: it searches source trees, and waits for requests unless told `--demo 20` |
