//! `*.sprite.ron`, version 1: what stands in the file, and whether it can be right.

use std::collections::BTreeMap;

use bevy::prelude::*;
use serde::Deserialize;

use crate::error::SheetError;

/// The version of `*.sprite.ron` that this crate reads.
pub const SHEET_VERSION: u32 = 1;
/// The longest side of a sheet; every GPU that Bevy runs on can hold such a texture.
pub const MAX_SHEET_PX: u32 = 8192;
/// The most frames of one sheet.
pub const MAX_FRAMES: u64 = 65_536;

/// A `*.sprite.ron` file, as written. [`SheetFile::parse`] checks it.
#[non_exhaustive]
#[derive(Deserialize, Debug, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SheetFile {
    /// Version of the format: 1.
    pub version: u32,
    /// The picture, relative to this file.
    pub image: String,
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// Where the frames stand in the picture.
    pub frames: Frames,
    /// The point of a frame that stands at the entity's position: 0 to 1, x to the right, y down.
    /// Left out: the centre.
    #[serde(default)]
    pub pivot: Option<(f32, f32)>,
    /// The animations by name.
    #[serde(default)]
    pub animations: BTreeMap<String, Clip>,
}

/// Where the frames stand in the picture.
#[non_exhaustive]
#[derive(Deserialize, Debug, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub enum Frames {
    /// Tiles of one size, counted row by row from the top left.
    Grid {
        /// Width and height of a tile in pixels.
        tile: (u32, u32),
        /// Tiles in a row.
        columns: u32,
        /// Rows of tiles.
        rows: u32,
    },
    /// Packed frames: x, y, width and height in pixels from the top left.
    Rects(Vec<(u32, u32, u32, u32)>),
}

/// One animation: frame numbers, and how long each is shown.
#[non_exhaustive]
#[derive(Deserialize, Reflect, Debug, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Numbers of the frames, in the order of showing.
    pub frames: Vec<usize>,
    /// Milliseconds for each entry of `frames`.
    pub ms: Vec<u32>,
    /// What happens after the last frame.
    #[serde(default)]
    pub play: Play,
}

/// What an animation does after its last frame.
#[non_exhaustive]
#[derive(Deserialize, Reflect, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Play {
    /// Begin again.
    #[default]
    Loop,
    /// Stay on the last frame.
    Once,
    /// Go back and forth; the first and the last frame are shown once a turn.
    PingPong,
}

/// What can be read of a file of any version.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl SheetFile {
    /// Read and check a manifest.
    ///
    /// # Errors
    /// The text is not RON of this shape, its version is another one, or its numbers contradict each other.
    pub fn parse(text: &str) -> Result<Self, SheetError> {
        // The version first: a newer file may hold fields that this crate cannot know.
        if let Ok(head) = ron::from_str::<Head>(text)
            && head.version != SHEET_VERSION
        {
            return Err(SheetError::Version {
                found: head.version,
                reads: SHEET_VERSION,
            });
        }
        let file: Self = ron::from_str(text)?;
        file.check()?;
        Ok(file)
    }

    /// The rectangles of all frames in pixels, in frame order.
    #[must_use]
    pub fn rects(&self) -> Vec<URect> {
        match &self.frames {
            &Frames::Grid {
                tile: (w, h),
                columns,
                rows,
            } => (0..rows)
                .flat_map(|row| (0..columns).map(move |column| (column * w, row * h)))
                .map(|(x, y)| URect::new(x, y, x + w, y + h))
                .collect(),
            Frames::Rects(rects) => rects
                .iter()
                .map(|&(x, y, w, h)| URect::new(x, y, x + w, y + h))
                .collect(),
        }
    }

    fn check(&self) -> Result<(), SheetError> {
        if !is_plain(&self.image) {
            return Err(SheetError::ImageName {
                image: self.image.clone(),
            });
        }
        let frame_count = self.check_frames()?;
        if let Some((x, y)) = self.pivot
            && !((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y))
        {
            return Err(SheetError::Pivot { x, y });
        }
        for (name, clip) in &self.animations {
            clip.check(frame_count)
                .map_err(|reason| SheetError::Animation {
                    name: name.clone(),
                    reason,
                })?;
        }
        Ok(())
    }

    /// Check the sizes; the number of frames.
    fn check_frames(&self) -> Result<u64, SheetError> {
        let (sheet_w, sheet_h) = self.size;
        if !(1..=MAX_SHEET_PX).contains(&sheet_w) || !(1..=MAX_SHEET_PX).contains(&sheet_h) {
            return Err(SheetError::Size(format!(
                "the sheet is {sheet_w}x{sheet_h}; 1 to {MAX_SHEET_PX} a side will do"
            )));
        }
        let fits = |what: &str, x: u64, y: u64, w: u64, h: u64| {
            if w == 0 || h == 0 {
                return Err(SheetError::Size(format!("{what} is {w}x{h}")));
            }
            if x + w > u64::from(sheet_w) || y + h > u64::from(sheet_h) {
                let (right, bottom) = (x + w, y + h);
                return Err(SheetError::Size(format!(
                    "{what} reaches {right},{bottom} in a sheet of {sheet_w}x{sheet_h}"
                )));
            }
            Ok(())
        };
        let frame_count = match &self.frames {
            Frames::Grid {
                tile,
                columns,
                rows,
            } => {
                let [w, h, columns, rows] = [tile.0, tile.1, *columns, *rows].map(u64::from);
                fits("a tile", 0, 0, w, h)?;
                fits(
                    "the grid",
                    0,
                    0,
                    w.saturating_mul(columns),
                    h.saturating_mul(rows),
                )?;
                columns * rows
            }
            Frames::Rects(rects) => {
                for (number, &(x, y, w, h)) in rects.iter().enumerate() {
                    fits(
                        &format!("frame {number}"),
                        x.into(),
                        y.into(),
                        w.into(),
                        h.into(),
                    )?;
                }
                rects.len() as u64
            }
        };
        if !(1..=MAX_FRAMES).contains(&frame_count) {
            return Err(SheetError::Size(format!(
                "{frame_count} frames; 1 to {MAX_FRAMES} will do"
            )));
        }
        Ok(frame_count)
    }
}

impl Clip {
    fn check(&self, frame_count: u64) -> Result<(), String> {
        let (frames, times) = (self.frames.len(), self.ms.len());
        if frames == 0 {
            return Err("it has no frames".into());
        }
        if frames != times {
            return Err(format!("it has {frames} frames and {times} times"));
        }
        if self.ms.contains(&0) {
            return Err("a frame is shown for 0 ms".into());
        }
        match self
            .frames
            .iter()
            .find(|&&frame| frame as u64 >= frame_count)
        {
            Some(frame) => Err(format!(
                "it names frame {frame}; the sheet has 0 to {}",
                frame_count - 1
            )),
            None => Ok(()),
        }
    }
}

/// Whether a picture's path stays below its manifest's folder.
pub(crate) fn is_plain(image: &str) -> bool {
    !image.contains(['\\', ':', '#'])
        && image
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."))
}
