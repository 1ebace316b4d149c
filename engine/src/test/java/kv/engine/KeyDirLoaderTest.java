package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways in which an open fills the keydir: all give the same. */
class KeyDirLoaderTest extends StoreFixture {
  private final long seed = System.nanoTime();
  private final Set<String> keys = new TreeSet<>();

  /** Writes segments in which keys are overwritten, deleted, and put again. */
  private List<SegmentName> fill(int puts) throws IOException {
    Random random = new Random(seed);
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < puts; i++) {
        String key = "key " + random.nextInt(puts / 4);
        if (random.nextInt(4) == 0) {
          store.delete(bytes(key));
          keys.remove(key);
        } else {
          store.put(bytes(key), bytes("value " + i));
          keys.add(key);
        }
      }
    }
    for (String index : names(SegmentName.INDEX)) {
      // These tests load what an open would not need to load.
      Files.delete(directory.resolve(index));
    }
    return Listing.of(directory).log(0);
  }

  /**
   * Fills a keydir.
   *
   * @param hintsOfEvery uses the hint file of each segment whose number this divides
   * @param maxInMemory size of the hints in memory after which the loader walks
   */
  private void load(
      List<SegmentName> names,
      int hintsOfEvery,
      long maxInMemory,
      ToLongFunction<byte[]> keydirHash)
      throws IOException {
    SipHash hash = Hints.read(names.get(0).hint(directory)).hashFunction();
    Log log = new Log(DirectoryHandle.readOnly(directory), SMALL);
    KeyDir keydir = new KeyDir(log, keydirHash == null ? hash::hash : keydirHash);
    KeyDirLoader loader = new KeyDirLoader(log, keydir, hash, maxInMemory);
    for (SegmentName name : names) {
      Segment segment = log.addFound(name);
      if (name.last() % hintsOfEvery == 0) {
        Hints hints = Hints.read(name.hint(directory));
        assertTrue(hints.adopt(segment));
        loader.add(hints);
      } else {
        Recovery.findEnd(
            segment,
            false,
            false,
            new Takeover(0),
            (type, key, at, length) -> loader.add(segment, type, key, at, length));
        loader.end(segment);
      }
    }
    loader.finish();
    log.countFound();
    Invariants.check(log, keydir);
    assertEquals(keys.size(), keydir.size(), "seed " + seed);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "3, 100000", "3, 1000000000", "1000, 1000000000", "1000, 0"})
  void theSweepAndTheWalkFindTheLastRecordOfEachKey(int hintsOfEvery, long maxInMemory)
      throws IOException {
    List<SegmentName> names = fill(20_000);
    assertTrue(names.size() > 5, names.toString());
    load(names, hintsOfEvery, maxInMemory, null);
  }

  /** More records than one thread fills in. */
  @Test
  void severalThreadsFindTheSame() throws IOException {
    load(fill(60_000), 1, 0, null);
  }

  @Test
  void keysWithOneHashAreToldApart() throws IOException {
    List<SegmentName> names = fill(800);
    Log log = new Log(DirectoryHandle.readOnly(directory), SMALL);
    long one = 0x123456789abcdefL;
    KeyDir keydir = new KeyDir(log, key -> one);
    List<Hints> files = new ArrayList<>();
    for (SegmentName name : names) {
      Segment segment = log.addFound(name);
      Hints hints = Hints.read(name.hint(directory));
      assertTrue(hints.adopt(segment));
      RecordIndex index = RecordIndex.of(segment, key -> one);
      files.add(Hints.inMemory(segment, index, SipHash.random()));
    }

    new KeyDirSweep(files).run(log, keydir);

    log.countFound();
    Invariants.check(log, keydir);
    assertEquals(keys.size(), keydir.size(), "seed " + seed);
  }
}
