package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/** A new key: a reader that sees the tag sees the location. */
@JCStressTest
@Outcome(id = "-1", expect = ACCEPTABLE, desc = "The key is not there yet.")
@Outcome(id = "77", expect = ACCEPTABLE, desc = "The key is there, with its location.")
@Outcome(expect = FORBIDDEN, desc = "A tag without its location.")
@State
public class KeyDirTableFill {
  private static final int TAG = 5;

  private final KeyDirTable table = new KeyDirTable(8, 0);

  /** The writer, which has the log's lock. */
  @Actor
  public void put() {
    table.fill(table.freeSlot(TAG), TAG, 77);
  }

  /** A reader, which has no lock. */
  @Actor
  public void get(J_Result result) {
    int slot = table.search(TAG);
    result.r1 = slot == KeyDirTable.ABSENT ? -1 : table.location(slot);
  }
}
