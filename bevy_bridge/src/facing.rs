//! Which clip shows a motion towards a side: `walk_south_east`, `walk_left`, or `walk` alone.

use std::f32::consts::FRAC_1_SQRT_2;

use bevy::math::Vec2;

use crate::{sheet::PixelSheet, sheet_file::SheetFile};

/// The endings of clips that look somewhere, and where; y up, as in Bevy. `south` looks at the player.
const SIDES: [(&str, Vec2); 10] = [
    ("south", Vec2::new(0.0, -1.0)),
    ("south_east", Vec2::new(FRAC_1_SQRT_2, -FRAC_1_SQRT_2)),
    ("east", Vec2::new(1.0, 0.0)),
    ("north_east", Vec2::new(FRAC_1_SQRT_2, FRAC_1_SQRT_2)),
    ("north", Vec2::new(0.0, 1.0)),
    ("north_west", Vec2::new(-FRAC_1_SQRT_2, FRAC_1_SQRT_2)),
    ("west", Vec2::new(-1.0, 0.0)),
    ("south_west", Vec2::new(-FRAC_1_SQRT_2, -FRAC_1_SQRT_2)),
    ("right", Vec2::new(1.0, 0.0)),
    ("left", Vec2::new(-1.0, 0.0)),
];

/// How much nearer another side must be than the one that is shown, as a cosine: on the line between
/// two sides nothing flickers.
const STAYS: f32 = 0.05;

impl PixelSheet {
    /// The clip of a motion that looks where a figure goes; see [`SheetFile::clip_toward`].
    #[must_use]
    pub fn clip_toward(&self, motion: &str, toward: Vec2, now: &str) -> Option<&str> {
        self.file.clip_toward(motion, toward, now)
    }
}

impl SheetFile {
    /// The clip of a motion that looks where a figure goes.
    ///
    /// Takes sheets of one direction (`walk`), two (`walk_left`, `walk_right`), four and eight
    /// (`walk_south`, `walk_south_east`, ...). `toward` is where to, y up, of any length; for zero the
    /// figure goes on looking where `now` looks, the clip that is shown, of whatever motion. `None`
    /// where the sheet does not have the motion.
    ///
    /// ```
    /// use bevy::math::Vec2;
    /// use bevy_pixels_mcp::SheetFile;
    ///
    /// let clip = |row| format!("(frames: [{row}], ms: [100], play: Loop)");
    /// let hero = SheetFile::parse(&format!(
    ///     r#"(version: 1, image: "hero.png", size: (16, 64), frames: Grid(tile: (16, 16), columns: 1, rows: 4),
    ///         pivot: None, animations: {{ "walk_south": {}, "walk_east": {}, "walk_north": {}, "walk_west": {} }})"#,
    ///     clip(0), clip(1), clip(2), clip(3),
    /// ))?;
    ///
    /// assert_eq!(hero.clip_toward("walk", Vec2::new(3.0, 1.0), ""), Some("walk_east"));
    /// assert_eq!(hero.clip_toward("walk", Vec2::ZERO, "walk_north"), Some("walk_north"));
    /// assert_eq!(hero.clip_toward("swim", Vec2::Y, "walk_north"), None);
    /// # Ok::<(), bevy_pixels_mcp::SheetError>(())
    /// ```
    #[must_use]
    pub fn clip_toward(&self, motion: &str, toward: Vec2, now: &str) -> Option<&str> {
        let shown = side_of(now);
        let way = match toward.try_normalize() {
            Some(way) => way,
            None => shown.map_or(SIDES[0].1, |(_, way)| way),
        };
        let nearness = |(side, at): &(&str, Vec2)| {
            at.dot(way)
                + if shown.is_some_and(|(name, _)| name == *side) {
                    STAYS
                } else {
                    0.0
                }
        };
        let nearest = SIDES
            .iter()
            .filter_map(|side| {
                Some((
                    nearness(side),
                    self.clip_name(&format!("{motion}_{}", side.0))?,
                ))
            })
            // Of two that are as near the first stays: `max_by` would take the last.
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        nearest.map_or_else(|| self.clip_name(motion), |(_, name)| Some(name))
    }

