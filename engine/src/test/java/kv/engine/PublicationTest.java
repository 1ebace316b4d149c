package kv.engine;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/**
 * New keys, published to a reader that takes no lock: a reader that sees the tag of a key sees its
 * location.
 *
 * <p>The reader searches for a key that comes soon until it finds the key, so that it searches while
 * the writer fills the slot. A wrong order is visible for nanoseconds: one search can miss it, and
 * millions seldom do. A right order passes however the threads run. On a processor that keeps the
 * order of stores, such as one of the x86 family, no test can see plain stores in the right order.
 */
class PublicationTest {
  private static final long NANOS = 2_500_000_000L;

  /** How many keys before its own the reader begins: too few, and the key is there already. */
  private static final int MAX_AHEAD = 4;

  /** A keydir with the keys 1, 2, and so on. The offset of a record is the number of its key. */
  private static final class Numbers implements KeyDir.Records {
    /**
     * The size of a keydir: its tables grow on the way, and are larger than a processor's nearest
     * cache, where a wrong order is visible for longer.
     */
    static final int ENOUGH = 200_000;

    final KeyDir keydir = new KeyDir(this, key -> Numbers.number(key) * 0x9e3779b97f4a7c15L);

    /** The last key that was put. */
    volatile int last;

    static byte[] key(int number) {
      return ByteBuffer.allocate(4).putInt(number).array();
    }

    private static int number(byte[] key) {
      return ByteBuffer.wrap(key).getInt();
    }

    void putNext() throws IOException {
      byte[] key = key(last + 1);
      keydir.follow(Record.PUT, keydir.hash(key), key, Location.of(1, last + 1));
      last++;
    }

    @Override
    public byte[] read(long location, byte[] key) {
      return isOf(location, key) ? key : null;
    }

    @Override
    public boolean isOf(long location, byte[] key) {
      if (Location.segmentId(location) != 1) {
        throw new AssertionError("a reader saw a tag before its location, which was " + location);
      }
      return Location.offset(location) == number(key);
    }
  }

  private volatile Numbers numbers = new Numbers();
  private volatile boolean stopped;

  @Test
  void aReaderSeesEachKeyWithItsLocation() throws Exception {
    FutureTask<Void> reader = new FutureTask<>(this::searchForKeysToCome);
    Thread thread = new Thread(reader, "reader");
    thread.start();
    try {
      long start = System.nanoTime();
      while (System.nanoTime() - start < NANOS && !reader.isDone()) {
        if (numbers.last == Numbers.ENOUGH) {
          numbers = new Numbers();
        }
        numbers.putNext();
      }
    } finally {
      stopped = true;
      thread.join();
    }
    reader.get();
  }

  private Void searchForKeysToCome() throws IOException {
    for (int i = 0; !stopped; i++) {
      Numbers now = numbers;
      int next = now.last + 1 + i % MAX_AHEAD;
      byte[] key = Numbers.key(next);
      byte[] found = null;
      while (found == null && now.last < next && now == numbers && !stopped) {
        found = now.keydir.get(key);
      }
      if (found == null && now.last >= next) {
        assertNotNull(now.keydir.get(key), () -> "key " + next + " was put and is missing");
      }
    }
    return null;
  }
}
