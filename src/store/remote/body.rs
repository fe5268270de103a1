//! Request bodies: content that is verified while it is sent, and that can be sent again.

use std::io::{self, Read};

use bytes::Bytes;
use futures::stream::{self, Stream};
use tokio::sync::mpsc;

use super::pace::Pace;
use crate::error::chain;
use crate::image::Blob;

/// How much is handed to the connection at once, in bytes.
const CHUNK: usize = 128 << 10;

type Chunk = Result<Bytes, Failure>;

/// Our side's failure to send: the content cannot be read, or is not what its digest says.
#[derive(Debug, thiserror::Error)]
#[error("the content cannot be sent")]
pub(super) struct Failure(#[from] io::Error);

/// A body that sends `blob`, and that breaks off before its end when the content is not, or is no
/// longer, what its digest says.
pub(super) fn sending(blob: &Blob, pace: &Pace) -> reqwest::Body {
    let pace = pace.clone();
    let (sender, receiver) = mpsc::channel(2);
    let blob = blob.clone();
    tokio::task::spawn_blocking(move || read_all(&blob, &sender));
    reqwest::Body::wrap_stream(counted(receiver, pace))
}

fn counted(receiver: mpsc::Receiver<Chunk>, pace: Pace) -> impl Stream<Item = Chunk> {
    stream::unfold((receiver, pace), |(mut receiver, pace)| async move {
        let chunk = receiver.recv().await?;
        pace.add(chunk.as_ref().map_or(0, Bytes::len));
        Some((chunk, (receiver, pace)))
    })
}

/// Reads on a thread that may block. Every chunk waits until the next read has passed, so that the
/// last one leaves only when all of the content is verified.
fn read_all(blob: &Blob, sender: &mpsc::Sender<Chunk>) {
    let mut reader = blob.verifying_reader();
    let mut held = Bytes::new();
    loop {
        let next = match read_chunk(&mut reader) {
            Ok(next) => next,
            error => return drop(sender.blocking_send(error)),
        };
        let end = next.is_empty();
        let ready = std::mem::replace(&mut held, next);
        // The other side hangs up when the request is over early.
        let gone = !ready.is_empty() && sender.blocking_send(Ok(ready)).is_err();
        if end || gone {
            return;
        }
    }
}

fn read_chunk(reader: &mut impl Read) -> Chunk {
    let mut buffer = vec![0; CHUNK];
    let count = reader.read(&mut buffer)?;
    buffer.truncate(count);
    Ok(buffer.into())
}

/// The failure of our side behind an error of the network stack, where there is one.
pub(super) fn failure<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    chain(error).find_map(|error| error.downcast_ref()).map(|Failure(found)| found)
}
