//! What a framework does that brings fujita along.

pub use fujita;
pub use fujita::timed;

/// Its own way to move a function.
#[macro_export]
macro_rules! moved {
    ($item:item) => {
        #[$crate::fujita::offload(crate = $crate::fujita)]
        $item
    };
}

/// Its own way to measure a function.
#[macro_export]
macro_rules! measured {
    ($item:item) => {
        #[$crate::fujita::timed(crate = $crate::fujita)]
        $item
    };
}
