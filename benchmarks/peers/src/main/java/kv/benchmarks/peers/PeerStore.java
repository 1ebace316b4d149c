package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The stores in the race, with the promises of each according to its documentation. */
enum PeerStore {
  /** The engine. */
  ENGINE(
      "the engine",
      "segments of 64 MiB, merged automatically; SyncPolicy.NEVER; durable: ALWAYS",
      "survives kill -9, and if it is durable also power loss",
      "every get verifies the record's CRC-32C",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new EnginePeer(directory, durable);
    }
  },
  /** RocksDB. */
  ROCKSDB(
      "RocksDB",
      "optimizeForPointLookup, block cache 512 MiB, LZ4, write-ahead log, a flush before close;"
          + " durable: setSync",
      "survives kill -9, and if it is durable also power loss",
      "verified when a block is read from its file, not when it is in the cache",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new RocksDbPeer(directory, durable);
    }
  },
  /** LMDB. */
  LMDB(
      "LMDB",
      "a transaction for each put, MDB_NOTLS, MDB_NOSYNC; durable: without MDB_NOSYNC",
      "survives kill -9; if it is not durable, power loss may damage the whole store",
      "none",
      true,
      false) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) {
      return new LmdbPeer(directory, durable, keys, valueLength);
    }
  },
  /** H2 MVStore. */
  MVSTORE(
      "MVStore",
      "page cache 512 MiB, commits in the background; durable: commit and sync with each put",
      "if it is not durable, kill -9 loses the puts of the last second; an interrupted thread can"
          + " close the store for all threads",
      "of chunk and page headers, but not of the values",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) {
      return new MvStorePeer(directory, durable);
    }
  },
  /** MapDB. */
  MAPDB(
      "MapDB",
      "HTreeMap, mapped file, layout(8, 32, 4), no transactions; durable: transactionEnable,"
          + " FileChannel instead of the mapping, commit with each put",
      "if it is not durable, the store refuses to open after kill -9, until checksumHeaderBypass"
          + " tells it to use the file as it is",
      "none",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) {
      return new MapDbPeer(directory, durable, false);
    }

    @Override
    Peer recover(Path directory, int keys, int valueLength) {
      return new MapDbPeer(directory, false, true);
    }
  },
  /** Xodus. */
  XODUS(
      "Xodus",
      "a transaction for each put, cache 512 MiB, WITHOUT_DUPLICATES; durable: logDurableWrite",
      "survives kill -9; if it is not durable, power loss may lose the puts of the last second",
      "none",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) {
      return new XodusPeer(directory, durable);
    }
  },
  /** Chronicle Map. */
  CHRONICLE(
      "Chronicle",
      "entries(n), keys and values of constant size, putReturnsNull; sized for n when the file is"
          + " created",
      "after kill -9 it has to be recovered, without the damaged entries; after"
          + " power loss too, with the pages that the system wrote",
      "written with each entry, verified in recovery only",
      false,
      false) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new ChronicleMapPeer(directory, keys, valueLength, false);
    }

    @Override
    Peer recover(Path directory, int keys, int valueLength) throws IOException {
      return new ChronicleMapPeer(directory, keys, valueLength, true);
    }
  },
  /** The same work by hand, without a store. */
  RAW(
      "by hand",
      "HashMap, mapped file, positional writes in place; durable: force(false)",
      "a crash in a put leaves half a record, and no check notices",
      "none",
      true,
      false) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new RawPeer(directory, durable, keys, valueLength);
    }
  };

  /** The size of a cache, if a store has one: more than a million short values need. */
  static final int CACHE_MEBIBYTES = 512;

  private final String title;
  private final String settings;
  private final String crash;
  private final String checksums;
  private final boolean durable;
  private final boolean compacts;

  /**
   * A store.
   *
   * @param title the name
   * @param settings the settings that differ from the defaults
   * @param crash the effect of a crash on a put that returned
   * @param checksums whether a get notices that the disk changed a value
   * @param durable whether there are puts that survive power loss
   * @param compacts whether the store reclaims dead space on request
   */
  PeerStore(
      String title,
      String settings,
      String crash,
      String checksums,
      boolean durable,
      boolean compacts) {
    this.title = title;
    this.settings = settings;
    this.crash = crash;
    this.checksums = checksums;
    this.durable = durable;
    this.compacts = compacts;
  }

  /**
   * Opens a store in a directory that exists.
   *
   * @param durable whether puts that returned survive power loss; only if {@link #isDurable}
   * @param keys the maximum number of keys
   * @param valueLength the length of each value, in bytes
   */
  abstract Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException;

  /** Opens a store that was not closed: with another call than {@link #open}, or with that. */
  Peer recover(Path directory, int keys, int valueLength) throws IOException {
    return open(directory, false, keys, valueLength);
  }

  /** Returns whether {@link #recover} is another call than {@link #open}. */
  boolean hasRecovery() {
    return this == MAPDB || this == CHRONICLE;
  }

  /** Returns whether each put can be made durable. */
  boolean isDurable() {
    return durable;
  }

  /** Returns whether the store reclaims dead space on request. */
  boolean compacts() {
    return compacts;
  }

  /** Returns the notes that belong to the store's numbers. */
  List<String> notes() {
    return List.of("settings: " + settings, "a put: " + crash, "checksums: " + checksums);
  }

  /** The name of the store. */
  @Override
  public String toString() {
    return title;
  }
}
