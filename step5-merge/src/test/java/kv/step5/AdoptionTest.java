package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A store of steps 1 to 4, whose log is one file, which becomes the first file of this step's log.
 */
class AdoptionTest extends StoreFixture {
  private static final String NEW_NAME = "000001-000001.0.data";

  private List<LogRecord> reported;
  private Path old;

  @BeforeEach
  void storeOfStep4() throws IOException {
    reported = Reports.of(directory);
    old = Files.write(file("store.data"), LogFile.FILE_HEADER);
    for (byte[] record :
        List.of(
            RawLog.bytesOf("os", "mac"),
            RawLog.bytesOf("editor", "vim"),
            RawLog.bytesOf("os", "linux"))) {
      Files.write(old, record, StandardOpenOption.APPEND);
    }
  }

  @Test
  void itsFileIsRenamedNotCopiedAndTheRenameIsLoggedOnce() throws IOException {
    byte[] bytes = Files.readAllBytes(old);

    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());

    assertEquals(List.of(NEW_NAME), names(".data"));
    assertEquals(Arrays.toString(bytes), Arrays.toString(Files.readAllBytes(file(NEW_NAME))));
    assertEquals(1, reported.size());
    String message = reported.get(0).getMessage();
    assertTrue(message.contains(old + " was renamed to " + NEW_NAME), message);

    // The second open finds a store of this step.
    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());
    assertEquals(1, reported.size());
  }

  @Test
  void itContinuesLikeAnyOtherStore() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("shell"), bytes("zsh"));
      store.delete(bytes("editor"));
      store.put(bytes("large"), new byte[5000]);
      assertEquals("[P os=mac, P editor=vim, P os=linux, P* shell=zsh, D editor]", log().get(0));
      store.merge();
      assertEquals(3, state(store).size());
      assertEquals(List.of("000001-000002.1.data", "000003-000003.0.data"), names(".data"));
    }
    assertEquals("linux", reopenedState().get("os"));
  }

  @Test
  void aFileLargerThanThisStepsIsFinishedByTheFirstPut() throws IOException {
    try (Store store = Store.open(directory, 10)) {
      store.put(bytes("a"), bytes("1"));
    }
    assertEquals(List.of("[P os=mac, P editor=vim, P os=linux]", "[P* a=1]"), log());
    assertEquals(3, reopenedState().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 20})
  void itsTornEndIsCut(int length) throws IOException {
    byte[] whole = Files.readAllBytes(old);
    Files.write(
        old, Arrays.copyOf(RawLog.bytesOf("torn", "value"), length), StandardOpenOption.APPEND);

    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());

    assertEquals(whole.length, Files.size(file(NEW_NAME)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 8})
  void anEmptyFileIsAnEmptyStore(int length) throws IOException {
    Files.write(old, Arrays.copyOf(LogFile.FILE_HEADER, length));

    assertEquals(Map.of(), reopenedState());

    assertEquals(List.of(NEW_NAME), names(".data"));
  }

  @Test
  void theCopyOfAnUnfinishedCompactionIsDeleted() throws IOException {
    Files.write(file("store.data.tmp"), Arrays.copyOf(Files.readAllBytes(old), 40));

    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());

    assertEquals(List.of(), names(".tmp"));
    assertEquals(List.of(NEW_NAME), names(".data"));
  }

  @Test
  void aDamagedFileIsRefusedUnderItsOldNameAndNothingChanges() throws IOException {
    byte[] damaged = Files.readAllBytes(old);
    damaged[20] ^= 1;
    Files.write(old, damaged);
    Files.write(file("store.data.tmp"), LogFile.FILE_HEADER);

    assertRefused("store.data is damaged at offset 8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a letter", "KVSTEPS\2", "KVSTEPS"})
  void aFileThatIsNotALogOfStepsOneToFourIsRefused(String content) throws IOException {
    Files.writeString(old, content + " to my aunt");

    assertRefused("store.data is damaged at offset 0");
  }

  @Test
  void itIsRefusedNextToFilesOfThisStep() throws IOException {
    Files.write(file(NEW_NAME), LogFile.FILE_HEADER);

    assertRefused("it belongs to another store");
  }

  @Test
  void aCopyWithoutItsFileIsRefused() throws IOException {
    Files.move(old, file("store.data.tmp"));

    assertRefused("store.data.tmp");
    assertFalse(Files.exists(old));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void aCopyNextToAnEmptyFileIsRefused(int length) throws IOException {
    Files.copy(old, file("store.data.tmp"));
    Files.write(old, Arrays.copyOf(LogFile.FILE_HEADER, length));

    assertRefused("store.data.tmp");
  }

  private void assertRefused(String message) throws IOException {
    Map<String, String> before = contents();

    IOException e = assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains(message), e.getMessage());
    Map<String, String> after = contents();
    after.remove(DirectoryLock.FILE_NAME);
    assertEquals(before, after);
    assertEquals(List.of(), reported);
  }
}
