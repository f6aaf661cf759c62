use fujita::timed;

fn main() {
    let double = #[timed] |x: u32| x * 2;
    double(2);

    #[timed]
    let y = 1;
    let _ = y;
}
