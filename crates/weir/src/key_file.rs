//! The key file, `weir.key`: made where nothing is sealed with one yet, and never in the place of one that was lost.

use std::path::Path;

use store::seal::Sealer;
use store_sqlite::SqliteStore;

/// Opens that of a data folder whose store is open.
pub(crate) fn open(data: &Path, store: &SqliteStore) -> anyhow::Result<Sealer> {
    let sealer = Sealer::open(&data.join("weir.key"))?;
    if !sealer.has_key()? && !store.has_sealed()? && !store_sqlite::has_sealed_jobs(data)? {
        sealer.make_key()?;
    }
    Ok(sealer)
}
