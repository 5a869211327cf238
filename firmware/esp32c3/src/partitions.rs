//! The partition table, as `partitions.csv` has it and the bootloader put it into the flash.

use alloc::vec;

use esp_bootloader_esp_idf::partitions::{self, PARTITION_TABLE_MAX_LEN, PartitionEntry, PartitionTable};
use esp_storage::FlashStorage;

/// What `look` finds in the table; none where there is no table.
pub fn read<T>(flash: &mut FlashStorage<'_>, look: impl FnOnce(&PartitionTable<'_>) -> Option<T>) -> Option<T> {
    let mut bytes = vec![0; PARTITION_TABLE_MAX_LEN];
    look(&partitions::read_partition_table(flash, &mut bytes).ok()?)
}

/// A partition by its name.
pub fn named(table: &PartitionTable<'_>, name: &str) -> Option<PartitionEntry> {
    table.iter().find(|entry| entry.label_as_str() == name)
}

/// What every image needs: the queue and the settings.
pub fn queue_and_settings(table: &PartitionTable<'_>) -> Option<(PartitionEntry, PartitionEntry)> {
    Some((named(table, "queue")?, named(table, "settings")?))
}
