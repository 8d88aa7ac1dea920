//! The game in a window, drawn in software on a display of its own: what is deployed is on screen,
//! pixel by pixel. Needs Xvfb and Mesa's software Vulkan; without them it is left out, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use common::{Picture, Project, command, wait};
use serde_json::Value;

/// A display without a screen.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn open() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x720x24"])
            .args(["-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let name = format!(":{}", number.trim());
        Some(Self { server, name })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The description of Mesa's software Vulkan.
fn software_vulkan() -> Option<PathBuf> {
    let drivers = fs::read_dir("/usr/share/vulkan/icd.d").ok()?;
    let mut paths = drivers.map(|driver| driver.unwrap().path());
    paths.find(|path| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("lvp_icd")
    })
}

/// Colours that differ from pixel to pixel, with a transparent border.
fn colorful(w: u32, h: u32, seed: u32) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (i % w, i / w);
        if x == 0 || y == 0 || x == w - 1 || y == h - 1 {
            return [0; 4];
        }
        let [r, g, b, _] = (i + seed).wrapping_mul(2_654_435_761).to_be_bytes();
        [r, g, b, 255]
    };
    let rgba = (0..w * h).flat_map(pixel).collect();
    Picture { w, h, rgba }
}

/// Ask the game for its picture: the answer, and the RGB bytes.
fn screenshot(project: &Project, id: &str) -> (Value, Vec<u8>) {
    let request = format!("{{\"id\": \"{id}\"}}");
    project.place(".pixels/screenshot.request", request.as_bytes());
    let shots = project.0.join(".pixels/screenshots");
    let answer = wait("a picture", || {
        project.json(&format!("screenshots/{id}.json"))
    });
    assert_eq!(answer["ok"], true, "{answer}");
    let file = BufReader::new(fs::File::open(shots.join(format!("{id}.png"))).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    assert_eq!(
        (&answer["width_px"], &answer["height_px"]),
        (&info.width.into(), &info.height.into())
    );
    (answer, rgb)
}

fn four(value: &Value) -> [usize; 4] {
    let numbers: Vec<usize> = serde_json::from_value(value.clone()).unwrap();
    numbers.try_into().unwrap()
}

/// Compare every opaque pixel of the sheet's frame with the squares that stand for it on screen.
fn assert_on_screen(name: &str, sheet: &Picture, zoom: usize, answer: &Value, screen: &[u8]) {
    let sprites = answer["sprites"].as_array().unwrap();
    let sprite = sprites
        .iter()
        .find(|sprite| sprite["name"] == name)
        .unwrap();
    assert_eq!(sprite["whole_px"], true, "{sprite}");
    let [x, y, w, h] = four(&sprite["source_px"]);
    let [left, top, wide, high] = four(&sprite["screen_px"]);
    assert_eq!((wide, high), (w * zoom, h * zoom), "{sprite}");
    let screen_w = answer["width_px"].as_u64().unwrap() as usize;
    let mut opaque = 0;
    for (px, py) in (0..wide).flat_map(|px| (0..high).map(move |py| (px, py))) {
        let column = if sprite["flip_x"] == true {
            w - 1 - px / zoom
        } else {
            px / zoom
        };
        let at = ((y + py / zoom) * sheet.w as usize + x + column) * 4;
        let [rgb @ .., alpha] = &sheet.rgba[at..at + 4] else {
            unreachable!()
        };
        if *alpha == 255 {
            opaque += 1;
            let at = ((top + py) * screen_w + left + px) * 3;
            assert_eq!(&screen[at..at + 3], rgb, "{name} at {px}, {py}");
        }
    }
    assert!(opaque > 0);
}

#[test]
fn what_is_deployed_is_on_screen_pixel_by_pixel() {
    let (Some(vulkan), Some(display)) = (software_vulkan(), Display::open()) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "Xvfb or mesa-vulkan-drivers is missing"
        );
        eprintln!("left out: Xvfb or Mesa's software Vulkan is missing");
        return;
    };
    for zoom in [2, 3] {
        let project = Project::new(&format!("window-{zoom}"));
        let _game = project.start(
            command(&["--zoom", &zoom.to_string()])
                .env("DISPLAY", &display.name)
                .env("VK_ICD_FILENAMES", &vulkan)
                .env("WGPU_BACKEND", "vulkan")
                .env("XDG_RUNTIME_DIR", &project.0),
        );
        let (potion, hero) = (colorful(32, 32, 1), colorful(64, 32, 2));
        project.deploy("potion", &potion, 1);
        project.deploy("hero", &hero, 2);
        let (answer, screen) = screenshot(&project, "before");
        assert_on_screen("potion", &potion, zoom, &answer, &screen);
        assert_on_screen("hero", &hero, zoom, &answer, &screen);

        let (larger, other_hero) = (colorful(45, 27, 3), colorful(32, 40, 4));
        project.deploy("potion", &larger, 1);
        project.deploy("hero", &other_hero, 1);
        let (answer, screen) = screenshot(&project, "after");
        assert_on_screen("potion", &larger, zoom, &answer, &screen);
        assert_on_screen("hero", &other_hero, zoom, &answer, &screen);
    }
}
