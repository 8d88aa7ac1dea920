//! The asset [`PixelTileset`] and its loader.

use bevy::{
    asset::{AssetLoader, AssetPath, LoadContext, RenderAssetUsages, io::Reader},
    image::{ImageLoaderSettings, ImageSampler},
    prelude::*,
    render::render_resource::{
        Extent3d, TextureDimension, TextureViewDescriptor, TextureViewDimension,
    },
};

use crate::{
    error::SheetError,
    sheet::{check_pixels, next_revision},
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
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let file = TilesetFile::parse(std::str::from_utf8(&bytes)?)?;
        let image_path = context.path().resolve_embed_str(&file.image)?;
        let loaded = context
            .load_builder()
            .with_settings(|settings: &mut ImageLoaderSettings| {
                settings.sampler = ImageSampler::nearest();
            })
            .load_value::<Image>(image_path.clone())
            .await;
        let image = match loaded {
            Ok(loaded) => loaded.take(),
            Err(error) => {
                return Err(SheetError::Image {
                    image: image_path,
                    error: error.into(),
                });
            }
        };
        let size = (file.tile.0 * file.columns, file.tile.1 * file.rows);
        let checked = check_pixels(&image, size)
            .and_then(|crc32| Ok((crc32, layers(image, &file).ok_or("has no pixels")?)));
        match checked {
            Ok((image_crc32, layers)) => Ok(PixelTileset {
                image: context.add_labeled_asset("image", layers),
                file,
                image_path,
                image_crc32,
                revision: next_revision(),
            }),
            Err(reason) => Err(SheetError::ImageMismatch {
                image: image_path,
                reason,
            }),
        }
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
