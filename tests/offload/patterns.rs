//! Arguments that are taken apart, and the order in which they are dropped.

use std::sync::{Arc, Mutex};

use fujita::{offload, timed};

struct Pair {
    left: u8,
    right: u8,
}
#[offload]
fn tuples((a, mut b): (u8, u8), ((c, _), [d, ..]): ((u8, u8), [u8; 3])) -> u8 {
    b += 1;
    a + b + c + d
}
#[offload]
fn structs(Pair { left, .. }: Pair, Pair { left: _, right }: Pair) -> u8 {
    left + right
}
#[offload]
fn wild(_: u8, _named: u8, _: String) -> u8 {
    1
}
#[offload]
fn by_ref(ref a: String, (ref mut b, _): (String, u8)) -> usize {
    b.push('x');
    a.len() + b.len()
}
#[offload]
fn bound(all @ (a, _): (u8, u8)) -> (u8, (u8, u8)) {
    (a, all)
}
#[offload(owned(a))]
fn beside_copies(a: &str, (b, _): (u8, u8), mut c: u8) -> usize {
    c += b;
    a.len() + usize::from(c)
}
#[offload(keep_sync = taken_apart_sync)]
fn taken_apart((a, mut b): (u8, u8), _: u8, mut c: u8, Pair { left, .. }: Pair) -> u8 {
    b += 1;
    c += 1;
    a + b + c + left
}
#[timed(labels(a = a))]
#[offload]
fn read_outside((a, _): (u8, u8)) -> u8 {
    a
}

// What is compiled out can be of any type, also of one that there is not.
#[offload(owned(d, e))]
fn conditional(
    #[cfg(any())] a: &mut Missing,
    #[cfg(any())] b: Missing,
    #[cfg(not(any()))] c: Pair,
    #[cfg(not(any()))] d: &str,
    #[cfg(any())] e: &str,
) -> usize {
    #[cfg(any())]
    drop((a, b, e));
    d.len() + usize::from(c.left)
}

struct Noisy(&'static str, Arc<Mutex<Vec<&'static str>>>);
impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}
#[offload]
fn drops(a: Noisy, (b, _): (Noisy, Noisy), _: Noisy, log: Arc<Mutex<Vec<&'static str>>>) {
    let _local = Noisy("local", log);
    let _ = (&a, &b);
}
fn drops_sync(a: Noisy, (b, _): (Noisy, Noisy), _: Noisy, log: Arc<Mutex<Vec<&'static str>>>) {
    let _local = Noisy("local", log);
    let _ = (&a, &b);
}

#[tokio::test]
async fn all() {
    assert_eq!(conditional(Pair { left: 1, right: 2 }, "ab").await, 3);
    assert_eq!(tuples((1, 2), ((3, 0), [4, 0, 0])).await, 11);
    assert_eq!(structs(Pair { left: 1, right: 0 }, Pair { left: 0, right: 2 }).await, 3);
    assert_eq!(wild(0, 0, String::new()).await, 1);
    assert_eq!(by_ref("ab".into(), ("c".into(), 0)).await, 4);
    assert_eq!(bound((1, 2)).await, (1, (1, 2)));
    assert_eq!(beside_copies("ab", (1, 0), 2).await, 5);
    let pair = || Pair { left: 4, right: 0 };
    assert_eq!(taken_apart((1, 1), 0, 2, pair()).await, 10);
    assert_eq!(taken_apart_sync((1, 1), 0, 2, pair()), 10);
    assert_eq!(read_outside((1, 2)).await, 1);
}

#[tokio::test]
async fn drop_order() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let noisy = |name| Noisy(name, Arc::clone(&log));
    drops_sync(noisy("a"), (noisy("b"), noisy("rest")), noisy("wild"), Arc::clone(&log));
    let sync = std::mem::take(&mut *log.lock().unwrap());
    drops(noisy("a"), (noisy("b"), noisy("rest")), noisy("wild"), Arc::clone(&log)).await;
    assert_eq!(*log.lock().unwrap(), sync);
}
