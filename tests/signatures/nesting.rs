//! Functions that call each other and themselves.

use std::future::Future;
use std::pin::Pin;

use fujita::timed;
use futures::future::{join_all, try_join};
use futures::stream::{FuturesUnordered, StreamExt};

use crate::support::{block_on, later, recorded};

#[timed]
fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

#[timed]
fn down(n: u32) -> Result<u32, u32> {
    if n == 0 {
        return Err(0);
    }
    down(n - 1).or_else(|x| if n == 2 { Ok(x) } else { Err(x + 1) })
}

#[timed]
fn is_even(n: u32) -> bool {
    n == 0 || is_odd(n - 1).0
}

#[timed]
fn is_odd(n: u32) -> (bool,) {
    (n != 0 && is_even(n - 1),)
}

#[timed]
async fn boxed_recursion(n: u32) -> u32 {
    if n == 0 {
        return 0;
    }
    later().await;
    Box::pin(boxed_recursion(n - 1)).await + 1
}

#[timed]
async fn mutual(n: u32, path: &mut Vec<u32>) -> Result<(), u32> {
    path.push(n);
    if n == 0 { Err(path.len() as u32) } else { Box::pin(mutual_back(n - 1, path)).await }
}

#[timed]
async fn mutual_back(n: u32, path: &mut Vec<u32>) -> Result<(), u32> {
    later().await;
    let future: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(mutual(n, path));
    future.await
}

struct Tree {
    children: Vec<Tree>,
}

impl Tree {
    #[timed]
    async fn size(&self) -> usize {
        let children = join_all(self.children.iter().map(|child| Box::pin(child.size()))).await;
        later().await;
        1 + children.into_iter().sum::<usize>()
    }

    #[timed]
    fn depth(&self) -> usize {
        1 + self.children.iter().map(Self::depth).max().unwrap_or_default()
    }
}

#[timed]
fn of_closure<T>(run: impl FnOnce() -> T) -> Option<T> {
    Some(run())
}

#[timed]
async fn of_future<T>(run: impl Future<Output = T>) -> T {
    run.await
}

#[test]
fn sync_recursion() {
    assert_eq!(recorded(module_path!(), &[("fibonacci", "ok", 25)], || fibonacci(6)), 8);
    assert_eq!(recorded(module_path!(), &[("down", "error", 2), ("down", "ok", 2)], || down(3)), Ok(1));
    let all = [("is_even", "ok", 2), ("is_odd", "ok", 1)];
    recorded(module_path!(), &all, || assert!(is_even(2)));
    let tree = Tree {
        children: vec![Tree { children: vec![] }, Tree { children: vec![Tree { children: vec![] }] }],
    };
    assert_eq!(recorded(module_path!(), &[("Tree::depth", "ok", 4)], || tree.depth()), 3);
    assert_eq!(recorded(module_path!(), &[("Tree::size", "ok", 4)], || block_on(tree.size())), 4);
}

#[test]
fn async_recursion() {
    assert_eq!(recorded(module_path!(), &[("boxed_recursion", "ok", 5)], || block_on(boxed_recursion(4))), 4);
    let all = [("mutual", "error", 3), ("mutual_back", "error", 2)];
    assert_eq!(recorded(module_path!(), &all, || block_on(mutual(2, &mut vec![]))), Err(3));
    fn is_send<T: Send>(_: &T) {}
    is_send(&boxed_recursion(1));
}

#[test]
fn nested_calls() {
    let all = [("of_closure", "ok", 2), ("fibonacci", "ok", 1)];
    assert_eq!(recorded(module_path!(), &all, || of_closure(|| of_closure(|| fibonacci(1)))), Some(Some(1)));
    let all = [("of_future", "ok", 2), ("boxed_recursion", "ok", 1)];
    assert_eq!(recorded(module_path!(), &all, || block_on(of_future(of_future(boxed_recursion(0))))), 0);
}

#[test]
fn many_at_once() {
    let all = [("of_future", "ok", 100), ("boxed_recursion", "ok", 200)];
    recorded(module_path!(), &all, || {
        let mut running: FuturesUnordered<_> = (0..100).map(|_| of_future(boxed_recursion(1))).collect();
        block_on(async { while running.next().await.is_some() {} });
    });
}

#[test]
fn the_first_error_cancels_the_rest() {
    #[timed]
    async fn slow() -> Result<u32, u32> {
        loop {
            later().await;
        }
    }
    #[timed]
    async fn fails() -> Result<u32, u32> {
        later().await;
        Err(1)
    }
    let both = [("slow", "cancelled", 1), ("fails", "error", 1)];
    assert_eq!(recorded(module_path!(), &both, || block_on(try_join(slow(), fails()))), Err(1));
}
