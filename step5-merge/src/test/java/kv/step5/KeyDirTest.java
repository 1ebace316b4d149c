package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyDirTest extends StoreFixture {
  private final KeyDir keydir = new KeyDir();

  /** Returns a location in a file whose other properties do not matter. */
  private static KeyDir.Location location(long offset, int length) {
    return new KeyDir.Location(null, offset, length);
  }

  @Test
  void remembersTheLastLocation() {
    keydir.put(new byte[] {1}, location(8, 20));
    keydir.put(new byte[] {1}, location(28, 30));

    assertEquals(location(28, 30), keydir.get(new byte[] {1}));
    assertEquals(1, keydir.size());
  }

  @Test
  void comparesKeysByContent() {
    keydir.put(new byte[] {1, 2}, location(8, 20));

    assertNull(keydir.get(new byte[] {1}));
    assertNull(keydir.get(new byte[] {1, 2, 0}));
    assertNull(keydir.get(new byte[] {}));
    assertEquals(location(8, 20), keydir.get(new byte[] {1, 2}));
  }

  @Test
  void forgetsRemovedKeys() {
    keydir.put(new byte[] {1}, location(8, 20));

    assertTrue(keydir.remove(new byte[] {1}));
    assertFalse(keydir.remove(new byte[] {1}));

    assertNull(keydir.get(new byte[] {1}));
    assertEquals(0, keydir.size());
  }

  @Test
  void keepsItsOwnCopyOfAKey() {
    byte[] key = {1};
    keydir.put(key, location(8, 20));
    key[0] = 2;

    assertEquals(location(8, 20), keydir.get(new byte[] {1}));
    assertNull(keydir.get(key));
  }

  @Test
  void listsTheLocationsInLogOrder() throws IOException {
    List<KeyDir.Location> expected = new ArrayList<>();
    // Sorted as text, the last two would be in reverse order.
    for (String name : List.of("000001-000999.1", "999999-999999.0", "1000000-1000000.0")) {
      LogFile file = LogFile.create(file(name + ".data"));
      for (int i = 0; i < 4; i++) {
        expected.add(new KeyDir.Location(file, 8 + 20L * i, 20));
      }
      file.close();
    }
    List<KeyDir.Location> shuffled = new ArrayList<>(expected);
    Collections.shuffle(shuffled);
    for (int i = 0; i < shuffled.size(); i++) {
      keydir.put(new byte[] {(byte) i}, shuffled.get(i));
    }
    keydir.remove(new byte[] {5});
    expected.remove(shuffled.get(5));

    assertEquals(expected, keydir.inLogOrder());
  }

  @Test
  void pointsAKeyAtTheCopyOfItsRecord() {
    keydir.put(new byte[] {1}, location(8, 20));

    keydir.repoint(new byte[] {1}, location(8, 20), location(99, 20));

    assertEquals(location(99, 20), keydir.get(new byte[] {1}));
    assertEquals(20, keydir.liveBytes());
  }

  @Test
  void leavesAKeyThatWasPutAgainOrRemovedSinceTheCopy() {
    keydir.put(new byte[] {1}, location(8, 20));
    keydir.put(new byte[] {1}, location(50, 30));
    keydir.put(new byte[] {2}, location(28, 20));
    keydir.remove(new byte[] {2});

    keydir.repoint(new byte[] {1}, location(8, 20), location(99, 20));
    keydir.repoint(new byte[] {2}, location(28, 20), location(119, 20));

    assertEquals(location(50, 30), keydir.get(new byte[] {1}));
    assertNull(keydir.get(new byte[] {2}));
    assertEquals(30, keydir.liveBytes());
  }
}
