//! Functions written by `macro_rules`.

use fujita::timed;

use crate::support::{block_on, later, recorded};

macro_rules! pieces {
    ($(#[$attribute:meta])* $vis:vis $name:ident($argument:ident: $of:ty, $pattern:pat, $two:ty) -> $returned:ty = $value:expr) => {
        $(#[$attribute])*
        $vis fn $name($argument: $of, $pattern: $two) -> $returned {
            $value
        }
    };
}

pieces!(#[timed] pub(crate) unknown_form(x: u32, (y, _), (u32, u32)) -> u32 = x + y);
pieces!(#[timed] plain_form(x: u32, (y, _), (u32, u32)) -> (u32, u32) = (y, x));
pieces!(#[timed] #[must_use] fallible_form(x: u32, mut y, u32) -> Result<u32, u32> = { y += x; Err(y) });
pieces!(#[timed] unit_form(x: u32, _, u32) -> () = { let _ = x; });
pieces!(#[timed] hidden_form(x: u32, _, u32) -> Option<impl Iterator<Item = u32>> = Some(0..x));

macro_rules! with_block {
    ($name:ident, $name_async:ident, $returned:ty, $body:block) => {
        #[timed]
        fn $name() -> $returned $body

        #[timed]
        async fn $name_async() -> $returned $body
    };
}

with_block!(block, block_async, u32, {
    let x = 1;
    x + 1
});
with_block!(block_early, block_early_async, Result<u32, String>, { return Err("e".to_owned()); });
with_block!(block_tuple, block_tuple_async, (u32, u32), { (1, 2) });

macro_rules! whole {
    ($item:item) => {
        #[timed]
        $item
    };
}

whole! {
    fn whole_function(x: u32) -> u32 { x }
}

whole! {
    async fn whole_async(x: u32) -> u32 { later().await; x }
}

struct Type(u32);

whole! {
    impl Type {
        fn whole_impl(&self) -> u32 { self.0 }
        async fn whole_impl_async(self) -> u32 { later().await; self.0 }
    }
}

macro_rules! implementation {
    ($of:ident<$lifetime:lifetime, $parameter:ident>, $($method:ident $receiver:tt),*) => {
        impl<$lifetime, $parameter: Clone> $of<$lifetime, $parameter> {
            $(
                #[timed]
                fn $method(&$receiver) -> $parameter {
                    $receiver.0.clone()
                }
            )*
        }
    };
}

struct Holder<'a, T>(&'a T);

implementation!(Holder<'a, T>, first self, second self);

/// Two arguments of one name, told apart by hygiene alone.
macro_rules! hygienic {
    ($name:ident, $name_async:ident, $x:ident) => {
        #[timed]
        fn $name(x: u32, $x: u32) -> u32 {
            let y = x * 10;
            y + $x
        }

        #[timed]
        async fn $name_async(x: u32, $x: u32) -> u32 {
            let y = x * 10;
            later().await;
            y + $x
        }
    };
}

hygienic!(hygienic, hygienic_async, x);

/// A macro that writes a macro that writes functions; and one in a body that returns from it.
macro_rules! nested {
    ($outer:ident) => {
        macro_rules! $outer {
            ($name:ident) => {
                #[timed]
                fn $name(all: &[u32]) -> Option<u32> {
                    macro_rules! first {
                        ($of:expr) => {
                            match $of.first() {
                                Some(x) => *x,
                                None => return None,
                            }
                        };
                    }
                    Some(first!(all) + 1)
                }
            };
        }
    };
}

nested!(inner);
inner!(from_nested);

macro_rules! tokens {
    ($($all:tt)*) => { $($all)* };
}

tokens! {
    #[timed]
    pub(crate) async fn from_tokens<'a>(mut text: String, &x: &'a u32) -> Result<String, std::num::ParseIntError> {
        text.push_str(&x.to_string());
        tokens!(text.parse::<u32>())?;
        tokens!(later()).await;
        return Ok(tokens! { text });
    }
}

macro_rules! literal {
    ($function:literal, $value:literal, $name:ident) => {
        #[timed(function = $function, labels(kind = $value, of = $name))]
        fn $name($name: u32) -> u32 {
            $name + $value.len() as u32
        }
    };
}

literal!("given", "abc", literal);

#[test]
fn fragments() {
    assert_eq!(ok!("unknown_form", unknown_form(1, (2, 3))), 3);
    assert_eq!(ok!("plain_form", plain_form(1, (2, 3))), (2, 1));
    assert_eq!(error!("fallible_form", fallible_form(1, 2)), Err(3));
    ok!("unit_form", unit_form(1, 2));
    assert_eq!(ok!("hidden_form", hidden_form(1, 2)).unwrap().count(), 1);
}

#[test]
fn blocks() {
    assert_eq!(ok!("block", block()), 2);
    assert_eq!(ok!("block_async", block_on(block_async())), 2);
    assert!(error!("block_early", block_early()).is_err());
    assert!(error!("block_early_async", block_on(block_early_async())).is_err());
    assert_eq!(ok!("block_tuple", block_tuple()), (1, 2));
    assert_eq!(ok!("block_tuple_async", block_on(block_tuple_async())), (1, 2));
}

#[test]
fn whole_items() {
    assert_eq!(ok!("whole_function", whole_function(1)), 1);
    assert_eq!(ok!("whole_async", block_on(whole_async(1))), 1);
    assert_eq!(ok!("Type::whole_impl", Type(1).whole_impl()), 1);
    assert_eq!(ok!("Type::whole_impl_async", block_on(Type(1).whole_impl_async())), 1);
    assert_eq!(ok!("Holder::first", Holder(&1).first()), 1);
    assert_eq!(ok!("Holder::second", Holder(&1).second()), 1);
}

#[test]
fn hygiene() {
    assert_eq!(ok!("hygienic", hygienic(1, 2)), 12);
    assert_eq!(ok!("hygienic_async", block_on(hygienic_async(1, 2))), 12);
    assert_eq!(ok!("from_nested", from_nested(&[1])), Some(2));
    assert_eq!(ok!("from_nested", from_nested(&[])), None);
    assert_eq!(ok!("from_tokens", block_on(from_tokens("1".into(), &2))).unwrap(), "12");
    assert!(error!("from_tokens", block_on(from_tokens("x".into(), &2))).is_err());
}

#[test]
fn options_from_fragments() {
    let (value, recorded) = fujita_tests::record(|| literal(1));
    assert_eq!(value, 4);
    assert_eq!(recorded.sum("function_duration_seconds", &["function=given", "kind=abc", "of=1"]), 1.0);
}

#[test]
fn in_a_macro_of_another_function() {
    let both = [("block", "ok", 1), ("whole_function", "ok", 1)];
    let sum = recorded(module_path!(), &both, || tokens!(block() + tokens!(whole_function(1))));
    assert_eq!(sum, 3);
}
