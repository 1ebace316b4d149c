package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeerResultTest {
  @Test
  void aResultIsALineOfJson() {
    PeerResult result = PeerResult.of(PeerWorkload.GET_MISS, 1, 2.5, 4);

    String line = result.toJson();

    assertEquals("{\"workload\":\"GET_MISS\",\"median\":2.5,\"least\":1.0,\"greatest\":4.0}", line);
    assertTrue(PeerResult.isResult(line));
    assertEquals(result, PeerResult.parse(line));
  }

  @Test
  void aSlowFirstRoundDoesNotMoveTheResultButIsReported() {
    PeerResult result = PeerResult.of(PeerWorkload.REOPEN, 1_731, 13, 33, 17, 20);

    assertEquals(20, result.median());
    assertTrue(result.isUneven());
    assertFalse(PeerResult.of(PeerWorkload.REOPEN, 13, 33, 17, 20).isUneven());
    assertEquals(18.5, PeerResult.of(PeerWorkload.REOPEN, 13, 33, 17, 20).median());
  }

  @Test
  void aWarningNamesTheStoreTheRowAndTheRounds() {
    PeerResult uneven = PeerResult.of(PeerWorkload.REOPEN, 1_731, 13, 33);
    PeerResult even = PeerResult.of(PeerWorkload.LOAD, 5, 6, 7);

    List<String> warnings =
        PeerReport.warnings(
            Map.of(
                PeerStore.ROCKSDB,
                new PeerReport.Results(
                    Map.of(PeerWorkload.REOPEN, uneven, PeerWorkload.LOAD, even), null)));

    assertEquals(List.of("RocksDB, reopen: the rounds are uneven, 13.0 to 1,731 ms."), warnings);
  }

  @Test
  void aLineOfALibraryIsNotAResult() {
    assertFalse(PeerResult.isResult("[main] INFO net.openhft.chronicle: started"));
  }

  @Test
  void aResultAfterTheProgressOfALibraryIsFound() {
    String line = PeerResult.of(PeerWorkload.LOAD_WORST, 1).toJson();

    assertEquals(line, PeerProcess.withoutProgress("Copying store peer (1 of 1): 0%\r" + line));
    assertEquals(line, PeerProcess.withoutProgress(line));
    assertEquals("{\"other\":1}", PeerProcess.withoutProgress("{\"other\":1}"));
  }

  @Test
  void aTaskIsReadAsItWasWritten() {
    PeerTask task = new PeerTask(PeerPart.LOAD, PeerStore.LMDB, "C:\\a \"b\"", 10, 100, 3, 500);

    assertEquals(task, PeerTask.parse(task.toJson()));
  }
}
