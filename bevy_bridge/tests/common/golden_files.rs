//! Golden manifests, which the Python side writes and reads too: a folder of valid ones, of broken ones, and
//! `expected.json`, which says of each what is in it, or how it fails.

use std::{collections::BTreeMap, fs, path::PathBuf};

use bevy_pixels_mcp::SheetError;
use serde::{Deserialize, de::DeserializeOwned};

/// `expected.json`; `V` is what is told of a valid one.
#[derive(Deserialize)]
pub struct Expected<V> {
    pub valid: BTreeMap<String, V>,
    pub broken: BTreeMap<String, Failure>,
}

#[derive(Deserialize)]
pub struct Failure {
    pub kind: String,
    pub says: Vec<String>,
}

/// A folder below `tests/golden`, and how its files end.
pub struct GoldenFiles {
    pub folder: &'static str,
    pub ending: &'static str,
}

impl GoldenFiles {
    fn path(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/golden")
            .join(self.folder)
    }

    pub fn expected<V: DeserializeOwned>(&self) -> Expected<V> {
        let text = fs::read_to_string(self.path().join("expected.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Name and text of every manifest of a kind: `valid` or `broken`.
    pub fn manifests(&self, kind: &str) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.path().join(kind)).unwrap();
        let named = entries.map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = name.strip_suffix(self.ending).unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        });
        named.collect()
    }

    /// Every valid manifest is as it is told; `check` sees the file and what is told of it.
    pub fn check_valid<V: DeserializeOwned>(&self, check: impl Fn(&str, &str, V)) {
        let (texts, mut expected) = (self.manifests("valid"), self.expected().valid);
        assert!(!texts.is_empty());
        for (name, text) in texts {
            check(&name, &text, expected.remove(&name).unwrap());
        }
        assert!(expected.is_empty(), "manifests that are missing");
    }

    /// Every broken manifest is refused for the reason that is told.
    pub fn check_broken<T: std::fmt::Debug>(&self, parse: impl Fn(&str) -> Result<T, SheetError>) {
        let texts = self.manifests("broken");
        let mut expected = self.expected::<serde_json::Value>().broken;
        assert!(!texts.is_empty());
        for (name, text) in texts {
            let error = parse(&text).expect_err(&name);
            let expected = expected.remove(&name).unwrap();
            assert_eq!(kind_of(&error), expected.kind, "{name}: {error}");
            for word in expected.says {
                assert!(
                    error.to_string().contains(&word),
                    "{name}: \"{word}\" is not in: {error}"
                );
            }
        }
        assert!(expected.is_empty(), "manifests that are missing");
    }
}

fn kind_of(error: &SheetError) -> &'static str {
    match error {
        SheetError::Version { .. } => "newer_version",
        SheetError::Syntax(_) => "syntax",
        SheetError::Size(_) => "size",
        SheetError::Animation { .. } => "frames",
        SheetError::Pivot { .. } => "pivot",
        SheetError::ImageName { .. } => "image",
        SheetError::Tiles(_) => "tiles",
        other => panic!("{other}"),
    }
}
