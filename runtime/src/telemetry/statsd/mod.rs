//! StatsD over UDP: counters, gauges and timers, summed up here and sent once a second.
//!
//! Of the exporters there are, `metrics-exporter-statsd` sends timers as whole milliseconds, leaves out changes of
//! gauges, and loses what comes in bursts; `metrics-exporter-dogstatsd` sends types that a StatsD daemon counts as
//! counters. Each of them can be passed to `Builder::recorder` where it fits.

mod lines;
mod recorder;
mod samples;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use self::lines::Packets;
pub(super) use self::recorder::StatsDRecorder;
use super::address::with_host;
use super::error::TelemetryError;

/// A daemon that has moved is found again after this time.
const RESOLVED_FOR: Duration = Duration::from_secs(60);

/// So many packets at once, then a pause: daemons read from a buffer that the kernel drops packets from when it is
/// full, 208 KiB on Linux.
const BURST: usize = 32;
const PAUSE: Duration = Duration::from_millis(1);

/// Gauges that do not change are sent again after so many flushes: the daemon may be a new one.
const GAUGES_EVERY: u32 = 10;

pub(super) struct StatsD {
    recorder: StatsDRecorder,
    address: String,
    sender: Mutex<Sender>,
}

struct Sender {
    /// Not connected: what comes back when there is no daemon would use up the next packet.
    socket: UdpSocket,
    to: SocketAddr,
    resolved: Instant,
    flushes: u32,
}

impl StatsD {
    pub(super) fn open(address: String) -> Result<Self, TelemetryError> {
        let open = || {
            let to = resolve(&address)?;
            Ok(Sender { socket: socket_for(to)?, to, resolved: Instant::now(), flushes: 0 })
        };
        match open() {
            Ok(sender) => {
                Ok(Self { recorder: StatsDRecorder::default(), address, sender: Mutex::new(sender) })
            }
            Err(source) => Err(TelemetryError::UnknownHost { address, source }),
        }
    }

    pub(super) fn recorder(&self) -> StatsDRecorder {
        self.recorder.clone()
    }

    /// Sends everything up to now. What cannot be sent is lost, as it is when there is no daemon: nobody may wait.
    pub(super) fn flush(&self) {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let (resend, to) = (sender.flushes.is_multiple_of(GAUGES_EVERY), sender.to);
        sender.flushes = sender.flushes.wrapping_add(1);
        let mut sent = 0;
        let mut packets = Packets::new(|packet| {
            let _ = sender.socket.send_to(packet, to);
            sent += 1;
            if sent % BURST == 0 {
                thread::sleep(PAUSE);
            }
        });
        self.recorder.drain(&mut packets, resend);
        packets.send();
    }

    /// Looks the host up again if it is time. The old address stays if it is not found.
    pub(super) fn resolve_again(&self) {
        let lock = || self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fixed = with_host(&self.address).parse::<SocketAddr>().is_ok();
        if is_fixed || lock().resolved.elapsed() < RESOLVED_FOR {
            return;
        }
        // It may take its time; nobody else's flush is to wait for it.
        let found = resolve(&self.address).and_then(|to| Ok((to, socket_for(to)?)));
        let mut sender = lock();
        sender.resolved = Instant::now();
        match found {
            Ok((to, _)) if to == sender.to => {}
            Ok((to, socket)) => (sender.to, sender.socket) = (to, socket),
            Err(error) => {
                tracing::warn!(target: "fujita", address = self.address, %error, "the StatsD daemon is not found any more");
            }
        }
    }
}

/// The first address, an IPv4 one if there is any: it is what daemons listen on.
fn resolve(address: &str) -> io::Result<SocketAddr> {
    let all: Vec<_> = with_host(address).to_socket_addrs()?.collect();
    let ipv4 = all.iter().find(|address| address.is_ipv4());
    ipv4.or(all.first()).copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it names no host"))
}

fn socket_for(to: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    UdpSocket::bind((any, 0))
}
