//! Rows of one kind that can be put back as they were: what a transaction of the memory store stands on.

use std::collections::BTreeMap;
use std::collections::btree_map::{Range, Values};
use std::ops::RangeBounds;

/// Rows by key. Between [`Table::begin`] and [`Table::end`] it remembers what it changed.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    before: Option<Vec<(K, Option<V>)>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), before: None }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(super) fn values(&self) -> Values<'_, K, V> {
        self.rows.values()
    }

    pub(super) fn range(&self, keys: impl RangeBounds<K>) -> Range<'_, K, V> {
        self.rows.range(keys)
    }

    pub(super) fn insert(&mut self, key: K, row: V) {
        let before = self.rows.insert(key.clone(), row);
        self.remember(key, before);
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key)?;
        self.remember(key.clone(), Some(before.clone()));
        Some(before)
    }

    /// Changes a row; false when there is none.
    pub(super) fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        let Some(row) = self.rows.get_mut(key) else { return false };
        let before = self.before.is_some().then(|| row.clone());
        change(row);
        if before.is_some() {
            self.remember(key.clone(), before);
        }
        true
    }

    pub(super) fn begin(&mut self) {
        self.before = Some(vec![]);
    }

    /// Keeps what was changed since the begin, or puts it back.
    pub(super) fn end(&mut self, is_kept: bool) {
        let changes = self.before.take().unwrap_or_default();
        if is_kept {
            return;
        }
        for (key, before) in changes.into_iter().rev() {
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }

    fn remember(&mut self, key: K, before: Option<V>) {
        if let Some(changes) = &mut self.before {
            changes.push((key, before));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &Table<u8, u8>) -> Vec<(u8, u8)> {
        table.range(..).map(|(key, row)| (*key, *row)).collect()
    }

    #[test]
    fn what_is_not_kept_is_put_back() {
        let mut table = Table::default();
        table.insert(1, 10);
        table.insert(2, 20);
        for (is_kept, expected) in [(false, vec![(1, 10), (2, 20)]), (true, vec![(1, 12), (3, 31)])]
        {
            table.begin();
            table.insert(3, 30);
            assert!(table.change(&3, |it| *it += 1));
            assert!(table.change(&1, |it| *it += 1));
            table.insert(1, 12);
            assert_eq!(table.remove(&2), Some(20));
            assert_eq!(table.remove(&2), None);
            assert!(!table.change(&2, |it| *it += 1));
            table.end(is_kept);
            assert_eq!(rows(&table), expected);
        }
        table.insert(3, 33);
        table.end(false);
        assert_eq!(table.get(&3), Some(&33), "no transaction, nothing to put back");
    }
}
