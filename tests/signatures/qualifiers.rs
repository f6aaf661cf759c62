//! Words in front of `fn`. The `unsafe` ones and target features are in
//! `hygiene/edition2024/tests/unsafe_functions.rs`: this package forbids the word.

use fujita::timed;

use crate::support::block_on;

#[allow(unreachable_pub)]
mod visible {
    use fujita::timed;

    use crate::support::later;

    #[timed]
    pub fn public(x: u32) -> u32 {
        x
    }

    #[timed]
    pub(crate) fn of_the_crate(x: u32) -> (u32,) {
        (x,)
    }

    #[timed]
    pub(super) fn of_super(x: u32) -> Option<u32> {
        Some(x)
    }

    #[timed]
    pub(in crate::qualifiers) fn of_a_path(x: u32) -> Result<u32, ()> {
        Ok(x)
    }

    #[timed]
    pub(super) fn of_a_relative_path(x: u32) -> u32 {
        of_self(x)
    }

    #[timed(function = "inherited")]
    pub(self) fn of_self(x: u32) -> u32 {
        x
    }

    #[timed]
    pub(crate) async fn asynchronous(x: u32) -> u32 {
        later().await;
        x
    }

    pub struct Type;

    impl Type {
        #[timed]
        pub fn method(&self) -> u32 {
            self.hidden()
        }

        #[timed]
        fn hidden(&self) -> u32 {
            1
        }

        #[timed]
        pub(super) async fn asynchronous(&self) -> u32 {
            2
        }
    }
}

#[timed]
extern "C" fn of_c(x: std::ffi::c_int) -> std::ffi::c_int {
    if x < 0 {
        return 0;
    }
    x
}

#[timed]
extern "C" fn of_c_to_nothing(x: &mut u32) {
    *x += 1;
}

#[timed]
#[allow(missing_abi)]
extern "C" fn of_the_default_abi(x: u32) -> u32 {
    x
}

#[timed]
extern "system" fn of_the_system(x: u32) -> bool {
    x > 0
}

#[timed]
pub(crate) extern "C" fn visible_of_c(x: Option<extern "C" fn(u32) -> u32>) -> u64 {
    x.map_or(0, |of| of(1).into())
}

/// Parsed only: specialization is not stable.
#[cfg(any())]
#[timed]
impl crate::places::Shape for u8 {
    default fn name(&self) -> String {
        String::new()
    }

    default async fn grow(&mut self, by: u32) -> Result<u32, String> {
        Ok(by)
    }
}

#[test]
fn visibility() {
    let module = concat!(module_path!(), "::visible");
    crate::support::recorded(module, &[("public", "ok", 1)], || assert_eq!(visible::public(1), 1));
    crate::support::recorded(module, &[("of_the_crate", "ok", 1)], || {
        assert_eq!(visible::of_the_crate(1), (1,))
    });
    crate::support::recorded(module, &[("of_super", "ok", 1)], || assert_eq!(visible::of_super(1), Some(1)));
    crate::support::recorded(module, &[("of_a_path", "ok", 1)], || assert_eq!(visible::of_a_path(1), Ok(1)));
    let both = [("of_a_relative_path", "ok", 1), ("inherited", "ok", 1)];
    crate::support::recorded(module, &both, || assert_eq!(visible::of_a_relative_path(1), 1));
    let both = [("Type::method", "ok", 1), ("Type::hidden", "ok", 1)];
    crate::support::recorded(module, &both, || assert_eq!(visible::Type.method(), 1));
    let both = [("Type::asynchronous", "ok", 1), ("asynchronous", "ok", 1)];
    let sum = crate::support::recorded(module, &both, || {
        block_on(async { visible::asynchronous(1).await + visible::Type.asynchronous().await })
    });
    assert_eq!(sum, 3);
}

#[test]
fn abis() {
    let as_pointer: extern "C" fn(std::ffi::c_int) -> std::ffi::c_int = of_c;
    assert_eq!(ok!("of_c", as_pointer(-1)), 0);
    let mut x = 1;
    ok!("of_c_to_nothing", of_c_to_nothing(&mut x));
    assert_eq!(x, 2);
    assert_eq!(ok!("of_the_default_abi", of_the_default_abi(1)), 1);
    assert!(ok!("of_the_system", of_the_system(1)));
    assert_eq!(ok!("visible_of_c", visible_of_c(None)), 0);
}
