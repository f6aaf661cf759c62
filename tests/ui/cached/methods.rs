//! What `self` is to the cache.

use fujita::cached;

struct Shop {
    id: u8,
    float: f64,
}

impl Shop {
    #[cached]
    fn price(&self, n: u8) -> u8 {
        n
    }

    #[cached(key = n)]
    fn stock(&self, n: u8) -> u8 {
        n
    }

    #[cached(skip(self))]
    fn weight(&self, x: f64, n: u8) -> u8 {
        n
    }

    #[cached(skip(self), ttl = "1s", stale_while_revalidate = "1s")]
    fn rate(&self, n: u8) -> u8 {
        n + self.id
    }
}

trait Prices {
    #[cached(skip(self))]
    fn all(&self, n: u8) -> u8;
    fn one(&self, n: u8) -> u8;
}

impl Prices for Shop {
    #[cached(skip(self), handle = prices)]
    fn one(&self, n: u8) -> u8 {
        n
    }
}

fn main() {}