    fn clip_name(&self, name: &str) -> Option<&str> {
        self.animations
            .get_key_value(name)
            .map(|(name, _)| name.as_str())
    }
}

/// The side that a clip's name ends in: the longest, for `south_east` ends in `east` too.
fn side_of(clip: &str) -> Option<(&'static str, Vec2)> {
    let ends = |side: &str| {
        clip.strip_suffix(side)
            .is_some_and(|motion| motion.ends_with('_'))
    };
    SIDES
        .into_iter()
        .filter(|(side, _)| ends(side))
        .max_by_key(|(side, _)| side.len())
}

#[cfg(test)]
#[expect(
    clippy::expect_used,
    reason = "a test that cannot read its own manifest ends here"
)]
mod tests {
    use super::*;
    use crate::sheet_file::Clip;

    fn sheet(clips: &[&str]) -> SheetFile {
        let mut file = SheetFile::parse(
            r#"(version: 1, image: "a.png", size: (8, 8), frames: Grid(tile: (8, 8), columns: 1, rows: 1), pivot: None, animations: {})"#,
        )
        .expect("a manifest");
        for clip in clips {
            file.animations.insert((*clip).to_owned(), Clip::default());
        }
        file
    }

    fn eight() -> SheetFile {
        let names: Vec<String> = SIDES[..8]
            .iter()
            .map(|(side, _)| format!("walk_{side}"))
            .collect();
        sheet(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn each_of_eight_ways_has_its_clip() {
        for (side, way) in &SIDES[..8] {
            let wanted = format!("walk_{side}");
            assert_eq!(
                eight().clip_toward("walk", *way * 7.5, ""),
                Some(wanted.as_str())
            );
        }
    }

    #[test]
    fn a_diagonal_of_four_goes_on_looking_where_it_looked() {
        let four = sheet(&["walk_south", "walk_east", "walk_north", "walk_west"]);
        let way = Vec2::new(1.0, 1.0);
        assert_eq!(
            four.clip_toward("walk", way, "walk_east"),
            Some("walk_east")
        );
        assert_eq!(
            four.clip_toward("walk", way, "idle_north"),
            Some("walk_north")
        );
        assert_eq!(
            four.clip_toward("walk", Vec2::new(1.0, 0.2), "walk_north"),
            Some("walk_east")
        );
    }

    #[test]
    fn who_stands_looks_where_the_last_clip_looked() {
        let mut file = eight();
        for (side, _) in &SIDES[..8] {
            file.animations
                .insert(format!("idle_{side}"), Clip::default());
        }
        assert_eq!(
            file.clip_toward("idle", Vec2::ZERO, "walk_north_west"),
            Some("idle_north_west")
        );
        assert_eq!(file.clip_toward("idle", Vec2::ZERO, ""), Some("idle_south"));
        assert_eq!(
            file.clip_toward("idle", Vec2::NAN, "walk_east"),
            Some("idle_east")
        );
    }

    #[test]
    fn two_directions_keep_theirs_while_the_way_goes_up() {
        let two = sheet(&["walk_left", "walk_right"]);
        assert_eq!(
            two.clip_toward("walk", Vec2::Y, "walk_left"),
            Some("walk_left")
        );
        assert_eq!(
            two.clip_toward("walk", Vec2::new(0.3, 1.0), "walk_left"),
            Some("walk_right")
        );
    }

    #[test]
    fn a_motion_without_directions_is_itself_and_one_that_is_not_there_is_none() {
        let one = sheet(&["walk", "attack"]);
        assert_eq!(one.clip_toward("walk", Vec2::X, "attack"), Some("walk"));
        assert_eq!(one.clip_toward("swim", Vec2::X, "walk"), None);
    }
}
