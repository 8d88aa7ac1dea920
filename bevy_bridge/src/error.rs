//! Why a sheet could not be loaded.

use bevy::{
    asset::{AssetLoadError, AssetPath, ParseAssetPathError},
    prelude::*,
};

/// Why a sheet could not be loaded. Bevy's message puts the manifest's path before it.
#[non_exhaustive]
#[derive(thiserror::Error, Debug)]
pub enum SheetError {
    /// The file could not be read.
    #[error("the manifest cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file is not text.
    #[error("the manifest is not UTF-8 text: {0}")]
    Utf8(#[from] std::str::Utf8Error),
    /// Not RON, or a field missing, unknown or of a wrong type.
    #[error("the manifest is wrong at line:column {0}")]
    Syntax(#[from] ron::error::SpannedError),
    /// Written for another version of this crate.
    #[error(
        "the manifest has version {found}, bevy_pixels_mcp {} reads version {reads}: \
         update bevy_pixels_mcp, or deploy again",
        env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// The version in the file.
        found: u32,
        /// The version that this crate reads.
        reads: u32,
    },
    /// Numbers of the sheet, its tiles or its rectangles that cannot be.
    #[error("the manifest has a size that cannot be: {0}")]
    Size(String),
    /// The pivot is not inside the frame.
    #[error("the pivot ({x}, {y}) is outside 0 to 1")]
    Pivot {
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// An animation that cannot be played.
    #[error("the animation \"{name}\" cannot be played: {reason}")]
    Animation {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The tiles of a tileset cannot be laid.
    #[error("the tiles cannot be laid: {0}")]
    Tiles(String),
    /// The picture's path leaves the manifest's folder.
    #[error("the image \"{image}\" is not a plain path below the manifest's folder")]
    ImageName {
        /// The path, as written.
        image: String,
    },
    /// Bevy cannot make a path of the picture's name.
    #[error(transparent)]
    Path(#[from] ParseAssetPathError),
    /// The picture is missing or broken.
    #[error("its picture cannot be shown: {error}")]
    Image {
        /// Where the picture was looked for.
        image: AssetPath<'static>,
        /// Bevy's reason.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The picture is there, and is not the one that the manifest describes.
    #[error("its picture {image} {reason}")]
    ImageMismatch {
        /// The picture.
        image: AssetPath<'static>,
        /// What differs.
        reason: String,
    },
}

impl SheetError {
    /// The error of this crate inside of Bevy's.
    pub(crate) fn of(error: &AssetLoadError) -> Option<&Self> {
        match error {
            AssetLoadError::AssetLoaderError(inner) => inner.error().downcast_ref(),
            _ => None,
        }
    }

    /// The picture that has to change before the sheet can be loaded.
    pub(crate) fn image(&self) -> Option<&AssetPath<'static>> {
        match self {
            Self::Image { image, .. } | Self::ImageMismatch { image, .. } => Some(image),
            _ => None,
        }
    }
}
