use fujita::timed;

struct Cart;

#[timed(function = "cart", labels(size = size))]
impl Cart {
    fn add(&mut self, size: usize) {
        let _ = size;
    }
}

#[timed]
impl Cart {
    #[timed(slow = "1 fortnight")]
    fn checkout(&self) {}

    #[timed(bsuy)]
    async fn ship(&self) {}
}

#[timed(skip)]
fn not_in_a_block() {}

#[timed(skip)]
impl Cart {
    fn clear(&mut self) {}
}

fn main() {
    let mut cart = Cart;
    cart.add(1);
    cart.checkout();
    drop(cart.ship());
    cart.clear();
    not_in_a_block();
}
