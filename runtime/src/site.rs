//! One static per annotated function, and the inventory of them all.

use std::fmt::Debug;
use std::panic::RefUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::timed::{Events, LabelSets, Timed};

/// What an expansion knows about its function. One static of this type stands inside every annotated function.
#[derive(Debug)]
pub struct Site {
    name: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
    /// The type name of something inside the function, from which [`label`] reads the type it belongs to.
    inside: fn() -> &'static str,
    layers: &'static [&'static str],
    pub(crate) timed: &'static Timed,
    /// The name of its cache, if it has one of its own: empty for [`Site::path`].
    cache: Option<&'static str>,
    /// Where it runs, if it is offloaded, and its label there: empty for [`Site::function`].
    offload: Option<(&'static str, &'static str)>,
    /// Behind a trait object, because for each static anew the compiler proves that threads may share what it is made
    /// of, down to the last field of the last type. That was a third of what an annotated function took to check.
    late: OnceLock<&'static dyn SharedLate>,
    index: AtomicUsize,
    /// The one that was registered before this.
    before: OnceLock<Option<&'static Site>>,
}

/// What a site needs once it is used.
#[derive(Debug, Default)]
pub(crate) struct Late {
    function: OnceLock<String>,
    pub(crate) events: Events,
    pub(crate) sets: LabelSets,
}

trait SharedLate: Debug + RefUnwindSafe + Send + Sync {
    fn late(&self) -> &Late;
}

impl SharedLate for Late {
    fn late(&self) -> &Late {
        self
    }
}

impl Site {
    /// For expansions.
    #[must_use]
    // Constants, because calls take the compiler's interpreter longer, once for each static.
    #[expect(clippy::declare_interior_mutable_const, reason = "each use is meant to be a fresh one")]
    pub const fn new(
        name: &'static str,
        (module, file, line): (&'static str, &'static str, u32),
        inside: fn() -> &'static str,
        layers: &'static [&'static str],
        timed: &'static Timed,
    ) -> Self {
        const LATE: OnceLock<&'static dyn SharedLate> = OnceLock::new();
        const INDEX: AtomicUsize = AtomicUsize::new(0);
        const BEFORE: OnceLock<Option<&'static Site>> = OnceLock::new();
        let (cache, offload) = (None, None);
        Self {
            name,
            module,
            file,
            line,
            inside,
            layers,
            timed,
            cache,
            offload,
            late: LATE,
            index: INDEX,
            before: BEFORE,
        }
    }

    /// For a function with a cache of its own, under the name given or, if that is empty, its path.
    #[must_use]
    pub const fn with_cache(mut self, name: &'static str) -> Self {
        self.cache = Some(name);
        self
    }

    /// For a function that runs on a pool.
    #[must_use]
    pub const fn with_offload(mut self, pool: &'static str, label: &'static str) -> Self {
        self.offload = Some((pool, label));
        self
    }

    /// The label `function`: as given by the user, else `Type::method`, else the function's name.
    pub(crate) fn function(&'static self) -> &'static str {
        match self.timed.function {
            Some(given) => given,
            None => self.late().function.get_or_init(|| label((self.inside)(), self.module, self.name)),
        }
    }

    /// Module and label: `shop::orders::Cart::checkout`.
    pub(crate) fn path(&'static self) -> String {
        format!("{}::{}", self.module, self.function())
    }

    pub(crate) fn is_timed(&'static self) -> bool {
        self.layers.contains(&"timed")
    }

    /// Whether the measured time is that of hits, too.
    #[cfg(feature = "cached")]
    pub(crate) fn is_timed_around_cache(&'static self) -> bool {
        let place = |layer| self.layers.iter().position(|other| *other == layer);
        matches!((place("timed"), place("cached")), (Some(timed), Some(cached)) if timed < cached)
    }

    #[cfg(feature = "cached")]
    pub(crate) fn cache_name(&'static self) -> Option<metrics::SharedString> {
        match self.cache? {
            "" => Some(self.path().into()),
            name => Some(metrics::SharedString::const_str(name)),
        }
    }

    #[cfg(feature = "offload")]
    pub(crate) fn offload(&self) -> Option<(&'static str, &'static str)> {
        self.offload
    }

    pub(crate) fn late(&'static self) -> &'static Late {
        self.late.get_or_init(|| Box::leak(Box::<Late>::default())).late()
    }

    pub(crate) fn module(&'static self) -> &'static str {
        self.module
    }

    pub(crate) fn file(&'static self) -> &'static str {
        self.file
    }

    pub(crate) fn line(&'static self) -> u32 {
        self.line
    }

    /// A small number of this site's own, for tables indexed by site. Given out at first use, starting at 1.
    #[inline]
    pub(crate) fn index(&'static self) -> usize {
        match self.index.load(Ordering::Relaxed) {
            0 => self.take_index(),
            index => index,
        }
    }

    /// [`Site::index`] without taking one.
    #[inline]
    pub(crate) fn index_or_zero(&'static self) -> usize {
        self.index.load(Ordering::Relaxed)
    }

    #[cold]
    fn take_index(&'static self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let mine = NEXT.fetch_add(1, Ordering::Relaxed);
        // Two threads may both arrive here; the loser's number stays unused.
        self.index
            .compare_exchange(0, mine, Ordering::Relaxed, Ordering::Relaxed)
            .map_or_else(|won| won, |_| mine)
    }
}

/// The layers of most functions.
pub const TIMED: &[&str] = &["timed"];

/// The function that names the type of what it is given, usually an item inside an annotated function.
#[must_use]
pub const fn path_of<T>(_: &T) -> fn() -> &'static str {
    std::any::type_name::<T>
}

/// The site that was registered last; the others follow from it.
static LAST: Mutex<Option<&'static Site>> = Mutex::new(None);

impl Site {
    /// For expansions: the system's loader calls it for every site before `main`. It allocates nothing.
    pub fn register(&'static self) {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if self.before.set(*last).is_ok() {
            *last = Some(self);
        }
    }
}

/// Every annotated function of the program that the linker kept, in no particular order.
pub(crate) fn sites() -> impl Iterator<Item = &'static Site> {
    let last = *LAST.lock().unwrap_or_else(PoisonError::into_inner);
    std::iter::successors(last, |site| site.before.get().copied().flatten())
}

