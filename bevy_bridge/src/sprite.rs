//! [`PixelSprite`]: a sheet and an animation by name, shown by Bevy's own `Sprite`.

use bevy::{asset::AssetPath, platform::collections::HashSet, prelude::*, sprite::Anchor};
use serde::{Deserialize, Serialize};

use crate::{
    animation::{AnimationFinished, AnimationLooped, AnimationStepped, Animator, Progress},
    placeholder::Placeholder,
    sheet::PixelSheet,
    sheet_file::Clip,
};

/// Shows a sheet, by path, and plays one of its animations, by name.
///
/// The sheet decides the picture, the frame and the anchor of the entity's [`Sprite`]; colour, flips
/// and everything else stay as the game sets them. Both fields may be changed at any time.
///
/// Until the sheet is loaded the [`Sprite`] shows the picture that it was spawned with. When the
/// sheet cannot be loaded and there is no such picture, a magenta checkered square stands there.
#[derive(
    Component, Reflect, Serialize, Deserialize, Default, Clone, Debug, PartialEq, Eq, Hash,
)]
#[reflect(Component, Default, Serialize, Deserialize)]
#[require(Sprite, Animator, Shown)]
pub struct PixelSprite {
    /// The manifest below the assets folder: `sprites/hero.sprite.ron`.
    pub sheet: String,
    /// The animation. Empty: the sheet's first frame stands still; so it does, with a warning in the
    /// log, when the sheet has no animation of that name.
    pub animation: String,
}

impl PixelSprite {
    /// A sheet that shows its first frame.
    pub fn new(sheet: impl Into<String>) -> Self {
        Self {
            sheet: sheet.into(),
            animation: String::new(),
        }
    }

    /// The same sheet, playing an animation.
    #[must_use]
    pub fn playing(mut self, animation: impl Into<String>) -> Self {
        self.animation = animation.into();
        self
    }
}

impl From<&str> for PixelSprite {
    fn from(sheet: &str) -> Self {
        Self::new(sheet)
    }
}

/// A sheet is shown for the first time, or in a new version. Sent for the entity that shows it.
#[non_exhaustive]
#[derive(EntityEvent, Debug, Clone)]
pub struct SheetShown {
    /// The entity with the [`PixelSprite`].
    pub entity: Entity,
    /// Whether an older version of the same sheet stood there.
    pub reloaded: bool,
}

/// What a [`PixelSprite`] shows now.
#[derive(Component, Default, Debug)]
pub struct Shown {
    sheet: Option<Handle<PixelSheet>>,
    wanted: PixelSprite,
    /// 0 while nothing of this sheet is shown.
    revision: u64,
    animation_missing: bool,
}

impl Shown {
    /// The sheet, loaded or not.
    #[must_use]
    pub fn sheet(&self) -> Option<&Handle<PixelSheet>> {
        self.sheet.as_ref()
    }

    /// Whether the sheet is on screen; until then the entity's own [`Sprite`] is.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.revision != 0
    }

    /// Whether the sheet is on screen and has no animation of the name that is asked for: its first
    /// frame stands still.
    #[must_use]
    pub fn animation_is_missing(&self) -> bool {
        self.animation_missing
    }
}

