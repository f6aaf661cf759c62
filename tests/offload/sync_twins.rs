//! `keep_sync`: the function as written, under another name.

use fujita::{cached, offload, timed};

/// Adds.
#[offload(keep_sync = add_sync)]
#[must_use]
fn add(a: u8, b: u8) -> u8 {
    a + b
}
mod inner {
    use fujita::offload;
    /// Visible as it is.
    #[offload(cpu, keep_sync = parse_sync, owned(text))]
    pub(super) fn parse<T>(text: &str) -> Result<T, T::Err>
    where
        T: std::str::FromStr + Send + 'static,
        T::Err: Send + 'static,
    {
        text.parse()
    }
}
#[derive(Clone)]
pub struct Shop(u8);
impl Shop {
    #[offload(keep_sync = count_sync, clone_self)]
    pub fn count(&self, mut more: u8) -> u8 {
        more += self.0;
        more
    }
    #[offload(keep_sync = into_count_sync)]
    fn into_count(mut self) -> u8 {
        self.0 += 1;
        self.0
    }
    #[offload(keep_sync = make_sync)]
    fn make(n: u8) -> Self {
        Self(n)
    }
    #[offload(in_place, keep_sync = name_sync)]
    fn name<'a>(&'a self, text: &'a str) -> &'a str {
        &text[usize::from(self.0)..]
    }
    #[offload(keep_sync = timed_sync, clone_self)]
    #[timed]
    pub fn timed(&self) -> Result<u8, u8> {
        Err(self.0)
    }
    #[offload(keep_sync = cached_sync)]
    #[cached]
    pub fn cached(n: u8) -> u8 {
        n
    }
    #[timed]
    #[offload(keep_sync = both_sync)]
    #[cached]
    fn both(n: u8) -> u8 {
        n
    }
    #[offload(clone_self)]
    fn outer(&self) -> u8 {
        #[timed]
        fn within(n: u8) -> u8 {
            n
        }
        within(self.0)
    }
}
#[offload(keep_sync = located_sync)]
#[track_caller]
fn located() -> u32 {
    std::panic::Location::caller().line()
}

#[offload(keep_sync = spanned_sync)]
#[tracing::instrument]
fn spanned(_n: u8, (_a, _b): (u8, u8)) -> Vec<&'static str> {
    spans()
}
impl Shop {
    #[offload(keep_sync = spanned_sync, clone_self, owned(_text))]
    #[tracing::instrument(skip(self))]
    fn spanned<T: Default + Send + 'static>(&self, _text: &str) -> (T, Vec<&'static str>) {
        (T::default(), spans())
    }
}
/// The spans that are entered, innermost first.
fn spans() -> Vec<&'static str> {
    use tracing_subscriber::registry::{LookupSpan, Registry};
    let current = tracing::Span::current().id();
    tracing::dispatcher::get_default(|dispatch| {
        let registry: &Registry = dispatch.downcast_ref().expect("a registry");
        let current = current.as_ref().and_then(|id| registry.span(id));
        current.into_iter().flat_map(|span| span.scope()).map(|span| span.name()).collect()
    })
}
#[deprecated]
#[offload(keep_sync = old_sync)]
#[deny(deprecated)]
pub fn old() {}
#[offload(keep_sync = tested_sync)]
#[tokio::test]
#[cfg_attr(test, must_use)]
fn tested() {}

/// What others do to a function, they do to each form of it, once.
#[tokio::test]
async fn attributes_of_others() {
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry());
    assert_eq!(spanned(1, (2, 3)).await, ["spanned"]);
    assert_eq!(spanned_sync(1, (2, 3)), ["spanned_sync"]);
    assert_eq!(Shop(1).spanned::<u8>("").await, (0, vec!["spanned"]));
    assert_eq!(Shop(1).spanned_sync::<u8>(""), (0, vec!["spanned_sync"]));
}

#[tokio::test]
async fn all() {
    assert_eq!((add(1, 2).await, add_sync(1, 2)), (3, 3));
    assert_eq!((inner::parse::<u8>("7").await, inner::parse_sync::<u8>("7")), (Ok(7), Ok(7)));
    let shop = Shop(1);
    assert_eq!((shop.count(1).await, shop.count_sync(1)), (2, 2));
    assert_eq!((shop.clone().into_count().await, shop.clone().into_count_sync()), (2, 2));
    assert_eq!((Shop::make(3).await.0, Shop::make_sync(4).0), (3, 4));
    assert_eq!((shop.name("ab").await, shop.name_sync("ab")), ("b", "b"));
    assert_eq!((shop.timed().await, shop.timed_sync()), (Err(1), Err(1)));
    assert_eq!((Shop::cached(1).await, Shop::cached_sync(1)), (1, 1));
    assert_eq!(Shop::cached_cache().stats().hits, 1);
    assert_eq!((Shop::both(1).await, Shop::both_sync(1)), (1, 1));
    assert_eq!(shop.outer().await, 1);
    located().await;
    assert_eq!(located_sync(), line!());
}

#[test]
fn layers_inside_keep_their_names() {
    let functions = fujita::functions();
    for (name, layers) in [
        ("Shop::timed", &["offload", "timed"][..]),
        ("Shop::cached", &["offload", "cached"]),
        ("Shop::both", &["timed", "offload", "cached"]),
        ("Shop::outer", &["offload"]),
        ("within", &["timed"]),
    ] {
        let found: Vec<_> =
            functions.iter().filter(|f| f.module.ends_with("sync_twins") && f.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {functions:#?}");
        assert_eq!(found[0].layers, layers);
    }
}
