//! `fujita::functions()` knows every annotated function, called or not.

use fujita::timed;

#[timed]
#[allow(dead_code)]
fn never_called() {}

struct Cart<T>(T);

#[timed]
impl<T> Cart<T> {
    fn add(&self) {}
    const fn left_alone(&self) {}
    #[timed(skip)]
    fn left_out(&self) {}
    #[timed(function = "checkout")]
    fn renamed(&self) {}
}

trait Shop {
    fn open(&self);
    #[timed]
    fn close(&self) {}
}

impl Shop for Cart<u8> {
    #[timed]
    fn open(&self) {}
}

#[timed]
mod inner {
    pub(super) fn one() {}

    pub(super) mod deeper {
        pub(in super::super) fn two() {}

        pub(in super::super) struct Three;

        impl Three {
            pub(in super::super) fn three(&self) {}
        }
    }
}

fn outer() {
    #[timed]
    fn in_a_function() {}
    in_a_function();
}

#[test]
fn every_function_is_listed() {
    let cart = Cart(0_u8);
    cart.add();
    cart.left_alone();
    cart.left_out();
    cart.renamed();
    cart.open();
    cart.close();
    inner::one();
    inner::deeper::two();
    inner::deeper::Three.three();
    outer();
    let here: Vec<_> =
        fujita::functions().into_iter().filter(|f| f.module.starts_with(module_path!())).collect();
    let names: Vec<_> = here.iter().map(|f| f.path.trim_start_matches("behaviour::inventory::")).collect();
    assert_eq!(
        names,
        [
            "Cart::add",
            "Cart::open",
            "Shop::close",
            "checkout",
            "in_a_function",
            "inner::deeper::Three::three",
            "inner::deeper::two",
            "inner::one",
            "never_called",
        ],
    );
    let function = here.iter().find(|f| f.name == "never_called").unwrap();
    assert_eq!((function.module, function.layers), ("behaviour::inventory", &["timed"][..]));
    assert!(function.file.ends_with("behaviour/inventory.rs"), "{}", function.file);
    // The line of the name, also inside a block with one attribute for all.
    let source = include_str!("inventory.rs");
    for (name, text) in
        [("never_called", "fn never_called"), ("Three::three", "fn three"), ("Cart::add", "fn add")]
    {
        let line = source.lines().position(|line| line.contains(text)).unwrap() + 1;
        let found = here.iter().find(|f| f.name == name).unwrap().line;
        assert_eq!(found as usize, line, "{name}");
    }
}
