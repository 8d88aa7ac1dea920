//! [`PixelTilemap`]: terrain in cells, shown by Bevy's own `TilemapChunk`.

use bevy::{
    prelude::*,
    sprite_render::{
        AlphaMode2d, TileData, TilemapChunk, TilemapChunkMeshCache, TilemapChunkTileData,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    tileset::PixelTileset,
    tileset_file::{TileKind, TilesetFile, reduce_blob},
};

/// A map of a tileset, by path: what terrain each cell has; the tiles follow from it.
///
/// The entity stands in the middle of the map. Of a set of kind [`TileKind::Corner`] the cells are a
/// dual grid: a tile lies where four cells meet, and the map is a tile smaller each way than its cells.
/// Beyond the rim a path ends, and other terrain goes on as it is.
#[derive(Component, Reflect, Serialize, Deserialize, Default, Clone, Debug, PartialEq, Eq)]
#[reflect(Component, Default, Serialize, Deserialize)]
#[require(Transform, Visibility, LaidTiles)]
pub struct PixelTilemap {
    /// The manifest below the assets folder: `sprites/shore.tileset.ron`.
    pub tileset: String,
    /// Columns and rows of cells.
    pub size: UVec2,
    /// The terrain of each cell, row by row from the top left: 0 is the lower one, anything else the
    /// upper one. Cells that are missing are lower terrain.
    pub terrain: Vec<u8>,
}

impl PixelTilemap {
    /// A map of nothing but lower terrain.
    pub fn new(tileset: impl Into<String>, size: UVec2) -> Self {
        Self {
            tileset: tileset.into(),
            size,
            terrain: vec![0; size.element_product() as usize],
        }
    }

    /// Whether a cell is upper terrain; cells beyond the rim are what `beyond` says.
    #[must_use]
    pub fn is_upper(&self, column: i64, row: i64) -> Option<bool> {
        let (columns, rows) = (i64::from(self.size.x), i64::from(self.size.y));
        if !(0..columns).contains(&column) || !(0..rows).contains(&row) {
            return None;
        }
        let place = usize::try_from(row * columns + column).ok()?;
        Some(self.terrain.get(place).is_some_and(|&terrain| terrain != 0))
    }

    /// Give a cell another terrain; nothing happens beyond the rim.
    pub fn set(&mut self, cell: UVec2, terrain: u8) {
        if cell.x < self.size.x && cell.y < self.size.y {
            let place = (cell.y * self.size.x + cell.x) as usize;
            if self.terrain.len() <= place {
                self.terrain.resize(place + 1, 0);
            }
            if let Some(there) = self.terrain.get_mut(place) {
                *there = terrain;
            }
        }
    }

    /// Columns and rows of tiles that a set of this kind lays.
    #[must_use]
    pub fn tiles(&self, kind: TileKind) -> UVec2 {
        match kind {
            TileKind::Corner => self.size.saturating_sub(UVec2::ONE),
            _ => self.size,
        }
    }

    /// The code of a tile, counted from the top left.
    #[must_use]
    pub fn code(&self, kind: TileKind, column: u32, row: u32) -> i32 {
        let (column, row) = (i64::from(column), i64::from(row));
        // The rim goes on outward.
        let near = |right: i64, down: i64| {
            let columns = (i64::from(self.size.x) - 1).max(0);
            let rows = (i64::from(self.size.y) - 1).max(0);
            self.is_upper(
                (column + right).clamp(0, columns),
                (row + down).clamp(0, rows),
            )
            .unwrap_or(false)
        };
        let sum = |parts: &[(bool, i32)]| {
            parts
                .iter()
                .filter(|(there, _)| *there)
                .map(|(_, bit)| bit)
                .sum::<i32>()
        };
        match kind {
            TileKind::Single => 0,
            TileKind::Corner => sum(&[
                (near(0, 0), 1),
                (near(1, 0), 2),
                (near(1, 1), 4),
                (near(0, 1), 8),
            ]),
            TileKind::Edge => {
                let path = |right, down| self.is_upper(column + right, row + down) == Some(true);
                if !path(0, 0) {
                    return -1;
                }
                sum(&[
                    (path(0, -1), 1),
                    (path(1, 0), 2),
                    (path(0, 1), 4),
                    (path(-1, 0), 8),
                ])
            }
            TileKind::Blob | TileKind::Wall => {
                if !near(0, 0) {
                    let shadows = sum(&[(near(0, -1), 1), (near(-1, 0), 8)]);
                    return if kind == TileKind::Wall {
                        -1 - shadows
                    } else {
                        -1
                    };
                }
                reduce_blob(sum(&[
                    (near(0, -1), 1),
                    (near(1, -1), 2),
                    (near(1, 0), 4),
                    (near(1, 1), 8),
                    (near(0, 1), 16),
                    (near(-1, 1), 32),
                    (near(-1, 0), 64),
                    (near(-1, -1), 128),
                ]))
            }
        }
    }

    /// The tile at each place, row by row from the top left, as it stands in the set's first frame.
    #[must_use]
    pub fn lay(&self, file: &TilesetFile) -> Vec<Option<u32>> {
        let UVec2 { x, y } = self.tiles(file.kind);
        (0..y)
            .flat_map(|row| (0..x).map(move |column| (column, row)))
            .map(|(column, row)| file.tile_at(self.code(file.kind, column, row), column, row))
            .collect()
    }
}

/// What of a [`PixelTilemap`] is on screen.
#[derive(Component, Default, Debug)]
pub struct LaidTiles {
    tileset: Option<Handle<PixelTileset>>,
    path: String,
    /// 0 while nothing is laid.
    revision: u64,
    /// The tiles of the first frame, row by row from the top left.
    tiles: Vec<Option<u32>>,
    /// The same places as they are drawn now.
    drawn: Vec<Option<u32>>,
    frame: u64,
    chunk: Option<Entity>,
}

impl LaidTiles {
    /// Whether the map is on screen.
    #[must_use]
    pub fn is_laid(&self) -> bool {
        self.revision != 0
    }

    /// The tiles that lie there, row by row from the top left, in the set's first frame.
    #[must_use]
    pub fn tiles(&self) -> &[Option<u32>] {
        &self.tiles
    }

    /// The tiles that are drawn now, row by row from the top left: of an animated set those of its frame.
    #[must_use]
    pub fn drawn_tiles(&self) -> &[Option<u32>] {
        &self.drawn
    }

    /// What is laid.
    #[must_use]
    pub fn tileset(&self) -> Option<&Handle<PixelTileset>> {
        self.tileset.as_ref()
    }

    /// The entity that Bevy draws.
    #[must_use]
    pub fn chunk(&self) -> Option<Entity> {
        self.chunk
    }
}

/// Lay every map whose terrain or tileset changed, and turn the frames of animated sets; before Bevy
/// tells the renderer of changed assets, so that what is laid is drawn in the same frame.
pub(crate) fn lay_tilemaps(
    time: Res<Time>,
    server: Res<AssetServer>,
    tilesets: Res<Assets<PixelTileset>>,
    // Without a renderer the tiles are known, and nothing is drawn.
    renderer: Option<Res<TilemapChunkMeshCache>>,
    mut maps: Query<(Entity, Ref<PixelTilemap>, &mut LaidTiles)>,
    mut shown: Query<&mut TilemapChunkTileData>,
    mut commands: Commands,
) {
    for (entity, map, mut laid) in &mut maps {
        if laid.path != map.tileset || laid.tileset.is_none() {
            laid.tileset = Some(server.load(map.tileset.clone()));
            laid.path.clone_from(&map.tileset);
            laid.revision = 0;
        }
        let Some(tileset) = laid
            .tileset
            .as_ref()
            .and_then(|handle| tilesets.get(handle))
        else {
            continue;
        };
        let file = &tileset.file;
        let frame_ms = u64::from(file.frame_ms).max(1);
        let frame = (time.elapsed().as_millis() / u128::from(frame_ms)) as u64;
        let is_new = laid.revision != tileset.revision || map.is_changed();
        if !is_new && (frame == laid.frame || file.frames.is_empty()) {
            continue;
        }
        if is_new {
            laid.tiles = map.lay(file);
        }
        laid.frame = frame;
        let size = map.tiles(file.kind);
        laid.drawn = laid
            .tiles
            .iter()
            .map(|tile| tile.map(|tile| tile_in_frame(file, tile, frame)))
            .collect();
        let data = TilemapChunkTileData(rows_from_below(&laid.drawn, size.x));
        if is_new {
            // The picture may be another texture now, which only a new material shows.
            if let Some(chunk) = laid.chunk.take() {
                commands.entity(chunk).despawn();
            }
            if size.element_product() > 0 && renderer.is_some() {
                let chunk = TilemapChunk {
                    chunk_size: size,
                    tile_display_size: file.tile.into(),
                    tileset: tileset.image.clone(),
                    alpha_mode: AlphaMode2d::Blend,
                };
                let child = commands.spawn((data, chunk, ChildOf(entity))).id();
                laid.chunk = Some(child);
            }
            laid.revision = tileset.revision;
        } else if let Some(mut shown) = laid.chunk.and_then(|chunk| shown.get_mut(chunk).ok()) {
            *shown = data;
        }
    }
}

/// The tile that is shown in place of another one.
fn tile_in_frame(file: &TilesetFile, tile: u32, frame: u64) -> u32 {
    let shown = file.frames.get(&tile).map_or(&[][..], Vec::as_slice);
    let turn = usize::try_from(frame % (shown.len() as u64).max(1)).unwrap_or(0);
    shown.get(turn).copied().unwrap_or(tile)
}

/// What Bevy draws: the bottom row first.
fn rows_from_below(drawn: &[Option<u32>], columns: u32) -> Vec<Option<TileData>> {
    drawn
        .chunks((columns as usize).max(1))
        .rev()
        .flatten()
        .map(|tile| {
            let index = u16::try_from((*tile)?).ok()?;
            Some(TileData::from_tileset_index(index))
        })
        .collect()
}