/// An annotated function of this program, as listed by [`functions`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Function {
    /// Module and name: `shop::orders::Cart::checkout`.
    pub path: String,
    /// The label `function` of its metrics: `Cart::checkout`.
    pub name: &'static str,
    /// The label `module` of its metrics: `shop::orders`.
    pub module: &'static str,
    /// The source file, as `file!()` spells it.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// The attributes on it, outermost first: `["timed", "cached"]`.
    pub layers: &'static [&'static str],
}

/// Lists every annotated function of the program, called or not, sorted by path.
///
/// The list is made by the linker, so it is complete before `main` begins and costs nothing until it is asked for.
/// A generic function appears once, however many types it is used with.
///
/// ```
/// #[fujita::timed]
/// fn checkout() {}
///
/// let all = fujita::functions();
/// let checkout = all.iter().find(|f| f.name == "checkout").unwrap();
/// assert_eq!(checkout.layers, ["timed"]);
/// ```
#[must_use]
pub fn functions() -> Vec<Function> {
    let mut all: Vec<_> = sites()
        .map(|site| Function {
            path: site.path(),
            name: site.function(),
            module: site.module,
            file: site.file,
            line: site.line,
            layers: site.layers,
        })
        .collect();
    all.sort();
    all
}

/// `Type::method` for a method, else the name alone.
///
/// The compiler writes the path of an item inside `method` as `krate::module::Type::method::…` in the type's own
/// module, `<krate::Type as krate::Trait>::method::…` in an impl of a trait, and `krate::other::<impl krate::Type>::…`
/// elsewhere. Should it ever write something else, the name alone remains.
fn label(inside: &str, module: &str, name: &str) -> String {
    match owner(inside, module, name) {
        Some(owner) => format!("{owner}::{name}"),
        None => name.to_owned(),
    }
}

