package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** An overwrite: readers see the old value or the new, and none goes back. */
@JCStressTest
@Outcome(
    id = {"1, 1", "1, 2", "2, 2"},
    expect = ACCEPTABLE,
    desc = "The old value, then the new.")
@Outcome(id = "2, 1", expect = FORBIDDEN, desc = "The new value, and then the old.")
@Outcome(expect = FORBIDDEN, desc = "No value, or one that no put has set.")
@State
public class Overwrite {
  private static final byte[] KEY = {1};

  private final MadeUpLog log = new MadeUpLog();
  private final KeyDir keydir = new KeyDir(log, key -> 0x1234567890abcdefL);

  /** Puts the old value. */
  public Overwrite() {
    MadeUpLog.follow(keydir, Record.PUT, KEY, log.append(KEY[0], 1));
  }

  /** The writer. */
  @Actor
  public void put() {
    MadeUpLog.follow(keydir, Record.PUT, KEY, log.append(KEY[0], 2));
  }

  /** A reader. */
  @Actor
  public void get(II_Result result) {
    result.r1 = MadeUpLog.get(keydir, KEY);
    result.r2 = MadeUpLog.get(keydir, KEY);
  }
}
