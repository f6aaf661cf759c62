//! Implementations of the standard library's traits.

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use fujita::timed;

use crate::support::block_on;

enum Machine {
    Idle,
    Busy(u32),
}

impl Default for Machine {
    #[timed]
    fn default() -> Self {
        Self::Idle
    }
}

impl FromStr for Machine {
    type Err = <u32 as FromStr>::Err;

    #[timed]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Busy)
    }
}

impl Iterator for Machine {
    type Item = u32;

    #[timed]
    fn next(&mut self) -> Option<Self::Item> {
        let Self::Busy(left) = self else { return None };
        *left = left.checked_sub(1)?;
        Some(*left)
    }
}

impl Future for Machine {
    type Output = u32;

    #[timed]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match *self {
            Self::Idle => Poll::Ready(0),
            Self::Busy(x) => Poll::Ready(x),
        }
    }
}

impl Debug for Machine {
    #[timed]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("machine")
    }
}

impl std::ops::Add<u32> for Machine {
    type Output = Self;

    #[timed]
    fn add(self, more: u32) -> Self {
        match self {
            Self::Idle => Self::Busy(more),
            Self::Busy(x) => Self::Busy(x + more),
        }
    }
}

struct Dropped<'a>(&'a mut u32);

impl Drop for Dropped<'_> {
    #[timed]
    fn drop(&mut self) {
        *self.0 += 1;
    }
}

#[test]
fn standard_traits() {
    let machine = ok!("Machine::default", Machine::default());
    let mut machine = ok!("Machine::add", machine + 2);
    assert_eq!(ok!("Machine::next", machine.next()), Some(1));
    assert_eq!(ok!("Machine::fmt", format!("{machine:?}")), "machine");
    assert_eq!(ok!("Machine::poll", block_on(&mut machine)), 1);
    assert!(error!("Machine::from_str", "x".parse::<Machine>()).is_err());
    let mut drops = 0;
    ok!("Dropped::drop", drop(Dropped(&mut drops)));
    assert_eq!(drops, 1);
}
