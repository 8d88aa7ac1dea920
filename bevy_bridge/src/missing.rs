//! Which animations the sprites on stage ask for in vain.

use std::collections::BTreeSet;

use bevy::prelude::*;

use crate::{
    report::{MissingAnimation, Reporter},
    sprite::{PixelSprite, Shown},
};

/// Tell the reporter whenever the set has changed.
pub(crate) fn report_missing(
    changed: Query<(), Changed<Shown>>,
    mut gone: RemovedComponents<Shown>,
    sprites: Query<(&PixelSprite, &Shown)>,
    mut told: Local<BTreeSet<MissingAnimation>>,
    reporter: Res<Reporter>,
) {
    if changed.is_empty() && gone.read().count() == 0 {
        return;
    }
    let missing: BTreeSet<_> = sprites
        .iter()
        .filter(|(_, shown)| shown.animation_is_missing())
        .map(|(sprite, _)| MissingAnimation {
            sheet: sprite.sheet.clone(),
            animation: sprite.animation.clone(),
        })
        .collect();
    if *told != missing && reporter.tell_missing_animations(missing.iter().cloned().collect()) {
        *told = missing;
    }
}
