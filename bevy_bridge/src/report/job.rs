//! What the game has to say.

use serde::Serialize;

#[cfg(feature = "screenshot")]
use super::screenshot_files::Picture;
use crate::reload_log::Reload;

/// One message to the writer.
pub(super) enum Job {
    /// A picture was loaded; `rgba` still has to be summed.
    Loaded {
        reload: Reload,
        rgba: Option<Vec<u8>>,
    },
    /// All animations that are asked for now and that their sheets lack.
    MissingAnimations(Vec<MissingAnimation>),
    /// A request for a screenshot is answered.
    #[cfg(feature = "screenshot")]
    Screenshot {
        id: String,
        picture: Result<Picture, String>,
    },
}

/// An animation that a sprite asks for and that its sheet lacks.
#[derive(Serialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MissingAnimation {
    pub sheet: String,
    pub animation: String,
}
