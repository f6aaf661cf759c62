use fujita::timed;

trait Shop {
    #[timed]
    fn checkout(&self);

    #[timed]
    async fn ship(&self);
}

struct Cart;

impl Shop for Cart {
    fn checkout(&self) {}
    async fn ship(&self) {}
}

fn main() {
    Cart.checkout();
    drop(Cart.ship());
}
