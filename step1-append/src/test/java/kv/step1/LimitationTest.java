package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The problems that remain at the end of this step. */
@Tag("limitation")
class LimitationTest extends StoreFixture {
  @Test
  void noMethodReturnsAValue() {
    assertEquals(
        0,
        Stream.of(Store.class.getMethods()).filter(m -> m.getReturnType() == byte[].class).count());
  }

  @Test
  void aTornRecordHidesTheNextOne() throws IOException {
    putAndClose("os", "mac");
    byte[] whole = RawLog.bytesOf("editor", "vim");
    append(Arrays.copyOf(whole, whole.length - 2));

    putAndClose("os", "linux");

    // The second record is in the file, but no chain of lengths leads to it.
    assertEquals("[P* os=mac]", RawLog.text(file()));
  }
}
