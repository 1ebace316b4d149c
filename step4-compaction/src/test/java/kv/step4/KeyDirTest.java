package kv.step4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeyDirTest {
  private final KeyDir keydir = new KeyDir();

  @Test
  void remembersTheLastLocation() {
    keydir.put(new byte[] {1}, new KeyDir.Location(8, 20));
    keydir.put(new byte[] {1}, new KeyDir.Location(28, 30));

    assertEquals(new KeyDir.Location(28, 30), keydir.get(new byte[] {1}));
    assertEquals(1, keydir.size());
  }

  @Test
  void comparesKeysByContent() {
    keydir.put(new byte[] {1, 2}, new KeyDir.Location(8, 20));

    assertNull(keydir.get(new byte[] {1}));
    assertNull(keydir.get(new byte[] {1, 2, 0}));
    assertNull(keydir.get(new byte[] {}));
    assertEquals(new KeyDir.Location(8, 20), keydir.get(new byte[] {1, 2}));
  }

  @Test
  void forgetsRemovedKeys() {
    keydir.put(new byte[] {1}, new KeyDir.Location(8, 20));

    assertTrue(keydir.remove(new byte[] {1}));
    assertFalse(keydir.remove(new byte[] {1}));

    assertNull(keydir.get(new byte[] {1}));
    assertEquals(0, keydir.size());
  }

  @Test
  void keepsItsOwnCopyOfAKey() {
    byte[] key = {1};
    keydir.put(key, new KeyDir.Location(8, 20));
    key[0] = 2;

    assertEquals(new KeyDir.Location(8, 20), keydir.get(new byte[] {1}));
    assertNull(keydir.get(key));
  }

  @Test
  void listsTheOffsetsInLogOrder() {
    for (int i = 9; i >= 0; i--) {
      keydir.put(new byte[] {(byte) i}, new KeyDir.Location(8 + 20L * i, 20));
    }
    keydir.remove(new byte[] {5});

    assertArrayEquals(new long[] {8, 28, 48, 68, 88, 128, 148, 168, 188}, keydir.offsets());
  }
}
