//! The game as a program of its own, without a display: it loads, animates, reports and ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

/// A project folder, removed in the end.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bevy_game-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join(".pixels/stage")).unwrap();
        Self(path)
    }

    /// Start the game without a display; `assets/sprites` is made by it.
    fn start(&self, arguments: &[&str]) -> Running {
        let child = command(arguments)
            .arg("--headless")
            .arg("--project")
            .arg(&self.0)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let game = Running(child);
        wait("game.json", || {
            self.0.join(".pixels/game.json").exists().then_some(())
        });
        game
    }

    /// Deploy a sprite of one colour; the CRC32 of its RGBA bytes.
    fn deploy(&self, name: &str, color: [u8; 4], frames: u32) -> u32 {
        let (w, h) = (16 * frames, 16);
        let rgba = color.repeat((w * h) as usize);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, w, h);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&rgba).unwrap();
        writer.finish().unwrap();
        let manifest = format!(
            "(version: 1, image: \"{name}.png\", size: ({w}, {h}), \
             frames: Grid(tile: (16, 16), columns: {frames}, rows: 1))"
        );
        for (file, bytes) in [
            (format!("{name}.png"), &bytes[..]),
            (format!("{name}.sprite.ron"), manifest.as_bytes()),
        ] {
            let stage = self.0.join(".pixels/stage/file");
            fs::write(&stage, bytes).unwrap();
            fs::rename(stage, self.0.join("assets/sprites").join(file)).unwrap();
        }
        crc32fast::hash(&rgba)
    }

    fn wait_for_ack(&self, crc32: u32) -> Value {
        wait("the acknowledgement", || {
            let text = fs::read_to_string(self.0.join(".pixels/ack.jsonl")).ok()?;
            let mut lines = text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.find(|line| line["crc32"] == crc32)
        })
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A game that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bevy_game"));
    command
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BEVY_ASSET_ROOT");
    command
}

fn wait<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = get() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited for {what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_deployed_while_it_runs_is_acknowledged() {
    for watcher in ["fast", "stock"] {
        let project = Project::new(watcher);
        let _game = project.start(&["--watcher", watcher]);
        let crc32 = project.deploy("hero", [200, 40, 40, 255], 2);
        let ack = project.wait_for_ack(crc32);
        assert_eq!(ack["path"], "sprites/hero.png");
        assert_eq!(ack["event"], "added");

        let crc32 = project.deploy("hero", [40, 40, 200, 255], 4);
        let ack = project.wait_for_ack(crc32);
        assert_eq!(ack["event"], "modified");
        assert_eq!(
            (&ack["width_px"], &ack["height_px"]),
            (&64.into(), &16.into())
        );
    }
}

#[test]
fn every_sprite_that_the_readme_names_is_looked_for() {
    let project = Project::new("names");
    let _game = project.start(&[]);
    for (number, name) in (1..).zip(["floor", "wall", "hero", "potion", "sword", "chest", "slime"])
    {
        let crc32 = project.deploy(name, [number, 0, 0, 255], 1);
        project.wait_for_ack(crc32);
    }
}

#[test]
fn it_ends_when_it_was_told_to_and_says_so() {
    let project = Project::new("ends");
    let mut game = project.start(&["--exit-after-s", "0.5"]);
    assert!(game.0.wait().unwrap().success());
    assert!(!project.0.join(".pixels/game.json").exists());
}

#[test]
fn a_wrong_command_line_is_refused_with_the_usage() {
    for (arguments, told) in [
        (
            &["--zoom", "9"][..],
            "--zoom is a number from 1 to 8, not 9",
        ),
        (&["--exit-after-s"], "--exit-after-s needs a value"),
        (&["--watcher", "slow"], "fast or stock, not slow"),
        (
            &["--project", "/nowhere/at/all"],
            "no folder /nowhere/at/all",
        ),
        (&["--speed"], "--speed is unknown"),
    ] {
        let Output { status, stderr, .. } = command(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains(told) && stderr.contains("--headless"),
            "{stderr}"
        );
    }
}
