//! What the game tells those outside: `game.json`, `ack.jsonl` and pictures of its window.
//!
//! Everything is written by one thread of its own; a frame only puts a message into a queue, and
//! drops it when the queue is full.

mod folder;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, channel, sync_channel},
    },
    thread::JoinHandle,
};

use bevy::{asset::AssetPlugin, diagnostic::FrameCount, prelude::*};
use serde::Serialize;

#[cfg(feature = "screenshot")]
pub(crate) use writer::Picture;
use writer::{Job, Writer};

use crate::{
    Reload, ReloadLog,
    fast::{FastHotReload, STOCK_DEBOUNCE},
};

/// Messages that wait for the writer; more are counted and dropped.
const QUEUE_LEN: usize = 4096;

/// What does not change while the game runs: the body of `game.json`.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct GameFacts {
    /// The Bevy that this crate is made for.
    pub bevy: &'static str,
    pub bevy_pixels: &'static str,
    pub assets_root: PathBuf,
    pub watching: bool,
    pub debounce_ms: u64,
    pub screenshots: bool,
}

/// The game's end of the writer.
#[derive(Resource)]
pub(crate) struct Reporter {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    finished: Mutex<Receiver<Reload>>,
    #[cfg(feature = "screenshot")]
    screenshot_ids: Mutex<Receiver<String>>,
    frame: Arc<AtomicU32>,
}

impl Reporter {
    /// Start writing into `folder`.
    pub fn start(folder: PathBuf, facts: GameFacts) -> Self {
        let (jobs, jobs_in) = sync_channel(QUEUE_LEN);
        let (finished_out, finished) = channel();
        let (screenshot_ids_out, _screenshot_ids) = channel();
        let frame = Arc::new(AtomicU32::new(0));
        let writer = Writer::new(
            folder,
            facts,
            frame.clone(),
            finished_out,
            screenshot_ids_out,
        );
        let thread = std::thread::Builder::new()
            .name("pixels report".into())
            .spawn(move || writer.run(&jobs_in));
        let thread = thread
            .inspect_err(|error| warn!("nothing is reported to pixels-mcp: no thread: {error}"))
            .ok();
        Self {
            jobs: Some(jobs),
            thread,
            finished: Mutex::new(finished),
            #[cfg(feature = "screenshot")]
            screenshot_ids: Mutex::new(_screenshot_ids),
            frame,
        }
    }

    /// Report a load. `rgba` is summed by the writer; without it the load's own sum stands.
    pub fn send(&self, mut reload: Reload, rgba: Option<Vec<u8>>, log: &mut ReloadLog) {
        log.seq += 1;
        reload.seq = log.seq;
        if !self.put(Job::Loaded { reload, rgba }) {
            if log.lost == 0 {
                warn!("more pictures are loaded at once than can be reported: some are left out");
            }
            log.lost += 1;
        }
    }

    /// Loads that the writer has finished.
    pub fn finished(&mut self) -> Vec<Reload> {
        let finished = self.finished.get_mut();
        finished
            .unwrap_or_else(PoisonError::into_inner)
            .try_iter()
            .collect()
    }

    fn put(&self, job: Job) -> bool {
        self.jobs
            .as_ref()
            .is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

#[cfg(feature = "screenshot")]
impl Reporter {
    /// Ids of the screenshots that were asked for.
    pub fn screenshot_ids(&mut self) -> Vec<String> {
        let ids = self.screenshot_ids.get_mut();
        ids.unwrap_or_else(PoisonError::into_inner)
            .try_iter()
            .collect()
    }

    /// Answer a request for a screenshot, with a picture or with the reason why there is none.
    pub fn answer_screenshot(&self, id: String, picture: Result<Picture, String>) {
        if !self.put(Job::Screenshot { id, picture }) {
            warn!("a screenshot is left out: too much is being reported");
        }
    }
}

impl Drop for Reporter {
    /// Let the writer finish, so that the last lines and the end of the game are told.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Tell the writer that the game still draws.
pub(crate) fn count_frames(frame: Res<FrameCount>, reporter: Res<Reporter>) {
    reporter.frame.store(frame.0, Ordering::Relaxed);
}

/// The facts of this app, and the folder of its game.
pub(crate) fn inspect(app: &App, screenshots: bool) -> (PathBuf, GameFacts) {
    let base = base_path();
    let plugins = app.get_added_plugins::<AssetPlugin>();
    let file_path = plugins
        .first()
        .map_or("assets", |plugin| plugin.file_path.as_str());
    let fast = app.world().get_resource::<FastHotReload>();
    if let Some(fast) = fast.filter(|fast| fast.assets != file_path) {
        let watched = &fast.assets;
        warn!("fast_hot_reload watches \"{watched}\", the game loads from \"{file_path}\"");
    }
    let assets_root = base.join(file_path);
    let assets_root = std::path::absolute(&assets_root).unwrap_or(assets_root);
    let game = if Path::new(file_path).is_absolute() {
        assets_root.parent().map(Path::to_path_buf)
    } else {
        std::path::absolute(base).ok()
    };
    let watching = app
        .world()
        .get_resource::<AssetServer>()
        .is_some_and(AssetServer::watching_for_changes);
    if !assets_root.is_dir() {
        let folder = assets_root.display();
        warn!("the assets folder {folder} is missing: create it and start again to see changes");
    }
    let facts = GameFacts {
        bevy: "0.19",
        bevy_pixels: env!("CARGO_PKG_VERSION"),
        watching: watching && assets_root.is_dir(),
        debounce_ms: fast
            .map_or(STOCK_DEBOUNCE, |fast| fast.debounce)
            .as_millis() as u64,
        assets_root,
        screenshots,
    };
    (game.unwrap_or_default().join(".pixels"), facts)
}

/// The folder that relative paths of assets begin at.
#[cfg(not(target_arch = "wasm32"))]
fn base_path() -> PathBuf {
    bevy::asset::io::file::FileAssetReader::get_base_path()
}

/// In a browser there is no such folder, and nothing to write to.
#[cfg(target_arch = "wasm32")]
fn base_path() -> PathBuf {
    PathBuf::new()
}
