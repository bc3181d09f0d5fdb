//! What the outbox needs of a transport.

use super::queue::Batch;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind, IoSlice, Write},
    task::{Context, Poll},
};
use tokio::{io::Interest, net::TcpStream};

pub(crate) trait Wire {
    /// Offers a batch to the kernel without waiting; returns the bytes it took.
    fn try_write(&self, batch: &Batch) -> io::Result<usize>;

    /// Ready when the kernel may take bytes again. Only the session's task asks.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Wire for TcpStream {
    fn try_write(&self, batch: &Batch) -> io::Result<usize> {
        let mut short = 0;
        let result = self.try_io(Interest::WRITABLE, || {
            let socket = SockRef::from(self);
            let written = batch.with_slices(|slices| write(&socket, slices))?;
            if written < batch.len() {
                // The kernel is full. Saying so from in here clears the readiness that was seen
                // before the write, so that the next event is not lost; and no second call is
                // spent on learning the same.
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

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }
}

fn write(mut socket: &socket2::Socket, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        let result = match slices {
            [one] => socket.write(one),
            many => socket.write_vectored(many),
        };
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
