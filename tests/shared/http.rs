//! As much of HTTP as tests need: one request, one answer, on a connection that ends with it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One answer.
#[derive(Debug)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// In lower case.
    pub head: String,
    /// What is not UTF-8 is replaced.
    pub body: String,
}

/// A connection that waits for an answer, but not for ever.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// What `target` gets.
pub fn get(address: SocketAddr, target: &str) -> Answer {
    ask(address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// What `request` gets, which must ask for the connection to be closed.
pub fn ask(address: SocketAddr, request: &str) -> Answer {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    Answer::all_in(&received).pop().unwrap_or_else(|| panic!("no answer to {request:?}"))
}

impl Answer {
    /// The one that was received, if it is all there.
    pub fn complete(received: &[u8]) -> Option<Self> {
        let head = &received[..position(received, b"\r\n\r\n")? + 4];
        let fields = String::from_utf8_lossy(head).to_ascii_lowercase();
        let length =
            fields.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        let is_complete = length.is_some_and(|length: usize| received.len() == head.len() + length);
        is_complete.then(|| Self::all_in(received).pop())?
    }

    /// The answers that follow each other on one connection.
    pub fn all_in(mut received: &[u8]) -> Vec<Self> {
        let mut answers = Vec::new();
        while let Some(end) = position(received, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            let rest = &received[end + 4..];
            let field = |name| head.lines().find_map(|line| line.strip_prefix(name));
            let (body, rest) = if field("transfer-encoding: ") == Some("chunked") {
                chunks(rest)
            } else {
                let length = field("content-length: ").map_or(0, |length| length.trim().parse().unwrap());
                (rest[..length].to_vec(), &rest[length..])
            };
            answers.push(Self { status, head, body: String::from_utf8_lossy(&body).into_owned() });
            received = rest;
        }
        answers
    }
}

/// The parts of a body, put together, and what follows them.
fn chunks(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut body = Vec::new();
    loop {
        let line = position(rest, b"\r\n").expect("the size of a chunk");
        let size = str::from_utf8(&rest[..line]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("a size in hexadecimal");
        let chunk = &rest[line + 2..];
        body.extend(&chunk[..size]);
        rest = &chunk[size + 2..];
        if size == 0 {
            return (body, rest);
        }
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
