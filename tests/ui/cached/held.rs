//! What is no cache, or one of something else.

use fujita::cached;
use fujita::sync::Cache;
use std::collections::HashMap;

struct Shop {
    number: u64,
    map: HashMap<u64, u64>,
    results: Cache<u64, Result<u64, String>>,
    texts: Cache<String, u64>,
}

impl Shop {
    #[cached(cache = self.number)]
    fn number(&self, x: u64) -> u64 {
        x
    }

    #[cached(cache = self.map)]
    fn map(self, x: u64) -> u64 {
        x
    }

    #[cached(cache = self.results)]
    fn kept_whole(&self, x: u64) -> Result<u64, String> {
        Ok(x)
    }

    #[cached(cache = self.texts)]
    fn other_keys(&self, x: u64) -> u64 {
        x
    }
}

fn taken_cache() {}

#[cached]
fn taken(x: u64) -> u64 {
    x
}

fn main() {}
