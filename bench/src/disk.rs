//! How fast the disk itself is: a page written and synced, over and over, as a commit does it.
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Microseconds a synced write of one page takes in `folder`, the median of a quarter of a second.
pub(crate) fn sync_us(folder: &Path) -> std::io::Result<f64> {
    let path = folder.join("payonce-bench-sync");
    let mut file = File::create(&path)?;
    let (page, until) = ([7; 8_192], Instant::now() + Duration::from_millis(250));
    let mut took = Vec::new();
    while Instant::now() < until {
        let since = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        file.sync_data()?;
        took.push(since.elapsed());
    }
    std::fs::remove_file(path)?;
    took.sort_unstable();
    Ok(took[took.len() / 2].as_secs_f64() * 1e6)
}