/// Bring every sprite to its sheet's newest version and to the frame that its time says.
pub(crate) fn show_sprites(
    time: Res<Time>,
    server: Res<AssetServer>,
    sheets: Res<Assets<PixelSheet>>,
    placeholder: Res<Placeholder>,
    mut told: Local<HashSet<PixelSprite>>,
    mut sprites: Query<(
        Entity,
        Ref<PixelSprite>,
        &mut Shown,
        &mut Animator,
        &mut Sprite,
        &mut Anchor,
    )>,
    mut commands: Commands,
) {
    let elapsed_ms = time.delta_secs() * 1000.0;
    for (entity, wanted, mut shown, mut animator, mut sprite, mut anchor) in &mut sprites {
        let other_sheet = wanted.is_changed() && shown.wanted.sheet != wanted.sheet;
        let other_animation = wanted.is_changed() && shown.wanted.animation != wanted.animation;
        if other_sheet {
            shown.sheet = load(&server, &wanted.sheet);
            shown.revision = 0;
            shown.animation_missing = false;
        }
        if other_sheet || other_animation {
            shown.wanted = PixelSprite::clone(&wanted);
        }
        let Some(sheet) = shown.sheet.as_ref().and_then(|handle| sheets.get(handle)) else {
            if sprite.image == Handle::default() && has_failed(&server, &shown) {
                sprite.image = placeholder.0.clone();
            }
            continue;
        };

        let old_revision = shown.revision;
        let mut progress = Progress::default();
        if old_revision != sheet.revision {
            let clip = find_clip(sheet, &wanted, &mut shown, &mut told);
            if old_revision == 0 || other_animation {
                animator.play(clip);
            } else {
                animator.replace(clip);
            }
            shown.revision = sheet.revision;
            sprite.image = sheet.image.clone();
            let reloaded = old_revision != 0;
            commands.trigger(SheetShown { entity, reloaded });
        } else if other_animation {
            animator.play(find_clip(sheet, &wanted, &mut shown, &mut told));
        } else {
            // Time goes on every frame; only a step is a change worth telling.
            progress = animator.bypass_change_detection().advance(elapsed_ms);
            if progress == Progress::default() && !animator.is_changed() {
                continue;
            }
        }

        let frame = animator.frame();
        show_frame(sheet, frame, &mut sprite, &mut anchor);
        if progress.stepped {
            animator.set_changed();
            let step = animator.step();
            commands.trigger(AnimationStepped {
                entity,
                step,
                frame,
            });
        }
        if progress.looped {
            commands.trigger(AnimationLooped { entity });
        }
        if progress.finished {
            commands.trigger(AnimationFinished { entity });
        }
    }
}

/// The sheet of a path; nothing, and a warning, for a text that is no path.
fn load(server: &AssetServer, sheet: &str) -> Option<Handle<PixelSheet>> {
    if sheet.is_empty() {
        return None;
    }
    match AssetPath::try_parse(sheet) {
        Ok(path) => Some(server.load(path.into_owned())),
        Err(error) => {
            warn!("PixelSprite: \"{sheet}\" is no path of a sheet: {error}");
            None
        }
    }
}

/// The clip that is asked for; without one the first frame stands still, which is told once a sheet
/// and name.
fn find_clip(
    sheet: &PixelSheet,
    wanted: &PixelSprite,
    shown: &mut Shown,
    told: &mut HashSet<PixelSprite>,
) -> Clip {
    let clip = sheet.file.animations.get(&wanted.animation);
    shown.animation_missing = clip.is_none() && !wanted.animation.is_empty();
    if shown.animation_missing && told.insert(wanted.clone()) {
        let PixelSprite {
            sheet: path,
            animation,
        } = wanted;
        let names: Vec<&str> = sheet.file.animations.keys().map(String::as_str).collect();
        let has = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        warn!(
            "{path} has no animation \"{animation}\" (it has: {has}): its first frame stands still"
        );
    }
    clip.cloned().unwrap_or_default()
}

fn has_failed(server: &AssetServer, shown: &Shown) -> bool {
    match &shown.sheet {
        Some(handle) => server.load_state(handle).is_failed(),
        None => !shown.wanted.sheet.is_empty(),
    }
}

fn show_frame(sheet: &PixelSheet, frame: usize, sprite: &mut Sprite, anchor: &mut Anchor) {
    sprite.texture_atlas = Some(TextureAtlas {
        layout: sheet.layout.clone(),
        index: frame,
    });
    let pivot = sheet.pivot_px(frame) / sheet.frame_size_px(frame).as_vec2();
    *anchor = Anchor(Vec2::new(pivot.x - 0.5, 0.5 - pivot.y));
}
