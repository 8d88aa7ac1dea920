//! The asset [`PixelSheet`] and its loader.

use std::sync::atomic::{AtomicU64, Ordering};

use bevy::{
    asset::{AssetLoader, AssetPath, LoadContext, io::Reader},
    image::{ImageLoaderSettings, ImageSampler},
    prelude::*,
};

use crate::{error::SheetError, sheet_file::SheetFile};

/// A sprite sheet: the picture, where its frames stand, and its animations. Loaded from
/// `*.sprite.ron`.
///
/// The picture and the layout are labelled assets of the manifest (`hero.sprite.ron#image`,
/// `hero.sprite.ron#layout`): their handles stay valid over every reload, and both change in the same
/// frame, also when the sheet changes its size or its number of frames. When the manifest or the
/// picture is broken, all three stay as they were.
#[non_exhaustive]
#[derive(Asset, TypePath, Debug)]
pub struct PixelSheet {
    /// The picture, sampled without smoothing.
    #[dependency]
    pub image: Handle<Image>,
    /// The frames' rectangles.
    #[dependency]
    pub layout: Handle<TextureAtlasLayout>,
    /// The manifest.
    pub file: SheetFile,
    /// Where the picture was read from.
    pub image_path: AssetPath<'static>,
    /// CRC32 of the picture's RGBA bytes.
    pub image_crc32: u32,
    /// Another number for each load.
    pub revision: u64,
    /// Sizes of the frames in pixels.
    pub(crate) frame_sizes_px: Vec<UVec2>,
}

impl PixelSheet {
    /// Width and height of a frame in pixels; the first frame's for a number that the sheet lacks.
    #[must_use]
    pub fn frame_size_px(&self, frame: usize) -> UVec2 {
        self.frame_sizes_px
            .get(frame)
            .or(self.frame_sizes_px.first())
            .copied()
            .unwrap_or(UVec2::ONE)
    }

    /// The pivot of a frame in pixels from its top left corner, y down. A whole number: a pivot
    /// between two pixels would put the whole picture between the pixels of the screen.
    #[must_use]
    pub fn pivot_px(&self, frame: usize) -> Vec2 {
        let (x, y) = self.file.pivot.unwrap_or((0.5, 0.5));
        (Vec2::new(x, y) * self.frame_size_px(frame).as_vec2()).round()
    }
}

/// Loads `*.sprite.ron`.
///
/// The picture is read here, not through a handle of its own, so that a new picture and a new layout
/// can only arrive together.
#[derive(Default, TypePath)]
pub(crate) struct SheetLoader;

impl AssetLoader for SheetLoader {
    type Asset = PixelSheet;
    type Settings = ();
    type Error = SheetError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        _settings: &(),
        context: &mut LoadContext<'_>,
    ) -> Result<PixelSheet, SheetError> {
        let file = SheetFile::parse(&read_text(reader).await?)?;
        let (image, image_path, image_crc32) =
            load_picture(context, &file.image, file.size).await?;
        let mut layout = TextureAtlasLayout::new_empty(file.size.into());
        layout.textures = file.rects();
        let frame_sizes_px = layout.textures.iter().map(URect::size).collect();
        Ok(PixelSheet {
            image: context.add_labeled_asset("image", image),
            layout: context.add_labeled_asset("layout", layout),
            file,
            image_path,
            image_crc32,
            revision: next_revision(),
            frame_sizes_px,
        })
    }

    fn extensions(&self) -> &[&str] {
        &["sprite.ron"]
    }
}

/// The text of a manifest.
pub(crate) async fn read_text(reader: &mut dyn Reader) -> Result<String, SheetError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await?;
    Ok(std::str::from_utf8(&bytes)?.to_owned())
}

/// The picture that a manifest names, its path and its CRC32; refused where it is another one than
/// the manifest describes.
pub(crate) async fn load_picture(
    context: &mut LoadContext<'_>,
    name: &str,
    size: (u32, u32),
) -> Result<(Image, AssetPath<'static>, u32), SheetError> {
    let path = context.path().resolve_embed_str(name)?;
    let loaded = context
        .load_builder()
        .with_settings(|settings: &mut ImageLoaderSettings| {
            settings.sampler = ImageSampler::nearest();
        })
        .load_value::<Image>(path.clone())
        .await;
    let image = match loaded {
        Ok(loaded) => loaded.take(),
        Err(error) => {
            return Err(SheetError::Image {
                image: path,
                error: error.into(),
            });
        }
    };
    match check_pixels(&image, size) {
        Ok(crc32) => Ok((image, path, crc32)),
        Err(reason) => Err(SheetError::ImageMismatch {
            image: path,
            reason,
        }),
    }
}

/// Check that the picture is the one that the manifest describes; its CRC32.
fn check_pixels(image: &Image, size: (u32, u32)) -> Result<u32, String> {
    let (width, height) = (image.width(), image.height());
    if (width, height) != size {
        let (w, h) = size;
        return Err(format!("is {width}x{height}, the manifest says {w}x{h}"));
    }
    let rgba_len = width as usize * height as usize * 4;
    match image.data.as_deref() {
        Some(rgba) if rgba.len() == rgba_len && image.texture_descriptor.format.is_srgb() => {
            Ok(crc32fast::hash(rgba))
        }
        _ => {
            let format = image.texture_descriptor.format;
            Err(format!(
                "decodes to {format:?}; 8 bits a channel are needed"
            ))
        }
    }
}

pub(crate) fn next_revision() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}
