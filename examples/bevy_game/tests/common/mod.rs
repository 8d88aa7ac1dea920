//! A project folder with the game running in it, as a program of its own.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

/// A project folder, removed in the end.
pub struct Project(pub PathBuf);

impl Project {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bevy_game-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join(".pixels/stage")).unwrap();
        Self(path)
    }

    /// Start the game without a display; `assets/sprites` is made by it.
    pub fn start_headless(&self, arguments: &[&str]) -> Running {
        self.start(command(arguments).arg("--headless"))
    }

    /// Start the game, and wait until it reports.
    pub fn start(&self, command: &mut Command) -> Running {
        let child = command
            .arg("--project")
            .arg(&self.0)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let game = Running(child);
        let pid = Value::from(game.0.id());
        wait("game.json", || {
            (self.json("game.json")?["pid"] == pid).then_some(())
        });
        game
    }

    /// A file in `.pixels/`.
    pub fn json(&self, name: &str) -> Option<Value> {
        let bytes = fs::read(self.0.join(".pixels").join(name)).ok()?;
        Some(serde_json::from_slice(&bytes).unwrap())
    }

    /// Put a file into place as pixels-mcp does: staged elsewhere, renamed whole.
    pub fn place(&self, target: &str, bytes: &[u8]) {
        let stage = self.0.join(".pixels/stage/file");
        fs::write(&stage, bytes).unwrap();
        fs::rename(stage, self.0.join(target)).unwrap();
    }

    /// Deploy a sprite of equal frames side by side, and wait until the game has it.
    pub fn deploy(&self, name: &str, picture: &Picture, frames: u32) -> Value {
        let Picture { w, h, ref rgba } = *picture;
        let manifest = format!(
            "(version: 1, image: \"{name}.png\", size: ({w}, {h}), \
             frames: Grid(tile: ({}, {h}), columns: {frames}, rows: 1))",
            w / frames
        );
        let target = format!("assets/sprites/{name}");
        self.place(&format!("{target}.png"), &picture.png());
        self.place(&format!("{target}.sprite.ron"), manifest.as_bytes());
        self.wait_for_ack(crc32fast::hash(rgba))
    }

    fn wait_for_ack(&self, crc32: u32) -> Value {
        wait("the acknowledgement", || {
            let text = fs::read_to_string(self.0.join(".pixels/ack.jsonl")).ok()?;
            let lines = text.lines().map(serde_json::from_str::<Value>);
            lines.flatten().find(|line| line["crc32"] == crc32)
        })
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A game that is ended with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An RGBA picture.
pub struct Picture {
    pub w: u32,
    pub h: u32,
    pub rgba: Vec<u8>,
}

impl Picture {
    /// A picture of one colour.
    pub fn plain(w: u32, h: u32, color: [u8; 4]) -> Self {
        let rgba = color.repeat((w * h) as usize);
        Self { w, h, rgba }
    }

    fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.w, self.h);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&self.rgba).unwrap();
        writer.finish().unwrap();
        bytes
    }
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bevy_game"));
    command
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BEVY_ASSET_ROOT");
    command
}

pub fn wait<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = get() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited for {what}");
        sleep(Duration::from_millis(5));
    }
}
