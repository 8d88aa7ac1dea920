//! `*.tileset.ron`, version 1: which tile of a picture stands for which autotile code.

use std::collections::BTreeMap;

use bevy::reflect::Reflect;
use serde::Deserialize;

use crate::{
    error::SheetError,
    sheet_file::{MAX_SHEET_PX, is_plain},
};

/// The version of `*.tileset.ron` that this crate reads.
pub const TILESET_VERSION: u32 = 1;
/// The most tiles of one set: so many layers has a texture on every GPU.
pub const MAX_TILES: u32 = 256;

/// A `*.tileset.ron` file, as written. [`TilesetFile::parse`] checks it.
#[non_exhaustive]
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TilesetFile {
    /// Version of the format: 1.
    pub version: u32,
    /// The picture, relative to this file.
    pub image: String,
    /// Width and height of a tile in pixels.
    pub tile: (u32, u32),
    /// Tiles in a row of the picture.
    pub columns: u32,
    /// Rows of the picture.
    pub rows: u32,
    /// How a map asks for tiles.
    pub kind: TileKind,
    /// Names of the terrains, the lower one first; a set of kind [`TileKind::Single`] has one.
    pub terrains: Vec<String>,
    /// Code to the tiles that may stand for it, each with its weight. Tiles are counted row by row.
    pub tiles: BTreeMap<i32, Vec<(u32, u32)>>,
    /// Tile to the tiles that are shown in its place one after the other, itself first.
    #[serde(default)]
    pub frames: BTreeMap<u32, Vec<u32>>,
    /// How long each of those is shown, in milliseconds; 0 in a set that stands still.
    #[serde(default)]
    pub frame_ms: u32,
}

/// What a tile's code says. Bits that are set stand for the upper terrain.
#[non_exhaustive]
#[derive(Deserialize, Reflect, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileKind {
    /// The four corners of the tile: NW 1, NE 2, SE 4, SW 8. Also a dual grid.
    Corner,
    /// The sides on which a path goes on: N 1, E 2, S 4, W 8; -1 where no path is.
    Edge,
    /// The eight neighbours: N 1, NE 2, E 4, SE 8, S 16, SW 32, W 64, NW 128, a diagonal one only
    /// with both its sides; -1 outside.
    Blob,
    /// As `Blob`; floors are -1, less 1 below a wall and less 8 to the right of one.
    Wall,
    /// One ground, code 0.
    Single,
}

impl TileKind {
    /// Every code that a set of this kind has tiles for.
    #[must_use]
    pub fn codes(self) -> Vec<i32> {
        let blobs = || {
            let mut codes: Vec<i32> = (0..256).map(reduce_blob).collect();
            codes.sort_unstable();
            codes.dedup();
            codes
        };
        match self {
            Self::Corner => (0..16).collect(),
            Self::Edge => (-1..16).collect(),
            Self::Blob => std::iter::once(-1).chain(blobs()).collect(),
            Self::Wall => [-10, -9, -2, -1].into_iter().chain(blobs()).collect(),
            Self::Single => vec![0],
        }
    }
}

/// Forget the diagonal neighbours that are cut off: those without both their sides.
pub(crate) fn reduce_blob(code: i32) -> i32 {
    [(2, 1 | 4), (8, 16 | 4), (32, 16 | 64), (128, 1 | 64)]
        .into_iter()
        .filter(|&(_, sides)| code & sides != sides)
        .fold(code, |code, (diagonal, _)| code & !diagonal)
}

/// What can be read of a file of any version.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl TilesetFile {
    /// Read and check a manifest.
    ///
    /// # Errors
    /// The text is not RON of this shape, its version is another one, or its numbers contradict each other.
    pub fn parse(text: &str) -> Result<Self, SheetError> {
        // The version first: a newer file may hold fields that this crate cannot know.
        if let Ok(head) = ron::from_str::<Head>(text)
            && head.version != TILESET_VERSION
        {
            return Err(SheetError::Version {
                found: head.version,
                reads: TILESET_VERSION,
            });
        }
        let file: Self = ron::from_str(text)?;
        file.check()?;
        Ok(file)
    }

    /// How many tiles the picture has.
    #[must_use]
    pub fn tile_count(&self) -> u32 {
        self.columns * self.rows
    }

    /// The tile that stands for a code at a place: the same one every time, each as often as its weight says.
    #[must_use]
    pub fn tile_at(&self, code: i32, column: u32, row: u32) -> Option<u32> {
        let choices = self.tiles.get(&code)?;
        let whole: u64 = choices.iter().map(|&(_, weight)| u64::from(weight)).sum();
        let mut left = scatter(column, row) % whole.max(1);
        for &(tile, weight) in choices {
            if left < u64::from(weight) {
                return Some(tile);
            }
            left -= u64::from(weight);
        }
        None
    }

    fn check(&self) -> Result<(), SheetError> {
        if !is_plain(&self.image) {
            return Err(SheetError::ImageName {
                image: self.image.clone(),
            });
        }
        let [width, height, columns, rows] =
            [self.tile.0, self.tile.1, self.columns, self.rows].map(u64::from);
        let (right, bottom, count) = (width * columns, height * rows, columns * rows);
        let most = u64::from(MAX_SHEET_PX);
        if !(1..=most).contains(&right) || !(1..=most).contains(&bottom) {
            return Err(SheetError::Size(format!(
                "the picture is {right}x{bottom}; 1 to {MAX_SHEET_PX} a side will do"
            )));
        }
        if !(2..=u64::from(MAX_TILES)).contains(&count) {
            return Err(SheetError::Size(format!(
                "{count} tiles; 2 to {MAX_TILES} will do"
            )));
        }
        self.check_tiles(count).map_err(SheetError::Tiles)
    }

    fn check_tiles(&self, count: u64) -> Result<(), String> {
        let terrains = if self.kind == TileKind::Single { 1 } else { 2 };
        if self.terrains.len() != terrains {
            let (kind, found) = (self.kind, self.terrains.len());
            return Err(format!(
                "{found} terrains; a set of kind {kind:?} has {terrains}"
            ));
        }
        let codes = self.kind.codes();
        if let Some(code) = codes.iter().find(|code| !self.tiles.contains_key(code)) {
            return Err(format!("no tile for the code {code}"));
        }
        if let Some(code) = self.tiles.keys().find(|code| !codes.contains(code)) {
            return Err(format!("tiles for the code {code}"));
        }
        for (code, choices) in &self.tiles {
            if choices.is_empty() || choices.iter().any(|&(_, weight)| weight == 0) {
                return Err(format!("the code {code} has no tile of weight 1 or more"));
            }
        }
        if let Some((tile, _)) = self.frames.iter().find(|(_, shown)| shown.len() < 2) {
            return Err(format!("tile {tile} has frames, and fewer than two"));
        }
        let laid = self.tiles.values().flatten().map(|&(tile, _)| tile);
        let shown = self.frames.values().flatten().copied();
        let named = laid.chain(shown).chain(self.frames.keys().copied());
        if let Some(tile) = named.max().filter(|&tile| u64::from(tile) >= count) {
            return Err(format!("tile {tile} is named; the picture has {count}"));
        }
        if self.frames.is_empty() != (self.frame_ms == 0) {
            return Err("frames and frame_ms belong together".to_owned());
        }
        Ok(())
    }
}

/// A number for a place that looks like chance (the finalizer of SplitMix64).
fn scatter(column: u32, row: u32) -> u64 {
    let mut mixed = (u64::from(row) << 32 | u64::from(column)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
