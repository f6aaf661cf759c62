//! Sync functions.

use core::convert::Infallible;
use core::fmt::{Display, Formatter, Result as FmtResult};
use core::num::ParseIntError;
use core::panic::Location;

use fujita::timed;

/// Nothing is returned.
#[timed]
#[inline]
pub fn nothing(text: &mut String) {
    text.push('a');
}

/// An alias of nothing.
pub type Nothing = ();

/// Nothing is returned under another name.
#[timed]
#[inline]
pub fn alias_of_nothing(text: &mut String) -> Nothing {
    text.push('a');
}

/// A form that is not looked into.
#[timed]
#[inline]
#[must_use]
pub fn tuple(x: u32, y: u32) -> (u32, u32) {
    (x.saturating_add(y), y)
}

/// A form that is.
#[timed]
#[inline]
#[must_use]
pub fn value(x: u32) -> u32 {
    let y = x.saturating_add(1);
    if y > 5 {
        return 5;
    }
    y
}

/// One expression.
#[timed]
#[inline]
#[must_use]
pub fn one_expression(x: &str) -> String {
    x.to_owned()
}

/// An item first.
#[timed]
#[inline]
#[must_use]
pub fn item_first(x: u32) -> u32 {
    const MORE: u32 = 1;
    x.saturating_add(MORE)
}

/// An item first, in the form that is not looked into.
#[timed]
#[inline]
#[must_use]
pub fn item_first_in_tuple(x: u32) -> (u32, u32) {
    const MORE: u32 = 1;
    (x, MORE)
}

/// Arguments of every kind.
#[timed]
#[inline]
#[must_use]
pub fn arguments(mut x: u32, (y, z): (u32, u32), [first, ..]: [u32; 2], _unused: u32, _: u32) -> u32 {
    x = x.saturating_add(y);
    x.saturating_add(z).saturating_add(first)
}

/// Borrowed in and out.
#[timed]
#[inline]
#[must_use]
pub fn borrowed<'text>(text: &'text str, other: &str) -> Option<&'text str> {
    text.strip_prefix(other)
}

/// With `?`.
///
/// # Errors
/// If it is no number.
#[timed]
#[inline]
pub fn result(text: &str) -> Result<u32, ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number)
}

/// Every option.
///
/// # Errors
/// If it is no number.
#[timed(
    name = "options_seconds",
    function = "given",
    labels(kind = "fixed", length = text.len()),
    max_label_sets = 5,
    ok_if = |number| number.is_ok(),
    error_kind = |_| "number",
    in_flight,
    slow = "1s",
    log = "info"
)]
#[inline]
pub fn options(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

/// Options on a plain form.
#[timed(labels(text = text, length = text.len()), in_flight)]
#[inline]
pub fn options_in_plain_form(text: &mut String) {
    text.push('a');
}

/// Hidden types.
#[timed]
#[inline]
pub fn iterator(n: u32) -> impl Iterator<Item = u32> {
    0..n
}

/// Hidden in another.
///
/// # Errors
/// If it is zero.
#[timed]
#[inline]
pub fn result_of_iterator(n: u32) -> Result<impl Iterator<Item = u32>, u32> {
    if n == 0 {
        return Err(0);
    }
    Ok(0..n)
}

/// Where it was called from.
#[timed]
#[inline]
#[must_use]
#[track_caller]
pub fn line() -> u32 {
    Location::caller().line()
}

/// Where it was called from, if that is known.
///
/// # Errors
/// Never.
#[timed]
#[inline]
#[track_caller]
pub fn fallible_line(early: bool) -> Result<u32, u32> {
    if early {
        return Err(0);
    }
    Ok(Location::caller().line())
}

/// Any type.
#[timed]
#[inline]
#[must_use]
pub fn generic<T: Default + PartialEq>(x: T) -> Option<T> {
    (x != T::default()).then_some(x)
}

/// Any closure.
#[timed]
#[inline]
pub fn closure<F, R>(run: F) -> R
where
    F: FnOnce(&str) -> R,
{
    run("text")
}

/// Never.
#[timed]
#[inline]
#[must_use]
pub fn never() -> Option<Infallible> {
    None
}

/// Called by others.
#[timed]
#[inline]
#[must_use]
pub extern "C" fn of_c(x: u32) -> u32 {
    x.saturating_add(1)
}

/// A raw name.
#[timed]
#[inline]
#[must_use]
pub fn r#match(r#type: u32) -> u32 {
    r#type.saturating_add(1)
}

/// A struct.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Cart {
    /// A field.
    items: Vec<u32>,
    /// Another.
    owner: String,
}

impl Cart {
    /// Makes one.
    #[timed]
    #[inline]
    #[must_use]
    pub fn new(owner: &str) -> Self {
        Self { items: Vec::new(), owner: owner.to_owned() }
    }

    /// By value.
    #[timed]
    #[inline]
    #[must_use]
    pub fn with(mut self, item: u32) -> Self {
        self.items.push(item);
        self
    }

    /// By value, in part.
    #[timed]
    #[inline]
    #[must_use]
    pub fn into_items(self) -> Vec<u32> {
        self.items
    }

    /// In a box.
    #[timed]
    #[inline]
    #[must_use]
    pub fn boxed(mut self: Box<Self>, item: u32) -> Box<Self> {
        self.items.push(item);
        self
    }

    /// By value, changed and gone.
    #[timed]
    #[inline]
    #[must_use]
    pub fn renamed(mut self, owner: String) -> Vec<u32> {
        self.owner = owner;
        self.items
    }

    /// By reference.
    #[timed]
    #[inline]
    #[must_use]
    pub fn total(&self) -> u32 {
        self.items.iter().sum()
    }

    /// By mutable reference.
    ///
    /// # Errors
    /// If there are none.
    #[timed(labels(item = item), error_kind = |kind| kind)]
    #[inline]
    pub fn remove(&mut self, item: u32) -> Result<&mut Self, &'static str> {
        let before = self.items.len();
        self.items.retain(|other| *other != item);
        if self.items.len() == before { Err("none") } else { Ok(self) }
    }
}

impl Display for Cart {
    #[timed]
    #[inline]
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "{}", self.owner)
    }
}
