"""The cast: characters of the packs with the cycles that their artists drew, as `mini` ships them."""
