package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The stores in the race, and what each promises, in the words of its own documentation. */
enum PeerStore {
  /** The engine. */
  ENGINE(
      "the engine",
      "segments of 64 MiB, merged automatically; SyncPolicy.NEVER; durable: ALWAYS",
      "survives kill -9; survives power loss if it was durable",
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
      "optimizeForPointLookup, block cache 512 MiB, LZ4, write-ahead log; durable: setSync",
      "survives kill -9; survives power loss if it was durable",
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
      "survives kill -9; not durable, power loss may damage the whole store",
      "no checksums",
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
      "not durable, kill -9 loses the puts of the last second",
      "checksums of chunk and page headers, none of the values",
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
          + " commit with each put",
      "not durable, kill -9 may damage the whole store",
      "no checksums",
      true,
      true) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) {
      return new MapDbPeer(directory, durable);
    }
  },
  /** Chronicle Map. */
  CHRONICLE(
      "Chronicle",
      "entries(n), keys and values of constant size, putReturnsNull",
      "after kill -9 it has to be recovered, without the entries that are found damaged; after"
          + " power loss too, with whatever the system has written",
      "written with each entry, verified in recovery only",
      false,
      false) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new ChronicleMapPeer(directory, keys, valueLength);
    }
  },
  /** The same work by hand, without a store. */
  RAW(
      "by hand",
      "HashMap, mapped file, positional writes in place; durable: force(false)",
      "a crash in a put leaves half a record, and nobody notices",
      "no checksums",
      true,
      false) {
    @Override
    Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException {
      return new RawPeer(directory, durable, keys, valueLength);
    }
  };

  /** The size of a cache, for the stores that have one: more than a million short values need. */
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
   * @param settings what differs from its defaults
   * @param crash what a crash does to a put that has returned
   * @param checksums whether it notices on a get that the disk has changed a value
   * @param durable whether it has puts that survive power loss
   * @param compacts whether it can be told to give dead space back
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
   * @param durable whether puts survive power loss when they return; only if {@link #isDurable}
   * @param keys how many there will be at most
   * @param valueLength how long each value is
   */
  abstract Peer open(Path directory, boolean durable, int keys, int valueLength) throws IOException;

  /** Tells whether puts can be made durable one by one. */
  boolean isDurable() {
    return durable;
  }

  /** Tells whether the store can be told to give dead space back. */
  boolean compacts() {
    return compacts;
  }

  /** What has to be said beside its numbers. */
  List<String> notes() {
    return List.of("settings: " + settings, "a put: " + crash, "checksums: " + checksums);
  }

  /** The name of the store. */
  @Override
  public String toString() {
    return title;
  }
}
