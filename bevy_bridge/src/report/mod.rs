//! What the game tells those outside: `game.json`, `ack.jsonl` and pictures of its window.
//!
//! Everything is written by one thread of its own; a frame only puts a message into a queue, and
//! drops it when the queue is full.

mod facts;
mod folder;
mod job;
mod reporter;
#[cfg(feature = "screenshot")]
mod screenshot_files;
mod writer;

pub(crate) use facts::inspect;
pub(crate) use job::MissingAnimation;
pub(crate) use reporter::{Reporter, count_frames};
#[cfg(feature = "screenshot")]
pub(crate) use screenshot_files::{Picture, SpriteOnScreen, TilemapOnScreen};
