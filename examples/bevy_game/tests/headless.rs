//! The game as a program of its own, without a display: it loads, animates, reports and ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops is a test that fails"
)]

mod common;

use std::process::Output;

use common::{Picture, Project, command};

#[test]
fn what_is_deployed_while_it_runs_is_acknowledged() {
    for watcher in ["fast", "stock"] {
        let project = Project::new(watcher);
        let _game = project.start_headless(&["--watcher", watcher]);
        let red = Picture::plain(32, 16, [200, 40, 40, 255]);
        let ack = project.deploy("hero", &red, 2);
        assert_eq!(ack["path"], "sprites/hero.png");
        assert_eq!(ack["event"], "added");

        let blue = Picture::plain(64, 16, [40, 40, 200, 255]);
        let ack = project.deploy("hero", &blue, 4);
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
    let _game = project.start_headless(&[]);
    let names = ["floor", "wall", "hero", "potion", "sword", "chest", "slime"];
    for (number, name) in (1..).zip(names) {
        project.deploy(name, &Picture::plain(16, 16, [number, 0, 0, 255]), 1);
    }
}

#[test]
fn a_game_that_was_killed_does_not_silence_the_next_one() {
    let project = Project::new("killed");
    drop(project.start_headless(&[]));
    assert!(
        project.json("game.json").is_some(),
        "it was killed, not ended"
    );
    let _next = project.start_headless(&[]);
    project.deploy("hero", &Picture::plain(16, 16, [9, 9, 9, 255]), 1);
}

#[test]
fn it_ends_when_it_was_told_to_and_says_so() {
    let project = Project::new("ends");
    let mut game = project.start_headless(&["--exit-after-s", "0.5"]);
    assert!(game.0.wait().unwrap().success());
    assert!(project.json("game.json").is_none());
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
