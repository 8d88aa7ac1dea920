//! The asset [`PixelTileset`] and its loader.

use bevy::{
    asset::{AssetLoader, AssetPath, LoadContext, RenderAssetUsages, io::Reader},
    image::ImageSampler,
    prelude::*,
    render::render_resource::{
        Extent3d, TextureDimension, TextureViewDescriptor, TextureViewDimension,
    },
};

use crate::{
    error::SheetError,
    sheet::{load_picture, next_revision, read_text},
    tileset_file::TilesetFile,
};

/// A tileset: its tiles as layers of one texture, and which of them stands for which code. Loaded
/// from `*.tileset.ron`.
///
/// The texture is a labelled asset of the manifest (`shore.tileset.ron#image`): its handle stays
/// valid over every reload, and manifest and picture change in the same frame.
#[non_exhaustive]
#[derive(Asset, TypePath, Debug)]
pub struct PixelTileset {
    /// The tiles, a layer each, sampled without smoothing.
    #[dependency]
    pub image: Handle<Image>,
    /// The manifest.
    pub file: TilesetFile,
    /// Where the picture was read from.
    pub image_path: AssetPath<'static>,
    /// CRC32 of the picture's RGBA bytes.
    pub image_crc32: u32,
    /// Another number for each load.
    pub revision: u64,
}

/// Loads `*.tileset.ron`.
#[derive(Default, TypePath)]
pub(crate) struct TilesetLoader;

impl AssetLoader for TilesetLoader {
    type Asset = PixelTileset;
    type Settings = ();
    type Error = SheetError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        _settings: &(),
        context: &mut LoadContext<'_>,
    ) -> Result<PixelTileset, SheetError> {
        let file = TilesetFile::parse(&read_text(reader).await?)?;
        let size = (file.tile.0 * file.columns, file.tile.1 * file.rows);
        let (image, image_path, image_crc32) = load_picture(context, &file.image, size).await?;
        let Some(layers) = layers(image, &file) else {
            return Err(SheetError::ImageMismatch {
                image: image_path,
                reason: "has no pixels".into(),
            });
        };
        Ok(PixelTileset {
            image: context.add_labeled_asset("image", layers),
            file,
            image_path,
            image_crc32,
            revision: next_revision(),
        })
    }

    fn extensions(&self) -> &[&str] {
        &["tileset.ron"]
    }
}

/// The picture with its tiles one upon the other instead of beside each other.
fn layers(mut image: Image, file: &TilesetFile) -> Option<Image> {
    let rgba = image.data.take()?;
    let (width, height) = (file.tile.0 as usize, file.tile.1 as usize);
    let row_len = width * file.columns as usize * 4;
    let mut stacked = Vec::with_capacity(rgba.len());
    for tile_row in rgba.chunks_exact(row_len * height) {
        for column in 0..file.columns as usize {
            for line in tile_row.chunks_exact(row_len) {
                stacked.extend_from_slice(line.get(column * width * 4..(column + 1) * width * 4)?);
            }
        }
    }
    let mut array = Image::new(
        Extent3d {
            width: file.tile.0,
            height: file.tile.1,
            depth_or_array_layers: file.tile_count(),
        },
        TextureDimension::D2,
        stacked,
        image.texture_descriptor.format,
        RenderAssetUsages::default(),
    );
    array.sampler = ImageSampler::nearest();
    array.texture_view_descriptor = Some(TextureViewDescriptor {
        dimension: Some(TextureViewDimension::D2Array),
        ..default()
    });
    Some(array)
}
