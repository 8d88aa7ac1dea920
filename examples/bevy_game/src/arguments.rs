//! The command line.

use std::{path::PathBuf, time::Duration};

/// What `--help` prints.
pub const USAGE: &str = "\
bevy_game [--headless] [--zoom N] [--exit-after-s S] [--watcher fast|stock] [--project DIR]

  --headless        no window and no GPU: loads, animates and reports
  --zoom N          screen pixels for each pixel of a sprite, 1 to 8 (3)
  --exit-after-s S  end after so many seconds
  --watcher W       fast: a changed file is seen after 50 ms; stock: after Bevy's 300 ms (fast)
  --project DIR     the folder that holds assets/ and .pixels/ (BEVY_ASSET_ROOT, or this example's own)";

/// The command line, read.
pub struct Arguments {
    pub headless: bool,
    pub zoom: u32,
    pub exit_after: Option<Duration>,
    pub fast_watcher: bool,
    pub project: PathBuf,
}

impl Arguments {
    /// Read the words; nothing when help is asked for.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let own = std::env::var_os("BEVY_ASSET_ROOT");
        let mut arguments = Self {
            headless: false,
            zoom: 3,
            exit_after: None,
            fast_watcher: true,
            project: own.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--headless" => arguments.headless = true,
                "--zoom" => arguments.zoom = number(&word, &value()?, 1.0, 8.0)? as u32,
                "--exit-after-s" => {
                    let seconds = number(&word, &value()?, 0.0, 1e6)?;
                    arguments.exit_after = Some(Duration::from_secs_f64(seconds));
                }
                "--watcher" => {
                    arguments.fast_watcher = match value()?.as_str() {
                        "fast" => true,
                        "stock" => false,
                        other => return Err(format!("--watcher is fast or stock, not {other}")),
                    }
                }
                "--project" => arguments.project = value()?.into(),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("{word} is unknown")),
            }
        }
        arguments.project = std::path::absolute(&arguments.project)
            .map_err(|error| format!("--project: {error}"))?;
        if !arguments.project.is_dir() {
            let project = arguments.project.display();
            return Err(format!("--project: there is no folder {project}"));
        }
        Ok(Some(arguments))
    }
}

fn number(word: &str, text: &str, min: f64, max: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!(
            "{word} is a number from {min} to {max}, not {text}"
        )),
    }
}