fn owner(inside: &str, module: &str, name: &str) -> Option<String> {
    let mut segments = split_path(inside);
    // In the companion of a cached function stands the name of the companion instead.
    let beside = segments.iter().rposition(|segment| *segment == "__fujita_beside");
    let named = || segments.iter().rposition(|segment| segment.trim_start_matches("r#") == name);
    let before = |beside: usize| segments[..beside].iter().rposition(|segment| !segment.starts_with('{'));
    let at = beside.map_or_else(named, before)?;
    segments.truncate(at);
    let mut last = segments.pop()?;
    while last.starts_with('{') {
        last = segments.pop()?;
    }
    if let Some(inner) = last.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        let inner = inner.strip_prefix("impl ").unwrap_or(inner);
        // `Type as Trait` or `Trait for Type`
        let of_trait = find_top_level(inner, " as ").map(|at| &inner[..at]);
        let for_type = find_top_level(inner, " for ").map(|at| &inner[at + 5..]);
        return Some(short_type(of_trait.or(for_type).unwrap_or(inner)));
    }
    segments.push(last);
    let is_module = segments.len() <= split_path(module).len();
    // Between the module and the method stands a type or, for a function in a function, the outer function.
    let is_type = last.chars().next().is_some_and(char::is_uppercase);
    (!is_module && is_type).then(|| short_type(last))
}

/// `a::b::Type<x::Y>` to `Type`; other types (`[T; 2]`, `(A, B)`, `&T`) stay as they are.
fn short_type(path: &str) -> String {
    let path = path.trim();
    if !path.starts_with(|c: char| c.is_alphanumeric() || c == '_') || path.starts_with("dyn ") {
        return path.to_owned();
    }
    let last = split_path(path).pop().unwrap_or(path);
    last.split('<').next().unwrap_or(last).to_owned()
}

/// Splits at `::` outside of brackets.
fn split_path(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let mut rest = path;
    while let Some(at) = find_top_level(rest, "::") {
        segments.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    segments.push(rest);
    segments
}

fn find_top_level(text: &str, what: &str) -> Option<usize> {
    let (mut depth, mut braces) = (0_i32, 0_i32);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if depth == 0 && braces == 0 && text[at..].starts_with(what) {
            return Some(at);
        }
        match c {
            '{' => braces += 1,
            '}' => braces -= 1,
            // A const argument is an expression, where `<` is no bracket.
            _ if braces > 0 => {}
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_name_the_type_of_a_method() {
        for (inside, expected) in [
            ("krate::orders::checkout::SITE::{{closure}}", "checkout"),
            ("krate::orders::Cart::checkout::SITE::{{closure}}", "Cart::checkout"),
            ("krate::orders::Cart::checkout::{{closure}}::SITE::{{closure}}", "Cart::checkout"),
            ("krate::orders::Cart<T>::checkout::SITE::{{closure}}", "Cart::checkout"),
            ("<krate::orders::Cart as krate::Shop>::checkout::SITE::{{closure}}", "Cart::checkout"),
            ("<krate::orders::Cart<T> as krate::Shop<U>>::checkout::{{closure}}::SITE", "Cart::checkout"),
            ("krate::orders::<impl krate::cart::Cart>::checkout::SITE", "Cart::checkout"),
            ("krate::orders::<impl krate::Shop for krate::Cart>::checkout::SITE", "Cart::checkout"),
            ("krate::orders::Shop::checkout::SITE::{{closure}}", "Shop::checkout"),
            ("krate::orders::outer::checkout::SITE::{{closure}}", "checkout"),
            ("krate::orders::outer::{{closure}}::checkout::SITE", "checkout"),
            ("<[T; N] as krate::Shop>::checkout::SITE", "[T; N]::checkout"),
            ("<fn(A) -> B as krate::Shop>::checkout::SITE", "fn(A) -> B::checkout"),
            ("<krate::Cart<_> as krate::Shop<{ 1 << 1 }>>::checkout::SITE", "Cart::checkout"),
            ("krate::orders::Cart::checkout_cache::__fujita_beside", "Cart::checkout"),
            ("krate::orders::checkout_cache::__fujita_beside", "checkout"),
            ("krate::orders::Cart::checkout_now::{{closure}}::__fujita_beside", "Cart::checkout"),
            ("something else", "checkout"),
        ] {
            assert_eq!(label(inside, "krate::orders", "checkout"), expected, "{inside}");
        }
    }
}
