// The functions of `plain` and `timed`, whose assembly is compared. Included by both.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Ready at its second poll.
struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

measured! {
    #[unsafe(no_mangle)]
    #[inline(never)]
    pub fn the_sync_function(numbers: &[u64], limit: u64) -> Result<u64, u64> {
        let mut sum = 0_u64;
        for number in numbers {
            if *number > limit {
                return Err(*number);
            }
            sum = sum.wrapping_mul(31).wrapping_add(*number);
        }
        Ok(sum)
    }
}

measured! {
    async fn asynchronous(numbers: &[u64], limit: u64) -> Option<u64> {
        let first = numbers.first()?;
        Later(false).await;
        numbers.get((first % limit) as usize).copied()
    }
}

/// The async function's code, in a symbol with a name.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn the_async_function(numbers: &[u64], limit: u64) -> Option<u64> {
    let mut future = pin!(asynchronous(numbers, limit));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

fn main() {
    let numbers = black_box([1, 2, 3]);
    let _ = black_box((the_sync_function(&numbers, 5), the_async_function(&numbers, 5)));
}
