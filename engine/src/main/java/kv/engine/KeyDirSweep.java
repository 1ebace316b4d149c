/*
 * WHAT THIS FILE IS
 *
 * Fills the keydir from hint files while a store is opened, one table after the other. A put needs
 * one slot at a random place in memory, and so does each record of an open that reads the log in
 * its order: ten million times the processor waits. Hint files are dealt out by the highest bits of
 * the keys' hashes, as the keydir is. So all records of a table are together in each of them, and
 * while a table is filled, everything that is needed fits into the processor's caches.
 *
 * PICTURE: three hint files; the sweep fills table 1
 *
 *     000001   | table 0 | table 1 | table 2 | ...
 *     000002   | table 0   | table 1   | table 2 | ...
 *     000003   | table 0 | table 1 | table 2  | ...
 *                        ^---------^ these, oldest segment first
 *
 * The records of a table are listed first, in log order, and then the last one of each key is found
 * in a small hash table of their numbers. If two tags are equal, the keys are compared, both out of
 * hint files. So the log is not read, however many records are superseded; where the keydir was
 * filled from the log, each of them cost a read at a random place. A record that is not superseded
 * is live: its bytes are counted once, at the end.
 */
package kv.engine;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Fills an empty keydir from the hint files of the first segments of a log. */
final class KeyDirSweep {
  /** Number of parts of the sweep, which several threads can do at the same time. */
  private static final int PARTS = 64;

  /** Number of groups of the hint files in each table. */
  private static final int TABLE_GROUPS = HintFile.GROUPS / KeyDir.TABLES;

  /** Fewer records are not worth a second thread. */
  private static final int MIN_PARALLEL_RECORDS = 20_000;

  /** The hint files, in log order. */
  private final List<Hints> files;

  private final KeyDirTable[] tables = new KeyDirTable[KeyDir.TABLES];

  /** Bytes of the live records of each file's segment. Guarded by: this. */
  private final long[] liveBytes;

  KeyDirSweep(List<Hints> files) {
    this.files = files;
    liveBytes = new long[files.size()];
  }

  /** Fills the keydir. Takes O(bytes in the hint files) time, and memory for a few tables. */
  void run(Log log, KeyDir keydir) {
    long records = files.stream().mapToLong(Hints::count).sum();
    IntStream parts = IntStream.range(0, PARTS);
    (records < MIN_PARALLEL_RECORDS ? parts : parts.parallel()).forEach(i -> new Part(i).run());
    for (int i = 0; i < tables.length; i++) {
      keydir.load(i, tables[i]);
    }
    for (int i = 0; i < liveBytes.length; i++) {
      log.space().addLive(files.get(i).segment(), liveBytes[i]);
    }
  }

  /** Fills some neighbouring tables. */
  private final class Part {
    private static final int TABLES = KeyDir.TABLES / PARTS;

    private final int firstTable;

    /** The bytes of the live records of each file's segment in this part. */
    private final long[] live = new long[files.size()];

    private final Group group = new Group();

    // The keys of one table.

    private int keys;
    private int[] tags = new int[1 << 8];
    private long[] locations = new long[1 << 8];

    Part(int number) {
      firstTable = number * TABLES;
    }

    void run() {
      for (int table = firstTable; table < firstTable + TABLES; table++) {
        keys = 0;
        for (int i = 0; i < TABLE_GROUPS; i++) {
          group.list(table * TABLE_GROUPS + i);
          group.findLast();
          addPuts();
        }
        tables[table] = KeyDir.emptyTable(table, keys);
        for (int i = 0; i < keys; i++) {
          tables[table].add(tags[i], locations[i]);
        }
      }
      // A page that this thread could not read was taken for zeros.
      LateFaults.surface();
      synchronized (KeyDirSweep.this) {
        for (int i = 0; i < live.length; i++) {
          liveBytes[i] += live[i];
        }
      }
    }

    /** Adds the keys of the group whose last record is a put, in the order of their tags. */
    private void addPuts() {
      for (int slot = 0; slot < group.slots; slot++) {
        int record = group.last[slot] - 1;
        if (record >= 0 && group.putLengths[record] > 0) {
          if (keys == tags.length) {
            tags = Arrays.copyOf(tags, 2 * keys);
            locations = Arrays.copyOf(locations, 2 * keys);
          }
          int file = group.files[record];
          tags[keys] = group.tags[record];
          locations[keys] = Location.of(files.get(file).segment(), group.offsets[record]);
          live[file] += group.putLengths[record];
          keys++;
        }
      }
    }
  }

  /** The records of a group in all files, in log order. */
  private final class Group {
    private int count;

    /** The index of each record's hint file. */
    private int[] files = new int[1 << 8];

    /** The position of its entry in the hint file. */
    private int[] entries = new int[1 << 8];

    /** The tag of its key. */
    private int[] tags = new int[1 << 8];

    /** Its offset in the segment. */
    private int[] offsets = new int[1 << 8];

    /** Its length if it is a put, or 0. */
    private int[] putLengths = new int[1 << 8];

    /** The last record of each key, its number plus 1, at the key's slot; or 0: a hash table. */
    private int[] last = new int[1 << 9];

    /** Number of slots of the hash table. */
    private int slots;

    /** Lists the records. */
    void list(int group) {
      count = 0;
      for (int i = 0; i < KeyDirSweep.this.files.size(); i++) {
        Hints hints = KeyDirSweep.this.files.get(i);
        int end = hints.group(group + 1);
        for (int at = hints.group(group); at < end; at = hints.next(at)) {
          if (count == tags.length) {
            grow();
          }
          files[count] = i;
          entries[count] = at;
          tags[count] = KeyDirTable.tag(hints.hash(at));
          offsets[count] = hints.offset(at);
          putLengths[count] = hints.type(at) == Record.PUT ? hints.length(at) : 0;
          count++;
        }
      }
    }

    private void grow() {
      files = Arrays.copyOf(files, 2 * count);
      entries = Arrays.copyOf(entries, 2 * count);
      tags = Arrays.copyOf(tags, 2 * count);
      offsets = Arrays.copyOf(offsets, 2 * count);
      putLengths = Arrays.copyOf(putLengths, 2 * count);
    }

    /** Finds the last record of each key. */
    void findLast() {
      slots = count + count / 2 + 1;
      if (last.length < slots) {
        last = new int[2 * slots];
      }
      Arrays.fill(last, 0, slots, 0);
      for (int record = 0; record < count; record++) {
        // In the order of the tags, as in the keydir. All tags of a group begin with the same bits.
        long tag = Integer.toUnsignedLong(tags[record] * TABLE_GROUPS);
        int slot = (int) (tag * slots >>> Integer.SIZE);
        while (last[slot] != 0 && !haveOneKey(last[slot] - 1, record)) {
          slot = slot + 1 == slots ? 0 : slot + 1;
        }
        last[slot] = record + 1;
      }
    }

    private boolean haveOneKey(int record, int other) {
      return tags[record] == tags[other]
          && hints(record).hasKeyOf(entries[record], hints(other), entries[other]);
    }

    private Hints hints(int record) {
      return KeyDirSweep.this.files.get(files[record]);
    }
  }
}
