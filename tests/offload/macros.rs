//! Functions that `macro_rules` writes.

use fujita::offload;

macro_rules! functions {
    ($name:ident, $of:ty, $body:block, $pattern:pat, $n:literal) => {
        #[offload]
        fn $name(_value: $of, $pattern: (u8, u8)) -> $of $body
        mod options {
            use fujita::offload;
            #[offload(max_concurrent = $n, timeout = "10s")]
            pub fn limited(n: $of) -> Result<$of, fujita::OffloadError> {
                Ok(n)
            }
        }
    };
}
functions!(generated, u8, { 7 }, (_, _b), 4);

macro_rules! methods {
    ($shop:ident { $($method:item)* }) => {
        impl $shop { $($method)* }
    };
}
#[derive(Clone, Debug)]
struct Shop(u8);
methods!(Shop {
    #[offload(clone_self)]
    pub fn public(&self, n: u8) -> u8 {
        self.0 + n
    }
    #[offload(clone_self)]
    fn private(&self, n: u8) -> String {
        format!("{self:?}{}{n}", self.0)
    }
});

trait Get {
    async fn get(&self) -> String;
}
macro_rules! traits {
    ($($of:ty),*) => { $(
        impl Get for $of {
            #[offload(clone_self)]
            fn get(&self) -> String {
                let same = format!("{}", *self);
                format!("{self}{same}")
            }
        }
    )* };
}
traits!(u8, String);

macro_rules! whole {
    ($function:item) => {
        $function
    };
}
whole! {
    #[offload(owned(text), keep_sync = whole_sync)]
    fn whole(text: &str) -> usize {
        text.len()
    }
}

#[tokio::test]
async fn all() {
    assert_eq!((generated(1, (2, 3)).await, options::limited(1).await), (7, Ok(1)));
    assert_eq!((Shop(1).public(2).await, Shop(1).private(2).await), (3, "Shop(1)12".to_owned()));
    assert_eq!((1_u8.get().await, "a".to_owned().get().await), ("11".to_owned(), "aa".to_owned()));
    assert_eq!((whole("ab").await, whole_sync("ab")), (2, 2));
}
