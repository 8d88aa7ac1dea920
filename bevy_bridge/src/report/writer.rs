//! The thread that writes.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use bevy::log::{info, warn};
use serde::Serialize;

#[cfg(feature = "screenshot")]
use super::screenshot_files::{request_id, write_answer};
use super::{
    facts::GameFacts,
    folder::Folder,
    job::{Job, MissingAnimation},
};
use crate::reload_log::Reload;

/// How often requests are looked for.
const TICK: Duration = Duration::from_millis(100);
/// How often a game that draws renews `game.json`.
const BEAT: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    folder: Folder,
    facts: GameFacts,
    pid: u32,
    frame: Arc<AtomicU32>,
    finished: Sender<Reload>,
    #[cfg_attr(not(feature = "screenshot"), expect(dead_code))]
    screenshot_ids: Sender<String>,
    /// Held while this is the game that reports here.
    lock: Option<std::fs::File>,
    told_of_other: bool,
    last_problem: Option<String>,
    beaten_frame: Option<u32>,
    missing_animations: Vec<MissingAnimation>,
}

#[derive(Serialize)]
struct GameJson<'a> {
    pid: u32,
    #[serde(flatten)]
    facts: &'a GameFacts,
    frame: u32,
    missing_animations: &'a [MissingAnimation],
}

#[derive(Serialize)]
struct AckLine<'a> {
    pid: u32,
    #[serde(flatten)]
    reload: &'a Reload,
}

impl Writer {
    pub fn new(
        folder: PathBuf,
        facts: GameFacts,
        frame: Arc<AtomicU32>,
        finished: Sender<Reload>,
        screenshot_ids: Sender<String>,
    ) -> Self {
        Self {
            folder: Folder::new(folder),
            facts,
            pid: std::process::id(),
            frame,
            finished,
            screenshot_ids,
            lock: None,
            told_of_other: false,
            last_problem: None,
            beaten_frame: None,
            missing_animations: Vec::new(),
        }
    }

    /// Work until the game is gone.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        let mut next_beat = Instant::now();
        loop {
            if Instant::now() >= next_beat {
                next_beat = Instant::now() + BEAT;
                self.beat();
            }
            match jobs.recv_timeout(TICK) {
                Ok(first) => self.work(std::iter::once(first).chain(jobs.try_iter())),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            #[cfg(feature = "screenshot")]
            self.take_screenshot_request();
        }
        if self.lock.is_some() {
            let removed = self.folder.remove("game.json");
            self.tell(removed);
        }
    }

    /// Renew `game.json` if the game has drawn since the last time, or try to become the game that
    /// reports here.
    fn beat(&mut self) {
        if self.lock.is_none() {
            let locked = self.folder.create().and_then(|()| self.folder.lock());
            match locked {
                Ok(Some(lock)) => {
                    self.lock = Some(lock);
                    if self.told_of_other {
                        info!("the other game has ended: this one reports now");
                    }
                }
                Ok(None) => {
                    self.tell_of_other();
                    return;
                }
                Err(error) => {
                    self.tell(Err(error));
                    return;
                }
            }
        }
        let frame = self.frame.load(Ordering::Relaxed);
        if self.beaten_frame == Some(frame) {
            return;
        }
        self.beaten_frame = Some(frame);
        let game = GameJson {
            pid: self.pid,
            facts: &self.facts,
            frame,
            missing_animations: &self.missing_animations,
        };
        let written = serde_json::to_vec_pretty(&game)
            .map_err(Into::into)
            .and_then(|json| self.folder.replace("game.json", &json));
        self.tell(written);
    }

    fn work(&mut self, jobs: impl Iterator<Item = Job>) {
        let mut lines = String::new();
        for job in jobs {
            match job {
                Job::Loaded { mut reload, rgba } => {
                    if let Some(rgba) = rgba {
                        reload.crc32 = crc32fast::hash(&rgba);
                    }
                    let line = AckLine {
                        pid: self.pid,
                        reload: &reload,
                    };
                    if let Ok(line) = serde_json::to_string(&line) {
                        lines.push_str(&line);
                        lines.push('\n');
                    }
                    // The game may be ending: then nobody reads this any more.
                    let _ = self.finished.send(reload);
                }
                Job::MissingAnimations(missing) => self.missing_animations = missing,
                #[cfg(feature = "screenshot")]
                Job::Screenshot { id, picture } => {
                    let written = write_answer(&id, picture, |name, bytes| {
                        self.folder.write_screenshot(name, bytes)
                    });
                    self.tell(written);
                }
            }
        }
        if self.lock.is_some() && !lines.is_empty() {
            let written = self.folder.append_acks(&lines);
            self.tell(written);
        }
    }

    #[cfg(feature = "screenshot")]
    fn take_screenshot_request(&mut self) {
        if self.lock.is_none() {
            return;
        }
        match self.folder.take_screenshot_request() {
            Ok(Some(bytes)) => match request_id(&bytes) {
                Ok(id) => {
                    let _ = self.screenshot_ids.send(id);
                }
                Err(reason) => warn!("screenshot.request: {reason}"),
            },
            Ok(None) => {}
            Err(error) => self.tell(Err(error)),
        }
    }

    fn tell_of_other(&mut self) {
        if !std::mem::replace(&mut self.told_of_other, true) {
            let folder = self.folder.path().display();
            warn!("another game reports in {folder}: this one keeps silent until that one ends");
        }
    }

    /// Tell a problem with the folder, once.
    fn tell(&mut self, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            let problem = error.to_string();
            if self.last_problem.as_ref() != Some(&problem) {
                let folder = self.folder.path().display();
                warn!("the game cannot report in {folder}: {problem}");
                self.last_problem = Some(problem);
            }
        }
    }
}
