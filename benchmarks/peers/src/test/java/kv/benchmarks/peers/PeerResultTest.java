package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PeerResultTest {
  @Test
  void aResultIsALineOfJson() {
    PeerResult result = PeerResult.of(PeerWorkload.GET_MISS, 1, 2.5, 4);

    String line = result.toJson();

    assertEquals("{\"workload\":\"GET_MISS\",\"mean\":2.5,\"least\":1.0,\"greatest\":4.0}", line);
    assertTrue(PeerResult.isResult(line));
    assertEquals(result, PeerResult.parse(line));
  }

  @Test
  void aLineOfALibraryIsNotAResult() {
    assertFalse(PeerResult.isResult("[main] INFO net.openhft.chronicle: started"));
  }

  @Test
  void aTaskIsReadAsItWasWritten() {
    PeerTask task = new PeerTask(PeerStore.LMDB, "C:\\a \"b\"", 10, 100, 3, 500);

    assertEquals(task, PeerTask.parse(task.toJson()));
  }
}
