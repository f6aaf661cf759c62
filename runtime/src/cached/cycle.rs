//! Loads that wait for each other.
//!
//! A load that asks for its own key, directly or through others, would wait for ever. So each wait that is made from
//! within a load is noted, and one that would close a circle panics. Callers outside of any load pay one look at a
//! thread-local.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::task;

/// A flight. Not its address: what waits for another may be noted for longer than it is in memory, and the next at that
/// address would inherit it.
pub(super) type Id = u64;

pub(super) fn new_id() -> Id {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

thread_local! {
    /// The loads this thread is in, outermost first, and the task that each was entered in. A future's are here while it is
    /// polled.
    static LOADS: RefCell<Vec<(Id, Option<task::Id>)>> = const { RefCell::new(Vec::new()) };
    /// The loads whose tags this thread is asking for, for itself or for whoever follows.
    static ASKED: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
    /// The load that was left last by a panic of its own.
    static PANICKED: Cell<Id> = const { Cell::new(0) };
}

/// From the load that waits to those it waits for, and how often: its futures may be many.
static WAITS: Mutex<Option<HashMap<Id, HashMap<Id, usize>>>> = Mutex::new(None);

/// As long as it lives, this thread runs the load of `id`.
pub(super) struct InLoad {
    id: Id,
    is_noted: bool,
    /// A destructor runs it, on the way out of a panic that is not its own.
    unwinds: bool,
}

impl InLoad {
    #[inline]
    pub(super) fn enter(id: Id) -> Self {
        let is_noted = LOADS.try_with(|loads| loads.borrow_mut().push((id, task::try_id()))).is_ok();
        // That was the leader before, from whom this one took over.
        if has_panicked(id) {
            PANICKED.set(0);
        }
        Self { id, is_noted, unwinds: thread::panicking() }
    }
}

impl Drop for InLoad {
    #[inline]
    fn drop(&mut self) {
        if self.is_noted {
            let _ = LOADS.try_with(|loads| loads.borrow_mut().pop());
        }
        if !self.unwinds && thread::panicking() {
            let _ = PANICKED.try_with(|last| last.set(self.id));
        }
    }
}

/// Whether it was a panic of its own that ended the load of `id` just now. The thread may be unwinding without that: a
/// future is cancelled when somebody else's panic drops it.
pub(super) fn has_panicked(id: Id) -> bool {
    PANICKED.try_with(|last| last.get() == id).unwrap_or_default()
}

/// As long as it lives, this thread asks for tags of a load.
pub(super) struct Asking;

/// `None` if it does already: what is asked would ask for itself, before anybody waits.
pub(super) fn ask_tags(id: Id) -> Option<Asking> {
    let is_asked = |asked: &RefCell<Vec<Id>>| {
        let mut asked = asked.borrow_mut();
        let is_asked = asked.contains(&id);
        if !is_asked {
            asked.push(id);
        }
        is_asked
    };
    // Not `then_some`: that would drop one that was never entered.
    (!ASKED.try_with(is_asked).unwrap_or_default()).then(|| Asking)
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = ASKED.try_with(|asked| asked.borrow_mut().pop());
    }
}

/// The waits of the loads this thread is in, for as long as it lives.
#[derive(Default)]
pub(super) struct Waiting {
    loads: Box<[Id]>,
    on: Id,
}

/// Notes that the loads this thread is in wait for `on`, as the thread itself does. `None` if that closes a circle.
pub(super) fn block_on(on: Id) -> Option<Waiting> {
    wait(on, |_| true)
}

/// As [`block_on`], for a future: it is its task that waits. A load that blocks on a runtime may be polling any other task of
/// that runtime, and goes on without it.
pub(super) fn wait_for(on: Id) -> Option<Waiting> {
    wait(on, |task| task == task::try_id())
}

fn wait(on: Id, waits: impl Fn(Option<task::Id>) -> bool) -> Option<Waiting> {
    let those_that_wait = |loads: &RefCell<Vec<(Id, _)>>| {
        loads.borrow().iter().filter(|(_, task)| waits(*task)).map(|(id, _)| *id).collect::<Box<[_]>>()
    };
    let loads = LOADS.try_with(those_that_wait).unwrap_or_default();
    if loads.is_empty() {
        return Some(Waiting::default());
    }
    let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    let waits = waits.get_or_insert_default();
    let own: HashSet<Id> = loads.iter().copied().collect();
    let (mut reached, mut next) = (HashSet::from([on]), vec![on]);
    while let Some(id) = next.pop() {
        if own.contains(&id) {
            return None;
        }
        let further = waits.get(&id).into_iter().flat_map(HashMap::keys);
        next.extend(further.filter(|id| reached.insert(**id)));
    }
    for &load in &loads {
        *waits.entry(load).or_default().entry(on).or_default() += 1;
    }
    Some(Waiting { loads, on })
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.loads.is_empty() {
            return;
        }
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waits) = waits.as_mut() else { return };
        for load in &self.loads {
            let Some(on) = waits.get_mut(load) else { continue };
            if let Some(times) = on.get_mut(&self.on) {
                *times -= 1;
                if *times == 0 {
                    on.remove(&self.on);
                }
            }
            if on.is_empty() {
                waits.remove(load);
            }
        }
    }
}
