//! The functions of `plain` with the attribute.

macro_rules! measured {
    ($item:item) => {
        #[fujita::timed(labels(kind = "timed"), in_flight, slow = "1s")]
        $item
    };
}

include!("plain/bodies.rs");
