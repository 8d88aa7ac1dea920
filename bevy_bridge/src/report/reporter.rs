//! The game's end of the writer.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, channel, sync_channel},
    },
    thread::JoinHandle,
};

use bevy::{diagnostic::FrameCount, prelude::*};

#[cfg(feature = "screenshot")]
use super::screenshot_files::Picture;
use super::{facts::GameFacts, job::Job, job::MissingAnimation, writer::Writer};
use crate::reload_log::{Reload, ReloadLog};

/// Messages that wait for the writer; more are counted and dropped.
const QUEUE_LEN: usize = 4096;

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

    /// Tell which animations are missing now; false when it cannot be told yet.
    pub fn tell_missing_animations(&self, missing: Vec<MissingAnimation>) -> bool {
        self.put(Job::MissingAnimations(missing))
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
