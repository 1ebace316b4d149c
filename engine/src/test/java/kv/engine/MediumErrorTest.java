package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An unreadable page causes an IOException, and does not end the process. A page after the end of
 * its file is such a page. The tests run in another process, in case it does end.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "cannot shorten a mapped file")
class MediumErrorTest extends StoreFixture {
  enum Call {
    GET {
      @Override
      void on(Store store) throws IOException {
        store.get(bytes("key 15"));
      }
    },
    CONTAINS_KEY {
      @Override
      void on(Store store) throws IOException {
        store.containsKey(bytes("key 15"));
      }
    },
    PUT {
      @Override
      void on(Store store) throws IOException {
        store.put(bytes("key 15"), bytes(""));
      }
    },
    DELETE {
      @Override
      void on(Store store) throws IOException {
        store.delete(bytes("key 15"));
      }
    },
    FOR_EACH {
      @Override
      void on(Store store) throws IOException {
        store.forEach((key, value) -> {});
      }
    },
    MERGE {
      @Override
      void on(Store store) throws IOException {
        store.merge();
      }
    };

    abstract void on(Store store) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void isAnIOException(Call call) throws IOException {
    List<String> printed = ChildJvm.run(CutAndCall.class, directory, call);

    assertEquals(List.of("IOException", "and other values can still be read"), printed);
  }

  /** Opens a store, cuts its first segment in the middle of the first record, and uses it. */
  static final class CutAndCall {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      try (Store store = Store.open(directory, QUIET)) {
        for (int i = 0; i < 20; i++) {
          store.put(bytes("key " + i), new byte[20_000]);
        }
        store.delete(bytes("key 1"));
      }
      try (Store store = Store.open(directory, QUIET)) {
        store.put(bytes("os"), bytes("mac"));
        Path file = SegmentName.fresh(1).data(directory);
        try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
          writer.setLength(9_000);
        }
        // Often, so that the JIT compiler compiles the method.
        for (int i = 0; i < 200; i++) {
          try {
            Call.valueOf(arguments[1]).on(store);
            System.out.println("no error was reported");
            return;
          } catch (IOException e) {
            // Expected.
          }
        }
        System.out.println("IOException");
        if ("mac".equals(text(store.get(bytes("os"))))) {
          System.out.println("and other values can still be read");
        }
      }
    }
  }
}
