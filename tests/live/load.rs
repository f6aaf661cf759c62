//! Users of `codesearch`: many at once, with the same wishes and with new ones, with mistakes, and some who do not wait.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fujita_tests::codesearch::{HAY, Server};
use fujita_tests::http;

/// Requests without end, until it is dropped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    users: Vec<JoinHandle<()>>,
}

/// More bytes in this many files than the cache of files holds.
const LARGE_FILES: usize = 24;
const LARGE: usize = 3 << 20;

/// More at once than the pool of searches has room for.
const CROWD: usize = 300;

const WISHES: [&str; 9] = [
    "/search?q=needle",
    "/search?q=needle",
    "/search?q=line&limit=3",
    "/search?q=%28&regex=1",
    "/file?path=served/src/hay.rs",
    "/file?path=served/no/such.rs",
    "/file?path=../secret.txt",
    "/tree?path=served/src",
    "/tree?path=nowhere",
];

impl Load {
    pub(crate) fn on(server: &Server) -> Self {
        make_large_files(&server.tree.served());
        let stop = Arc::new(AtomicBool::new(false));
        let user = |turn: fn(SocketAddr, usize)| {
            let (stop, address) = (Arc::clone(&stop), server.address);
            thread::spawn(move || {
                let mut turns = 0..;
                while !stop.load(Ordering::Relaxed) {
                    turn(address, turns.next().unwrap_or_default());
                    // The machine has others to serve.
                    thread::sleep(Duration::from_millis(10));
                }
            })
        };
        let users = vec![user(ask_for_the_usual), user(read_large_files), user(come_all_at_once)];
        Self { stop, users }
    }
}

fn make_large_files(served: &Path) {
    let text = HAY.repeat(LARGE / HAY.len());
    for number in 0..LARGE_FILES {
        fs::write(served.join(format!("large{number}.txt")), &text).unwrap();
    }
}

fn ask_for_the_usual(server: SocketAddr, turn: usize) {
    http::get(server, WISHES[turn % WISHES.len()]);
}

fn read_large_files(server: SocketAddr, turn: usize) {
    http::get(server, &format!("/file?path=served/large{}.txt", turn % LARGE_FILES));
}

/// Each with a search of its own, and every third leaves again.
fn come_all_at_once(server: SocketAddr, turn: usize) {
    let (mut leave, mut stay) = (Vec::new(), Vec::new());
    for number in 0..CROWD {
        let mut stream = http::connect(server);
        let target = format!("/search?q=nowhere-{turn}-{number}");
        write!(stream, "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let goes_to = if number.is_multiple_of(3) { &mut leave } else { &mut stay };
        goes_to.push(stream);
    }
    drop(leave);
    for mut stream in stay {
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for user in self.users.drain(..) {
            let ended = user.join();
            assert!(ended.is_ok() || thread::panicking(), "a user of the service panicked");
        }
    }
}
