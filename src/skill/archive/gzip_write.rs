//! Writes one gzip member in pieces that are compressed in parallel.
//!
//! Each piece has a fixed size and begins with the 32 KiB before it as its dictionary, so the bytes
//! depend neither on the number of threads nor on the sizes of writes. Piece `n` belongs to thread
//! `n` modulo their number, so results are taken in order without sorting, and only a few pieces
//! per thread are in flight. The encoder (zlib-rs) and its level are pinned by golden digests.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::parallel;

/// Bytes of a piece. Changing it changes every layer digest, as do the level and the dictionary.
const PIECE: usize = 128 << 10;
const DICTIONARY: usize = 32 << 10;
const LEVEL: u32 = 6;
/// More threads than this would take more memory than they are worth.
const MOST_THREADS: usize = 16;
/// Pieces that each thread may have: one at work, others waiting on either side of it.
const IN_FLIGHT: usize = 3;

/// Magic, deflate, no flags, no time, no hint on the level, unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Compresses what is written to it; [`GzipWriter::finish`] writes the end.
pub(super) struct GzipWriter<W> {
    member: Member<W>,
    piece: Vec<u8>,
    before: Option<Arc<Vec<u8>>>,
    pool: Option<Pool>,
    /// How many threads; all cores without a number.
    threads: Option<usize>,
}

impl<W: Write> GzipWriter<W> {
    /// A writer that uses all cores, and no thread for what fits into one piece.
    pub(super) fn new(out: W) -> io::Result<Self> {
        let member = Member::begin(out)?;
        Ok(Self { member, piece: Vec::new(), before: None, pool: None, threads: None })
    }

    #[cfg(test)]
    pub(super) fn with_threads(out: W, threads: usize) -> io::Result<Self> {
        Ok(Self { threads: Some(threads), ..Self::new(out)? })
    }

    /// Writes what is left and the end of the member, and gives back the writer below.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let last = self.next_job(FlushCompress::Finish);
        match self.pool.take() {
            None => self.member.append(&last.compress()?)?,
            Some(mut pool) => {
                pool.submit(last)?;
                while pool.in_flight() > 0 {
                    self.member.append(&pool.take()?)?;
                }
            }
        }
        self.member.end()
    }

    /// Hands the full piece to a thread; waits for the oldest one where too many are in flight.
    fn submit(&mut self) -> io::Result<()> {
        let job = self.next_job(FlushCompress::Sync);
        let threads = || self.threads.unwrap_or_else(|| parallel::cores().min(MOST_THREADS));
        let pool = match &mut self.pool {
            Some(pool) => pool,
            none => none.insert(Pool::start(threads())?),
        };
        if pool.is_full() {
            self.member.append(&pool.take()?)?;
        }
        pool.submit(job)
    }

    fn next_job(&mut self, flush: FlushCompress) -> Job {
        let next = if flush == FlushCompress::Finish { Vec::new() } else { Vec::with_capacity(PIECE) };
        let data = Arc::new(std::mem::replace(&mut self.piece, next));
        let before = self.before.replace(data.clone());
        Job { data, before, flush }
    }
}

impl<W: Write> Write for GzipWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.submit()?;
        }
        let count = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The member that is written, and the checksum of what is in it.
struct Member<W> {
    out: W,
    crc: Crc,
}

impl<W: Write> Member<W> {
    fn begin(mut out: W) -> io::Result<Self> {
        out.write_all(&HEADER)?;
        Ok(Self { out, crc: Crc::new() })
    }

    fn append(&mut self, done: &Done) -> io::Result<()> {
        self.crc.combine(&done.crc);
        self.out.write_all(&done.bytes)
    }

    fn end(mut self) -> io::Result<W> {
        self.out.write_all(&self.crc.sum().to_le_bytes())?;
        self.out.write_all(&self.crc.amount().to_le_bytes())?;
        Ok(self.out)
    }
}

/// A piece to compress.
struct Job {
    data: Arc<Vec<u8>>,
    before: Option<Arc<Vec<u8>>>,
    flush: FlushCompress,
}

/// A compressed piece.
struct Done {
    bytes: Vec<u8>,
    crc: Crc,
}

impl Job {
    /// Compresses the piece in one call, with room for all of the output, and with an encoder of
    /// its own: its bytes would depend on how it is fed, and after a reset on what it saw before.
    fn compress(&self) -> io::Result<Done> {
        let mut encoder = Compress::new(Compression::new(LEVEL), false);
        if let Some(before) = &self.before {
            encoder.set_dictionary(&before[before.len().saturating_sub(DICTIONARY)..])?;
        }
        let mut bytes = Vec::with_capacity(self.data.len() + self.data.len() / 8 + 1024);
        encoder.compress_vec(&self.data, &mut bytes, self.flush)?;
        if encoder.total_in() != self.data.len() as u64 || bytes.len() == bytes.capacity() {
            return Err(io::Error::other("the encoder needs more room than a piece can take"));
        }
        let mut crc = Crc::new();
        crc.update(&self.data);
        Ok(Done { bytes, crc })
    }
}

/// Threads that compress pieces, each in its turn. They end when the pool is dropped.
struct Pool {
    lanes: Vec<Lane>,
    submitted: usize,
    taken: usize,
}

struct Lane {
    jobs: SyncSender<Job>,
    done: Receiver<io::Result<Done>>,
}

impl Pool {
    fn start(threads: usize) -> io::Result<Self> {
        let lanes = (0..threads.max(1)).map(|_| Lane::start()).collect::<io::Result<_>>()?;
        Ok(Self { lanes, submitted: 0, taken: 0 })
    }

    fn in_flight(&self) -> usize {
        self.submitted - self.taken
    }

    fn is_full(&self) -> bool {
        self.in_flight() == self.lanes.len() * IN_FLIGHT
    }

    fn submit(&mut self, job: Job) -> io::Result<()> {
        let lane = &self.lanes[self.submitted % self.lanes.len()];
        self.submitted += 1;
        lane.jobs.send(job).map_err(|_| ended())
    }

    /// The oldest piece that was not taken yet.
    fn take(&mut self) -> io::Result<Done> {
        let lane = &self.lanes[self.taken % self.lanes.len()];
        self.taken += 1;
        lane.done.recv().map_err(|_| ended())?
    }
}

impl Lane {
    fn start() -> io::Result<Self> {
        let (jobs, waiting) = sync_channel::<Job>(IN_FLIGHT);
        let (results, done) = sync_channel(IN_FLIGHT);
        let work = move || {
            for job in waiting {
                if results.send(job.compress()).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("gzip".to_owned()).spawn(work)?;
        Ok(Self { jobs, done })
    }
}

fn ended() -> io::Error {
    io::Error::other("a compressing thread has ended")
}
