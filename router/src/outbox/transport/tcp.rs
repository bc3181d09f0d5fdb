//! A `TcpStream`, shared without a lock: the kernel synchronizes the calls.

use crate::outbox::{
    chunk::{self, CHUNK_BYTES},
    queue::Batch,
};
use socket2::SockRef;
use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
    pin::pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use tokio::{
    io::{Interest, Ready},
    net::TcpStream,
};

pub(super) fn poll_read(
    stream: &TcpStream,
    cx: &mut Context<'_>,
    space: &mut [u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_read_ready(cx))?;
        match read(stream, space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result),
        }
    }
}

pub(super) fn is_read_closed(stream: &TcpStream) -> bool {
    readiness(stream, Interest::READABLE).is_read_closed()
}

pub(super) fn is_reset(stream: &TcpStream) -> bool {
    readiness(stream, Interest::WRITABLE).is_write_closed()
}

/// The readiness that the system has reported so far.
fn readiness(stream: &TcpStream, interest: Interest) -> Ready {
    let ready = pin!(stream.ready(interest));
    match ready.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(ready)) => ready,
        Poll::Ready(Err(_)) | Poll::Pending => Ready::EMPTY,
    }
}

/// Reads the available data. A short read means that no more data is available. The recorded readiness is
/// then cleared without a second system call. Tokio does not clear it if a new event has arrived since the
/// read began, so no event is lost.
fn read(stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    let mut short = 0;
    let result = stream.try_io(Interest::READABLE, || {
        let socket = SockRef::from(stream);
        loop {
            match (&*socket).read(space) {
                Ok(read) if 0 < read && read < space.len() => {
                    short = read;
                    return Err(ErrorKind::WouldBlock.into());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    });
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock && short > 0 => Ok(short),
        result => result,
    }
}

pub(super) fn try_write(stream: &TcpStream, batch: &Batch) -> io::Result<usize> {
    let mut short = 0;
    let result = stream.try_io(Interest::WRITABLE, || {
        let socket = SockRef::from(stream);
        let written = batch.with_slices(|slices| write(&socket, slices, batch.len()))?;
        if written < batch.len() {
            // The kernel's buffer is full. `WouldBlock` clears the recorded readiness without a second system
            // call. Tokio does not clear it if a new event has arrived since the write began, so no event is
            // lost.
            short = written;
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(written)
    });
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock && short > 0 => Ok(short),
        result => result,
    }
}

/// Writes without using the runtime's record of the stream's readiness. The record is on a cache line of its
/// own, so using it would cost a publish to many clients one more cache miss per client. If the kernel
/// refuses bytes, the record still says that the stream is writable. The session corrects the record when it
/// tries to write.
pub(super) fn try_write_as_guest(stream: &TcpStream, batch: &Batch) -> io::Result<usize> {
    let socket = SockRef::from(stream);
    batch.with_slices(|slices| write(&socket, slices, batch.len()))
}

/// Slices with fewer bytes than this on average are joined, up to [`CHUNK_BYTES`] bytes in total, because one
/// slice costs the kernel less than many. In a fan-out of small messages, this saves a fifth of the CPU time.
const SHORT: usize = 1024;

fn write(socket: &socket2::Socket, slices: &[IoSlice<'_>], total: usize) -> io::Result<usize> {
    if let [one] = slices {
        return uninterrupted(|| (&*socket).write(one));
    }
    if total > CHUNK_BYTES.min(SHORT * slices.len()) {
        return uninterrupted(|| (&*socket).write_vectored(slices));
    }
    let mut joined = chunk::take();
    for slice in slices {
        joined.extend_from_slice(slice);
    }
    let result = uninterrupted(|| (&*socket).write(&joined));
    chunk::give_back(joined);
    result
}

fn uninterrupted(mut act: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        let result = act();
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

// The following three functions fail only if the peer has ended the connection first.

pub(super) fn close_write(stream: &TcpStream) {
    let _ = SockRef::from(stream).shutdown(Shutdown::Write);
}

pub(super) fn close(stream: &TcpStream) {
    let _ = SockRef::from(stream).shutdown(Shutdown::Both);
}

/// The reset itself is sent when the stream is dropped.
pub(super) fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
