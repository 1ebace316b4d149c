package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A put that fills its table, which is copied: a reader finds the keys that were there, in the old
 * table or the new, and sees everything that was copied.
 */
@JCStressTest
@Outcome(
    id = {"1, 0", "1, 7"},
    expect = ACCEPTABLE,
    desc = "The old key, and the new one or not.")
@Outcome(expect = FORBIDDEN, desc = "The old key is missing, or a value is.")
@State
public class TableGrowth {
  /** All keys are in one table, and have tags of their own. */
  private final MadeUpLog log = new MadeUpLog();

  private final KeyDir keydir = new KeyDir(log, key -> (long) key[0] << 40);

  /** Fills the table, of 8 slots, up to its limit. */
  public TableGrowth() {
    for (byte key = 1; key <= 6; key++) {
      MadeUpLog.follow(keydir, Record.PUT, new byte[] {key}, log.append(key, key));
    }
  }

  /** The writer, which has to copy the table. */
  @Actor
  public void put() {
    MadeUpLog.follow(keydir, Record.PUT, new byte[] {7}, log.append((byte) 7, 7));
  }

  /** A reader. */
  @Actor
  public void get(II_Result result) {
    result.r1 = MadeUpLog.get(keydir, new byte[] {1});
    result.r2 = MadeUpLog.get(keydir, new byte[] {7});
  }
}
